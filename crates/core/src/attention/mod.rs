//! What needs the person: one closed list that the window, the tray and notifications show. To add a kind, add it to
//! [`Attention`]; the compiler then names every place that has to word it.

mod look;
mod memory;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use look::{Look, look};
pub use memory::Memory;

use crate::names::{CatalogName, IdentityName, ProfileName};
use crate::problem::Problem;

/// Something that needs the person: what it is, whom it is about, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AttentionItem {
    /// Stays the same for as long as the same thing needs the person.
    pub id: String,
    /// How much it needs them.
    pub level: AttentionLevel,
    /// The identity that it is about. Items of one identity are shown together.
    pub identity: Option<IdentityName>,
    /// What it is.
    pub what: Attention,
    /// What to do.
    pub step: AttentionStep,
}

/// How much something needs the person. The first is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum AttentionLevel {
    /// Something stopped working.
    Failed,
    /// Only the person can do what is next.
    NeedsYou,
    /// It can wait, or may go away by itself.
    Notice,
}

/// What needs the person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum Attention {
    /// A sign-in has begun and waits for the person.
    SignInWaits,
    /// A sign-in is over or refused, so sessions or programs wait.
    SignInNeeded {
        /// The profiles that get no new credentials until then.
        profiles: Vec<ProfileName>,
        /// Why.
        problem: Option<Problem>,
    },
    /// A sign-in failed.
    SignInFailed {
        /// Why.
        problem: Problem,
    },
    /// Sessions end soon, because they can't be renewed without the person.
    SignInEnds {
        /// The profiles that end.
        profiles: Vec<ProfileName>,
        /// When the first of them ends, by this machine's clock.
        at: DateTime<Utc>,
    },
    /// An identity's roles couldn't be listed.
    RolesNotListed {
        /// Why.
        problem: Problem,
    },
    /// An identity can't be used.
    IdentityUnusable {
        /// Why.
        problem: Problem,
    },
    /// A session can't be renewed.
    SessionFailed {
        /// Which.
        session: AttentionSession,
        /// Why.
        problem: Problem,
    },
    /// A renewal failed for a passing reason, and is tried again.
    RenewalDelayed {
        /// Of which session.
        session: AttentionSession,
        /// Why.
        problem: Problem,
    },
    /// A shared catalog has changes that the person has to accept.
    CatalogWaits {
        /// Its name.
        catalog: CatalogName,
        /// How many.
        changes: usize,
    },
    /// The newest version of a shared catalog isn't in force.
    CatalogUnusable {
        /// Its name.
        catalog: CatalogName,
        /// Why.
        problem: Problem,
    },
    /// The vault is locked.
    VaultLocked {
        /// What it says.
        problem: Problem,
    },
    /// The vault can't be used.
    VaultUnusable {
        /// Why.
        problem: Problem,
    },
    /// `config.toml` has a mistake.
    ConfigMistake {
        /// Which.
        problem: Problem,
    },
    /// The organization's policy can't be used.
    PolicyUnusable {
        /// Why.
        problem: Problem,
    },
    /// The AWS files can't be read, or aren't private.
    AwsFiles {
        /// Why.
        problem: Problem,
    },
    /// This machine's clock is wrong.
    ClockWrong {
        /// By so many seconds. It is behind if they are positive.
        #[ts(type = "number")]
        seconds: i64,
    },
}

/// The session that an item is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AttentionSession {
    /// Its profile.
    pub profile: ProfileName,
    /// The key of its role in the catalog.
    pub role_id: String,
    /// The role's name.
    pub role: String,
    /// What the account is called, or its digits.
    pub account: String,
    /// Until when the credentials in hand work, by this machine's clock.
    pub expires_here: Option<DateTime<Utc>>,
}

/// The one thing to do about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum AttentionStep {
    /// Sign in.
    SignIn {
        /// With this identity.
        identity: IdentityName,
    },
    /// Go back to a sign-in that waits.
    ContinueSignIn {
        /// With this identity.
        identity: IdentityName,
    },
    /// Look at a role and its session.
    ShowRole {
        /// Its key in the catalog.
        role: String,
    },
    /// Renew a session now.
    Renew {
        /// Its profile.
        profile: ProfileName,
    },
    /// List an identity's roles again.
    ListRoles {
        /// Which.
        identity: IdentityName,
    },
    /// Look at what waits in a shared catalog.
    ReviewCatalog {
        /// Which.
        catalog: CatalogName,
    },
    /// Unlock the vault.
    Unlock,
    /// What the words of the problem's code offer, if anything.
    AsProblem,
    /// Daypass can't do it.
    Nothing,
}

impl AttentionItem {
    /// The problem behind it.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match &self.what {
            Attention::SignInWaits
            | Attention::SignInEnds { .. }
            | Attention::CatalogWaits { .. }
            | Attention::ClockWrong { .. } => None,
            Attention::SignInNeeded { problem, .. } => problem.as_ref(),
            Attention::SignInFailed { problem }
            | Attention::RolesNotListed { problem }
            | Attention::IdentityUnusable { problem }
            | Attention::SessionFailed { problem, .. }
            | Attention::RenewalDelayed { problem, .. }
            | Attention::CatalogUnusable { problem, .. }
            | Attention::VaultLocked { problem }
            | Attention::VaultUnusable { problem }
            | Attention::ConfigMistake { problem }
            | Attention::PolicyUnusable { problem }
            | Attention::AwsFiles { problem } => Some(problem),
        }
    }
}
