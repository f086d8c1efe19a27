//! `daypass browser`

use clap::{Args, Subcommand};
use daypass_core::names::IdentityName;
use daypass_core::settings::{BrowserName, ConsoleSettings, ContainerName};

const FOR_USE_BROWSER: &str = "\
Examples:
  daypass browser use firefox --browser-profile Work
  daypass browser use chromium --account shop-prod --private
  daypass browser use firefox --isolated      a profile for each account
  daypass browser use firefox --container '{account}' --identity work

What you choose is in config.toml. The nearest one counts: a role's, then its
account's, its identity's, and what you chose for everything else.";

const FOR_UNSET_BROWSER: &str = "\
Examples:
  daypass browser unset                       the system's browser again
  daypass browser unset --account shop-prod";

#[derive(Subcommand)]
pub(crate) enum BrowserCommand {
    /// List the browsers on this machine and their profiles
    #[command(alias = "ls")]
    List,
    /// Choose in which browser the console and sign-ins open
    #[command(after_help = FOR_USE_BROWSER)]
    Use(UseBrowser),
    /// Take a choice of a browser back
    #[command(after_help = FOR_UNSET_BROWSER)]
    Unset {
        #[command(flatten)]
        level: Level,
    },
}

#[derive(Args)]
pub(crate) struct UseBrowser {
    /// Browser, as `daypass browser list` names it
    pub(crate) browser: BrowserName,
    #[command(flatten)]
    pub(crate) way: BrowserWay,
    #[command(flatten)]
    pub(crate) level: Level,
}

#[derive(Args)]
pub(crate) struct BrowserWay {
    /// Profile of the browser, by the name that it shows
    #[arg(long, value_name = "NAME")]
    pub(crate) browser_profile: Option<String>,
    /// Firefox container, by name. {account}, {alias}, {id}, {role} and {identity} stand for a role's own
    #[arg(long, value_name = "NAME")]
    pub(crate) container: Option<ContainerName>,
    /// Open a private window
    #[arg(long)]
    pub(crate) private: bool,
    /// Open a browser profile that Daypass keeps for each account, with cookies of its own
    #[arg(long)]
    pub(crate) isolated: bool,
}

impl BrowserWay {
    /// As `config.toml` has it.
    pub(crate) fn settings(self, browser: Option<BrowserName>) -> ConsoleSettings {
        let Self { browser_profile, container, private, isolated } = self;
        let on = |switch: bool| switch.then_some(true);
        ConsoleSettings {
            browser,
            browser_profile,
            container,
            private: on(private),
            isolated: on(isolated),
            ..ConsoleSettings::default()
        }
    }
}

/// For what a choice is.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Level {
    /// Only for roles of this account: its ID, alias or name
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Only for the sign-ins and roles of this identity
    #[arg(long)]
    pub(crate) identity: Option<IdentityName>,
    /// Only for this role, which has to be declared in config.toml
    #[arg(long)]
    pub(crate) role: Option<String>,
}
