//! Deliveries: what sessions need from each, and the one list of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::Foreign;

use crate::credentials::Credentials;
use crate::names::ProfileName;
use crate::problem::Problem;
use crate::session_request::{Delivery, SessionRequest};

/// One way in which tools get the credentials of sessions.
pub trait Deliver: Send + Sync {
    /// Where this delivery writes: `file` if that is known, or where this process's tools look. `None` where it writes
    /// nothing.
    fn place(&self, file: Option<&Path>) -> Option<PathBuf>;

    /// Whether [`Deliver::put`] would accept this profile, and tools would then use it.
    ///
    /// # Errors
    ///
    /// `foreign-profile` when the profile belongs to another tool or another Daypass and `foreign` doesn't allow to
    /// replace it; `profile-shadowed`.
    fn check(&self, delivered: &Delivered, foreign: Foreign) -> Result<(), Problem>;

    /// Delivers the credentials, all or nothing. `before` says where, by which key the profile is known as Daypass's,
    /// and which profiles exist by now: those that aren't requested any more go with the same write. Returns the
    /// backup, when another tool's profile was replaced.
    ///
    /// # Errors
    ///
    /// As [`Deliver::check`]; whatever prevents the delivery. The one before is in place then.
    fn put(
        &self,
        request: &SessionRequest,
        credentials: &Credentials,
        foreign: Foreign,
        before: &Delivered,
    ) -> Result<Option<PathBuf>, Problem>;

    /// Takes back what Daypass delivered, all or nothing for each file.
    ///
    /// # Errors
    ///
    /// Whatever prevents it.
    fn remove(&self, delivered: &[Delivered]) -> Result<(), Problem>;

    /// Puts back what a profile held before [`Deliver::put`] replaced it, from the backup. Returns whether it could:
    /// not if the backup doesn't have that profile, or something was added to what Daypass wrote.
    ///
    /// # Errors
    ///
    /// When a file can't be read or written.
    fn give_back(&self, delivered: &Delivered, backup: &Path) -> Result<bool, Problem> {
        let _ = (delivered, backup);
        Ok(false)
    }

    /// The profiles that tools find in this file now, as far as Daypass wrote them, for this home or another. `None`
    /// when this delivery writes nothing that could go stale.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn written(&self, file: Option<&Path>) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem>;

    /// Whether this process's tools find this delivery. What can't be read counts as found: writing would say what is
    /// wrong.
    fn is_found(&self, delivered: &Delivered) -> bool;
}

/// What was delivered for a profile, and what it is known by.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// The profile.
    pub profile: ProfileName,
    /// More profiles with the same credentials.
    pub also: Vec<ProfileName>,
    /// The file that it was written to. Without one, where this process's tools look.
    pub file: Option<PathBuf>,
    /// The access key id that was written. Another tool may drop the comment that says whose a profile is.
    pub access_key_id: Option<String>,
    /// Those that were written before it. Another tool may put an older version of the file back.
    pub earlier_keys: Vec<String>,
}

impl Delivered {
    /// Nothing yet, where this process's tools look.
    #[must_use]
    pub fn nothing(profile: &ProfileName) -> Self {
        Self { profile: profile.clone(), also: Vec::new(), file: None, access_key_id: None, earlier_keys: Vec::new() }
    }

    /// All its profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        std::iter::once(&self.profile).chain(&self.also)
    }

    /// The ids of all access keys by which the profile is known.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.access_key_id.iter().chain(&self.earlier_keys).cloned().collect()
    }
}

/// A profile that Daypass wrote, for this home or another.
#[derive(Debug, Clone)]
pub struct WrittenProfile {
    /// The id of its access key.
    pub access_key_id: String,
    /// Whether this home wrote it. Homes may share the file.
    pub is_ours: bool,
}

/// Every delivery. A new [`Delivery`] doesn't compile until it has a field here.
pub struct Deliveries {
    /// [`Delivery::CredentialsFile`].
    pub credentials_file: Box<dyn Deliver>,
    /// [`Delivery::Process`].
    pub process: Box<dyn Deliver>,
}

impl Deliveries {
    /// The one that does this delivery.
    #[must_use]
    pub fn of(&self, delivery: Delivery) -> &dyn Deliver {
        match delivery {
            Delivery::CredentialsFile => self.credentials_file.as_ref(),
            Delivery::Process => self.process.as_ref(),
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> [(Delivery, &dyn Deliver); 2] {
        let Self { credentials_file, process } = self;
        [(Delivery::CredentialsFile, credentials_file.as_ref()), (Delivery::Process, process.as_ref())]
    }
}
