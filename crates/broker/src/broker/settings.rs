//! Reads and changes the settings of `config.toml`, and moves the vault when the place of its key changes.

use std::sync::Arc;

use serde::Serialize;

use super::door::Broker;
use super::network::CA_FILE;
use super::vault_key::{OldKey, VAULT_KEY, VaultMove};
use crate::config::{START_AT_LOGIN, Setting, Written, find_setting, settings};
use crate::login_start;
use daypass_core::event::Event;
use daypass_core::problem::Problem;
use daypass_core::setting_view::SettingView;
use daypass_core::settings::{Config, DesktopSettings, NotificationSettings, VaultKey, WindowSettings};

/// What changing a setting did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettingChange {
    /// The setting as it is now.
    #[serde(flatten)]
    pub setting: SettingView,
    /// What became of the vault's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault: Option<VaultMove>,
}

impl Broker {
    /// All settings.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn settings(&self) -> Result<Vec<SettingView>, Problem> {
        let config = self.0.config.good()?;
        let written = self.written_settings()?;
        Ok(settings().iter().map(|it| self.setting_view(it, &config, &written)).collect())
    }

    /// One setting, by its name within `[settings]`.
    ///
    /// # Errors
    ///
    /// `unknown-setting`; those of [`Broker::settings`].
    pub fn setting(&self, name: &str) -> Result<SettingView, Problem> {
        let setting = find_setting(name)?;
        let config = self.0.config.good()?;
        Ok(self.setting_view(setting, &config, &self.written_settings()?))
    }

    fn setting_view(&self, setting: &Setting, config: &Config, written: &Written) -> SettingView {
        let (limited, allowed) = (self.limits_setting(setting.name), self.allows_in_setting(setting.name));
        SettingView { limited, allowed, ..setting.view(config, written) }
    }

    fn written_settings(&self) -> Result<Written, Problem> {
        Ok(Written::of(&self.config_file().read_text()?.unwrap_or_default()))
    }

    /// The configuration, for profiles that are generated from it.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::settings`].
    pub fn good_config(&self) -> Result<Arc<Config>, Problem> {
        self.0.config.good()
    }

    /// How the desktop app behaves, by the last configuration that was right.
    #[must_use]
    pub fn desktop_settings(&self) -> DesktopSettings {
        self.config().desktop
    }

    /// Which notifications the desktop app shows, and when, by the last configuration that was right.
    #[must_use]
    pub fn notification_settings(&self) -> NotificationSettings {
        self.config().notifications
    }

    /// How the window looks, by the last configuration that was right.
    #[must_use]
    pub fn window_settings(&self) -> WindowSettings {
        self.config().window
    }

    /// Changes a setting, or goes back to its default. Comments and everything else in the file stay as they are.
    ///
    /// `desktop.start_at_login` takes effect at once.
    ///
    /// A new `vault.key` moves the vault there, as [`Broker::move_vault`] does. What is in a new `network.ca_file` is
    /// trusted from now on.
    ///
    /// # Errors
    ///
    /// `unknown-setting`; `config-mistake` for a value that can't be right; `not-allowed-by-policy`; `no-desktop-app` if it can't be started at
    /// login; a vault that does not open, or a place that
    /// can't have its key. Nothing is changed then.
    pub fn put_setting(&self, name: &str, value: Option<&str>) -> Result<SettingChange, Problem> {
        let setting = find_setting(name)?;
        self.0.config.good()?;
        let written = value.map(|typed| setting.written(typed)).transpose()?;
        if let Some(typed) = value {
            self.admits_in_setting(setting.name, typed)?;
        }
        if setting.name == CA_FILE {
            self.confirm_ca_file(value)?;
        }
        let write = || {
            let config = self.config_file().put_setting(setting.name, written.as_ref())?;
            self.0.config.replace(config);
            Ok(())
        };
        let at_login = &self.surroundings().places.at_login;
        if setting.name == START_AT_LOGIN && value == Some("true") {
            login_start::desktop_program(at_login)?;
        }
        let vault = match (setting.name, value.map_or_else(|| Ok(VaultKey::default()), VaultKey::parse)) {
            (VAULT_KEY, Ok(key)) => Some(self.move_key(&key, OldKey::Remove, None, write)?),
            // Writing what can't be right is refused, with what was expected.
            _ => {
                write()?;
                None
            }
        };
        if setting.name == START_AT_LOGIN {
            login_start::set(at_login, self.config().desktop.start_at_login)?;
        }
        let now = self.setting(name)?;
        match setting.is_of_the_window() {
            true => drop(self.0.events.send(Event::SettingsChanged)),
            false => self.catalog_changed(),
        }
        Ok(SettingChange { setting: now, vault })
    }

    /// Has the desktop app start at login, or not, as `config.toml` says. Leaves it off if the person switched it off in
    /// their desktop's own settings.
    ///
    /// # Errors
    ///
    /// `no-desktop-app`; those of the file.
    pub fn follow_start_at_login(&self) -> Result<(), Problem> {
        let (config, _) = self.0.config.best();
        login_start::follow(&self.surroundings().places.at_login, config.desktop.start_at_login)
    }
}
