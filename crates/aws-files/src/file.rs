//! A shared AWS file on disk.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use durable_file::{Change, Options, Outcome};

use crate::document::{Document, Foreign, Stranger};
use crate::error::Error;
use crate::header::FileKind;
use crate::marker::HomeId;
use crate::names::{Key, ProfileName, Value};
use crate::profiles::ProfileEntry;

/// One of the shared AWS files. Each call reads it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFile {
    path: PathBuf,
    kind: FileKind,
    known: BTreeMap<ProfileName, Vec<String>>,
}

/// What [`AwsFile::put`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "tell the person where the backup is"]
pub struct PutOutcome {
    /// Whether the file changed.
    pub outcome: Outcome,
    /// The copy of the file, if it replaced a profile that Daypass did not write.
    pub backup: Option<PathBuf>,
}

impl AwsFile {
    /// The file need not exist. [`locate`](crate::locate) finds its path.
    pub fn new(path: impl Into<PathBuf>, kind: FileKind) -> Self {
        Self { path: path.into(), kind, known: BTreeMap::new() }
    }

    /// The same file, of which these access key ids are known to be this home's, whatever the comments in it say.
    #[must_use]
    pub fn knowing(self, known: impl IntoIterator<Item = (ProfileName, Vec<String>)>) -> Self {
        Self { known: known.into_iter().collect(), ..self }
    }

    /// As given to [`AwsFile::new`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `home` may write this profile.
    ///
    /// # Errors
    /// [`Error::ForeignProfile`]; [`Error::ProfileOfAnotherHome`]; [`Error::File`] if the file exists but can't be read.
    pub fn check(&self, profile: &ProfileName, home: HomeId) -> Result<(), Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        self.parse(&bytes).stranger(profile, home).map_or(Ok(()), |stranger| Err(self.refusal(profile, stranger)))
    }

    fn parse<'a>(&'a self, bytes: &'a [u8]) -> Document<'a> {
        let mut document = Document::parse(bytes, self.kind);
        document.know(&self.known);
        document
    }

    fn refusal(&self, profile: &ProfileName, stranger: Stranger) -> Error {
        let (path, line, profile) = (self.path.clone(), stranger.line, profile.to_string());
        match stranger.home {
            None => Error::ForeignProfile { path, line, profile },
            Some(home) => Error::ProfileOfAnotherHome { path, line, profile, home: home.to_string() },
        }
    }

    /// Writes a profile of `home`, durably: in its old place, or at the end. Lines that a person added stay.
    ///
    /// # Errors
    /// As [`AwsFile::check`] with [`Foreign::Refuse`]; [`Error::NoEntries`]; [`Error::RepeatedKey`];
    /// [`Error::File`]. The file is then unchanged.
    pub fn put(
        &self,
        profile: &ProfileName,
        entries: &[(Key, Value)],
        home: HomeId,
        foreign: Foreign,
    ) -> Result<PutOutcome, Error> {
        check(profile, entries)?;
        let mut backup = None;
        let outcome = durable_file::edit(&self.path, &Options::default(), |before| {
            let document = self.parse(before.unwrap_or_default());
            if let Some(stranger) = document.stranger(profile, home) {
                match foreign {
                    Foreign::Refuse => return Err(self.refusal(profile, stranger)),
                    // Again if another program changes the file meanwhile: the copy has what we replace.
                    Foreign::BackUpAndReplace => backup = Some(durable_file::backup(&self.path)?),
                }
            }
            Ok(Change::Replace(document.with(profile, entries, home, before.is_none())))
        })?;
        Ok(PutOutcome { outcome, backup })
    }

    /// Removes profiles with one durable write, except those that another home or another program wrote.
    /// Returns how many it removed.
    ///
    /// # Errors
    /// [`Error::File`]. The file is then unchanged.
    pub fn remove(&self, profiles: &[ProfileName], home: HomeId) -> Result<usize, Error> {
        let mut count = 0;
        durable_file::edit(&self.path, &Options::default(), |before| {
            count = 0;
            let Some(before) = before else {
                return Ok::<_, Error>(Change::Keep);
            };
            let removed = self.parse(before).without(profiles, home);
            count = removed.count;
            Ok(removed.bytes.map_or(Change::Remove, Change::Replace))
        })?;
        Ok(count)
    }

    /// Puts back a profile as it was in the `backup`, in place of the one that `home` wrote. Returns whether it did: see
    /// [`Document::giving_back`].
    ///
    /// # Errors
    /// [`Error::File`]. The file is then unchanged.
    pub fn give_back(&self, profile: &ProfileName, home: HomeId, backup: &Path) -> Result<bool, Error> {
        let Some(old) = durable_file::read(backup)? else { return Ok(false) };
        let old = Document::parse(&old, self.kind);
        let mut done = false;
        durable_file::edit(&self.path, &Options::default(), |now| {
            let document = self.parse(now.unwrap_or_default());
            let given = document.giving_back(profile, home, &old);
            done = given.is_some();
            Ok::<_, Error>(given.map_or(Change::Keep, Change::Replace))
        })?;
        Ok(done)
    }

    /// All profiles with their values.
    ///
    /// # Errors
    /// [`Error::File`] if the file exists but cannot be read.
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
        Some((key, _)) => Err(Error::RepeatedKey { key: key.as_str().to_owned() }),
    }
}
