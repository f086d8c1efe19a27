//! Whether AWS tools learn where to work.

use std::ffi::OsString;

use aws_files::{AwsFile, FileKind};
use daypass_core::names::{Partition, Region};
use daypass_core::surroundings::Places;
use daypass_core::view::SessionView;

/// Whether tools that use the session's profile find no region: not in the profile, which another tool's lines may have
/// one in, nor in the environment. A region of another partition than the role's is none, because the credentials don't
/// work there. A file that can't be read is told about elsewhere.
#[must_use]
pub fn lacks_region(session: &SessionView, places: &Places, env: impl Fn(&str) -> Option<OsString>) -> bool {
    let partition = session.role.partition();
    let fits = |text: &str| !text.parse().is_ok_and(|region: Region| Partition::of_region(&region) != partition);
    let is_set = |name: &str| env(name).is_some_and(|value| !value.is_empty() && fits(&value.to_string_lossy()));
    let in_file = |path, kind| {
        let profiles = AwsFile::new(path, kind).profiles().unwrap_or_default();
        profiles.iter().any(|entry| entry.name == session.profile.as_str() && entry.get("region").is_some_and(&fits))
    };
    session.region.is_none()
        && !["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().any(is_set)
        && !in_file(&places.aws_config_file, FileKind::Config)
        && !in_file(&places.credentials_file, FileKind::Credentials)
}
