//! What happened: one closed list, past tense, for the window, the tray, notifications and the audit log.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::history::LastUse;
use crate::names::{IdentityName, ProfileName};
use crate::problem::Problem;
use crate::view::{Caution, SessionView, SignInAsk, TrialNews};

/// Something happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
// Nearly every event is the large one: a box would cost an allocation and save nothing.
#[allow(clippy::large_enum_variant)]
pub enum Event {
    /// A sign-in waits for the person.
    SignInBegan {
        /// The identity.
        identity: IdentityName,
        /// What the person has to do.
        ask: SignInAsk,
        /// Whether a browser was opened with its address.
        browser_opened: bool,
    },
    /// Something about a sign-in that the person should know, and that doesn't end it.
    SignInCautioned {
        /// The identity.
        identity: IdentityName,
        /// What.
        caution: Caution,
    },
    /// The person signed in.
    SignedIn {
        /// The identity.
        identity: IdentityName,
        /// Who, as the provider says.
        person: String,
        /// What isn't as the person or the provider meant it, although they are signed in.
        remarks: Vec<Problem>,
    },
    /// A sign-in ended without a proof.
    SignInFailed {
        /// The identity.
        identity: IdentityName,
        /// Why.
        problem: Problem,
    },
    /// The proof was thrown away.
    SignedOut {
        /// The identity.
        identity: IdentityName,
    },
    /// An identity's proof is spent or refused; sessions that depend on it cannot be renewed.
    SignInNeeded {
        /// The identity.
        identity: IdentityName,
        /// Profiles that will end.
        profiles: Vec<ProfileName>,
        /// Why.
        problem: Problem,
    },
    /// A session was started, renewed or changed its state.
    SessionChanged {
        /// What changed.
        change: SessionChange,
        /// The session as it is now.
        session: SessionView,
    },
    /// A program took a session's credentials. Told now and then while it goes on taking them.
    CredentialsTaken {
        /// By whom, and of which session.
        taken: LastUse,
    },
    /// A program waits for the person's consent, or they answered.
    ConsentsChanged,
    /// A listing of roles came further. What was found so far is in a snapshot.
    CatalogGrew {
        /// The identity.
        identity: IdentityName,
        /// Accounts that are known of.
        accounts: u32,
        /// Accounts whose roles are known.
        done: u32,
    },
    /// A trial came further. Only its caller hears of it, over the agent's socket, and no subscriber does.
    #[ts(skip)]
    TrialWentOn {
        /// How far.
        news: TrialNews,
    },
    /// A listing of roles ended: what was found is in a snapshot, or what was known before.
    CatalogListed {
        /// The identity.
        identity: IdentityName,
        /// Why the roles could not be listed.
        problem: Option<Problem>,
    },
    /// Identities, roles or settings changed; ask for a snapshot.
    CatalogChanged,
    /// Settings of the window changed, and nothing else.
    SettingsChanged,
}

/// What happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum SessionChange {
    /// The first exchange began.
    Requested,
    /// First credentials came and were delivered.
    Started,
    /// A new exchange began.
    RenewalBegan,
    /// New credentials came and were delivered.
    Renewed,
    /// A renewal failed for a passing reason; it is tried again.
    RenewalDelayed,
    /// A renewal failed because the person has to sign in.
    SignInNeeded,
    /// The service refused for good.
    Failed,
    /// Tools get the same credentials another way from now on, or with another region.
    DeliveryChanged,
    /// The credentials expired and were removed from the files.
    Expired,
    /// The person ended it; the profile is gone.
    Stopped,
}
