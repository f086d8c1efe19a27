//! Locks and unlocks the vault: on request, when the person is away, and when the screen is locked.

use std::time::Duration;

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::problem::Problem;
use daypass_core::settings::{LockSettings, VaultKey};
use daypass_vault::VaultError;
use secrecy::SecretString;

use super::door::Broker;
use crate::requests::{LockReason, VaultState};
use crate::screen_lock::{self, Away};

/// How often the clock is looked at. The wall clock counts, so the time that the machine sleeps does too.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl From<Away> for LockReason {
    fn from(away: Away) -> Self {
        match away {
            Away::Screen => Self::Screen,
            Away::Sleep => Self::Sleep,
        }
    }
}

impl Broker {
    /// Whether the vault is locked or open in this process.
    #[must_use]
    pub fn vault_state(&self) -> VaultState {
        let vault = &self.0.vault;
        VaultState { locked: vault.is_locked().then(|| self.0.lock.reason()), open: vault.is_open() }
    }

    /// The person made a request, so they're present.
    pub fn person_acts(&self) {
        self.0.lock.person_acts(self.0.surroundings.clock.now());
    }

    /// Forgets the vault's key, every secret and all credentials. Renewals pause, and what needs the vault fails with
    /// `vault-locked` until [`Broker::unlock`]. Returns whether there was something to lock.
    ///
    /// What a refresh under way brings is written first. If the vault can't be written, it stays in memory until then.
    pub async fn lock(&self, reason: LockReason) -> bool {
        let vault = &self.0.vault;
        if vault.is_locked() || !vault.path().exists() {
            return false;
        }
        self.0.services.unfinished.settle(vault).await;
        self.fall_back_all();
        if self.lock_settings().removes_profiles
            && let Err(problem) = self.0.sessions.withdraw()
        {
            tracing::warn!(code = %problem.code, "profiles stay in the credentials file until they expire");
        }
        self.record_of_vault(AuditEvent::VaultLocked);
        self.0.lock.set_reason(reason);
        vault.lock();
        self.0.sessions.forget_secrets();
        self.0.exchange.forget_all_links();
        tracing::info!(?reason, "the vault is locked");
        self.catalog_changed();
        true
    }

    /// Opens the vault: with what the person typed if its key is under a passphrase, else with the key where it is.
    /// Before the first vault, the passphrase is its first one.
    ///
    /// # Errors
    ///
    /// `passphrase-needed`, `passphrase-wrong`; a place whose key can't be had, or doesn't open the vault. It stays
    /// locked then.
    pub fn unlock(&self, passphrase: Option<SecretString>) -> Result<(), Problem> {
        let key = self.0.config.own()?.vault_key.clone();
        let vault = &self.0.vault;
        let was_shut = !vault.is_open();
        match (&key, passphrase) {
            (VaultKey::Passphrase, None) => {
                let hint = "type the vault's passphrase".to_owned();
                return Err(VaultError::PassphraseNeeded { hint }.into());
            }
            (VaultKey::Passphrase, Some(typed)) => match vault.path().exists() {
                true => vault.unlock(&*self.0.key.under_typed(typed))?,
                false => vault.make(&*self.0.key.under_typed(typed))?,
            },
            (VaultKey::Keyring | VaultKey::File(_), _) => vault.unlock(&*self.0.key.place(&key))?,
        }
        self.person_acts();
        if was_shut {
            self.record_of_vault(AuditEvent::VaultUnlocked);
        }
        self.settle_what_waits();
        self.0.sessions.unlocked();
        self.catalog_changed();
        Ok(())
    }

    /// What has to wait until the vault is open.
    pub(super) fn settle_what_waits(&self) {
        self.0.services.unfinished.write_held(&self.0.vault);
        if let Err(problem) = self.settle_vault_move() {
            tracing::warn!(code = %problem.code, "a move of the vault's key isn't complete yet");
        }
    }

    fn lock_settings(&self) -> LockSettings {
        // The person's own: a shared catalog has nothing to say here.
        self.0.config.own().map(|config| config.lock).unwrap_or_default()
    }

    fn record_of_vault(&self, event: AuditEvent) {
        self.0.audit.record(AuditLine::new(self.0.surroundings.clock.now(), event));
    }

    /// Locks the vault when the person has been away for as long as they chose.
    pub(super) async fn watch_idle(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if self.is_idle() {
                self.lock(LockReason::Idle).await;
            }
        }
    }

    fn is_idle(&self) -> bool {
        let after = self.lock_settings().after_idle;
        let since = self.0.lock.last_request();
        after.is_some_and(|after| self.0.surroundings.clock.now() - since >= after.span())
    }

    /// Ends elevations when the screen is locked and before the machine sleeps, and locks the vault if that is wanted.
    pub(super) async fn watch_screen(&self) {
        let wanted = || self.lock_settings().with_screen || self.0.sessions.any_elevated();
        loop {
            if wanted() {
                let broker = self.clone();
                let leave = move |away| {
                    let (broker, reason) = (broker.clone(), LockReason::from(away));
                    async move {
                        broker.fall_back_all();
                        if broker.lock_settings().with_screen {
                            broker.lock(reason).await;
                        }
                    }
                };
                let watching = screen_lock::watch(leave);
                tokio::select! {
                    () = watching => {}
                    () = async { while wanted() { tokio::time::sleep(LOOK_EVERY).await } } => {}
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = self.0.lock.is_to_watch() => {}
            }
        }
    }
}
