//! Shared catalogs: what's in force of each one, and what waits until the person accepts it.
//!
//! A version is *taken* from its source when it can be read, is signed if it has to be, and isn't older than the one
//! before. What is in force of it then stands in a file of the data folder. The vault has that file's digest, because
//! another program must not be able to accept something in the person's name.

mod compare;
mod content;
mod lookalike;
mod source;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use daypass_vault::{Entries, Vault};
use durable_file::{Change, Options};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use compare::{Agreed, Compared, compare};
use daypass_core::clock::Clock;
use daypass_core::digest;
use daypass_core::file_name;
use daypass_core::names::CatalogName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{CatalogChange, CatalogFrom, CatalogSettings};
use daypass_core::surroundings::Places;

use super::signature::PublicKey;
use source::Stamp;

pub(crate) use content::{Content, LONGEST};
pub(crate) use lookalike::skeleton;
pub(crate) use source::{LONGEST_SIGNATURE, Signed, Taken, suffixes};

/// The shared catalogs of one home.
pub(crate) struct Catalogs {
    vault: Vault,
    places: Places,
    clock: Arc<dyn Clock>,
}

/// A catalog of the configuration, and who put it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) settings: CatalogSettings,
    /// Whether the organization's policy gives it to everyone, and so trusts its key.
    pub(crate) by_policy: bool,
}

/// What the vault keeps of a catalog. It counts for these settings alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    from: String,
    key: Vec<String>,
    /// Whether the person accepts whatever the key signs.
    pub(crate) trusted: bool,
    /// The highest number that was taken.
    pub(crate) serial: Option<u64>,
    /// SHA-256 of what is in force.
    agreed: String,
}

/// What the cache keeps of a catalog. You can delete it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) from: String,
    pub(crate) key: Vec<String>,
    pub(crate) stamps: Vec<Option<Stamp>>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) checked_at: Option<DateTime<Utc>>,
    /// When to ask the server again.
    pub(crate) next_at: Option<DateTime<Utc>>,
    pub(crate) failures: u32,
    pub(crate) problem: Option<Problem>,
    pub(crate) waiting: Vec<CatalogChange>,
}

/// What is known of a catalog.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) record: Record,
    pub(crate) status: Status,
    agreed: Agreed,
}

impl Known {
    /// One that the vault keeps from being known.
    pub(super) fn stopped_by(problem: Problem) -> Self {
        Self { status: Status { problem: Some(problem), ..Status::default() }, ..Self::default() }
    }

    /// What is in force.
    pub(super) fn content(&self) -> &Content {
        &self.agreed.content
    }
}

/// How often a server is asked.
const EVERY: TimeDelta = TimeDelta::hours(1);
/// How long after the first failure. It doubles up to an hour.
const AFTER_FAILURE: TimeDelta = TimeDelta::minutes(1);
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(24);

impl Status {
    /// Stands for exactly what waits.
    pub(crate) fn waiting_id(&self) -> Option<String> {
        let text = serde_json::to_vec(&(&self.from, &self.key, &self.waiting)).ok()?;
        (!self.waiting.is_empty()).then(|| digest::full(&text))
    }

    fn is_of(&self, settings: &CatalogSettings) -> bool {
        self.from == settings.from.to_string() && self.key == settings.key
    }
}

impl Record {
    fn is_of(&self, settings: &CatalogSettings) -> bool {
        self.from == settings.from.to_string() && self.key == settings.key
    }
}

impl Catalogs {
    /// Those of this home. Reads nothing yet.
    pub(crate) fn new(vault: Vault, places: Places, clock: Arc<dyn Clock>) -> Self {
        Self { vault, places, clock }
    }

    /// What changes when there may be news of a catalog. Reads nothing.
    pub(super) fn version(&self, name: &CatalogName, settings: &CatalogSettings) -> Vec<Option<Stamp>> {
        let path = source::path(settings, &self.places);
        let mut version = vec![source::stamp(&self.status_file(name))];
        version.extend(path.into_iter().flat_map(|path| source::stamps(&path, settings)));
        version
    }

    /// What is in force of a catalog, after a look at its file. One from an address is as it was fetched last.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open.
    pub(super) fn look(&self, name: &CatalogName, given: &Given) -> Result<Known, Problem> {
        if let Some(path) = source::path(&given.settings, &self.places) {
            // Nothing is taken down of a look that the vault stops.
            drop(self.vault.read()?);
            let status = self.status(name, &given.settings);
            if status.checked_at.is_none() || status.stamps != source::stamps(&path, &given.settings) {
                // What is wrong is in the status then.
                let _ = self.take_file(name, given);
            }
        }
        self.known(name, given)
    }

    /// Takes the file of a catalog as it is now, even if it looks as it did.
    ///
    /// # Errors
    ///
    /// Why it isn't taken. One from an address has no file.
    pub(crate) fn take_file(&self, name: &CatalogName, given: &Given) -> Result<(), Problem> {
        let Some(path) = source::path(&given.settings, &self.places) else { return Ok(()) };
        drop(self.vault.read()?);
        let stamps = source::stamps(&path, &given.settings);
        let taken = source::read(name, &given.settings, &path, &self.places);
        let status = self.status(name, &given.settings);
        self.take(name, given, taken, Status { stamps, ..status })
    }

    /// What is known of a catalog, without a look at its source.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open.
    pub(crate) fn known(&self, name: &CatalogName, given: &Given) -> Result<Known, Problem> {
        let status = self.status(name, &given.settings);
        // Another process may take the next version between the two readings.
        for _ in 0..4 {
            let record = self.record(name, &given.settings)?;
            if record.agreed.is_empty() {
                return Ok(Known { record, status, ..Known::default() });
            }
            let bytes = durable_file::read(&self.agreed_file(name, &record.agreed)).ok().flatten();
            if let Some(bytes) = bytes.filter(|bytes| digest::full(bytes) == record.agreed)
                && let Ok(agreed) = serde_json::from_slice::<Agreed>(&bytes)
            {
                return Ok(Known { record, status, agreed });
            }
        }
        // Another program wrote the file, or removed it: nothing was accepted.
        let record = Record { agreed: String::new(), trusted: false, ..self.record(name, &given.settings)? };
        Ok(Known { record, status, ..Known::default() })
    }

    /// Puts a version into force that was just read or fetched, as far as the person accepted it.
    ///
    /// # Errors
    ///
    /// Why it isn't taken. Then the one before stays in force.
    pub(crate) fn take(
        &self,
        name: &CatalogName,
        given: &Given,
        taken: Result<Taken, Problem>,
        status: Status,
    ) -> Result<(), Problem> {
        let outcome = taken.and_then(|taken| {
            let latest = self.checked(name, given, &taken)?;
            let known = self.known(name, given)?;
            is_not_older(name, &known.record, &latest)?;
            let is_trusted = known.record.trusted || (given.by_policy && !given.settings.key.is_empty());
            let Compared { agreed, waiting } = match is_trusted {
                true => Compared { agreed: Agreed::to_all_of(latest.clone()), waiting: Vec::new() },
                false => compare(&known.agreed, &latest),
            };
            let record = Record { serial: latest.serial.or(known.record.serial), ..known.record.clone() };
            if agreed != known.agreed || record != known.record {
                self.put_in_force(name, &given.settings, record, &agreed)?;
            }
            if let CatalogFrom::Url(_) = given.settings.from {
                self.keep(name, &taken)?;
            }
            Ok(waiting)
        });
        let now = self.clock.now();
        let (from, key) = (given.settings.from.to_string(), given.settings.key.clone());
        let status = Status { from, key, checked_at: Some(now), ..status };
        match outcome {
            Ok(waiting) => {
                let next_at = Some(now + EVERY);
                self.put_status(name, &Status { waiting, problem: None, failures: 0, next_at, ..status });
                Ok(())
            }
            Err(problem) => {
                self.failed(name, status, &problem, None);
                Err(problem)
            }
        }
    }

    /// The server says that nothing has changed.
    pub(crate) fn is_unchanged(&self, name: &CatalogName, status: Status) {
        let now = self.clock.now();
        let next_at = Some(now + EVERY);
        self.put_status(name, &Status { checked_at: Some(now), next_at, failures: 0, problem: None, ..status });
    }

    /// There was no version to take. Says when to try again.
    pub(crate) fn failed(&self, name: &CatalogName, status: Status, problem: &Problem, pause: Option<TimeDelta>) {
        let now = self.clock.now();
        let failures = status.failures.saturating_add(1);
        let usual = AFTER_FAILURE * (1 << failures.saturating_sub(1).min(6));
        let next_at = Some(now + pause.unwrap_or_default().max(usual.min(EVERY)).min(LONGEST_PAUSE));
        let problem = Some(problem.clone());
        self.put_status(name, &Status { checked_at: Some(now), next_at, failures, problem, ..status });
    }

    /// Whether it is time to ask the server of a catalog.
    pub(crate) fn is_due(&self, name: &CatalogName, settings: &CatalogSettings) -> bool {
        let status = self.status(name, settings);
        status.next_at.is_none_or(|next| next <= self.clock.now())
    }

    /// Accepts what waits: `waiting_id` says exactly what. With `trust_key`, also whatever its key signs later.
    ///
    /// # Errors
    ///
    /// `catalog-changed` if something else waits by now; those of [`Catalogs::take`].
    pub(crate) fn accept(
        &self,
        name: &CatalogName,
        given: &Given,
        waiting_id: Option<&str>,
        trust_key: bool,
    ) -> Result<(), Problem> {
        let taken = match source::path(&given.settings, &self.places) {
            Some(path) => source::read(name, &given.settings, &path, &self.places)?,
            None => self.kept(name, &given.settings)?,
        };
        let latest = self.checked(name, given, &taken)?;
        let known = self.known(name, given)?;
        is_not_older(name, &known.record, &latest)?;
        let Compared { waiting, .. } = compare(&known.agreed, &latest);
        let mut status = Status { waiting, problem: None, ..known.status };
        (status.from, status.key) = (given.settings.from.to_string(), given.settings.key.clone());
        if status.waiting_id().as_deref() != waiting_id {
            let message = format!("catalog {name} has changed since you looked at it. Nothing was accepted");
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::CatalogChanged, message)
                .hint(format!("look at what changed: daypass catalog accept {name}")));
        }
        let trusted = known.record.trusted || trust_key;
        let record = Record { serial: latest.serial.or(known.record.serial), trusted, ..known.record };
        self.put_in_force(name, &given.settings, record, &Agreed::to_all_of(latest))?;
        status.checked_at = Some(self.clock.now());
        self.put_status(name, &Status { waiting: Vec::new(), ..status });
        Ok(())
    }

    /// Forgets a catalog.
    ///
    /// # Errors
    ///
    /// A vault that can't be written.
    pub(crate) fn forget(&self, name: &CatalogName) -> Result<(), Problem> {
        self.vault.update(|entries| {
            entries.remove(&entry(name));
            Ok::<_, Problem>(())
        })?;
        self.remove_agreed(name, None);
        for file in [self.status_file(name), self.text_file(name)] {
            remove(&file);
        }
        Ok(())
    }

    /// A version that may be taken: short enough, signed if it has to be, and without mistakes.
    fn checked(&self, name: &CatalogName, given: &Given, taken: &Taken) -> Result<Content, Problem> {
        let from = given.settings.from.to_string();
        let wrong = |message: String| Problem::new(ProblemKind::Invalid, ProblemCode::CatalogMistake, message);
        const ASK: &str = "tell the catalog's maintainers. The last good version stays in use";
        if taken.text.len() > LONGEST {
            return Err(wrong(format!("catalog {name} is longer than 1 MiB: {from}")).hint(ASK));
        }
        let keys: Vec<PublicKey> = given.settings.key.iter().filter_map(|key| PublicKey::parse(key).ok()).collect();
        let is_signed = keys.iter().any(|key| {
            let mut its = taken.signatures.iter().filter(|signed| signed.suffix == key.suffix());
            its.any(|signed| key.has_signed(&taken.text, &signed.signature))
        });
        if !given.settings.key.is_empty() && !is_signed {
            let what = if taken.signatures.is_empty() {
                "doesn't have a signature beside it"
            } else {
                "isn't signed with its key"
            };
            let suffixes = suffixes(&given.settings).join(" or ");
            let message = format!("catalog {name} {what}, so it isn't used: {from}");
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::CatalogSignature, message)
                .hint(format!("the signature belongs beside the catalog, with {suffixes} after its name. {ASK}")));
        }
        let text = std::str::from_utf8(&taken.text)
            .map_err(|e| wrong(format!("{from} isn't UTF-8 text (byte {})", e.valid_up_to())).hint(ASK))?;
        let content = Content::parse(text).map_err(|mistake| wrong(mistake.placed(text, &from)).hint(ASK))?;
        if is_signed && content.serial.is_none() {
            let message = format!("{from} doesn't have a serial, so an old version could pose as the newest");
            return Err(wrong(message).hint(format!("a signed catalog begins with a line like serial = 1. {ASK}")));
        }
        Ok(content)
    }

    fn put_in_force(
        &self,
        name: &CatalogName,
        settings: &CatalogSettings,
        record: Record,
        agreed: &Agreed,
    ) -> Result<(), Problem> {
        let bytes = serde_json::to_vec(agreed).map_err(|error| not_kept(name, &error.to_string()))?;
        let id = digest::full(&bytes);
        write(&self.agreed_file(name, &id), &bytes).map_err(|error| not_kept(name, &error.to_string()))?;
        let (from, key) = (settings.from.to_string(), settings.key.clone());
        let record = Record { from, key, agreed: id.clone(), ..record };
        let text = serde_json::to_string(&record).map_err(|error| not_kept(name, &error.to_string()))?;
        self.vault.update(|entries| {
            entries.set(entry(name), text.clone());
            Ok::<_, Problem>(())
        })?;
        self.remove_agreed(name, Some(&id));
        Ok(())
    }

    fn record(&self, name: &CatalogName, settings: &CatalogSettings) -> Result<Record, Problem> {
        let entries: Arc<Entries> = self.vault.read()?;
        let record = entries.get(&entry(name)).and_then(|text| serde_json::from_str(text.expose_secret()).ok());
        Ok(record.filter(|record: &Record| record.is_of(settings)).unwrap_or_default())
    }

    /// What the cache has of it, for these settings.
    pub(crate) fn status(&self, name: &CatalogName, settings: &CatalogSettings) -> Status {
        let bytes = durable_file::read(&self.status_file(name)).ok().flatten();
        let status = bytes.and_then(|bytes| serde_json::from_slice::<Status>(&bytes).ok());
        status.filter(|status| status.is_of(settings)).unwrap_or_else(|| Status {
            from: settings.from.to_string(),
            key: settings.key.clone(),
            ..Status::default()
        })
    }

    fn put_status(&self, name: &CatalogName, status: &Status) {
        let Ok(bytes) = serde_json::to_vec(status) else { return };
        if let Err(error) = write(&self.status_file(name), &bytes) {
            tracing::warn!(%name, %error, "what is known of a shared catalog can't be kept");
        }
    }

    /// Keeps what was fetched, for the person who accepts it later.
    fn keep(&self, name: &CatalogName, taken: &Taken) -> Result<(), Problem> {
        let kept = Kept {
            text: String::from_utf8_lossy(&taken.text).into_owned(),
            signatures: taken.signatures.iter().map(|it| (it.suffix.to_owned(), it.signature.clone())).collect(),
        };
        let bytes = serde_json::to_vec(&kept).map_err(|error| not_kept(name, &error.to_string()))?;
        write(&self.text_file(name), &bytes).map_err(|error| not_kept(name, &error.to_string()))
    }

    fn kept(&self, name: &CatalogName, settings: &CatalogSettings) -> Result<Taken, Problem> {
        let bytes = durable_file::read(&self.text_file(name)).ok().flatten();
        let kept = bytes.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok()).ok_or_else(|| {
            let message = format!("catalog {name} hasn't been fetched yet");
            Problem::new(ProblemKind::NotFound, ProblemCode::CatalogUnreadable, message)
                .hint(format!("fetch it: daypass catalog refresh {name}"))
        })?;
        let signed = |suffix: &'static str| {
            let (_, signature) = kept.signatures.iter().find(|(known, _)| known == suffix)?;
            Some(Signed { suffix, signature: signature.clone() })
        };
        let signatures = suffixes(settings).into_iter().filter_map(signed).collect();
        Ok(Taken { text: kept.text.clone().into_bytes(), signatures })
    }

    fn agreed_file(&self, name: &CatalogName, id: &str) -> PathBuf {
        self.places.catalogs.join(format!("{}_{}.json", file_name::of(name.as_str()), id.get(..32).unwrap_or(id)))
    }

    fn status_file(&self, name: &CatalogName) -> PathBuf {
        self.places.cache.join("shared").join(format!("{}.json", file_name::of(name.as_str())))
    }

    fn text_file(&self, name: &CatalogName) -> PathBuf {
        self.places.cache.join("shared").join(format!("{}_fetched.json", file_name::of(name.as_str())))
    }

    /// Removes the files of earlier versions.
    fn remove_agreed(&self, name: &CatalogName, but: Option<&str>) {
        let keep = but.map(|id| self.agreed_file(name, id));
        let begins = format!("{}_", file_name::of(name.as_str()));
        let files = std::fs::read_dir(&self.places.catalogs).into_iter().flatten().flatten();
        for file in files.filter(|file| file.file_name().to_string_lossy().starts_with(&begins)) {
            if Some(file.path()) != keep {
                remove(&file.path());
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    signatures: Vec<(String, String)>,
}

fn is_not_older(name: &CatalogName, record: &Record, latest: &Content) -> Result<(), Problem> {
    match record.serial {
        Some(known) if latest.serial.is_none_or(|serial| serial < known) => {
            let now = latest.serial.map_or_else(|| "no serial".to_owned(), |serial| format!("serial {serial}"));
            let message = format!("catalog {name} has {now}, but version {known} is already in use");
            Err(Problem::new(ProblemKind::Refused, ProblemCode::CatalogRolledBack, message).hint(
                "this may be an old version passed off as new. The newest version that you had stays in use. If its \
                 maintainers went back on purpose, they must raise the serial",
            ))
        }
        _ => Ok(()),
    }
}

fn entry(name: &CatalogName) -> String {
    format!("catalog/{name}")
}

fn not_kept(name: &CatalogName, why: &str) -> Problem {
    let message = format!("catalog {name} can't be kept: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::StateNotWritable, message)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), durable_file::EditError<std::convert::Infallible>> {
    durable_file::edit(path, &Options::default(), |now| {
        Ok(if now == Some(bytes) { Change::Keep } else { Change::Replace(bytes.to_vec()) })
    })
    .map(drop)
}

fn remove(path: &Path) {
    if let Err(error) =
        durable_file::edit(path, &Options::default(), |_| Ok::<_, std::convert::Infallible>(Change::Remove))
    {
        tracing::debug!(file = %path.display(), %error, "a file of a shared catalog stays behind");
    }
}
