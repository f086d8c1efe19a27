//! What a sandbox is started with, and why it may refuse to start.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use url::Url;

use crate::{Account, IamUser, Knobs, Person};

/// How a sandbox is to be started. The default is a free port, the made-up company, and no faults.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Faults and lifetimes to begin with.
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

/// An OpenID provider that the accounts of the sandbox trust.
///
/// Its signing keys are found by discovery (`{issuer}/.well-known/openid-configuration`), over http on loopback or
/// over https. Any subject it vouches for may assume every role that does not refuse web identities altogether.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// Compared with the token's `iss`; a trailing slash makes no difference.
    pub issuer: Url,
    /// Client ids: the token's `azp`, or else one of its `aud`, must be among them.
    pub audiences: Vec<String>,
}

/// A source of the current time, so that tests can move it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The system's wall clock.
    // The one place that asks the machine.
    #[allow(clippy::disallowed_methods)]
    pub fn system() -> Self {
        Self::new(Utc::now)
    }

    /// A clock that asks `now` each time.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time that this clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Why a sandbox did not start, or did not take a setting.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or listening is not permitted.
    #[error("the sandbox cannot listen on 127.0.0.1:{port}: {source}. Choose another port, or 0 for a free one")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The sandbox's own folder could not be made.
    #[error("the sandbox's folder cannot be made: {}: {why}", path.display())]
    Home {
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the operating system said.
        why: String,
    },
    /// The key that signs ID tokens could not be made.
    #[error("the sandbox could not generate its signing key: {0}. Start it again")]
    SigningKey(String),
    /// The HTTP client that fetches other issuers' keys could not be built.
    #[error("the sandbox could not set up its HTTP client: {0}. Check the system's certificate store")]
    HttpClient(#[source] reqwest::Error),
    /// An account id is not twelve digits, or occurs twice.
    #[error("account id {id:?} is not usable: {why}. Give each account its own twelve digits")]
    AccountId {
        /// The id as given.
        id: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A role cannot exist in IAM as described.
    #[error("role {role:?} in account {account} is not usable: {why}")]
    Role {
        /// The account's id.
        account: String,
        /// The role's name as given.
        role: String,
        /// What is wrong with it, and what would be right.
        why: &'static str,
    },
    /// A knob is out of its range.
    #[error("knob `{knob}` is out of range: {range}")]
    Knob {
        /// The knob's name, as in the JSON.
        knob: &'static str,
        /// The values that it takes.
        range: &'static str,
    },
}
