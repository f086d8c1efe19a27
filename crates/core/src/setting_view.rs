//! A setting of `config.toml` as the window's form, `daypass config` and the docs show it.

use serde::Serialize;
use ts_rs::TS;

/// A setting: what it is about, what can be written, and what is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SettingView {
    /// Its name within `[settings]`, such as `vault.key`.
    pub name: &'static str,
    /// What it belongs to.
    pub section: SettingSection,
    /// What it is called.
    pub label: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What can be written.
    pub form: SettingForm,
    /// What is in force. `None` if there is nothing and no default.
    pub value: Option<String>,
    /// What is in force while the file says nothing.
    pub default: Option<String>,
    /// Whether the file says something.
    pub is_set: bool,
    /// How the organization's policy limits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limited: Option<String>,
    /// The words that the policy allows, where it allows only some of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub allowed: Option<Vec<&'static str>>,
}

/// What a setting belongs to. The order is that of the window and the docs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum SettingSection {
    /// How Daypass looks and starts.
    General,
    /// What Daypass tells the person, and when.
    Notifications,
    /// The window's keys.
    Shortcuts,
    /// The AWS console and the browsers that it opens in.
    Console,
    /// Regions and the endpoints in them.
    Regions,
    /// Proxies and certificates.
    Network,
    /// How credentials reach tools.
    Delivery,
    /// The vault's key, and when the vault is locked.
    Vault,
    /// The audit log.
    Audit,
}

impl SettingSection {
    /// All of them, in their order.
    pub const ALL: [Self; 9] = [
        Self::General,
        Self::Notifications,
        Self::Shortcuts,
        Self::Console,
        Self::Regions,
        Self::Network,
        Self::Delivery,
        Self::Vault,
        Self::Audit,
    ];

    /// What it is called in the docs.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::General => "General",
            Self::Notifications => "Notifications",
            Self::Shortcuts => "Shortcuts",
            Self::Console => "Browsers and console",
            Self::Regions => "Regions",
            Self::Network => "Network",
            Self::Delivery => "Delivery and profiles",
            Self::Vault => "Vault",
            Self::Audit => "Audit log",
        }
    }
}

/// What can be written as a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[ts(export)]
pub enum SettingForm {
    /// `true` or `false`.
    Switch,
    /// One of a few words.
    Choice {
        /// These.
        choices: &'static [SettingChoice],
        /// A text that can stand there instead, as an example.
        other: Option<&'static str>,
    },
    /// Any text that the setting understands.
    Text {
        /// One that could be written.
        example: &'static str,
    },
    /// Several texts. On the command line they have commas between them.
    List {
        /// One that could be written.
        example: &'static str,
    },
    /// Several texts, which may have commas in them. On the command line they have blanks between them.
    Words {
        /// One that could be written.
        example: &'static str,
    },
    /// A number with its unit, such as `15m`.
    Amount {
        /// The unit, or the units that are understood.
        unit: AmountUnit,
        /// The least.
        least: &'static str,
        /// The most.
        most: &'static str,
        /// One that could be written.
        example: &'static str,
    },
    /// An AWS region.
    Region,
    /// AWS regions, the first one first.
    Regions,
    /// A browser of this machine.
    Browser,
    /// A profile of that browser.
    BrowserProfile,
    /// The keys of a shortcut.
    Keys,
}

/// What an amount counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum AmountUnit {
    /// `s`, `m`, `h`, and `d` for a time that can be as long.
    Time,
    /// `d`.
    Days,
    /// `kB`, `MB`, `GB`.
    Bytes,
    /// `%`.
    Percent,
}

/// A word that a setting can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SettingChoice {
    /// As in `config.toml`.
    pub value: &'static str,
    /// What it is called.
    pub label: &'static str,
}

/// A browser of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BrowserView {
    /// As in `config.toml`.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What it calls its profiles.
    pub profiles: Vec<String>,
}

impl SettingForm {
    /// What can be written, as a phrase for the docs.
    #[must_use]
    pub fn words(self) -> String {
        let example = |example: &str| format!("such as `{example}`");
        match self {
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Choice { choices, other } => {
                let mut words: Vec<String> = choices.iter().map(|choice| format!("`{}`", choice.value)).collect();
                words.extend(other.map(example));
                words.join(", ")
            }
            Self::Text { example: one } => example(one),
            Self::List { example: one } | Self::Words { example: one } => format!("a list, such as `[\"{one}\"]`"),
            Self::Amount { least, most, example: one, .. } => format!("`{least}` to `{most}`, such as `{one}`"),
            Self::Region => "a region, such as `eu-central-1`".to_owned(),
            Self::Regions => "a list of regions, such as `[\"eu-west-1\"]`".to_owned(),
            Self::Browser => "a browser, such as `firefox`".to_owned(),
            Self::BrowserProfile => "a profile's name, such as `Work`".to_owned(),
            Self::Keys => "keys, such as `Ctrl+K`, or `\"\"` for off".to_owned(),
        }
    }
}
