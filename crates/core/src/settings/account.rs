//! What a person configures for an account.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AskWhen, DeliverySetting};
use crate::names::{AccountAlias, AccountName, FolderName, Region};

/// An `[account.ID]` of `config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// What it is called, instead of what AWS calls it.
    pub name: Option<AccountName>,
    /// A short name for typing. No other account has it.
    pub alias: Option<AccountAlias>,
    /// What it is marked with.
    pub colour: Option<AccountColour>,
    /// Whether mistakes in it hurt.
    pub production: bool,
    /// Region for the profiles of its roles, where the role names none.
    pub region: Option<Region>,
    /// How sessions of its roles are delivered, where the role doesn't say.
    pub delivery: Option<DeliverySetting>,
    /// The folder that it is listed in.
    pub folder: Option<FolderName>,
    /// When the person is asked before a program gets credentials of its roles, where the role doesn't say.
    pub ask: Option<AskWhen>,
}

/// A key of an `[account.ID]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum AccountField {
    Name,
    Alias,
    Colour,
    Production,
    Region,
    Delivery,
    Folder,
    Ask,
}

impl AccountField {
    /// All of them, in the order in which they are written.
    pub const ALL: [Self; 8] = [
        Self::Name,
        Self::Alias,
        Self::Colour,
        Self::Production,
        Self::Region,
        Self::Delivery,
        Self::Folder,
        Self::Ask,
    ];

    /// As it is called in `config.toml`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Alias => "alias",
            Self::Colour => "colour",
            Self::Production => "production",
            Self::Region => "region",
            Self::Delivery => "delivery",
            Self::Folder => "folder",
            Self::Ask => "ask",
        }
    }
}

macro_rules! colours {
    ($($variant:ident = $word:literal,)*) => {
        /// What an account is marked with: one of the colours that a Firefox container can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "kebab-case")]
        #[ts(export)]
        #[allow(missing_docs)]
        pub enum AccountColour {
            $($variant,)*
        }

        impl AccountColour {
            /// The words of `colour` in `config.toml`.
            pub const WORDS: &'static [&'static str] = &[$($word),*];
        }

        impl fmt::Display for AccountColour {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $word,)* })
            }
        }

        impl FromStr for AccountColour {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(format!("an account's colour is one of {}", Self::WORDS.join(", "))),
                }
            }
        }
    };
}

colours! {
    Blue = "blue",
    Turquoise = "turquoise",
    Green = "green",
    Yellow = "yellow",
    Orange = "orange",
    Red = "red",
    Pink = "pink",
    Purple = "purple",
}
