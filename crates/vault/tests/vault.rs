//! The vault's public API, with key files, passphrases and a key in memory.
// These tests damage and replace files on purpose.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use daypass_vault::{FoundKey, HealthState, Key, KeySource, KeyStore, PassphraseNeed, Vault, VaultError};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

const PLANTED: &str = "PLANTED-SECRET-7f3a";

/// A key store in memory that counts its calls.
#[derive(Default)]
struct InMemory {
    key: Mutex<Option<Key>>,
    fetched: AtomicUsize,
}

impl KeyStore for InMemory {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        Ok(self.key.lock().unwrap().clone())
    }

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        Ok(self.key.lock().unwrap().get_or_insert_with(|| key.clone()).clone())
    }

    fn remove(&self) -> Result<(), VaultError> {
        *self.key.lock().unwrap() = None;
        Ok(())
    }

    fn describe(&self) -> String {
        "the key in memory".into()
    }
}

fn set(vault: &Vault, name: &str, secret: &str) -> Result<(), VaultError> {
    vault.update(|entries| {
        entries.set(name, secret);
        Ok(())
    })
}

fn get(vault: &Vault, name: &str) -> Option<String> {
    vault.read().unwrap().get(name).map(|secret| secret.expose_secret().to_owned())
}

struct Place {
    folder: TempDir,
    store: Arc<InMemory>,
}

impl Place {
    fn new() -> Place {
        Place { folder: TempDir::new().unwrap(), store: Arc::default() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("data/vault.age")
    }

    fn vault(&self) -> Vault {
        Vault::with_key_store(self.path(), self.store.clone())
    }

    fn fetched(&self) -> usize {
        self.store.fetched.load(Ordering::SeqCst)
    }
}

#[test]
fn a_vault_that_was_never_written_costs_nothing() {
    let place = Place::new();
    assert!(place.vault().read().unwrap().is_empty());
    place.vault().update(|entries| Ok::<_, VaultError>(entries.remove("x"))).unwrap();
    assert_eq!(place.fetched(), 0);
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);

    let health = place.vault().check();
    assert!(matches!(health.state, HealthState::NoFileYet), "{health}");
    assert!(health.is_usable());
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0);
}

#[test]
fn two_handles_see_each_others_changes() {
    let place = Place::new();
    let (one, two) = (place.vault(), place.vault());
    for round in 0..20 {
        let secret = format!("s{}", round % 10);
        set(&one, "a", &secret).unwrap();
        assert_eq!(get(&two, "a").as_deref(), Some(&*secret));
        set(&two, "b", &secret).unwrap();
        assert_eq!(get(&one, "b").as_deref(), Some(&*secret));
    }
    // One fetch by the first handle, to create the file, and one by the second.
    assert_eq!(place.fetched(), 2);
    assert!(matches!(one.check().state, HealthState::Opens { entries: 2 }));
}

#[test]
fn an_unchanged_file_is_opened_once() {
    let place = Place::new();
    let vault = place.vault();
    set(&vault, "a", "s").unwrap();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::open(place.path()).unwrap().set_modified(old).unwrap();
    assert!(Arc::ptr_eq(&vault.read().unwrap(), &vault.read().unwrap()));

    vault.forget_key();
    let before = place.fetched();
    assert_eq!(get(&vault, "a").as_deref(), Some("s"));
    assert_eq!(place.fetched(), before + 1, "a forgotten key is asked for again");
}

#[test]
fn nothing_is_written_when_the_change_errs_or_changes_nothing() {
    let place = Place::new();
    let vault = place.vault();
    set(&vault, "a", PLANTED).unwrap();
    let before = fs::read(place.path()).unwrap();
    set(&vault, "a", PLANTED).unwrap();
    let failed: Result<(), VaultError> = vault.update(|entries| {
        entries.set("a", "other");
        Err(VaultError::PassphraseDeclined)
    });
    assert_eq!(failed.unwrap_err().code(), "passphrase-declined");
    // Sealing never gives the same bytes twice, so equal bytes mean that nothing was written.
    assert_eq!(fs::read(place.path()).unwrap(), before);
}

#[test]
fn a_wrong_key_is_an_error_and_leaves_the_file() {
    let place = Place::new();
    set(&place.vault(), "a", PLANTED).unwrap();
    let before = fs::read(place.path()).unwrap();

    let right = place.store.key.lock().unwrap().take();
    for (wrong, expected) in [(None, FoundKey::None), (Some(Key::generate()), FoundKey::Another)] {
        *place.store.key.lock().unwrap() = wrong;
        let vault = place.vault();
        for err in [vault.read().map(drop).unwrap_err(), set(&vault, "b", "s").unwrap_err()] {
            assert!(matches!(&err, VaultError::WrongKey { found, .. } if *found == expected), "{err}");
            assert_eq!(err.code(), "vault-wrong-key");
            let text = err.to_string();
            assert!(text.contains(&*place.path().to_string_lossy()) && text.contains("the key in memory"), "{text}");
        }
        assert_eq!(vault.check().code(), "vault-wrong-key");
        assert_eq!(fs::read(place.path()).unwrap(), before);

        // With the right key back it opens at once, without a restart.
        *place.store.key.lock().unwrap() = right.clone();
        assert_eq!(get(&vault, "a").as_deref(), Some(PLANTED));
    }
}

#[test]
fn a_new_vault_of_another_process_is_followed() {
    let place = Place::new();
    let vault = place.vault();
    set(&vault, "a", "old").unwrap();
    fs::remove_file(place.path()).unwrap();
    *place.store.key.lock().unwrap() = None;
    set(&place.vault(), "a", "new").unwrap();
    assert_eq!(get(&vault, "a").as_deref(), Some("new"));
}

#[test]
fn a_damaged_file_is_an_error_and_stays() {
    let place = Place::new();
    set(&place.vault(), "a", PLANTED).unwrap();
    let whole = fs::read(place.path()).unwrap();
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let cases: [&[u8]; 5] =
        [b"", b"[default]\naws_access_key_id = x\n", &whole[..whole.len() / 2], &whole[..30], &flipped];
    for damaged in cases {
        fs::write(place.path(), damaged).unwrap();
        let vault = place.vault();
        for err in [vault.read().map(drop).unwrap_err(), set(&vault, "b", "s").unwrap_err()] {
            assert_eq!(err.code(), "vault-damaged", "{err}");
            assert!(err.to_string().contains(&*place.path().to_string_lossy()));
        }
        assert_eq!(fs::read(place.path()).unwrap(), damaged);
    }
    // A file that is not a vault does not make the keyring prompt.
    fs::write(place.path(), "nonsense").unwrap();
    let before = place.fetched();
    place.vault().read().unwrap_err();
    assert_eq!(place.fetched(), before);
}

#[test]
fn a_newer_vault_is_refused_and_left() {
    let place = Place::new();
    let key = place.store.create().unwrap();
    let identity: age::x25519::Identity = key.expose().expose_secret().parse().unwrap();
    let newer = age::encrypt(&identity.to_public(), br#"{"version":2,"entries":{}}"#).unwrap();
    fs::create_dir(place.path().parent().unwrap()).unwrap();
    fs::write(place.path(), &newer).unwrap();
    for err in [place.vault().read().map(drop).unwrap_err(), set(&place.vault(), "b", "s").unwrap_err()] {
        assert!(matches!(err, VaultError::Newer { version: 2, known: 1, .. }), "{err}");
    }
    assert_eq!(fs::read(place.path()).unwrap(), newer);
}

#[test]
fn many_threads_lose_nothing_and_make_one_key() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let vault = place.vault();
            scope.spawn(move || {
                for round in 0..5 {
                    set(&vault, &format!("{thread}/{round}"), "s").unwrap();
                }
            });
        }
    });
    assert_eq!(place.vault().read().unwrap().len(), 40);
}

#[test]
fn no_secret_in_the_file_its_folder_or_debug_output() {
    let place = Place::new();
    let vault = place.vault();
    set(&vault, "a", PLANTED).unwrap();
    let key = place.store.key.lock().unwrap().clone().unwrap();
    let shown = format!("{vault:?} {:?} {:?} {:?}", vault.read().unwrap(), vault.check(), key);
    for secret in [PLANTED, key.expose().expose_secret()] {
        assert!(!shown.contains(secret), "{shown}");
        for entry in fs::read_dir(place.path().parent().unwrap()).unwrap() {
            let content = fs::read(entry.unwrap().path()).unwrap();
            assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    assert!(shown.contains("vault.age"), "the output was there to be searched");
}

#[cfg(unix)]
#[test]
fn the_file_is_the_owners_alone_and_a_link_to_it_stays_a_link() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let elsewhere = place.folder.path().join("dotfiles/real.age");
    fs::create_dir_all(elsewhere.parent().unwrap()).unwrap();
    fs::create_dir_all(place.path().parent().unwrap()).unwrap();
    set(&Vault::with_key_store(&elsewhere, place.store.clone()), "a", "1").unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.path()).unwrap();

    set(&place.vault(), "a", "2").unwrap();
    assert!(fs::symlink_metadata(place.path()).unwrap().is_symlink());
    assert_eq!(get(&Vault::with_key_store(&elsewhere, place.store.clone()), "a").as_deref(), Some("2"));
    assert_eq!(fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o7777, 0o600);
}

mod key_file {
    use super::*;

    fn vault(folder: &Path) -> Vault {
        Vault::new(folder.join("vault.age"), KeySource::KeyFile(folder.join("vault.key")))
    }

    #[test]
    fn is_made_for_the_first_secret_and_used_again() {
        let folder = TempDir::new().unwrap();
        vault(folder.path()).read().unwrap();
        assert!(!folder.path().join("vault.key").exists());
        set(&vault(folder.path()), "a", PLANTED).unwrap();
        assert_eq!(get(&vault(folder.path()), "a").as_deref(), Some(PLANTED));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.path().join("vault.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o7777, 0o600);
        }
    }

    #[test]
    fn missing_beside_a_vault_is_not_replaced() {
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path()), "a", PLANTED).unwrap();
        fs::remove_file(folder.path().join("vault.key")).unwrap();
        let err = set(&vault(folder.path()), "a", "s").unwrap_err();
        assert!(matches!(&err, VaultError::WrongKey { found: FoundKey::None, .. }), "{err}");
        assert!(!folder.path().join("vault.key").exists());
    }

    #[test]
    fn with_something_else_in_it_is_refused_and_left() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("vault.key");
        fs::write(&path, PLANTED).unwrap();
        #[cfg(unix)]
        chmod(&path, 0o600);
        let err = set(&vault(folder.path()), "a", "s").unwrap_err();
        assert_eq!(err.code(), "vault-key-invalid");
        assert!(!format!("{err} {err:?}").contains(PLANTED));
        assert_eq!(fs::read_to_string(&path).unwrap(), PLANTED);
        assert!(!folder.path().join("vault.age").exists());
    }

    #[cfg(unix)]
    #[test]
    fn open_to_others_is_refused() {
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path()), "a", PLANTED).unwrap();
        let path = folder.path().join("vault.key");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            chmod(&path, mode);
            let err = vault(folder.path()).read().unwrap_err();
            assert_eq!(err.code(), "key-file-open-to-others");
            assert!(err.to_string().ends_with(&format!("{} (mode {mode:04o})", path.display())), "{err}");
            assert!(err.advice().unwrap().starts_with(&format!("run `chmod 600 {}`", path.display())));
        }
        chmod(&path, 0o400);
        assert_eq!(get(&vault(folder.path()), "a").as_deref(), Some(PLANTED));
    }

    #[cfg(unix)]
    fn chmod(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

mod passphrase {
    use super::*;

    /// A vault whose passphrase prompt returns `answer`, and a list of the prompts.
    fn vault(folder: &Path, answer: &'static str) -> (Vault, Arc<Mutex<Vec<PassphraseNeed>>>) {
        let asked: Arc<Mutex<Vec<PassphraseNeed>>> = Arc::default();
        let noted = asked.clone();
        let prompt = move |need| {
            noted.lock().unwrap().push(need);
            Ok(answer.into())
        };
        (Vault::new(folder.join("vault.age"), KeySource::Passphrase(Arc::new(prompt))), asked)
    }

    #[test]
    fn is_chosen_once_and_asked_for_once_a_process() {
        let folder = TempDir::new().unwrap();
        let (first, asked) = vault(folder.path(), "correct horse");
        first.read().unwrap();
        assert!(asked.lock().unwrap().is_empty());
        set(&first, "a", PLANTED).unwrap();
        set(&first, "b", "s").unwrap();
        assert_eq!(*asked.lock().unwrap(), [PassphraseNeed::New]);

        let (again, asked) = vault(folder.path(), "correct horse");
        assert_eq!(get(&again, "a").as_deref(), Some(PLANTED));
        set(&again, "c", "s").unwrap();
        assert_eq!(*asked.lock().unwrap(), [PassphraseNeed::Existing]);
        again.forget_key();
        again.read().unwrap();
        assert_eq!(asked.lock().unwrap().len(), 2);
    }

    #[test]
    fn wrong_is_an_error_and_changes_nothing() {
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path(), "correct horse").0, "a", PLANTED).unwrap();
        let err = set(&vault(folder.path(), "battery staple").0, "a", "s").unwrap_err();
        assert_eq!(err.code(), "passphrase-wrong");
        assert!(err.advice().unwrap().contains("vault.age.key.age"), "it would be asked for after a new start");
        assert!(!format!("{err} {err:?}").contains("battery"));
        assert_eq!(get(&vault(folder.path(), "correct horse").0, "a").as_deref(), Some(PLANTED));
    }

    /// A vault whose passphrase prompt returns these answers one after the other, and a list of the prompts.
    fn vault_that_hears(folder: &Path, answers: Vec<&'static str>) -> (Vault, Arc<Mutex<Vec<PassphraseNeed>>>) {
        let asked: Arc<Mutex<Vec<PassphraseNeed>>> = Arc::default();
        let (noted, answers) = (asked.clone(), Mutex::new(answers.into_iter()));
        let prompt = move |need| {
            noted.lock().unwrap().push(need);
            Ok(answers.lock().unwrap().next().unwrap().into())
        };
        (Vault::new(folder.join("vault.age"), KeySource::Passphrase(Arc::new(prompt))), asked)
    }

    #[test]
    fn the_third_try_counts_and_each_prompt_knows_that_the_one_before_was_wrong() {
        use PassphraseNeed::{Again, Existing};
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path(), "correct horse").0, "a", PLANTED).unwrap();
        for (answers, prompts) in [
            (&["correct horse"][..], &[Existing][..]),
            (&["battery", "correct horse"], &[Existing, Again { left: 2 }]),
            (&["battery", "", "correct horse"], &[Existing, Again { left: 2 }, Again { left: 1 }]),
        ] {
            let (vault, asked) = vault_that_hears(folder.path(), answers.to_vec());
            assert_eq!(get(&vault, "a").as_deref(), Some(PLANTED));
            set(&vault, "b", "s").unwrap();
            assert_eq!(*asked.lock().unwrap(), prompts);
        }
    }

    #[test]
    fn after_three_wrong_ones_the_process_does_not_ask_again() {
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path(), "correct horse").0, "a", PLANTED).unwrap();
        let (vault, asked) = vault_that_hears(folder.path(), vec!["x", "y", "z", "correct horse"]);
        for _ in 0..3 {
            assert_eq!(vault.read().unwrap_err().code(), "passphrase-wrong");
        }
        assert_eq!(asked.lock().unwrap().len(), 3);
    }

    #[test]
    fn empty_is_refused() {
        let folder = TempDir::new().unwrap();
        assert_eq!(set(&vault(folder.path(), "").0, "a", "s").unwrap_err().code(), "passphrase-empty");
        // On Windows, a lock's file stays.
        let is_lock = |name: &std::ffi::OsStr| cfg!(windows) && name.to_string_lossy().ends_with(".daypass-lock");
        let made = fs::read_dir(folder.path()).unwrap().filter(|file| !is_lock(&file.as_ref().unwrap().file_name()));
        assert_eq!(made.count(), 0);
    }

    #[test]
    fn a_damaged_key_is_an_error_before_the_prompt() {
        let folder = TempDir::new().unwrap();
        set(&vault(folder.path(), "correct horse").0, "a", PLANTED).unwrap();
        let key = folder.path().join("vault.age.key.age");
        let whole = fs::read(&key).unwrap();
        for damaged in [&b"nonsense"[..], b"", &whole[..40]] {
            fs::write(&key, damaged).unwrap();
            let (again, asked) = vault(folder.path(), "correct horse");
            assert!(matches!(again.read().unwrap_err(), VaultError::Damaged { path, .. } if path == key));
            assert!(asked.lock().unwrap().is_empty());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn entries_can_cross_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>() {}
    crosses::<Vault>();
    crosses::<Arc<daypass_vault::Entries>>();
}

#[test]
fn content_that_is_in_memory_is_not_opened_again_and_other_content_is() {
    let place = Place::new();
    let (one, other) = (place.vault(), place.vault());
    set(&one, "a", "1").unwrap();
    let first = one.read().unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &one.read().unwrap()), "what was just written is known");
    set(&other, "b", "2").unwrap();
    let second = one.read().unwrap();
    assert_eq!(second.len(), 2);
    assert!(std::sync::Arc::ptr_eq(&second, &one.read().unwrap()), "what was just read is known");
    set(&one, "c", "3").unwrap();
    assert_eq!(other.read().unwrap().len(), 3, "nothing of the other one is lost");
    // Damage is never taken for what is known.
    let mut sealed = std::fs::read(one.path()).unwrap();
    *sealed.last_mut().unwrap() ^= 1;
    #[allow(clippy::disallowed_methods)]
    std::fs::write(one.path(), &sealed).unwrap();
    assert_eq!(one.read().unwrap_err().code(), "vault-damaged");
    assert_eq!(set(&one, "d", "4").unwrap_err().code(), "vault-damaged");
}
