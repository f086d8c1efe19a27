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
  daypass serve --imds dev                    for tools that only know EC2
  daypass serve list
  daypass serve revoke vscode

A role that is called like one of the commands comes after two dashes:
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
    /// Roles to serve: ACCOUNT/ROLE, ARN or profile. Each has an address and a token of its own. Without one, you
    /// choose from a list
    #[arg(value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
    /// What the program that uses it is called in `daypass serve list` [default: the profile]
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
    /// Port to serve at [default: a free one]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Address to serve at: loopback, or one of those where AWS serves containers [default: 127.0.0.1]
    #[arg(long, conflicts_with = "docker")]
    pub(crate) address: Option<ListenAt>,
    /// Serve one role as the EC2 metadata service does (IMDSv2)
    #[arg(long, conflicts_with = "docker")]
    pub(crate) imds: bool,
    /// Serve containers of Docker or Podman, and print how to run them
    #[arg(long, conflicts_with = "token_file")]
    pub(crate) docker: bool,
    /// Serve in the background, also after the terminal is closed
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
    /// List who is served: by `daypass serve` and by `daypass exec`
    #[command(alias = "ls")]
    List,
    /// End a consumer. Its token is refused from now on
    Revoke {
        /// Its name in `daypass serve list`
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        name: Option<ConsumerName>,
        /// End all consumers
        #[arg(long)]
        all: bool,
    },
    /// Give a consumer a new token, in its file if it has one. The old one is refused from now on
    Rotate {
        /// Its name in `daypass serve list`
        name: ConsumerName,
    },
}
