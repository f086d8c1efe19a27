//! `daypass export` and `daypass restore`.

use std::path::PathBuf;

use clap::Args;

use super::Consent;

pub(super) const FOR_EXPORT: &str = "\
Examples:
  daypass export > config.toml
  daypass export --with-secrets --output daypass.age
  pass show backup | daypass export --with-secrets --output daypass.age

Secrets are the access keys, client secrets, passwords and MFA secrets that you
entered. The file is encrypted with a passphrase, and `age -d daypass.age` opens
it too. Sign-ins and sessions aren't exported: you sign in again.";

pub(super) const FOR_RESTORE: &str = "\
Examples:
  daypass restore daypass.age                 shows what would change, and asks
  daypass restore config.toml --dry-run
  daypass restore daypass.age --replace --yes

Daypass keeps what you already have. With --replace, the file's version replaces
it. Files that change are backed up. The setting vault.key isn't restored: it
belongs to the machine.";

#[derive(Args)]
pub(crate) struct Export {
    /// Include the secrets that you entered, encrypted with a passphrase
    #[arg(long)]
    pub(crate) with_secrets: bool,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "output")]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// File that `daypass export` wrote, or a config.toml. "-" reads standard input
    pub(crate) file: PathBuf,
    /// Replace what you have with what differs in the file
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}
