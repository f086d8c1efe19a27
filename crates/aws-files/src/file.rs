//! A shared AWS file on disk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use durable_file::{Change, Options, Outcome};

use crate::document::{Document, Foreign};
use crate::error::Error;
use crate::header::Kind;
use crate::names::{Key, ProfileName, Value};
use crate::profiles::ProfileEntry;

/// One of the shared AWS files. Nothing is kept in memory: each call reads the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFile {
    path: PathBuf,
    kind: Kind,
}

/// What [`AwsFile::put`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "the person wants to know where the backup is"]
pub struct Put {
    /// Whether the file changed.
    pub outcome: Outcome,
    /// The copy of the file as it was, if somebody else's profile was replaced.
    pub backup: Option<PathBuf>,
}

impl AwsFile {
    /// The file need not exist. For the path see [`locate`](crate::locate).
    pub fn new(path: impl Into<PathBuf>, kind: Kind) -> Self {
        Self { path: path.into(), kind }
    }

    /// As given to [`AwsFile::new`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a profile, durably: in place if it is there, else at the end. Lines that a person added
    /// to it stay.
    ///
    /// # Errors
    /// [`Error::ForeignProfile`] with [`Foreign::Refuse`]; [`Error::NoEntries`]; [`Error::BadKey`] when
    /// a key is there twice; [`Error::File`]. The file is then as it was.
    pub fn put(&self, profile: &ProfileName, entries: &[(Key, Value)], foreign: Foreign) -> Result<Put, Error> {
        check(profile, entries)?;
        let mut backup = None;
        let outcome = durable_file::edit(&self.path, &Options::default(), |before| {
            let document = Document::parse(before.unwrap_or_default(), self.kind);
            if let Some(line) = document.foreign(profile) {
                match foreign {
                    Foreign::Refuse => {
                        let (path, profile) = (self.path.clone(), profile.to_string());
                        return Err(Error::ForeignProfile { path, line, profile });
                    }
                    // Once more, if somebody changes the file meanwhile: the copy has what is replaced.
                    Foreign::BackUpAndReplace => backup = Some(durable_file::backup(&self.path)?),
                }
            }
            Ok(Change::Replace(document.with(profile, entries, before.is_none())))
        })?;
        Ok(Put { outcome, backup })
    }

    /// Takes profiles out, as far as they are Daypass's, with one durable write for all. Returns how
    /// many there were.
    ///
    /// # Errors
    /// [`Error::File`]; all of them are then still there.
    pub fn remove(&self, profiles: &[ProfileName]) -> Result<usize, Error> {
        let mut count = 0;
        durable_file::edit(&self.path, &Options::default(), |before| {
            count = 0;
            let Some(before) = before else {
                return Ok::<_, Error>(Change::Keep);
            };
            let removed = Document::parse(before, self.kind).without(profiles);
            count = removed.count;
            Ok(removed.bytes.map_or(Change::Remove, Change::Replace))
        })?;
        Ok(count)
    }

    /// The profiles that Daypass has in the file, in its order.
    ///
    /// # Errors
    /// [`Error::File`] when the file is there but cannot be read.
    pub fn owned(&self) -> Result<Vec<ProfileName>, Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        let document = Document::parse(&bytes, self.kind);
        let mut seen = HashSet::new();
        Ok(document
            .owned()
            .filter(|name| seen.insert(*name))
            .filter_map(|name| ProfileName::parse(name).ok())
            .collect())
    }

    /// All profiles with their values, whoever wrote them, to show or to import.
    ///
    /// # Errors
    /// [`Error::File`] when the file is there but cannot be read.
    pub fn profiles(&self) -> Result<Vec<ProfileEntry>, Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        Ok(Document::parse(&bytes, self.kind).profiles())
    }
}

fn check(profile: &ProfileName, entries: &[(Key, Value)]) -> Result<(), Error> {
    if entries.is_empty() {
        return Err(Error::NoEntries { profile: profile.to_string() });
    }
    let mut seen = HashSet::new();
    match entries.iter().find(|(key, _)| !seen.insert(key)) {
        None => Ok(()),
        Some((key, _)) => Err(Error::BadKey { key: key.as_str().to_owned(), why: "is there twice" }),
    }
}
