//! Checks whether AWS tools get a region.

use std::ffi::OsString;

use aws_files::{AwsFile, FileKind};
use daypass_core::names::{Partition, Region};
use daypass_core::surroundings::Places;
use daypass_core::view::SessionView;

/// Whether tools that use the session's profile find no region: not in the profile, which another tool's lines may have
/// one in, nor in the environment. A region of another partition than the role's is none, because the credentials don't
/// work there. An unreadable file is reported elsewhere.
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

/// The region to suggest for an identity whose address names none: that of the environment, of the default profile, or
/// else the one that AWS's own tools begin with.
#[must_use]
pub fn usual(places: &Places, env: impl Fn(&str) -> Option<OsString>) -> Region {
    let parsed = |text: &str| text.parse::<Region>().ok();
    let of_env = || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| parsed(&env(name)?.to_string_lossy()));
    let of_file = || {
        let profiles = AwsFile::new(&places.aws_config_file, FileKind::Config).profiles().unwrap_or_default();
        profiles.iter().find(|entry| entry.name == "default").and_then(|entry| parsed(entry.get("region")?))
    };
    of_env().or_else(of_file).unwrap_or_else(|| Partition::standard().default_region())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn the_suggested_region_is_the_one_that_is_used_most_closely() {
        let folder = tempfile::tempdir().unwrap();
        let aws = folder.path().join("aws");
        let places = Places::under(folder.path(), aws.join("credentials"), aws.join("config"));
        let with = |text: Option<&'static str>| {
            usual(&places, move |name| text.filter(|_| name == "AWS_REGION").map(OsString::from)).to_string()
        };
        assert_eq!(with(None), "us-east-1");
        std::fs::create_dir_all(places.aws_config_file.parent().unwrap()).unwrap();
        std::fs::write(&places.aws_config_file, "[profile x]\nregion = us-west-2\n[default]\nregion = eu-west-3\n")
            .unwrap();
        assert_eq!(with(None), "eu-west-3");
        assert_eq!(with(Some("eu-north-1")), "eu-north-1");
        assert_eq!(with(Some("nowhere")), "eu-west-3");
    }
}
