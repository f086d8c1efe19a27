//! `daypass lease`, `daypass elevate`, `daypass fall-back`

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use daypass_core::names::{LeastDuration, ProfileName, Region};

use super::sign_in::SignInArgs;

pub(crate) const FOR_LEASE: &str = "\
Examples:
  daypass lease dev --for 30m --read-only -- claude
  daypass lease shop-prod/Deploy --for 1h --policy deploy.json -- ./deploy.sh
  daypass lease dev --for 2h --to /usr/bin/terraform -- make plan
  daypass lease list
  daypass lease end lease-claude

The program and everything it starts get this session, and nothing else, from
Daypass. When the time is up, they can't get new credentials. Keys that they
already have work until they expire, at least 15 minutes after AWS issued them.
If a role has the same name as a command, put two dashes before it.";

pub(crate) const FOR_ELEVATE: &str = "\
Examples:
  daypass elevate shop-prod --for 15m --why OPS-311
  daypass elevate shop-prod/Deploy --for 1h --why hotfix
  daypass fall-back shop-prod                 before the time is up

The session becomes read-only again when the time is up, when the screen is
locked and when the machine sleeps. The reason is in the audit log and, if
the role accepts session tags, in CloudTrail.";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(
    override_usage = "daypass lease [OPTIONS] --for <TIME> [ROLE] -- <PROGRAM>...\n       daypass lease <COMMAND>"
)]
pub(crate) struct Lease {
    #[command(subcommand)]
    pub(crate) command: Option<LeaseCommand>,
    #[command(flatten)]
    pub(crate) begin: BeginLeaseArgs,
}

#[derive(Args)]
pub(crate) struct BeginLeaseArgs {
    /// Role to use: ACCOUNT/ROLE, part of it, profile or ARN [default: choose from a list]
    pub(crate) role: Option<String>,
    /// How long it lasts, e.g. 30m, 2h or 1d
    #[arg(long = "for", value_name = "TIME", required = true)]
    pub(crate) lasts: Option<LeastDuration>,
    /// Limit it to read access
    #[arg(long, conflicts_with = "policy")]
    pub(crate) read_only: bool,
    /// Limit it by a session policy: a JSON file of 2,048 characters at most
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Give credentials only to this program, and to what it starts
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) to: Option<PathBuf>,
    /// Its purpose, shown in lists, the audit log and CloudTrail [default: the program's name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// Region for it [default: the role's own]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    /// Program to run, and its arguments. Without a ROLE, write `--` before them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    pub(crate) program: Vec<OsString>,
}

impl Lease {
    /// As it was meant, where nothing stands before the `--`: what clap took for the role is the program.
    pub(crate) fn without_role(&mut self) {
        if let Some(program) = self.begin.role.take() {
            self.begin.program.insert(0, program.into());
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum LeaseCommand {
    /// List the leases that are still running
    #[command(alias = "ls")]
    List,
    /// End a lease early. Its program can't get new credentials
    End {
        /// Its name in `daypass lease list`
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<ProfileName>,
        /// End all leases
        #[arg(long)]
        all: bool,
    },
}

#[derive(Args)]
pub(crate) struct ElevateArgs {
    /// Profile of the session, or its role: ACCOUNT/ROLE
    #[arg(value_name = "PROFILE")]
    pub(crate) session: String,
    /// For how long, e.g. 15m or 1h
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) lasts: LeastDuration,
    /// The reason, for the audit log and CloudTrail
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: String,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}
