//! Turns the attributes of an entry into AWS session names and session tags.

use std::collections::BTreeMap;

use super::error::DirectoryError;
use daypass_core::names::{SessionName, is_session_name_char};
use daypass_core::settings::DirectorySettings;
use daypass_core::template::Template;
use daypass_ldap::message::Entry;

/// What names a person by default: the first of these that the entry has.
const NAMES: [&str; 4] = ["mail", "userPrincipalName", "uid", "sAMAccountName"];
/// `RoleSessionName`.
const LONGEST_NAME: usize = 64;
/// The longest value of a session tag (<https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html>).
const LONGEST_TAG: usize = 256;

/// The attributes to request.
pub(super) fn wanted(settings: &DirectorySettings) -> Vec<&str> {
    let mut wanted = naming(settings);
    let template = settings.session_name.as_deref().and_then(|text| Template::parse(text).ok());
    wanted.extend(template.iter().flat_map(Template::names).filter(|name| *name != "user"));
    wanted.extend(settings.tags.values().map(String::as_str));
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The attributes that may hold the name that people type: the usual ones, and those that the settings compare with it.
pub(super) fn naming(settings: &DirectorySettings) -> Vec<&str> {
    let templates = [&settings.bind_dn, &settings.search_filter].into_iter().flatten();
    let compared = templates.flat_map(|template| template.match_indices("={user}").map(|(at, _)| &template[..at]));
    let named = compared.map(|text| text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next());
    NAMES.into_iter().chain(named.flatten().filter(|name| !name.is_empty())).collect()
}

/// What the person is called.
pub(super) fn person(entry: &Entry, user: &str) -> String {
    let name = NAMES.iter().find_map(|name| entry.values(name).first());
    name.map_or(user, String::as_str).chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The role session name for a person. Characters that AWS forbids become `-`, and 64 of them are kept.
pub(super) fn session_name(
    settings: &DirectorySettings,
    entry: &Entry,
    user: &str,
) -> Result<SessionName, DirectoryError> {
    let wrong = |why: String, hint: &str| DirectoryError::SessionName { why, hint: hint.to_owned() };
    let Some(text) = &settings.session_name else {
        let names = NAMES.iter().filter_map(|name| entry.values(name).first().map(String::as_str));
        let found = names.chain([user]).find_map(|name| allowed(name).parse().ok());
        return found.ok_or_else(|| {
            wrong(
                format!("{user:?} has fewer than the 2 characters that AWS requires"),
                "set session_name of the identity",
            )
        });
    };
    let template = Template::parse(text).map_err(|why| wrong(why.to_owned(), "write attributes in braces: {mail}"))?;
    let value = |name: &str| match name {
        "user" => Some(user.to_owned()),
        name => entry.values(name).first().cloned(),
    };
    let filled = template.fill(value).map_err(|attribute| {
        wrong(
            format!("the entry {} doesn't have {attribute}", entry.dn),
            "set session_name of the identity to an attribute that all entries have",
        )
    })?;
    allowed(&filled).parse().map_err(|_| {
        wrong(
            format!("{text:?} leaves fewer than the 2 characters that AWS requires"),
            "set session_name of the identity",
        )
    })
}

/// Session tags for a person. A missing attribute gets no tag, so policies that need it don't match.
pub(super) fn tags(settings: &DirectorySettings, entry: &Entry) -> Result<BTreeMap<String, String>, DirectoryError> {
    let mut tags = BTreeMap::new();
    for (key, attribute) in &settings.tags {
        let wrong = |why| DirectoryError::Tag { key: key.clone(), attribute: attribute.clone(), why };
        match entry.values(attribute) {
            [] => {}
            [value] if value.chars().count() > LONGEST_TAG => return Err(wrong("it has more than 256 characters")),
            [value] if value.chars().all(is_tag_char) => drop(tags.insert(key.clone(), value.clone())),
            [_] => return Err(wrong("AWS allows only letters, digits, spaces and _ . : / = + - @ there")),
            _ => return Err(wrong("the entry has several values for it, but a tag has only one")),
        }
    }
    Ok(tags)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`.
pub(super) fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

fn allowed(text: &str) -> String {
    text.trim().chars().map(|c| if is_session_name_char(c) { c } else { '-' }).take(LONGEST_NAME).collect()
}
