//! A vault that moves to another key still opens, whatever happens in between.
#![cfg(target_os = "linux")]
// These tests damage and replace files on purpose.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use daypass_vault::{Key, KeySource, Moved, PassphraseNeed, Vault, VaultError};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

/// A vault whose key is in the file `a`, with secrets in the vault file and in two shards.
fn vault_at_a(folder: &Path) -> Vault {
    let vault = Vault::new(folder.join("vault.age"), KeySource::KeyFile(folder.join("a")));
    vault
        .update(|entries| {
            for name in ["identity/work", "session/dev", "session/ops"] {
                entries.set(name, format!("PLANTED {name}"));
            }
            Ok::<_, VaultError>(())
        })
        .unwrap();
    vault
}

fn add(vault: &Vault) -> Result<(), VaultError> {
    vault.update(|entries| {
        entries.set("x", "y");
        Ok(())
    })
}

/// What the vault holds, read with the key in this file.
fn held(folder: &Path, key: &str) -> Result<BTreeMap<String, String>, VaultError> {
    let vault = Vault::new(folder.join("vault.age"), KeySource::KeyFile(folder.join(key)));
    let entries = vault.read()?;
    let secret = |name: &str| (name.to_owned(), entries.get(name).unwrap().expose_secret().to_owned());
    Ok(entries.names_under("").filter(|name| !name.starts_with("vault/")).map(secret).collect())
}

fn sealed_files(folder: &Path) -> Vec<PathBuf> {
    let shards = fs::read_dir(folder.join("vault.sessions")).unwrap().map(|entry| entry.unwrap().path());
    shards.chain([folder.join("vault.age")]).filter(|path| path.extension().is_some_and(|it| it == "age")).collect()
}

#[test]
fn a_move_seals_every_file_to_the_new_key_alone_and_removes_the_old_one() {
    let folder = TempDir::new().unwrap();
    let vault = vault_at_a(folder.path());
    // An agent with the old key in memory.
    let agent = Vault::new(vault.path(), KeySource::KeyFile(folder.path().join("b")));
    agent.unlock(&*KeySource::KeyFile(folder.path().join("a")).into_store(vault.path())).unwrap();
    assert_eq!(agent.read().unwrap().len(), 3);
    let old = fs::read(folder.path().join("a")).unwrap();

    let b = KeySource::KeyFile(folder.path().join("b")).into_store(vault.path());
    let moved = vault.move_key("a", &*b, || Ok::<_, VaultError>(())).unwrap();
    assert!(matches!(moved, Moved::Sealed));
    assert_eq!(agent.read().unwrap().len(), 4, "it asks for the new key, and nothing is lost");
    let mut removed = Vec::new();
    let settled = vault.settle_move(|from| {
        removed.push(from.to_owned());
        Ok::<_, VaultError>(())
    });
    assert!(settled.unwrap());
    assert_eq!(removed, ["a"]);
    assert!(!vault.settle_move(|_| Ok::<_, VaultError>(())).unwrap(), "it's settled");

    assert_ne!(fs::read(folder.path().join("b")).unwrap(), old);
    assert_eq!(held(folder.path(), "b").unwrap().len(), 3);
    assert_eq!(held(folder.path(), "a").unwrap_err().code(), "vault-wrong-key");
    assert_eq!(sealed_files(folder.path()).len(), 3);
    for file in sealed_files(folder.path()) {
        let sealed = fs::read(&file).unwrap();
        let stanzas = sealed.windows(15).filter(|window| window == b"-> daypass-key ").count();
        assert_eq!(stanzas, 1, "{}", file.display());
    }
}

#[test]
fn a_setting_that_can_t_be_written_leaves_the_old_key_in_force() {
    let folder = TempDir::new().unwrap();
    let vault = vault_at_a(folder.path());
    let b = KeySource::KeyFile(folder.path().join("b")).into_store(vault.path());
    let refused = vault.move_key("a", &*b, || Err(VaultError::PassphraseDeclined)).unwrap_err();
    assert_eq!(refused.code(), "passphrase-declined");
    assert_eq!(held(folder.path(), "a").unwrap().len(), 3);
    assert_eq!(held(folder.path(), "b").unwrap_err().code(), "vault-wrong-key");
    assert_eq!(vault.moves_from().unwrap(), None);
    add(&vault).unwrap();
}

#[test]
fn a_passphrase_replaces_a_key_that_was_left_beside_the_vault() {
    let folder = TempDir::new().unwrap();
    let vault = vault_at_a(folder.path());
    let typed = |text: &'static str| KeySource::TypedPassphrase(text.into()).into_store(vault.path());
    typed("of another vault").keep(&Key::generate()).unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let prompt = KeySource::Passphrase(Arc::new(move |need| {
        assert_eq!(need, PassphraseNeed::New);
        count.fetch_add(1, Ordering::SeqCst);
        Ok("correct horse".into())
    }));
    vault.move_key("a", &*prompt.into_store(vault.path()), || Ok::<_, VaultError>(())).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    let again = Vault::new(vault.path(), KeySource::TypedPassphrase("correct horse".into()));
    assert_eq!(again.read().unwrap().len(), 4);
    let place = typed("another horse");
    again.store_key_again(&*place).unwrap();
    again.lock();
    assert_eq!(again.unlock(&*typed("correct horse")).unwrap_err().code(), "passphrase-wrong");
    assert_eq!(again.read().unwrap_err().code(), "vault-locked");
    again.unlock(&*place).unwrap();
    assert_eq!(again.read().unwrap().len(), 4);
}

#[test]
fn a_locked_vault_opens_for_no_one_in_this_process_until_it_is_unlocked() {
    let folder = TempDir::new().unwrap();
    let vault = vault_at_a(folder.path());
    let place = KeySource::KeyFile(folder.path().join("a")).into_store(vault.path());
    let clone = vault.clone();
    vault.lock();
    assert!(vault.is_locked() && clone.is_locked() && !clone.is_open());
    assert_eq!(clone.read().unwrap_err().code(), "vault-locked");
    assert_eq!(clone.check().code(), "vault-locked");
    let refused = add(&clone).unwrap_err();
    assert_eq!(refused.code(), "vault-locked");
    let other = KeySource::KeyFile(folder.path().join("c")).into_store(vault.path());
    other.create().unwrap();
    assert_eq!(vault.unlock(&*other).unwrap_err().code(), "vault-wrong-key");
    assert!(vault.is_locked());
    vault.unlock(&*place).unwrap();
    assert_eq!(clone.read().unwrap().len(), 3);

    // Without a vault, nothing is made while it is locked.
    let none = Vault::new(folder.path().join("none.age"), KeySource::KeyFile(folder.path().join("d")));
    none.lock();
    let refused = add(&none).unwrap_err();
    assert_eq!(refused.code(), "vault-locked");
    assert!(!none.path().exists() && !folder.path().join("d").exists());
}

#[test]
fn a_vault_can_be_made_before_its_first_secret() {
    let folder = TempDir::new().unwrap();
    let typed = || KeySource::TypedPassphrase("correct horse".into());
    let cannot_ask = KeySource::Passphrase(Arc::new(|_| Err(VaultError::PassphraseNeeded { hint: String::new() })));
    let vault = Vault::new(folder.path().join("vault.age"), cannot_ask);
    vault.make(&*typed().into_store(vault.path())).unwrap();
    add(&vault).unwrap();
    let again = Vault::new(vault.path(), typed());
    assert_eq!(again.read().unwrap().len(), 1);
    again.make(&*typed().into_store(vault.path())).unwrap();
    assert_eq!(again.read().unwrap().len(), 1, "one that is there stays");
}

#[test]
fn killed_at_any_system_call_the_vault_opens_and_the_move_can_be_settled() {
    if !can_trace() {
        return;
    }
    // strace counts each kind of call for itself.
    let calls = ["openat", "write", "fsync", "flock", "renameat2", "unlink"];
    let kills: u32 = thread::scope(|scope| {
        let threads: Vec<_> = calls.into_iter().map(|call| scope.spawn(move || kill_at_each(call))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // Less would mean that the calls have other names here, and nothing was tested.
    assert!(kills >= 60, "only {kills} kills");
}

/// Kills a move at the first, second, … call of this kind until one gets through; how many were killed.
fn kill_at_each(call: &str) -> u32 {
    for number in 1..=200 {
        let folder = TempDir::new().unwrap();
        vault_at_a(folder.path());
        let all = held(folder.path(), "a").unwrap();
        let status = traced(&format!("inject={call}:signal=KILL:when={number}"), folder.path());
        let at = format!("killed at {call} {number}");
        let counts = if folder.path().join("setting").exists() { "b" } else { "a" };
        assert_eq!(held(folder.path(), counts).unwrap(), all, "{at}");

        let vault = Vault::new(folder.path().join("vault.age"), KeySource::KeyFile(folder.path().join(counts)));
        let settled = vault.settle_move(|from| match from == counts {
            true => Ok(()),
            false => KeySource::KeyFile(folder.path().join(from)).into_store(vault.path()).remove(),
        });
        settled.unwrap();
        assert_eq!(held(folder.path(), counts).unwrap(), all, "{at}");
        assert_eq!(vault.moves_from().unwrap(), None, "{at}");
        if counts == "b" {
            assert!(!folder.path().join("a").exists(), "{at}");
        } else if folder.path().join("b").exists() {
            assert_eq!(held(folder.path(), "b").unwrap_err().code(), "vault-wrong-key", "{at}");
        }
        if status.success() {
            assert_eq!(counts, "b");
            return number - 1;
        }
    }
    panic!("200 times {call} weren't enough");
}

fn can_trace() -> bool {
    let traces = Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !traces {
        println!("skipped: strace isn't there, or may not trace");
    }
    traces
}

fn traced(inject: &str, folder: &Path) -> ExitStatus {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", inject]).arg(mover()).arg(folder);
    // Cargo's folders of libraries are searched first, file by file, and what is tested comes after that.
    command.env_remove("LD_LIBRARY_PATH");
    command.stderr(Stdio::null()).status().unwrap()
}

/// `examples/move_key.rs`, which cargo builds for the tests beside it.
fn mover() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples/move_key");
    assert!(path.exists(), "{} is missing: run all of this package's tests, so that cargo builds it", path.display());
    path
}
