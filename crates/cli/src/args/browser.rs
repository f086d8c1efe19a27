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

Your choice is saved in config.toml. The most specific one applies: a role's,
then its account's, its identity's, and then your choice for everything else.";

const FOR_UNSET_BROWSER: &str = "\
Examples:
  daypass browser unset                       back to the system's browser
  daypass browser unset --account shop-prod";

#[derive(Subcommand)]
pub(crate) enum BrowserCommand {
    /// List the browsers on this machine and their profiles
    #[command(alias = "ls")]
    List,
    /// Choose which browser the console and sign-ins open in
    #[command(after_help = FOR_USE_BROWSER)]
    Use(UseBrowser),
    /// Undo your choice of a browser
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
    /// The browser's profile, by the name that the browser shows
    #[arg(long, value_name = "NAME")]
    pub(crate) browser_profile: Option<String>,
    /// Firefox container, by name. {account}, {alias}, {id}, {role} and {identity} stand for a role's own
    #[arg(long, value_name = "NAME")]
    pub(crate) container: Option<ContainerName>,
    /// Open a private window
    #[arg(long)]
    pub(crate) private: bool,
    /// Use a separate browser profile for each account, with its own cookies
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
    /// Only for this role, which must be declared in config.toml
    #[arg(long)]
    pub(crate) role: Option<String>,
}
