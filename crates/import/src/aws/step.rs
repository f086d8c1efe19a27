//! Where a profile's credentials come from: the next step of its chain.

use crate::aws_vault::VaultKeys;
use crate::found::Tool;
use crate::profiles::Process;
use crate::profiles::{AwsFiles, AwsProfile};

/// The next step of a profile's chain.
pub(super) enum Step<'a> {
    /// It assumes a role with the credentials of another profile, or with its own.
    Role { source: &'a str },
    /// It is another profile under a second name.
    Alias { of: String },
    /// It has credentials of its own.
    Own(Own),
    /// Daypass writes it already.
    Daypass,
    /// A tool's own reader knows it.
    Of(Tool),
    /// It has settings only.
    Settings,
    /// It can't be kept: why, as a sentence without its full stop, and what to do.
    Broken(String, Option<String>),
}

/// A profile's own credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// A portal of IAM Identity Center.
    Portal,
    /// A key in one of the files.
    Key,
    /// A key that aws-vault keeps.
    VaultKey,
    /// `aws login`.
    Console,
    /// The AWS CLI, or a program that it runs, can get them: a web identity, a machine's role, any other program.
    Works,
}

/// The step of a profile. As in botocore, a role comes first, then a web identity, IAM Identity Center, keys of the
/// credentials file, `login_session`, `credential_process`, and keys of the config file.
pub(super) fn step<'a>(profile: &'a AwsProfile, files: &'a AwsFiles, keys: &VaultKeys) -> Step<'a> {
    let process = profile.get("credential_process").map(Process::of);
    if profile.is_ours() || process == Some(Process::Daypass) {
        return Step::Daypass;
    }
    if get(profile, files, "role_arn").is_none() {
        return own(profile, keys, process);
    }
    if profile.get("web_identity_token_file").is_some() || profile.get("credential_source").is_some() {
        return Step::Own(Own::Works);
    }
    match get(profile, files, "source_profile") {
        Some(source) => Step::Role { source },
        None if keys.has(&profile.name) || has_key(profile) => Step::Role { source: &profile.name },
        None => broken("it has a role_arn, but no source_profile or credential_source"),
    }
}

/// Where the profile's own credentials come from, whatever role it assumes with them.
pub(super) fn own<'a>(profile: &'a AwsProfile, keys: &VaultKeys, process: Option<Process>) -> Step<'a> {
    if profile.get("web_identity_token_file").is_some() {
        return Step::Own(Own::Works);
    }
    if ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"].iter().any(|key| profile.get(key).is_some())
    {
        return Step::Own(Own::Portal);
    }
    if profile.in_credentials("aws_access_key_id").is_some() {
        return key(profile);
    }
    if profile.get("login_session").is_some() {
        return Step::Own(Own::Console);
    }
    match process {
        Some(Process::AwsVault(name)) if name == profile.name => return Step::Own(Own::VaultKey),
        Some(Process::AwsVault(of)) => return Step::Alias { of },
        Some(Process::Of(tool)) => return Step::Of(tool),
        Some(Process::Other) => return Step::Own(Own::Works),
        Some(Process::Daypass) => return Step::Daypass,
        None => {}
    }
    if has_key(profile) {
        return key(profile);
    }
    if keys.has(&profile.name) { Step::Own(Own::VaultKey) } else { Step::Settings }
}

fn has_key(profile: &AwsProfile) -> bool {
    profile.get("aws_access_key_id").is_some()
}

fn key<'a>(profile: &AwsProfile) -> Step<'a> {
    let is_temporary = ["aws_session_token", "aws_security_token"].iter().any(|key| profile.get(key).is_some());
    match profile.get("aws_secret_access_key") {
        _ if is_temporary => {
            let advice = "sign in with Daypass instead, then remove the keys of this profile";
            Step::Broken("another tool writes its keys, which are temporary".into(), Some(advice.into()))
        }
        Some(_) => Step::Own(Own::Key),
        None => broken("it has an aws_access_key_id, but no aws_secret_access_key"),
    }
}

fn broken<'a>(why: &str) -> Step<'a> {
    Step::Broken(why.to_owned(), None)
}

/// How many profiles may include one another.
const MOST_INCLUDED: usize = 10;

/// A setting of a profile, or of those that it includes, as aws-vault has it (`include_profile`, `parent_profile`).
pub(super) fn get<'a>(profile: &'a AwsProfile, files: &'a AwsFiles, key: &str) -> Option<&'a str> {
    let mut next = Some(profile);
    for _ in 0..MOST_INCLUDED {
        let profile = next?;
        if let Some(value) = profile.get(key) {
            return Some(value);
        }
        next =
            profile.get("include_profile").or_else(|| profile.get("parent_profile")).and_then(|of| files.profile(of));
    }
    None
}
