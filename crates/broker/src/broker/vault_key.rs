//! Where the vault's key is, and how it moves to another place or gets another passphrase.

use std::path::PathBuf;

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{LockSettings, VaultKey};
use daypass_vault::{HealthState, Moved, PassphraseNeed};
use secrecy::SecretString;
use serde::Serialize;

use super::door::Broker;
use crate::config::find_setting;

/// The setting that says where the key is.
pub(super) const VAULT_KEY: &str = "vault.key";

/// What `daypass vault status` shows.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultStatus {
    /// The vault file.
    pub file: PathBuf,
    /// Whether it exists.
    pub exists: bool,
    /// Where its key is, as `vault.key` says it.
    pub key: String,
    /// The same in words.
    pub place: String,
    /// How many secrets it holds. `None` while it doesn't open.
    pub secrets: Option<usize>,
    /// Why it doesn't open.
    pub problem: Option<Problem>,
    /// Where the key was before a move that isn't complete.
    pub moves_from: Option<String>,
    /// How long after your last request it is locked.
    pub lock_after_idle: Option<String>,
    /// Whether it is locked with the screen.
    pub lock_with_screen: bool,
}

/// What becomes of the key in the old place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKey {
    /// It is removed once the new one works.
    Remove,
    /// It stays: another vault may use it too.
    Keep,
}

/// What a move of the vault did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultMove {
    /// Where the key is now, in words.
    pub place: String,
    /// Whether the vault was sealed to a new key. False if the key was there already, or the vault is still to be made.
    pub sealed: bool,
    /// Where the old key was, in words.
    pub old_place: Option<String>,
    /// Whether it is still there.
    pub old_key_left: bool,
    /// Why, unless the person wanted it.
    pub not_removed: Option<Problem>,
}

impl Broker {
    /// Where the vault is, where its key is, and whether it opens. May ask the person for the key.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn vault_status(&self) -> Result<VaultStatus, Problem> {
        let config = self.0.config.own()?;
        let health = self.0.vault.check();
        let (secrets, problem) = match health.state {
            HealthState::NoFileYet => (None, None),
            HealthState::Opens { entries } => (Some(entries), None),
            HealthState::Fails(error) => (None, Some(error.into())),
        };
        let from = secrets.and_then(|_| self.0.vault.moves_from().ok().flatten());
        let LockSettings { after_idle, with_screen, .. } = config.lock;
        Ok(VaultStatus {
            exists: health.path.exists(),
            file: health.path,
            key: config.vault_key.to_string(),
            place: health.key,
            secrets,
            problem,
            moves_from: from.and_then(|from| Note::read(&from)).map(|note| self.0.key.place(&note.from).describe()),
            lock_after_idle: after_idle.map(|it| it.to_string()),
            lock_with_screen: with_screen,
        })
    }

    /// A key file beside `config.toml`, for those who name no other.
    #[must_use]
    pub fn usual_key_file(&self) -> VaultKey {
        VaultKey::File(self.0.surroundings.places.config_file.with_file_name("vault.key"))
    }

    /// Seals the vault to a new key in another place, and removes the old key once the new one works. May ask the
    /// person for both.
    ///
    /// # Errors
    ///
    /// A vault that does not open, or a place that can't have its key. Nothing is changed then.
    pub fn move_vault(&self, new: &VaultKey, old_key: OldKey) -> Result<VaultMove, Problem> {
        self.move_vault_with(new, old_key, None)
    }

    /// The same, with a passphrase that the person has typed already.
    pub(super) fn move_vault_with(
        &self,
        new: &VaultKey,
        old_key: OldKey,
        typed: Option<SecretString>,
    ) -> Result<VaultMove, Problem> {
        let written = find_setting(VAULT_KEY)?.written(&new.to_string())?;
        let moved = self.move_key(new, old_key, typed, || {
            let config = self.config_file().put_setting(VAULT_KEY, Some(&written))?;
            self.0.config.replace(config);
            Ok(())
        })?;
        self.catalog_changed();
        Ok(moved)
    }

    /// The same, where `switch` writes the setting.
    pub(super) fn move_key(
        &self,
        new: &VaultKey,
        old_key: OldKey,
        typed: Option<SecretString>,
        switch: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<VaultMove, Problem> {
        let old = self.0.config.own()?.vault_key.clone();
        let vault = &self.0.vault;
        if vault.path().exists() && *new != old {
            vault.read().map_err(|error| self.still_needed(error.into()))?;
            self.settle_vault_move()?;
        }
        let place = match (new, typed) {
            (VaultKey::Passphrase, Some(typed)) => self.0.key.under_typed(typed),
            _ => self.0.key.place(new),
        };
        let nothing = VaultMove {
            place: place.describe(),
            sealed: false,
            old_place: None,
            old_key_left: false,
            not_removed: None,
        };
        if self.is_same_place(new, &old) {
            switch()?;
            return Ok(nothing);
        }
        let note = Note { old_key, from: old };
        match vault.move_key(&note.written(), &*place, switch)? {
            Moved::NoVault => Ok(nothing),
            Moved::Sealed => {
                let not_removed = self.settle_vault_move().err();
                let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::VaultMoved);
                self.0.audit.record(line);
                Ok(VaultMove {
                    sealed: true,
                    old_place: Some(self.0.key.place(&note.from).describe()),
                    old_key_left: old_key == OldKey::Keep || not_removed.is_some(),
                    not_removed,
                    ..nothing
                })
            }
        }
    }

    /// Ends a move of the vault that was interrupted.
    ///
    /// # Errors
    ///
    /// When the vault doesn't open or can't be written; when the old key can't be removed.
    pub(super) fn settle_vault_move(&self) -> Result<(), Problem> {
        let now = self.0.config.own()?.vault_key.clone();
        self.0.vault.settle_move(|from| match Note::read(from) {
            // The setting never changed, so that key still counts.
            Some(Note { from, .. }) if self.is_same_place(&from, &now) => Ok(()),
            Some(Note { old_key: OldKey::Remove, from }) => Ok(self.0.key.place(&from).remove()?),
            Some(Note { old_key: OldKey::Keep, .. }) | None => Ok::<_, Problem>(()),
        })?;
        Ok(())
    }

    /// Whether both lead to the same key, whatever the path to its file looks like.
    fn is_same_place(&self, one: &VaultKey, other: &VaultKey) -> bool {
        match (one, other) {
            (VaultKey::File(one), VaultKey::File(other)) => {
                let [one, other] = [one, other].map(|path| {
                    let path = self.0.surroundings.places.resolve(path);
                    path.canonicalize().unwrap_or(path)
                });
                one == other
            }
            (one, other) => one == other,
        }
    }

    /// Seals the vault's key to another passphrase. Asks the person for both.
    ///
    /// # Errors
    ///
    /// `no-passphrase` if the key isn't under one; a vault that does not open or can't be written.
    pub fn change_passphrase(&self) -> Result<(), Problem> {
        let key = self.has_passphrase()?;
        self.0.vault.store_key_again(&*self.0.key.place(&key))?;
        self.0.audit.record(AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::PassphraseChanged));
        Ok(())
    }

    /// The place of the key, if that is a passphrase and there is a vault.
    ///
    /// # Errors
    ///
    /// `no-passphrase`.
    pub fn has_passphrase(&self) -> Result<VaultKey, Problem> {
        let key = self.0.config.own()?.vault_key.clone();
        if key == VaultKey::Passphrase && self.0.vault.path().exists() {
            return Ok(key);
        }
        let message = match key {
            VaultKey::Passphrase => "the vault and its passphrase aren't set up yet".to_owned(),
            other => {
                format!("the vault's key is in {}, not under a passphrase", self.0.key.place(&other).describe())
            }
        };
        Err(Problem::new(ProblemKind::Invalid, ProblemCode::NoPassphrase, message)
            .hint("`daypass vault move passphrase` adds one"))
    }

    /// What the person types to use the vault: its passphrase, or a new one before the first vault. `None` if
    /// its key is elsewhere.
    #[must_use]
    pub fn passphrase_need(&self) -> Option<PassphraseNeed> {
        let exists = self.0.vault.path().exists();
        self.0.key.asks().then_some(if exists { PassphraseNeed::Existing } else { PassphraseNeed::New })
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

/// What the vault remembers of a move: the place before, and what becomes of the key there.
#[derive(Debug, PartialEq, Eq)]
struct Note {
    old_key: OldKey,
    from: VaultKey,
}

impl Note {
    fn written(&self) -> String {
        let word = match self.old_key {
            OldKey::Remove => "remove",
            OldKey::Keep => "keep",
        };
        format!("{word} {}", self.from)
    }

    fn read(text: &str) -> Option<Self> {
        let (word, from) = text.split_once(' ')?;
        let old_key = match word {
            "remove" => OldKey::Remove,
            "keep" => OldKey::Keep,
            _ => return None,
        };
        Some(Self { old_key, from: VaultKey::parse(from).ok()? })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_is_written() {
        for from in ["keyring", "passphrase", "file:~/a b/vault.key"] {
            for old_key in [OldKey::Remove, OldKey::Keep] {
                let note = Note { old_key, from: VaultKey::parse(from).unwrap() };
                assert_eq!(Note::read(&note.written()), Some(note));
            }
        }
        assert_eq!(Note::read("burn keyring"), None);
        assert_eq!(Note::read("remove"), None);
    }
}
