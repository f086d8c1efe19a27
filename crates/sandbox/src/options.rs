//! Options for starting a sandbox, and the errors when it can't start.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use url::Url;

use crate::{Account, IamUser, Knobs, Person};

/// Options for a sandbox. The default is a free port, the made-up company and no faults.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1. 0 chooses a free one.
    pub port: u16,
    /// Faults and lifetimes at the start.
    pub knobs: Knobs,
    /// Accounts and their roles.
    pub accounts: Vec<Account>,
    /// Who can sign in at the sandbox's own OpenID provider.
    pub people: Vec<Person>,
    /// IAM users with long-lived access keys.
    pub users: Vec<IamUser>,
    /// Other OpenID providers whose tokens `AssumeRoleWithWebIdentity` accepts, as an IAM OIDC provider would.
    pub trusted_issuers: Vec<TrustedIssuer>,
    /// Where the time comes from, before [`Knobs::skew_seconds`] shifts it.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            knobs: Knobs::default(),
            accounts: Account::made_up_company(),
            people: Person::made_up_people(),
            users: vec![
                IamUser::with_new_key("111122223333", "build-robot"),
                IamUser::with_new_key("111122223333", "kim").with_mfa(crate::MFA_SECRET),
            ],
            trusted_issuers: Vec::new(),
            clock: Clock::system(),
        }
    }
}

/// Another OpenID provider that the sandbox's accounts trust.
///
/// The sandbox finds its signing keys by discovery (`{issuer}/.well-known/openid-configuration`), over http on loopback
/// or over https. Any subject it vouches for may assume every role that doesn't refuse web identities altogether.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// Compared with the token's `iss`, ignoring a trailing slash.
    pub issuer: Url,
    /// Client IDs. The token's `azp` or, without one, any of its `aud` has to be among them.
    pub audiences: Vec<String>,
}

/// A source of the current time, so that tests can move it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The system's wall clock.
    // The only place that reads the machine's clock.
    #[allow(clippy::disallowed_methods)]
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that calls `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The current time by this clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Why a sandbox did not start or did not accept a setting.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or listening is not permitted.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}. Choose another port, or 0 for a free one")]
    Listen {
        /// The requested port.
        port: u16,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The sandbox's own folder could not be created.
    #[error("cannot create the sandbox's folder: {}: {why}", path.display())]
    Home {
        /// The file or folder.
        path: std::path::PathBuf,
        /// The operating system's error.
        why: String,
    },
    /// The key that signs ID tokens could not be generated.
    #[error("the sandbox cannot generate its signing key: {0}. Start it again")]
    SigningKey(String),
    /// The HTTP client that fetches other issuers' keys could not be built.
    #[error("the sandbox cannot set up its HTTP client: {0}. Check the system's certificate store")]
    HttpClient(#[source] reqwest::Error),
    /// An account ID is not twelve digits, or occurs twice.
    #[error("account ID {id:?} can't be used: {why}. Give each account its own twelve digits")]
    AccountId {
        /// The id as given.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A role cannot exist in IAM as described.
    #[error("role {role:?} in account {account} can't be used: {why}")]
    Role {
        /// The account's id.
        account: String,
        /// The role's name as given.
        role: String,
        /// What is wrong with it, and what would be valid.
        why: &'static str,
    },
    /// A knob is out of its range.
    #[error("knob `{knob}` is out of range: {range}")]
    Knob {
        /// The knob's name, as in the JSON.
        knob: &'static str,
        /// The valid values.
        range: &'static str,
    },
}
