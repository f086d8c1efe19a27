//! Turns other tools' names into names that Daypass accepts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::text::shown;

/// The longest name of an identity.
const LONGEST: usize = 64;

/// A name for an identity, as close to the text as can be: `ACME / Dev (EU)` becomes `ACME-Dev-EU`. `fallback` if
/// nothing is left of it.
#[must_use]
pub fn identity(text: &str, fallback: &'static str) -> IdentityName {
    let mut name = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || "_.".contains(c) { c } else { '-' };
        let is_first = name.is_empty();
        if (is_first && !c.is_ascii_alphanumeric()) || (c == '-' && name.ends_with('-')) {
            continue;
        }
        name.push(c);
        if name.len() == LONGEST {
            break;
        }
    }
    let name = name.trim_end_matches(['-', '.', '_']);
    name.parse().or_else(|_| fallback.parse()).unwrap_or_else(|_| IdentityName::example())
}

/// The name, or the first of `NAME-2`, `NAME-3` … that isn't taken.
#[must_use]
pub fn unique(name: &IdentityName, taken: &BTreeSet<IdentityName>) -> IdentityName {
    if !taken.contains(name) {
        return name.clone();
    }
    let numbered = |number: usize| {
        let end = format!("-{number}");
        // Names are ASCII.
        let begin: String = name.as_str().chars().take(LONGEST - end.len()).collect();
        format!("{begin}{end}").parse::<IdentityName>().ok()
    };
    (2..).filter_map(numbered).find(|name| !taken.contains(name)).unwrap_or_else(|| name.clone())
}

/// The name of an AWS profile, if Daypass can write it.
#[must_use]
pub fn profile(text: &str) -> Option<ProfileName> {
    // What turns other text around would make a plan lie.
    text.parse().ok().filter(|_| matches!(shown(text), Cow::Borrowed(_)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name() {
        let long = "x".repeat(100);
        for (text, name) in [
            ("acme", "acme"),
            ("ACME / Dev (EU)", "ACME-Dev-EU"),
            ("-_.a", "a"),
            ("a\u{1b}[31mb\n", "a-31mb"),
            ("", "sso"),
            ("日本", "sso"),
            (&long, &long[..64]),
        ] {
            assert_eq!(identity(text, "sso").as_str(), name, "{text:?}");
        }
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let long: IdentityName = "x".repeat(64).parse().unwrap();
        let taken = ["a", "a-2"].map(|name| name.parse().unwrap()).into_iter().chain([long.clone()]).collect();
        assert_eq!(unique(&"b".parse().unwrap(), &taken).as_str(), "b");
        assert_eq!(unique(&"a".parse().unwrap(), &taken).as_str(), "a-3");
        assert_eq!(unique(&long, &taken).as_str(), format!("{}-2", "x".repeat(62)));
    }
}
