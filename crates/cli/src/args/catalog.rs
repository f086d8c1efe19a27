//! `daypass catalog`

use clap::{Args, Subcommand};
use daypass_core::names::CatalogName;
use daypass_core::settings::{CatalogFrom, CatalogSettings};

const FOR_ADD: &str = "\
Examples:
  daypass catalog add acme https://intranet.acme.example/aws/catalog.toml
  daypass catalog add acme ~/src/aws-catalog/daypass.toml
  daypass catalog add acme git:~/src/aws-catalog:team/daypass.toml
  daypass catalog add acme https://acme.example/c.toml --key RWQf6L...

A shared catalog contains a team's identities, roles and accounts. Your own
config.toml takes precedence. Changes to where you sign in or to account names
don't take effect until you accept them.";

const FOR_ACCEPT: &str = "\
Examples:
  daypass catalog accept acme
  daypass catalog accept acme --trust-key      don't ask again for what it signs
  daypass catalog accept acme --yes            without asking

It shows what would change and asks once.";

const FOR_REFRESH: &str = "\
Examples:
  daypass catalog refresh
  daypass catalog refresh acme

An agent does this every hour.";

#[derive(Subcommand)]
pub(crate) enum CatalogCommand {
    /// Add a shared catalog from a file, an https address or a git checkout
    #[command(after_help = FOR_ADD)]
    Add(AddCatalogArgs),
    /// List shared catalogs
    #[command(alias = "ls")]
    List,
    /// Show a catalog, and the changes waiting for you to accept
    Show {
        /// Name of the catalog
        name: CatalogName,
    },
    /// Check for a new version now
    #[command(after_help = FOR_REFRESH)]
    Refresh {
        /// Name of the catalog [default: all]
        name: Option<CatalogName>,
    },
    /// Accept a catalog's pending changes
    #[command(after_help = FOR_ACCEPT)]
    Accept {
        /// Name of the catalog
        name: CatalogName,
        /// From now on, accept everything that the catalog's key signs
        #[arg(long)]
        trust_key: bool,
        /// Accept without asking for confirmation
        #[arg(long, short)]
        yes: bool,
    },
    /// Remove a catalog. The sessions of its identities end
    #[command(alias = "rm")]
    Remove {
        /// Name of the catalog
        name: CatalogName,
        /// Remove without asking for confirmation
        #[arg(long, short)]
        yes: bool,
    },
}

#[derive(Args)]
pub(crate) struct AddCatalogArgs {
    /// What you call it
    pub(crate) name: CatalogName,
    /// Its location: /path/file.toml, https://HOST/PATH or git:/CHECKOUT:PATH
    #[arg(value_name = "FROM", value_parser = from)]
    from: CatalogFrom,
    /// Public key that must have signed it: a minisign key or "ssh-ed25519 AAAA..."; repeat for several
    #[arg(long = "key", value_name = "KEY")]
    key: Vec<String>,
}

impl AddCatalogArgs {
    pub(crate) fn into_parts(self) -> (CatalogName, CatalogSettings) {
        (self.name, CatalogSettings { from: self.from, key: self.key })
    }
}

/// A path may begin with the home, which the shell replaces already, or be relative to this folder.
fn from(text: &str) -> Result<CatalogFrom, String> {
    let is_path = !text.contains("://") && !text.starts_with("git:") && !text.starts_with('~');
    match std::path::absolute(text) {
        Ok(path) if is_path && !text.is_empty() => Ok(CatalogFrom::File(path)),
        _ => text.parse(),
    }
}
