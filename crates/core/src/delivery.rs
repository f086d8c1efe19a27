//! The room for deliveries: what sessions need of each, and the one list of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_files::Foreign;

use crate::credentials::Credentials;
use crate::names::ProfileName;
use crate::problem::Problem;
use crate::session_request::{Delivery, SessionRequest};

/// One way in which tools get the credentials of sessions.
pub trait Deliver: Send + Sync {
    /// Whether [`Deliver::put`] would accept this profile.
    ///
    /// # Errors
    ///
    /// `foreign-profile` when the profile belongs to another tool and `foreign` doesn't allow to replace it.
    fn check(&self, profile: &ProfileName, foreign: Foreign) -> Result<(), Problem>;

    /// Delivers the credentials, all or nothing. Returns the backup, when another tool's profile was replaced.
    ///
    /// # Errors
    ///
    /// As [`Deliver::check`]; whatever prevents the delivery. The one before is in place then.
    fn put(
        &self,
        request: &SessionRequest,
        credentials: &Credentials,
        foreign: Foreign,
    ) -> Result<Option<PathBuf>, Problem>;

    /// Takes back what Daypass delivered for these profiles, all or nothing.
    ///
    /// # Errors
    ///
    /// Whatever prevents it.
    fn remove(&self, profiles: &[ProfileName]) -> Result<(), Problem>;

    /// Puts back what a profile held before [`Deliver::put`] replaced it, from the backup. Returns whether it could: not
    /// where the backup has no such profile, or something was added to what Daypass wrote.
    ///
    /// # Errors
    ///
    /// When a file can't be read or written.
    fn give_back(&self, profile: &ProfileName, backup: &Path) -> Result<bool, Problem> {
        let _ = (profile, backup);
        Ok(false)
    }

    /// The profiles that tools find now, as far as Daypass wrote them, for this home or another. `None` when this
    /// delivery writes nothing that could go stale.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn written(&self) -> Result<Option<BTreeMap<ProfileName, WrittenProfile>>, Problem>;
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
