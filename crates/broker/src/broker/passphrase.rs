//! The vault's passphrase, typed in a window: a new one, and the first one of a vault whose key was elsewhere.

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::problem::Problem;
use daypass_core::settings::VaultKey;
use secrecy::SecretString;

use super::door::Broker;
use super::vault_key::{OldKey, VaultMove};

impl Broker {
    /// Gives the vault's key another passphrase. The person typed both.
    ///
    /// # Errors
    ///
    /// `no-passphrase` if the key isn't under one; `passphrase-wrong`, `passphrase-empty`; a vault that can't be
    /// written.
    pub fn change_passphrase_to(&self, old: SecretString, new: SecretString) -> Result<(), Problem> {
        self.has_passphrase()?;
        // The vault may be open while someone else is at the machine, so this always asks for the old one.
        self.0.key.under_typed(old).fetch()?;
        self.0.vault.store_key_again(&*self.0.key.under_typed(new))?;
        self.0.audit.record(AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::PassphraseChanged));
        Ok(())
    }

    /// Moves the vault's key under a passphrase that the person typed, and removes it where it was.
    ///
    /// # Errors
    ///
    /// `passphrase-empty`; those of [`Broker::move_vault`]. Nothing is changed then.
    pub fn use_passphrase(&self, new: SecretString) -> Result<VaultMove, Problem> {
        let moved = self.move_vault_with(&VaultKey::Passphrase, OldKey::Remove, Some(new.clone()))?;
        if !self.0.vault.path().exists() {
            // The vault that comes has this passphrase.
            self.unlock(Some(new))?;
        }
        Ok(moved)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::problem::ProblemCode;

    use super::*;
    use crate::broker::exchange::tests::{CHAIN, World};

    fn typed(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_vault_gets_a_passphrase_and_then_another_one_only_for_who_knows_the_first() {
        let world = World::new(CHAIN, |_, _| None).await;
        let broker = &world.broker;
        let has_none = broker.change_passphrase_to(typed("a"), typed("b")).unwrap_err();
        assert_eq!(has_none.code, ProblemCode::NoPassphrase);
        broker.use_passphrase(typed("first")).unwrap();
        assert_eq!(broker.setting("vault.key").unwrap().value.as_deref(), Some("passphrase"));
        let wrong = broker.change_passphrase_to(typed("guess"), typed("mine")).unwrap_err();
        assert_eq!(wrong.code, ProblemCode::PassphraseWrong);
        let empty = broker.change_passphrase_to(typed("first"), typed("")).unwrap_err();
        assert_eq!(empty.code, ProblemCode::PassphraseEmpty);
        broker.change_passphrase_to(typed("first"), typed("second")).unwrap();
        broker.lock(crate::requests::LockReason::Asked).await;
        assert_eq!(broker.unlock(Some(typed("first"))).unwrap_err().code, ProblemCode::PassphraseWrong);
        broker.unlock(Some(typed("second"))).unwrap();
    }
}
