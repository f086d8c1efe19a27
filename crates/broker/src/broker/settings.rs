//! Reads and changes the settings of `config.toml`, and takes the vault's key along when its place changes.

use std::sync::Arc;

use serde::Serialize;

use super::door::Broker;
use crate::config::{Setting, find_setting, settings};
use daypass_core::problem::Problem;
use daypass_core::settings::{Config, VaultKey};

/// Where the vault's key is.
const VAULT_KEY: &str = "vault.key";

/// A setting as `daypass config` and the window show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingView {
    /// Its name within `[settings]`, such as `vault.key`.
    pub name: &'static str,
    /// What is in force. `None` if there is nothing and no default.
    pub value: Option<String>,
    /// How the organization's policy limits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited: Option<String>,
}

/// What changing a setting did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingChange {
    /// The setting as it is now.
    #[serde(flatten)]
    pub setting: SettingView,
    /// The place where the vault's key still is too, in words, because it was copied from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_also_in: Option<String>,
}

impl Broker {
    /// All settings.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn settings(&self) -> Result<Vec<SettingView>, Problem> {
        let config = self.0.config.good()?;
        Ok(settings().iter().map(|it| self.setting_view(it, &config)).collect())
    }

    /// One setting, by its name within `[settings]`.
    ///
    /// # Errors
    ///
    /// `unknown-setting`; those of [`Broker::settings`].
    pub fn setting(&self, name: &str) -> Result<SettingView, Problem> {
        let setting = find_setting(name)?;
        let config = self.0.config.good()?;
        Ok(self.setting_view(setting, &config))
    }

    fn setting_view(&self, setting: &Setting, config: &Config) -> SettingView {
        let limited = self.limits_setting(setting.name);
        SettingView { name: setting.name, value: (setting.value)(config), limited }
    }

    /// The configuration, for profiles that are generated from it.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::settings`].
    pub fn good_config(&self) -> Result<Arc<Config>, Problem> {
        self.0.config.good()
    }

    /// Changes a setting, or goes back to its default. Comments and everything else in the file stay as they are.
    ///
    /// A new `vault.key` gets the key of the vault that is there, so nothing has to be given again. The key also stays
    /// where it was.
    ///
    /// # Errors
    ///
    /// `unknown-setting`; `config-mistake` for a value that can't be right; a vault that does not open, or a place that
    /// can't have its key. Nothing is changed then.
    pub fn put_setting(&self, name: &str, value: Option<&str>) -> Result<SettingChange, Problem> {
        let setting = find_setting(name)?;
        self.0.config.good()?;
        let written = value.map(|typed| setting.written(typed)).transpose()?;
        let key_also_in = match setting.name {
            VAULT_KEY => self.move_key(value)?,
            _ => None,
        };
        let config = self.config_file().put_setting(setting.name, written.as_ref())?;
        let now = self.setting_view(setting, &config);
        self.0.config.replace(config);
        self.catalog_changed();
        Ok(SettingChange { setting: now, key_also_in })
    }

    /// Stores the vault's key where the new setting says. Returns where it is now, if it was copied.
    fn move_key(&self, value: Option<&str>) -> Result<Option<String>, Problem> {
        let new = match value.map(VaultKey::parse) {
            None => VaultKey::default(),
            Some(Ok(key)) => key,
            // Writing it is refused, with what was expected.
            Some(Err(_)) => return Ok(None),
        };
        let old = self.0.config.good()?.vault_key.clone();
        if new == old {
            return Ok(None);
        }
        let vault = &self.0.vault;
        let is_there = vault.path().exists();
        if is_there {
            vault.read().map_err(|error| self.still_needed(error.into()))?;
        }
        vault.copy_key_to(&*self.0.key.place(&new))?;
        let copied_from = || self.0.key.place(&old).describe();
        Ok(is_there.then(copied_from))
    }

    /// The vault does not open with the key where it is, so the key can't be taken along.
    fn still_needed(&self, problem: Problem) -> Problem {
        let vault = self.0.vault.path().display();
        // A hint to keep the key elsewhere is what led here.
        let first = problem.hint.clone().filter(|_| problem.next.is_none());
        let first = first.map(|hint| format!("{hint}. ")).unwrap_or_default();
        let hint = format!(
            "{first}The vault {vault} needs the key from there. If that key is lost, move the vault away and try again: \
             you sign in again then"
        );
        Problem { next: None, ..problem }.hint(hint)
    }
}
