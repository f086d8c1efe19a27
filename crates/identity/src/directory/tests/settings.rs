//! Settings that can work, and every kind that can't.

#![allow(clippy::unwrap_used)]

use super::settings;
use crate::directory::check::field_errors;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::settings::{DirectorySettings, GroupRoles};

const BY_TEMPLATE: &str = "url = 'ldaps://ldap.example.org'\nbind_dn = 'uid={user},ou=people,dc=example,dc=org'\n";
const BY_SEARCH: &str = "url = 'ldap://ldap.example.org:1389'\nstart_tls = true\nsearch_base = 'dc=example,dc=org'\n";

fn wrong(text: &str) -> Vec<ProblemCode> {
    field_errors(&settings(text)).into_iter().map(|error| Problem::from(error).code).collect()
}

#[test]
fn what_people_write_can_be_used() {
    for more in [
        "",
        "group_base = 'ou=groups,dc=example,dc=org'\ngroup_filter = '(member:1.2.840.113556.1.4.1941:={dn})'\n",
        "role_pattern = 'AWS-{account}-{role}'\nrole_path = '/team/'\npartition = 'aws-cn'\n",
        "[roles]\nops = 'arn:aws:iam::123456789012:role/Ops'\n'cn=x,dc=y' = ['arn:aws:iam::123456789012:role/A']\n",
        "session_name = 'dp-{user}-{employeeNumber}'\ntags = { Department = 'departmentNumber;lang-de' }\n",
        "[federate]\naccount = '123456789012'\npolicy = '{}'\npolicy_arns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']\n",
    ] {
        for way in [BY_TEMPLATE, BY_SEARCH] {
            assert_eq!(wrong(&format!("{way}{more}")), [] as [ProblemCode; 0], "{way}{more}");
        }
    }
    let ad = "url = 'ldaps://corp.example'\nbind_dn = '{user}@corp.example'\nsearch_base = 'dc=corp,dc=example'\n\
              search_filter = '(sAMAccountName={user})'\n";
    assert_eq!(wrong(ad), [] as [ProblemCode; 0]);
    for url in ["ldaps://[::1]", "ldaps://[2001:db8::17]:1636", "ldaps://192.0.2.1"] {
        assert_eq!(wrong(&BY_TEMPLATE.replace("ldaps://ldap.example.org", url)), [] as [ProblemCode; 0], "{url}");
    }
}

#[test]
fn a_password_never_goes_over_a_plain_connection() {
    for url in ["ldap://ldap.example.org", "ldap://127.0.0.1", "ldap://localhost:389", "LDAP://x.example"] {
        let problem =
            Problem::from(field_errors(&settings(&BY_TEMPLATE.replace("ldaps://ldap.example.org", url))).remove(0));
        assert_eq!(problem.code, ProblemCode::BadUrl, "{url}");
        assert!(problem.message.contains("can be read on its way"), "{problem:?}");
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for (url, words) in [
        ("ldap.example.org", "URL"),
        ("https://ldap.example.org", "ldaps://"),
        ("ldapi:///run/slapd", "ldaps://"),
        ("ldaps://", "a name"),
        ("ldaps://ann:secret@x", "bind_user"),
        ("ldaps://x/dc=example", "search_base"),
        ("ldaps://x?uid", "search_base"),
        ("ldaps://[::1", "URL"),
        ("ldaps://::1", "URL"),
        ("ldaps://[::1]/dc=example", "search_base"),
        ("ldaps://müller.example", "a name"),
        ("ldaps://a..b", "a name"),
    ] {
        let errors = field_errors(&settings(&BY_TEMPLATE.replace("ldaps://ldap.example.org", url)));
        let said = errors.iter().map(ToString::to_string).collect::<String>();
        assert!(said.starts_with("url ") && said.contains(words), "{url}: {said}");
    }
    for (way, more, code) in [
        (BY_SEARCH, "bind_dn = 'uid={user},dc=x'", ProblemCode::BadSearchBase),
        ("url = 'ldaps://x'\n", "", ProblemCode::BadBindDn),
        ("url = 'ldaps://x'\n", "bind_dn = '{user}@corp.example'", ProblemCode::BadBindDn),
        ("url = 'ldaps://x'\n", "bind_dn = 'uid=me,dc=x'", ProblemCode::BadBindDn),
        ("url = 'ldaps://x'\n", "bind_dn = 'uid={user},ou={dn}'", ProblemCode::BadBindDn),
        ("url = 'ldaps://x'\n", "bind_dn = 'uid={user,dc=x'", ProblemCode::BadBindDn),
        ("url = 'ldaps://x'\nstart_tls = true\n", "bind_dn = 'uid={user},dc=x'", ProblemCode::BadUrl),
        (BY_SEARCH, "bind_dn = '{user}@x'\nbind_user = 'cn=s'", ProblemCode::BadBindDn),
        (BY_TEMPLATE, "search_filter = '(uid={user})'", ProblemCode::BadSearchFilter),
        (BY_SEARCH, "search_filter = '(uid={user}'", ProblemCode::BadSearchFilter),
        (BY_SEARCH, "search_filter = '(uid=ann)'", ProblemCode::BadSearchFilter),
        (BY_SEARCH, "search_filter = '(uid={dn})'", ProblemCode::BadSearchFilter),
        (BY_SEARCH, "search_filter = '(&(uid={user})'", ProblemCode::BadSearchFilter),
        (BY_SEARCH, "group_filter = '(member={dn})'", ProblemCode::BadGroupFilter),
        (BY_SEARCH, "group_base = 'x'\ngroup_filter = '(member={who})'", ProblemCode::BadGroupFilter),
        (BY_SEARCH, "bind_user = ' '", ProblemCode::BadBindUser),
        (BY_SEARCH, "role_pattern = 'AWS-{role}'", ProblemCode::BadRolePattern),
        (BY_SEARCH, "role_pattern = 'AWS-{account}-{role}-{role}'", ProblemCode::BadRolePattern),
        (BY_SEARCH, "role_pattern = '{account}-{role}'\nrole_path = 'team'", ProblemCode::BadRolePath),
        (BY_SEARCH, "partition = 'aws-moon'", ProblemCode::BadPartition),
        (BY_SEARCH, "session_name = '{given name}'", ProblemCode::BadSessionName),
        (BY_SEARCH, "tags = { 'aws:x' = 'mail' }", ProblemCode::BadTags),
        (BY_SEARCH, "tags = { x = '' }", ProblemCode::BadTags),
        (BY_SEARCH, "hours = 0", ProblemCode::BadHours),
        (BY_SEARCH, "hours = 721", ProblemCode::BadHours),
        (BY_SEARCH, "federate = { account = '123456789012', policy = 'x' }", ProblemCode::BadFederate),
        (
            BY_SEARCH,
            "federate = { account = '123456789012', policy_arns = ['ReadOnlyAccess'] }",
            ProblemCode::BadFederate,
        ),
    ] {
        assert!(
            wrong(&format!("{way}{more}\n")).contains(&code),
            "{way}{more}: {:?}",
            wrong(&format!("{way}{more}\n"))
        );
    }
}

#[test]
fn a_group_has_one_role_or_several_and_a_mistake_is_explained() {
    let read = |value: &str| {
        toml_edit::de::from_str::<DirectorySettings>(&format!("url = 'x'\n[roles]\nops = {value}\n"))
            .map(|settings| settings.roles["ops"].all().len())
            .map_err(|error| error.to_string())
    };
    assert_eq!(read("'arn:aws:iam::123456789012:role/Ops'").unwrap(), 1);
    assert_eq!(read("['arn:aws:iam::123456789012:role/A', 'arn:aws:iam::123456789012:role/B']").unwrap(), 2);
    assert!(read("'Ops'").unwrap_err().contains("a role ARN looks like"));
    assert!(read("['Ops']").unwrap_err().contains("a role ARN looks like"));
    assert!(read("7").unwrap_err().contains("a list of role ARNs"));
}

#[test]
fn a_sign_in_is_good_while_the_directory_would_be_asked_the_same() {
    let before = settings(BY_TEMPLATE);
    let with = |more: &str| settings(&format!("{BY_TEMPLATE}{more}")).asked();
    assert_eq!(before.asked(), with("hours = 8\nrole_pattern = '{account}-{role}'\n"));
    assert_eq!(before.asked(), with("[roles]\nops = 'arn:aws:iam::123456789012:role/Ops'\n"));
    assert_ne!(before.asked(), with("tags = { Mail = 'mail' }\n"));
    assert_ne!(before.asked(), with("bind_user = 'cn=service'\n"));
    let one = GroupRoles::One("arn:aws:iam::123456789012:role/Ops".parse().unwrap());
    assert_eq!(one.all().len(), 1);
}
