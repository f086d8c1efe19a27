//! The names that AWS and identity providers give accounts, kept for the next process. What a person wrote in
//! `config.toml` comes first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use durable_file::{Change, Options};
use serde::{Deserialize, Serialize};

use daypass_core::account::{AccountLabel, LabelAccounts};
use daypass_core::names::{AccountAlias, AccountId, AccountName, IdentityName};
use daypass_core::settings::{Config, ConfigSource};
use daypass_core::text::cleaned;

/// What an account is called, by someone else than the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) account: AccountId,
    pub(crate) name: Option<AccountName>,
    pub(crate) alias: Option<AccountAlias>,
}

impl Told {
    /// From foreign text. Nothing is left of a name that can't be shown, or an alias that can't be typed.
    pub(crate) fn new(account: AccountId, name: Option<&str>, alias: Option<&str>) -> Self {
        let name = name.and_then(|name| cleaned(name, LONGEST_NAME).parse().ok());
        Self { account, name, alias: alias.and_then(|alias| alias.parse().ok()) }
    }
}

/// As long as a name may be.
const LONGEST_NAME: usize = 100;

/// The file, which is safe to delete. An unreadable one counts as missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Book {
    version: u32,
    accounts: BTreeMap<AccountId, Entry>,
    /// When AWS was asked with a session of each role, `IDENTITY:ARN`, whatever it answered.
    #[serde(default)]
    asked: BTreeMap<String, DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Who knows it. The entry goes with that identity.
    identity: IdentityName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<AccountName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alias: Option<AccountAlias>,
}

const VERSION: u32 = 1;

/// A role that may not look today may be allowed to later, and accounts get new names.
const ASKED_AGAIN_AFTER: TimeDelta = TimeDelta::days(30);

/// What accounts are called: the person's own words, then what was learned.
pub(crate) struct AccountBook {
    config: Arc<dyn ConfigSource>,
    file: PathBuf,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// When the file was written and how long it is.
    stamp: Option<(SystemTime, u64)>,
    book: Arc<Book>,
}

impl LabelAccounts for AccountBook {
    fn label(&self, account: &AccountId) -> AccountLabel {
        self.now().label(account)
    }
}

/// What accounts are called at one moment, for many of them: each look at the book looks at files.
pub(crate) struct LabelsNow {
    config: Arc<Config>,
    book: Arc<Book>,
}

impl LabelsNow {
    /// What an account is called.
    pub(crate) fn label(&self, account: &AccountId) -> AccountLabel {
        let written = self.config.label(account);
        let Some(entry) = self.book.accounts.get(account) else { return written };
        let name = written.name.or_else(|| entry.name.clone().map(String::from));
        let alias = written.alias.or_else(|| entry.alias.clone().filter(|alias| !is_written(&self.config, alias)));
        AccountLabel { name, alias, ..written }
    }
}

/// Whether the person gave an account this alias.
fn is_written(config: &Config, alias: &AccountAlias) -> bool {
    let written = config.accounts.values().filter_map(|account| account.alias.as_ref());
    written.into_iter().any(|written| written.as_str().eq_ignore_ascii_case(alias.as_str()))
}

impl AccountBook {
    /// The book in the cache folder. Reads nothing yet.
    pub(crate) fn new(config: Arc<dyn ConfigSource>, cache: &Path) -> Self {
        Self { config, file: cache.join("accounts.json"), known: Mutex::default() }
    }

    /// What accounts are called now.
    pub(crate) fn now(&self) -> LabelsNow {
        LabelsNow { config: self.config.current(), book: self.book() }
    }

    /// The accounts that have a name or an alias here.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        self.book().accounts.keys().cloned().collect()
    }

    /// Whether something is known of an account that the person didn't write.
    pub(crate) fn knows(&self, account: &AccountId) -> bool {
        self.book().accounts.contains_key(account)
    }

    /// Takes down what an identity's sign-in or session told. Returns whether that is news.
    pub(crate) fn learn(&self, identity: &IdentityName, told: &[Told]) -> bool {
        let named: Vec<&Told> = told.iter().filter(|told| told.name.is_some() || told.alias.is_some()).collect();
        self.change(|book| {
            for told in &named {
                let before = book.accounts.remove(&told.account);
                let (name, alias) = before.map(|entry| (entry.name, entry.alias)).unwrap_or_default();
                let (name, alias) = (told.name.clone().or(name), told.alias.clone().or(alias));
                book.accounts.insert(told.account.clone(), Entry { identity: identity.clone(), name, alias });
            }
        })
    }

    /// Whether AWS was asked with a session of this role, `IDENTITY:ARN`, not long ago.
    pub(crate) fn was_asked(&self, role_id: &str, now: DateTime<Utc>) -> bool {
        self.book().asked.get(role_id).is_some_and(|at| (now - *at).abs() < ASKED_AGAIN_AFTER)
    }

    /// Takes down that AWS is asked now, so that no other session of the role asks.
    pub(crate) fn note_asked(&self, role_id: &str, now: DateTime<Utc>) {
        self.change(|book| {
            book.asked.retain(|_, at| (now - *at).abs() < ASKED_AGAIN_AFTER);
            book.asked.insert(role_id.to_owned(), now);
        });
    }

    /// An identity has another name.
    pub(crate) fn rename(&self, old: &IdentityName, new: &IdentityName) {
        self.change(|book| {
            book.accounts.values_mut().filter(|it| &it.identity == old).for_each(|it| it.identity = new.clone());
        });
    }

    /// Forgets what an identity told, because the person signed out. Accounts that are still `in_use` keep their names.
    pub(crate) fn forget(&self, identity: &IdentityName, in_use: &[AccountId]) {
        let its = format!("{identity}:");
        self.change(|book| {
            book.accounts.retain(|account, entry| &entry.identity != identity || in_use.contains(account));
            book.asked.retain(|role_id, _| !role_id.starts_with(&its));
        });
    }

    /// Changes the file, if there is anything to change. Names are worth no error.
    fn change(&self, change: impl Fn(&mut Book)) -> bool {
        let mut new = (*self.book()).clone();
        change(&mut new);
        if new == *self.book() {
            return false;
        }
        let edit = |now: Option<&[u8]>| {
            let mut book = now.and_then(read).unwrap_or_default();
            change(&mut book);
            if book.accounts.is_empty() && book.asked.is_empty() {
                return Ok(Change::Remove);
            }
            book.version = VERSION;
            Ok::<_, serde_json::Error>(Change::Replace(serde_json::to_vec(&book)?))
        };
        match durable_file::edit(&self.file, &Options::default(), edit) {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(file = %self.file.display(), %error, "the names of accounts can't be kept");
                false
            }
        }
    }

    fn book(&self) -> Arc<Book> {
        let now = stamp(&self.file);
        let mut known = self.known();
        if known.stamp != now {
            let book = now.and_then(|_| std::fs::read(&self.file).ok()).and_then(|text| read(&text));
            *known = Known { stamp: now, book: Arc::new(book.unwrap_or_default()) };
        }
        Arc::clone(&known.book)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(text: &[u8]) -> Option<Book> {
    serde_json::from_slice::<Book>(text).ok().filter(|book| book.version == VERSION)
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let facts = std::fs::metadata(path).ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::config::{ConfigFile, InForce};

    fn book(folder: &Path) -> AccountBook {
        let config = Arc::new(InForce::new(ConfigFile::new(folder.join("config.toml"))));
        AccountBook::new(config, &folder.join("cache"))
    }

    fn told(account: &str, name: &str, alias: &str) -> Told {
        Told::new(account.parse().unwrap(), Some(name), Some(alias))
    }

    fn called(book: &AccountBook, account: &str) -> (String, String) {
        let AccountLabel { name, alias, .. } = book.label(&account.parse().unwrap());
        (name.unwrap_or_default(), alias.map(String::from).unwrap_or_default())
    }

    #[test]
    fn what_was_told_is_there_for_the_next_process_and_what_the_person_wrote_wins() {
        let folder = tempfile::tempdir().unwrap();
        let (here, work) = (book(folder.path()), "work".parse().unwrap());
        assert!(here.learn(&work, &[told("111122223333", "Shop – production", "shop-prod")]));
        assert!(!here.learn(&work, &[told("111122223333", "Shop – production", "shop-prod")]), "no news");
        assert!(!here.learn(&work, &[told("444455556666", "", "not an alias")]), "nothing of use");
        let there = book(folder.path());
        assert_eq!(called(&there, "111122223333"), ("Shop – production".into(), "shop-prod".into()));
        there.learn(&work, &[Told::new("111122223333".parse().unwrap(), Some("Shop"), None)]);
        assert_eq!(called(&here, "111122223333"), ("Shop".into(), "shop-prod".into()));

        let config = "[account.111122223333]\nname = \"Mine\"\n[account.444455556666]\nalias = \"SHOP-prod\"\n";
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        assert_eq!(called(&book(folder.path()), "111122223333"), ("Mine".into(), String::new()), "the alias is taken");
        there.rename(&work, &"acme".parse().unwrap());
        there.forget(&work, &[]);
        assert!(here.knows(&"111122223333".parse().unwrap()));
        there.forget(&"acme".parse().unwrap(), &["111122223333".parse().unwrap()]);
        assert!(here.knows(&"111122223333".parse().unwrap()), "a session runs there");
        there.forget(&"acme".parse().unwrap(), &[]);
        assert!(here.accounts().is_empty());
    }

    #[test]
    fn a_role_is_asked_with_once_a_month() {
        let folder = tempfile::tempdir().unwrap();
        let (book, now) = (book(folder.path()), Utc::now());
        let role = "work:arn:aws:iam::111122223333:role/Admin";
        assert!(!book.was_asked(role, now));
        book.note_asked(role, now);
        assert!(book.was_asked(role, now + TimeDelta::days(29)) && !book.was_asked(role, now + TimeDelta::days(31)));
        book.forget(&"work".parse().unwrap(), &[]);
        assert!(!book.was_asked(role, now) && !folder.path().join("cache/accounts.json").exists());
    }

    #[test]
    fn a_damaged_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let here = book(folder.path());
        here.learn(&"work".parse().unwrap(), &[told("111122223333", "Shop", "shop")]);
        let file = folder.path().join("cache/accounts.json");
        let good = std::fs::read_to_string(&file).unwrap();
        for bad in [good.replace("Shop", "a\u{202e}b"), good.replace(":1,", ":2,"), good[..20].to_owned()] {
            std::fs::write(&file, bad).unwrap();
            assert!(book(folder.path()).accounts().is_empty());
        }
    }
}
