//! What a rotation needs from IAM. `iam` implements it for real; the tests of `rotation` have a fake.

use chrono::{DateTime, Utc};

use super::access_key::AccessKey;
use daypass_core::Boxed;
use daypass_core::problem::Problem;

/// The user's access keys at IAM. Each request is signed `by` a key that works at that time, unless a session signs.
pub(super) trait KeyRing: Send + Sync {
    fn list<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<Vec<ListedKey>, Problem>>;
    fn create<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<AccessKey, Problem>>;
    /// Succeeds if the key is already gone.
    fn deactivate<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>>;
    /// Succeeds if the key is already gone.
    fn delete<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>>;
    /// The ARN of the user who signs with a key.
    fn caller<'a>(&'a self, key: &'a AccessKey) -> Boxed<'a, Result<String, Problem>>;
}

/// An access key, as IAM lists it.
#[derive(Debug, Clone)]
pub(super) struct ListedKey {
    pub(super) id: String,
    pub(super) active: bool,
    pub(super) created: Option<DateTime<Utc>>,
    pub(super) used: Used,
}

/// When a key was used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Used {
    Unknown,
    Never,
    At(DateTime<Utc>),
}
