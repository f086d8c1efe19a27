//! Which roles are meant (`ACCOUNT` or `ACCOUNT/ROLE`), and which profiles, with `*` for anything.

use std::fmt;
use std::str::FromStr;

/// A pattern for roles, by the account's name or digits and the role's name. Capital letters make no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePattern {
    account: String,
    role: String,
}

impl RolePattern {
    /// Whether a role of this name, in an account with these names, is meant.
    pub(super) fn matches<'a>(&self, accounts: impl IntoIterator<Item = &'a str>, role: &str) -> bool {
        let is_account = accounts.into_iter().any(|account| is_like(&self.account, account));
        is_account && is_like(&self.role, role)
    }
}

impl fmt::Display for RolePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.role)
    }
}

impl FromStr for RolePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (account, role) = text.rsplit_once('/').unwrap_or((text, "*"));
        if account.is_empty() || role.is_empty() {
            return Err("write ACCOUNT or ACCOUNT/ROLE, with * for anything, as in 'shop-*/ReadOnly'".to_owned());
        }
        Ok(Self { account: account.to_lowercase(), role: role.to_lowercase() })
    }
}

/// A pattern for the names of profiles, with `*` for anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Whether a profile of this name is meant.
    pub(super) fn matches(&self, name: &str) -> bool {
        is_like(&self.0, name)
    }
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("the name is empty".to_owned()) } else { Ok(Self(text.to_lowercase())) }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_like(pattern: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(before) = last.replace(piece) {
            let Some(at) = rest.find(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, is_meant) in [
            ("shop", "Shop", true),
            ("shop", "shops", false),
            ("*", "", true),
            ("shop-*", "shop-prod", true),
            ("*prod", "shop-prod", true),
            ("s*-*d", "shop-prod", true),
            ("s*x*d", "shop-prod", false),
            ("aa*aa", "aaa", false),
            ("a**b", "ab", true),
        ] {
            assert_eq!(is_like(pattern, text), is_meant, "{pattern} {text}");
        }
        let pattern: RolePattern = "shop-*/ReadOnly".parse().unwrap();
        assert!(pattern.matches(["111122223333", "Shop-Prod"], "readonly"));
        assert!(!pattern.matches(["111122223333", "Shop-Prod"], "Admin") && !pattern.matches(["x"], "ReadOnly"));
        assert!("111122223333".parse::<RolePattern>().unwrap().matches(["111122223333"], "Any"));
        for wrong in ["", "/", "shop/", "/Admin"] {
            assert!(wrong.parse::<RolePattern>().is_err(), "{wrong}");
        }
    }
}
