//! The requests to Daypass and their answers: one struct per request, which names its answer's type.
//!
//! The list at the end makes the wire format from them. A new request is a struct here, a line in the list, and an
//! `impl Answers<…> for Broker`, without which the crate does not compile.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use daypass_core::account::AccountView;
use daypass_core::consent::{ConsentAnswer, ConsentGiven, Consents};
use daypass_core::event::Event;
use daypass_core::history::{LastUse, Taker};
use daypass_core::leak::LeakReport;
use daypass_core::names::{AccountId, CatalogName, ConsoleDuration, IdentityName, ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::program::Program;
use daypass_core::recognised::Recognised;
use daypass_core::secret::TypedSecrets;
use daypass_core::session_request::Delivery;
use daypass_core::settings::{
    AccountField, AccountSettings, AskWhen, CatalogSettings, CatalogView, ConsoleSettings, ConsoleSignIn, DeclaredRole,
    IdentitySettings, OpenIn,
};
use daypass_core::standing::SessionStanding;
use daypass_core::view::{RoleView, SessionView, Snapshot, TrialStep};
use daypass_deliver::process::ProcessCredentials;
use daypass_identity::iam_user::{MfaCode, RotatedKey};
use daypass_sts::Denial;

use crate::outcome::Outcome;

mod given;
mod limited;
mod vault;

pub use given::{AtLeast, Person, SecretText};
pub use limited::{BeginLease, Elevate, EndLease, FallBack, ListLeases, Narrowed, NoteBeyondLease, ReportLeak};
pub use vault::{GetVaultState, LockReason, LockVault, UnlockVault, VaultState};

/// A request. It knows the type of its answer.
pub trait Ask: Into<Request> + Clone + Send {
    /// The answer.
    type Answer: Serialize + DeserializeOwned + Send;

    /// Whether the answer depends on the sessions. A command that does the work itself removes expired ones first.
    const READS_SESSIONS: bool;

    /// Whether the person wants an answer and no change, so that a command may find it beside an agent that is silent.
    const ONLY_LOOKS: bool;

    /// Whether it may be carried out twice: an agent that is gone may have done so before it could answer.
    const MAY_REPEAT: bool;

    /// Whether programs ask it by themselves, so that it doesn't show that the person is present.
    const IS_AUTOMATIC: bool;

    /// Whether it matters which program this comes from: credentials leave with the answer, or a program gets some.
    const NAMES_ASKER: bool;

    /// The agent says which program asks. What a client says of itself doesn't count.
    fn asked_by(&mut self, _: Option<Program>) {}
}

/// Hears what happens while a request is answered: the address of a sign-in, the steps of a trial.
pub type Tell<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Answers one request.
pub trait Answers<R: Ask> {
    /// Carries out the request, and reports progress to `tell`.
    ///
    /// # Errors
    ///
    /// Those of the function that does it.
    fn answer(&self, request: R, tell: Tell<'_>) -> impl Future<Output = Result<R::Answer, Problem>> + Send;
}

/// Which agent is this?
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello;

/// The agent that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentInfo {
    /// Daypass's version.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Whether it has a window.
    pub window: bool,
    /// The credentials file that it writes to, if its path is a text. The caller's tools may read another one.
    #[serde(default)]
    pub credentials_file: Option<String>,
}

/// Bring the window up, if the agent has one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShowWindow {
    /// What lets the window take the focus from the program that has it, where the desktop decides that.
    #[serde(default)]
    pub activation_token: Option<String>,
}

/// Bring the quick switch up, if the agent has one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShowQuickSwitch {
    /// As [`ShowWindow::activation_token`].
    #[serde(default)]
    pub activation_token: Option<String>,
}

/// Ask the person about a link, if the agent has a window. Any web page can have one opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenLink {
    /// The link, as it came.
    pub link: String,
    /// As [`ShowWindow::activation_token`].
    #[serde(default)]
    pub activation_token: Option<String>,
}

/// Make room for another agent: the desktop app takes over from `daypass agent`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Retire;

/// Everything that Daypass knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetSnapshot {
    /// Whether the answer has the catalog of roles, which can be long.
    pub with_roles: bool,
}

/// Add or change an identity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PutIdentity {
    /// Its name.
    pub name: IdentityName,
    /// Its settings.
    pub settings: IdentitySettings,
    /// Its secrets for the vault. The others stay as they are.
    pub secrets: TypedSecrets,
    /// Whether the name must be free.
    pub new: bool,
}

/// What is this text that a person pasted, and which identity can be added with it?
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recognise {
    /// The text. Secrets in it aren't kept.
    pub text: String,
    /// Whether to ask the address in it if it doesn't tell by itself.
    pub ask: bool,
}

/// Try an identity without the person. Each step is reported as [`Event::TrialWentOn`], and all are returned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TryIdentity {
    /// Its name.
    pub name: IdentityName,
}

/// Remove an identity, its roles, its sessions and its proof.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveIdentity {
    /// Its name.
    pub name: IdentityName,
}

/// Give an identity another name. Its roles, secrets, proof and sessions stay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenameIdentity {
    /// Its name.
    pub name: IdentityName,
    /// Its new name.
    pub new_name: IdentityName,
}

/// Sign in and return the person's name. [`Event::SignInBegan`] has the address, which the caller opens;
/// [`Event::SignInCautioned`] what the person should know besides.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The identity.
    pub identity: IdentityName,
    /// Give up after this many seconds.
    pub timeout_seconds: u32,
    /// Whether to sign in with a code on another device instead of a browser here.
    pub device: bool,
    /// What the person typed.
    pub given: TypedSecrets,
}

/// Delete the proof, and return whether there was one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SignOut {
    /// The identity.
    pub identity: IdentityName,
}

/// List the roles of an identity again, or wait for a listing in progress, and return how many there are.
/// [`Event::CatalogGrew`] tells how far it is. The listing continues if the caller hangs up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListRoles {
    /// The identity.
    pub identity: IdentityName,
}

/// The current MFA code of an IAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetMfaCode {
    /// The identity.
    pub identity: IdentityName,
}

/// Replace the access key of an IAM user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RotateKey {
    /// The identity.
    pub identity: IdentityName,
}

/// Declare a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PutRole {
    /// The declaration.
    pub role: DeclaredRole,
    /// When to ask the person before a program gets its credentials. What the file says stays without. (Not called
    /// `ask`, which is the key that names a request.)
    pub consent: Option<AskWhen>,
    /// Whether it must not be declared yet.
    pub new: bool,
}

/// Remove a role's declaration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveRole {
    /// As [`Broker::role`](crate::broker::Broker::role) reads it.
    pub role: String,
}

/// Every account that is known, and what it is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListAccounts;

/// Set or remove an account's values in `config.toml`. Returns what's known about it now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PutAccount {
    /// Its ID, alias or name.
    pub account: String,
    /// What to say.
    pub settings: AccountSettings,
    /// What not to say any more.
    pub unset: Vec<AccountField>,
}

/// The favourites, in the person's order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListFavourites;

/// A favourite, and its role if it isn't gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Favourite {
    /// `IDENTITY:ARN`.
    pub id: String,
    /// The role.
    pub role: Option<RoleView>,
}

/// Add favourites, or remove them. Returns the ids of the roles.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeFavourites {
    /// As [`Broker::role`](crate::broker::Broker::role) reads them.
    pub roles: Vec<String>,
    /// Whether they are removed.
    pub remove: bool,
}

/// Every shared catalog, and what waits in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListCatalogs;

/// Add a shared catalog to `config.toml`, and fetch it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddCatalog {
    /// Its name.
    pub name: CatalogName,
    /// Where it is, and who signs it.
    pub settings: CatalogSettings,
}

/// Look for new versions of shared catalogs now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefreshCatalogs {
    /// Which one. All without.
    pub name: Option<CatalogName>,
}

/// Accept what waits in a shared catalog.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptCatalog {
    /// Its name.
    pub name: CatalogName,
    /// What the person saw, as [`CatalogView::waiting_id`] has it.
    pub waiting_id: Option<String>,
    /// Whether to accept whatever its key signs from now on.
    pub trust_key: bool,
}

/// Remove a shared catalog. The sessions of its identities end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveCatalog {
    /// Its name.
    pub name: CatalogName,
}

/// Start a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartSession {
    /// As [`Broker::role`](crate::broker::Broker::role) reads it.
    pub role: String,
    /// Profile to write, instead of the role's own.
    pub profile: Option<ProfileName>,
    /// More profiles with the same credentials.
    #[serde(default)]
    pub also: Vec<ProfileName>,
    /// Region for the profile, instead of the role's own.
    #[serde(default)]
    pub region: Option<Region>,
    /// Back up and replace a profile that Daypass doesn't own.
    pub replace: bool,
    /// Limit the session to read access.
    pub read_only: bool,
    /// Whether the caller can sign the person in.
    pub person: Person,
}

/// Change a running session's profiles, delivery or region, without an exchange.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChangeSession {
    /// One of its profiles.
    pub profile: ProfileName,
    /// What that profile is called from now on.
    #[serde(default)]
    pub rename: Option<ProfileName>,
    /// More profiles for it.
    #[serde(default)]
    pub add: Vec<ProfileName>,
    /// Profiles that it lost.
    #[serde(default)]
    pub drop: Vec<ProfileName>,
    /// The region in its profiles.
    #[serde(default)]
    pub region: Option<RegionChoice>,
    /// How tools get its credentials.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// Back up and replace profiles that Daypass doesn't own.
    #[serde(default)]
    pub replace: bool,
}

/// A region for a session's profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", content = "name", rename_all = "kebab-case")]
#[ts(export)]
pub enum RegionChoice {
    /// This one.
    Named(Region),
    /// The role's own, which it follows.
    Usual,
}

/// Renew a session now.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenewSession {
    /// Its profile.
    pub profile: ProfileName,
    /// Whether the caller can sign the person in.
    pub person: Person,
}

/// End the session of a profile, or all sessions. Returns how many there were.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StopSessions {
    /// The profile. All sessions without one.
    pub profile: Option<ProfileName>,
}

/// A session of a role for one program: the one that runs, else a new one that is delivered by process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UseRole {
    /// As [`Broker::role`](crate::broker::Broker::role) reads it.
    pub role: String,
    /// Region for the program, instead of the role's own.
    pub region: Option<Region>,
    /// Limit the session to read access.
    pub read_only: bool,
    /// How long the program needs it.
    #[serde(default)]
    pub at_least: Option<AtLeast>,
    /// Whether the person can sign in now.
    pub person: Person,
}

/// End the session of a profile that replaced another tool's, and put that one back. Returns whether it was possible.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StopAndGiveBack {
    /// The profile.
    pub profile: ProfileName,
}

/// Credentials for `credential_process`. Starts the profile's role if no session runs, and never asks the person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetCredentials {
    /// The profile.
    pub profile: ProfileName,
    /// The role that the profile is for, as `IDENTITY:ARN` or any other name. Without one, the role that has the
    /// profile.
    #[serde(default)]
    pub role: Option<String>,
    /// Whether they are for an endpoint, and not for `credential_process`.
    #[serde(default)]
    pub by_endpoint: bool,
    /// The consumer that an endpoint serves.
    #[serde(default)]
    pub consumer: Option<String>,
    /// The program that asked the endpoint, as that saw it.
    #[serde(default)]
    pub visitor: Option<Program>,
    /// How many milliseconds it waits for the person's consent. As long as Daypass does without.
    #[serde(default)]
    pub patience: Option<u32>,
    /// The program that asks the agent, as that sees it.
    #[serde(skip)]
    pub asked_by: Option<Program>,
}

/// Credentials for a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandedOut {
    /// The credentials.
    pub credentials: ProcessCredentials,
    /// Whether the person was asked about the program, so that they are for this one alone.
    #[serde(default)]
    pub is_for_this_program: bool,
}

/// The last time that each running session's credentials were taken, where the agent saw it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetLastUses;

/// A program got a session's credentials from an endpoint. Returns at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoteTaken {
    /// The profile.
    pub profile: ProfileName,
    /// The consumer that the endpoint serves.
    pub consumer: String,
    /// The program, as the endpoint saw it.
    pub visitor: Option<Program>,
}

impl GetCredentials {
    /// Those of a profile, for `credential_process`.
    #[must_use]
    pub fn of(profile: ProfileName) -> Self {
        Self { profile, role: None, by_endpoint: false, consumer: None, visitor: None, patience: None, asked_by: None }
    }
}

/// The questions about programs that wait for the person, and the answers that hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetConsents;

/// The same, once there is a question that isn't among these.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AwaitConsentQuestion {
    /// The numbers of the questions that the caller knows.
    pub known: Vec<u32>,
}

/// The person's answer to a question about a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerConsent {
    /// The question's number.
    pub id: u32,
    /// What they say.
    pub answer: ConsentAnswer,
    /// As [`GetCredentials::asked_by`].
    #[serde(skip)]
    pub asked_by: Option<Program>,
}

/// Take an answer back, or all of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeConsents {
    /// The answer's number. All without one.
    pub id: Option<u32>,
}

/// A session's keys, for variables that a shell or one program gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetKeys {
    /// The profile.
    pub profile: ProfileName,
    /// Whether the caller can sign the person in.
    pub person: Person,
    /// The program that is started with them.
    #[serde(default)]
    pub consumer: Option<String>,
    /// As [`GetCredentials::asked_by`].
    #[serde(skip)]
    pub asked_by: Option<Program>,
}

impl GetKeys {
    /// Those of a profile.
    #[must_use]
    pub fn of(profile: ProfileName, person: Person) -> Self {
        Self { profile, person, consumer: None, asked_by: None }
    }
}

/// A session with its keys. No command of the window returns them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionKeys {
    /// The keys, which aren't renewed.
    pub keys: ProcessCredentials,
    /// Whose they are.
    pub session: SessionView,
}

/// A session as the agent holds it in memory, for a prompt: without a look at the vault, at files or at the network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PeekSession {
    /// Its profile.
    pub profile: ProfileName,
}

/// An address that signs in to the console.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetConsoleUrl {
    /// As [`Broker::role`](crate::broker::Broker::role) reads it. Or an ARN or an address of the console, whose account
    /// only one role reaches.
    pub role: String,
    /// Which page, and how.
    pub page: ConsolePage,
    /// Whether the caller can sign the person in.
    pub person: Person,
    /// As [`GetCredentials::asked_by`].
    #[serde(skip)]
    pub asked_by: Option<Program>,
}

/// The page of the console to open, and how. The settings say what isn't here.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ConsolePage {
    /// Service to land on, e.g. `s3`.
    pub service: Option<String>,
    /// Page to land on: an address of the console, a path after its host, or an ARN.
    pub to: Option<String>,
    /// Region to land in.
    pub region: Option<Region>,
    /// How long the console stays signed in.
    pub duration: Option<ConsoleDuration>,
    /// Logs the browser out of the console first, even if the settings don't.
    pub log_out_first: bool,
    /// What the browser is signed in with, instead of what the settings say.
    pub sign_in: Option<ConsoleSignIn>,
    /// Whether the caller needs an address that works by itself, and can't post a form.
    pub as_url: bool,
    /// Where it opens, for this time: what comes before the settings.
    pub browser: ConsoleSettings,
    /// The program that asks, for the audit log. The window is Daypass itself.
    #[serde(skip)]
    pub taker: Option<Taker>,
}

/// What signs in to the console, and whose console that is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConsoleAddress {
    /// What a browser opens.
    pub page: ConsoleSignInPage,
    /// The role.
    pub role: RoleView,
    /// Where it opens.
    pub open: OpenIn,
}

/// What signs a browser in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsoleSignInPage {
    /// An address of the federation endpoint.
    Url(SecretText),
    /// A SAML response, which a form posts to AWS's sign-in.
    Assertion {
        /// Where to.
        action: String,
        /// `SAMLResponse`.
        response: SecretText,
        /// `RelayState`: the page that opens.
        relay_state: String,
        /// Whether AWS asks which of several roles is meant.
        asks_for_role: bool,
    },
}

/// GetCallerIdentity with a session's credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GetCaller {
    /// The session's profile.
    pub profile: ProfileName,
}

/// What GetCallerIdentity says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerIdentity {
    /// Account id.
    pub account: String,
    /// ARN of the assumed role.
    pub arn: String,
    /// Unique id.
    pub user_id: String,
}

/// Why a request was denied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExplainDenial {
    /// The session to ask with.
    pub profile: ProfileName,
    /// The encoded authorization message, or the error with it.
    pub message: String,
}

/// The account that an access key belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FindKeyAccount {
    /// The session to ask with.
    pub profile: ProfileName,
    /// The access key id.
    pub access_key_id: String,
}

/// The profiles that the person named for a session.
#[derive(Debug, Clone, Default)]
pub struct NamedProfiles {
    /// Instead of the role's own.
    pub first: Option<ProfileName>,
    /// More of them.
    pub also: Vec<ProfileName>,
}

impl From<Option<ProfileName>> for NamedProfiles {
    fn from(first: Option<ProfileName>) -> Self {
        Self { first, also: Vec::new() }
    }
}

macro_rules! requests {
    (@reads_sessions) => { false };
    (@reads_sessions reads_sessions $($_others:ident)*) => { true };
    (@reads_sessions $_other:ident $($others:ident)*) => { requests!(@reads_sessions $($others)*) };
    (@only_looks) => { false };
    (@only_looks only_looks $($_others:ident)*) => { true };
    (@only_looks $_other:ident $($others:ident)*) => { requests!(@only_looks $($others)*) };
    // A look may always be repeated.
    (@may_repeat) => { false };
    (@may_repeat only_looks $($_others:ident)*) => { true };
    (@may_repeat may_repeat $($_others:ident)*) => { true };
    (@may_repeat $_other:ident $($others:ident)*) => { requests!(@may_repeat $($others)*) };
    (@is_automatic) => { false };
    (@is_automatic automatic $($_others:ident)*) => { true };
    (@is_automatic $_other:ident $($others:ident)*) => { requests!(@is_automatic $($others)*) };
    (@names_asker) => { const NAMES_ASKER: bool = false; };
    (@names_asker names_asker $($_others:ident)*) => {
        const NAMES_ASKER: bool = true;

        fn asked_by(&mut self, program: Option<Program>) {
            self.asked_by = program;
        }
    };
    (@names_asker $_other:ident $($others:ident)*) => { requests!(@names_asker $($others)*); };
    ($($request:ident -> $answer:ty $(, $marks:ident)*;)*) => {
        /// Any request, as the agent's socket carries it.
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(tag = "ask", rename_all = "kebab-case")]
        #[allow(missing_docs, clippy::large_enum_variant)]
        pub enum Request {
            $($request($request),)*
        }

        impl Request {
            /// Gets its answer and encodes it.
            pub(crate) async fn answer_with<T, E>(
                self,
                answers: &T,
                tell: Tell<'_>,
                encode: impl Encode<Encoded = E> + Send,
            ) -> E
            where
                T: $(Answers<$request> +)* Sync,
            {
                match self {
                    $(Self::$request(request) => {
                        // Boxed, or the future would be as large as all of them together.
                        encode.encode(Box::pin(Answers::<$request>::answer(answers, request, tell)).await)
                    })*
                }
            }
        }

        $(
            impl Ask for $request {
                type Answer = $answer;
                const READS_SESSIONS: bool = requests!(@reads_sessions $($marks)*);
                const ONLY_LOOKS: bool = requests!(@only_looks $($marks)*);
                const MAY_REPEAT: bool = requests!(@may_repeat $($marks)*);
                const IS_AUTOMATIC: bool = requests!(@is_automatic $($marks)*);
                requests!(@names_asker $($marks)*);
            }

            impl From<$request> for Request {
                fn from(request: $request) -> Self {
                    Self::$request(request)
                }
            }
        )*
    };
}

/// Encodes the answer to any request.
pub(crate) trait Encode {
    /// The encoded form.
    type Encoded;

    /// Encodes an answer, or the problem in its place.
    fn encode<A: Serialize>(self, answer: Result<A, Problem>) -> Self::Encoded;
}

requests! {
    Hello -> AgentInfo, only_looks, automatic;
    ShowWindow -> ();
    ShowQuickSwitch -> ();
    OpenLink -> (), automatic;
    Retire -> ();
    GetSnapshot -> Snapshot, reads_sessions, only_looks, automatic;
    PutIdentity -> ();
    Recognise -> Recognised, only_looks;
    TryIdentity -> Vec<TrialStep>, only_looks;
    RemoveIdentity -> ();
    RenameIdentity -> ();
    SignIn -> String;
    SignOut -> bool;
    ListRoles -> usize, may_repeat;
    GetMfaCode -> MfaCode, only_looks;
    RotateKey -> RotatedKey;
    PutRole -> ();
    RemoveRole -> ();
    ListAccounts -> Vec<AccountView>, only_looks;
    PutAccount -> AccountView;
    ListFavourites -> Vec<Favourite>, only_looks;
    ChangeFavourites -> Vec<String>, may_repeat;
    ListCatalogs -> Vec<CatalogView>, only_looks;
    AddCatalog -> CatalogView;
    RefreshCatalogs -> Vec<CatalogView>, may_repeat;
    AcceptCatalog -> CatalogView;
    RemoveCatalog -> ();
    StartSession -> Outcome<SessionView>, reads_sessions, may_repeat;
    ChangeSession -> SessionView, reads_sessions;
    RenewSession -> Outcome<SessionView>, may_repeat;
    StopSessions -> usize, reads_sessions;
    UseRole -> Outcome<SessionStanding>, reads_sessions, may_repeat;
    StopAndGiveBack -> bool, reads_sessions;
    BeginLease -> Outcome<SessionStanding>, reads_sessions;
    ListLeases -> Vec<SessionView>, reads_sessions, only_looks;
    EndLease -> (), reads_sessions, may_repeat, automatic;
    NoteBeyondLease -> (), reads_sessions, may_repeat, automatic;
    Elevate -> Outcome<SessionView>, reads_sessions;
    FallBack -> SessionView, reads_sessions;
    GetCredentials -> HandedOut, reads_sessions, only_looks, automatic, names_asker;
    GetConsents -> Consents, only_looks, automatic;
    AwaitConsentQuestion -> Consents, only_looks, automatic;
    AnswerConsent -> ConsentGiven, names_asker;
    RevokeConsents -> Vec<ConsentGiven>;
    GetLastUses -> Vec<LastUse>, only_looks, automatic;
    NoteTaken -> (), only_looks, automatic;
    GetKeys -> Outcome<SessionKeys>, reads_sessions, only_looks, names_asker;
    PeekSession -> Option<SessionStanding>, only_looks, automatic;
    GetConsoleUrl -> Outcome<ConsoleAddress>, only_looks, names_asker;
    GetCaller -> CallerIdentity, reads_sessions, only_looks;
    ExplainDenial -> Denial, reads_sessions, only_looks;
    FindKeyAccount -> AccountId, reads_sessions, only_looks;
    ReportLeak -> LeakReport, reads_sessions;
    GetVaultState -> VaultState, only_looks, automatic;
    LockVault -> bool, may_repeat, automatic;
    UnlockVault -> (), may_repeat;
}
