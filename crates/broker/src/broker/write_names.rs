//! Keeps the name files up to date.

use std::path::Path;

use durable_file::EditError;

use super::door::Broker;
use super::names::{BesideConfig, Changes, NamesFile, Recent, Stamp, write};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::settings::Config;
use daypass_core::view::SessionView;

impl Broker {
    /// A role was used without a session that starts.
    pub(super) fn used(&self, role: String) {
        self.0.unwritten.note(role);
    }

    /// The roles that were used last, `IDENTITY:ARN`, the last one first.
    pub(super) fn recent_roles(&self, config: &Config) -> Vec<String> {
        let used = self.0.unwritten.changes().used.clone();
        let now = self.0.surroundings.clock.now();
        Recent::read(&self.0.surroundings.places).after(&used, Vec::new(), config, now).roles
    }

    /// The roles of an identity that has another name were used under the old one.
    pub(super) fn rename_recent_roles(&self, old: &IdentityName, new: &IdentityName) {
        let renamed = |role: &mut String| {
            if let Some(rest) = role.strip_prefix(old.as_str()).filter(|rest| rest.starts_with(':')) {
                *role = format!("{new}{rest}");
            }
        };
        self.0.unwritten.changes().used.iter_mut().for_each(renamed);
        let path = &self.0.surroundings.places.recent;
        let after = |before: Option<Recent>| {
            let mut recent = before.unwrap_or_default();
            recent.roles.iter_mut().for_each(renamed);
            recent
        };
        if path.exists() {
            tell(path, write(path, after));
        }
    }

    /// Writes the names that changed. They are a convenience: nothing fails without them.
    pub(super) fn write_names(&self) {
        let places = &self.0.surroundings.places;
        let Changes { catalog, sessions, used } = std::mem::take(&mut *self.0.unwritten.changes());
        if !catalog && !sessions && used.is_empty() {
            return;
        }
        let Ok(config) = self.0.config.good() else { return };
        if catalog {
            let stamp = Stamp::of(&places.config_file);
            let file = match self.0.vault.is_open() {
                true => {
                    let mut roles = self.roles(&config);
                    self.label(&mut roles);
                    NamesFile::of(&config, stamp, &roles)
                }
                // It isn't opened for the sake of names: what it told before is in the file.
                false => BesideConfig::read(places).with(&config, stamp),
            };
            tell(&places.names, file.write(places));
        }
        if self.0.vault.is_open() {
            let Ok(running) = self.0.sessions.list() else { return };
            let profiles: Vec<ProfileName> = running.iter().flat_map(SessionView::profiles).cloned().collect();
            let now = self.0.surroundings.clock.now();
            let after =
                |before: Option<Recent>| before.unwrap_or_default().after(&used, profiles.clone(), &config, now);
            tell(&places.recent, write(&places.recent, after));
        }
    }
}

fn tell(file: &Path, written: Result<(), EditError<serde_json::Error>>) {
    if let Err(error) = written {
        tracing::debug!(file = %file.display(), %error, "the names for completion couldn't be written");
    }
}
