//! Checks whether settings can work: field by field, then by asking the directory and AWS.

use ldap3::parse_filter;
use serde_json::{Map, Value};

use super::connect::Address;
use super::entry::{DEFAULT_GROUP_FILTER, DEFAULT_SEARCH_FILTER, filter, is_dn};
use super::error::DirectoryError;
use super::roles::role_of;
use daypass_core::names::Partition;
use daypass_core::settings::{DirectorySettings, Federate, SettingField};
use daypass_core::template::Template;

/// STS's limits for session tags and session policies.
const MOST_TAGS: usize = 50;
const LONGEST_KEY: usize = 128;
const MOST_POLICIES: usize = 10;
const MOST_HOURS: u32 = 720;

type Checked = Result<(), DirectoryError>;

/// Everything wrong with settings, checked field by field. No network, no files.
pub(super) fn field_errors(settings: &DirectorySettings) -> Vec<DirectoryError> {
    let checks = [
        Address::of(settings).map(drop),
        names_are_there(settings),
        ways_fit_together(settings),
        templates(settings),
        filters(settings),
        role_pattern(settings),
        tags(settings),
        settings.federate.as_ref().map_or(Ok(()), federate),
        hours(settings),
    ];
    checks.into_iter().filter_map(Result::err).collect()
}

fn names_are_there(settings: &DirectorySettings) -> Checked {
    let texts = [
        (SettingField::CaFile, &settings.ca_file),
        (SettingField::BindDn, &settings.bind_dn),
        (SettingField::SearchBase, &settings.search_base),
        (SettingField::SearchFilter, &settings.search_filter),
        (SettingField::BindUser, &settings.bind_user),
        (SettingField::GroupBase, &settings.group_base),
        (SettingField::GroupFilter, &settings.group_filter),
        (SettingField::RolePattern, &settings.role_pattern),
        (SettingField::RolePath, &settings.role_path),
        (SettingField::Partition, &settings.partition),
        (SettingField::SessionName, &settings.session_name),
    ];
    let set = texts.iter().filter_map(|(field, text)| text.as_deref().map(|text| (*field, text)));
    for (field, text) in set {
        if text.trim().is_empty() || text.contains(char::is_control) {
            return Err(DirectoryError::setting(field, text, "it's empty or has control characters; leave it out"));
        }
    }
    Ok(())
}

fn ways_fit_together(settings: &DirectorySettings) -> Checked {
    let setting = DirectoryError::setting;
    let (base, filter) = (settings.search_base.as_deref(), settings.search_filter.as_deref());
    match (settings.bind_dn.as_deref(), base) {
        (None, None) => Err(setting(
            SettingField::BindDn,
            "",
            "write the DN that people sign in with, such as uid={user},ou=people,dc=example,dc=org, or a search_base to find it in",
        )),
        (Some(dn), Some(base)) if is_dn(dn) => {
            Err(setting(SettingField::SearchBase, base, "bind_dn names the entry already; leave one of the two out"))
        }
        (Some(name), None) if !is_dn(name) => Err(setting(
            SettingField::BindDn,
            name,
            "it's a name and not a DN, so set search_base to where Daypass should search for the person's entry",
        )),
        (Some(name), Some(_)) if settings.bind_user.is_some() => {
            Err(setting(SettingField::BindDn, name, "bind_user searches; leave one of the two out"))
        }
        (_, None) if filter.is_some() => Err(setting(
            SettingField::SearchFilter,
            filter.unwrap_or_default(),
            "without search_base, Daypass doesn't search",
        )),
        _ if settings.group_filter.is_some() && settings.group_base.is_none() => Err(setting(
            SettingField::GroupFilter,
            settings.group_filter.as_deref().unwrap_or_default(),
            "groups are searched for in group_base; set that too",
        )),
        _ => Ok(()),
    }
}

fn templates(settings: &DirectorySettings) -> Checked {
    let names = |field: SettingField, text: &str| {
        let template = Template::parse(text).map_err(|why| DirectoryError::setting(field, text, why))?;
        Ok::<_, DirectoryError>(template.names().map(str::to_owned).collect::<Vec<_>>())
    };
    if let Some(text) = &settings.bind_dn
        && names(SettingField::BindDn, text)? != ["user"]
    {
        return Err(DirectoryError::setting(
            SettingField::BindDn,
            text,
            "write {user} once where the person's name belongs",
        ));
    }
    if let Some(text) = &settings.session_name
        && let Some(name) = names(SettingField::SessionName, text)?.iter().find(|name| !is_attribute(name))
    {
        return Err(DirectoryError::setting(
            SettingField::SessionName,
            text,
            format!("{{{name}}} isn't the name of an attribute"),
        ));
    }
    Ok(())
}

fn filters(settings: &DirectorySettings) -> Checked {
    let search =
        (SettingField::SearchFilter, settings.search_filter.as_deref().unwrap_or(DEFAULT_SEARCH_FILTER), "{user}");
    let group =
        (SettingField::GroupFilter, settings.group_filter.as_deref().unwrap_or(DEFAULT_GROUP_FILTER), "{dn} or {user}");
    for (field, text, wanted) in [search, group] {
        let wrong = |why: &str| DirectoryError::setting(field, text, why);
        let filled = filter(text, "user", "uid=user").map_err(wrong)?;
        if parse_filter(&filled).is_err() {
            return Err(wrong("it isn't an LDAP filter (RFC 4515), like (uid={user})"));
        }
        let names = Template::parse(text).map_err(wrong)?;
        let is_wanted = |name: &str| name == "user" || (name == "dn" && field == SettingField::GroupFilter);
        if names.names().count() == 0 || !names.names().all(is_wanted) {
            return Err(wrong(&format!("write {wanted} where the person belongs")));
        }
    }
    Ok(())
}

fn role_pattern(settings: &DirectorySettings) -> Checked {
    if let Some(partition) = &settings.partition
        && Partition::of_id(partition).is_none()
    {
        return Err(DirectoryError::setting(
            SettingField::Partition,
            partition,
            "use a partition of AWS, such as aws, aws-cn or aws-us-gov",
        ));
    }
    let Some(pattern) = &settings.role_pattern else { return Ok(()) };
    let wrong = |why: &str| DirectoryError::setting(SettingField::RolePattern, pattern, why);
    let template = Template::parse(pattern).map_err(wrong)?;
    let mut names: Vec<&str> = template.names().collect();
    names.sort_unstable();
    if names != ["account", "role"] {
        return Err(wrong("write {account} and {role} once each, for example AWS-{account}-{role}"));
    }
    let sample = template.fill(|name| Some(if name == "account" { "123456789012" } else { "R" }.to_owned()));
    if role_of(settings, &template, &sample.unwrap_or_default()).is_none() {
        let path = settings.role_path.as_deref().unwrap_or_default();
        return Err(DirectoryError::setting(
            SettingField::RolePath,
            path,
            "a path begins and ends with '/', for example /team/",
        ));
    }
    Ok(())
}

fn tags(settings: &DirectorySettings) -> Checked {
    let wrong = |value: &str, why: &str| Err(DirectoryError::setting(SettingField::Tags, value, why));
    if settings.tags.len() > MOST_TAGS {
        return wrong(&settings.tags.len().to_string(), "AWS allows at most 50 session tags");
    }
    for (key, attribute) in &settings.tags {
        let is_key = (1..=LONGEST_KEY).contains(&key.chars().count())
            && key.chars().all(super::attributes::is_tag_char)
            && !key.to_lowercase().starts_with("aws:");
        if !is_key {
            return wrong(
                key,
                "a tag's key has 1 to 128 letters, digits, spaces and _ . : / = + - @, and no aws: before it",
            );
        }
        if !is_attribute(attribute) {
            return wrong(attribute, "write the name of an attribute, for example Department = \"department\"");
        }
    }
    Ok(())
}

fn federate(federate: &Federate) -> Checked {
    let wrong = |field, value: &str, why: &str| Err(DirectoryError::setting(field, value, why));
    let arns = SettingField::FederatePolicyArns;
    if federate.policy_arns.len() > MOST_POLICIES {
        return wrong(arns, &federate.policy_arns.len().to_string(), "AWS allows 10 managed session policies");
    }
    if let Some(arn) = federate.policy_arns.iter().find(|arn| !(arn.starts_with("arn:") && arn.contains(":policy/"))) {
        return wrong(arns, arn, "a managed policy's ARN looks like arn:aws:iam::aws:policy/ReadOnlyAccess");
    }
    match &federate.policy {
        Some(policy) if serde_json::from_str::<Map<String, Value>>(policy).is_err() => {
            wrong(SettingField::FederatePolicy, policy, "an inline policy is a JSON object, with Version and Statement")
        }
        _ => Ok(()),
    }
}

fn hours(settings: &DirectorySettings) -> Checked {
    match settings.hours {
        Some(hours) if !(1..=MOST_HOURS).contains(&hours) => Err(DirectoryError::setting(
            SettingField::Hours,
            &hours.to_string(),
            "write 1 to 720 hours, or leave it out for 12",
        )),
        _ => Ok(()),
    }
}

/// The name of an attribute (RFC 4512, section 1.4): a word or an OID, with options.
fn is_attribute(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.;".contains(&b))
}
