//! Proving a person to the directory, and reading who it is.
//!
//! However the entry is found, a bind as its DN proves the password against that very entry. Only then is the entry
//! trusted. A name that the server accepts but that isn't a DN (`jane@corp.example`) is therefore bound twice: once to
//! search, and once as the entry that was found.

use ldap3::{Scope, dn_escape, ldap_escape};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::attributes;
use super::error::DirectoryError;
use super::talk::{ANY, Connection, Found, Stream};
use daypass_core::settings::{DirectorySettings, SettingField};
use daypass_core::template::Template;
use daypass_http::Network;
use daypass_ldap::dn;
use daypass_ldap::message::Entry;
use daypass_ldap::refusal::{BindEnd, Refusal};

pub(super) const DEFAULT_SEARCH_FILTER: &str = "(uid={user})";
/// Groups of Active Directory and `groupOfNames` have `member`, `groupOfUniqueNames` has `uniqueMember`.
pub(super) const DEFAULT_GROUP_FILTER: &str = "(|(member={dn})(uniqueMember={dn}))";
/// Windows itself gives up at 1,015. A search also finds nested groups, so there may be more.
const MOST_GROUPS: usize = 10_000;
const MEMBER_OF: &str = "memberOf";
const LONGEST_USER: usize = 256;

/// Whose password it was.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) entry: Entry,
    pub(super) groups: Vec<Group>,
}

/// A group of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) dn: String,
    /// Its `cn`.
    pub(super) name: String,
}

/// Proves a person by name and password, and reads its entry and its groups.
pub(super) async fn prove(
    network: &Network,
    settings: &DirectorySettings,
    user: &str,
    password: &SecretString,
    bind_password: Option<&SecretString>,
) -> Result<Proven, DirectoryError> {
    let name = BindName::of(settings, user)?;
    let mut connection = Connection::open(settings, network).await?;
    prove_over(&mut connection, settings, user, name, password, bind_password).await
}

/// Like [`prove`], over an open connection.
pub(super) async fn prove_over<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    user: &str,
    name: BindName,
    password: &SecretString,
    bind_password: Option<&SecretString>,
) -> Result<Proven, DirectoryError> {
    let dn = match name {
        BindName::Dn(dn) => dn,
        BindName::Searched(own_name) => {
            match (&settings.bind_user, &own_name) {
                (Some(_), _) => bind_service(connection, settings, bind_password).await?,
                (None, Some(name)) => bind_person(connection, settings, name, password).await?,
                // Without a bind: anonymous.
                (None, None) => {}
            }
            let is_known = settings.bind_user.is_none() && own_name.is_some();
            find(connection, settings, user).await?.ok_or_else(|| no_entry(settings, user, is_known))?
        }
    };
    bind_person(connection, settings, &dn, password).await?;
    if settings.bind_user.is_some() {
        bind_service(connection, settings, bind_password).await?;
    }
    let entry = read(connection, settings, &dn).await?;
    let groups = groups(connection, settings, user, &entry).await?;
    Ok(Proven { entry, groups })
}

/// Whether a search works without the person: with the search account, or anonymously.
pub(super) fn searches_without_the_person(settings: &DirectorySettings) -> bool {
    settings.bind_user.is_some() || settings.bind_dn.is_none()
}

/// Binds the search account, if there is one, and looks for the bases of the searches. This much can be tried without
/// the person.
pub(super) async fn look_around<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    bind_password: Option<&SecretString>,
) -> Result<(), DirectoryError> {
    let by_anybody = settings.bind_user.is_none();
    if !by_anybody {
        bind_service(connection, settings, bind_password).await?;
    }
    // Groups are read by the search account, or else by the person.
    for base in settings.search_base.iter().chain(settings.group_base.iter().filter(|_| !by_anybody)) {
        connection.look_for(base).await?;
    }
    Ok(())
}

/// What a person binds as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BindName {
    /// The DN that the template makes.
    Dn(String),
    /// Not known before a search; with a name that the person can search under, if there is one.
    Searched(Option<String>),
}

impl BindName {
    /// Builds the name from what was typed, and checks it here for every place where it will be used.
    pub(super) fn of(settings: &DirectorySettings, user: &str) -> Result<Self, DirectoryError> {
        let wrong = |why| DirectoryError::BadUserName { user: user.chars().take(64).collect(), why };
        if user.trim().is_empty() {
            return Err(wrong("it's empty"));
        }
        if user.chars().any(char::is_control) || user.chars().count() > LONGEST_USER {
            return Err(wrong("it has control characters, or more than 256 characters"));
        }
        let Some(template) = &settings.bind_dn else { return Ok(Self::Searched(None)) };
        let filled = |value: String| {
            let template = Template::parse(template)
                .map_err(|why| DirectoryError::setting(SettingField::BindDn, template, why))?;
            let fill = template.fill(|name| (name == "user").then(|| value.clone()));
            fill.map_err(|_| DirectoryError::setting(SettingField::BindDn, &value, "only {user} may be in braces"))
        };
        if is_dn(template) {
            return Ok(Self::Dn(filled(dn_escape(user).into_owned())?));
        }
        // No name of Active Directory has these (sAMAccountName), and with them a name would mean something else.
        if user.contains(['"', '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>']) {
            return Err(wrong("leave the domain and special characters out of it"));
        }
        // Where nothing is put around the name, people type a userPrincipalName: a domain may have several suffixes.
        if user.contains('@') && template != "{user}" {
            return Err(wrong("type the short name, without the @ and what follows it"));
        }
        Ok(Self::Searched(Some(filled(user.to_owned())?)))
    }
}

/// Whether `bind_dn` is a DN rather than another name that the server accepts.
pub(super) fn is_dn(bind_dn: &str) -> bool {
    bind_dn.contains('=')
}

/// A filter from the settings with the person filled in.
pub(super) fn filter(template: &str, user: &str, dn: &str) -> Result<String, &'static str> {
    let value = |name: &str| match name {
        "user" => Some(ldap_escape(user).into_owned()),
        "dn" => Some(ldap_escape(dn).into_owned()),
        _ => None,
    };
    let filled = Template::parse(template)?.fill(value);
    filled.map_err(|_| "only {user} and {dn} may be in braces")
}

async fn bind_person<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    name: &str,
    password: &SecretString,
) -> Result<(), DirectoryError> {
    let url = settings.url.clone();
    match connection.bind(name, password).await? {
        BindEnd::Bound => Ok(()),
        BindEnd::Refused(refusal) => Err(DirectoryError::Refused { url, refusal }),
        BindEnd::Other { code, words } => {
            Err(DirectoryError::Failed { url, doing: "let you sign in".into(), code, words })
        }
    }
}

async fn bind_service<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    password: Option<&SecretString>,
) -> Result<(), DirectoryError> {
    let bind_user = settings.bind_user.clone().unwrap_or_default();
    let Some(password) = password else { return Err(DirectoryError::NoBindPassword { bind_user }) };
    let url = settings.url.clone();
    match connection.bind(&bind_user, password).await? {
        BindEnd::Bound => Ok(()),
        BindEnd::Refused(refusal) => Err(DirectoryError::ServiceRefused { url, bind_user, refusal }),
        BindEnd::Other { code, words } => {
            Err(DirectoryError::Failed { url, doing: format!("let {bind_user} in"), code, words })
        }
    }
}

/// The entry doesn't exist. A stranger gets the same answer as for a wrong password, so that no one can find
/// out which names exist. A person whose password the directory has just accepted isn't a stranger and is told the real
/// reason.
fn no_entry(settings: &DirectorySettings, user: &str, is_known: bool) -> DirectoryError {
    let url = settings.url.clone();
    if is_known {
        let base = settings.search_base.clone().unwrap_or_default();
        return DirectoryError::NoEntry { url, user: user.to_owned(), base };
    }
    DirectoryError::Refused { url, refusal: Refusal::Credentials }
}

/// The DN of the only entry with this name.
async fn find<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    user: &str,
) -> Result<Option<String>, DirectoryError> {
    let base = settings.search_base.as_deref().unwrap_or_default();
    let template = settings.search_filter.as_deref().unwrap_or(DEFAULT_SEARCH_FILTER);
    let filter =
        filter(template, user, "").map_err(|why| DirectoryError::setting(SettingField::SearchFilter, template, why))?;
    let found = connection.search(base, Scope::Subtree, &filter, &["1.1"], 1).await?;
    let Found::Entries(entries) = found else {
        let (url, user, base) = (settings.url.clone(), user.to_owned(), base.to_owned());
        return Err(DirectoryError::SeveralEntries { url, user, base });
    };
    Ok(entries.into_iter().next().map(|entry| entry.dn))
}

async fn read<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    dn: &str,
) -> Result<Entry, DirectoryError> {
    let mut wanted = attributes::wanted(settings);
    if settings.group_base.is_none() {
        wanted.push(MEMBER_OF);
    }
    one(connection, settings, dn, &wanted).await
}

/// Attributes of an entry.
async fn one<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    dn: &str,
    attributes: &[&str],
) -> Result<Entry, DirectoryError> {
    let entry = match connection.search(dn, Scope::Base, ANY, attributes, 1).await? {
        Found::Entries(entries) => entries.into_iter().next(),
        Found::TooMany => None,
    };
    entry.ok_or_else(|| DirectoryError::EntryHidden { url: settings.url.clone(), dn: dn.to_owned() })
}

/// All values of `memberOf`. Active Directory returns 1,500 at a time and has to be asked for the rest.
pub(super) async fn member_of<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    entry: &Entry,
) -> Result<Vec<String>, DirectoryError> {
    let mut all = entry.values(MEMBER_OF).to_vec();
    let Some((values, mut next)) = entry.part(MEMBER_OF, 0) else { return Ok(all) };
    all.extend_from_slice(values);
    while let Some(from) = next {
        if all.len() > MOST_GROUPS {
            return Err(too_many(settings));
        }
        let rest = one(connection, settings, &entry.dn, &[&format!("{MEMBER_OF};range={from}-*")]).await?;
        let Some((values, after)) = rest.part(MEMBER_OF, from) else {
            return Err(DirectoryError::EntryHidden { url: settings.url.clone(), dn: entry.dn.clone() });
        };
        all.extend_from_slice(values);
        next = after;
    }
    Ok(all)
}

async fn groups<S: Stream>(
    connection: &mut Connection<S>,
    settings: &DirectorySettings,
    user: &str,
    entry: &Entry,
) -> Result<Vec<Group>, DirectoryError> {
    let Some(base) = &settings.group_base else {
        let group = |dn: String| Group { name: dn::common_name(&dn).unwrap_or_else(|| dn.clone()), dn };
        return Ok(member_of(connection, settings, entry).await?.into_iter().map(group).collect());
    };
    let template = settings.group_filter.as_deref().unwrap_or(DEFAULT_GROUP_FILTER);
    let filled = |user: &str| {
        let wrong = |why| DirectoryError::setting(SettingField::GroupFilter, template, why);
        filter(template, user, &entry.dn).map_err(wrong)
    };
    // The person may have typed the name in another case. The directory takes it, but memberUid has the entry's own
    // spelling and is compared exactly (caseExactIA5Match).
    let filter = match entry.spelled_as(user, &attributes::naming(settings)) {
        Some(own) if template.contains("{user}") => format!("(|{}{})", filled(user)?, filled(own)?),
        _ => filled(user)?,
    };
    match connection.search(base, Scope::Subtree, &filter, &["cn"], MOST_GROUPS).await? {
        Found::Entries(groups) => Ok(groups.into_iter().filter_map(group).collect()),
        Found::TooMany => Err(too_many(settings)),
    }
}

fn too_many(settings: &DirectorySettings) -> DirectoryError {
    DirectoryError::TooManyGroups { url: settings.url.clone(), limit: MOST_GROUPS }
}

fn group(entry: Entry) -> Option<Group> {
    // A group may have several cn; the one in its DN is its name.
    let name = dn::common_name(&entry.dn).or_else(|| entry.values("cn").first().cloned())?;
    Some(Group { dn: entry.dn, name })
}
