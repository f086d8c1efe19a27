//! A session as stored in the vault: what the person requested, and the credentials for it.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use daypass_core::credentials::Credentials;
use daypass_core::delivery::Delivered;
use daypass_core::lease::LeaseView;
use daypass_core::names::ProfileName;
use daypass_core::session_request::SessionRequest;
use daypass_core::view::{SessionState, SessionView, role_id};

/// What the vault keeps of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoredSession {
    /// What was asked for.
    /// Called `wish` in vaults since the first version.
    #[serde(rename = "wish")]
    pub request: SessionRequest,
    /// The credentials. None once expired.
    pub credentials: Option<Credentials>,
    /// Renewals since it was started.
    pub renewals: u32,
    /// The credentials file from before the session replaced another tool's profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<PathBuf>,
    /// The file that its credentials were written to. A later command may run in an environment that names another one.
    /// (A path that isn't a text isn't kept: it counts as the one that is named then.)
    #[serde(default, skip_serializing_if = "is_no_text")]
    pub file: Option<PathBuf>,
    /// The access key ids that were delivered before, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_keys: Vec<String>,
    /// The profiles that it was known by before, the latest first. Programs that Daypass gave one of them keep it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub formerly: Vec<ProfileName>,
}

/// How many keys a session remembers. Older ones have expired by then.
const REMEMBERED_KEYS: usize = 4;

/// How many former names a session remembers.
const REMEMBERED_NAMES: usize = 8;

impl StoredSession {
    /// Its name in the vault.
    #[must_use]
    pub fn entry(profile: &ProfileName) -> String {
        format!("{}{profile}", Self::ENTRIES)
    }

    /// What the names of all sessions in the vault begin with.
    pub const ENTRIES: &'static str = "session/";

    /// As the person asked for it, before the first exchange.
    pub(super) fn without_credentials(request: &SessionRequest) -> Self {
        Self {
            request: request.clone(),
            credentials: None,
            renewals: 0,
            backup: None,
            file: None,
            earlier_keys: Vec::new(),
            formerly: Vec::new(),
        }
    }

    /// Where it was delivered, and what it is known by.
    pub(super) fn delivered(&self) -> Delivered {
        Delivered {
            profile: self.request.profile.clone(),
            also: self.request.also.clone(),
            file: self.file.clone(),
            access_key_id: self.key_id().map(str::to_owned),
            earlier_keys: self.earlier_keys.clone(),
        }
    }

    /// The access key ids up to now, for the session that has the next one.
    pub(super) fn keys_so_far(&self) -> Vec<String> {
        let mut keys = self.delivered().keys();
        keys.truncate(REMEMBERED_KEYS);
        keys
    }

    /// The names that it was known by before, once it has taken the place of `before`.
    pub(super) fn formerly_after(&self, before: &Self) -> Vec<ProfileName> {
        let gone = before.request.profiles().filter(|old| !self.request.has(old));
        let earlier = before.formerly.iter().filter(|old| !self.request.has(old));
        gone.chain(earlier).take(REMEMBERED_NAMES).cloned().collect()
    }

    /// Whether the `other` one is this session under the name that it had before: a process was killed between storing
    /// it under the new one and removing the old one.
    pub(super) fn supersedes(&self, other: &Self) -> bool {
        self.formerly.contains(&other.request.profile)
            && self.key_id() == other.key_id()
            && self.request.role == other.request.role
            && self.request.identity == other.request.identity
    }

    /// When its credentials count as expired, by this machine's clock: they end, or what was asked for does.
    pub(super) fn ends_here(&self) -> Option<DateTime<Utc>> {
        let expires = self.credentials.as_ref().map(Credentials::expires_here)?;
        Some(self.request.ends_at().map_or(expires, |ends| ends.min(expires)))
    }

    /// The credentials, which never say that they last longer than what was asked for.
    pub(super) fn capped_credentials(&self) -> Option<Credentials> {
        let mut credentials = self.credentials.clone()?;
        if let Some(ends) = self.ends_here() {
            credentials.expires_at -= credentials.expires_here() - ends;
        }
        Some(credentials)
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.credentials.as_ref().map(|c| c.access_key_id.as_str())
    }

    pub(crate) fn view(&self, state: SessionState) -> SessionView {
        let credentials = self.credentials.as_ref();
        SessionView {
            profile: self.request.profile.clone(),
            also: self.request.also.clone(),
            role: self.request.role.clone(),
            role_id: role_id(&self.request.identity, &self.request.role),
            account_name: None,
            account_alias: None,
            account_colour: None,
            production: false,
            identity: self.request.identity.clone(),
            region: self.request.region.clone(),
            terms: self.request.terms.clone(),
            via: self.request.via.clone(),
            sts_region: credentials.and_then(|c| c.fallback_region.clone()),
            delivery: self.request.delivery,
            state,
            expires_at: credentials.map(|c| c.expires_at),
            expires_here: credentials.map(Credentials::expires_here),
            issued_at: credentials.map(|c| c.issued_at),
            renews_at: None,
            renewals: self.renewals,
            access_key_id: credentials.map(|c| c.access_key_id.clone()),
            // Of Identity Center's sessions only a pattern is known, and of others nothing.
            assumed_role: credentials
                .map(|c| c.assumed_role.clone())
                .filter(|arn| !arn.is_empty() && !arn.contains('*')),
            problem: None,
            backup: self.backup.as_ref().map(|path| path.display().to_string()),
            replaced: None,
            renamed_from: None,
            lease: self.request.lease.as_ref().map(LeaseView::from),
            elevation: self.request.elevation.clone(),
        }
    }
}

fn is_no_text(file: &Option<PathBuf>) -> bool {
    file.as_ref().is_none_or(|file| file.to_str().is_none())
}
