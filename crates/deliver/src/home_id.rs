//! Which home wrote a section of the shared AWS files.

use std::path::Path;

use aws_files::HomeId;
use daypass_core::digest;

/// The id of the home with this vault.
///
/// It comes from the vault's path, as does the name of the vault's key in the keyring. So it survives the loss of
/// everything that Daypass stores, and what a lost vault left in the file can be removed. The path contains the
/// person's name, so the file gets a hash of it. Two homes at the same path, as in two containers, count as one: they
/// need a `DAYPASS_HOME` each, if they share a credentials file.
pub(crate) fn home_id(vault_file: &Path) -> HomeId {
    let mut text = b"daypass home ".to_vec();
    text.extend_from_slice(vault_file.as_os_str().as_encoded_bytes());
    HomeId::new(digest::number(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_home_stays_and_does_not_show_its_path() {
        let id = home_id(Path::new("/home/me/.local/share/daypass/vault.age")).to_string();
        // It is in people's files: another value would make every profile there another home's.
        assert_eq!(id, "ea28dde69db589cf");
        assert_ne!(id, home_id(Path::new("/home/me/work/vault.age")).to_string());
    }
}
