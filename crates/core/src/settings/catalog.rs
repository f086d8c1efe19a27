//! Shared catalogs: where a team's identities, roles and accounts come from.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;
use url::{Host, Url};

use crate::names::{AccountId, CatalogName, IdentityName, Target};
use crate::problem::{Problem, ProblemCode, ProblemKind};

/// A `[catalog.NAME]` of `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogSettings {
    /// Where it is.
    pub from: CatalogFrom,
    /// The public keys that may sign it: minisign's, or ssh's of the type ed25519. With any, an unsigned catalog isn't
    /// taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub key: Vec<String>,
}

/// Where a catalog is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CatalogFrom {
    /// A file, also one that begins with `~`.
    File(PathBuf),
    /// An https address.
    Url(Url),
    /// A file in a git checkout on this machine, which another program pulls.
    Git {
        /// The checkout's folder.
        checkout: PathBuf,
        /// The path within.
        file: PathBuf,
    },
}

/// The file in a checkout unless the setting names one.
const IN_CHECKOUT: &str = "daypass.toml";

const EXPECTED: &str =
    "a catalog is from \"/path/file.toml\", \"https://host/path\" or \"git:/path/to/checkout:path/in/it\"";

impl CatalogFrom {
    fn git(text: &str) -> Result<Self, String> {
        let (checkout, file) = match text.rsplit_once(':') {
            Some((checkout, file)) if is_somewhere(Path::new(checkout)) => (checkout, Path::new(file)),
            _ => (text, Path::new(IN_CHECKOUT)),
        };
        let stays_inside = file.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_somewhere(Path::new(checkout)) || file.as_os_str().is_empty() {
            return Err(EXPECTED.to_owned());
        }
        if !stays_inside {
            return Err(format!("the path {} leads out of the checkout", file.display()));
        }
        Ok(Self::Git { checkout: checkout.into(), file: file.to_owned() })
    }

    fn url(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("{text:?} isn't an address: {error}"))?;
        let is_here = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        match url.scheme() {
            // A password in it would stand in config.toml, which people share.
            _ if !url.username().is_empty() || url.password().is_some() => {
                Err("an address with a user name or a password in it can't be used: config.toml holds no secrets"
                    .into())
            }
            _ if url.fragment().is_some() => Err("an address with a # can't be used".into()),
            "https" => Ok(Self::Url(url)),
            "http" if is_here => Ok(Self::Url(url)),
            _ => Err("a catalog's address begins with https://, so that only its server can change it".into()),
        }
    }
}

fn is_somewhere(path: &Path) -> bool {
    path.is_absolute() || path.strip_prefix("~").is_ok_and(|rest| rest.file_name().is_some())
}

impl FromStr for CatalogFrom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("git:") {
            Some(checkout) => Self::git(checkout),
            None if text.contains("://") => Self::url(text),
            None if is_somewhere(Path::new(text)) => Ok(Self::File(text.into())),
            None => Err(EXPECTED.to_owned()),
        }
    }
}

impl fmt::Display for CatalogFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Url(url) => write!(f, "{url}"),
            Self::Git { checkout, file } => write!(f, "git:{}:{}", checkout.display(), file.display()),
        }
    }
}

impl Serialize for CatalogFrom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CatalogFrom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a public key, or a list of public keys")]
    enum OneOrSeveral {
        One(String),
        Several(Vec<String>),
    }
    Ok(match OneOrSeveral::deserialize(deserializer)? {
        OneOrSeveral::One(key) => vec![key],
        OneOrSeveral::Several(keys) => keys,
    })
}

/// Which entries of the configuration in force come from a shared catalog. The person's own have none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// By identity.
    pub identities: BTreeMap<IdentityName, CatalogName>,
    /// By identity and ARN.
    pub roles: HashMap<(IdentityName, Target), CatalogName>,
    /// By account, where the person says nothing of it.
    pub accounts: BTreeMap<AccountId, CatalogName>,
}

impl Origins {
    /// The catalog that a role's declaration comes from.
    #[must_use]
    pub fn of_role(&self, identity: &IdentityName, arn: &Target) -> Option<&CatalogName> {
        if self.roles.is_empty() {
            return None;
        }
        self.roles.get(&(identity.clone(), arn.clone()))
    }
}

/// A shared catalog, for a list and for the person who accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CatalogView {
    /// Its name in `config.toml`.
    pub name: CatalogName,
    /// Where it is, as `config.toml` says it.
    pub from: String,
    /// Whether it must be signed.
    pub signed: bool,
    /// Whether the person accepted what its key signs, now and later.
    pub trusted: bool,
    /// Whether the organization's policy gives it to everyone.
    pub by_policy: bool,
    /// The number of the version in force, if it has one.
    #[ts(type = "number | null")]
    pub serial: Option<u64>,
    /// How many identities it has in force.
    pub identities: usize,
    /// How many roles.
    pub roles: usize,
    /// How many accounts.
    pub accounts: usize,
    /// What waits until the person accepts it.
    pub waiting: Vec<CatalogChange>,
    /// Stands for exactly what waits. Accepting names it, so that nothing else is accepted.
    pub waiting_id: Option<String>,
    /// What is in force but not as the catalog says, each a sentence.
    pub notes: Vec<String>,
    /// Why the newest version isn't in force. The last good one is.
    pub problem: Option<Problem>,
    /// When it was looked at last.
    pub checked_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl CatalogView {
    /// `unknown-catalog`: none has this name. Tells those that the configuration has.
    #[must_use]
    pub fn unknown<'a>(name: &CatalogName, known: impl IntoIterator<Item = &'a CatalogName>) -> Problem {
        let known: Vec<&str> = known.into_iter().map(CatalogName::as_str).collect();
        let message = format!("no shared catalog has the name {name}");
        Problem::new(ProblemKind::NotFound, ProblemCode::UnknownCatalog, message).hint(match known.is_empty() {
            true => "you have none yet: daypass catalog add NAME FROM".to_owned(),
            false => format!("the catalogs here are: {}", known.join(", ")),
        })
    }
}

/// A change that the person has to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CatalogChange {
    /// What it is of: `identity work`, `account 123456789012`.
    pub of: String,
    /// The field.
    pub field: String,
    /// What it is now, if it is anything.
    pub before: Option<String>,
    /// What it would be, if it would be anything.
    pub after: Option<String>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn where_a_catalog_is_reads_as_it_is_written() {
        // Without a drive, a path isn't absolute on Windows.
        let root = if cfg!(windows) { "C:/" } else { "/" };
        let in_checkout = |file: &str| format!("git:{root}src/acme:{file}");
        let file = format!("{root}etc/acme.toml");
        for text in [&*file, "~/acme/c.toml", "https://acme.example/c.toml?x=1", &*in_checkout("aws/c.toml")] {
            assert_eq!(text.parse::<CatalogFrom>().unwrap().to_string(), text);
        }
        assert_eq!(
            format!("git:{root}acme").parse::<CatalogFrom>().unwrap().to_string(),
            format!("git:{root}acme:daypass.toml")
        );
        assert_eq!("git:~/acme".parse::<CatalogFrom>().unwrap().to_string(), "git:~/acme:daypass.toml");
        assert!("http://127.0.0.1:8080/c".parse::<CatalogFrom>().is_ok());
        for wrong in [
            "",
            "c.toml",
            "~",
            "http://acme.example/c",
            "https://ann:pw@acme.example/c",
            "ftp://acme.example/c",
            "git:acme",
            &*in_checkout("../other.toml"),
            &*in_checkout("/etc/passwd"),
            &*in_checkout(""),
            "https://x/#y",
        ] {
            assert!(wrong.parse::<CatalogFrom>().is_err(), "{wrong}");
        }
    }
}
