//! `daypass shell`, `use`, `unuse`, `init` and `prompt`, and which shells there are.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use daypass_core::names::{ProfileName, Region};
use daypass_deliver::env::Shell;

use super::exec::ProgramTerms;
use super::sign_in::SignInArgs;

pub(crate) const FOR_SHELL: &str = "\
Examples:
  daypass shell dev
  daypass shell dev --at-least 8h
  daypass shell dev --shell fish

The shell gets its credentials from an endpoint on loopback, as with
`daypass exec`. It reads your own start files. Type exit to leave it.";

pub(crate) const FOR_USE: &str = "\
Examples:
  daypass use dev
  daypass use 123456789012/ReadOnly --profile audit
  daypass unuse

`daypass use` needs a function in your shell, once. In ~/.bashrc:
  eval \"$(daypass init bash)\"";

pub(crate) const FOR_UNUSE: &str = "\
Example:
  daypass unuse";

pub(crate) const FOR_INIT: &str = "\
Examples:
  eval \"$(daypass init bash)\"                 in ~/.bashrc
  eval \"$(daypass init zsh)\"                  in ~/.zshrc
  daypass init fish | source                   in ~/.config/fish/config.fish
  daypass init powershell | Out-String | iex   in $PROFILE";

pub(crate) const FOR_PROMPT: &str = "\
Examples:
  daypass prompt
  daypass prompt --format '{account}/{role}'

Prints nothing if the shell doesn't use a session. The names are: profile,
account, role, identity, region, state, remaining, seconds and until.";

#[derive(Args)]
pub(crate) struct Subshell {
    /// Role to use: ACCOUNT/ROLE, ARN or profile [default: choose from a list]
    pub(crate) role: Option<String>,
    /// Shell to start [default: SHELL, or ComSpec on Windows]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) shell: Option<PathBuf>,
    /// Don't change the prompt
    #[arg(long)]
    pub(crate) no_mark: bool,
    #[command(flatten)]
    pub(crate) terms: ProgramTerms,
}

#[derive(Args)]
pub(crate) struct Use {
    /// Role to use in this shell: ACCOUNT/ROLE, ARN or profile [default: choose from a list]
    pub(crate) role: Option<String>,
    /// Stop using it. Same as `daypass unuse`
    #[arg(long, conflicts_with_all = ["role", "profile", "region", "read_only"])]
    pub(crate) clear: bool,
    /// Profile to write [default: the role's own]
    #[arg(long)]
    pub(crate) profile: Option<ProfileName>,
    /// Region for the profile and the shell [default: the role's, or its identity's]
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// Limit the session to read access (adds the AWS managed policy ReadOnlyAccess)
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Allow it inside `daypass exec` or `daypass shell`. This shell then loses their credentials
    #[arg(long)]
    pub(crate) nested: bool,
    #[command(flatten)]
    pub(crate) caller: CallingShell,
    #[command(flatten)]
    pub(crate) sign_in: SignInArgs,
}

/// The shell that evaluates the output. Its function says so.
#[derive(Args)]
pub(crate) struct CallingShell {
    #[arg(long, value_enum, hide = true)]
    pub(crate) shell: Option<FunctionShell>,
}

/// The shells that `daypass init` has a function for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FunctionShell {
    Bash,
    Zsh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
}

impl From<FunctionShell> for ShellName {
    fn from(shell: FunctionShell) -> Self {
        match shell {
            FunctionShell::Bash | FunctionShell::Zsh => Self::Sh,
            FunctionShell::Fish => Self::Fish,
            FunctionShell::Powershell => Self::Powershell,
        }
    }
}

/// What variables are for unless the person says otherwise.
pub(crate) const USUAL_SHELL: &str = if cfg!(windows) { "powershell" } else { "sh" };

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShellName {
    #[value(alias = "bash", alias = "zsh")]
    Sh,
    Fish,
    #[value(alias = "pwsh")]
    Powershell,
    Cmd,
    #[value(alias = "nushell")]
    Nu,
    Dotenv,
    Json,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Sh => Self::Sh,
            ShellName::Fish => Self::Fish,
            ShellName::Powershell => Self::PowerShell,
            ShellName::Cmd => Self::Cmd,
            ShellName::Nu => Self::Nu,
            ShellName::Dotenv => Self::Dotenv,
            ShellName::Json => Self::Json,
        }
    }
}
