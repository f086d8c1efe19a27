//! The messages.

use serde::{Deserialize, Serialize};

use daypass_core::event::Event;
use daypass_core::names::{AccountId, IdentityName, ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::secret::Given;
use daypass_core::settings::DeclaredRole;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{SessionView, Snapshot, TrialStep};
use daypass_deliver::env::Shell;
use daypass_deliver::process::ProcessCredentials;
use daypass_identity::iam_user::{MfaCode, RotatedKey};
use daypass_sts::Denial;

/// What can be asked of the broker. The command asks nothing else, whether an agent answers or the command itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Request {
    /// Which agent is this?
    Hello,
    /// Everything that is known.
    Snapshot,
    /// Add or change an identity.
    PutIdentity {
        /// Its name.
        name: IdentityName,
        /// Its settings.
        settings: IdentitySettings,
        /// Secrets of it for the vault; those that are not named stay as they are.
        secrets: Given,
        /// Whether there must be none of that name yet.
        new: bool,
    },
    /// Try an identity without the person: replies with [`Event::TrialWentOn`], then all steps.
    TryIdentity {
        /// Its name.
        name: IdentityName,
    },
    /// Remove an identity, its roles, its sessions and its proof.
    RemoveIdentity {
        /// Its name.
        name: IdentityName,
    },
    /// Sign in: replies with [`Event::SignInBegan`], whose address the asker opens, then the person's name.
    SignIn {
        /// The identity.
        identity: IdentityName,
        /// Give up after this many seconds.
        timeout_seconds: u32,
        /// Whether a code for another device is wanted instead of a browser here.
        device: bool,
        /// What the person typed.
        given: Given,
    },
    /// Throw the proof away.
    SignOut {
        /// The identity.
        identity: IdentityName,
    },
    /// List the roles of an identity anew, or wait for a listing that is under way: replies with [`Event::CatalogGrew`],
    /// then how many there are. It goes on where the asker hangs up.
    Refresh {
        /// The identity.
        identity: IdentityName,
    },
    /// The code that the MFA device of an IAM user shows now.
    MfaCode {
        /// The identity.
        identity: IdentityName,
    },
    /// Replace the access key of an IAM user.
    RotateKey {
        /// The identity.
        identity: IdentityName,
    },
    /// Declare a role.
    PutRole {
        /// The declaration.
        role: Box<DeclaredRole>,
        /// Whether it must not be declared yet.
        new: bool,
    },
    /// Remove a role's declaration.
    RemoveRole {
        /// `ACCOUNT/ROLE`, ARN, or profile.
        role: String,
    },
    /// Start a session.
    Start {
        /// `ACCOUNT/ROLE`, ARN, or profile.
        role: String,
        /// Profile to write, instead of the role's own.
        profile: Option<ProfileName>,
        /// Back up and replace a profile that is not Daypass's.
        replace: bool,
        /// Narrow the session to reading.
        read_only: bool,
    },
    /// Renew a session now.
    Renew {
        /// Its profile.
        profile: ProfileName,
    },
    /// End sessions: the one of a profile, or all.
    Stop {
        /// Its profile; all when absent.
        profile: Option<ProfileName>,
    },
    /// Credentials for `credential_process`; starts the role of that profile when no session runs.
    Credentials {
        /// The profile.
        profile: ProfileName,
    },
    /// Credentials as statements of a shell.
    Env {
        /// The profile.
        profile: ProfileName,
        /// For which shell.
        shell: Shell,
    },
    /// An address that signs in to the console.
    Console {
        /// `ACCOUNT/ROLE`, ARN, or profile.
        role: String,
        /// Service to land on, e.g. `s3`.
        service: Option<String>,
        /// Region to land in.
        region: Option<Region>,
    },
    /// GetCallerIdentity with a session's credentials.
    WhoAmI {
        /// Its profile.
        profile: ProfileName,
    },
    /// Why a request was denied.
    ExplainDenial {
        /// The session that asks.
        profile: ProfileName,
        /// The encoded authorization message, or the error with it.
        message: String,
    },
    /// Whose access key it is.
    WhoseKey {
        /// The session that asks.
        profile: ProfileName,
        /// The access key id.
        access_key_id: String,
    },
    /// Bring the window up, where the agent has one.
    ShowWindow,
    /// Make room for another agent: the desktop takes over from `daypass agent`.
    Retire,
}

/// What is answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "kebab-case")]
pub enum Answer {
    /// Who answers.
    Hello {
        /// Daypass's version.
        version: String,
        /// Process id.
        pid: u32,
        /// Whether it has a window.
        window: bool,
    },
    /// Everything that is known.
    Snapshot(Box<Snapshot>),
    /// A session as it is now.
    Session(Box<SessionView>),
    /// Credentials for the asker's standard output.
    Credentials(ProcessCredentials),
    /// A secret text: statements of a shell, or a console address.
    Secret(String),
    /// Who signed in.
    Person(String),
    /// What GetCallerIdentity says.
    Caller {
        /// Account id.
        account: String,
        /// ARN of the assumed role.
        arn: String,
        /// Unique id.
        user_id: String,
    },
    /// Why a request was denied.
    Denial(Box<Denial>),
    /// An account.
    Account(AccountId),
    /// The code of an MFA device.
    MfaCode(MfaCode),
    /// The access key that was replaced.
    Rotated(RotatedKey),
    /// The steps of a trial.
    Steps(Vec<TrialStep>),
    /// How many there were.
    Count(usize),
    /// It is done.
    Done,
}

/// One line from the agent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reply {
    /// Something that happens meanwhile.
    Event(Box<Event>),
    /// The end.
    Answer(Answer),
    /// The end, in tears.
    Problem(Problem),
}

/// A request is a few names, and a SAML response at most. One that is longer than STS takes is still read, so that the
/// person is told the limit; a line that is longer than this is no request.
pub(super) const LONGEST_REQUEST: usize = 2 * 1024 * 1024;
