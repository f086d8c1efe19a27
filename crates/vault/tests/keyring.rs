//! The key in the Secret Service: a real one where the environment offers one, and none at all.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use daypass_vault::{FoundKey, HealthState, KeySource, Vault, VaultError};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

const CHILD_FOLDER: &str = "DAYPASS_VAULT_TEST_FOLDER";

/// What a child prints when it has checked what it was started for.
const CHILD_RAN: &str = "the child ran to its end";

fn vault(folder: &std::path::Path, account: &str) -> Vault {
    let key = KeySource::Keyring { service: "Daypass test".into(), account: account.into() };
    Vault::new(folder.join("vault.age"), key)
}

fn set(vault: &Vault, name: &str) -> Result<(), VaultError> {
    vault.update(|entries| {
        entries.set(name, "s");
        Ok(())
    })
}

/// Whether the tests' desktop session is there; it sets this variable and unlocks a keyring of its own.
fn secret_service() -> bool {
    std::env::var_os("DAYPASS_TEST_SECRET_SERVICE").is_some_and(|value| value == "1")
}

#[test]
fn without_a_bus_the_keyring_is_absent_and_says_so_quickly() {
    // The variable is the process's, so it is another process that lacks the bus.
    let folder = TempDir::new().unwrap();
    for address in ["unix:path=/nonexistent/bus", "tcp:host=127.0.0.1,port=1", "nonsense"] {
        let started = Instant::now();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_without_a_bus", "--nocapture"])
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env(CHILD_FOLDER, folder.path())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(output.status.success(), "{address}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(CHILD_RAN), "{output:?}");
        assert!(started.elapsed() < Duration::from_secs(20), "{address} took {:?}", started.elapsed());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    }
}

/// Runs in the other process; without the variable it does nothing.
#[test]
fn child_without_a_bus() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER) else {
        return;
    };
    let vault = vault(folder.as_ref(), "nobody");
    assert!(vault.read().unwrap().is_empty());
    let err = set(&vault, "a").unwrap_err();
    assert!(matches!(err, VaultError::KeyringAbsent { .. }), "{err:?}");
    let chosen = VaultError::Chosen { error: Box::new(err), config: "/c/config.toml".into() };
    let text = chosen.advice().unwrap();
    for words in ["`key = \"passphrase\"`", "`key = \"file:~/", "`[settings.vault]` of /c/config.toml"] {
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(vault.check().code(), "keyring-absent");
    println!("{CHILD_RAN}");
}

#[test]
fn a_locked_keyring_is_not_a_missing_one() {
    if !secret_service() {
        return;
    }
    // A session of its own, because locking would get in the way of other tests; without a display, so that the
    // prompt to unlock cannot be answered.
    let folder = TempDir::new().unwrap();
    let script = r#"
        printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        "$0" --exact child_with_a_keyring_of_its_own --nocapture || exit 1
        gdbus call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets \
            -m org.freedesktop.Secret.Service.Lock '[objectpath "/org/freedesktop/secrets/collection/login"]' || exit 2
        CHILD_EXPECTS=keyring-locked "$0" --exact child_with_a_keyring_of_its_own --nocapture
    "#;
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD_FOLDER, folder.path())
        .envs(homes(folder.path()))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches(CHILD_RAN).count(), 2, "{output:?}");
}

#[test]
fn a_secret_service_without_a_collection_or_none_at_all_is_absent() {
    if !secret_service() {
        return;
    }
    // As on a server: D-Bus starts a keyring that was never set up. And a bus without a keyring.
    let folder = TempDir::new().unwrap();
    let bare = folder.path().join("bus.conf");
    let config = "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>\
        <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>";
    std::fs::write(&bare, config).unwrap();
    for bus in [vec![], vec![format!("--config-file={}", bare.display())]] {
        let output = Command::new("dbus-run-session")
            .args(&bus)
            .arg("--")
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child_without_a_bus", "--nocapture"])
            .env(CHILD_FOLDER, folder.path().join("vault"))
            .envs(homes(folder.path()))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(CHILD_RAN), "{output:?}");
    }
}

/// Where the keyring keeps and finds its files.
fn homes(folder: &std::path::Path) -> [(&'static str, &std::path::Path); 4] {
    ["XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, folder))
}

/// Runs in that session, first with the keyring unlocked, then locked; without the variable it does nothing.
#[test]
fn child_with_a_keyring_of_its_own() {
    let Some(folder) = std::env::var_os(CHILD_FOLDER) else {
        return;
    };
    let vault = vault(folder.as_ref(), "somebody");
    match std::env::var("CHILD_EXPECTS") {
        Err(_) => set(&vault, "a").unwrap(),
        Ok(code) => {
            let before = std::fs::read(vault.path()).unwrap();
            assert_eq!(vault.read().unwrap_err().code(), code);
            assert_eq!(set(&vault, "b").unwrap_err().code(), code);
            assert_eq!(std::fs::read(vault.path()).unwrap(), before);
        }
    }
    println!("{CHILD_RAN}");
}

#[test]
fn a_real_keyring_keeps_one_item_for_the_key() {
    if !secret_service() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let account = format!("one item {}", std::process::id());
    let first = vault(folder.path(), &account);
    assert!(matches!(first.check().state, HealthState::NoFileYet));
    set(&first, "a").unwrap();
    set(&first, "b").unwrap();
    assert!(matches!(vault(folder.path(), &account).check().state, HealthState::Opens { entries: 2 }));

    // As another program sees it.
    let item = keyring::Entry::new("Daypass test", &account).unwrap();
    let kept = String::from_utf8(item.get_secret().unwrap()).unwrap();
    assert!(kept.starts_with("AGE-SECRET-KEY-1") && kept.len() == 74);
    let identity: age::x25519::Identity = kept.parse().unwrap();
    age::decrypt(&identity, &std::fs::read(folder.path().join("vault.age")).unwrap()).unwrap();

    // Taken away, the vault stays sealed and as it was.
    let before = std::fs::read(folder.path().join("vault.age")).unwrap();
    item.delete_credential().unwrap();
    let err = set(&vault(folder.path(), &account), "c").unwrap_err();
    assert!(matches!(err, VaultError::WrongKey { found: FoundKey::None, .. }), "{err}");
    item.set_secret(daypass_vault::Key::generate().expose().expose_secret().as_bytes()).unwrap();
    let err = set(&vault(folder.path(), &account), "c").unwrap_err();
    assert!(matches!(err, VaultError::WrongKey { found: FoundKey::Another, .. }), "{err}");
    assert_eq!(std::fs::read(folder.path().join("vault.age")).unwrap(), before);

    // Brought back, it opens.
    item.set_secret(kept.as_bytes()).unwrap();
    assert_eq!(vault(folder.path(), &account).read().unwrap().len(), 2);
    item.delete_credential().unwrap();
}

#[test]
fn many_threads_on_a_real_keyring_make_one_key() {
    if !secret_service() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let account = format!("threads {}", std::process::id());
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let vault = vault(folder.path(), &account);
            scope.spawn(move || set(&vault, &thread.to_string()).unwrap());
        }
    });
    assert_eq!(vault(folder.path(), &account).read().unwrap().len(), 6);
    keyring::Entry::new("Daypass test", &account).unwrap().delete_credential().unwrap();
}
