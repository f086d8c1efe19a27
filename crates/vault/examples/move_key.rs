//! Moves a vault's key from the file `a` to the file `b` of a folder, for the tests that kill it on the way: `tests/moves.rs`.

use std::convert::Infallible;
use std::path::Path;

use daypass_vault::{KeySource, Vault, VaultError};
use durable_file::{Change, Options, edit};

fn main() -> Result<(), VaultError> {
    let Some(folder) = std::env::args_os().nth(1) else { return Ok(()) };
    let folder = Path::new(&folder);
    let place = |name: &str| KeySource::KeyFile(folder.join(name));
    let vault = Vault::new(folder.join("vault.age"), place("a"));
    vault.move_key("a", &*place("b").into_store(vault.path()), || {
        let switched =
            edit(&folder.join("setting"), &Options::default(), |_| Ok::<_, Infallible>(Change::Replace(b"b".to_vec())));
        switched.map(drop).map_err(|error| match error {
            durable_file::EditError::File(error) => VaultError::Write(error),
            durable_file::EditError::Change(never) => match never {},
        })
    })?;
    vault.settle_move(|from| place(from).into_store(vault.path()).remove())?;
    Ok(())
}
