//! `daypass console`

use clap::{Args, Subcommand};
use daypass_core::names::{ConsoleDuration, Region};
use daypass_core::settings::{BrowserName, ConsoleSignIn};

use super::browser::BrowserWay;
use super::sign_in::SignInArgs;

pub(crate) const FOR_CONSOLE: &str = "\
Examples:
  daypass console dev --service s3 --region eu-central-1
  daypass console dev --to '/lambda/home#/functions'
  daypass console arn:aws:lambda:eu-west-1:111122223333:function:orders
  daypass console dev --duration 8h --log-out-first
  daypass console services queue              services that match

If a role is named services, put two dashes before it:
  daypass console -- services";

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Console {
    #[command(subcommand)]
    pub(crate) command: Option<ConsoleCommand>,
    #[command(flatten)]
    pub(crate) open: OpenConsole,
}

#[derive(Subcommand)]
pub(crate) enum ConsoleCommand {
    /// List the services that --service knows
    Services {
        /// Part of a service's id, name or alias [default: all]
        word: Option<String>,
    },
}

#[derive(Args)]
pub(crate) struct OpenConsole {
    /// Role to open the console as: ACCOUNT/ROLE, part of it, profile or ARN. Or a resource's ARN or a page of the
    /// console, in an account that one of your roles can reach [default: choose from a list]
    pub(crate) role: Option<String>,
    /// Print the URL instead of opening it. The URL is a secret: for 15 minutes, it signs in anyone who opens it
    #[arg(long)]
    pub(crate) print: bool,
    /// Service to open, e.g. s3 [default: the console's home page]
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// Page to open: an address copied from the console, the path after its host, or a resource's ARN
    #[arg(long, value_name = "PAGE", conflicts_with = "service")]
    pub(crate) to: Option<String>,
    /// Region to open the console in [default: the page's, otherwise the role's]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// How long the console stays signed in, 15m to 12h [default: the full lifetime of the role's credentials]
    #[arg(long)]
    pub(crate) duration: Option<ConsoleDuration>,
    /// Log the browser out of the console first. Otherwise AWS refuses a second role in the same browser, unless you
    /// turned on AWS's multi-session support there
    #[arg(long)]
    pub(crate) log_out_first: bool,
    /// What to sign in with: the role's credentials, or a SAML identity's assertion [default: federation, or what
    /// config.toml says]
    #[arg(long = "sign-in", value_name = "federation|assertion")]
    pub(crate) with: Option<ConsoleSignIn>,
    /// Browser to open it in, as `daypass browser list` names it [default: what `daypass browser use` chose]
    #[arg(long, conflicts_with = "print")]
    pub(crate) browser: Option<BrowserName>,
    #[command(flatten)]
    pub(crate) way: BrowserWay,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}
