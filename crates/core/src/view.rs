//! What the window, the tray and `--json` see. Nothing in here is secret, and nothing in here decides anything.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::AccountLabel;
use crate::lease::{Elevation, LeaseView};
use crate::names::{
    AccountAlias, AccountId, CatalogName, IdentityName, ProfileName, Region, SessionDuration, Target, TargetKind,
};
use crate::policy::PolicyView;
use crate::problem::Problem;
use crate::role_list::{RolesKnown, SavedFilter};
use crate::session_request::Delivery;
use crate::settings::{AccountColour, AskWhen, CatalogView, DeliverySetting, HandOut, IdentitySettings};
use crate::terms::Terms;

/// Everything that is known at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Snapshot {
    /// Configured identities, in the order of `config.toml`.
    pub identities: Vec<IdentityView>,
    /// The catalog: declared and discovered roles. The window never has it whole: it asks for lines, as
    /// [`crate::role_list`] says.
    #[serde(default)]
    #[ts(skip)]
    pub roles: Vec<RoleView>,
    /// How many roles there are, for a caller that doesn't get them.
    #[serde(default)]
    pub roles_known: Option<RolesKnown>,
    /// The person's own filters, in the order of `config.toml`.
    #[serde(default)]
    pub filters: Vec<SavedFilter>,
    /// Sessions, by profile name.
    pub sessions: Vec<SessionView>,
    /// The roles that were used last, `IDENTITY:ARN`, the last one first.
    #[serde(default)]
    pub recent_roles: Vec<String>,
    /// The roles that come first among equally good matches, `IDENTITY:ARN`, the first one first: favourites, running
    /// ones, and those that are used often and were used lately. 255 at most.
    #[serde(default)]
    #[ts(skip)]
    pub first_roles: Vec<String>,
    /// What `config.toml` has wrong, if anything: the last good configuration stays in force.
    pub config_problem: Option<Problem>,
    /// What the vault has wrong, if anything (keyring locked or absent, wrong key, damaged).
    pub vault_problem: Option<Problem>,
    /// What keeps tools from reading the AWS files, or the credentials file from being private, if anything. Profiles
    /// are written to it all the same.
    pub credentials_problem: Option<Problem>,
    /// Shared catalogs, in the order of their names.
    #[serde(default)]
    pub catalogs: Vec<CatalogView>,
    /// What the organization's policy limits, if this machine has one.
    #[serde(default)]
    pub policy: Option<PolicyView>,
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
    /// The shared catalog that it comes from, if it isn't the person's own.
    #[serde(default)]
    pub catalog: Option<CatalogName>,
    /// One line: where the provider is, or whose key.
    pub provider: String,
    /// How a person signs in.
    pub way: SignInWay,
    /// Another identity that signs in for this one.
    pub signed_in_by: Option<IdentityName>,
    /// Secrets that the person gives once, and whether they are in the vault.
    pub secrets: Vec<SecretField>,
    /// Where it stands.
    pub state: IdentityState,
    /// Who is signed in, as the identity provider calls them (email or subject).
    pub person: Option<String>,
    /// Until when renewal works without the person, where the provider says so.
    pub signed_in_until: Option<DateTime<Utc>>,
    /// Whether its roles are asked for over the network, so that they can be listed again.
    pub lists_roles: bool,
    /// How far the listing of its roles is, while one is under way.
    pub listing: Option<CatalogProgress>,
    /// Why the vault does not tell where it stands, or why its roles could not be listed.
    pub problem: Option<Problem>,
    /// What stops nothing, but isn't as the last sign-in's provider or the person meant it.
    pub remarks: Vec<Problem>,
}

impl IdentityView {
    /// The identity that signs in for this one, which is often itself.
    #[must_use]
    pub fn signer(&self) -> &IdentityName {
        self.signed_in_by.as_ref().unwrap_or(&self.name)
    }

    /// Whether its sessions can be renewed at this time without the person, as far as it can be known now.
    #[must_use]
    pub fn renews_at(&self, time: DateTime<Utc>) -> bool {
        let lasts = self.signed_in_until.is_none_or(|until| until > time);
        self.way == SignInWay::None || (self.state == IdentityState::SignedIn && lasts)
    }
}

/// How far a listing of roles is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CatalogProgress {
    /// Accounts that are known of: more may come.
    pub accounts: u32,
    /// Accounts whose roles are known.
    pub done: u32,
}

/// How a person signs in with an identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "kebab-case")]
#[ts(export)]
pub enum SignInWay {
    /// In the system's browser.
    Browser {
        /// Whether a code for another device is available instead.
        device: bool,
    },
    /// In a window of the app; without a desktop, an assertion is given.
    Window,
    /// By typing.
    Form {
        /// What to type.
        fields: Vec<FormField>,
    },
    /// It needs no sign-in.
    None,
}

/// Something that the person types to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FormField {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// Whether it must not be seen while it is typed.
    pub secret: bool,
    /// What it was the last time, where that is known and no secret.
    pub usual: Option<String>,
}

/// A secret of an identity that lies in the vault, without the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SecretField {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// Whether the identity works without it.
    pub optional: bool,
    /// Whether it is in the vault.
    pub is_set: bool,
    /// Where the settings send it. The label names the host, so only the broker compares it.
    #[serde(skip)]
    pub sent_to: String,
}

impl SecretField {
    /// One that the identity needs, and where it is sent.
    #[must_use]
    pub fn needed(name: &str, label: &str, sent_to: &str) -> Self {
        let (name, label) = (name.to_owned(), label.to_owned());
        Self { name, label, optional: false, is_set: false, sent_to: sent_to.to_owned() }
    }

    /// One that the identity works without.
    #[must_use]
    pub fn optional(name: &str, label: &str, sent_to: &str) -> Self {
        Self { optional: true, ..Self::needed(name, label, sent_to) }
    }
}

/// What a sign-in asks of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum SignInAsk {
    /// Continue in the browser.
    Browser {
        /// Address to open, for this person only: another user who opens it could end the sign-in, or sign in instead.
        url: String,
    },
    /// Compare the code with the one that the browser shows, here or on another device.
    Device {
        /// Address to open, with the code in it where the provider has that.
        url: String,
        /// Address to type on another device.
        short_url: String,
        /// The code.
        code: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Continue in the window that has opened: the app's, or a browser's.
    Window {
        /// The host of the page.
        host: String,
        /// What the browser is called. Absent for the app's own window.
        #[serde(default)]
        browser: Option<String>,
    },
}

impl SignInAsk {
    /// The address to open, where there is one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Browser { url } | Self::Device { url, .. } => Some(url),
            Self::Window { .. } => None,
        }
    }
}

/// What works but isn't as it could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Caution {
    /// What could happen, or what is missing.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// A step of "try it now".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TrialStep {
    /// What was tried.
    pub what: String,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// What was seen, where that is worth a line.
    pub seen: Option<String>,
    /// Why it failed.
    pub problem: Option<Problem>,
}

/// What the caller of a trial hears while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[ts(export)]
pub enum TrialNews {
    /// It began.
    Began {
        /// What will be tried, in this order. What comes after a step that fails is not.
        steps: Vec<String>,
    },
    /// A step ended, and the next one begins.
    StepEnded {
        /// How.
        step: TrialStep,
    },
}

/// Where an identity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum IdentityState {
    /// No one is signed in.
    SignedOut,
    /// A browser sign-in is under way.
    SigningIn,
    /// Proofs are available without the person.
    SignedIn,
    /// It was signed in, but the proof is spent or refused.
    NeedsSignIn,
}

/// A role of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RoleView {
    /// `IDENTITY:ARN`: its key, because several identities may reach the same role. It names the role wherever one is
    /// named.
    pub id: String,
    /// Its ARN.
    pub arn: Target,
    /// What form of ARN it is.
    pub kind: TargetKind,
    /// Partition id.
    pub partition: String,
    /// Account id.
    pub account: AccountId,
    /// A name for the account, where one is known.
    pub account_name: Option<String>,
    /// A short name for the account.
    pub account_alias: Option<AccountAlias>,
    /// What the account is marked with.
    pub account_colour: Option<AccountColour>,
    /// Whether the account is production.
    #[serde(default)]
    pub production: bool,
    /// Role name without path.
    pub name: String,
    /// The identity that may assume it.
    pub identity: IdentityName,
    /// The profile that a session of this role is written to unless told otherwise.
    pub profile: ProfileName,
    /// Other profiles that its sessions had and that start it again.
    pub started_as: Vec<ProfileName>,
    /// Region written to the profile and asked at STS.
    pub region: Option<Region>,
    /// The region that it has where it names none of its own: its account's, its identity's, or that of the settings.
    pub usual_region: Option<Region>,
    /// The requested terms.
    pub terms: Terms,
    /// How long its sessions last unless the terms say otherwise. Absent where AWS or the sign-in decides.
    pub usual_duration: Option<SessionDuration>,
    /// Whether its sessions can be made read-only beside its terms.
    pub can_be_read_only: bool,
    /// Whether its session can assume another role.
    pub can_assume_roles: bool,
    /// The roles that are assumed on the way, from the identity to this one.
    pub via: Vec<Target>,
    /// Where it is known from.
    pub source: RoleSource,
    /// The shared catalog that declares it, if the person doesn't.
    #[serde(default)]
    pub catalog: Option<CatalogName>,
}

/// Where the console of a role can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BrowserChoices {
    /// Where it opens now.
    pub current: String,
    /// For what a choice counts.
    pub whose: String,
    /// What can be chosen on this machine. The first is the system's own browser.
    pub choices: Vec<BrowserChoice>,
}

/// A browser and a way into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BrowserChoice {
    /// What it is called.
    pub label: String,
    /// The browser; the system's own without.
    pub browser: Option<String>,
    /// Its profile.
    pub profile: Option<String>,
    /// A private window.
    pub private: bool,
    /// A profile of Daypass's own for each account.
    pub isolated: bool,
}

/// A field of a form that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FieldMistake {
    /// As it is called in `config.toml`, within a table with the table before it: `issuer`, `federate.account`,
    /// `terms.policy`. `name` is an identity's name.
    pub field: String,
    /// What is wrong with it or what to write instead, as whole sentences.
    pub message: String,
}

/// What the form of a role has to know of what is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RoleCheck {
    /// The fields that cannot be used.
    pub mistakes: Vec<FieldMistake>,
    /// What the ARN names; absent until it is one.
    pub target: Option<TargetView>,
    /// The terms that it may have, by their names in `config.toml`.
    pub terms: Vec<String>,
    /// Whether another role's session can come before it.
    pub can_be_chained: bool,
    /// As [`RoleView::usual_duration`].
    pub usual_duration: Option<SessionDuration>,
    /// The longest that they may be asked to last.
    pub longest_duration: SessionDuration,
    /// Whether the organization's policy says so.
    pub longest_by_policy: bool,
    /// Whether the organization's policy makes its sessions read-only.
    pub read_only_by_policy: bool,
    /// The tasks that it may be for, where it has to be for one.
    pub task_policies: Vec<String>,
    /// What `config.toml` says now of handing out its credentials.
    pub hand_out: HandOut,
    /// When the person is asked if the role says nothing of it. The organization's policy counts too.
    pub usual_ask: AskWhen,
    /// How its sessions are delivered if the role says nothing of it.
    pub usual_delivery: DeliverySetting,
}

/// What an ARN names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TargetView {
    /// What form of ARN it is.
    pub kind: TargetKind,
    /// Account id.
    pub account: AccountId,
    /// Its name without path.
    pub name: String,
    /// A profile name that no other role has.
    pub suggested_profile: ProfileName,
}

/// The key of a role: `IDENTITY:ARN`.
pub fn role_id(identity: &IdentityName, target: &Target) -> String {
    format!("{identity}:{target}")
}

/// The parts of a role's key, if it is one.
#[must_use]
pub fn split_role_id(id: &str) -> Option<(IdentityName, Target)> {
    let (identity, arn) = id.split_once(':')?;
    Some((identity.parse().ok()?, arn.parse().ok()?))
}

impl RoleView {
    /// Whether the person chose the name of its profile.
    #[must_use]
    pub fn declares_profile(&self) -> bool {
        let name = self.profile.as_str().strip_prefix(self.account.as_str()).and_then(|rest| rest.strip_prefix('-'));
        name != Some(self.name.as_str())
    }

    /// Says what its account is called.
    pub fn put_label(&mut self, label: AccountLabel) {
        let AccountLabel { name, alias, colour, production } = label;
        self.account_name = name;
        self.account_alias = alias;
        self.account_colour = colour;
        self.production = production;
    }

    /// The role of a session that the catalog doesn't list any more.
    #[must_use]
    pub fn of_session(session: &SessionView) -> Self {
        let arn = &session.role;
        Self {
            id: session.role_id.clone(),
            kind: arn.kind(),
            partition: arn.partition().id().to_owned(),
            account: arn.account().clone(),
            account_name: session.account_name.clone(),
            account_alias: session.account_alias.clone(),
            account_colour: session.account_colour,
            production: session.production,
            name: arn.name().to_owned(),
            identity: session.identity.clone(),
            profile: session.profile.clone(),
            started_as: Vec::new(),
            region: session.region.clone(),
            usual_region: None,
            terms: session.terms.clone(),
            usual_duration: None,
            can_be_read_only: false,
            can_assume_roles: arn.kind().can_assume_roles(),
            via: session.via.clone(),
            source: RoleSource::Session,
            catalog: None,
            arn: arn.clone(),
        }
    }
}

impl SessionView {
    /// All its profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        std::iter::once(&self.profile).chain(&self.also)
    }
}

/// Where a role of the catalog is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum RoleSource {
    /// `config.toml`.
    Declared,
    /// What a sign-in or a provider told.
    Discovered,
    /// A session that runs: neither `config.toml` nor a sign-in lists its role now.
    Session,
}

/// Live temporary credentials for a role, without the credentials.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SessionView {
    /// The profile that tools use; the key of a session.
    pub profile: ProfileName,
    /// More profiles with the same credentials.
    #[serde(default)]
    pub also: Vec<ProfileName>,
    /// The role or user that the credentials belong to.
    pub role: Target,
    /// The key of the role in the catalog, `IDENTITY:ARN`.
    pub role_id: String,
    /// A name for the role's account, where one is known.
    #[serde(default)]
    pub account_name: Option<String>,
    /// A short name for the account.
    #[serde(default)]
    pub account_alias: Option<AccountAlias>,
    /// What the account is marked with.
    #[serde(default)]
    pub account_colour: Option<AccountColour>,
    /// Whether the account is production.
    #[serde(default)]
    pub production: bool,
    /// The identity behind it.
    pub identity: IdentityName,
    /// Region written to the profile.
    pub region: Option<Region>,
    /// What was asked for.
    pub terms: Terms,
    /// The roles that are assumed on the way, from the identity to this one.
    pub via: Vec<Target>,
    /// The region whose STS gave the credentials, where it is not the one that was asked first.
    pub sts_region: Option<Region>,
    /// How tools get the credentials.
    pub delivery: Delivery,
    /// Where it stands.
    pub state: SessionState,
    /// The real expiry, as the service returned it. Absent before the first exchange.
    pub expires_at: Option<DateTime<Utc>>,
    /// The same moment by this machine's clock, which may be wrong: what time left is counted by.
    pub expires_here: Option<DateTime<Utc>>,
    /// When the credentials in hand were issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When the next renewal (or retry) is due.
    pub renews_at: Option<DateTime<Utc>>,
    /// How often it has been renewed since it was started.
    pub renewals: u32,
    /// Access key id, to match with CloudTrail. Not a secret.
    pub access_key_id: Option<String>,
    /// The assumed-role ARN that GetCallerIdentity would return. Absent where AWS does not say it.
    pub assumed_role: Option<String>,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// The backup of the credentials file from before another tool's profile was replaced.
    pub backup: Option<String>,
    /// The role, `IDENTITY:ARN`, whose session ended because this one took its profile over. Told when that happened,
    /// and not again.
    pub replaced: Option<String>,
    /// The profile by which it was known until now. Told when that changed, and not again.
    #[serde(default)]
    pub renamed_from: Option<ProfileName>,
    /// Whether one program has it, and for how long.
    #[serde(default)]
    pub lease: Option<LeaseView>,
    /// Until when it is more than read-only, and why.
    #[serde(default)]
    pub elevation: Option<Elevation>,
}

impl SessionView {
    /// The same, of a role in an account that is called this.
    #[must_use]
    pub fn labelled(mut self, label: AccountLabel) -> Self {
        let AccountLabel { name, alias, colour, production } = label;
        self.account_name = name;
        self.account_alias = alias;
        self.account_colour = colour;
        self.production = production;
        self
    }
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

impl SessionState {
    /// What a session in this state counts as, in the window, the tray and the list's filter. The window has the same
    /// table (`ui/src/cases/session-counts.json`). Credentials from before a failed renewal may still work, but such a
    /// session needs the person.
    #[must_use]
    pub fn counts_as(self) -> SessionCount {
        match self {
            Self::Starting | Self::Active | Self::Renewing => SessionCount::Running,
            Self::NeedsSignIn | Self::Failed | Self::Expired => SessionCount::NeedsYou,
            Self::Stopped => SessionCount::Nothing,
        }
    }
}

/// As what a session is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum SessionCount {
    Running,
    NeedsYou,
    Nothing,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn sessions_are_counted_as_in_the_window() {
        let cases = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/cases/session-counts.json"));
        let cases: BTreeMap<String, SessionCount> = serde_json::from_str(cases).unwrap();
        assert_eq!(cases.len(), 7, "a state is missing");
        for (state, count) in cases {
            let state: SessionState = serde_json::from_value(state.into()).unwrap();
            assert_eq!(state.counts_as(), count, "{state:?}");
        }
    }
}
