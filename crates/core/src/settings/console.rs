//! How the AWS console is opened, and in which browser.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::AccountColour;
use crate::names::{AccountId, ConsoleDuration, IdentityName, Target};
use crate::profile_template::NameParts;
use crate::template::Template;

/// What `[settings.console]` says, and the `console` table of an identity, an account or a role.
///
/// A `config.toml` may be shared, so it chooses among the browsers that are found on the machine, and names no program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleSettings {
    /// How long it stays signed in, where AWS lets that be chosen. As long as the role's credentials without.
    pub duration: Option<ConsoleDuration>,
    /// Logs the browser out of the console first, which else refuses a second role. It ends the role before.
    pub log_out_first: Option<bool>,
    /// What the browser is signed in with.
    pub sign_in: Option<ConsoleSignIn>,
    /// Which browser. The system's own without.
    pub browser: Option<BrowserName>,
    /// The browser's profile, by the name that the browser shows.
    pub browser_profile: Option<String>,
    /// The name of the Firefox container.
    pub container: Option<ContainerName>,
    /// A private window.
    pub private: Option<bool>,
    /// A profile of Daypass's own for each account.
    pub isolated: Option<bool>,
}

/// What the console is signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleSignIn {
    /// The role's credentials, at the federation endpoint.
    Federation,
    /// A new assertion of the SAML provider, which the browser posts to AWS.
    Assertion,
}

impl fmt::Display for ConsoleSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Federation => "federation",
            Self::Assertion => "assertion",
        })
    }
}

impl FromStr for ConsoleSignIn {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "federation" => Ok(Self::Federation),
            "assertion" => Ok(Self::Assertion),
            _ => Err("the console is signed in to by federation or assertion"),
        }
    }
}

/// Where a browser opens pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenIn {
    /// Which browser. The system's own without.
    pub browser: Option<BrowserName>,
    /// Which of its profiles. The one that it opens by itself without.
    pub profile: Option<String>,
    /// The container, with its name filled in.
    pub container: Option<String>,
    /// A private window.
    pub private: bool,
    /// A profile of Daypass's own.
    pub own: Option<OwnProfile>,
}

/// A profile of Daypass's own, made when it is first used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnProfile {
    /// Its folder's name: the account's digits, or what tells an identity's sign-ins apart.
    pub key: String,
    /// What it is called in the browser.
    pub label: String,
    /// What it is marked with.
    pub colour: Option<AccountColour>,
}

impl OpenIn {
    /// Whether the system's browser opens the page as it opens every other.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A browser by the word for it in `config.toml`: `firefox`, or `firefox-flatpak` for that package of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BrowserName {
    /// Which one.
    pub kind: BrowserKind,
    /// How it was installed; any way without.
    pub package: Option<BrowserPackage>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($variant:ident = $word:literal,)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum $name {
            $($variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// A browser.
    BrowserKind:
    Firefox = "firefox",
    Chrome = "chrome",
    Chromium = "chromium",
    Edge = "edge",
    Brave = "brave",
    Vivaldi = "vivaldi",
    Safari = "safari",
    Arc = "arc",
}

words! {
    /// How a browser was installed on Linux, where that decides about its files.
    BrowserPackage:
    Native = "native",
    Snap = "snap",
    Flatpak = "flatpak",
}

impl FromStr for BrowserName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, package) = text.split_once('-').map_or((text, None), |(word, package)| (word, Some(package)));
        let kind = BrowserKind::ALL.iter().find(|kind| kind.word() == word);
        let package = package.map(|word| BrowserPackage::ALL.iter().find(|package| package.word() == word).ok_or(word));
        match (kind, package.transpose()) {
            (Some(kind), Ok(package)) => Ok(Self { kind: *kind, package: package.copied() }),
            _ => {
                let known: Vec<&str> = BrowserKind::ALL.iter().map(|kind| kind.word()).collect();
                Err(format!(
                    "browser {text:?} isn't known, expected one of {}, also with -snap or -flatpak after it. \
                     `daypass browser list` shows those that are here",
                    known.join(", ")
                ))
            }
        }
    }
}

impl fmt::Display for BrowserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        match self.package {
            Some(package) => write!(f, "-{}", package.word()),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for BrowserName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<BrowserName> for String {
    fn from(name: BrowserName) -> Self {
        name.to_string()
    }
}

/// The name of a container, with what differs from role to role in braces: `{account}`, `{alias}`, `{id}`, `{role}` and
/// `{identity}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerName(String);

impl ContainerName {
    const NAMES: [&str; 5] = ["account", "alias", "id", "role", "identity"];

    /// Its name for a role, or `None` for a sign-in (without `of`) where it differs from role to role.
    #[must_use]
    pub fn of(&self, identity: &IdentityName, of: Option<&NameParts<'_>>) -> Option<String> {
        let template = Template::parse(&self.0).ok()?;
        let value = |name: &str| match (name, of) {
            ("identity", _) => Some(identity.to_string()),
            (_, None) => None,
            ("role", Some(of)) => Some(of.role.to_owned()),
            ("account", Some(of)) => Some(of.account.unwrap_or(of.id).to_owned()),
            ("alias", Some(of)) => Some(of.alias.or(of.account).unwrap_or(of.id).to_owned()),
            (_, Some(of)) => Some(of.id.to_owned()),
        };
        let name = template.fill(value).ok()?;
        // Names of accounts come from AWS, and aren't ours to trust in an address.
        let shown: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        Some(shown).filter(|name| !name.trim().is_empty())
    }
}

impl FromStr for ContainerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "the container {text:?} can't be used: {what}. Write a name, or {{account}}, {{alias}}, {{id}}, {{role}} or \
                 {{identity}} in it"
            )
        };
        let template = Template::parse(text).map_err(wrong)?;
        if text.trim().is_empty() || text.len() > LONGEST_NAME || text.chars().any(char::is_control) {
            return Err(wrong("it has 1 to 200 characters"));
        }
        match template.names().find(|name| !Self::NAMES.contains(name)) {
            Some(name) => Err(wrong(&format!("{{{name}}} isn't known"))),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ContainerName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ContainerName> for String {
    fn from(name: ContainerName) -> Self {
        name.0
    }
}

/// As long as a profile's name is in any browser.
const LONGEST_NAME: usize = 200;

impl ConsoleSettings {
    /// The keys that say where pages open.
    pub const OF_BROWSER: [&'static str; 5] = ["browser", "browser_profile", "container", "private", "isolated"];

    /// What no key by itself can have wrong, with the key.
    #[must_use]
    pub fn mistake(&self) -> Option<(&'static str, String)> {
        let is_firefox = self.browser.is_none_or(|name| name.kind == BrowserKind::Firefox);
        let is_on = |switch: Option<bool>| switch == Some(true);
        let named = self.browser_profile.as_deref();
        if named.is_some_and(|name| name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control))
        {
            return Some(("browser_profile", "a browser's profile has a name of 1 to 200 characters".to_owned()));
        }
        if is_on(self.isolated) && named.is_some() {
            return Some(("isolated", "use either a separate profile for each account, or the named one".to_owned()));
        }
        if self.container.is_some() && !is_firefox {
            return Some(("container", "only Firefox has containers".to_owned()));
        }
        if self.container.is_some() && (is_on(self.private) || is_on(self.isolated)) {
            return Some(("container", "a container is part of an ordinary profile and window".to_owned()));
        }
        if is_on(self.private) && is_on(self.isolated) {
            return Some(("private", "a separate profile keeps its data, so choose one of the two".to_owned()));
        }
        None
    }

    /// These settings where they say something, and `below` where they don't. A browser is inherited without its
    /// profile if another way into it is chosen here.
    #[must_use]
    pub fn over(&self, below: &Self) -> Self {
        let all = Self {
            duration: self.duration.or(below.duration),
            log_out_first: self.log_out_first.or(below.log_out_first),
            sign_in: self.sign_in.or(below.sign_in),
            ..self.clone()
        };
        let of_browser = if self.browser.is_some() { self } else { below };
        let way = if self.browser.is_some() || self.says_how() { self } else { below };
        Self {
            browser: of_browser.browser,
            browser_profile: way.browser_profile.clone(),
            container: way.container.clone(),
            private: way.private,
            isolated: way.isolated,
            ..all
        }
    }

    /// Where the pages of a role open.
    #[must_use]
    pub fn for_role(&self, identity: &IdentityName, of: &NameParts<'_>, colour: Option<AccountColour>) -> OpenIn {
        let label = of.account.or(of.alias).unwrap_or(of.id);
        let own = OwnProfile { key: of.id.to_owned(), label: label.to_owned(), colour };
        self.open_in(self.container.as_ref().and_then(|name| name.of(identity, Some(of))), own)
    }

    /// Where an identity's sign-ins open. A container for each account is none of a sign-in's.
    #[must_use]
    pub fn for_sign_in(&self, identity: &IdentityName) -> OpenIn {
        let own = OwnProfile { key: format!("sign-in-{identity}"), label: identity.to_string(), colour: None };
        self.open_in(self.container.as_ref().and_then(|name| name.of(identity, None)), own)
    }

    fn open_in(&self, container: Option<String>, own: OwnProfile) -> OpenIn {
        OpenIn {
            browser: self.browser,
            profile: self.browser_profile.clone(),
            container,
            private: self.private == Some(true),
            own: (self.isolated == Some(true)).then_some(own),
        }
    }

    fn says_how(&self) -> bool {
        self.browser_profile.is_some() || self.container.is_some() || self.private.is_some() || self.isolated.is_some()
    }
}

/// The settings at each level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsoleRules {
    /// `[settings.console]`.
    pub everywhere: ConsoleSettings,
    /// `[identity.NAME.console]`.
    pub identities: BTreeMap<IdentityName, ConsoleSettings>,
    /// `[account.ID.console]`.
    pub accounts: BTreeMap<AccountId, ConsoleSettings>,
    /// `console` of a `[[role]]`.
    pub roles: BTreeMap<(IdentityName, Target), ConsoleSettings>,
}

/// A level at which the settings can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleLevel {
    /// `[settings.console]`.
    Everywhere,
    /// `[identity.NAME.console]`.
    Identity(IdentityName),
    /// `[account.ID.console]`.
    Account(AccountId),
    /// `console` of a `[[role]]`.
    Role(IdentityName, Target),
}

impl ConsoleRules {
    /// The level whose setting decides in which browser a role opens, from the role upward. `None` if none does.
    #[must_use]
    pub fn decided_at(&self, identity: &IdentityName, role: &Target) -> Option<ConsoleLevel> {
        let says = |settings: &ConsoleSettings| settings.browser.is_some() || settings.says_how();
        let key = (identity.clone(), role.clone());
        if self.roles.get(&key).is_some_and(says) {
            Some(ConsoleLevel::Role(key.0, key.1))
        } else if self.accounts.get(role.account()).is_some_and(says) {
            Some(ConsoleLevel::Account(role.account().clone()))
        } else if self.identities.get(identity).is_some_and(says) {
            Some(ConsoleLevel::Identity(key.0))
        } else {
            says(&self.everywhere).then_some(ConsoleLevel::Everywhere)
        }
    }

    /// What holds for an identity's own pages, where it signs in.
    #[must_use]
    pub fn of_identity(&self, identity: &IdentityName) -> ConsoleSettings {
        match self.identities.get(identity) {
            Some(own) => own.over(&self.everywhere),
            None => self.everywhere.clone(),
        }
    }

    /// What holds for a role: its own settings, then its account's, its identity's and everyone's.
    #[must_use]
    pub fn of_role(&self, identity: &IdentityName, role: &Target) -> ConsoleSettings {
        let mut found = self.of_identity(identity);
        if let Some(account) = self.accounts.get(role.account()) {
            found = account.over(&found);
        }
        match self.roles.get(&(identity.clone(), role.clone())) {
            Some(own) => own.over(&found),
            None => found,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_with_or_without_their_package() {
        for word in ["firefox", "chromium-snap", "brave-flatpak", "edge", "firefox-native"] {
            assert_eq!(word.parse::<BrowserName>().unwrap().to_string(), word);
        }
        for wrong in ["", "Firefox", "/usr/bin/firefox", "firefox-esr", "firefox --profile x", "-snap", "netscape"] {
            assert!(wrong.parse::<BrowserName>().unwrap_err().contains("daypass browser list"), "{wrong}");
        }
    }

    #[test]
    fn a_container_is_named_after_the_account_or_once_for_all() {
        let identity = "work".parse().unwrap();
        let parts =
            NameParts { id: "111122223333", account: Some("Shop"), alias: None, role: "Admin", identity: "work" };
        let named = |text: &str, of| text.parse::<ContainerName>().unwrap().of(&identity, of);
        assert_eq!(named("{alias}/{role}", Some(&parts)).as_deref(), Some("Shop/Admin"));
        assert_eq!(named("{id}", None), None);
        assert_eq!(named("AWS {identity}", None).as_deref(), Some("AWS work"));
        for wrong in ["", "{profile}", "{", "a\u{7}"] {
            assert!(wrong.parse::<ContainerName>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_nearer_setting_wins_and_a_way_is_taken_whole() {
        let everywhere = ConsoleSettings {
            browser: Some("firefox".parse().unwrap()),
            browser_profile: Some("Work".to_owned()),
            log_out_first: Some(true),
            ..ConsoleSettings::default()
        };
        let private = ConsoleSettings { private: Some(true), ..ConsoleSettings::default() };
        let merged = private.over(&everywhere);
        assert_eq!((merged.browser, merged.browser_profile.as_deref()), (everywhere.browser, None));
        assert_eq!((merged.private, merged.log_out_first), (Some(true), Some(true)));
        let chromium = ConsoleSettings { browser: Some("chromium".parse().unwrap()), ..ConsoleSettings::default() };
        assert_eq!(chromium.over(&merged).private, None, "a way into another browser");
        let role: Target = "arn:aws:iam::111122223333:role/Admin".parse().unwrap();
        let work: IdentityName = "work".parse().unwrap();
        let mut rules = ConsoleRules { everywhere, ..ConsoleRules::default() };
        rules.accounts.insert(role.account().clone(), private);
        rules.roles.insert((work.clone(), role.clone()), chromium);
        assert_eq!(rules.of_role(&work, &role).browser.unwrap().to_string(), "chromium");
        let other: Target = "arn:aws:iam::111122223333:role/ReadOnly".parse().unwrap();
        assert_eq!(rules.of_role(&work, &other).private, Some(true));
        assert_eq!(rules.of_identity(&work).browser_profile.as_deref(), Some("Work"));
    }
}
