//! Typed names and entry values in the places where they end up.

#![allow(clippy::unwrap_used)]

use ldap3::{ldap_unescape, parse_filter};
use proptest::prelude::*;

use super::settings;
use crate::directory::attributes::{naming, person, session_name, tags};
use crate::directory::entry::{BindName, DEFAULT_SEARCH_FILTER, Group, filter};
use crate::directory::roles::roles;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_ldap::dn;
use daypass_ldap::message::Entry;

const TEMPLATE: &str = "url = 'ldaps://x'\nbind_dn = 'uid={user},ou=people,dc=example,dc=org'\n";
const AD: &str = "url = 'ldaps://x'\nbind_dn = '{user}@corp.example'\nsearch_base = 'dc=corp'\n";

fn bind_name(text: &str, user: &str) -> Result<BindName, ProblemCode> {
    BindName::of(&settings(text), user).map_err(|error| Problem::from(error).code)
}

fn entry(attributes: &[(&str, &[&str])]) -> Entry {
    let owned =
        |(name, values): &(&str, &[&str])| ((*name).to_owned(), values.iter().map(ToString::to_string).collect());
    Entry::new("uid=ann,dc=example", attributes.iter().map(owned))
}

#[test]
fn what_was_typed_stays_one_name_in_a_dn() {
    let of = |user| bind_name(TEMPLATE, user);
    let dn = |uid: &str| Ok(BindName::Dn(format!("uid={uid},ou=people,dc=example,dc=org")));
    assert_eq!(of("ann"), dn("ann"));
    assert_eq!(of("jürgen müller"), dn("jürgen müller"));
    assert_eq!(of("ann,ou=admins"), dn("ann\\2cou\\3dadmins"));
    assert_eq!(of("a+cn=b"), dn("a\\2bcn\\3db"));
    assert_eq!(of("#61"), dn("\\2361"));
    for nobody in ["", "  ", "ann\u{0}", "ann\n"] {
        assert_eq!(of(nobody).unwrap_err(), ProblemCode::DirectoryBadUserName, "{nobody:?}");
    }
    assert_eq!(of(&"x".repeat(257)).unwrap_err(), ProblemCode::DirectoryBadUserName);
}

#[test]
fn a_name_for_active_directory_has_nothing_special_in_it() {
    assert_eq!(bind_name(AD, "ann"), Ok(BindName::Searched(Some("ann@corp.example".into()))));
    assert_eq!(bind_name(AD, "jürgen"), Ok(BindName::Searched(Some("jürgen@corp.example".into()))));
    for user in ["ann@evil.example", "CORP\\ann", "cn=ann", "a*", "ann,x"] {
        assert_eq!(bind_name(AD, user).unwrap_err(), ProblemCode::DirectoryBadUserName, "{user}");
    }
    // If people type the full name, they choose the part after the @. Nothing else is possible.
    let whole = AD.replace("{user}@corp.example", "{user}");
    let name = |user: &str| Ok(BindName::Searched(Some(user.to_owned())));
    assert_eq!(bind_name(&whole, "ann@berlin.example"), name("ann@berlin.example"));
    for user in ["CORP\\ann", "cn=ann", "cn=ann@x", "a*@x", "ann,x@y"] {
        assert_eq!(bind_name(&whole, user).unwrap_err(), ProblemCode::DirectoryBadUserName, "{user}");
    }
    assert_eq!(bind_name("url = 'ldaps://x'\nsearch_base = 'dc=x'\n", "*)(uid=*"), Ok(BindName::Searched(None)));
}

#[test]
fn what_was_typed_stays_one_value_in_a_filter() {
    assert_eq!(filter(DEFAULT_SEARCH_FILTER, "*)(uid=*", "").unwrap(), "(uid=\\2a\\29\\28uid=\\2a)");
    assert_eq!(filter("(|(uid={user})(mail={user}))", "a", "").unwrap(), "(|(uid=a)(mail=a))");
    assert_eq!(
        filter("(member={dn})", "", "cn=O'Neil\\2C (R&D),dc=x").unwrap(),
        "(member=cn=O'Neil\\5c2C \\28R&D\\29,dc=x)"
    );
    assert!(filter("(uid={who})", "a", "").is_err());
}

#[test]
fn the_name_that_was_typed_is_found_in_the_entry_in_its_own_spelling() {
    let ann = entry(&[("uid", &["Ann"]), ("mail;lang-en", &["ann@example.org"]), ("employeeNumber", &["E7"])]);
    let spelled = |text: &str, typed: &str| ann.spelled_as(typed, &naming(&settings(text))).map(str::to_owned);
    assert_eq!(spelled(TEMPLATE, "ANN").as_deref(), Some("Ann"));
    assert_eq!(spelled(TEMPLATE, "Ann@Example.org").as_deref(), Some("ann@example.org"));
    assert_eq!(spelled(TEMPLATE, "Ann"), None, "typed as it is");
    assert_eq!(spelled(TEMPLATE, "e7"), None);
    assert_eq!(spelled("url = 'ldaps://x'\nsearch_filter = '(employeeNumber={user})'\n", "e7").as_deref(), Some("E7"));
    assert!(
        naming(&settings(TEMPLATE))
            .iter()
            .all(|name| ["mail", "userPrincipalName", "uid", "sAMAccountName"].contains(name))
    );
}

#[test]
fn groups_become_roles_by_pattern_and_by_table() {
    let group = |name: &str| Group { dn: format!("cn={name},ou=groups,dc=x"), name: name.to_owned() };
    let found = |text: &str, names: &[&str]| {
        let groups: Vec<Group> = names.iter().map(|name| group(name)).collect();
        let found = roles(&settings(&format!("{TEMPLATE}{text}")), &groups);
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let pattern = "role_pattern = 'AWS-{account}-{role}'\n";
    let names = [
        "AWS-123456789012-Developer",
        "aws-123456789012-ReadOnly",
        "AWS-12345-Short",
        "AWS-12345678901x-NoDigit",
        "AWS-123456789012-",
        "AWS-123456789012-team/Admin",
        "AWS-123456789012-Müller",
        "XAWS-123456789012-Developer",
        "ops",
    ];
    assert_eq!(
        found(pattern, &names),
        ["arn:aws:iam::123456789012:role/Developer", "arn:aws:iam::123456789012:role/ReadOnly"]
    );
    let elsewhere = format!("{pattern}role_path = '/team/'\npartition = 'aws-cn'\n");
    assert_eq!(found(&elsewhere, &["AWS-123456789012-X"]), ["arn:aws-cn:iam::123456789012:role/team/X"]);
    // The other way round, with text after it.
    assert_eq!(
        found("role_pattern = '{role}@{account}-aws'\n", &["A-1@123456789012-aws"]),
        ["arn:aws:iam::123456789012:role/A-1"]
    );

    let table = "[roles]\nOPS = 'arn:aws:iam::123456789012:role/Ops'\n'Öffentlichkeit' = 'arn:aws:iam::123456789012:role/Press'\n\
                 'CN=both,OU=groups,DC=x' = ['arn:aws:iam::123456789012:role/A', 'arn:aws:iam::123456789012:role/Ops']\n\
                 'cn=ops,dc=elsewhere' = 'arn:aws:iam::123456789012:role/Never'\n";
    assert_eq!(
        found(table, &["ops", "both", "öffentlichkeit"]),
        ["Ops", "A", "Press"].map(|name| format!("arn:aws:iam::123456789012:role/{name}"))
    );
    assert_eq!(found("", &names), [""; 0]);
}

#[test]
fn a_session_is_named_and_tagged_after_the_entry() {
    let name = |text: &str, entry: &Entry| {
        session_name(&settings(&format!("{TEMPLATE}{text}")), entry, "typed")
            .map(String::from)
            .map_err(|e| Problem::from(e).message)
    };
    let ann = entry(&[("uid", &["ann"]), ("MAIL", &["ann@example.org", "second@x"]), ("departmentNumber", &["Süd 1"])]);
    assert_eq!(name("", &ann).unwrap(), "ann@example.org");
    assert_eq!(name("", &entry(&[])).unwrap(), "typed");
    assert_eq!(name("session_name = '{user}/{departmentnumber}'", &ann).unwrap(), "typed-S-d-1");
    assert!(name("session_name = '{sn}'", &ann).unwrap_err().contains("doesn't have sn"));
    assert_eq!(person(&entry(&[("uid", &["Jürgen"])]), "typed"), "Jürgen");

    let tagged = |text: &str, entry: &Entry| {
        tags(&settings(&format!("{TEMPLATE}tags = {{ Dep = '{text}' }}")), entry).map_err(|e| Problem::from(e).message)
    };
    assert_eq!(tagged("departmentNumber", &ann).unwrap()["Dep"], "Süd 1");
    assert!(tagged("none", &ann).unwrap().is_empty());
    assert!(tagged("mail", &ann).unwrap_err().contains("several values"));
    assert!(tagged("x", &entry(&[("x", &["R&D <North>"])])).unwrap_err().contains("AWS allows"));
    assert!(tagged("x", &entry(&[("x", &[&"a".repeat(257)])])).unwrap_err().contains("256"));
}

proptest! {
    #[test]
    fn any_user_name_is_one_value(user in "[^\u{0}-\u{1f}\u{7f}-\u{9f}]{1,40}") {
        let text = filter(DEFAULT_SEARCH_FILTER, &user, "").unwrap();
        prop_assert!(parse_filter(&text).is_ok(), "{}", text);
        let value = text.strip_prefix("(uid=").and_then(|t| t.strip_suffix(')')).unwrap();
        prop_assert!(!value.contains(['(', ')', '*']));
        prop_assert_eq!(ldap_unescape(value).unwrap(), user.clone());
        if let Ok(BindName::Dn(dn)) = BindName::of(&settings(TEMPLATE), &user) {
            let parts = dn::plain(&dn).unwrap();
            prop_assert_eq!(parts.len(), 4, "{}", dn);
            prop_assert_eq!(&parts[0], &vec![("uid".to_owned(), user.to_lowercase())], "{}", dn);
        }
    }

    #[test]
    fn any_entry_gives_names_that_aws_takes_or_none(value in ".{0,90}", user in ".{0,90}") {
        let entry = entry(&[("mail", &[&value])]);
        if let Ok(name) = session_name(&settings(TEMPLATE), &entry, &user) {
            prop_assert!(name.as_str().parse::<daypass_core::names::SessionName>().is_ok());
        }
    }
}
