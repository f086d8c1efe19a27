//! A session as environment variables, in the words of a shell.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use daypass_core::credentials::Credentials;
use daypass_core::names::Region;

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

/// The statements that set the session's variables; to be pasted or evaluated, so it is a secret.
#[must_use]
pub fn statements(credentials: &Credentials, region: Option<&Region>, shell: Shell) -> SecretString {
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose_secret()),
        ("AWS_SESSION_TOKEN", credentials.session_token.expose_secret()),
    ];
    let expiration = credentials.expires_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    variables.push(("AWS_CREDENTIAL_EXPIRATION", &expiration));
    if let Some(region) = region {
        variables.push(("AWS_REGION", region.as_str()));
        variables.push(("AWS_DEFAULT_REGION", region.as_str()));
    }
    let text = match shell {
        Shell::Json => {
            let object: serde_json::Map<String, serde_json::Value> =
                variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            serde_json::Value::Object(object).to_string()
        }
        _ => variables.iter().map(|(name, value)| statement(shell, name, value)).collect(),
    };
    text.into()
}

fn statement(shell: Shell, name: &str, value: &str) -> String {
    match shell {
        Shell::Fish => format!("set -gx {name} '{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'")),
        Shell::PowerShell => format!("$Env:{name} = '{}'\n", in_powershell_quotes(value)),
        Shell::Sh | Shell::Json => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
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
            assumed_role: String::new(),
        }
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
    fn json_reads_back_and_the_others_quote() {
        let json = statements(&credentials(), None, Shell::Json);
        let value: serde_json::Value = serde_json::from_str(json.expose_secret()).unwrap();
        assert_eq!(value["AWS_SECRET_ACCESS_KEY"], AWKWARD);
        assert_eq!(value["AWS_CREDENTIAL_EXPIRATION"], "1970-01-01T00:00:00Z");
        let fish = statements(&credentials(), None, Shell::Fish);
        assert!(fish.expose_secret().contains(r#"'a\'b"c\\d$e`f /+=='"#));
        let powershell = statements(&credentials(), None, Shell::PowerShell);
        assert!(powershell.expose_secret().contains(r#"$Env:AWS_SECRET_ACCESS_KEY = 'a''b"c\d$e`f /+=='"#));
    }

    #[test]
    fn powershell_strings_do_not_end_at_typographic_quotes() {
        assert_eq!(
            statement(Shell::PowerShell, "X", "a\u{2018}b\u{2019}; calc; \u{201a}c\u{201b}d'"),
            "$Env:X = 'a\u{2018}\u{2018}b\u{2019}\u{2019}; calc; \u{201a}\u{201a}c\u{201b}\u{201b}d'''\n"
        );
    }
}
