//! Profiles of the AWS config file by which tools ask Daypass for a role's credentials (`credential_process`). They are
//! in the file for as long as the role is in the catalog, whether a session runs or not.
//!
//! Each names its role by identity and ARN, so that the name of the profile can be anything, and so that the file
//! itself says which profiles are Daypass's and what for.

mod adopt;
mod profile;
mod record;
mod undo;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use aws_files::{AwsFile, Batch, Edit, FileKind, HomeId};
use daypass_core::clock::Clock;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::Problem;
use daypass_core::surroundings::Surroundings;

pub use adopt::{Adopted, Adopting, profiles_with_keys, repeated_profiles};
pub use profile::{Difference, FoundProfile, GeneratedProfile};
pub use record::{FileRecord, TakenBack};
pub use undo::UndoOutcome;

use crate::home_id::home_id;
use undo::UndoFile;

/// The AWS config file, as far as generated profiles are concerned.
pub struct GeneratedProfiles {
    file: AwsFile,
    home: HomeId,
    undo: UndoFile,
    clock: Arc<dyn Clock>,
}

impl GeneratedProfiles {
    /// Those of this home. Nothing is read yet.
    #[must_use]
    pub fn of(surroundings: &Surroundings) -> Self {
        let places = &surroundings.places;
        Self {
            file: AwsFile::new(&places.aws_config_file, FileKind::Config),
            home: home_id(&places.vault_file),
            undo: UndoFile::new(places.profiles_undo.clone()),
            clock: Arc::clone(&surroundings.clock),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The existing generated profiles.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn found(&self) -> Result<Vec<FoundProfile>, Problem> {
        let profiles = self.file.profiles()?;
        Ok(profiles.iter().filter_map(|entry| FoundProfile::of(entry, self.home)).collect())
    }

    /// Why profiles can't be written, by their names.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn refusals(&self, profiles: &[&GeneratedProfile]) -> Result<HashMap<String, Problem>, Problem> {
        Ok(by_name(self.file.refusals(&batch(profiles, &[])?, self.home)?))
    }

    /// Writes and removes profiles with one durable write, so that [`GeneratedProfiles::undo`] can take it back.
    /// Returns why some were left as they are, by their names: another tool, or another Daypass, wrote them.
    ///
    /// # Errors
    ///
    /// When a file can't be read or written. Nothing is changed then.
    pub fn apply(
        &self,
        puts: &[&GeneratedProfile],
        removals: &[&ProfileName],
    ) -> Result<HashMap<String, Problem>, Problem> {
        let batch = batch(puts, removals)?;
        let done = self.file.apply(&batch, self.home, |edit: &Edit<'_>| {
            // Before the change: what was done can always be undone.
            let change = FileRecord::of(self.path(), FileKind::Config, &batch, edit, self.home);
            self.undo.write(change, self.clock.now())
        })?;
        Ok(by_name(done.refused))
    }

    /// Has the profiles of an identity's roles name it by its new name. Returns how many there were.
    ///
    /// # Errors
    ///
    /// When the file can't be read or written. Nothing is changed then.
    pub fn rename_identity(&self, old: &IdentityName, new: &IdentityName) -> Result<usize, Problem> {
        let found = self.found()?;
        let renamed = found.iter().filter_map(|found| found.of_renamed(old, new).transpose());
        let renamed = renamed.collect::<Result<Vec<_>, _>>()?;
        if !renamed.is_empty() {
            let batch = batch(&renamed.iter().collect::<Vec<_>>(), &[])?;
            // Taking this back would lead to a name that is gone.
            let _ = self.file.apply(&batch, self.home, |_| Ok::<_, aws_files::Error>(()))?;
        }
        Ok(renamed.len())
    }

    /// Takes back what [`GeneratedProfiles::apply`] did last. If something else in the file has changed since, that
    /// stays.
    ///
    /// # Errors
    ///
    /// `nothing-to-undo`; when a file can't be read or written.
    pub fn undo(&self) -> Result<UndoOutcome, Problem> {
        self.undo.take_back(self.home)
    }
}

fn batch(puts: &[&GeneratedProfile], removals: &[&ProfileName]) -> Result<Batch, Problem> {
    let name = |name: &ProfileName| aws_files::ProfileName::parse(name.as_str());
    let puts = puts.iter().map(|put| Ok((name(&put.name)?, put.entries.clone())));
    Ok(Batch {
        puts: puts.collect::<Result<_, aws_files::Error>>()?,
        removals: removals.iter().map(|removed| name(removed)).collect::<Result<_, _>>()?,
        ..Batch::default()
    })
}

fn by_name(refused: Vec<aws_files::Error>) -> HashMap<String, Problem> {
    let named = refused.into_iter().filter_map(|error| {
        let name = match &error {
            aws_files::Error::ForeignProfile { profile, .. }
            | aws_files::Error::ProfileOfAnotherHome { profile, .. } => profile.clone(),
            _ => return None,
        };
        Some((name, Problem::from(error)))
    });
    named.collect()
}

/// The role that a generated profile of the file is for, as `IDENTITY:ARN`.
///
/// # Errors
///
/// When the file can't be read.
pub fn role_of(profile: &ProfileName, config_file: &Path, vault_file: &Path) -> Result<Option<String>, Problem> {
    let (profiles, home) = (AwsFile::new(config_file, FileKind::Config).profiles()?, home_id(vault_file));
    let found = profiles.iter().filter(|entry| entry.name == profile.as_str());
    Ok(found.filter_map(|entry| FoundProfile::of(entry, home)).next().map(|found| found.role))
}
