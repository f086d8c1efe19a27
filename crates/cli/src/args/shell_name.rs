//! The shells that Daypass writes statements for.

use clap::ValueEnum;
use daypass_deliver::env::Shell;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ShellName {
    Sh,
    Fish,
    Powershell,
    Json,
}

impl From<ShellName> for Shell {
    fn from(name: ShellName) -> Self {
        match name {
            ShellName::Sh => Self::Sh,
            ShellName::Fish => Self::Fish,
            ShellName::Powershell => Self::PowerShell,
            ShellName::Json => Self::Json,
        }
    }
}
