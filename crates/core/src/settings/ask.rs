//! When Daypass asks the person before a program gets a role's credentials.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `ask` of a role and of an account, and `ask.production` of `[settings]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum AskWhen {
    /// Programs get the credentials. Who takes them is written down.
    #[default]
    Never,
    /// Once for each program, until the person takes the answer back.
    FirstUse,
    /// Once for each program in each session of the role.
    PerSession,
    /// Each time that a program runs.
    Always,
}

impl AskWhen {
    /// The words of `config.toml`.
    pub const WORDS: [&'static str; 4] = ["never", "first-use", "per-session", "always"];
}

impl fmt::Display for AskWhen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "never",
            Self::FirstUse => "first-use",
            Self::PerSession => "per-session",
            Self::Always => "always",
        })
    }
}

impl FromStr for AskWhen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Never),
            "first-use" => Ok(Self::FirstUse),
            "per-session" => Ok(Self::PerSession),
            "always" => Ok(Self::Always),
            _ => Err(format!("Daypass asks {}", Self::WORDS.join(", "))),
        }
    }
}

/// What `[settings.ask]` of `config.toml` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AskSettings {
    /// For roles of production accounts, where role and account say nothing.
    pub production: AskWhen,
}
