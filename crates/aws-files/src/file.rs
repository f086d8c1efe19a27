//! A shared AWS file on disk.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use durable_file::{Change, EditError, Options, Outcome};

use crate::adoption::SectionText;
use crate::batch::{Batch, BatchOutcome, Edit};
use crate::document::{Document, Foreign, Stranger};
use crate::error::Error;
use crate::header::FileKind;
use crate::marker::HomeId;
use crate::names::{Key, ProfileName, Value};
use crate::patch::Patch;
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

    /// Whether `home` may write these profiles.
    ///
    /// # Errors
    /// [`Error::ForeignProfile`]; [`Error::ProfileOfAnotherHome`]; [`Error::File`] if the file exists but can't be read.
    pub fn check(&self, profiles: &[ProfileName], home: HomeId) -> Result<(), Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        self.first_refusal(&self.parse(&bytes), profiles, home).map_or(Ok(()), Err)
    }

    fn first_refusal(&self, document: &Document<'_>, profiles: &[ProfileName], home: HomeId) -> Option<Error> {
        profiles.iter().find_map(|profile| Some(self.refusal(profile, document.stranger(profile, home)?)))
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
        self.put_each(std::slice::from_ref(profile), entries, &[], home, foreign)
    }

    /// As [`AwsFile::put`], the same entries for a few profiles, with one durable write. It also removes the profiles
    /// that are `gone`, as far as `home` wrote them: a program that reads the file finds the old names or the new ones.
    ///
    /// # Errors
    /// As [`AwsFile::put`], for the first profile that can't be written. Then none is.
    pub fn put_each(
        &self,
        profiles: &[ProfileName],
        entries: &[(Key, Value)],
        gone: &[ProfileName],
        home: HomeId,
        foreign: Foreign,
    ) -> Result<PutOutcome, Error> {
        profiles.iter().try_for_each(|profile| check(profile, entries))?;
        let mut backup = None;
        let outcome = durable_file::edit(&self.path, &Options::default(), |before| {
            let document = self.parse(before.unwrap_or_default());
            if let Some(refusal) = self.first_refusal(&document, profiles, home) {
                match foreign {
                    Foreign::Refuse => return Err(refusal),
                    // Again if another program changes the file meanwhile: the copy has what we replace.
                    Foreign::BackUpAndReplace => backup = Some(durable_file::backup(&self.path)?),
                }
            }
            let Some((first, others)) = profiles.split_first() else { return Ok(Change::Keep) };
            let left = before.and_then(|_| document.without(gone, home).bytes);
            let mut now = self.parse(left.as_deref().unwrap_or_default()).with(first, entries, home, left.is_none());
            for profile in others {
                now = self.parse(&now).with(profile, entries, home, false);
            }
            Ok(Change::Replace(now))
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

    /// Writes and removes many profiles of `home` with one durable write. Profiles of another home or another program are
    /// left alone and reported. `keep` sees the change before it is made, again if another program changes the file
    /// meanwhile, and not at all if there is nothing to change.
    ///
    /// # Errors
    /// [`Error::NoEntries`]; [`Error::RepeatedKey`]; [`Error::File`]; what `keep` returns. The file is then unchanged.
    pub fn apply<E: From<Error>>(
        &self,
        batch: &Batch,
        home: HomeId,
        mut keep: impl FnMut(&Edit<'_>) -> Result<(), E>,
    ) -> Result<BatchOutcome, E> {
        for (profile, entries) in &batch.puts {
            check(profile, entries)?;
        }
        let mut refused = Vec::new();
        let outcome = durable_file::edit(&self.path, &Options::default(), |before| {
            let document = self.parse(before.unwrap_or_default());
            let strangers = strangers(&document, batch, home);
            refused = self.refusals_of(batch, &strangers);
            let edited = batch.edited(before, self.kind, home, &strangers);
            if edited.after.as_deref() == before {
                return Ok(Change::Keep);
            }
            keep(&Edit { before, after: edited.after.as_deref(), back: edited.back })?;
            Ok(edited.after.map_or(Change::Remove, Change::Replace))
        });
        match outcome {
            Ok(outcome) => Ok(BatchOutcome { outcome, refused }),
            Err(EditError::Change(error)) => Err(error),
            Err(EditError::File(error)) => Err(Error::from(error).into()),
        }
    }

    /// What [`AwsFile::apply`] would make of the file now: its content before and after.
    ///
    /// # Errors
    /// [`Error::File`] if the file exists but can't be read.
    pub fn preview(&self, batch: &Batch, home: HomeId) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let before = durable_file::read(&self.path)?;
        let strangers = strangers(&self.parse(before.as_deref().unwrap_or_default()), batch, home);
        let edited = batch.edited(before.as_deref(), self.kind, home, &strangers);
        Ok((before.unwrap_or_default(), edited.after.unwrap_or_default()))
    }

    /// Gives sections of the person's the text that they had, where they still have the text that an [`Adoption`] left.
    /// Returns the profiles whose sections have another one by now.
    ///
    /// # Errors
    /// [`Error::File`]. The file is then unchanged.
    pub fn restore_sections(&self, sections: &[SectionText]) -> Result<Vec<String>, Error> {
        let mut left = Vec::new();
        durable_file::edit(&self.path, &Options::default(), |now| {
            let bytes;
            (bytes, left) = Document::parse(now.unwrap_or_default(), self.kind).restored(sections);
            Ok::<_, Error>(if now == Some(bytes.as_slice()) { Change::Keep } else { Change::Replace(bytes) })
        })?;
        Ok(left)
    }

    /// Why [`AwsFile::apply`] would leave profiles of the batch as they are.
    ///
    /// # Errors
    /// [`Error::File`] if the file exists but can't be read.
    pub fn refusals(&self, batch: &Batch, home: HomeId) -> Result<Vec<Error>, Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        let strangers = strangers(&self.parse(&bytes), batch, home);
        Ok(self.refusals_of(batch, &strangers))
    }

    fn refusals_of(&self, batch: &Batch, strangers: &HashMap<&str, Stranger>) -> Vec<Error> {
        let refusal = |(name, _): &(ProfileName, _)| Some(self.refusal(name, *strangers.get(name.as_str())?));
        batch.puts.iter().filter_map(refusal).collect()
    }

    /// Undoes an [`Edit`], if the file still has the content that it had `after` it. Returns whether it had.
    ///
    /// # Errors
    /// [`Error::File`]. The file is then unchanged.
    pub fn take_back(
        &self,
        had_file: bool,
        back: &Patch,
        mut is_after: impl FnMut(Option<&[u8]>) -> bool,
    ) -> Result<bool, Error> {
        let mut done = false;
        durable_file::edit(&self.path, &Options::default(), |now| {
            let before = is_after(now).then(|| back.apply(now.unwrap_or_default())).flatten();
            done = before.is_some();
            Ok::<_, Error>(match before {
                None => Change::Keep,
                Some(_) if !had_file => Change::Remove,
                Some(before) => Change::Replace(before),
            })
        })?;
        Ok(done)
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

    /// The profiles that have several sections. An [`Adoption`](crate::Adoption) doesn't change them.
    ///
    /// # Errors
    /// [`Error::File`] if the file exists but cannot be read.
    pub fn repeated_profiles(&self) -> Result<HashSet<String>, Error> {
        let bytes = durable_file::read(&self.path)?.unwrap_or_default();
        Ok(Document::parse(&bytes, self.kind).repeated_profiles())
    }
}

/// The profiles to write that are not the home's, by one look at all sections.
fn strangers<'b>(document: &Document<'_>, batch: &'b Batch, home: HomeId) -> HashMap<&'b str, Stranger> {
    let names: HashSet<&'b str> = batch.puts.iter().map(|(name, _)| name.as_str()).collect();
    let (mut seen, mut strangers) = (HashSet::new(), HashMap::new());
    for section in &document.sections {
        let Some(&name) = section.profile.as_deref().and_then(|name| names.get(name)) else { continue };
        if let Some(stranger) = document.as_stranger(section, seen.insert(name), home) {
            strangers.entry(name).or_insert(stranger);
        }
    }
    strangers
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
