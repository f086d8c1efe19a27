//! Several processes on one vault: this test program starts itself.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use daypass_vault::{KeySource, Vault, VaultError};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

const CHILD_FOLDER: &str = "DAYPASS_VAULT_TEST_FOLDER";
const CHILD_TASK: &str = "DAYPASS_VAULT_TEST_TASK";

fn vault(folder: &Path) -> Vault {
    Vault::new(folder.join("data/vault.age"), KeySource::KeyFile(folder.join("keys/vault.key")))
}

/// What the other processes do; without the variables, that is nothing.
#[test]
fn child() {
    let (Ok(folder), Ok(task)) = (std::env::var(CHILD_FOLDER), std::env::var(CHILD_TASK)) else {
        return;
    };
    let vault = vault(Path::new(&folder));
    match task.as_str() {
        "for-ever" => loop {
            // Two entries that are always the same, large enough to be written in several steps.
            vault.update(in_step).unwrap();
        },
        name => {
            for round in 0..5 {
                vault
                    .update(|entries| {
                        entries.set(format!("{name}/{round}"), "s");
                        Ok::<_, VaultError>(())
                    })
                    .unwrap();
            }
        }
    }
}

fn in_step(entries: &mut daypass_vault::Entries) -> Result<(), VaultError> {
    let next = entries.get("count").map_or(0, |count| count.expose_secret().parse::<u64>().unwrap()) + 1;
    entries.set("count", next.to_string());
    entries.set("large", format!("{next} ").repeat(20_000));
    Ok(())
}

#[test]
fn many_processes_make_one_key_and_lose_nothing() {
    let folder = TempDir::new().unwrap();
    // All of them start without folder, key and vault: the first moments are the ones to get right.
    let children: Vec<Child> = (0..6).map(|number| start(folder.path(), &number.to_string())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(vault(folder.path()).read().unwrap().len(), 30);
}

#[test]
fn a_killed_writer_leaves_a_whole_vault() {
    let folder = TempDir::new().unwrap();
    vault(folder.path()).update(in_step).unwrap();
    let mut last = 1;
    for round in 0..8 {
        let mut child = start(folder.path(), "for-ever");
        // It has begun to write before it is killed, each time at another point.
        let started = Instant::now();
        while count(folder.path()) == last {
            assert!(started.elapsed() < Duration::from_secs(60), "the writer never wrote");
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(700 * round));
        child.kill().unwrap();
        child.wait().unwrap();

        let now = count(folder.path());
        assert!(now > last);
        last = now;
        vault(folder.path()).update(in_step).unwrap();
        last += 1;
    }
}

/// The number of updates so far, after checking that both entries are of the same one.
fn count(folder: &Path) -> u64 {
    let entries = vault(folder).read().unwrap();
    let count = entries.get("count").unwrap().expose_secret().to_owned();
    assert_eq!(entries.get("large").unwrap().expose_secret(), format!("{count} ").repeat(20_000));
    count.parse().unwrap()
}

fn start(folder: &Path, task: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(CHILD_FOLDER, folder)
        .env(CHILD_TASK, task)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}
