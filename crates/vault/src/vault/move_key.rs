//! Moves the vault to a new key in another place, so that it opens whatever happens meanwhile.
//!
//! Between the first step and the last, both keys open every file, and an entry of the vault says where the old key is:
//!
//! 1. The new key is stored in its place.
//! 2. Each file is sealed to both keys.
//! 3. The setting that names the place changes. From now on, Daypass asks for the new key.
//! 4. Each file is sealed to the new key alone.
//! 5. The old key is removed from its place, and then the entry.
//!
//! A process that is killed before the third step leaves a vault that the old key opens, and after it one that the new
//! key opens. [`Vault::settle_move`] does the rest later. The vault's lock is held while both keys count, so no other
//! process writes a file that only one of them opens.

use durable_file::Lock;
use secrecy::ExposeSecret as _;

use super::{ATTEMPTS, Vault, locked};
use crate::entries::Entries;
use crate::error::{FoundKey, VaultError};
use crate::key::{Key, KeyStore};

/// Where the key was before the move that isn't complete.
const MOVES_FROM: &str = "vault/moves-from";

/// What a move did with the key.
#[derive(Debug)]
pub enum Moved {
    /// The vault is still to be made. Its first secret makes a key in the new place.
    NoVault,
    /// The vault has a new key.
    Sealed,
}

impl Vault {
    /// Seals everything to the key of another place. `from` is the place now, in the caller's words, which
    /// [`Vault::settle_move`] hands back. `switch` makes the new place the one that counts. Without a vault it only
    /// looks whether a key could be stored there.
    ///
    /// The old key stays where it is, for [`Vault::settle_move`].
    ///
    /// # Errors
    /// If the vault does not open, the new place fails, `switch` does, or a file can't be written. The old key counts
    /// then.
    pub fn move_key<E: From<VaultError>>(
        &self,
        from: &str,
        place: &dyn KeyStore,
        switch: impl FnOnce() -> Result<(), E>,
    ) -> Result<Moved, E> {
        self.read()?;
        if !self.path().exists() {
            place.probe()?;
            return switch().map(|()| Moved::NoVault);
        }
        // Before the lock: no other process has to wait while the person types a passphrase.
        let new = place.install(&Key::generate())?;
        let lock = durable_file::lock(self.path()).map_err(VaultError::Write)?;
        let old = self.seal_all(&lock, |old| vec![old.clone(), new.clone()], |main| main.set(MOVES_FROM, from))?;
        if let Err(error) = switch() {
            // What is left if this fails too, the next move settles.
            let _ = self.seal_all(&lock, |_| vec![old.clone()], |main| drop(main.remove(MOVES_FROM)));
            return Err(error);
        }
        *locked(&self.0.key) = Some(new.clone());
        self.seal_all(&lock, |_| vec![new.clone()], |_| ())?;
        Ok(Moved::Sealed)
    }

    /// Ends a move that came this far or was interrupted: seals every file to the key that counts alone, and has
    /// `remove` remove the other one, whose place it gets in the words of [`Vault::move_key`]. Returns whether there
    /// was one.
    ///
    /// # Errors
    /// If the vault does not open or can't be written; the error of `remove`. It can be called again then.
    pub fn settle_move<E: From<VaultError>>(&self, remove: impl FnOnce(&str) -> Result<(), E>) -> Result<bool, E> {
        let Some(from) = self.moves_from()? else { return Ok(false) };
        {
            let lock = durable_file::lock(self.path()).map_err(VaultError::Write)?;
            self.seal_all(&lock, |key| vec![key.clone()], |_| ())?;
        }
        let removed = remove(&from);
        self.update(|entries| {
            entries.remove(MOVES_FROM);
            Ok::<_, VaultError>(())
        })?;
        removed.map(|()| true)
    }

    /// Where the key was before a move that isn't complete.
    ///
    /// # Errors
    /// If the vault does not open.
    pub fn moves_from(&self) -> Result<Option<String>, VaultError> {
        Ok(self.read()?.get(MOVES_FROM).map(|from| from.expose_secret().to_owned()))
    }

    /// Writes every file again, sealed to the keys that `keys` makes of the one that opens them, which is returned.
    /// `change` changes the entries of the vault file.
    fn seal_all(
        &self,
        lock: &Lock,
        keys: impl Fn(&Key) -> Vec<Key>,
        change: impl Fn(&mut Entries),
    ) -> Result<Key, VaultError> {
        for _ in 0..ATTEMPTS {
            let Some(sealed) = durable_file::read(self.path()).map_err(VaultError::Write)? else {
                return Err(self.wrong_key(FoundKey::None));
            };
            let (main, key, shards) = self.opened_with_shards(&sealed)?;
            let keys = keys(&key);
            let keys: Vec<&Key> = keys.iter().collect();
            let mut main = Entries::clone(&main);
            change(&mut main);
            // The vault file first: a process that finds it sealed to another key asks for that one, and a session's
            // file that the old key can't open any more would look like a removed vault's.
            if self.write_main(lock, Some(&sealed), main, &keys)? {
                // An empty one is of such a vault.
                for (number, entries) in shards.into_iter().filter(|(_, entries)| !entries.is_empty()) {
                    self.write_shard(number, Entries::clone(&entries), &keys)?;
                }
                return Ok(key);
            }
        }
        Err(self.contended())
    }
}
