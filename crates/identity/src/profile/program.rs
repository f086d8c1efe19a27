//! Programs that print credentials, in the way of `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).

use std::process::Stdio;
use std::time::Duration;

#[cfg(not(windows))]
use aws_files::split_process_line;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::process::Command;

use daypass_core::credentials::Keys;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

use super::children::{self, Ended};
use crate::command_line;

/// The CLI may have to fetch its own tokens. A program that waits for a person is stopped here.
const LIMIT: Duration = Duration::from_secs(60);

/// The first AWS CLI with `aws configure export-credentials --format process`.
const LEAST: &str = "2.9.18";
/// The first AWS CLI with `aws login`, which reads `login_session`.
const LEAST_WITH_LOGIN: &str = "2.32.0";

/// Runs the `credential_process` of a profile as the AWS CLI and boto3 do: split into words, without a shell. (On
/// Windows through `cmd`, as the other SDKs do: it also starts scripts.)
pub(super) async fn run(profile: &ProfileName, line: &str, now: DateTime<Utc>) -> Result<Keys, Problem> {
    output(profile, Program::OfTheProfile, command(profile, line)?, now, LIMIT).await
}

/// `cmd` gets the line as it is, in the quotes that `/S` has it take off. (`arg` would escape the quotes in it, which
/// `cmd` doesn't undo.)
#[cfg(windows)]
fn command(_: &ProfileName, line: &str) -> Result<Command, Problem> {
    let mut shell = Command::new("cmd.exe");
    shell.raw_arg("/D /S /C ").raw_arg(format!("\"{line}\""));
    Ok(shell)
}

#[cfg(not(windows))]
fn command(profile: &ProfileName, line: &str) -> Result<Command, Problem> {
    let words = split_process_line(line).unwrap_or_default();
    let Some((program, arguments)) = words.split_first() else {
        let message = format!("profile {profile}: its credential_process has a quote that doesn't end, or no program");
        return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ProfileNoProgram, message)
            .hint("write the program and its arguments as in a shell, each with a blank in it in quotes"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

/// Asks the AWS CLI for the credentials of a profile, because it supports every kind of profile. `login`: it needs one
/// that has `aws login`.
pub(super) async fn ask_aws_cli(profile: &ProfileName, login: bool, now: DateTime<Utc>) -> Result<Keys, Problem> {
    let mut aws = Command::new(command_line::startable("aws".as_ref()));
    aws.args(["configure", "export-credentials", "--profile", profile.as_str(), "--format", "process"]);
    aws.env("AWS_PAGER", "").env("AWS_CLI_AUTO_PROMPT", "off");
    output(profile, Program::AwsCli { login }, aws, now, LIMIT).await
}

/// The program that provides a profile's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    /// The `credential_process` of the profile.
    OfTheProfile,
    /// `aws configure export-credentials`.
    AwsCli { login: bool },
}

impl Program {
    fn words(self) -> &'static str {
        match self {
            Self::OfTheProfile => "its credential_process",
            Self::AwsCli { .. } => "the AWS CLI",
        }
    }

    /// The code and the hint if it isn't installed.
    fn absent(self) -> (ProblemCode, &'static str) {
        match self {
            Self::OfTheProfile => (ProblemCode::ProfileNoProgram, "check that the program is installed, and in PATH"),
            Self::AwsCli { .. } => (
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
            Self::AwsCli { login } if stderr.contains("Invalid choice") => {
                let least = if login { LEAST_WITH_LOGIN } else { LEAST };
                let hint = format!(
                    "install AWS CLI {least} or later, and have it first in PATH: version 1 can't hand credentials on"
                );
                (ProblemCode::ProfileOldAwsCli, hint)
            }
            // A version without `aws login` finds no credentials in the profile, and doesn't say why.
            Self::AwsCli { login: true } => (
                ProblemCode::ProfileProgramFailed,
                format!(
                    "sign in with `aws login --profile {profile}`, which needs AWS CLI {LEAST_WITH_LOGIN} or later \
                     (`aws --version`); an identity of kind console signs in without the AWS CLI"
                ),
            ),
            Self::AwsCli { login: false } => (
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
    version: Option<f64>,
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
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
    {
        command.env_remove(name);
    }
    let problem =
        |kind, code: ProblemCode, message: String| Problem::new(kind, code, format!("profile {profile}: {message}"));
    let what = program.words();
    let ended = match children::run(command, limit).await {
        Ended::Printed(ended) => ended,
        Ended::NotStarted(error) => {
            let (code, hint) = program.absent();
            let message = format!("{what} can't be started: {error}");
            return Err(problem(ProblemKind::Invalid, code, message).hint(hint));
        }
        Ended::Late => {
            let message = format!("{what} printed no credentials within {} seconds", limit.as_secs());
            return Err(problem(ProblemKind::Passing, ProblemCode::ProfileProgramSlow, message)
                .hint("run it in a terminal: it may be waiting for an answer that you can't give here"));
        }
        Ended::Unread(error) => {
            let message = format!("the output of {what} can't be read: {error}");
            return Err(problem(ProblemKind::Failed, ProblemCode::ProfileProgramFailed, message));
        }
    };
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
    let printed: Printed = serde_json::from_slice(printed).map_err(|_| "it isn't JSON of that form".to_owned())?;
    match printed.version {
        // As in Python, 1.0 is 1.
        Some(1.0) => {}
        Some(other) => return Err(format!("its Version is {other}, not 1")),
        None => return Err("it doesn't have a Version".to_owned()),
    }
    let (Some(id), Some(secret)) = (printed.access_key_id, printed.secret_access_key) else {
        return Err("AccessKeyId or SecretAccessKey is missing".to_owned());
    };
    if id.is_empty() || secret.expose_secret().is_empty() {
        return Err("AccessKeyId or SecretAccessKey is empty".to_owned());
    }
    if let Some(text) = printed.expiration {
        let at = expiration(&text).ok_or("its Expiration isn't an ISO 8601 time with a time zone")?;
        if at <= now {
            return Err(format!("they expired at {at}"));
        }
    }
    let session_token = printed.session_token.filter(|token| !token.expose_secret().is_empty());
    Keys::new(id, secret, session_token).map_err(|bad| bad.to_string())
}

/// A time in the forms that botocore and the SDKs read and programs print: RFC 3339 with a `T` or a blank, with or
/// without seconds and colons, and the date of an HTTP header. Without a zone, botocore can't compare it with the time
/// of day.
fn expiration(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 6] = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%dT%H:%M:%S%.f %#z",
        "%Y%m%dT%H%M%S%.f%#z",
        "%Y%m%dT%H%M%#z",
        "%a, %d %b %Y %H:%M:%S %#z",
    ];
    let text = text.trim();
    let zone = ["UTC", "GMT", "Z", "z"].into_iter().find_map(|zone| text.strip_suffix(zone));
    let text = zone.map_or_else(|| text.to_owned(), |time| format!("{}+00:00", time.trim_end()));
    // A blank instead of the T.
    let as_iso = match text.as_bytes().get(10) {
        Some(b' ') if text.is_char_boundary(11) && text.is_char_boundary(10) => {
            format!("{}T{}", &text[..10], &text[11..])
        }
        _ => text.clone(),
    };
    let read = |form: &&str| [&as_iso, &text].into_iter().find_map(|text| DateTime::parse_from_str(text, form).ok());
    FORMS.iter().find_map(read).map(|at| at.to_utc())
}

/// The end of a program's standard error.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let skipped = text.chars().count().saturating_sub(500);
    text.chars().skip(skipped).filter(|c| !c.is_control()).collect()
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aws_files::quote_process_argument;

    fn now() -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    async fn sh(script: &str) -> Result<Keys, Problem> {
        run(&"corp".parse().unwrap(), &format!("sh -c {}", quote_process_argument(script)), now()).await
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

    /// botocore splits the line and starts the first word, so nothing in it is for a shell.
    #[tokio::test]
    async fn the_line_is_split_into_words_and_no_shell_reads_it() {
        let word = |line: &str| {
            let words = command(&"corp".parse().unwrap(), line).unwrap();
            let arguments = words.as_std().get_args().map(|word| word.to_str().unwrap().to_owned()).collect::<Vec<_>>();
            (words.as_std().get_program().to_str().unwrap().to_owned(), arguments)
        };
        assert_eq!(
            word(r#""/opt/my tool" --key 'a b' $HOME *|x; "q\"r" \ "#),
            ("/opt/my tool".to_owned(), ["--key", "a b", "$HOME", "*|x;", "q\"r", " "].map(str::to_owned).to_vec())
        );
        for line in ["", "  ", "tool 'open", "tool \\"] {
            let problem = run(&"corp".parse().unwrap(), line, now()).await.unwrap_err();
            assert_eq!(problem.code, ProblemCode::ProfileNoProgram, "{line:?}");
        }
        let problem = run(&"corp".parse().unwrap(), "read answer && exit 1", now()).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::ProfileNoProgram, "`read` is a word of shells: {problem}");
    }

    #[tokio::test]
    async fn keys_that_no_request_can_be_signed_with_are_refused_and_not_quoted() {
        for (id, secret, token, why) in [
            ("AKIA\\nPLANTED", "s", "t", "the access key ID contains a line break"),
            ("AKIA\\u0000PLANTED", "s", "t", "the access key ID contains a NUL"),
            ("AKIA PLANTED", "s", "t", "the access key ID contains a blank"),
            ("AKIA", "PLANTED\\n", "t", "the secret access key contains a line break"),
            ("AKIA", "s", "PLANTED\\r\\n", "the session token contains a line break"),
            ("AKIA", "s", "PLANTEDé", "the session token contains a character outside ASCII"),
        ] {
            let printed = format!(
                r#"{{"Version": 1, "AccessKeyId": "{id}", "SecretAccessKey": "{secret}", "SessionToken": "{token}"}}"#
            );
            let problem = sh(&format!("cat <<'END'\n{printed}\nEND")).await.unwrap_err();
            assert_eq!(problem.code, ProblemCode::ProfileProgramUnreadable);
            assert!(problem.message.contains(why) && !format!("{problem:?}").contains("PLANTED"), "{problem:?}");
        }
    }

    /// What botocore's parser (dateutil) makes of each: the same moment, or no time that can be compared.
    #[test]
    fn the_times_that_botocore_reads_are_read() {
        let eleven = "2026-11-22T11:00:00Z".parse::<DateTime<Utc>>().ok();
        for text in [
            "2026-11-22T11:00:00Z",
            "2026-11-22T11:00:00.000Z",
            "2026-11-22 11:00:00Z",
            "2026-11-22 11:00:00 UTC",
            "2026-11-22T11:00Z",
            "2026-11-22T13:00:00+02:00",
            "2026-11-22T13:00:00+0200",
            "2026-11-22T13:00:00+02",
            "2026-11-22 13:00:00 +0200",
            "20261122T110000Z",
            "Sun, 22 Nov 2026 11:00:00 GMT",
            "Sun, 22 Nov 2026 13:00:00 +0200",
        ] {
            assert_eq!(expiration(text), eleven, "{text}");
        }
        for text in
            ["", "2026-11-22T11:00:00", "2026-11-22", "soon", "1795345200", "2026-13-22T11:00:00Z", "ééééééééé é"]
        {
            assert_eq!(expiration(text), None, "{text}");
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

    #[test]
    fn a_profile_of_aws_login_names_the_version_that_has_it() {
        let profile = "corp".parse().unwrap();
        let hint = |login, stderr| Program::AwsCli { login }.failed(&profile, stderr);
        assert!(hint(true, "Invalid choice: 'export-credentials'").1.contains("2.32.0"));
        assert!(hint(false, "Invalid choice: 'export-credentials'").1.contains("2.9.18"));
        // Versions in between don't know `login_session`.
        let (code, words) = hint(true, "Unable to retrieve credentials: no credentials found");
        assert_eq!(code, ProblemCode::ProfileProgramFailed);
        assert!(words.contains("2.32.0") && words.contains("aws login --profile corp"), "{words}");
        assert!(!hint(false, "no credentials found").1.contains("2.32"));
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
