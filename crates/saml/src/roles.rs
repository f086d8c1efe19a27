//! The attribute `Role`: pairs of a role and the SAML provider in IAM that can assume it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::xml::cleaned;
use daypass_core::names::{AccountId, NameError, NameKind, RoleArn};

/// A role that the assertion gives access to, with the provider that STS needs to know (`PrincipalArn`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SamlRole {
    /// The role.
    pub role: RoleArn,
    /// The SAML provider in IAM that stands for the identity provider in the role's account.
    pub provider: SamlProviderArn,
}

/// The ARN of a SAML provider in IAM: `arn:PARTITION:iam::ACCOUNT:saml-provider/NAME`.
///
/// Names have 1 to 128 characters of `[\w._-]`
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html>).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SamlProviderArn(String);

impl SamlProviderArn {
    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SamlProviderArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let is_good = match parts.as_slice() {
            &["arn", partition, "iam", "", account, resource] => {
                is_partition(partition)
                    && account.parse::<AccountId>().is_ok()
                    && resource.strip_prefix("saml-provider/").is_some_and(is_provider_name)
            }
            _ => false,
        };
        if is_good {
            return Ok(Self(text.to_owned()));
        }
        Err(NameError {
            what: NameKind::SamlProviderArn,
            text: text.chars().take(200).collect(),
            expected: "a SAML provider ARN looks like arn:aws:iam::123456789012:saml-provider/corp",
        })
    }
}

/// Checks the form only. The role of the pair is checked against the list of partitions.
fn is_partition(text: &str) -> bool {
    text == "aws" || text.strip_prefix("aws-").is_some_and(|t| t.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
}

fn is_provider_name(name: &str) -> bool {
    (1..=128).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

impl fmt::Display for SamlProviderArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SamlProviderArn {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<SamlProviderArn> for String {
    fn from(arn: SamlProviderArn) -> String {
        arn.0
    }
}

/// What the values of the attribute `Role` say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Listed {
    /// Each pair once, in the order of the assertion.
    pub(crate) roles: Vec<SamlRole>,
    /// Everything that isn't a pair, cut to 200 characters.
    pub(crate) skipped: Vec<String>,
}

impl Listed {
    /// Adds a value: one pair in either order, or several pairs in a row.
    pub(crate) fn add(&mut self, value: &str) {
        let mut words = arns(value).peekable();
        while let Some(first) = words.next() {
            match words.peek().and_then(|second| pair(first, second)) {
                Some(role) => {
                    words.next();
                    if !self.roles.contains(&role) {
                        self.roles.push(role);
                    }
                }
                None => self.skip(first),
            }
        }
    }

    /// Notes something that isn't a pair.
    pub(crate) fn skip(&mut self, what: &str) {
        self.skipped.push(cleaned(what, 200));
    }
}

/// AWS documents the role first. AD FS and others send the provider first, and AWS accepts both.
fn pair(first: &str, second: &str) -> Option<SamlRole> {
    let in_order =
        |role: &str, provider: &str| Some(SamlRole { role: role.parse().ok()?, provider: provider.parse().ok()? });
    in_order(first, second).or_else(|| in_order(second, first))
}

/// The words of a value, without the separators around them. Some identity providers build values that end with a comma
/// or have an empty part (Google Workspace's custom attributes), so a comma at the end belongs to no role, although IAM
/// allows one in its name.
fn arns(value: &str) -> impl Iterator<Item = &str> {
    let mut rest = value;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(is_between);
        if rest.is_empty() {
            return None;
        }
        let (word, after) = rest.split_at(end_of_word(rest));
        rest = after;
        Some(word.trim_end_matches(is_between))
    })
}

/// A role's name may contain commas, so its word ends only where the next ARN begins. A provider's name can't.
fn end_of_word(text: &str) -> usize {
    let begins = |at: &usize| *at > 0 && text[..*at].ends_with(is_between);
    let next = text.match_indices("arn:").map(|(at, _)| at).find(begins).unwrap_or(text.len());
    let provider = text[..next].find(":saml-provider/");
    let end = provider.and_then(|at| Some(at + text[at..next].find([',', ';', '|', '\n'])?));
    end.unwrap_or(next)
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '|')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DEV: &str = "arn:aws:iam::123456789012:role/Dev";
    const CORP: &str = "arn:aws:iam::123456789012:saml-provider/corp";

    fn read(values: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut listed = Listed::default();
        values.iter().for_each(|value| listed.add(value));
        (listed.roles.iter().map(|r| format!("{} by {}", r.role, r.provider)).collect(), listed.skipped)
    }

    #[test]
    fn pairs_are_read_in_either_order_with_blanks_and_once() {
        let one = (vec![format!("{DEV} by {CORP}")], vec![]);
        assert_eq!(read(&[&format!("{DEV},{CORP}")]), one);
        assert_eq!(read(&[&format!("{CORP},{DEV}")]), one);
        assert_eq!(read(&[&format!("\n   {DEV} ,\t{CORP}\r\n ")]), one);
        assert_eq!(read(&[&format!("{DEV},{CORP}"), &format!("{CORP},{DEV}")]), one);
        assert_eq!(read(&[&format!("{DEV};{CORP}")]), one);
        assert_eq!(read(&[&format!("{DEV} {CORP}")]), one);
        assert_eq!(read(&["", "  \n"]), (vec![], vec![]));
    }

    #[test]
    fn paths_commas_accounts_and_partitions_are_kept_apart() {
        let names = [
            "arn:aws:iam::123456789012:role/team/blue/Dev,Ops",
            "arn:aws-cn:iam::012345678901:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123",
            "arn:aws-us-gov:iam::123456789012:role/a+b=c,d.e@f-g_h",
        ];
        let pairs: Vec<String> = names.iter().map(|role| format!("{role},{CORP}")).collect();
        let wanted: Vec<String> = names.iter().map(|role| format!("{role} by {CORP}")).collect();
        for separator in [",", ";", " ", "\n", " , ", "|"] {
            assert_eq!(read(&[&pairs.join(separator)]), (wanted.clone(), vec![]), "{separator:?}");
        }
        let turned: Vec<String> = names.iter().map(|role| format!("{CORP},{role}")).collect();
        assert_eq!(read(&[&turned.join(";")]), (wanted, vec![]));
    }

    #[test]
    fn separators_at_the_ends_and_empty_parts_belong_to_no_name() {
        let one = (vec![format!("{DEV} by {CORP}")], vec![]);
        for (before, between, after) in [
            ("", ",", ","),
            ("", ",", ", "),
            ("", ",", ",,"),
            (",", ",", ""),
            ("", ",,", ""),
            (";", " , , ", ";\n"),
            ("", "|", "|"),
        ] {
            for pair in [format!("{DEV}{between}{CORP}"), format!("{CORP}{between}{DEV}")] {
                assert_eq!(read(&[&format!("{before}{pair}{after}")]), one, "{before:?} {between:?} {after:?}");
            }
        }
        let two = (vec![format!("{DEV} by {CORP}"), format!("{DEV}2 by {CORP}2")], vec![]);
        for separator in [",", ",,", ";", ",;", ",\n"] {
            for last in ["", ","] {
                assert_eq!(read(&[&format!("{DEV},{CORP}{separator}{DEV}2,{CORP}2{last}")]), two, "{separator:?}");
                assert_eq!(read(&[&format!("{CORP},{DEV}{separator}{CORP}2,{DEV}2{last}")]), two, "{separator:?}");
            }
        }
        assert_eq!(read(&[",", " , ;"]), (vec![], vec![]));
        // What follows a provider isn't part of its name, and doesn't take the role with it.
        let (roles, skipped) = read(&[&format!("{DEV},{CORP},3600")]);
        assert_eq!((roles, skipped), (one.0, vec!["3600".to_owned()]));
    }

    #[test]
    fn what_is_no_pair_is_named_and_does_not_hide_its_neighbours() {
        let (roles, skipped) = read(&["Admin", DEV, &format!("{DEV},{CORP}"), &format!("{DEV},{DEV},{CORP}"), CORP]);
        assert_eq!(roles, [format!("{DEV} by {CORP}")]);
        assert_eq!(skipped, ["Admin", DEV, DEV, CORP]);
        let (roles, skipped) = read(&[&format!("{DEV},arn:aws:iam::123456789012:saml-provider/no/path")]);
        assert_eq!((roles.len(), skipped.len()), (0, 2));
        assert_eq!(read(&[&"x\u{7}".repeat(300)]).1[0].chars().count(), 199);
    }

    #[test]
    fn provider_arns_are_checked() {
        for text in [CORP, "arn:aws-us-gov:iam::012345678901:saml-provider/A.b_c-d"] {
            assert_eq!(text.parse::<SamlProviderArn>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "corp",
            "arn:aws:iam::123456789012:saml-provider/",
            "arn:aws:iam::12345678901:saml-provider/corp",
            "arn:aws:iam::123456789012:oidc-provider/corp",
            "arn:aws:iam:eu-west-1:123456789012:saml-provider/corp",
            "arn:AWS:iam::123456789012:saml-provider/corp",
            "arn:aws:iam::123456789012:saml-provider/co rp",
            "arn:aws:iam::123456789012:saml-provider/corp\n",
        ] {
            assert!(text.parse::<SamlProviderArn>().is_err(), "{text:?} was taken");
        }
    }

    proptest! {
        #[test]
        fn any_value_can_be_read(value in "(arn:aws:iam::123456789012:(role|saml-provider)/[a-z,]{1,5}|[ ,;|]|.){0,12}") {
            let (roles, skipped) = read(&[&value]);
            prop_assert!(roles.len() + skipped.len() <= 12 * 6 + 1);
        }
    }

    #[test]
    fn the_arn_of_a_provider_is_written_as_it_was_read() {
        let arn: SamlProviderArn = CORP.parse().unwrap();
        assert_eq!((arn.as_str(), String::from(arn.clone())), (CORP, CORP.to_owned()));
    }

    #[test]
    fn a_word_ends_only_where_an_arn_begins_after_a_separator() {
        let within = "arn:aws:iam::123456789012:role/barn:x";
        assert_eq!(arns(&format!("{within},{CORP}")).collect::<Vec<_>>(), [within, CORP]);
        assert_eq!(arns(&format!(" {DEV}")).collect::<Vec<_>>(), [DEV]);
    }
}
