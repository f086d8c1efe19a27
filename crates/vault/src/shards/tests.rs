#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs;
use std::path::PathBuf;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use crate::entries::Entries;
use crate::error::VaultError;
use crate::key::{Key, KeySource};
use crate::sealed;
use crate::vault::Vault;

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(TempDir::new().unwrap())
    }

    fn main(&self) -> PathBuf {
        self.0.path().join("vault.age")
    }

    fn key_file(&self) -> PathBuf {
        self.0.path().join("vault.key")
    }

    /// As a process that has just started sees it.
    fn vault(&self) -> Vault {
        Vault::new(self.main(), KeySource::KeyFile(self.key_file()))
    }

    fn key(&self) -> Key {
        KeySource::KeyFile(self.key_file()).into_store(&self.main()).fetch().unwrap().unwrap()
    }

    /// Every shard with its bytes.
    fn shards(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Ok(folder) = fs::read_dir(self.0.path().join("vault.sessions")) else { return Vec::new() };
        // On Windows, a lock's file stays.
        let is_shard = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "age");
        let mut found: Vec<_> = folder.map(|file| file.unwrap().path()).filter(is_shard).collect();
        found.sort();
        found.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }
}

fn set(vault: &Vault, secrets: &[(&str, &str)]) {
    vault
        .update(|entries| {
            secrets.iter().for_each(|(name, secret)| entries.set(*name, *secret));
            Ok::<_, VaultError>(())
        })
        .unwrap();
}

fn remove(vault: &Vault, name: &str) {
    vault
        .update(|entries| {
            entries.remove(name);
            Ok::<_, VaultError>(())
        })
        .unwrap();
}

fn get(vault: &Vault, name: &str) -> Option<String> {
    vault.read().unwrap().get(name).map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn a_renewed_session_changes_one_small_file_and_every_process_sees_it() {
    let place = Place::new();
    let (one, other) = (place.vault(), place.vault());
    let names: Vec<String> = (0..200).map(|number| format!("session/p{number:04}")).collect();
    set(&one, &names.iter().map(|name| (name.as_str(), "first")).collect::<Vec<_>>());
    set(&one, &[("identity/corp/refresh-token", "token")]);
    assert_eq!(other.read().unwrap().len(), 201);
    let (main, shards) = (fs::read(place.main()).unwrap(), place.shards());
    assert!(shards.len() > 32 && shards.iter().all(|(_, bytes)| bytes.len() < main.len() * 4), "{}", shards.len());

    set(&one, &[("session/p0007", "second")]);
    assert_eq!(fs::read(place.main()).unwrap(), main);
    let now = place.shards();
    assert_eq!(now.iter().zip(&shards).filter(|(now, before)| now != before).count(), 1);
    for vault in [&one, &other, &place.vault()] {
        assert_eq!(get(vault, "session/p0007").as_deref(), Some("second"));
        assert_eq!(vault.read().unwrap().len(), 201);
    }
    assert!(std::sync::Arc::ptr_eq(&other.read().unwrap(), &other.read().unwrap()), "nothing changed");
}

#[test]
fn a_shard_goes_with_its_last_session() {
    let place = Place::new();
    set(&place.vault(), &[("session/dev", "keys"), ("identity/corp", "token")]);
    assert_eq!(place.shards().len(), 1);
    remove(&place.vault(), "session/dev");
    assert_eq!(place.shards().len(), 0);
    assert_eq!(get(&place.vault(), "session/dev"), None);
    assert_eq!(get(&place.vault(), "identity/corp").as_deref(), Some("token"));
}

#[test]
fn without_the_vault_file_there_are_no_sessions_and_a_new_one_starts_without_them() {
    let place = Place::new();
    set(&place.vault(), &[("session/dev", "keys"), ("session/prod", "keys"), ("identity/corp", "token")]);
    let old = fs::read(place.main()).unwrap();
    fs::remove_file(place.main()).unwrap();
    assert!(place.vault().read().unwrap().is_empty());
    // The same key, as with a keyring that still has it.
    set(&place.vault(), &[("session/dev", "new")]);
    assert_eq!(place.vault().read().unwrap().len(), 1);
    assert_eq!(get(&place.vault(), "session/dev").as_deref(), Some("new"));
    // The old one comes back with what it held itself.
    fs::write(place.main(), old).unwrap();
    assert_eq!(get(&place.vault(), "identity/corp").as_deref(), Some("token"));
}

#[test]
fn sessions_that_an_earlier_version_left_in_the_vault_file_stay_and_move_when_they_change() {
    let place = Place::new();
    set(&place.vault(), &[("identity/corp", "token")]);
    let mut left = Entries::default();
    for name in ["identity/corp", "session/dev", "session/prod", "session/test"] {
        left.set(name, "old");
    }
    fs::write(place.main(), sealed::seal(&left, &[&place.key()]).unwrap()).unwrap();
    assert_eq!(place.vault().read().unwrap().len(), 4);

    set(&place.vault(), &[("session/dev", "new")]);
    remove(&place.vault(), "session/test");
    let in_main = sealed::open(&fs::read(place.main()).unwrap(), &place.key()).unwrap();
    assert_eq!(in_main.names_under("").collect::<Vec<_>>(), ["identity/corp", "session/prod"]);
    let all = place.vault().read().unwrap();
    assert_eq!(all.names_under("").collect::<Vec<_>>(), ["identity/corp", "session/dev", "session/prod"]);
    assert_eq!(get(&place.vault(), "session/dev").as_deref(), Some("new"));
}

#[test]
fn a_session_in_both_is_the_shards() {
    let place = Place::new();
    set(&place.vault(), &[("identity/corp", "token"), ("session/dev", "new")]);
    // Killed after the shard was written, and before the vault file.
    let mut left = Entries::default();
    left.set("identity/corp", "token");
    left.set("session/dev", "old");
    fs::write(place.main(), sealed::seal(&left, &[&place.key()]).unwrap()).unwrap();
    assert_eq!(get(&place.vault(), "session/dev").as_deref(), Some("new"));
    remove(&place.vault(), "session/dev");
    assert_eq!(get(&place.vault(), "session/dev"), None);
}

#[test]
fn a_damaged_shard_is_named_and_left_alone() {
    let place = Place::new();
    set(&place.vault(), &[("session/dev", "keys")]);
    let (path, mut bytes) = place.shards().remove(0);
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    let is_named = |err: &VaultError| matches!(err, VaultError::Damaged { path: named, .. } if *named == path);
    assert!(is_named(&place.vault().read().unwrap_err()));
    let changed = place.vault().update(|entries| {
        entries.set("session/dev", "new");
        Ok::<_, VaultError>(())
    });
    let refused = changed.unwrap_err();
    assert!(is_named(&refused));
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_shard_of_another_key_is_of_a_vault_that_is_gone() {
    let place = Place::new();
    set(&place.vault(), &[("session/dev", "keys"), ("identity/corp", "token")]);
    let (path, _) = place.shards().remove(0);
    let mut others = Entries::default();
    others.set("session/dev", "another's");
    fs::write(&path, sealed::seal(&others, &[&Key::generate()]).unwrap()).unwrap();
    assert_eq!(place.vault().read().unwrap().len(), 1);
    set(&place.vault(), &[("session/dev", "new")]);
    assert_eq!(get(&place.vault(), "session/dev").as_deref(), Some("new"));
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_shard() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    set(&place.vault(), &[("session/dev", "keys")]);
    let (path, _) = place.shards().remove(0);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
}
