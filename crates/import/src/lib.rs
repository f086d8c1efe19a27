//! Reads what other tools for AWS have on this machine, in Daypass's words. It only reads: what becomes of it is the
//! broker's plan, which asks the person first.
//!
//! # To add a tool
//!
//! 1. A variant of [`Tool`], with its id and its name. The compiler names the rest.
//! 2. A module `NAME.rs` (or a folder) with `pub(crate) fn read(machine: &Machine) -> Option<Found>`, and its line in
//!    [`read`]. `None` says that the tool was never used here. It finds its files below [`Machine::home`],
//!    [`Machine::config_home`] and so on, and reads each with [`Machine::read`], which bounds it. A file that can't be
//!    read or understood is a [`Remark`], never an error: what the other files say still counts.
//! 3. What the tool knows becomes [`FoundIdentity`], [`FoundRole`], [`FoundUser`] and [`FoundAccount`]; what Daypass
//!    doesn't support becomes a [`Remark`] that says what it was, why it can't be kept, and what to do instead. Propose
//!    names with [`names::identity`]: the plan makes them unique, and knows which identities of several tools are the
//!    same. `Found` needn't.
//! 4. A secret that the files hold in a readable form is [`Secret::Held`]. One that only the person or a keyring has is
//!    [`Secret::Ask`].
//! 5. Fixtures: `fixtures/TOOL/CASE/home/…` with made-up values, `variables` beside `home` where the environment counts
//!    (`NAME=VALUE` lines), and `expected.txt`, which `BLESS=1` writes (see `tests/fixtures/main.rs`).
//!
//! Files of other tools are foreign input. They may be huge, broken, or made by another user of the machine: don't
//! recurse without a bound, don't index, and show their words only through `daypass_core::text`.

mod aws;
mod aws_azure_login;
mod aws_sso_cli;
mod aws_vault;
mod found;
mod gimme_aws_creds;
mod granted;
mod ini;
mod leapp;
mod machine;
mod merge;
pub mod names;
mod okta_aws_cli;
mod parts;
mod profiles;
mod same;
mod saml2aws;
mod system_keyring;
mod yaml;

use secrecy::SecretString;

pub use found::{
    Found, FoundAccount, FoundIdentity, FoundRole, FoundSecret, FoundUser, Held, Origin, Remark, Sealed, Secret,
    TakeOut, Tool,
};
pub use machine::{FileText, Keyring, KeyringItem, LONGEST, Machine, NoKeyring};
pub use merge::{Merged, MergedIdentity, MergedRole, MergedUser, NamedProfile, Stored};

pub use system_keyring::SystemKeyring;

/// What one tool says. `None` if it was never used here.
#[must_use]
pub fn read(tool: Tool, machine: &Machine) -> Option<Found> {
    match tool {
        Tool::Aws | Tool::AwsVault => aws::read(tool, machine),
        Tool::Leapp => leapp::read(machine),
        Tool::AwsSsoCli => aws_sso_cli::read(machine),
        Tool::Granted => granted::read(machine),
        Tool::Saml2aws => saml2aws::read(machine),
        Tool::AwsAzureLogin => aws_azure_login::read(machine),
        Tool::OktaAwsCli => okta_aws_cli::read(machine),
        Tool::GimmeAwsCreds => gimme_aws_creds::read(machine),
    }
}

/// A field of the identity whose secrets are in a sealed file.
///
/// # Errors
///
/// Why the passphrase doesn't open the file, as a sentence without its full stop.
pub fn unseal(
    sealed: &Sealed,
    field: &str,
    passphrase: &SecretString,
    machine: &Machine,
) -> Result<SecretString, String> {
    match sealed.tool {
        Tool::AwsVault => aws_vault::unseal(&sealed.file, field, passphrase, machine),
        other => Err(format!("{} doesn't have files that a passphrase opens", other.name())),
    }
}
