//! What is wrong with the AWS files, as far as it concerns Daypass's profiles: tools that can't read them or pass over a
//! profile, and other users who can read them.

use std::path::Path;

use aws_files::{AwsFile, Fault, FileKind, Shadow, ShadowedTools, Shadows};
use daypass_core::names::ProfileName;
use daypass_core::openness;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::Places;

/// What to tell the person where other users can read or write the credentials file. Its mode is left as it is: it is
/// the person's file, and a group may share it on purpose.
#[must_use]
pub fn open_to_others(path: &Path) -> Option<Problem> {
    let exposure = openness::exposure(path)?;
    let (shown, can) = (path.display(), exposure.can);
    let message = format!("other users of this machine can {can} {shown} ({}), and your keys are in it", exposure.how);
    let problem = Problem::new(ProblemKind::Refused, ProblemCode::CredentialsFileOpenToOthers, message);
    Some(problem.hint(format!("make it private: {}", exposure.advice)))
}

/// What keeps tools from the profiles that Daypass writes: first what is wrong with the files, then with these profiles.
#[must_use]
pub fn concerns<'p>(places: &Places, profiles: impl IntoIterator<Item = Written<'p>>) -> Vec<Problem> {
    let mut concerns = of_files(places);
    concerns.extend(passed_over(places, profiles));
    concerns
}

/// A profile that Daypass writes, or would write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written<'a> {
    /// Its name.
    pub profile: &'a ProfileName,
    /// What is written.
    pub what: WhatIsWritten<'a>,
}

/// What Daypass writes for a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhatIsWritten<'a> {
    /// Keys of this role (`IDENTITY:ARN`) in the credentials file.
    Keys(&'a str),
    /// `credential_process` in the config file.
    Process,
}

/// The lines that make tools pass over these profiles.
#[must_use]
pub fn passed_over<'p>(places: &Places, profiles: impl IntoIterator<Item = Written<'p>>) -> Vec<Problem> {
    let read = |path: &Path, kind| AwsFile::new(path, kind).profiles().unwrap_or_default();
    let config = read(&places.aws_config_file, FileKind::Config);
    let credentials = read(&places.credentials_file, FileKind::Credentials);
    let among = Shadows::among(&config, &credentials);
    let shadows = profiles.into_iter().filter_map(|written| {
        let profile = written.profile.as_str();
        let shadow = match written.what {
            WhatIsWritten::Keys(role) => among.of_keys(profile, role)?,
            WhatIsWritten::Process => among.of_process(profile)?,
        };
        Some(problem_of(places, written, &shadow))
    });
    shadows.collect()
}

/// What is wrong with the files, whatever profiles are in them.
#[must_use]
pub fn of_files(places: &Places) -> Vec<Problem> {
    let files = [&places.credentials_file, &places.aws_config_file];
    let faults = files.into_iter().filter_map(|path| unreadable_by_tools(path));
    faults.chain(open_to_others(&places.credentials_file)).collect()
}

/// The line (from 1) of a profile that has keys in the credentials file, of whatever tool.
#[must_use]
pub fn line_with_keys(places: &Places, profile: &ProfileName) -> Option<usize> {
    let profiles = AwsFile::new(&places.credentials_file, FileKind::Credentials).profiles().ok()?;
    let has_keys =
        profiles.iter().find(|entry| entry.name == profile.as_str() && entry.get("aws_access_key_id").is_some());
    has_keys.map(|entry| entry.line)
}

/// The files whose default profile has credentials, each with the variable that names another file. Tools take those
/// before they ask an endpoint.
#[must_use]
pub fn with_default_credentials(places: &Places) -> Vec<(&'static str, &Path)> {
    const SOURCES: [&str; 8] = [
        "aws_access_key_id",
        "role_arn",
        "web_identity_token_file",
        "credential_process",
        "sso_session",
        "sso_start_url",
        "sso_account_id",
        "login_session",
    ];
    let files = [
        ("AWS_SHARED_CREDENTIALS_FILE", places.credentials_file.as_path(), FileKind::Credentials),
        ("AWS_CONFIG_FILE", places.aws_config_file.as_path(), FileKind::Config),
    ];
    let has_them = |path: &Path, kind| {
        let profiles = AwsFile::new(path, kind).profiles().unwrap_or_default();
        profiles.iter().any(|entry| entry.name == "default" && SOURCES.iter().any(|key| entry.get(key).is_some()))
    };
    files.into_iter().filter(|(_, path, kind)| has_them(path, *kind)).map(|(name, path, _)| (name, path)).collect()
}

/// Whether two paths lead to one file, which need not exist.
#[must_use]
pub fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let beside = folder.zip(path.file_name()).map(|(folder, name)| folder.join(name));
        path.canonicalize().ok().or(beside).unwrap_or_else(|| path.to_owned())
    };
    one == other || real(one) == real(other)
}

/// What keeps botocore from reading a file at all. A file that isn't there, or that can't be read by anyone, has other
/// problems.
#[must_use]
pub fn unreadable_by_tools(path: &Path) -> Option<Problem> {
    let bytes = durable_file::read(path).ok()??;
    let Fault { line, what } = aws_files::first_fault(&bytes)?;
    let message = format!("{}:{line}: the AWS CLI and boto3 can't read this file: {what}", path.display());
    Some(Problem::new(ProblemKind::Invalid, ProblemCode::AwsFileFaulty, message).hint(what.advice()))
}

fn problem_of(places: &Places, written: Written<'_>, shadow: &Shadow) -> Problem {
    let Written { profile, what } = written;
    let Shadow { file, line, key, tools } = shadow;
    let path = match file {
        FileKind::Config => &places.aws_config_file,
        FileKind::Credentials => &places.credentials_file,
    };
    let who = match tools {
        ShadowedTools::AwsCli => "the AWS CLI, boto3 and other tools",
        ShadowedTools::SomeSdks => "some SDKs",
    };
    let (who, instead, hint) = match what {
        WhatIsWritten::Keys(_) => (
            if *tools == ShadowedTools::SomeSdks { "some SDKs (for Java and Rust)" } else { who },
            "ignore the keys that Daypass writes for it",
            "remove that line, or start the role under another name with --profile",
        ),
        WhatIsWritten::Process => (
            who,
            "use that and don't ask Daypass",
            "remove that line, or give the generated profile another name with a template or with `profile` of its role",
        ),
    };
    let message = format!("{}:{line}: profile {profile} has {key}, so {who} {instead}", path.display());
    Problem::new(ProblemKind::Refused, ProblemCode::ProfileShadowed, message).hint(hint)
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_that_others_can_read_or_change_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        assert_eq!(open_to_others(&file), None);
        std::fs::write(&file, "").unwrap();
        for (mode, told) in [(0o600, None), (0o400, None), (0o644, Some("can read")), (0o620, Some("can change"))] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let problem = open_to_others(&file);
            assert_eq!(problem.is_some(), told.is_some(), "{mode:o}");
            assert!(problem.is_none_or(|problem| problem.message.contains(told.unwrap())), "{mode:o}");
        }
        assert_eq!(open_to_others(Path::new("/dev/null")), None);
    }
}
