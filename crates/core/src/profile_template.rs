//! Names of generated profiles: a [template](crate::template) such as `{account|lower}-{role}`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::names::{NameError, ProfileName};
use crate::template::{Part, Template};

/// How generated profiles are named. In braces stands what differs from role to role, with filters after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileTemplate(String);

/// What a name can be made of.
#[derive(Debug, Clone, Copy)]
pub struct NameParts<'a> {
    /// The account's 12 digits.
    pub id: &'a str,
    /// The account's name, if it has one.
    pub account: Option<&'a str>,
    /// The account's alias, if it has one.
    pub alias: Option<&'a str>,
    /// The role's name without its path.
    pub role: &'a str,
    /// The identity that assumes it.
    pub identity: &'a str,
}

/// What may stand in braces.
const NAMES: [&str; 5] = ["account", "alias", "id", "role", "identity"];

/// What a template is, as a sentence for the person.
const EXPECTED: &str = "write {account}, {alias}, {id}, {role} or {identity}, with |lower, |upper, |-, |_ or |. after it, \
                        as in {account|lower}-{role}";

/// A change of a value.
#[derive(Clone, Copy)]
enum Filter {
    Lower,
    Upper,
    /// In place of everything that isn't a letter or a digit.
    Separator(char),
}

impl Filter {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "lower" => Some(Self::Lower),
            "upper" => Some(Self::Upper),
            "-" => Some(Self::Separator('-')),
            "_" => Some(Self::Separator('_')),
            "." => Some(Self::Separator('.')),
            _ => None,
        }
    }

    fn apply(self, value: &str) -> String {
        match self {
            Self::Lower => value.to_lowercase(),
            Self::Upper => value.to_uppercase(),
            Self::Separator(separator) => joined(value, separator, |c| c.is_ascii_alphanumeric()),
        }
    }
}

impl ProfileTemplate {
    /// The name of a role's profile. An account without a name is called by its digits, and one without an alias by its
    /// name. What not every SDK reads in a profile's name becomes `-`.
    ///
    /// # Errors
    ///
    /// When the name can't be a profile's: it is too long, or `DEFAULT`.
    pub fn name(&self, of: &NameParts<'_>) -> Result<ProfileName, NameError> {
        let template = Template::parse(&self.0);
        let filled = template.as_ref().map(|template| template.fill(|name| Some(value(name, of))));
        match filled {
            Ok(Ok(name)) => name.parse(),
            // It was parsed before.
            Ok(Err(_)) | Err(_) => self.0.parse(),
        }
    }
}

/// As the AWS SDKs for Rust and Kotlin read names: letters, digits and these.
fn is_read_by_all(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c)
}

fn value(name: &str, of: &NameParts<'_>) -> String {
    let mut words = name.split('|');
    let candidates = match words.next().unwrap_or_default() {
        "account" => [of.account, None],
        "alias" => [of.alias, of.account],
        "role" => [Some(of.role), None],
        "identity" => [Some(of.identity), None],
        _ => [None, None],
    };
    let filters: Vec<Filter> = words.filter_map(Filter::parse).collect();
    let filtered = |text: &str| {
        let text = filters.iter().fold(text.to_owned(), |text, filter| filter.apply(&text));
        joined(&text, '-', is_read_by_all)
    };
    // A name in another script may have nothing that every SDK reads.
    let mut usable = candidates.into_iter().flatten().map(filtered).filter(|text| !text.is_empty());
    usable.next().unwrap_or_else(|| of.id.to_owned())
}

/// The text with one separator in place of each run of characters that don't stay, and none at its ends.
fn joined(text: &str, separator: char, stays: impl Fn(char) -> bool) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut is_gap = false;
    for c in text.chars() {
        if !stays(c) {
            is_gap = true;
            continue;
        }
        if std::mem::take(&mut is_gap) && !joined.is_empty() {
            joined.push(separator);
        }
        joined.push(c);
    }
    joined
}

impl Default for ProfileTemplate {
    fn default() -> Self {
        Self("{account}-{role}".to_owned())
    }
}

impl FromStr for ProfileTemplate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |what: String| format!("the template {text:?} can't be used: {what}. {EXPECTED}");
        let template = Template::parse(text).map_err(|what| wrong(what.to_owned()))?;
        if template.names().next().is_none() {
            return Err(wrong("every profile would have the same name".to_owned()));
        }
        for part in template.parts() {
            match part {
                Part::Text(text) if text.chars().all(is_read_by_all) => {}
                Part::Text(text) => {
                    return Err(wrong(format!("not every SDK reads a profile with {text:?} in its name")));
                }
                Part::Name(name) => {
                    let mut words = name.split('|');
                    let first = words.next().unwrap_or_default();
                    if !NAMES.contains(&first) {
                        return Err(wrong(format!("{{{first}}} isn't known")));
                    }
                    if let Some(filter) = words.find(|word| Filter::parse(word).is_none()) {
                        return Err(wrong(format!("the filter |{filter} isn't known")));
                    }
                }
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ProfileTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ProfileTemplate> for String {
    fn from(template: ProfileTemplate) -> Self {
        template.0
    }
}

impl fmt::Display for ProfileTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SHOP: NameParts<'_> = NameParts {
        id: "111122223333",
        account: Some("Shop – production (EU)"),
        alias: Some("shop-prod"),
        role: "Admin,Read=All",
        identity: "work",
    };

    fn name(template: &str, of: &NameParts<'_>) -> String {
        template.parse::<ProfileTemplate>().unwrap().name(of).unwrap().to_string()
    }

    #[test]
    fn names_are_filled_and_filtered() {
        for (template, expected) in [
            ("{account}-{role}", "Shop-production-EU-Admin-Read-All"),
            ("{alias}/{role|lower}", "shop-prod/admin-read-all"),
            ("{account|lower|_}.{id}", "shop_production_eu.111122223333"),
            ("{account|_|upper}", "SHOP_PRODUCTION_EU"),
            ("{identity}:{alias|.}", "work:shop.prod"),
        ] {
            assert_eq!(name(template, &SHOP), expected, "{template}");
        }
        assert_eq!(ProfileTemplate::default().to_string(), "{account}-{role}");
    }

    #[test]
    fn what_an_account_lacks_is_made_up_for() {
        let bare = NameParts { account: None, alias: None, ..SHOP };
        assert_eq!(name("{account}-{alias}", &bare), "111122223333-111122223333");
        let named = NameParts { alias: None, account: Some("Shop"), ..SHOP };
        assert_eq!(name("{alias}", &named), "Shop");
        let unreadable = NameParts { alias: None, account: Some("店"), ..SHOP };
        assert_eq!(name("{account}", &unreadable), "111122223333");
    }

    #[test]
    fn a_template_that_cannot_be_used_says_why() {
        for (text, why) in [
            ("dev", "the same name"),
            ("{account", "without '}'"),
            ("{acount}", "{acount} isn't known"),
            ("{account|title}", "|title isn't known"),
            ("{account} {role}", "not every SDK"),
            ("[{role}]", "not every SDK"),
            ("", "the same name"),
        ] {
            let error = text.parse::<ProfileTemplate>().unwrap_err();
            assert!(error.contains(why) && error.contains("{account|lower}-{role}"), "{error}");
        }
        let long = NameParts { role: &"r".repeat(128), ..SHOP };
        assert!("{id}-{role}".parse::<ProfileTemplate>().unwrap().name(&long).is_err());
    }
}
