//! `daypass serve`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use daypass_core::names::Region;
use daypass_endpoint::{ConsumerName, ListenAt};

use super::shells::{ShellName, USUAL_SHELL};
use super::sign_in::SignInArgs;

pub(crate) const FOR_SERVE: &str = "\
Examples:
  daypass serve dev                           until you press Ctrl-C
  eval \"$(daypass serve dev --detach)\"        in the background, for this shell
  daypass serve dev --name vscode --port 9911 --detach \\
    --token-file ~/.aws/vscode.token
  daypass serve --docker dev                  for containers
  daypass serve --imds dev                    for tools that only support EC2
  daypass serve list
  daypass serve revoke vscode

If a role has the same name as a command, put two dashes before it:
  daypass serve -- list";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Serve {
    #[command(subcommand)]
    pub(crate) command: Option<ServeCommand>,
    #[command(flatten)]
    pub(crate) offer: Offer,
}

#[derive(Args)]
pub(crate) struct Offer {
    /// Roles to serve: ACCOUNT/ROLE, ARN or profile. Each gets its own address and token [default:
    /// choose from a list
    #[arg(value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
    /// Name for the program that uses it, shown in `daypass serve list` [default: the profile]
    #[arg(long)]
    pub(crate) name: Option<ConsumerName>,
    /// Region for the program, instead of the role's own
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Limit it to read access
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Write the token to this file instead of printing it
    #[arg(long, value_name = "FILE", conflicts_with = "imds")]
    pub(crate) token_file: Option<PathBuf>,
    /// Port to serve on [default: a free one]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Address to serve on: loopback, or one that AWS uses for containers [default: 127.0.0.1]
    #[arg(long, conflicts_with = "docker")]
    pub(crate) address: Option<ListenAt>,
    /// Serve one role like the EC2 metadata service (IMDSv2)
    #[arg(long, conflicts_with = "docker")]
    pub(crate) imds: bool,
    /// Serve containers of Docker or Podman, and print how to run them
    #[arg(long, conflicts_with = "token_file")]
    pub(crate) docker: bool,
    /// Serve in the background, even after you close the terminal
    #[arg(long)]
    pub(crate) detach: bool,
    /// Shell to print the variables for
    #[arg(long, value_enum, default_value = USUAL_SHELL)]
    pub(crate) shell: ShellName,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
    /// Be the process in the background that `--detach` starts
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub(crate) in_background: bool,
}

#[derive(Subcommand)]
pub(crate) enum ServeCommand {
    /// List the consumers of `daypass serve` and `daypass exec`
    #[command(alias = "ls")]
    List,
    /// Revoke a consumer. Its token stops working
    Revoke {
        /// Its name in `daypass serve list`
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<ConsumerName>,
        /// End all consumers
        #[arg(long)]
        all: bool,
    },
    /// Give a consumer a new token, in its file if it has one. The old one stops working
    Rotate {
        /// Its name in `daypass serve list`
        name: ConsumerName,
    },
}
