//! Every code that a problem can have: one closed list, each with its meaning.
//!
//! Programs and the window's table of words match on the words, and docs/problems.md lists them, so they stay as they
//! are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

use super::aws_problem::AwsProblem;
use crate::service::Service;

/// A word that isn't a problem's code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} isn't a problem code")]
pub struct UnknownCode(pub String);

macro_rules! problem_codes {
    ($($variant:ident = $word:literal: $meaning:literal,)*) => {
        /// What went wrong, as a stable word.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum ProblemCode {
            $(#[doc = $meaning] $variant,)*
            /// An AWS service refused, or can't be asked.
            Aws(Service, AwsProblem),
        }

        impl ProblemCode {
            /// Every code but those of AWS's services.
            pub const OWN: &[Self] = &[$(Self::$variant,)*];

            /// The word of a code that isn't of an AWS service, or the word that follows the service's.
            fn own_word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Aws(_, problem) => problem.word(),
                }
            }

            /// Whether the person's consent to a program is what is missing, or a lease doesn't give it to that
            /// program, or not any more.
            #[must_use]
            pub fn is_of_consent(self) -> bool {
                matches!(
                    self,
                    Self::ConsentRefused
                        | Self::ConsentWaits
                        | Self::ConsentProgramUnknown
                        | Self::LeaseLimits
                        | Self::LeaseOver
                )
            }

            /// What it means, as a sentence.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Aws(_, problem) => problem.meaning(),
                }
            }
        }
    };
}

problem_codes! {
    // The agent and the command
    AgentCannot = "agent-cannot": "This agent can't do what you asked.",
    AgentGone = "agent-gone": "The agent closed the connection before it answered.",
    AgentRefused = "agent-refused": "The agent's socket may be another user's, so nothing was sent.",
    AgentRunning = "agent-running": "Another agent already serves this Daypass home.",
    AgentSilent = "agent-silent": "The agent is running but doesn't respond.",
    AgentSocket = "agent-socket": "The agent's socket can't be opened.",
    AgentVersion = "agent-version": "The command and the agent have different versions.",
    NoAgent = "no-agent": "The request needs an agent, but none is running.",
    NoDesktopApp = "no-desktop-app": "Daypass can't find the desktop app.",
    NoHome = "no-home": "Daypass can't find a home folder for its files.",
    NoJson = "no-json": "Daypass can't print the result as JSON.",
    NoRuntime = "no-runtime": "The command can't start its asynchronous runtime.",
    NoSignals = "no-signals": "The agent can't listen for the signals that stop it.",
    NotChosen = "not-chosen": "You closed the list without choosing.",
    ExportNewer = "export-newer": "A newer version of Daypass made the export.",
    ExportToTerminal = "export-to-terminal": "Daypass doesn't export secrets to a terminal.",
    ExportUnreadable = "export-unreadable": "The file isn't a Daypass export, or it's damaged.",
    NothingToExport = "nothing-to-export": "You have nothing to export yet.",
    NotConfirmed = "not-confirmed": "You didn't confirm.",
    NothingTyped = "nothing-typed": "You left a required value empty.",
    TerminalFailed = "terminal-failed": "Daypass can't read from or draw on the terminal.",
    Interrupted = "interrupted": "A background task ended without a result.",
    Doctor = "doctor": "`daypass doctor` found something to fix.",
    Sandbox = "sandbox": "The sandbox failed.",
    ExecProgram = "exec-program": "The program for `daypass exec` can't be started.",
    ExecNested = "exec-nested": "This command already runs inside `daypass exec`.",
    LeaseLimits = "lease-limits": "This program runs under a lease, and asked for more than the lease allows.",
    LeaseOver = "lease-over": "The lease has ended, so it doesn't have credentials any more.",
    UnknownLease = "unknown-lease": "No lease has this name.",
    AlreadyFull = "already-full": "The session isn't read-only, so it can't be elevated.",
    NotElevated = "not-elevated": "The session isn't elevated, so it can't be made read-only again.",
    NoKeyId = "no-key-id": "The text doesn't contain an access key ID.",
    SecretInArguments = "secret-in-arguments": "A secret was on the command line, where every user of the machine can read it.",
    EndpointPort = "endpoint-port": "The port for the credentials endpoint can't be opened.",
    ConsumerName = "consumer-name": "Another consumer of an endpoint has this name.",
    UnknownConsumer = "unknown-consumer": "No consumer of an endpoint has this name.",
    TokenFile = "token-file": "The file for a consumer's token can't be used.",
    ContainerNetwork = "container-network": "Docker or Podman can't create the network for containers.",
    EnvValue = "env-value": "A value can't be written safely for that shell or file.",
    LastsTooShort = "lasts-too-short": "The session, or the sign-in behind it, ends sooner than you asked for.",
    ConsentNeedsAgent = "consent-needs-agent": "The role needs your consent, but no agent is running to ask you.",
    ConsentOwnTerminal = "consent-own-terminal": "The answer came from the asking program's own terminal, so it doesn't count.",
    ConsentProgramUnknown = "consent-program-unknown": "The role needs your consent, but the system can't tell which program is asking.",
    ConsentRefused = "consent-refused": "You refused this program the role's credentials.",
    ConsentWaits = "consent-waits": "You haven't yet answered whether a program may use the role's credentials.",
    NotInAFile = "not-in-a-file": "The role needs your consent, so Daypass doesn't write its credentials where any program can read them.",
    UnknownConsent = "unknown-consent": "No question or answer has this number.",
    NoShellFunction = "no-shell-function": "`daypass use` wasn't called by the function that changes your shell.",
    SandboxHome = "sandbox-home": "The sandbox's home folder can't be prepared.",
    SandboxProgram = "sandbox-program": "The program can't be started in the sandbox.",
    BadUsage = "bad-usage": "The command line is wrong.",
    BadTrust = "bad-trust": "`--trust` isn't ISSUER=CLIENT_ID.",
    BadCaFile = "bad-ca-file": "The certificate file can't be used.",
    PolicyUnreadable = "policy-unreadable": "The file with the session policy can't be read.",
    TagTwice = "tag-twice": "A session tag appears twice.",
    UnknownIdentity = "unknown-identity": "No identity has this name.",
    UnknownAccount = "unknown-account": "No account has this name, or several do.",
    UnknownKind = "unknown-kind": "No kind of identity has this name.",
    UnknownRole = "unknown-role": "No known role matches.",
    SecretForAnotherDestination = "secret-for-another-destination": "The settings name a different destination than the one you entered the secret for.",
    UnknownSecret = "unknown-secret": "The identity doesn't have a secret with this name.",
    UnknownSetting = "unknown-setting": "No setting has this name.",
    SessionExpired = "session-expired": "The session's credentials have expired.",
    UnknownSession = "unknown-session": "No session has this profile name.",
    WhichIdentity = "which-identity": "Several identities match, so you have to name one.",
    WhichSession = "which-session": "Several sessions match, so you have to name one.",
    Clipboard = "clipboard": "The clipboard can't be used.",
    WindowFailed = "window-failed": "The window couldn't do what you asked.",
    TrialEnded = "trial-ended": "The trial ended before its last step.",
    // Files
    ConfigMistake = "config-mistake": "`config.toml` has a mistake.",
    ConfigNotWritten = "config-not-written": "`config.toml` can't be written.",
    ConfigUnchanged = "config-unchanged": "The change to `config.toml` wasn't made.",
    ConfigOpenToOthers = "config-open-to-others": "Every user of this machine can change config.toml.",
    ConfigUnreadable = "config-unreadable": "`config.toml` can't be read.",
    StateNotWritable = "state-not-writable": "Daypass's state folder can't be written.",
    TurnBusy = "turn-busy": "Another Daypass process is working on the same thing.",
    AuditBroken = "audit-broken": "A line of the audit log was changed or removed.",
    AuditUnreadable = "audit-unreadable": "The audit log can't be read.",
    ExportExists = "export-exists": "The export file already exists.",
    DiskFull = "disk-full": "The disk is full.",
    FileContended = "file-contended": "Another program kept changing the file.",
    FileError = "file-error": "The operating system reported an error with a file.",
    FileLocked = "file-locked": "Another program has the file locked.",
    FileNotReadable = "file-not-readable": "You may not read the file.",
    FileNotWritable = "file-not-writable": "You may not write the file.",
    NotAFile = "not-a-file": "The path exists, but isn't a file.",
    NotOneLine = "not-one-line": "A log entry contains a line break.",
    CredentialsFileOpenToOthers = "credentials-file-open-to-others": "Other users of this machine can read the AWS credentials file.",
    AwsFileFaulty = "aws-file-faulty": "The AWS CLI and boto3 can't read an AWS file.",
    ForeignProfile = "foreign-profile": "The profile is already in the file, and Daypass didn't write it.",
    ProfilesLeftOut = "profiles-left-out": "Daypass didn't write some profiles. The output gives the reason for each.",
    ProfileInUse = "profile-in-use": "The profile belongs to another session.",
    UnknownProfile = "unknown-profile": "Daypass didn't generate a profile with this name.",
    NothingToUndo = "nothing-to-undo": "You have no profile sync or import to undo.",
    NoCommandPath = "no-command-path": "The `daypass` command doesn't have a permanent path.",
    ProfileShadowed = "profile-shadowed": "Another setting in the profile makes tools ignore its keys.",
    BadKey = "bad-key": "A key of a profile has characters that the AWS files don't allow.",
    BadProfileName = "bad-profile-name": "The profile name can't be used.",
    BadValue = "bad-value": "A value can't be written so that AWS tools read it back unchanged.",
    NoEntries = "no-entries": "A profile needs at least one key.",
    // The vault
    KeyFileOpenToOthers = "key-file-open-to-others": "Other users can read the file with the vault's key.",
    KeyringAbsent = "keyring-absent": "No keyring was found.",
    KeyringFailed = "keyring-failed": "The keyring reported an error.",
    KeyringLocked = "keyring-locked": "The keyring is locked.",
    KeyringUnanswered = "keyring-unanswered": "The keyring didn't answer.",
    NoPassphrase = "no-passphrase": "The vault's key isn't protected by a passphrase.",
    PassphraseDeclined = "passphrase-declined": "You didn't enter the passphrase.",
    PassphraseEmpty = "passphrase-empty": "The passphrase is empty.",
    PassphraseNeeded = "passphrase-needed": "The vault's key needs its passphrase.",
    PassphraseWrong = "passphrase-wrong": "The passphrase doesn't open the vault's key.",
    VaultDamaged = "vault-damaged": "The vault's file is damaged.",
    VaultKeyInvalid = "vault-key-invalid": "The vault's key can't be read.",
    VaultLocked = "vault-locked": "The vault is locked.",
    VaultNewer = "vault-newer": "A newer version of Daypass wrote the vault.",
    VaultSealFailed = "vault-seal-failed": "Daypass can't encrypt the vault.",
    VaultUnreadable = "vault-unreadable": "The vault can't be read.",
    VaultUnwritable = "vault-unwritable": "The vault can't be written.",
    VaultWrongKey = "vault-wrong-key": "The vault was encrypted with another key.",
    // Shared catalogs, and the policy of the machine
    UnknownCatalog = "unknown-catalog": "No shared catalog has this name.",
    CatalogExists = "catalog-exists": "A shared catalog with this name already exists.",
    CatalogUnreadable = "catalog-unreadable": "A shared catalog can't be read.",
    CatalogUnreachable = "catalog-unreachable": "A shared catalog's server doesn't return it.",
    CatalogMistake = "catalog-mistake": "A shared catalog has a mistake.",
    CatalogSignature = "catalog-signature": "A shared catalog isn't signed with its key.",
    CatalogRolledBack = "catalog-rolled-back": "A shared catalog is older than the one in force.",
    CatalogChanged = "catalog-changed": "A shared catalog has changed since you looked at it.",
    CatalogWaits = "catalog-waits": "A shared catalog has changes waiting for you to accept.",
    FromCatalog = "from-catalog": "The entry comes from a shared catalog, so it can't be changed here.",
    NotAllowedByPolicy = "not-allowed-by-policy": "Your organization's policy for this machine doesn't allow this.",
    MachinePolicyMistake = "machine-policy-mistake": "This machine's policy has a mistake, so Daypass forbids everything that it could forbid.",
    MachinePolicyOpen = "machine-policy-open": "Users other than the administrator can change this machine's policy.",
    MachinePolicyUnreadable = "machine-policy-unreadable": "This machine's policy can't be read.",
    // Names and settings
    BadAccessKey = "bad-access-key": "The access key isn't in a form that AWS uses.",
    BadAccountId = "bad-account-id": "The account ID doesn't have 12 digits.",
    BadAccountAlias = "bad-account-alias": "The account's alias can't be used.",
    BadAccountName = "bad-account-name": "The account's name can't be used.",
    BadFolderName = "bad-folder-name": "The folder's name can't be used.",
    BadFilterName = "bad-filter-name": "The filter's name can't be used.",
    BadArn = "bad-arn": "The ARN can't be read.",
    BadAuthorizationEndpoint = "bad-authorization-endpoint": "The identity's `authorization_endpoint` can't be used.",
    BadAuthorizationParameters = "bad-authorization-parameters": "The identity's `authorization_parameters` can't be used.",
    BadBindDn = "bad-bind-dn": "The identity's `bind_dn` can't be used.",
    BadBindUser = "bad-bind-user": "The identity's `bind_user` can't be used.",
    BadBinding = "bad-binding": "The identity's `binding` can't be used.",
    BadCatalogName = "bad-catalog-name": "The name of a shared catalog can't be used.",
    BadClientId = "bad-client-id": "The identity's `client_id` can't be used.",
    BadConsolePage = "bad-console-page": "The address isn't a page of the AWS console.",
    BadConsoleService = "bad-console-service": "Daypass doesn't know the service, or the partition doesn't have it.",
    BadDuration = "bad-duration": "The duration can't be used.",
    BadEndpoint = "bad-endpoint": "An address in the environment or the settings isn't an http(s) URL.",
    BadFederate = "bad-federate": "The identity's `federate` table can't be used.",
    BadFederatedUserName = "bad-federated-user-name": "The name of the federated user can't be used.",
    BadFilter = "bad-filter": "An LDAP filter can't be read.",
    BadForceSignIn = "bad-force-sign-in": "The identity's `force_sign_in` can't be used.",
    BadGroupBase = "bad-group-base": "The identity's `group_base` can't be used.",
    BadGroupFilter = "bad-group-filter": "The identity's `group_filter` can't be used.",
    BadHours = "bad-hours": "The identity's `hours` can't be used.",
    BadIdentityName = "bad-identity-name": "The identity's name can't be used.",
    BadIssuer = "bad-issuer": "The identity's `issuer` can't be used.",
    BadLink = "bad-link": "Daypass doesn't follow a link of this form.",
    BadLogin = "bad-login": "A login provider's name can't be used.",
    BadMfaCode = "bad-mfa-code": "An MFA code has six digits.",
    BadMfaSerial = "bad-mfa-serial": "The MFA device's serial number can't be used.",
    BadPartition = "bad-partition": "The partition can't be used.",
    BadPoolId = "bad-pool-id": "The identity pool's ID can't be used.",
    BadProviderId = "bad-provider-id": "The identity's `provider_id` can't be used.",
    BadRedirectPath = "bad-redirect-path": "The identity's `redirect_path` can't be used.",
    BadRedirectPort = "bad-redirect-port": "The identity's `redirect_port` can't be used.",
    BadRegion = "bad-region": "The region can't be used.",
    BadRole = "bad-role": "The role can't be read.",
    BadRoleArn = "bad-role-arn": "The role's ARN can't be read.",
    BadRolePath = "bad-role-path": "The identity's `role_path` can't be used.",
    BadRolePattern = "bad-role-pattern": "The identity's `role_pattern` can't be used.",
    BadRoleSessionName = "bad-role-session-name": "The role session name can't be used.",
    BadRolesClaim = "bad-roles-claim": "The identity's `roles_claim` can't be used.",
    BadSamlProviderArn = "bad-saml-provider-arn": "The SAML provider's ARN can't be read.",
    BadScopes = "bad-scopes": "The identity's `scopes` can't be used.",
    BadSearchBase = "bad-search-base": "The identity's `search_base` can't be used.",
    BadSearchFilter = "bad-search-filter": "The identity's `search_filter` can't be used.",
    BadSessionName = "bad-session-name": "The identity's `session_name` can't be used.",
    BadSsoUrl = "bad-sso-url": "The identity's `sso_url` can't be used.",
    BadStartUrl = "bad-start-url": "The identity's `start_url` can't be used.",
    BadTags = "bad-tags": "The identity's `tags` can't be used.",
    BadTokenEndpoint = "bad-token-endpoint": "The identity's `token_endpoint` can't be used.",
    BadTotpSecret = "bad-totp-secret": "The MFA secret isn't Base32.",
    BadUrl = "bad-url": "The identity's `url` can't be used.",
    BadUserinfoEndpoint = "bad-userinfo-endpoint": "The identity's `userinfo_endpoint` can't be used.",
    // Roles, sessions and terms
    AmbiguousRole = "ambiguous-role": "Several roles match. Be more specific.",
    RoleDiscovered = "role-discovered": "The role comes from a sign-in, so it can't be changed or removed here.",
    RoleExists = "role-exists": "A role with this identity and ARN is already declared.",
    IdentityExists = "identity-exists": "An identity with this name already exists.",
    IdentityInUse = "identity-in-use": "Another identity signs in with this one.",
    ListingStopped = "listing-stopped": "Listing the roles was stopped.",
    CredentialsOver = "credentials-over": "AWS returned credentials that have already expired, or are about to.",
    RenewalLeft = "renewal-left": "The process that renewed the session ended first.",
    RenewalBrokeOff = "renewal-broke-off": "The renewal crashed. This is a bug in Daypass.",
    SessionNotKept = "session-not-kept": "The session can't be kept in the vault.",
    SessionStopped = "session-stopped": "The session was stopped while it started.",
    TargetNotPossible = "target-not-possible": "The identity can't reach this target.",
    TermNotPossible = "term-not-possible": "A term isn't supported for this target.",
    UserKeysNeeded = "user-keys-needed": "AWS allows this only with a user's own access key.",
    LimitAccessKeyId = "limit-access-key-id": "The access key ID is outside AWS's limits.",
    LimitDuration = "limit-duration": "The duration is outside AWS's limits.",
    LimitEncodedMessage = "limit-encoded-message": "The encoded message is outside AWS's limits.",
    LimitExternalId = "limit-external-id": "The external id is outside AWS's limits.",
    LimitFederatedUserName = "limit-federated-user-name": "The federated user's name is outside AWS's limits.",
    LimitMfaCode = "limit-mfa-code": "The MFA code is outside AWS's limits.",
    LimitMfaSerial = "limit-mfa-serial": "The MFA device's serial number is outside AWS's limits.",
    LimitMinimumSessionTokenSize = "limit-minimum-session-token-size": "The size of the session token is outside AWS's limits.",
    LimitPolicy = "limit-policy": "The session policy is outside AWS's limits.",
    LimitPolicyArns = "limit-policy-arns": "The managed session policies are outside AWS's limits.",
    LimitProvidedContexts = "limit-provided-contexts": "The provided contexts are outside AWS's limits.",
    LimitSamlAssertion = "limit-saml-assertion": "The SAML assertion is outside AWS's limits.",
    LimitSessionName = "limit-session-name": "The session name is outside AWS's limits.",
    LimitSourceIdentity = "limit-source-identity": "The source identity is outside AWS's limits.",
    LimitTags = "limit-tags": "The session tags are outside AWS's limits.",
    LimitTaskPolicy = "limit-task-policy": "The task policy is outside AWS's limits.",
    LimitTransitiveTagKeys = "limit-transitive-tag-keys": "The transitive tag keys are outside AWS's limits.",
    LimitWebIdentityToken = "limit-web-identity-token": "The identity token is outside AWS's limits.",
    // Network and browser
    CaFileBad = "ca-file-bad": "A certificate in the file can't be read.",
    CaFileEmpty = "ca-file-empty": "The certificate file doesn't contain any certificates.",
    CaFileUnconfirmed = "ca-file-unconfirmed": "`network.ca_file` names a file whose content you haven't confirmed.",
    CaFileUnreadable = "ca-file-unreadable": "The certificate file can't be read.",
    BadProxy = "bad-proxy": "A variable doesn't name a proxy.",
    NoProxy = "no-proxy": "No proxy is set, or its URL contains a password.",
    HttpsSetup = "https-setup": "HTTPS can't be set up.",
    BrowserCant = "browser-cant": "The browser can't open pages the way your settings require.",
    BrowserDidNotCome = "browser-did-not-come": "The browser started, but didn't open the address.",
    BrowserNotFound = "browser-not-found": "The browser in your settings isn't installed here.",
    BrowserProfileNotFound = "browser-profile-not-found": "The browser doesn't have the profile in your settings.",
    NoBrowser = "no-browser": "Daypass couldn't start a browser.",
    NoEditor = "no-editor": "No program opened the file.",
    NoLoopback = "no-loopback": "Daypass can't serve the page that starts a browser sign-in.",
    NoLoopbackPort = "no-loopback-port": "Daypass can't open a port for the browser's response.",
    NotAWebAddress = "not-a-web-address": "The address to open isn't a web page.",
    NotThere = "not-there": "The file or folder to open doesn't exist.",
    PortInUse = "port-in-use": "Another program uses the port for the browser's response.",
    // Signing in
    NoSignIn = "no-sign-in": "No sign-in is in progress.",
    NothingToRefresh = "nothing-to-refresh": "This kind of identity doesn't list roles over the network.",
    ProofNotKept = "proof-not-kept": "The sign-in worked, but its proof can't be kept in the vault.",
    RefreshEnded = "refresh-ended": "The refresh of the sign-in ended early.",
    RegistrationNotKept = "registration-not-kept": "The client registration can't be kept.",
    CatalogNotKept = "catalog-not-kept": "The discovered roles can't be kept.",
    DiscoveryEnded = "discovery-ended": "The discovery of roles ended early.",
    SignInBrowserFailed = "sign-in-browser-failed": "The browser can't be used for the sign-in.",
    SignInBrowserManaged = "sign-in-browser-managed": "A policy keeps Daypass from using the browser for the sign-in.",
    SignInBrowserTooOld = "sign-in-browser-too-old": "The browser is too old for the sign-in.",
    SignInCancelled = "sign-in-cancelled": "The sign-in was cancelled.",
    SignInCookies = "sign-in-cookies": "The cookies of the sign-in window can't be removed.",
    SignInCrashed = "sign-in-crashed": "The sign-in page crashed.",
    SignInNeedsPerson = "sign-in-needs-person": "The sign-in page needs you.",
    SignInNotTrusted = "sign-in-not-trusted": "The sign-in page's certificate isn't trusted.",
    SignInOver = "sign-in-over": "The sign-in has expired.",
    SignInPageUnreachable = "sign-in-page-unreachable": "The sign-in page can't be reached.",
    SignInSlow = "sign-in-slow": "The sign-in page took too long.",
    SignInTimedOut = "sign-in-timed-out": "The sign-in took too long.",
    SignInUnreachable = "sign-in-unreachable": "The sign-in page can't be reached.",
    SignInWindow = "sign-in-window": "The sign-in window can't be opened.",
    SignInWindowRefused = "sign-in-window-refused": "The provider doesn't accept the sign-in window.",
    SignedOut = "signed-out": "You aren't signed in to this identity.",
    AssertionNotCaught = "assertion-not-caught": "The SAML response can't be taken from the sign-in window.",
    AssertionUnreadable = "assertion-unreadable": "The file with the SAML response can't be read.",
    // OpenID Connect
    OidcAnotherPerson = "oidc-another-person": "The refresh returned another person's token.",
    OidcAnswerFromOther = "oidc-answer-from-other": "The answer came from another provider.",
    OidcCertificateUntrusted = "oidc-certificate-untrusted": "The provider's certificate isn't trusted.",
    OidcConsentRefused = "oidc-consent-refused": "Consent was refused.",
    OidcIssuerMismatch = "oidc-issuer-mismatch": "The provider announces another issuer.",
    OidcKeyNotListed = "oidc-key-not-listed": "The provider doesn't list the key that signed a refreshed ID token yet.",
    OidcNoIdToken = "oidc-no-id-token": "The provider didn't return an ID token.",
    OidcNoIdTokenOnRefresh = "oidc-no-id-token-on-refresh": "The provider doesn't return an ID token without a sign-in.",
    OidcNoPkce = "oidc-no-pkce": "The provider doesn't support PKCE with S256.",
    OidcNoRefreshToken = "oidc-no-refresh-token": "The provider didn't send a refresh token.",
    OidcNoRoles = "oidc-no-roles": "The claim in `roles_claim` doesn't list any roles.",
    OidcNoTls = "oidc-no-tls": "The provider doesn't speak TLS.",
    OidcNotAProvider = "oidc-not-a-provider": "The address isn't an OpenID provider.",
    OidcOutOfOrder = "oidc-out-of-order": "The provider is unavailable.",
    OidcSignInFailed = "oidc-sign-in-failed": "The provider ended the sign-in with an error.",
    OidcSignInSpent = "oidc-sign-in-spent": "The provider doesn't accept the sign-in any more.",
    OidcTokenInvalid = "oidc-token-invalid": "The ID token isn't valid.",
    OidcTokenRefused = "oidc-token-refused": "The provider refused to issue a token.",
    OidcTokenWrongTime = "oidc-token-wrong-time": "The ID token isn't valid at this time.",
    OidcUnreachable = "oidc-unreachable": "The provider can't be reached.",
    OidcUnreadableAnswer = "oidc-unreadable-answer": "The provider's answer can't be read.",
    OidcWrongNonce = "oidc-wrong-nonce": "The ID token belongs to another sign-in.",
    // OAuth 2.0
    OauthAnswerFromOther = "oauth-answer-from-other": "The answer to the sign-in came from another provider.",
    OauthCertificateUntrusted = "oauth-certificate-untrusted": "The provider's certificate isn't trusted.",
    OauthConsentRefused = "oauth-consent-refused": "Consent was refused.",
    OauthOutOfOrder = "oauth-out-of-order": "The provider is unavailable.",
    OauthSignInFailed = "oauth-sign-in-failed": "The provider ended the sign-in with an error.",
    OauthSignInSpent = "oauth-sign-in-spent": "The provider doesn't accept the sign-in any more.",
    OauthTokenRefused = "oauth-token-refused": "The provider refused to issue a token.",
    OauthUnreachable = "oauth-unreachable": "The provider can't be reached.",
    OauthUnreadableAnswer = "oauth-unreadable-answer": "The provider's answer can't be read.",
    // SAML
    SamlAnotherPerson = "saml-another-person": "A different person signed in.",
    SamlAnotherRequest = "saml-another-request": "The response belongs to another request.",
    SamlAssertionSpent = "saml-assertion-spent": "The assertion has been used or has expired.",
    SamlBadRoles = "saml-bad-roles": "The role list in the assertion can't be read.",
    SamlBadTime = "saml-bad-time": "A time in the assertion can't be read.",
    SamlDeclined = "saml-declined": "The identity provider declined the sign-in.",
    SamlDtd = "saml-dtd": "The response has a document type declaration, so it wasn't read.",
    SamlEmpty = "saml-empty": "The response is empty.",
    SamlEncrypted = "saml-encrypted": "The assertion is encrypted for AWS.",
    SamlExpired = "saml-expired": "The assertion has expired.",
    SamlNoAssertion = "saml-no-assertion": "The response doesn't contain an assertion.",
    SamlNoPage = "saml-no-page": "The identity provider doesn't have a page where the sign-in starts.",
    SamlNoRoles = "saml-no-roles": "The assertion doesn't list any AWS roles.",
    SamlNoWindow = "saml-no-window": "The sign-in needs a browser or the desktop app's window.",
    SamlNotAResponse = "saml-not-a-response": "The text isn't a SAML 2.0 response.",
    SamlNotARole = "saml-not-a-role": "An assertion only works for a role.",
    SamlNotForAws = "saml-not-for-aws": "The assertion is for another application.",
    SamlNotYetValid = "saml-not-yet-valid": "The assertion isn't valid yet.",
    SamlOutOfOrder = "saml-out-of-order": "The identity provider is unavailable.",
    SamlRoleNotListed = "saml-role-not-listed": "The assertion doesn't list this role.",
    SamlSeveralAssertions = "saml-several-assertions": "The response has more than one assertion.",
    SamlSkipped = "saml-skipped": "Part of the assertion is unusable, so Daypass left it out.",
    SamlTooLong = "saml-too-long": "The response is longer than STS accepts.",
    SamlUnreachable = "saml-unreachable": "The identity provider can't be reached.",
    SamlUnreadable = "saml-unreadable": "The response can't be read.",
    // IAM Identity Center
    IdentityCenterAccessDenied = "identity-center-access-denied": "You aren't assigned to Daypass's application.",
    IdentityCenterBusy = "identity-center-busy": "IAM Identity Center is throttling requests.",
    IdentityCenterCertificateUntrusted = "identity-center-certificate-untrusted": "IAM Identity Center's certificate isn't trusted.",
    IdentityCenterConsentRefused = "identity-center-consent-refused": "You refused the request in the browser.",
    IdentityCenterDeviceDenied = "identity-center-device-denied": "The code for the device was denied.",
    IdentityCenterDeviceExpired = "identity-center-device-expired": "The code for the device wasn't confirmed in time.",
    IdentityCenterGrantRefused = "identity-center-grant-refused": "The sign-in isn't accepted any more.",
    IdentityCenterIncompleteAnswer = "identity-center-incomplete-answer": "A response is incomplete.",
    IdentityCenterNoAccess = "identity-center-no-access": "You aren't assigned to this permission set in this account.",
    IdentityCenterNotAPermissionSet = "identity-center-not-a-permission-set": "Only a permission set's role can be reached.",
    IdentityCenterNotThere = "identity-center-not-there": "The portal doesn't exist.",
    IdentityCenterRefused = "identity-center-refused": "IAM Identity Center refused the request.",
    IdentityCenterRequest = "identity-center-request": "The request can't be built.",
    IdentityCenterScopeRefused = "identity-center-scope-refused": "AWS doesn't know one of the scopes.",
    IdentityCenterUnlisted = "identity-center-unlisted": "The roles of some accounts couldn't be listed.",
    IdentityCenterUnsafeAddress = "identity-center-unsafe-address": "The portal sent an address that isn't safe to open.",
    IdentityCenterSettingsRefused = "identity-center-settings-refused": "The start URL or the region is wrong.",
    IdentityCenterSignInFailed = "identity-center-sign-in-failed": "The portal ended the sign-in with an error.",
    IdentityCenterSignInOver = "identity-center-sign-in-over": "The sign-in has expired.",
    IdentityCenterTokenRefused = "identity-center-token-refused": "The access token was refused.",
    IdentityCenterUnreachable = "identity-center-unreachable": "IAM Identity Center can't be reached.",
    // IAM user
    IamUserKeyNotListed = "iam-user-key-not-listed": "IAM doesn't list the access key.",
    IamUserKeyUnknown = "iam-user-key-unknown": "AWS doesn't know the access key.",
    IamUserNoKey = "iam-user-no-key": "The access key isn't in the vault.",
    IamUserNoTotp = "iam-user-no-totp": "The MFA secret isn't in the vault.",
    IamUserNotARole = "iam-user-not-a-role": "A session of the user isn't a role.",
    IamUserNotAUser = "iam-user-not-a-user": "The access key isn't an IAM user's.",
    IamUserOtherUser = "iam-user-other-user": "The access key belongs to another user.",
    IamUserTotpWrong = "iam-user-totp-wrong": "The MFA secret doesn't match the device.",
    IamUserTwoKeys = "iam-user-two-keys": "The user already has two access keys.",
    IamUserWrongSecret = "iam-user-wrong-secret": "The secret access key doesn't match the access key ID.",
    MfaCodeUsed = "mfa-code-used": "The MFA code was already used.",
    NotAnIamUser = "not-an-iam-user": "The identity isn't an IAM user.",
    RotationEnded = "rotation-ended": "The rotation of the access key isn't finished.",
    // Profile
    ProfileEmpty = "profile-empty": "The profile doesn't say how to get credentials.",
    ProfileExpired = "profile-expired": "The profile's credentials have expired.",
    ProfileFileUnreadable = "profile-file-unreadable": "The AWS config or credentials file can't be read.",
    ProfileIsDaypass = "profile-is-daypass": "Daypass itself writes this profile.",
    ProfileKeysRefused = "profile-keys-refused": "AWS doesn't accept the profile's keys.",
    ProfileLoop = "profile-loop": "The profile's program calls Daypass again.",
    ProfileNoAwsCli = "profile-no-aws-cli": "The profile needs the AWS CLI, which isn't installed.",
    ProfileNoProgram = "profile-no-program": "The profile's program can't be started.",
    ProfileNotARole = "profile-not-a-role": "Only the profile's own session or a role can be reached.",
    ProfileNotFound = "profile-not-found": "The profile doesn't exist.",
    ProfileOldAwsCli = "profile-old-aws-cli": "The AWS CLI is too old.",
    ProfileProgramFailed = "profile-program-failed": "The profile's program failed.",
    ProfileProgramSlow = "profile-program-slow": "The profile's program took too long.",
    ProfileProgramUnreadable = "profile-program-unreadable": "The profile's program printed something that can't be read.",
    // Directory
    DirectoryAccountDisabled = "directory-account-disabled": "The account is disabled.",
    DirectoryAccountExpired = "directory-account-expired": "The account has expired.",
    DirectoryAccountLocked = "directory-account-locked": "The account is locked.",
    DirectoryBadTag = "directory-bad-tag": "A session tag can't be made from the directory entry.",
    DirectoryBadUserName = "directory-bad-user-name": "The user name can't be used.",
    DirectoryCertificateUntrusted = "directory-certificate-untrusted": "The directory's certificate isn't trusted.",
    DirectoryEmptyPassword = "directory-empty-password": "The password is empty.",
    DirectoryEntryHidden = "directory-entry-hidden": "You may not read your own entry in the directory.",
    DirectoryFixedPolicies = "directory-fixed-policies": "The session policies of federated users are set in the identity.",
    DirectoryNoBindPassword = "directory-no-bind-password": "The password of `bind_user` isn't in the vault.",
    DirectoryNoBrokerKey = "directory-no-broker-key": "The broker's access key isn't in the vault.",
    DirectoryNoBase = "directory-no-base": "The place to search in doesn't exist, or can't be seen.",
    DirectoryNoEntry = "directory-no-entry": "The search doesn't find your entry.",
    DirectoryNoRole = "directory-no-role": "None of your groups gives you a role.",
    DirectoryNoStartTls = "directory-no-start-tls": "The directory refuses StartTLS.",
    DirectoryNotAnonymous = "directory-not-anonymous": "The directory requires a sign-in before a search.",
    DirectoryNotAtThisHour = "directory-not-at-this-hour": "You may not sign in at this hour.",
    DirectoryNotFromHere = "directory-not-from-here": "You may not sign in from this machine.",
    DirectoryNotLdap = "directory-not-ldap": "The server isn't an LDAP directory.",
    DirectoryNotYourRole = "directory-not-your-role": "None of your groups gives you this role.",
    DirectoryPasswordExpired = "directory-password-expired": "The password has expired.",
    DirectoryPasswordMustChange = "directory-password-must-change": "You must change your password first.",
    DirectoryReferral = "directory-referral": "The directory refers to another server.",
    DirectoryRefused = "directory-refused": "The directory refused the request.",
    DirectoryServiceRefused = "directory-service-refused": "The directory refuses `bind_user`.",
    DirectorySeveralEntries = "directory-several-entries": "The search finds more than one entry.",
    DirectoryTooManyGroups = "directory-too-many-groups": "The search finds too many groups.",
    DirectoryUnreachable = "directory-unreachable": "The directory can't be reached.",
    DirectoryWrongPassword = "directory-wrong-password": "The user name or the password is wrong.",
    // Cognito
    CognitoNoOidc = "cognito-no-oidc": "The identity that signs in for the pool is missing.",
    CognitoNotThePool = "cognito-not-the-pool": "Only the identity pool's own role can be reached.",
    // The console
    ConsoleCertificateUntrusted = "console-certificate-untrusted": "The sign-in address's certificate isn't trusted.",
    ConsoleCodeWanted = "console-code-wanted": "To continue the sign-in, enter the code that the browser shows.",
    ConsoleNoAssertion = "console-no-assertion": "The console can't be signed in to with an assertion here.",
    ConsoleNotForRoot = "console-not-for-root": "The console doesn't accept a root session.",
    ConsoleNotForUsers = "console-not-for-users": "The console doesn't accept an IAM user's session.",
    ConsoleOtherAccount = "console-other-account": "The page belongs to a different account than the role.",
    ConsoleOtherPartition = "console-other-partition": "The region or the page belongs to another partition.",
    ConsoleOtherPrincipal = "console-other-principal": "You signed in to the console as another user or role.",
    ConsoleOutOfOrder = "console-out-of-order": "The console's sign-in is unavailable.",
    ConsoleRefused = "console-refused": "The console's sign-in refused the credentials.",
    ConsoleSignInNotAllowed = "console-sign-in-not-allowed": "No policy allows you to sign in to tools with the console.",
    ConsoleSignInOver = "console-sign-in-over": "The console doesn't renew the sign-in any more.",
    ConsoleSignInRefused = "console-sign-in-refused": "The console ended the sign-in with an error.",
    ConsoleUnreachable = "console-unreachable": "The console's sign-in can't be reached.",
    ConsoleUnreadableAnswer = "console-unreadable-answer": "The console's sign-in returned a response that can't be read.",
    NoConsole = "no-console": "Daypass doesn't know a console for this partition.",
    PageWithoutAccount = "page-without-account": "The ARN or the address doesn't say which account the page is in.",
    StsNoEndpoint = "sts-no-endpoint": "The configured kind of STS endpoint doesn't exist here.",
}

impl ProblemCode {
    /// Every code: Daypass's own, then those of each AWS service.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_aws = Service::ALL.iter().flat_map(|service| AwsProblem::ALL.iter().map(|it| Self::Aws(*service, *it)));
        Self::OWN.iter().copied().chain(of_aws)
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws(service, AwsProblem::NotTheService) => write!(f, "{0}-not-{0}", service.prefix()),
            Self::Aws(service, problem) => write!(f, "{}-{}", service.prefix(), problem.word()),
            own => f.write_str(own.own_word()),
        }
    }
}

impl FromStr for ProblemCode {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Self, UnknownCode> {
        let own = Self::OWN.iter().copied().find(|code| code.own_word() == word);
        let of_aws = || Self::all().find(|code| code.to_string() == word);
        own.or_else(of_aws).ok_or_else(|| UnknownCode(word.chars().take(100).collect()))
    }
}

impl TryFrom<String> for ProblemCode {
    type Error = UnknownCode;

    fn try_from(word: String) -> Result<Self, UnknownCode> {
        word.parse()
    }
}

impl From<ProblemCode> for String {
    fn from(code: ProblemCode) -> Self {
        code.to_string()
    }
}

/// The window's type has every word in it, so that a code without words of its own does not compile there.
impl TS for ProblemCode {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn name(_: &ts_rs::Config) -> String {
        "ProblemCode".to_owned()
    }

    fn inline(_: &ts_rs::Config) -> String {
        let own: Vec<String> = Self::OWN.iter().map(|code| format!("\"{code}\"")).collect();
        let not_them: Vec<String> =
            Service::ALL.iter().map(|it| format!("\"{}\"", Self::Aws(*it, AwsProblem::NotTheService))).collect();
        format!("{} | `${{AwsService}}-${{AwsProblem}}` | {}", own.join(" | "), not_them.join(" | "))
    }

    fn decl(cfg: &ts_rs::Config) -> String {
        format!("type ProblemCode = {};", Self::inline(cfg))
    }

    fn decl_concrete(cfg: &ts_rs::Config) -> String {
        Self::decl(cfg)
    }

    fn docs() -> Option<String> {
        Some("/**\n * What went wrong, as a stable word. docs/problems.md lists them all.\n */\n".to_owned())
    }

    fn visit_dependencies(visitor: &mut impl ts_rs::TypeVisitor)
    where
        Self: 'static,
    {
        visitor.visit::<Service>();
        visitor.visit::<AwsProblem>();
    }

    fn output_path() -> Option<std::path::PathBuf> {
        Some("ProblemCode.ts".into())
    }
}

#[cfg(test)]
mod tests;
