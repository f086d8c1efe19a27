//! A session as environment variables, in the words of a shell.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use daypass_core::credentials::Credentials;
use daypass_core::names::{AccountId, Region};

/// For which shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
#[ts(export)]
pub enum Shell {
    /// sh, bash, zsh.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// A JSON object of the variables.
    Json,
}

/// Variables that a program must not have from outside if it is to get its credentials from one place: most tools take them
/// before an endpoint, and all before a profile that they weren't told about.
pub const CREDENTIAL_VARIABLES: [&str; 15] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// The variables of the region that tools work in.
pub const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The statements that set the session's variables, and unset those with which a tool would work as somebody else or
/// somewhere else. To be pasted or evaluated, so it is a secret. JSON has only what is to be set.
#[must_use]
pub fn statements(credentials: &Credentials, region: Option<&Region>, shell: Shell) -> SecretString {
    let expiration = credentials.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let account = credentials.account();
    let region = region.map(Region::as_str);
    let variables = [
        ("AWS_ACCESS_KEY_ID", Some(credentials.access_key_id.as_str())),
        ("AWS_SECRET_ACCESS_KEY", Some(credentials.secret_access_key.expose_secret())),
        ("AWS_SESSION_TOKEN", Some(credentials.session_token.expose_secret())),
        ("AWS_CREDENTIAL_EXPIRATION", Some(expiration.as_str())),
        ("AWS_ACCOUNT_ID", account.as_ref().map(AccountId::as_str)),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        // The SDK for JavaScript 3 takes a profile before keys in the environment, and so does what reads its region.
        ("AWS_PROFILE", None),
        ("AWS_DEFAULT_PROFILE", None),
        // boto3 takes it before AWS_SESSION_TOKEN, whose old name it is.
        ("AWS_SECURITY_TOKEN", None),
    ];
    assignments(&variables, shell)
}

/// The statements that set these variables, and remove those without a value. May hold secrets.
#[must_use]
pub fn assignments(variables: &[(&str, Option<&str>)], shell: Shell) -> SecretString {
    let text = match shell {
        Shell::Json => {
            let set = variables.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.into())));
            serde_json::Value::Object(set.collect()).to_string()
        }
        _ => variables.iter().map(|(name, value)| statement(shell, name, *value)).collect(),
    };
    text.into()
}

/// What a shell evaluates in place of the variables when there are none, so that it doesn't go on as if it had them: a
/// statement that fails, with this status where the shell has one. `None` for JSON.
#[must_use]
pub fn failure(shell: Shell, exit_code: u8) -> Option<String> {
    match shell {
        Shell::Sh => Some(format!("(exit {exit_code})")),
        Shell::Fish => Some("false".to_owned()),
        Shell::PowerShell => Some(format!("throw 'daypass env failed with exit code {exit_code}'")),
        Shell::Json => None,
    }
}

/// Sets a variable, or removes it.
fn statement(shell: Shell, name: &str, value: Option<&str>) -> String {
    match (shell, value) {
        (Shell::Fish, Some(value)) => {
            format!("set -gx {name} '{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        // Without the question, a variable that isn't there would be a failure.
        (Shell::Fish, None) => format!("set -q {name}; and set -e {name}\n"),
        (Shell::PowerShell, Some(value)) => format!("$Env:{name} = '{}'\n", in_powershell_quotes(value)),
        (Shell::PowerShell, None) => format!("Remove-Item Env:{name} -ErrorAction Ignore\n"),
        (Shell::Sh | Shell::Json, Some(value)) => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
        (Shell::Sh | Shell::Json, None) => format!("unset {name}\n"),
    }
}

/// PowerShell also ends a string at the typographic quotes U+2018 to U+201B (its tokenizer's `IsSingleQuote`). Any of
/// them stands for itself when doubled.
fn in_powershell_quotes(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::process::Command;

    const AWKWARD: &str = r#"a'b"c\d$e`f /+=="#;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: AWKWARD.into(),
            session_token: AWKWARD.into(),
            expires_at: chrono::DateTime::UNIX_EPOCH,
            issued_at: chrono::DateTime::UNIX_EPOCH,
            skew_ms: 0,
            fallback_region: None,
            assumed_role: "arn:aws:sts::123456789012:assumed-role/Dev/ann".into(),
        }
    }

    /// What a program sees that is started after the statements, where a person's own variables were set before.
    fn seen_after(text: &str) -> Vec<(String, String)> {
        let script = format!("set -eu\n{text}exec env -0");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for name in ["PROFILE", "DEFAULT_PROFILE", "REGION", "DEFAULT_REGION", "SECURITY_TOKEN", "ACCOUNT_ID"] {
            shell.env(format!("AWS_{name}"), "stale");
        }
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let pairs = text.split_terminator('\0').filter_map(|line| line.split_once('='));
        pairs.filter(|(name, _)| name.starts_with("AWS_")).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn what_would_lead_a_tool_elsewhere_is_unset() {
        let region = "eu-central-1".parse().unwrap();
        let of = |credentials: &Credentials, region| {
            let mut seen = seen_after(statements(credentials, region, Shell::Sh).expose_secret());
            seen.sort();
            seen.into_iter().map(|(name, _)| name.trim_start_matches("AWS_").to_owned()).collect::<Vec<_>>()
        };
        let keys = ["ACCESS_KEY_ID", "ACCOUNT_ID", "CREDENTIAL_EXPIRATION", "SECRET_ACCESS_KEY", "SESSION_TOKEN"];
        assert_eq!(of(&credentials(), None), keys);
        let nobody = Credentials { assumed_role: String::new(), ..credentials() };
        let all = of(&nobody, Some(&region));
        assert!(!all.contains(&"ACCOUNT_ID".to_owned()) && all.contains(&"REGION".to_owned()), "{all:?}");
        let fish = statements(&credentials(), None, Shell::Fish);
        let powershell = statements(&credentials(), None, Shell::PowerShell);
        for name in ["PROFILE", "DEFAULT_PROFILE", "REGION", "DEFAULT_REGION", "SECURITY_TOKEN"] {
            assert!(fish.expose_secret().contains(&format!("set -q AWS_{name}; and set -e AWS_{name}\n")));
            assert!(powershell.expose_secret().contains(&format!("Remove-Item Env:AWS_{name} -ErrorAction Ignore\n")));
        }
        assert!(fish.expose_secret().contains("set -gx AWS_ACCOUNT_ID '123456789012'\n"));
        assert!(powershell.expose_secret().contains("$Env:AWS_ACCOUNT_ID = '123456789012'\n"));
    }

    #[test]
    fn a_real_shell_reads_back_what_was_meant() {
        let region = "eu-central-1".parse().unwrap();
        let text = statements(&credentials(), Some(&region), Shell::Sh);
        let script = format!("{}printf '%s|%s' \"$AWS_SECRET_ACCESS_KEY\" \"$AWS_REGION\"", text.expose_secret());
        let output = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{AWKWARD}|eu-central-1"));
    }

    #[test]
    fn a_real_shell_stops_at_a_failure() {
        let script =
            |options: &str| format!("{options} eval \"{}\"; echo \"went on with $?\"", failure(Shell::Sh, 3).unwrap());
        let run = |script: &str| Command::new("sh").args(["-c", script]).output().unwrap();
        let strict = run(&script("set -e;"));
        assert_eq!((strict.status.code(), &*strict.stdout), (Some(3), &b""[..]));
        assert_eq!(run(&script("")).stdout, b"went on with 3\n");
    }

    #[test]
    fn json_reads_back_and_the_others_quote() {
        let json = statements(&credentials(), None, Shell::Json);
        let value: serde_json::Value = serde_json::from_str(json.expose_secret()).unwrap();
        assert_eq!(value["AWS_SECRET_ACCESS_KEY"], AWKWARD);
        assert_eq!(value["AWS_CREDENTIAL_EXPIRATION"], "1970-01-01T00:00:00Z");
        assert_eq!(value["AWS_ACCOUNT_ID"], "123456789012");
        assert!(
            value.as_object().unwrap().values().all(serde_json::Value::is_string),
            "only what is to be set: {value}"
        );
        let fish = statements(&credentials(), None, Shell::Fish);
        assert!(fish.expose_secret().contains(r#"'a\'b"c\\d$e`f /+=='"#));
        let powershell = statements(&credentials(), None, Shell::PowerShell);
        assert!(powershell.expose_secret().contains(r#"$Env:AWS_SECRET_ACCESS_KEY = 'a''b"c\d$e`f /+=='"#));
    }

    #[test]
    fn powershell_strings_do_not_end_at_typographic_quotes() {
        assert_eq!(
            statement(Shell::PowerShell, "X", Some("a\u{2018}b\u{2019}; calc; \u{201a}c\u{201b}d'")),
            "$Env:X = 'a\u{2018}\u{2018}b\u{2019}\u{2019}; calc; \u{201a}\u{201a}c\u{201b}\u{201b}d'''\n"
        );
    }
}
