//! `daypass profiles`

use clap::{Args, Subcommand};
use daypass_broker::generated::{NamePattern, RolePattern};
use daypass_core::names::IdentityName;
use daypass_core::profile_template::ProfileTemplate;
use daypass_core::settings::OutputFormat;

const FOR_SYNC: &str = "\
Examples:
  daypass profiles sync                       shows what would change, and asks
  daypass profiles sync --dry-run
  daypass profiles sync 'shop-*/ReadOnly' --name '{alias}-{role}'
  daypass profiles sync --identity work --yes

In a template, {account} is the account's name, {alias} its alias, {id} its 12
digits, {role} the role's name and {identity} the identity. After a name, |lower
and |upper change its case, and |- |_ |. replace everything that isn't a letter
or a digit with that character.";

#[derive(Subcommand)]
pub(crate) enum ProfilesCommand {
    /// Write a profile for each role, and remove profiles whose role is gone
    #[command(after_help = FOR_SYNC)]
    Sync(Box<SyncProfiles>),
    /// List the profiles that Daypass generated
    #[command(alias = "ls")]
    List,
    /// Remove profiles that Daypass generated
    #[command(alias = "rm")]
    Remove(RemoveProfiles),
    /// Restore the AWS config file to what it was before the last sync or removal
    Undo,
}

#[derive(Args)]
pub(crate) struct SyncProfiles {
    /// Only these roles: ACCOUNT or ACCOUNT/ROLE, with * for anything [default: all]
    #[arg(value_name = "PATTERN")]
    pub(crate) patterns: Vec<RolePattern>,
    /// Only the roles of this identity
    #[arg(long)]
    pub(crate) identity: Option<IdentityName>,
    /// Template for profile names [default: the setting profiles.name, {account}-{role}]
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name: Option<ProfileTemplate>,
    /// The AWS CLI's output format [default: the setting profiles.output]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Args)]
pub(crate) struct RemoveProfiles {
    /// Names of the profiles, with * for anything
    #[arg(value_name = "PROFILE", required_unless_present = "all", conflicts_with = "all")]
    pub(crate) names: Vec<NamePattern>,
    /// Remove all of them
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Args)]
pub(crate) struct Consent {
    /// Show what would change, without changing anything
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Make the changes without asking for confirmation
    #[arg(long, short)]
    pub(crate) yes: bool,
}
