//! Turns groups into roles, by a pattern for the group's name and by a table.

use super::entry::Group;
use daypass_core::names::{AccountId, RoleArn, is_session_name_char};
use daypass_core::settings::DirectorySettings;
use daypass_core::template::{Part, Template};
use daypass_ldap::dn;

/// The roles of these groups, each once, in the order of the groups.
pub(super) fn roles(settings: &DirectorySettings, groups: &[Group]) -> Vec<RoleArn> {
    let pattern = settings.role_pattern.as_deref().and_then(|text| Template::parse(text).ok());
    let mut roles = Vec::new();
    for group in groups {
        let mapped =
            settings.roles.iter().filter(|(name, _)| is_called(group, name)).flat_map(|(_, roles)| roles.all());
        let patterned = pattern.as_ref().and_then(|pattern| role_of(settings, pattern, &group.name));
        for role in mapped.cloned().chain(patterned) {
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
    }
    roles
}

/// The role that a group's name means, if the name has the form of the pattern.
pub(super) fn role_of(settings: &DirectorySettings, pattern: &Template<'_>, name: &str) -> Option<RoleArn> {
    let mut found = Matched::default();
    if !matches(pattern.parts(), name, &mut found) {
        return None;
    }
    let (account, role) = (found.account?, found.role?);
    // A '/' in a group's name would choose the role's path.
    if !role.chars().all(is_session_name_char) {
        return None;
    }
    let partition = settings.partition.as_deref().unwrap_or("aws");
    let path = settings.role_path.as_deref().unwrap_or("/");
    format!("arn:{partition}:iam::{account}:role{path}{role}").parse().ok()
}

/// Whether a key of the table names this group, by its DN or its name. Case doesn't matter.
fn is_called(group: &Group, key: &str) -> bool {
    let by_dn = dn::plain(key).is_some_and(|key| dn::plain(&group.dn) == Some(key));
    by_dn || group.name.to_lowercase() == key.to_lowercase()
}

#[derive(Default)]
struct Matched<'n> {
    account: Option<&'n str>,
    role: Option<&'n str>,
}

/// Whether the whole name matches the parts. Case doesn't matter in a directory's names, but does in a role's.
fn matches<'n>(parts: &[Part<'_>], name: &'n str, found: &mut Matched<'n>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return name.is_empty() };
    match first {
        Part::Text(text) => {
            let Some((head, tail)) = name.split_at_checked(text.len()) else { return false };
            head.to_lowercase() == text.to_lowercase() && matches(rest, tail, found)
        }
        Part::Name("account") => {
            let Some((account, tail)) = name.split_at_checked(12) else { return false };
            found.account = Some(account);
            account.parse::<AccountId>().is_ok() && matches(rest, tail, found)
        }
        // Only one part has a variable length, so at most one of these fits.
        Part::Name(_) => name.char_indices().map(|(at, c)| at + c.len_utf8()).any(|end| {
            found.role = Some(&name[..end]);
            matches(rest, &name[end..], found)
        }),
    }
}
