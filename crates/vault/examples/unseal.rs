//! Measures how long it takes to read a secret from nothing, as `daypass credential-process` does without an agent.
//!
//! Run it once with `write` and then many times without, as a release build, in a session with a Secret Service:
//! `cargo run --release -p daypass-vault --example unseal [write]`. The vault is in the temporary folder, its key in
//! the keyring item `Daypass example`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use daypass_vault::{KeySource, Vault, VaultError};

fn main() -> Result<(), VaultError> {
    let started = Instant::now();
    let key = KeySource::Keyring { service: "Daypass example".into(), account: "vault".into() };
    let vault = Vault::new(std::env::temp_dir().join("daypass-example-vault.age"), key);

    if std::env::args().nth(1).as_deref() == Some("write") {
        vault.update(|entries| {
            // About as much as 20 sessions.
            (0..20).for_each(|number| entries.set(format!("session/{number}"), "x".repeat(1500)));
            Ok::<_, VaultError>(())
        })?;
    }
    let entries = vault.read()?;
    println!("{} secrets in {:.2} ms", entries.len(), started.elapsed().as_secs_f64() * 1e3);

    let again = Instant::now();
    vault.read()?;
    println!("again, key in memory: {:.3} ms", again.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
