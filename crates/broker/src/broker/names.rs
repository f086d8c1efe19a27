//! The names that a shell completes and a list shows first, in two files without secrets. Reading them opens neither the
//! vault nor the keyring and needs no agent. The process that changes what they tell writes them: the agent, or else the
//! command.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, TimeDelta, Utc};
use durable_file::{Change, EditError, Options};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::catalog;
use crate::config::ConfigFile;
use crate::naming::Spellings;
use daypass_core::account::{AccountLabel, LabelAccounts as _};
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{IdentityName, ProfileName, Target};
use daypass_core::settings::Config;
use daypass_core::surroundings::Places;
use daypass_core::text;
use daypass_core::view::{RoleSource, RoleView, role_id};
use daypass_identity::FoundRole;

/// What completes, ready to be compared with what was typed: `names.json`. A person waits for it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Names {
    version: u32,
    /// The `config.toml` that they were taken from.
    config: Option<Stamp>,
    identities: Vec<Word>,
    accounts: Vec<Word>,
    roles: Vec<RoleWords>,
}

/// What may be typed for a role, the most likely first.
#[derive(Debug, Serialize, Deserialize)]
struct RoleWords {
    words: Vec<String>,
    about: String,
}

/// What is in the same file for the time when `config.toml` changes and the vault isn't open.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct BesideConfig {
    roles_beside: Vec<RoleBeside>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RoleBeside {
    identity: IdentityName,
    arn: Target,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account_name: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    started_as: Vec<ProfileName>,
    /// Whether a sign-in or a provider told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    discovered: bool,
}

/// The whole of `names.json`.
#[derive(Debug, Serialize)]
pub(super) struct NamesFile {
    #[serde(flatten)]
    names: Names,
    #[serde(flatten)]
    beside: BesideConfig,
}

/// What was used last: `recent.json`.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    version: u32,
    /// The roles, `IDENTITY:ARN`, the last one first.
    pub roles: Vec<String>,
    /// The profiles of sessions.
    pub profiles: Vec<ProfileName>,
    /// How often roles were used. Versions before 0.2 don't write it.
    #[serde(default)]
    pub(super) uses: Vec<Use>,
}

/// How often a role was used, and how lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Use {
    role: String,
    /// Its uses, each half as much for every [`HALF_LIFE`] since.
    score: f64,
    /// When the score was that.
    at: DateTime<Utc>,
}

/// What tells one state of a file from the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    modified: u128,
    length: u64,
}

/// A name to complete, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// What to type.
    pub word: String,
    /// In a few words.
    pub about: String,
}

/// Of the form of both files.
const VERSION: u32 = 1;
/// How many roles count as recent.
const KEPT: usize = 30;
/// Of how many roles it is kept how often they are used.
const KEPT_USES: usize = 250;
/// After this time, a use counts half: a week away changes little, and last year's project gives way.
const HALF_LIFE: TimeDelta = TimeDelta::days(7);

impl Names {
    /// The names of what is in the catalog. If nothing wrote `config.toml`'s latest ones yet, they are taken from there.
    #[must_use]
    pub fn read(places: &Places) -> Self {
        let known: Self = read(&places.names).unwrap_or_default();
        let config = Stamp::of(&places.config_file);
        if known.version == VERSION && known.config == config {
            return known;
        }
        match ConfigFile::new(places.config_file.clone()).read() {
            Ok(read) => {
                let file = BesideConfig::read(places).with(&read, config);
                // The next time, it's faster.
                let _ = file.write(places);
                file.names
            }
            Err(_) => known,
        }
    }

    /// The identities whose name begins with what was typed.
    #[must_use]
    pub fn identities(&self, typed: &str) -> Vec<Word> {
        self.identities.iter().filter(|word| begins(&word.word, typed)).cloned().collect()
    }

    /// The accounts whose ID begins with what was typed.
    #[must_use]
    pub fn accounts(&self, typed: &str) -> Vec<Word> {
        self.accounts.iter().filter(|word| begins(&word.word, typed)).cloned().collect()
    }

    /// For each role, the first of its names that begins with what was typed.
    #[must_use]
    pub fn roles(&self, typed: &str) -> Vec<Word> {
        let begun = |role: &RoleWords| {
            let word = role.words.iter().find(|word| begins(word, typed))?;
            Some(Word { word: word.clone(), about: role.about.clone() })
        };
        self.roles.iter().filter_map(begun).collect()
    }

    fn of(config: &Config, stamp: Option<Stamp>, roles: &[RoleView]) -> Self {
        let mut counts: HashMap<&IdentityName, usize> = HashMap::new();
        let mut meanings: HashMap<String, usize> = HashMap::new();
        let spellings = Spellings::of(roles);
        let words: Vec<Vec<String>> = roles.iter().map(|role| words(role, &spellings)).collect();
        roles.iter().for_each(|role| *counts.entry(&role.identity).or_default() += 1);
        words.iter().flatten().for_each(|word| *meanings.entry(word.clone()).or_default() += 1);
        let unique = |role: &RoleView, word: String| match meanings.get(&word) {
            Some(2..) => format!("{}:{word}", role.identity),
            _ => word,
        };
        let of_role = |(role, words): (&RoleView, Vec<String>)| RoleWords {
            words: words.into_iter().map(|word| unique(role, word)).collect(),
            about: about(role),
        };
        let of_identity = |name: &IdentityName| {
            let about = match counts.get(name) {
                Some(1) => "1 role".to_owned(),
                count => format!("{} roles", count.copied().unwrap_or_default()),
            };
            Word { word: name.to_string(), about }
        };
        let mut seen = HashSet::new();
        let accounts = roles.iter().filter(|role| seen.insert(&role.account));
        let of_account = |role: &RoleView| Word {
            word: role.account.to_string(),
            about: role.account_name.as_deref().map(|name| text::shown(name).into_owned()).unwrap_or_default(),
        };
        Self {
            version: VERSION,
            config: stamp,
            identities: config.identities.keys().map(of_identity).collect(),
            accounts: accounts.map(of_account).collect(),
            roles: roles.iter().zip(words).map(of_role).collect(),
        }
    }
}

/// The role's own profile, unless that is the usual one, those that start it again, its short spelling, and its account
/// and name.
fn words(role: &RoleView, spellings: &Spellings<'_>) -> Vec<String> {
    let own = Some(&role.profile).filter(|profile| **profile != catalog::default_profile(&role.arn));
    let profiles = own.into_iter().chain(&role.started_as).map(ToString::to_string);
    let mut words: Vec<String> = profiles.collect();
    words.extend([spellings.spell(role), format!("{}/{}", role.account, role.name)]);
    words.dedup();
    words
}

fn about(role: &RoleView) -> String {
    let account = role.account_name.as_deref().unwrap_or(role.account.as_str());
    format!("{} in {}, with {}", role.name, text::shown(account), role.identity)
}

impl BesideConfig {
    pub(super) fn read(places: &Places) -> Self {
        read(&places.names).unwrap_or_default()
    }

    /// The names in another configuration.
    pub(super) fn with(self, config: &Config, stamp: Option<Stamp>) -> NamesFile {
        let mut found: HashMap<IdentityName, Vec<FoundRole>> = HashMap::new();
        let mut started_as: HashMap<String, Vec<ProfileName>> = HashMap::new();
        for role in self.roles_beside {
            let RoleBeside { identity, arn, account_name, started_as: before, discovered } = role;
            started_as.insert(role_id(&identity, &arn), before);
            if discovered {
                found.entry(identity).or_default().push(FoundRole { target: arn, account_name });
            }
        }
        let mut roles = catalog::roles(config, |name, _| found.remove(name).unwrap_or_default());
        for role in &mut roles {
            role.started_as = started_as.remove(&role.id).unwrap_or_default();
            let written = config.label(&role.account);
            let name = written.name.or_else(|| role.account_name.take());
            role.put_label(AccountLabel { name, ..written });
        }
        NamesFile::of(config, stamp, &roles)
    }
}

impl NamesFile {
    pub(super) fn of(config: &Config, stamp: Option<Stamp>, roles: &[RoleView]) -> Self {
        let is_beside = |role: &&RoleView| role.source == RoleSource::Discovered || !role.started_as.is_empty();
        let beside = |role: &RoleView| RoleBeside {
            identity: role.identity.clone(),
            arn: role.arn.clone(),
            account_name: role.account_name.clone(),
            started_as: role.started_as.clone(),
            discovered: role.source == RoleSource::Discovered,
        };
        let roles_beside = roles.iter().filter(is_beside).map(beside).collect();
        Self { names: Names::of(config, stamp, roles), beside: BesideConfig { roles_beside } }
    }

    pub(super) fn write(&self, places: &Places) -> Result<(), EditError<serde_json::Error>> {
        write(&places.names, |_: Option<IgnoredAny>| self)
    }
}

/// Capitals don't have to be typed.
fn begins(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(typed))
}

impl Recent {
    /// What was used last, as far as it is known.
    #[must_use]
    pub fn read(places: &Places) -> Self {
        read(&places.recent).filter(|recent: &Self| recent.version == VERSION).unwrap_or_default()
    }

    /// With these roles used since, the last one last.
    pub(super) fn after(
        self,
        used: &[String],
        profiles: Vec<ProfileName>,
        config: &Config,
        now: DateTime<Utc>,
    ) -> Self {
        let Self { mut roles, mut uses, .. } = self.used_since(used, now);
        for role in used {
            roles.retain(|other| other != role);
            roles.insert(0, role.clone());
        }
        let exists = |role: &String| {
            let identity = role.split_once(':').and_then(|(identity, _)| identity.parse().ok());
            identity.is_some_and(|identity: IdentityName| config.identities.contains_key(&identity))
        };
        roles.retain(exists);
        roles.truncate(KEPT);
        uses.retain(|used| exists(&used.role));
        uses.sort_by(|one, other| one.compare(other, now));
        uses.truncate(KEPT_USES);
        Self { version: VERSION, roles, profiles, uses }
    }

    /// With these uses counted, and nothing else changed.
    pub(super) fn used_since(mut self, used: &[String], now: DateTime<Utc>) -> Self {
        if self.uses.is_empty() {
            // An older version wrote only in which order they were used.
            let score = |place: u8| 1.0 / (1.0 + f64::from(place));
            let known = (0..=u8::MAX).zip(&self.roles);
            self.uses = known.map(|(place, role)| Use { role: role.clone(), score: score(place), at: now }).collect();
        }
        // Those of one write came one after the other.
        for (role, later) in used.iter().rev().zip(0_i64..).collect::<Vec<_>>().into_iter().rev() {
            let at = now - TimeDelta::milliseconds(later);
            match self.uses.iter_mut().find(|known| known.role == *role) {
                Some(known) => *known = Use { role: role.clone(), score: known.score_at(at) + 1.0, at },
                None => self.uses.push(Use { role: role.clone(), score: 1.0, at }),
            }
        }
        self
    }

    /// The roles that are used often and were used lately, the first one first.
    pub(super) fn often_used(mut self, now: DateTime<Utc>) -> Vec<String> {
        self.uses.sort_by(|one, other| one.compare(other, now));
        self.uses.into_iter().map(|used| used.role).collect()
    }
}

impl Use {
    /// What was used more comes first, and of two that were used as much the later one.
    fn compare(&self, other: &Self, now: DateTime<Utc>) -> Ordering {
        other.score_at(now).total_cmp(&self.score_at(now)).then(other.at.cmp(&self.at))
    }

    /// The score by now. A clock that was set back takes nothing away.
    fn score_at(&self, now: DateTime<Utc>) -> f64 {
        let past = (now - self.at).max(TimeDelta::zero());
        // A file that was tampered with has any number in it.
        let score = if self.score.is_finite() { self.score.clamp(0.0, 1e6) } else { 0.0 };
        #[allow(clippy::cast_precision_loss)]
        let half_lives = past.num_milliseconds() as f64 / HALF_LIFE.num_milliseconds() as f64;
        score * 0.5_f64.powf(half_lives)
    }
}

impl Stamp {
    pub(super) fn of(file: &Path) -> Option<Self> {
        let facts = std::fs::metadata(file).ok()?;
        let modified: SystemTime = facts.modified().ok()?;
        Some(Self { modified: modified.duration_since(UNIX_EPOCH).ok()?.as_nanos(), length: facts.len() })
    }
}

/// What happened since the files were written.
pub(super) struct Unwritten {
    events: Mutex<Receiver<Event>>,
    changes: Mutex<Changes>,
}

#[derive(Default)]
pub(super) struct Changes {
    pub(super) catalog: bool,
    pub(super) sessions: bool,
    /// The roles, the last one last.
    pub(super) used: Vec<String>,
}

impl Unwritten {
    pub(super) fn new(events: Receiver<Event>) -> Self {
        Self { events: Mutex::new(events), changes: Mutex::default() }
    }

    /// A role was used.
    pub(super) fn note(&self, role: String) {
        self.changes().used.push(role);
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, Changes> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match events.try_recv() {
                Ok(event) => changes.add(event),
                Err(TryRecvError::Lagged(_)) => (changes.catalog, changes.sessions) = (true, true),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return changes,
            }
        }
    }
}

impl Changes {
    fn add(&mut self, event: Event) {
        match event {
            Event::CatalogChanged | Event::CatalogListed { .. } | Event::SignedIn { .. } | Event::SignedOut { .. } => {
                self.catalog = true;
            }
            Event::SessionChanged { change, session } => match change {
                SessionChange::Started => {
                    self.used.push(session.role_id);
                    self.sessions = true;
                }
                // Its profile starts the role again from now on.
                SessionChange::Stopped => (self.catalog, self.sessions) = (true, true),
                SessionChange::Expired | SessionChange::DeliveryChanged => self.sessions = true,
                _ => {}
            },
            _ => {}
        }
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    let text = std::fs::read(file).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Replaces the file's content with what `change` makes of it.
pub(super) fn write<T: DeserializeOwned, U: Serialize>(
    file: &Path,
    mut change: impl FnMut(Option<T>) -> U,
) -> Result<(), EditError<serde_json::Error>> {
    let edit = |before: Option<&[u8]>| {
        let before = before.and_then(|text| serde_json::from_slice(text).ok());
        serde_json::to_vec(&change(before)).map(Change::Replace)
    };
    durable_file::edit(file, &Options::default(), edit).map(drop)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WORK: &str = "[identity.work]\nkind = \"profile\"\nprofile = \"p\"\n\n";
    const DEV: &str =
        "[[role]]\narn = \"arn:aws:iam::123456789012:role/Dev\"\nidentity = \"work\"\nprofile = \"dev\"\n\n";

    fn config(text: &str) -> Config {
        crate::config::read(text, Path::new("config.toml")).unwrap()
    }

    /// The names of a configuration, with a role that the identity `work` lists.
    fn file(text: &str) -> NamesFile {
        let config = config(text);
        let found = |name: &IdentityName, _: &_| match name.as_str() {
            "work" => vec![FoundRole {
                target: "arn:aws:iam::999999999999:role/Found".parse().unwrap(),
                account_name: Some("Shop\u{1b}".to_owned()),
            }],
            _ => Vec::new(),
        };
        NamesFile::of(&config, None, &catalog::roles(&config, found))
    }

    fn names(text: &str) -> Names {
        file(text).names
    }

    fn listed(words: Vec<Word>) -> Vec<String> {
        words.into_iter().map(|word| word.word).collect()
    }

    #[test]
    fn a_role_is_offered_once_by_the_name_that_was_begun() {
        let names = names(&[WORK, DEV].concat());
        assert_eq!(listed(names.roles("")), ["dev", "shop/Found"]);
        assert_eq!(listed(names.roles("D")), ["dev"]);
        assert_eq!(listed(names.roles("1234")), ["123456789012/Dev"]);
        assert_eq!(listed(names.roles("x")), [""; 0]);
        assert_eq!(listed(names.accounts("9")), ["999999999999"]);
        assert_eq!(listed(names.identities("w")), ["work"]);
        assert_eq!(names.roles("999")[0].about, r"Found in Shop\u{1b}, with work");
    }

    #[test]
    fn what_means_two_roles_has_the_identity_before_it() {
        let home = WORK.replace("work", "home");
        let other = DEV.replace("work", "home").replace("profile = \"dev\"", "profile = \"mine\"");
        let names = names(&[WORK, &home, DEV, &other].concat());
        assert_eq!(listed(names.roles("12")), [""; 0]);
        assert_eq!(listed(names.roles("home:")), ["home:123456789012/Dev"]);
        assert_eq!(listed(names.roles("")), ["dev", "mine", "shop/Found"]);
    }

    #[test]
    fn a_new_configuration_keeps_what_sign_ins_found() {
        let read =
            |file: &NamesFile| -> BesideConfig { serde_json::from_slice(&serde_json::to_vec(file).unwrap()).unwrap() };
        let before = file(&[WORK, DEV].concat());
        let after = read(&before).with(&config(&[WORK, &DEV.replace("\"dev\"", "\"ops\"")].concat()), None);
        assert_eq!(listed(after.names.roles("")), ["ops", "shop/Found"]);
        let without = read(&after).with(&config(&WORK.replace("work", "other")), None);
        assert_eq!(listed(without.names.roles("")), [""; 0]);
    }

    #[test]
    fn the_last_role_that_was_used_comes_first() {
        let config = config(WORK);
        let used = |roles: &[&str]| roles.iter().map(|role| (*role).to_owned()).collect::<Vec<_>>();
        let now: DateTime<Utc> = "2026-01-01T08:00:00Z".parse().unwrap();
        let four = used(&["work:a", "work:b", "gone:c", "work:a"]);
        let recent = Recent::default().after(&four, Vec::new(), &config, now);
        assert_eq!(recent.roles, ["work:a", "work:b"]);
        let many: Vec<String> = (0..50).map(|n| format!("work:{n}")).collect();
        let recent = recent.after(&many, Vec::new(), &config, now);
        assert_eq!((recent.roles.len(), recent.roles[0].as_str()), (KEPT, "work:49"));
    }

    #[test]
    fn what_is_used_often_comes_before_what_was_used_once_until_it_is_long_ago() {
        let config = config(WORK);
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let start: DateTime<Utc> = "2026-01-01T08:00:00Z".parse().unwrap();
        let days = TimeDelta::days;
        let mut recent = Recent::default();
        for day in 0..5 {
            recent = recent.after(&ids(&["work:often"]), Vec::new(), &config, start + days(day));
        }
        let recent = recent.after(&ids(&["work:once"]), Vec::new(), &config, start + days(6));
        assert_eq!(recent.clone().often_used(start + days(6)), ids(&["work:often", "work:once"]));
        assert_eq!(recent.roles, ids(&["work:once", "work:often"]), "recent ones are in the order of their last use");
        // Weeks later, one use counts more than five of then.
        let later = recent.after(&ids(&["work:new"]), Vec::new(), &config, start + days(40));
        assert_eq!(later.clone().often_used(start + days(40))[0], "work:new");
        // The clock was set back: nothing is lost.
        assert_eq!(later.often_used(start).len(), 3);
    }

    #[test]
    fn of_two_uses_that_are_written_together_the_later_one_comes_first() {
        let now: DateTime<Utc> = "2026-01-01T08:00:00Z".parse().unwrap();
        let recent = Recent::default().used_since(&["work:a".to_owned(), "work:b".to_owned()], now);
        assert_eq!(recent.often_used(now), ["work:b", "work:a"]);
    }

    #[test]
    fn a_file_of_before_still_counts() {
        let old = r#"{"version":1,"roles":["work:a","work:b"],"profiles":["dev"]}"#;
        let recent: Recent = serde_json::from_str(old).unwrap();
        let now: DateTime<Utc> = "2026-01-01T08:00:00Z".parse().unwrap();
        let recent = recent.used_since(&["work:c".to_owned(), "work:b".to_owned()], now);
        assert_eq!(recent.often_used(now), ["work:b", "work:a", "work:c"]);
    }

    #[test]
    fn a_hostile_score_is_bounded() {
        let text = r#"{"version":1,"roles":[],"profiles":[],"uses":[
            {"role":"work:a","score":1e300,"at":"2026-01-01T00:00:00Z"},
            {"role":"work:b","score":-5,"at":"1970-01-01T00:00:00Z"}]}"#;
        let recent: Recent = serde_json::from_str(text).unwrap();
        assert_eq!(recent.often_used("2026-01-02T00:00:00Z".parse().unwrap()), ["work:a", "work:b"]);
    }
}
