//! The list of consumers, which all processes of this user share.
//!
//! Each consumer has an entry: a file in one folder, which the process that serves it wrote and looks at before each
//! answer. So an entry that is taken out revokes its consumer at once, and another token in it is the one that counts,
//! whichever process did that. An entry whose process has ended (its lock is free) is removed the next time someone
//! looks.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use daypass_core::names::{IdentityName, ProfileName, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_peer::Process;
use durable_file::{Change, EditError, Options};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::env_file::EnvFile;
use crate::name::ConsumerName;
use crate::token::{Token, TokenDigest};
use crate::token_file::TokenFile;

/// How tools get the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// As a container does, with a token of its own.
    Container,
    /// As an instance does. Any program of this user gets a token.
    Imds,
}

/// A consumer, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What it is called.
    pub name: ConsumerName,
    /// The role whose credentials it gets.
    pub role: Target,
    /// The identity that assumes it.
    pub identity: IdentityName,
    /// The session's profile.
    pub profile: ProfileName,
    /// How it gets them.
    pub protocol: Protocol,
    /// Where they are served.
    pub address: SocketAddr,
    /// The file with its token.
    pub token_file: Option<PathBuf>,
    /// The process that serves it.
    pub served_by: Process,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it was last asked for credentials.
    pub last_use: Option<DateTime<Utc>>,
    /// The program that asked, where the system tells.
    pub used_by: Option<Process>,
}

/// The folder of entries.
#[derive(Debug, Clone)]
pub struct Book(PathBuf);

/// An entry as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    entry: Entry,
    token: Option<TokenDigest>,
}

impl Book {
    /// The list in a folder, which is made when the first entry is.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes the file of variables for a consumer's container.
    ///
    /// # Errors
    ///
    /// File errors.
    pub fn write_env_file(&self, name: &ConsumerName, variables: &SecretString) -> Result<EnvFile, Problem> {
        EnvFile::write(self.env_file_of(name), variables)
    }

    /// Enters a consumer, under this very name or the first free one that is like it.
    ///
    /// # Errors
    ///
    /// `consumer-name` if the name is taken; file errors.
    pub fn offer(&self, entry: Entry, token: Option<&Token>, exactly: bool) -> Result<Offered, Problem> {
        let names = entry.name.numbered().take(if exactly { 1 } else { usize::MAX });
        for name in names {
            let Some(alive) = durable_file::try_lock(&self.lock_of(&name)).map_err(|error| failed(&error))? else {
                continue;
            };
            let path = self.path_of(&name);
            let kept = Kept { entry: Entry { name: name.clone(), ..entry.clone() }, token: token.map(Token::digest) };
            edit(&path, |_| written(&kept))?;
            let token_file = entry.token_file.clone().map(TokenFile::at);
            return Ok(Offered { path, name, token_file, _alive: alive });
        }
        let message = format!("a consumer named {} already exists", entry.name);
        Err(Problem::new(ProblemKind::Refused, ProblemCode::ConsumerName, message)
            .hint(format!("choose another --name, or revoke that one: daypass serve revoke {}", entry.name)))
    }

    /// The consumers that are served now, by name.
    ///
    /// # Errors
    ///
    /// File errors.
    pub fn list(&self) -> Result<Vec<Entry>, Problem> {
        let files = match std::fs::read_dir(&self.0) {
            Ok(files) => files.flatten(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&format!("{}: {error}", self.0.display()))),
        };
        let mut entries = Vec::new();
        for file in files {
            let name = file.file_name();
            let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse().ok()) else { continue };
            if let Some(kept) = self.alive(&name)? {
                entries.push(kept.entry);
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Ends a consumer. Its next request is refused.
    ///
    /// # Errors
    ///
    /// `unknown-consumer`; file errors.
    pub fn revoke(&self, name: &ConsumerName) -> Result<Entry, Problem> {
        let kept = self.alive(name)?.ok_or_else(|| unknown(name))?;
        edit(&self.path_of(name), |_| Ok(Change::Remove))?;
        if let (Some(file), Some(token)) = (&kept.entry.token_file, &kept.token) {
            TokenFile::at(file.clone()).remove(token);
        }
        Ok(kept.entry)
    }

    /// Gives a consumer another token, in its file if it has one. The one before is refused from now on.
    ///
    /// # Errors
    ///
    /// `unknown-consumer`, also for one without a token; `token-file`; file errors.
    pub fn rotate(&self, name: &ConsumerName) -> Result<(Entry, Token), Problem> {
        let kept = self.alive(name)?.filter(|kept| kept.token.is_some()).ok_or_else(|| unknown(name))?;
        let token = Token::new();
        edit(&self.path_of(name), |before| match before.and_then(read) {
            Some(kept) => written(&Kept { token: Some(token.digest()), ..kept }),
            None => Err(unknown(name)),
        })?;
        if let Some(file) = &kept.entry.token_file {
            TokenFile::at(file.clone()).write(&token)?;
        }
        Ok((kept.entry, token))
    }

    /// The entry with this name, if its process lives.
    fn alive(&self, name: &ConsumerName) -> Result<Option<Kept>, Problem> {
        let path = self.path_of(name);
        let Some(kept) = durable_file::read(&path).map_err(|error| failed(&error))?.as_deref().and_then(read) else {
            return Ok(None);
        };
        if durable_file::try_lock(&self.lock_of(name)).map_err(|error| failed(&error))?.is_some() {
            edit(&path, |_| Ok(Change::Remove))?;
            edit(&self.env_file_of(name), |_| Ok(Change::Remove))?;
            if let (Some(file), Some(token)) = (kept.entry.token_file, &kept.token) {
                TokenFile::at(file).remove(token);
            }
            return Ok(None);
        }
        Ok(Some(kept))
    }

    fn path_of(&self, name: &ConsumerName) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }

    fn env_file_of(&self, name: &ConsumerName) -> PathBuf {
        self.0.join(format!("{name}.env"))
    }

    fn lock_of(&self, name: &ConsumerName) -> PathBuf {
        self.0.join(format!("{name}.served"))
    }
}

/// An entry of this process. It goes when this is dropped.
pub struct Offered {
    path: PathBuf,
    name: ConsumerName,
    token_file: Option<TokenFile>,
    _alive: durable_file::Lock,
}

/// Whether a consumer may have credentials.
#[derive(Clone, Copy)]
pub(crate) enum Standing {
    /// Its entry was taken out.
    Revoked,
    /// With this token, if it needs one.
    Served(Option<TokenDigest>),
}

/// What tells one version of an entry from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(Option<(SystemTime, u64)>);

impl Offered {
    /// The name that it got.
    #[must_use]
    pub fn name(&self) -> &ConsumerName {
        &self.name
    }

    /// The entry's current version.
    pub(crate) fn version(&self) -> Version {
        let facts = std::fs::metadata(&self.path).ok();
        #[cfg(unix)]
        let file = |facts: &std::fs::Metadata| std::os::unix::fs::MetadataExt::ino(facts);
        #[cfg(not(unix))]
        let file = std::fs::Metadata::len;
        Version(facts.and_then(|facts| Some((facts.modified().ok()?, file(&facts)))))
    }

    /// How the consumer stands. An entry that can't be read counts as taken out.
    pub(crate) fn standing(&self) -> Standing {
        let kept = durable_file::read(&self.path).ok().flatten();
        kept.as_deref().and_then(read).map_or(Standing::Revoked, |kept| Standing::Served(kept.token))
    }

    /// Notes the last use, unless the entry was taken out.
    pub(crate) fn note_use(&self, at: DateTime<Utc>, by: Option<&Process>) {
        let noted = edit(&self.path, |before| match before.and_then(read) {
            Some(mut kept) => {
                kept.entry.last_use = Some(at);
                kept.entry.used_by = by.cloned().or(kept.entry.used_by);
                written(&kept)
            }
            None => Ok(Change::Keep),
        });
        if let Err(problem) = noted {
            tracing::debug!(%problem, "the last use of a consumer isn't noted");
        }
    }
}

impl Drop for Offered {
    fn drop(&mut self) {
        if let (Some(file), Standing::Served(Some(token))) = (&self.token_file, self.standing()) {
            file.remove(&token);
        }
        // If it stays, the next look at the list takes it out.
        let _ = edit(&self.path, |_| Ok(Change::Remove));
    }
}

fn read(text: &[u8]) -> Option<Kept> {
    serde_json::from_slice(text).ok()
}

fn written(kept: &Kept) -> Result<Change, Problem> {
    serde_json::to_vec(kept).map(Change::Replace).map_err(|error| failed(&error))
}

fn edit(path: &Path, change: impl FnMut(Option<&[u8]>) -> Result<Change, Problem>) -> Result<(), Problem> {
    match durable_file::edit(path, &Options::default(), change) {
        Ok(_) => Ok(()),
        Err(EditError::Change(problem)) => Err(problem),
        Err(EditError::File(error)) => Err(failed(&error)),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    let message = format!("the list of consumers can't be kept: {error}");
    Problem::new(ProblemKind::Failed, ProblemCode::StateNotWritable, message)
}

fn unknown(name: &ConsumerName) -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        ProblemCode::UnknownConsumer,
        format!("no consumer with a token is called {name}"),
    )
    .hint("`daypass serve list` shows those that are served")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn entry(name: &str) -> Entry {
        Entry {
            name: name.parse().unwrap(),
            role: "arn:aws:iam::123456789012:role/Dev".parse().unwrap(),
            identity: "work".parse().unwrap(),
            profile: "dev".parse().unwrap(),
            protocol: Protocol::Container,
            address: "127.0.0.1:9911".parse().unwrap(),
            token_file: None,
            served_by: Process { id: 1, program: "daypass".to_owned() },
            since: DateTime::UNIX_EPOCH,
            last_use: None,
            used_by: None,
        }
    }

    fn token_of(offered: &Offered) -> Option<String> {
        match offered.standing() {
            Standing::Served(token) => token.map(String::from),
            Standing::Revoked => None,
        }
    }

    #[test]
    fn a_consumer_is_listed_while_it_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::in_folder(folder.path().join("consumers"));
        assert_eq!(book.list().unwrap(), []);
        let token = Token::new();
        let one = book.offer(entry("dev"), Some(&token), true).unwrap();
        let taken = book.offer(entry("dev"), Some(&token), true).err().unwrap();
        assert_eq!(taken.code, ProblemCode::ConsumerName);
        let two = book.offer(entry("dev"), Some(&token), false).unwrap();
        assert_eq!(two.name().as_str(), "dev-2");
        let before = one.version();
        one.note_use(DateTime::UNIX_EPOCH, None);
        assert_ne!(one.version(), before);
        let listed = book.list().unwrap();
        assert_eq!(listed.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["dev", "dev-2"]);
        assert_eq!(listed[0].last_use, Some(DateTime::UNIX_EPOCH));
        drop((one, two));
        assert_eq!(book.list().unwrap(), []);
        assert_eq!(std::fs::read_dir(&book.0).unwrap().count(), 0, "nothing stays behind");
    }

    #[test]
    fn what_a_killed_process_left_has_no_owner() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::in_folder(folder.path().to_owned());
        let kept = Kept { entry: entry("dead"), token: None };
        edit(&book.path_of(&kept.entry.name), |_| written(&kept)).unwrap();
        std::mem::forget(book.write_env_file(&kept.entry.name, &"TOKEN=x\n".into()).unwrap());
        assert_eq!(book.revoke(&kept.entry.name).unwrap_err().code, ProblemCode::UnknownConsumer);
        assert_eq!(book.list().unwrap(), []);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_process_rotates_and_revokes() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::in_folder(folder.path().join("consumers"));
        let file = TokenFile::at(folder.path().join("token"));
        let first = Token::new();
        file.write(&first).unwrap();
        let served = Entry { token_file: Some(file.path().to_owned()), ..entry("dev") };
        let offered = book.offer(served, Some(&first), true).unwrap();
        let before = token_of(&offered).unwrap();
        let (_, second) = book.rotate(offered.name()).unwrap();
        assert_ne!(token_of(&offered).unwrap(), before);
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), second.secret().expose_secret());
        book.revoke(offered.name()).unwrap();
        assert!(token_of(&offered).is_none() && !file.path().exists());
        offered.note_use(DateTime::UNIX_EPOCH, None);
        assert!(matches!(offered.standing(), Standing::Revoked), "a use doesn't bring it back");
        assert_eq!(book.revoke(offered.name()).unwrap_err().code, ProblemCode::UnknownConsumer);
    }
}
