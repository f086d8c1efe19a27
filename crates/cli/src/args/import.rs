//! `daypass import`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use daypass_broker::import::Tool;

use super::Consent;

const FOR_IMPORT: &str = "\
Examples:
  daypass import                              shows the plan, and asks
  daypass import --dry-run
  daypass import --from aws --from leapp
  daypass import --move-keys                  moves access keys out of the files
  daypass import --from saml2aws --file /mnt/old/.saml2aws
  daypass import --yes --no-sign-in           for scripts

Tools: aws (the AWS config and credentials files), aws-vault, leapp,
aws-sso-cli, granted, saml2aws, aws-azure-login, okta-aws-cli and
gimme-aws-creds.";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, after_help = FOR_IMPORT)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) command: Option<ImportCommand>,
    #[command(flatten)]
    pub(crate) options: ImportOptions,
}

#[derive(Subcommand)]
pub(crate) enum ImportCommand {
    /// Undo the last import, except what has changed since
    Undo,
}

#[derive(Args)]
pub(crate) struct ImportOptions {
    /// Only from this tool; repeat for several [default: all that are found]
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: Vec<Tool>,
    /// The tool's file or folder, if it's in an unusual place. Needs one --from TOOL
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<PathBuf>,
    /// Remove access keys from the AWS files once they're in the vault and AWS accepts them
    #[arg(long)]
    pub(crate) move_keys: bool,
    /// Don't change the AWS files
    #[arg(long, conflicts_with = "move_keys")]
    pub(crate) keep_profiles: bool,
    /// Don't sign in afterwards
    #[arg(long)]
    pub(crate) no_sign_in: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}
