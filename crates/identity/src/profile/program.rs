//! Programs that print credentials, in the way of `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::process::Command;

use daypass_core::credentials::Keys;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The CLI may have to fetch its own tokens. A program that waits for a person is stopped here.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs the `credential_process` of a profile through a shell, as the SDKs do.
pub(super) async fn run(profile: &ProfileName, command: &str, now: DateTime<Utc>) -> Result<Keys, Problem> {
    let mut shell = if cfg!(windows) { Command::new("cmd.exe") } else { Command::new("sh") };
    shell.arg(if cfg!(windows) { "/C" } else { "-c" }).arg(command);
    output(profile, Program::OfTheProfile, shell, now, LIMIT).await
}

/// Asks the AWS CLI for the credentials of a profile, because it supports every kind of profile.
pub(super) async fn ask_aws_cli(profile: &ProfileName, now: DateTime<Utc>) -> Result<Keys, Problem> {
    let mut aws = Command::new("aws");
    aws.args(["configure", "export-credentials", "--profile", profile.as_str(), "--format", "process"]);
    aws.env("AWS_PAGER", "").env("AWS_CLI_AUTO_PROMPT", "off");
    output(profile, Program::AwsCli, aws, now, LIMIT).await
}

/// The program that provides a profile's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    /// The `credential_process` of the profile.
    OfTheProfile,
    /// `aws configure export-credentials`.
    AwsCli,
}

impl Program {
    fn words(self) -> &'static str {
        match self {
            Self::OfTheProfile => "its credential_process",
            Self::AwsCli => "the AWS CLI",
        }
    }

    /// The code and the hint if it isn't installed.
    fn absent(self) -> (ProblemCode, &'static str) {
        match self {
            Self::OfTheProfile => (ProblemCode::ProfileNoProgram, "check that the program is installed, and in PATH"),
            Self::AwsCli => (
                ProblemCode::ProfileNoAwsCli,
                "install the AWS CLI: profiles with a role, IAM Identity Center or a web identity are for it to open",
            ),
        }
    }

    /// The code and the hint if it failed with this text on its standard error.
    fn failed(self, profile: &ProfileName, stderr: &str) -> (ProblemCode, String) {
        match self {
            Self::OfTheProfile => {
                (ProblemCode::ProfileProgramFailed, "run it in a terminal, and fix what it reports".to_owned())
            }
            // Version 1 doesn't have this command.
            Self::AwsCli if stderr.contains("Invalid choice") => (
                ProblemCode::ProfileOldAwsCli,
                "install AWS CLI 2 (2.9.18 or later), and have it first in PATH: version 1 cannot hand credentials on"
                    .to_owned(),
            ),
            Self::AwsCli => (
                ProblemCode::ProfileProgramFailed,
                format!(
                    "run `aws sts get-caller-identity --profile {profile}` and fix what it reports; for IAM Identity Center \
                     that is `aws sso login --profile {profile}`"
                ),
            ),
        }
    }
}

/// What the program prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: Option<u32>,
    access_key_id: Option<String>,
    secret_access_key: Option<SecretString>,
    session_token: Option<SecretString>,
    expiration: Option<String>,
}

async fn output(
    profile: &ProfileName,
    program: Program,
    mut command: Command,
    now: DateTime<Utc>,
    limit: Duration,
) -> Result<Keys, Problem> {
    // No terminal, because a question could not be answered. The variables would refer to another identity.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
    {
        command.env_remove(name);
    }
    // Its own process group, so that its children end with it.
    #[cfg(unix)]
    command.process_group(0);
    let problem =
        |kind, code: ProblemCode, message: String| Problem::new(kind, code, format!("profile {profile}: {message}"));
    let what = program.words();
    let child = command.spawn().map_err(|error| {
        let (code, hint) = program.absent();
        problem(ProblemKind::Invalid, code, format!("{what} cannot be started: {error}")).hint(hint)
    })?;
    let group = Group(child.id());
    let Ok(ended) = tokio::time::timeout(limit, child.wait_with_output()).await else {
        group.end();
        let message = format!("{what} printed no credentials within {} seconds", limit.as_secs());
        return Err(problem(ProblemKind::Passing, ProblemCode::ProfileProgramSlow, message)
            .hint("run it in a terminal: it may be waiting for an answer that you can't give here"));
    };
    let ended = ended.map_err(|error| {
        problem(
            ProblemKind::Failed,
            ProblemCode::ProfileProgramFailed,
            format!("the output of {what} cannot be read: {error}"),
        )
    })?;
    let stdout = zeroize::Zeroizing::new(ended.stdout);
    if !ended.status.success() {
        let said = said(&ended.stderr);
        let (code, hint) = program.failed(profile, &said);
        let message =
            format!("{what} failed ({}){}", ended.status, if said.is_empty() { said } else { format!(": {said}") });
        return Err(problem(ProblemKind::Refused, code, message).hint(hint));
    }
    keys(&stdout, now).map_err(|why| {
        problem(ProblemKind::Refused, ProblemCode::ProfileProgramUnreadable, format!("{what} printed no usable credentials: {why}"))
            .hint("it must print JSON with Version 1, AccessKeyId and SecretAccessKey, and an Expiration in the future, if any")
    })
}

/// Reads the output. An error never quotes it.
fn keys(printed: &[u8], now: DateTime<Utc>) -> Result<Keys, String> {
    let printed: Printed = serde_json::from_slice(printed).map_err(|_| "it is not JSON of that form".to_owned())?;
    match printed.version {
        Some(1) => {}
        Some(other) => return Err(format!("its Version is {other}, not 1")),
        None => return Err("it has no Version".to_owned()),
    }
    let (Some(id), Some(secret)) = (printed.access_key_id, printed.secret_access_key) else {
        return Err("AccessKeyId or SecretAccessKey is missing".to_owned());
    };
    if id.is_empty() || secret.expose_secret().is_empty() {
        return Err("AccessKeyId or SecretAccessKey is empty".to_owned());
    }
    if let Some(text) = printed.expiration {
        let at =
            DateTime::parse_from_rfc3339(&text).map_err(|_| "its Expiration is not an ISO 8601 time".to_owned())?;
        if at <= now {
            return Err(format!("they expired at {at}"));
        }
    }
    let session_token = printed.session_token.filter(|token| !token.expose_secret().is_empty());
    Ok(Keys { access_key_id: id, secret_access_key: secret, session_token })
}

/// The end of a program's standard error.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let skipped = text.chars().count().saturating_sub(500);
    text.chars().skip(skipped).filter(|c| !c.is_control()).collect()
}

/// A process and its children.
struct Group(Option<u32>);

impl Group {
    fn end(&self) {
        #[cfg(unix)]
        if let Some(group) = self.0.and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    async fn sh(script: &str) -> Result<Keys, Problem> {
        run(&"corp".parse().unwrap(), script, now()).await
    }

    const GOOD: &str = r#"{"Version": 1, "AccessKeyId": "ASIAX", "SecretAccessKey": "PLANTED", "SessionToken": "T",
        "Expiration": "2026-11-22T11:00:00Z"}"#;

    #[tokio::test]
    async fn credentials_are_read_as_the_sdks_read_them() {
        let keys = sh(&format!("printf %s '{GOOD}'")).await.unwrap();
        assert_eq!((keys.access_key_id.as_str(), keys.secret_access_key.expose_secret()), ("ASIAX", "PLANTED"));
        assert_eq!(keys.session_token.unwrap().expose_secret(), "T");
        let keys =
            sh(r#"echo '{"Version": 1, "AccessKeyId": "AKIAX", "SecretAccessKey": "s", "Other": []}'"#).await.unwrap();
        assert!(keys.session_token.is_none());
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_told_and_not_quoted() {
        for printed in [
            "",
            "PLANTED",
            "[]",
            r#"{"AccessKeyId": "PLANTED", "SecretAccessKey": "PLANTED"}"#,
            r#"{"Version": 2, "AccessKeyId": "PLANTED", "SecretAccessKey": "PLANTED"}"#,
            r#"{"Version": 1, "AccessKeyId": "PLANTED"}"#,
            r#"{"Version": 1, "AccessKeyId": "PLANTED", "SecretAccessKey": ""}"#,
            r#"{"Version": 1, "AccessKeyId": "PLANTED", "SecretAccessKey": {"PLANTED": 1}}"#,
            r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "PLANTED", "Expiration": "PLANTED"}"#,
            r#"{"Version": 1, "AccessKeyId": "A", "SecretAccessKey": "PLANTED", "Expiration": "2026-11-22T09:59:59Z"}"#,
        ] {
            let problem = sh(&format!("printf %s '{printed}'")).await.unwrap_err();
            assert_eq!(problem.code, ProblemCode::ProfileProgramUnreadable, "{printed}");
            assert!(!format!("{problem:?}").contains("PLANTED"), "{problem:?}");
        }
    }

    #[tokio::test]
    async fn a_program_that_fails_is_quoted_by_its_standard_error() {
        let problem = sh(&format!("printf %s '{GOOD}'; echo 'token has expired' >&2; exit 255")).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::ProfileProgramFailed);
        assert!(problem.message.contains("token has expired") && problem.message.contains("255"), "{problem:?}");
        assert!(!problem.message.contains("PLANTED"));
    }

    #[tokio::test]
    async fn a_program_that_waits_is_ended_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        // Standard input ends at once, so a question is never answered.
        let problem = sh("read answer || exit 9").await.unwrap_err();
        assert!(problem.message.contains('9'), "{problem:?}");
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("(sleep 1; touch '{}') & wait", alive.display()));
        let ended =
            output(&"corp".parse().unwrap(), Program::OfTheProfile, shell, now(), Duration::from_millis(200)).await;
        assert_eq!(ended.unwrap_err().code, ProblemCode::ProfileProgramSlow);
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert!(!alive.exists());
    }

    proptest::proptest! {
        #[test]
        fn anything_may_be_printed(printed in "\\PC{0,80}", at in 0usize..150, byte: u8, text in "[0-9T:Z+-]{0,30}") {
            let _ = keys(printed.as_bytes(), now());
            let mut damaged = GOOD.replace("2026-11-22T11:00:00Z", &text).into_bytes();
            let _ = keys(&damaged, now());
            let length = damaged.len();
            damaged[at % length] = byte;
            let _ = keys(&damaged, now());
        }
    }
}
