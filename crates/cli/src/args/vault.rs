//! `daypass vault`, `daypass lock` and `daypass unlock`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Subcommand;
use daypass_core::settings::VaultKey;

pub(super) const FOR_LOCK: &str = "\
Example:
  daypass lock

Programs that already have credentials keep them until they expire, and so does
the credentials file, unless you set vault.lock_removes_profiles. To lock
automatically:

  daypass config set vault.lock_after_idle 15m
  daypass config set vault.lock_with_screen true";

pub(super) const FOR_UNLOCK: &str = "\
Examples:
  daypass unlock
  pass show vault | daypass unlock            the passphrase from a program";

const FOR_MOVE: &str = "\
Examples:
  daypass vault move passphrase               type a new passphrase
  daypass vault move keyring
  daypass vault move file                     vault.key beside config.toml
  daypass vault move file:/mnt/usb/vault.key

Daypass encrypts everything with a new key, and removes the old one once the new
one works.";

const FOR_STATUS: &str = "\
Examples:
  daypass vault status
  daypass vault status --json";

const FOR_PASSPHRASE: &str = "\
Example:
  daypass vault passphrase";

#[derive(Subcommand)]
pub(crate) enum VaultCommand {
    /// Show where the vault and its key are, whether the vault opens, and when it locks
    #[command(after_help = FOR_STATUS)]
    Status,
    /// Move the vault's key to another place: keyring, passphrase or file
    #[command(after_help = FOR_MOVE)]
    Move {
        /// Where to keep the new key: keyring, passphrase, file or file:PATH
        place: KeyPlace,
        /// Keep the old key too, because another vault uses it
        #[arg(long)]
        keep_old_key: bool,
    },
    /// Change the vault's passphrase
    #[command(after_help = FOR_PASSPHRASE)]
    Passphrase,
}

/// Where the person wants the vault's key.
#[derive(Debug, Clone)]
pub(crate) enum KeyPlace {
    /// The file that Daypass would choose.
    UsualFile,
    /// Here.
    Named(VaultKey),
}

impl FromStr for KeyPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix("file:") else {
            return if text == "file" { Ok(Self::UsualFile) } else { VaultKey::parse(text).map(Self::Named) };
        };
        if path.is_empty() || path.starts_with('~') {
            return VaultKey::parse(text).map(Self::Named);
        }
        // A path of the command line is of the folder that the person is in.
        let path: PathBuf = std::path::absolute(path).map_err(|error| error.to_string())?;
        Ok(Self::Named(VaultKey::File(path)))
    }
}
