//! An account's name and marks, wherever it's shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{AccountAlias, AccountId, CatalogName, FolderName, Region};
use crate::settings::{AccountColour, Config, DeliverySetting};

/// What an account is called and how it is marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountLabel {
    /// Its name: what the person wrote, or else what AWS calls it.
    pub name: Option<String>,
    /// Its short name.
    pub alias: Option<AccountAlias>,
    /// Its colour.
    pub colour: Option<AccountColour>,
    /// Whether it is production.
    pub production: bool,
}

/// Knows what accounts are called.
pub trait LabelAccounts: Send + Sync {
    /// What this account is called.
    fn label(&self, account: &AccountId) -> AccountLabel;
}

/// What the person wrote.
impl LabelAccounts for Config {
    fn label(&self, account: &AccountId) -> AccountLabel {
        let Some(written) = self.accounts.get(account) else { return AccountLabel::default() };
        AccountLabel {
            name: written.name.clone().map(String::from),
            alias: written.alias.clone(),
            colour: written.colour,
            production: written.production,
        }
    }
}

/// An account that is known, for a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AccountView {
    /// Its 12 digits.
    pub id: AccountId,
    /// What it is called.
    pub name: Option<String>,
    /// A short name for typing.
    pub alias: Option<AccountAlias>,
    /// What it is marked with.
    pub colour: Option<AccountColour>,
    /// Whether it is production.
    pub production: bool,
    /// Region for the profiles of its roles, where the role names none.
    pub region: Option<Region>,
    /// How its roles' sessions are delivered, where the role doesn't say.
    pub delivery: Option<DeliverySetting>,
    /// The folder that it is listed in.
    #[serde(default)]
    pub folder: Option<FolderName>,
    /// How many of its roles are known.
    pub roles: usize,
    /// Whether `config.toml` has anything about it.
    pub written: bool,
    /// The shared catalog that says all this, if it isn't the person's `config.toml`.
    #[serde(default)]
    pub catalog: Option<CatalogName>,
}
