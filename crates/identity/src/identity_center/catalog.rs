//! The accounts and roles that were discovered, kept in memory and in a file for the next process.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use durable_file::{Change, Options};
use serde::{Deserialize, Serialize};

use super::start_url::StartUrl;
use crate::FoundRole;
use daypass_core::file_name;
use daypass_core::names::{AccountId, IdentityName, Partition, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// All catalogs of this process.
pub(crate) struct Catalogs {
    folder: PathBuf,
    known: Mutex<HashMap<IdentityName, Known>>,
}

/// What was discovered at a portal, also the format of the file. The file is safe to delete. An unreadable one counts
/// as missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Catalog {
    version: u32,
    pub(super) identity: IdentityName,
    pub(super) start_url: String,
    pub(super) region: Region,
    /// When the discovery ended.
    pub(super) discovered_at: DateTime<Utc>,
    pub(super) accounts: Vec<Account>,
    /// Accounts whose roles could not be listed. Theirs are from before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) unlisted: Vec<Unlisted>,
}

/// An account whose roles could not be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unlisted {
    pub(super) account: AccountId,
    /// In a sentence.
    pub(super) why: String,
}

/// An account, and the names of its roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) id: AccountId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) roles: Vec<String>,
}

struct Known {
    /// When the file was written and how long it is. `None` while a discovery runs here, because that knows more.
    stamp: Option<(SystemTime, u64)>,
    catalog: Arc<Catalog>,
    roles: Arc<[FoundRole]>,
}

const VERSION: u32 = 1;

impl Catalog {
    pub(super) fn new(
        identity: &IdentityName,
        start_url: &StartUrl,
        region: &Region,
        discovered_at: DateTime<Utc>,
        accounts: Vec<Account>,
    ) -> Self {
        let (identity, start_url, region) = (identity.clone(), start_url.to_string(), region.clone());
        Self { version: VERSION, identity, start_url, region, discovered_at, accounts, unlisted: Vec::new() }
    }

    /// The accounts whose roles could not be listed, as a problem.
    pub(super) fn remark(&self) -> Option<Problem> {
        let (first, more) = self.unlisted.split_first()?;
        let whose = match more.len() {
            0 => format!("account {}", first.account),
            more => format!("account {} and {more} more", first.account),
        };
        let message = format!("the roles of {whose} couldn't be listed: {}", first.why);
        let problem = Problem::new(ProblemKind::Passing, ProblemCode::IdentityCenterUnlisted, message);
        Some(problem.hint("refresh the list of roles in a minute. The roles of all other accounts are listed"))
    }

    fn roles(&self) -> Arc<[FoundRole]> {
        let partition = Partition::of_region(&self.region);
        let of = |account: &Account| -> Vec<FoundRole> {
            let target = |role: &String| target(partition, &account.id, role);
            let found = |target| FoundRole { target, account_name: account.name.clone() };
            account.roles.iter().filter_map(target).map(found).collect()
        };
        self.accounts.iter().flat_map(of).collect()
    }
}

/// The role of a permission set in an account. `None` if a role can't have that name.
fn target(partition: Partition, account: &AccountId, role: &str) -> Option<Target> {
    format!("arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role}").parse().ok()
}

impl Catalogs {
    /// The catalogs in the cache folder. Reads nothing yet.
    pub(super) fn new(cache: &Path) -> Self {
        Self { folder: cache.join("catalog"), known: Mutex::default() }
    }

    /// The catalog of an identity, if it belongs to this portal.
    pub(super) fn get(&self, name: &IdentityName, portal: &StartUrl, region: &Region) -> Option<Arc<Catalog>> {
        self.look(name);
        let known = self.known();
        let catalog = &known.get(name)?.catalog;
        let same = catalog.start_url == portal.as_str() && &catalog.region == region;
        same.then(|| Arc::clone(catalog))
    }

    /// The roles in it.
    pub(super) fn roles(&self, name: &IdentityName, portal: &StartUrl, region: &Region) -> Arc<[FoundRole]> {
        match self.get(name, portal, region) {
            Some(_) => self.known().get(name).map(|known| Arc::clone(&known.roles)).unwrap_or_default(),
            None => Arc::default(),
        }
    }

    /// Shows what a discovery has found so far. Only this process sees it.
    pub(super) fn show(&self, catalog: Catalog) {
        let roles = catalog.roles();
        self.known().insert(catalog.identity.clone(), Known { stamp: None, catalog: Arc::new(catalog), roles });
    }

    /// Stores what a discovery found.
    pub(super) fn keep(&self, catalog: Catalog) -> Result<(), Problem> {
        let path = self.path(&catalog.identity);
        let text = serde_json::to_vec(&catalog).map_err(|e| self.failed(&path, &e))?;
        let name = catalog.identity.clone();
        self.show(catalog);
        let replace = |_: Option<&[u8]>| Ok::<_, Problem>(Change::Replace(text.clone()));
        let written = durable_file::edit(&path, &Options::default(), replace);
        // Written or not, the file counts from now on, because another process may write the next one.
        let stamp = stamp(&path);
        if let Some(known) = self.known().get_mut(&name) {
            known.stamp = stamp.or(known.stamp);
        }
        written.map(drop).map_err(|e| self.failed(&path, &e))
    }

    /// Ends a discovery that found nothing to keep. The file counts again.
    pub(super) fn give_up(&self, name: &IdentityName) {
        self.known().remove(name);
    }

    /// Deletes the catalog of an identity.
    pub(super) fn forget(&self, name: &IdentityName) -> Result<(), Problem> {
        self.known().remove(name);
        let path = self.path(name);
        let remove = |_: Option<&[u8]>| Ok::<_, Problem>(Change::Remove);
        durable_file::edit(&path, &Options::default(), remove).map(drop).map_err(|e| self.failed(&path, &e))
    }

    /// Keeps the catalog of an identity under its new name.
    pub(super) fn rename(&self, old: &IdentityName, new: &IdentityName) -> Result<(), Problem> {
        self.look(old);
        let catalog = self.known().get(old).map(|known| Arc::clone(&known.catalog));
        if let Some(catalog) = catalog {
            self.keep(Catalog { identity: new.clone(), ..(*catalog).clone() })?;
        }
        self.forget(old)
    }

    /// Reads the file if it changed since the last read.
    fn look(&self, name: &IdentityName) {
        let path = self.path(name);
        let now = stamp(&path);
        if let Some(known) = self.known().get(name)
            && (known.stamp.is_none() || known.stamp == now)
        {
            return;
        }
        let Some(now) = now else {
            self.known().remove(name);
            return;
        };
        let read = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice::<Catalog>(&text).ok());
        let mut known = self.known();
        match read.filter(|catalog| catalog.version == VERSION && &catalog.identity == name) {
            Some(catalog) => {
                let roles = catalog.roles();
                known.insert(name.clone(), Known { stamp: Some(now), catalog: Arc::new(catalog), roles });
            }
            None => drop(known.remove(name)),
        }
    }

    fn path(&self, name: &IdentityName) -> PathBuf {
        self.folder.join(format!("{}.json", file_name::of(name.as_str())))
    }

    fn failed(&self, path: &Path, why: &dyn std::fmt::Display) -> Problem {
        let message = format!("the list of roles can't be kept in {}: {why}", path.display());
        Problem::new(ProblemKind::Failed, ProblemCode::CatalogNotKept, message)
            .hint(format!("check that {} can be written by you", self.folder.display()))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<IdentityName, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn catalog(portal: &StartUrl, accounts: &[(&str, &[&str])]) -> Catalog {
        let account = |(id, roles): &(&str, &[&str])| Account {
            id: id.parse().unwrap(),
            name: Some("Shop – production".into()),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
        };
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        Catalog::new(&"work".parse().unwrap(), portal, &region(), now, accounts.iter().map(account).collect())
    }

    fn region() -> Region {
        "eu-central-1".parse().unwrap()
    }

    fn portal(text: &str) -> StartUrl {
        StartUrl::parse(text, &region()).unwrap()
    }

    fn arns(catalogs: &Catalogs, portal: &StartUrl) -> Vec<String> {
        let roles = catalogs.roles(&"work".parse().unwrap(), portal, &region());
        roles.iter().map(|role| role.target.to_string()).collect()
    }

    #[test]
    fn what_was_found_is_there_for_the_next_process_and_for_this_portal_only() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, other) = (portal("d-9067642ac7"), portal("d-9067642ac8"));
        let here = Catalogs::new(folder.path());
        assert!(arns(&here, &mine).is_empty());
        here.keep(catalog(&mine, &[("111122223333", &["Admin", "not a role"]), ("444455556666", &["Dev"])])).unwrap();
        let expected = [
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/Admin",
            "arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/Dev",
        ];
        let there = Catalogs::new(folder.path());
        assert_eq!(arns(&here, &mine), expected);
        assert_eq!(arns(&there, &mine), expected);
        assert!(arns(&there, &other).is_empty(), "another portal's accounts");
        // Another process finds something else.
        there.keep(catalog(&mine, &[("444455556666", &["Ops", "Dev"])])).unwrap();
        assert_eq!(arns(&here, &mine).len(), 2);
        assert!(arns(&here, &mine)[0].ends_with("/Ops"));
        here.forget(&"work".parse().unwrap()).unwrap();
        assert!(arns(&here, &mine).is_empty() && arns(&there, &mine).is_empty());
        here.forget(&"work".parse().unwrap()).unwrap();
    }

    #[test]
    fn a_discovery_is_seen_while_it_runs_and_the_file_counts_when_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, here) = (portal("d-9067642ac7"), Catalogs::new(folder.path()));
        here.keep(catalog(&mine, &[("111122223333", &["Old"])])).unwrap();
        here.show(catalog(&mine, &[("111122223333", &["Old"]), ("444455556666", &["New"])]));
        assert_eq!(arns(&here, &mine).len(), 2);
        assert_eq!(arns(&Catalogs::new(folder.path()), &mine).len(), 1, "others see what is in the file");
        here.give_up(&"work".parse().unwrap());
        assert_eq!(arns(&here, &mine).len(), 1);
    }

    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_file_that_is_damaged_or_anothers_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, here) = (portal("d-9067642ac7"), Catalogs::new(folder.path()));
        here.keep(catalog(&mine, &[("111122223333", &["Old"])])).unwrap();
        let file = folder.path().join("catalog/work.json");
        let good = std::fs::read_to_string(&file).unwrap();
        let bad = [
            good.replace("\"version\":1", "\"version\":2"),
            good.replace("\"work\"", "\"play\""),
            good[..good.len() / 2].to_owned(),
            String::new(),
        ];
        for text in bad {
            std::fs::write(&file, &text).unwrap();
            assert!(arns(&Catalogs::new(folder.path()), &mine).is_empty(), "{text}");
        }
    }
}
