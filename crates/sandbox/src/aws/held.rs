//! The access keys that the sandbox has issued, and the principals they belong to.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use super::{
    fault::Fault,
    session_policy::SessionPolicies,
    sigv4::{Received, Signature},
    tags::SessionTags,
};
use crate::{IamUser, random};

/// How long to remember expired keys, so that they get `ExpiredToken` and not `InvalidClientTokenId`.
const REMEMBERED: TimeDelta = TimeDelta::days(1);

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const KEYS_PER_USER: usize = 2;

/// The principal that a key belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// An IAM user, with a long-lived key or one from `GetSessionToken`.
    User {
        account: String,
        name: String,
        temporary: bool,
        /// Whether the session began with an MFA code.
        mfa: bool,
    },
    /// An assumed role.
    Role(RoleSession),
    /// A user from `GetFederationToken`.
    Federated { account: String, name: String },
    /// The root user of a member account, for one task.
    Root { account: String },
}

/// A role session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleSession {
    pub(crate) account: String,
    pub(crate) role_arn: String,
    pub(crate) role_name: String,
    pub(crate) session_name: String,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: SessionTags,
    /// Whether it was assumed with the credentials of another role.
    pub(crate) chained: bool,
    /// What it may do at most.
    pub(crate) policies: SessionPolicies,
}

impl Principal {
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::User { account, .. } | Self::Federated { account, .. } | Self::Root { account } => account,
            Self::Role(session) => &session.account,
        }
    }

    pub(crate) fn arn(&self) -> String {
        match self {
            Self::User { account, name, .. } => format!("arn:aws:iam::{account}:user/{name}"),
            Self::Role(RoleSession { account, role_name, session_name, .. }) => {
                format!("arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}")
            }
            Self::Federated { account, name } => format!("arn:aws:sts::{account}:federated-user/{name}"),
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
        }
    }

    /// The unique ID. For a role, the session name follows it.
    pub(crate) fn user_id(&self) -> String {
        match self {
            Self::User { .. } => random::aws_id_of("AIDA", &self.arn()),
            Self::Role(RoleSession { role_arn, session_name, .. }) => {
                format!("{}:{session_name}", random::aws_id_of("AROA", role_arn))
            }
            Self::Federated { account, name } => format!("{account}:{name}"),
            Self::Root { account } => account.clone(),
        }
    }

    /// The ARN in trust policies, which is the role's and not the session's.
    pub(crate) fn trusted_as(&self) -> String {
        match self {
            Self::Role(session) => session.role_arn.clone(),
            _ => self.arn(),
        }
    }

    /// The session tags of a role.
    pub(crate) fn tags(&self) -> Option<&SessionTags> {
        match self {
            Self::Role(session) => Some(&session.tags),
            Self::User { .. } | Self::Federated { .. } | Self::Root { .. } => None,
        }
    }

    /// Whether the session began with an MFA code (`aws:MultiFactorAuthPresent`).
    pub(crate) fn has_mfa(&self) -> bool {
        matches!(self, Self::User { mfa: true, .. })
    }
}

/// A new set of temporary credentials.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: SecretString,
    pub(crate) session_token: SecretString,
    pub(crate) expiration: DateTime<Utc>,
}

/// The sender of a request, known from its verified signature.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) access_key_id: String,
    /// The region that the request was signed for.
    pub(crate) region: String,
    /// When its key was issued.
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) principal: Principal,
}

/// All keys by access key ID.
#[derive(Debug)]
pub(crate) struct HeldKeys(Mutex<HashMap<String, Held>>);

/// A long-lived key, without its secret.
#[derive(Debug, Clone)]
pub(crate) struct UserKey {
    pub(crate) id: String,
    pub(crate) active: bool,
    pub(crate) created: DateTime<Utc>,
}

/// The last use of a key, as IAM tells it.
#[derive(Debug, Clone)]
pub(crate) struct Used {
    pub(crate) at: DateTime<Utc>,
    pub(crate) service: &'static str,
    pub(crate) region: String,
}

#[derive(Debug, Clone)]
struct Held {
    secret: SecretString,
    /// Whether the key is active. Long-lived keys can be deactivated.
    active: bool,
    created: DateTime<Utc>,
    /// When the key becomes valid. AWS takes a moment to spread a new key.
    known_from: DateTime<Utc>,
    /// The session token and the expiration. Long-lived keys have neither.
    temporary: Option<(SecretString, DateTime<Utc>)>,
    used: Option<Used>,
    principal: Principal,
}

impl HeldKeys {
    pub(crate) fn new(users: &[IamUser], now: DateTime<Utc>) -> Self {
        let held = |user: &IamUser| Held {
            secret: user.secret_access_key.clone(),
            active: true,
            created: now,
            // Valid even if the clock is set back later.
            known_from: DateTime::UNIX_EPOCH,
            temporary: None,
            used: None,
            principal: Principal::User {
                account: user.account.clone(),
                name: user.name.clone(),
                temporary: false,
                mfa: false,
            },
        };
        Self(Mutex::new(users.iter().map(|u| (u.access_key_id.clone(), held(u))).collect()))
    }

    /// Issues credentials for `principal` that last `lifetime` from `now`, to a whole second like `Expiration`.
    pub(crate) fn issue(&self, principal: Principal, now: DateTime<Utc>, lifetime: TimeDelta) -> Credentials {
        let fresh = Credentials {
            access_key_id: random::aws_id("ASIA"),
            secret_access_key: random::secret_access_key(),
            session_token: random::session_token(),
            expiration: (now + lifetime).trunc_subsecs(0),
        };
        let held = Held {
            secret: fresh.secret_access_key.clone(),
            active: true,
            created: now,
            known_from: DateTime::UNIX_EPOCH,
            temporary: Some((fresh.session_token.clone(), fresh.expiration)),
            used: None,
            principal,
        };
        self.locked(|keys| {
            keys.retain(|_, key| key.temporary.as_ref().is_none_or(|(_, end)| *end + REMEMBERED > now));
            keys.insert(fresh.access_key_id.clone(), held);
        });
        fresh
    }

    /// Verifies the signature, the session token and the age of a request.
    ///
    /// # Errors
    /// Those of [`Signature`], `InvalidClientTokenId` for an unknown key or another key's token, and `ExpiredToken`.
    pub(crate) fn authenticate(&self, request: Received<'_>, now: DateTime<Utc>) -> Result<Caller, Fault> {
        let signature = Signature::read(request)?;
        let held = self.find(&signature.access_key_id, signature.session_token.as_deref())?;
        signature.verify(&held.secret, now)?;
        held.still_good(now)?;
        let (access_key_id, region) = (signature.access_key_id, signature.scope.region);
        let used = Used { at: now.trunc_subsecs(0), service: request.service, region: region.clone() };
        self.locked(|keys| {
            if let Some(held) = keys.get_mut(&access_key_id) {
                held.used = Some(used);
            }
        });
        Ok(Caller { access_key_id, region, issued_at: held.created, principal: held.principal })
    }

    /// A user's long-lived key, and its last use before this one.
    pub(crate) fn last_used(&self, account: &str, name: &str, id: &str) -> Option<Option<Used>> {
        self.locked(|keys| keys.get(id).filter(|held| held.is_key_of(account, name)).map(|held| held.used.clone()))
    }

    /// Checks complete credentials, which the console's federation endpoint accepts. Tells whose they are, and when
    /// they expire.
    ///
    /// # Errors
    /// `InvalidClientTokenId` if they don't belong together, and `ExpiredToken`.
    pub(crate) fn recognise(
        &self,
        access_key_id: &str,
        secret: &str,
        session_token: &str,
        now: DateTime<Utc>,
    ) -> Result<(Principal, DateTime<Utc>), Fault> {
        let held = self.find(access_key_id, Some(session_token))?;
        if !same(held.secret.expose_secret(), secret) {
            return Err(Fault::unknown_key());
        }
        held.still_good(now)?;
        let (_, ends) = held.temporary.ok_or_else(Fault::unknown_key)?;
        Ok((held.principal, ends))
    }

    /// A key's account, even if the key has expired.
    pub(crate) fn account_of(&self, access_key_id: &str) -> Option<String> {
        self.locked(|keys| keys.get(access_key_id).map(|held| held.principal.account().to_owned()))
    }

    fn find(&self, access_key_id: &str, session_token: Option<&str>) -> Result<Held, Fault> {
        let held = self.locked(|keys| keys.get(access_key_id).cloned()).ok_or_else(Fault::unknown_key)?;
        let belongs = match (&held.temporary, session_token) {
            (Some((ours, _)), Some(theirs)) => same(ours.expose_secret(), theirs),
            (None, None) => true,
            _ => false,
        };
        if belongs { Ok(held) } else { Err(Fault::unknown_key()) }
    }

    /// Creates a second key for a user, which becomes valid after `delay` seconds.
    ///
    /// # Errors
    /// `LimitExceeded` if the user already has two.
    pub(crate) fn create(
        &self,
        account: &str,
        name: &str,
        now: DateTime<Utc>,
        delay: u32,
    ) -> Result<(UserKey, SecretString), Fault> {
        if self.of_user(account, name).len() >= KEYS_PER_USER {
            return Err(Fault::too_many_keys());
        }
        let key = UserKey { id: random::aws_id("AKIA"), active: true, created: now.trunc_subsecs(0) };
        let secret = random::secret_access_key();
        let principal =
            Principal::User { account: account.to_owned(), name: name.to_owned(), temporary: false, mfa: false };
        let held = Held {
            secret: secret.clone(),
            active: true,
            created: key.created,
            known_from: now + TimeDelta::seconds(i64::from(delay)),
            temporary: None,
            used: None,
            principal,
        };
        self.locked(|keys| keys.insert(key.id.clone(), held));
        Ok((key, secret))
    }

    /// A user's long-lived keys, oldest first.
    pub(crate) fn of_user(&self, account: &str, name: &str) -> Vec<UserKey> {
        let mut keys: Vec<UserKey> = self.locked(|keys| {
            let own = keys.iter().filter(|(_, held)| held.is_key_of(account, name));
            own.map(|(id, held)| UserKey { id: id.clone(), active: held.active, created: held.created }).collect()
        });
        keys.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        keys
    }

    /// # Errors
    /// `NoSuchEntity` if the user doesn't have this key.
    pub(crate) fn switch(&self, account: &str, name: &str, id: &str, active: bool) -> Result<(), Fault> {
        self.locked(|keys| match keys.get_mut(id).filter(|held| held.is_key_of(account, name)) {
            Some(held) => {
                held.active = active;
                Ok(())
            }
            None => Err(Fault::no_such_key(id)),
        })
    }

    /// # Errors
    /// `NoSuchEntity` if the user doesn't have this key.
    pub(crate) fn delete(&self, account: &str, name: &str, id: &str) -> Result<(), Fault> {
        self.locked(|keys| {
            let own = keys.get(id).is_some_and(|held| held.is_key_of(account, name));
            own.then(|| keys.remove(id)).map(|_| ()).ok_or_else(|| Fault::no_such_key(id))
        })
    }

    fn locked<T>(&self, f: impl FnOnce(&mut HashMap<String, Held>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    fn is_key_of(&self, of_account: &str, of_name: &str) -> bool {
        matches!(&self.principal, Principal::User { account, name, temporary: false, .. }
            if account == of_account && name == of_name)
    }

    fn still_good(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        if !self.active || self.known_from > now {
            return Err(Fault::unknown_key());
        }
        match &self.temporary {
            Some((_, end)) if *end <= now => Err(Fault::expired_key()),
            _ => Ok(()),
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
