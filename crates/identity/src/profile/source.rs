//! Finds out where a profile's keys are, from the AWS files and without running anything.

use std::path::Path;

use aws_files::{Document, ProfileEntry};
use secrecy::SecretString;

use daypass_core::credentials::{KeyPart, Keys};
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::surroundings::Places;

use crate::command_line::{self, Shell};

/// Where the keys of a profile come from.
#[derive(Debug)]
pub(super) enum Source {
    /// They are in the files.
    Keys(Keys),
    /// A `credential_process` prints them.
    Process(String),
    /// The profile needs more (a role, IAM Identity Center, a web identity), which the AWS CLI can do. `login`: it, or
    /// one that it builds on, is of `aws login`, which older versions don't have.
    AwsCli { login: bool },
}

/// A profile, merged from both files.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) source: Source,
    pub(super) region: Option<Region>,
}

/// Settings of a profile that only the AWS CLI can turn into credentials. It checks these before anything else.
const FOR_THE_CLI: [&str; 7] = [
    "role_arn",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "login_session",
    "credential_source",
];

/// Finds a profile and where its keys are.
///
/// # Errors
///
/// `profile-not-found`, `profile-is-daypass`, `profile-loop`, `profile-empty`, `profile-file-unreadable`.
pub(super) fn find(places: &Places, name: &ProfileName) -> Result<Found, Problem> {
    let files = Files::read(places)?;
    let found = files.of(name.as_str());
    if found.is_empty() {
        let message = format!(
            "profile {name} isn't in {} or {}",
            places.aws_config_file.display(),
            places.credentials_file.display()
        );
        return Err(Problem::new(ProblemKind::NotFound, ProblemCode::ProfileNotFound, message)
            .hint("`aws configure list-profiles` lists your profiles; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say which files are read"));
    }
    files.check_whose(name.as_str())?;
    let region = found.get("region").and_then(|region| region.parse().ok());
    let login = files.builds_on(name.as_str()).iter().any(|name| files.of(name).get("login_session").is_some());
    Ok(Found { source: source(name, &found, login)?, region })
}

fn source(name: &ProfileName, found: &Sections<'_>, login: bool) -> Result<Source, Problem> {
    if FOR_THE_CLI.iter().any(|key| found.get(key).is_some()) {
        return Ok(Source::AwsCli { login });
    }
    // Keys in the credentials file take precedence over a credential_process, and that over keys in the config file, as
    // in botocore.
    if let Some(keys) = found.credentials.and_then(|section| keys(section, found.credentials_file)) {
        return Ok(Source::Keys(keys?));
    }
    if let Some(command) = found.get("credential_process") {
        return Ok(Source::Process(command.to_owned()));
    }
    if let Some(keys) = found.config.and_then(|section| keys(section, found.config_file)) {
        return Ok(Source::Keys(keys?));
    }
    let message = format!("profile {name} doesn't have credentials, and doesn't say where to get them");
    Err(Problem::new(ProblemKind::Invalid, ProblemCode::ProfileEmpty, message)
        .hint(format!("set it up: `aws configure --profile {name}` or `aws configure sso --profile {name}`")))
}

/// The names of the keys' parts. botocore reads the old name of the token before the new one.
const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
const TOKENS: [&str; 2] = ["aws_security_token", "aws_session_token"];

/// The keys of a section in a file, if it has any.
fn keys(section: &ProfileEntry, file: &Path) -> Option<Result<Keys, Problem>> {
    let value = |key: &str| section.get(key).filter(|value| !value.is_empty());
    let (id, secret) = (value(ID)?, value(SECRET)?);
    let token = TOKENS.into_iter().find_map(|name| value(name).map(|token| (name, token)));
    let keys = Keys::new(id, secret, token.map(|(_, token)| SecretString::from(token)));
    Some(keys.map_err(|bad| {
        let key = match bad.part {
            KeyPart::AccessKeyId => ID,
            KeyPart::SecretAccessKey => SECRET,
            KeyPart::SessionToken => token.map_or(TOKENS[1], |(name, _)| name),
        };
        let line = section.line_of(key).unwrap_or(section.line);
        let message =
            format!("{}:{line}: {key} of profile {} can't be used: it {}", file.display(), section.name, bad.fault);
        Problem::new(ProblemKind::Invalid, ProblemCode::BadAccessKey, message).hint(
            "an indented line continues the value above it: remove its indentation, and what isn't part of the key",
        )
    }))
}

/// All profiles of both files.
struct Files<'p> {
    config: Vec<ProfileEntry>,
    credentials: Vec<ProfileEntry>,
    places: &'p Places,
}

/// What both files say about one profile.
#[derive(Clone, Copy)]
struct Sections<'a> {
    config: Option<&'a ProfileEntry>,
    config_file: &'a Path,
    credentials: Option<&'a ProfileEntry>,
    credentials_file: &'a Path,
}

impl<'p> Files<'p> {
    fn read(places: &'p Places) -> Result<Self, Problem> {
        Ok(Self {
            config: profiles(&places.aws_config_file, aws_files::FileKind::Config)?,
            credentials: profiles(&places.credentials_file, aws_files::FileKind::Credentials)?,
            places,
        })
    }

    fn of(&self, name: &str) -> Sections<'_> {
        let find = |profiles: &'_ [ProfileEntry]| profiles.iter().position(|profile| profile.name == name);
        Sections {
            config: find(&self.config).map(|at| &self.config[at]),
            config_file: &self.places.aws_config_file,
            credentials: find(&self.credentials).map(|at| &self.credentials[at]),
            credentials_file: &self.places.credentials_file,
        }
    }

    /// Checks that neither the profile nor any that it builds on asks Daypass for credentials. It would wait for
    /// itself, or renew its own source.
    fn check_whose(&self, name: &str) -> Result<(), Problem> {
        let all = self.builds_on(name);
        for (at, name) in all.iter().enumerate() {
            let (sections, on_the_way) = (self.of(name), &all[..=at]);
            if sections.both().any(|section| section.owned) {
                let message = format!("profile {name} is written by Daypass itself{}", way(on_the_way));
                return Err(Problem::new(ProblemKind::Refused, ProblemCode::ProfileIsDaypass, message)
                    .hint("choose a profile that another tool manages. To assume a role from a Daypass role, declare it with `via`"));
            }
            if sections.get("credential_process").is_some_and(calls_daypass) {
                let message = format!("the credential_process of profile {name} calls Daypass{}", way(on_the_way));
                return Err(Problem::new(ProblemKind::Refused, ProblemCode::ProfileLoop, message)
                    .hint("choose a profile that another tool manages. To assume a role from a Daypass role, declare it with `via`"));
            }
        }
        Ok(())
    }

    /// The profile and those that it builds on. A role may name itself as the source of its keys. That ends the chain,
    /// as it does for the CLI.
    fn builds_on<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let mut all = Vec::new();
        let mut next = Some(name);
        while let Some(name) = next.filter(|name| !all.contains(name)) {
            all.push(name);
            next = self.of(name).get("source_profile");
        }
        all
    }
}

impl<'a> Sections<'a> {
    fn both(self) -> impl Iterator<Item = &'a ProfileEntry> {
        [self.credentials, self.config].into_iter().flatten()
    }

    fn is_empty(self) -> bool {
        self.both().next().is_none()
    }

    /// The credentials file takes precedence over the config file.
    fn get(self, key: &str) -> Option<&'a str> {
        self.both().find_map(|section| section.get(key)).filter(|value| !value.is_empty())
    }
}

fn way(names: &[&str]) -> String {
    if names.len() < 2 { String::new() } else { format!(" ({})", names.join(" → ")) }
}

/// Whether a command line runs Daypass. Only the programs that it starts count, not other words in it.
fn calls_daypass(command: &str) -> bool {
    command_line::programs(command, Shell::HERE).iter().any(|program| is_daypass(program))
}

/// By its name or the file that it points to: the command, or this very program under another name.
fn is_daypass(program: &str) -> bool {
    let is_named_so = |path: &Path| {
        path.file_name().is_some_and(|name| name == "daypass" || name.eq_ignore_ascii_case("daypass.exe"))
    };
    if is_named_so(Path::new(program)) {
        return true;
    }
    let real = command_line::find_program(program.as_ref()).and_then(|file| file.canonicalize().ok());
    let this = std::env::current_exe().and_then(|file| file.canonicalize()).ok();
    real.is_some_and(|real| is_named_so(&real) || Some(real) == this)
}

fn profiles(path: &Path, kind: aws_files::FileKind) -> Result<Vec<ProfileEntry>, Problem> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Problem::new(ProblemKind::Failed, ProblemCode::ProfileFileUnreadable, format!("{}: {why}", path.display()))
            .hint("check that you can read the file")
    };
    let Some(bytes) = durable_file::read(path).map_err(|e| unreadable(&e))? else { return Ok(Vec::new()) };
    Ok(Document::parse(&bytes, kind).profiles())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
