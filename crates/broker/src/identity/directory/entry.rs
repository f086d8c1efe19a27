//! Proving a person to the directory, and reading who it is.
//!
//! Whichever way the entry is found, the password is proven against that very entry by a bind as its DN, and only then
//! is anything of it believed. A name that the server takes but that is not a DN (`jane@corp.example`) is therefore
//! bound twice: once to search, once as what was found.

use ldap3::{Scope, dn_escape, ldap_escape};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::error::DirectoryError;
use super::message::Entry;
use super::refusal::{BindEnd, Refusal};
use super::settings::DirectorySettings;
use super::talk::{Connection, Found};
use super::template::Template;
use super::{attributes, dn};

pub(super) const DEFAULT_SEARCH_FILTER: &str = "(uid={user})";
pub(super) const DEFAULT_GROUP_FILTER: &str = "(&(objectClass=groupOfNames)(member={dn}))";
const MOST_GROUPS: usize = 1_000;
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
    settings: &DirectorySettings,
    user: &str,
    password: &SecretString,
    bind_password: Option<&SecretString>,
) -> Result<Proven, DirectoryError> {
    let name = BindName::of(settings, user)?;
    let mut connection = Connection::open(settings).await?;
    let dn = match name {
        BindName::Dn(dn) => dn,
        BindName::Searched(own_name) => {
            match (&settings.bind_user, own_name) {
                (Some(_), _) => bind_service(&mut connection, settings, bind_password).await?,
                (None, Some(name)) => bind_person(&mut connection, settings, &name, password).await?,
                // Without a bind: anonymous.
                (None, None) => {}
            }
            find(&mut connection, settings, user).await?
        }
    };
    bind_person(&mut connection, settings, &dn, password).await?;
    if settings.bind_user.is_some() {
        bind_service(&mut connection, settings, bind_password).await?;
    }
    let entry = read(&mut connection, settings, &dn).await?;
    let groups = groups(&mut connection, settings, user, &entry).await?;
    Ok(Proven { entry, groups })
}

/// Binds the search account, where there is one, and looks at the search base: what can be tried without the person.
pub(super) async fn look_around(
    connection: &mut Connection,
    settings: &DirectorySettings,
    bind_password: Option<&SecretString>,
) -> Result<(), DirectoryError> {
    if settings.bind_user.is_none() {
        return Ok(());
    }
    bind_service(connection, settings, bind_password).await?;
    for base in settings.search_base.iter().chain(&settings.group_base) {
        if let Found::Entries(entries) = connection.search(base, Scope::Base, ANY, &["1.1"], 1).await?
            && entries.is_empty()
        {
            return Err(DirectoryError::EntryHidden { url: settings.url.clone(), dn: base.clone() });
        }
    }
    Ok(())
}

const ANY: &str = "(objectClass=*)";

/// What a person binds as.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BindName {
    /// The DN that the template makes.
    Dn(String),
    /// Not known before a search; with a name that the person can search under, if there is one.
    Searched(Option<String>),
}

impl BindName {
    /// From what was typed, which is checked here for every place where it will stand.
    pub(super) fn of(settings: &DirectorySettings, user: &str) -> Result<Self, DirectoryError> {
        let wrong = |why| DirectoryError::BadUserName { user: user.chars().take(64).collect(), why };
        if user.trim().is_empty() {
            return Err(wrong("it is empty"));
        }
        if user.chars().any(char::is_control) || user.chars().count() > LONGEST_USER {
            return Err(wrong("there are control characters in it, or more than 256 characters"));
        }
        let Some(template) = &settings.bind_dn else { return Ok(Self::Searched(None)) };
        let filled = |value: String| {
            let template =
                Template::parse(template).map_err(|why| DirectoryError::setting("bind_dn", template, why))?;
            let fill = template.fill(|name| (name == "user").then(|| value.clone()));
            fill.map_err(|_| DirectoryError::setting("bind_dn", &value, "only {user} may stand in braces"))
        };
        if is_dn(template) {
            return Ok(Self::Dn(filled(dn_escape(user).into_owned())?));
        }
        // No name of Active Directory has these (sAMAccountName), and with them a name would mean something else.
        if user.contains(['"', '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@']) {
            return Err(wrong("type the short name, without domain and special characters"));
        }
        Ok(Self::Searched(Some(filled(user.to_owned())?)))
    }
}

/// Whether `bind_dn` is a DN, and not another name that the server takes.
pub(super) fn is_dn(bind_dn: &str) -> bool {
    bind_dn.contains('=')
}

/// A filter of the settings with the person in it.
pub(super) fn filter(template: &str, user: &str, dn: &str) -> Result<String, &'static str> {
    let value = |name: &str| match name {
        "user" => Some(ldap_escape(user).into_owned()),
        "dn" => Some(ldap_escape(dn).into_owned()),
        _ => None,
    };
    let filled = Template::parse(template)?.fill(value);
    filled.map_err(|_| "only {user} and {dn} may stand in braces")
}

async fn bind_person(
    connection: &mut Connection,
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

async fn bind_service(
    connection: &mut Connection,
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

/// The one entry of a name. That there is none is said as a wrong password is: who asks must not learn who exists.
async fn find(connection: &mut Connection, settings: &DirectorySettings, user: &str) -> Result<String, DirectoryError> {
    let base = settings.search_base.as_deref().unwrap_or_default();
    let template = settings.search_filter.as_deref().unwrap_or(DEFAULT_SEARCH_FILTER);
    let filter = filter(template, user, "").map_err(|why| DirectoryError::setting("search_filter", template, why))?;
    let found = connection.search(base, Scope::Subtree, &filter, &["1.1"], 1).await?;
    let Found::Entries(entries) = found else {
        let (url, user, base) = (settings.url.clone(), user.to_owned(), base.to_owned());
        return Err(DirectoryError::SeveralEntries { url, user, base });
    };
    let entry = entries.into_iter().next();
    let refused = DirectoryError::Refused { url: settings.url.clone(), refusal: Refusal::Credentials };
    entry.map(|entry| entry.dn).ok_or(refused)
}

async fn read(connection: &mut Connection, settings: &DirectorySettings, dn: &str) -> Result<Entry, DirectoryError> {
    let mut wanted = attributes::wanted(settings);
    if settings.group_base.is_none() {
        wanted.push("memberOf");
    }
    let found = connection.search(dn, Scope::Base, ANY, &wanted, 1).await?;
    let entry = match found {
        Found::Entries(entries) => entries.into_iter().next(),
        Found::TooMany => None,
    };
    entry.ok_or_else(|| DirectoryError::EntryHidden { url: settings.url.clone(), dn: dn.to_owned() })
}

async fn groups(
    connection: &mut Connection,
    settings: &DirectorySettings,
    user: &str,
    entry: &Entry,
) -> Result<Vec<Group>, DirectoryError> {
    let Some(base) = &settings.group_base else {
        let group = |dn: &String| Group { dn: dn.clone(), name: dn::common_name(dn).unwrap_or_else(|| dn.clone()) };
        return Ok(entry.values("memberOf").iter().map(group).collect());
    };
    let template = settings.group_filter.as_deref().unwrap_or(DEFAULT_GROUP_FILTER);
    let filter =
        filter(template, user, &entry.dn).map_err(|why| DirectoryError::setting("group_filter", template, why))?;
    match connection.search(base, Scope::Subtree, &filter, &["cn"], MOST_GROUPS).await? {
        Found::Entries(groups) => Ok(groups.into_iter().filter_map(group).collect()),
        Found::TooMany => Err(DirectoryError::TooManyGroups { url: settings.url.clone(), limit: MOST_GROUPS }),
    }
}

fn group(entry: Entry) -> Option<Group> {
    // A group may have several cn; the one in its DN is its name.
    let name = dn::common_name(&entry.dn).or_else(|| entry.values("cn").first().cloned())?;
    Some(Group { dn: entry.dn, name })
}
