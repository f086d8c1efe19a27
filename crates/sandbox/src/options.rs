//! Options for starting a sandbox.

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
