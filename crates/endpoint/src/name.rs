//! The name of a consumer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a consumer is called: in the list, in its address, and to revoke it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConsumerName(String);

const LONGEST: usize = 64;

impl ConsumerName {
    /// A name that says what the text says, with other characters replaced. `None` if nothing is left of it.
    #[must_use]
    pub fn like(text: &str) -> Option<Self> {
        let allowed = |c: char| if is_allowed(c) { c } else { '-' };
        let name: String = text.chars().take(LONGEST).map(allowed).collect();
        name.trim_start_matches(['.', '-']).parse().ok()
    }

    /// The name for one that nothing is known of.
    #[must_use]
    pub fn unnamed() -> Self {
        Self("consumer".to_owned())
    }

    /// The name itself, then the same with a number, to find one that is free.
    pub fn numbered(&self) -> impl Iterator<Item = Self> {
        let base: String = self.0.chars().take(LONGEST - 4).collect();
        let numbered = (2..1000).map(move |number| Self(format!("{base}-{number}")));
        std::iter::once(self.clone()).chain(numbered)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What stands for itself in a file's name and in an address.
fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

impl FromStr for ConsumerName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if begins_well && text.len() <= LONGEST && text.chars().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("write up to {LONGEST} letters, digits, and any of - _ . after the first"))
    }
}

impl TryFrom<String> for ConsumerName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ConsumerName> for String {
    fn from(name: ConsumerName) -> Self {
        name.0
    }
}

impl fmt::Display for ConsumerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_itself_everywhere() {
        for good in ["dev", "vs.code_1", "_x", "9"] {
            assert_eq!(good.parse::<ConsumerName>().unwrap().as_str(), good);
        }
        for bad in ["", ".hidden", "..", "-x", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<ConsumerName>().is_err(), "{bad}");
        }
        assert_eq!(ConsumerName::like("../Über b").unwrap().as_str(), "ber-b");
        assert_eq!(ConsumerName::like("..."), None);
    }

    #[test]
    fn a_free_name_is_like_the_one_that_is_taken() {
        let long: ConsumerName = "x".repeat(64).parse().unwrap();
        for name in [long, "dev".parse().unwrap()] {
            let all: Vec<ConsumerName> = name.numbered().take(12).collect();
            assert_eq!(all[0], name);
            assert!(all.iter().all(|name| name.as_str().parse::<ConsumerName>().is_ok()), "{all:?}");
        }
    }
}
