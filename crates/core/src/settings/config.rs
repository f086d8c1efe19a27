//! What `config.toml` says.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{
    AccountSettings, AskSettings, AskWhen, AuditSettings, CatalogSettings, ConsoleRules, DeclaredRole, DeliverySetting,
    FilterSettings, HandOut, IdentitySettings, LockSettings, NetworkSettings, NotificationSettings, Origins,
    ProfilesSettings, ShortcutSettings, WindowSettings,
};
use crate::endpoints::{ServiceEndpoints, StsEndpoint};
use crate::names::{AccountId, CatalogName, FilterName, IdentityName, LeastDuration, Region, Target};
use crate::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use crate::session_request::Delivery;

/// What `config.toml` says, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Identities by name.
    pub identities: BTreeMap<IdentityName, IdentitySettings>,
    /// Roles that are declared, in the order of the file.
    pub roles: Vec<DeclaredRole>,
    /// What is said of accounts.
    pub accounts: BTreeMap<AccountId, AccountSettings>,
    /// Shared catalogs by name.
    pub catalogs: BTreeMap<CatalogName, CatalogSettings>,
    /// What of the above comes from them.
    pub origins: Origins,
    /// Region for roles that name none, and whose identity names none.
    pub region: Option<Region>,
    /// The region whose STS is asked first, whatever region a role has. The role's own without.
    pub sts_region: Option<Region>,
    /// Regions whose STS is asked when the first cannot be reached or doesn't know the account, in this order.
    pub fallback_regions: Vec<Region>,
    /// Which of STS's endpoints are asked.
    pub sts: StsEndpoint,
    /// Which endpoints of the other services are asked.
    pub services: ServiceEndpoints,
    /// Whether sessions in production accounts start with all that their role may do, and not read-only.
    pub production_starts_full: bool,
    /// Whether AWS isn't asked what accounts are called.
    pub keep_accounts_unnamed: bool,
    /// How the AWS console is opened, and in which browser.
    pub console: ConsoleRules,
    /// When a file of the audit log is full, and how long full ones are kept.
    pub audit: AuditSettings,
    /// How profiles in the AWS config file are generated.
    pub profiles: ProfilesSettings,
    /// How sessions are delivered whose role says nothing else.
    pub delivery: DeliverySetting,
    /// When the person is asked before a program gets credentials.
    pub ask: AskSettings,
    /// The same for declared roles that say it.
    pub ask_roles: BTreeMap<(IdentityName, Target), AskWhen>,
    /// How other machines are reached.
    pub network: NetworkSettings,
    /// Where the vault's key is.
    pub vault_key: VaultKey,
    /// When the vault is locked.
    pub lock: LockSettings,
    /// How the desktop app behaves on this machine.
    pub desktop: DesktopSettings,
    /// Which notifications the desktop app shows, and when.
    pub notifications: NotificationSettings,
    /// Roles and profiles whose sessions start with Daypass, as `daypass start` takes them.
    pub start_sessions: Vec<String>,
    /// The roles that lists show first, `IDENTITY:ARN`, in the person's order.
    pub favourites: Vec<String>,
    /// Filters of the list of roles, in the order of the file.
    pub filters: Vec<(FilterName, FilterSettings)>,
    /// How the window looks.
    pub window: WindowSettings,
    /// Which keys its shortcuts have.
    pub shortcuts: ShortcutSettings,
}

/// How the desktop app behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DesktopSettings {
    /// It starts in the tray when the person logs in.
    pub start_at_login: bool,
    /// WebKitGTK draws without its DMABUF renderer, with which some machines show an empty window (Linux).
    pub disable_dmabuf: bool,
    /// How long a copied secret stays on the clipboard.
    pub clear_clipboard: Option<LeastDuration>,
}

impl DesktopSettings {
    /// How long a copied secret stays on the clipboard: a minute and a half unless the person says otherwise.
    #[must_use]
    pub fn clears_clipboard_after(&self) -> LeastDuration {
        self.clear_clipboard.unwrap_or(LeastDuration::MINUTE_AND_A_HALF)
    }
}

/// Where the configuration in force comes from.
pub trait ConfigSource: Send + Sync {
    /// The last configuration that was right.
    fn current(&self) -> Arc<Config>;
}

/// One that does not change.
impl ConfigSource for Config {
    fn current(&self) -> Arc<Config> {
        Arc::new(self.clone())
    }
}

/// Where the key of the vault is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VaultKey {
    /// The keyring of the operating system.
    #[default]
    Keyring,
    /// A passphrase that the person types.
    Passphrase,
    /// A file that the person named: an absolute path, or one that begins with `~`, which is the home of the user who
    /// runs Daypass, so that a team can share the setting.
    File(PathBuf),
}

impl VaultKey {
    /// The key's place, as the value of `key` in `[settings.vault]` names it.
    ///
    /// # Errors
    ///
    /// What was expected, for any other text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = r#"expected "keyring", "passphrase", "file:/absolute/path" or "file:~/path/in/your/home""#;
        match text {
            "keyring" => Ok(Self::Keyring),
            "passphrase" => Ok(Self::Passphrase),
            other => match other.strip_prefix("file:").map(Path::new) {
                Some(path) if path.is_absolute() => Ok(Self::File(path.to_owned())),
                Some(path) if path.strip_prefix("~").is_ok_and(|rest| rest.file_name().is_some()) => {
                    Ok(Self::File(path.to_owned()))
                }
                _ => Err(format!("vault key {other:?} isn't known, {expected}")),
            },
        }
    }
}

/// As in `config.toml`.
impl fmt::Display for VaultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyring => f.write_str("keyring"),
            Self::Passphrase => f.write_str("passphrase"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl Config {
    /// How sessions of a role are delivered.
    #[must_use]
    pub fn delivery(&self, identity: &IdentityName, arn: &Target) -> Delivery {
        self.own_hand_out(identity, arn).delivery.unwrap_or_else(|| self.usual_delivery(arn)).into()
    }

    /// The same, of a role that says nothing of it.
    #[must_use]
    pub fn usual_delivery(&self, arn: &Target) -> DeliverySetting {
        self.accounts.get(arn.account()).and_then(|account| account.delivery).unwrap_or(self.delivery)
    }

    /// What a role itself says of handing out its credentials.
    #[must_use]
    pub fn own_hand_out(&self, identity: &IdentityName, arn: &Target) -> HandOut {
        let declared = self.roles.iter().find(|role| &role.arn == arn && &role.identity == identity);
        HandOut { ask: self.own_ask(identity, arn), delivery: declared.and_then(|role| role.delivery) }
    }

    /// Each request for credentials asks this, so it doesn't look through the roles.
    fn own_ask(&self, identity: &IdentityName, arn: &Target) -> Option<AskWhen> {
        if self.ask_roles.is_empty() {
            return None;
        }
        self.ask_roles.get(&(identity.clone(), arn.clone())).copied()
    }

    /// When the person is asked before a program gets a role's credentials.
    #[must_use]
    pub fn ask(&self, identity: &IdentityName, arn: &Target) -> AskWhen {
        self.own_ask(identity, arn).unwrap_or_else(|| self.usual_ask(arn))
    }

    /// The same, of a role that says nothing of it.
    #[must_use]
    pub fn usual_ask(&self, arn: &Target) -> AskWhen {
        let account = self.accounts.get(arn.account());
        let of_production = || account.filter(|account| account.production).map(|_| self.ask.production);
        account.and_then(|account| account.ask).or_else(of_production).unwrap_or_default()
    }

    /// The settings of an identity.
    ///
    /// # Errors
    ///
    /// `unknown-identity`, naming those there are.
    pub fn identity(&self, name: &IdentityName) -> Result<&IdentitySettings, Problem> {
        self.identities.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.identities.keys().map(IdentityName::as_str).collect();
            let problem = Problem::new(
                ProblemKind::NotFound,
                ProblemCode::UnknownIdentity,
                format!("identity {name} doesn't exist"),
            );
            match known.is_empty() {
                true => problem.hint("you haven't added an identity yet").next(NextStep::AddIdentity),
                false => problem.hint(format!("the identities here are: {}", known.join(", "))),
            }
        })
    }
}
