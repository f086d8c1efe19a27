//! What the window, the tray and `--json` see. Nothing in here is secret, and nothing in here decides anything.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{AccountId, IdentityName, ProfileName, Region, RoleArn, RoleDuration};
use crate::problem::Problem;

/// Everything that is known at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Snapshot {
    /// Configured identities, in the order of `config.toml`.
    pub identities: Vec<IdentityView>,
    /// The catalog: declared and discovered roles.
    pub roles: Vec<RoleView>,
    /// Sessions, by profile name.
    pub sessions: Vec<SessionView>,
    /// What `config.toml` has wrong, if anything: the last good configuration stays in force.
    pub config_problem: Option<Problem>,
    /// What the vault has wrong, if anything (keyring locked or absent, wrong key, damaged).
    pub vault_problem: Option<Problem>,
    /// Where `config.toml` is.
    pub config_file: String,
    /// The credentials file that profiles are written to.
    pub credentials_file: String,
    /// Whether all of this is the sandbox.
    pub sandbox: bool,
}

/// A configured way to prove who one is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct IdentityView {
    /// Its name in `config.toml`.
    pub name: IdentityName,
    /// How it is configured; `kind` tells which.
    pub settings: IdentitySettings,
    /// Where it stands.
    pub state: IdentityState,
    /// Who is signed in, as the identity provider calls them (email or subject).
    pub person: Option<String>,
    /// Until when renewal works without the person, where the provider says so.
    pub signed_in_until: Option<DateTime<Utc>>,
    /// Why the last sign-in or refresh failed.
    pub problem: Option<Problem>,
}

/// The settings of an identity, by kind. The same form is sent by the window to add or change one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[ts(export)]
pub enum IdentitySettings {
    /// OpenID Connect.
    Oidc(OidcSettings),
}

/// An OpenID Connect identity. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct OidcSettings {
    /// Issuer URL; `/.well-known/openid-configuration` below it is the discovery document.
    pub issuer: String,
    /// The client that was registered for Daypass at the provider (public, PKCE).
    pub client_id: String,
    /// Scopes beside `openid`. Default: `email`, `offline_access`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Fixed port of the loopback redirect; a free one when absent.
    #[serde(default)]
    pub redirect_port: Option<u16>,
    /// Template of the role session name, e.g. `{email}`. Claims in braces.
    #[serde(default)]
    pub session_name: Option<String>,
    /// Claim of the ID token that lists role ARNs.
    #[serde(default)]
    pub roles_claim: Option<String>,
    /// PEM file with certificates to trust beside the system's.
    #[serde(default)]
    pub ca_file: Option<String>,
}

/// Where an identity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum IdentityState {
    /// Nobody is signed in.
    SignedOut,
    /// A browser sign-in is under way.
    SigningIn,
    /// Proofs are to be had without the person.
    SignedIn,
    /// It was signed in, but the proof is spent or refused.
    NeedsSignIn,
}

/// A role of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RoleView {
    /// Its ARN, which is its key.
    pub arn: RoleArn,
    /// Partition id.
    pub partition: String,
    /// Account id.
    pub account: AccountId,
    /// A name for the account, where one is known.
    pub account_name: Option<String>,
    /// Role name without path.
    pub name: String,
    /// The identity that may assume it.
    pub identity: IdentityName,
    /// The profile that a session of this role is written to unless told otherwise.
    pub profile: ProfileName,
    /// Region written to the profile and asked at STS.
    pub region: Option<Region>,
    /// Asked lifetime.
    pub duration: RoleDuration,
    /// Declared in `config.toml`, or taken from a sign-in.
    pub source: RoleSource,
}

/// Where a role of the catalog is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum RoleSource {
    /// `config.toml`.
    Declared,
    /// A claim of the last sign-in.
    Discovered,
}

/// Live temporary credentials for a role, without the credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SessionView {
    /// The profile that tools use; the key of a session.
    pub profile: ProfileName,
    /// The role.
    pub role: RoleArn,
    /// The identity behind it.
    pub identity: IdentityName,
    /// Region written to the profile.
    pub region: Option<Region>,
    /// Where it stands.
    pub state: SessionState,
    /// The real expiry, as the service returned it. Absent before the first exchange.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the credentials in hand were issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When the next renewal (or retry) is due.
    pub renews_at: Option<DateTime<Utc>>,
    /// How often it has been renewed since it was started.
    pub renewals: u32,
    /// Access key id, to match with CloudTrail. Not a secret.
    pub access_key_id: Option<String>,
    /// The assumed-role ARN that GetCallerIdentity would return.
    pub assumed_role: Option<String>,
    /// Why it is not well.
    pub problem: Option<Problem>,
    /// Where the credentials file as it was lies, when somebody else's profile was replaced.
    pub backup: Option<String>,
}

/// The states of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum SessionState {
    /// The first exchange is under way.
    Starting,
    /// Credentials are valid and delivered.
    Active,
    /// A new exchange is under way; the credentials in hand still work.
    Renewing,
    /// The identity must be signed in again. Credentials are kept until they expire.
    NeedsSignIn,
    /// The service refused for good.
    Failed,
    /// The credentials expired and were taken out of the files.
    Expired,
    /// Ended by the person.
    Stopped,
}
