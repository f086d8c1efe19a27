//! Variables in a shell's syntax, or in a file format.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::quoting::{self, UnsafeValue};
use super::{Variables, marks};

/// What reads the variables.
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
    /// Windows' cmd.exe, from a batch file or from `for /f`.
    Cmd,
    /// Nushell: a record for `from json | load-env`, where null removes a variable from what programs get.
    Nu,
    /// A `.env` file, which can only set.
    Dotenv,
    /// A JSON object of what is to be set.
    Json,
}

impl Shell {
    /// What people use on this system.
    pub const HERE: Self = if cfg!(windows) { Self::PowerShell } else { Self::Sh };
}

/// The statements that set and remove these variables. To be pasted or evaluated, so it is a secret.
///
/// # Errors
///
/// A value that has no safe form there.
pub fn statements(variables: &Variables, shell: Shell) -> Result<SecretString, UnsafeValue> {
    let each = |statement: fn(&str, Option<&str>) -> Result<String, UnsafeValue>| {
        variables.iter().map(|(name, value)| statement(name, value)).collect::<Result<String, _>>()
    };
    let text = match shell {
        Shell::Sh => each(quoting::sh)?,
        Shell::Fish => each(quoting::fish)?,
        Shell::PowerShell => each(quoting::powershell)?,
        Shell::Cmd => each(quoting::cmd)?,
        Shell::Nu => object(variables.iter()),
        Shell::Json => object(for_any_program(variables).filter(|(_, value)| value.is_some())),
        Shell::Dotenv => dotenv(variables)?,
    };
    Ok(text.into())
}

/// What a shell evaluates in place of the variables when there are none, so that it doesn't go on as if it had them: a
/// statement that fails, with this status where the shell has one. `None` where nothing at all fails by itself.
#[must_use]
pub fn failure(shell: Shell, exit_code: u8) -> Option<String> {
    match shell {
        Shell::Sh => Some(format!("(exit {exit_code})")),
        Shell::Fish => Some("false".to_owned()),
        Shell::PowerShell => Some(format!("throw 'daypass failed with exit code {exit_code}'")),
        // `exit /b` would end a shell that reads no batch file.
        Shell::Cmd => Some(format!("cmd /d /c exit {exit_code}")),
        Shell::Nu | Shell::Dotenv | Shell::Json => None,
    }
}

fn object<'v>(variables: impl Iterator<Item = (&'v str, Option<&'v str>)>) -> String {
    let members: Map<String, Value> = variables.map(|(name, value)| (name.to_owned(), value.into())).collect();
    Value::Object(members).to_string()
}

/// Without what only a shell's prompt needs.
fn for_any_program(variables: &Variables) -> impl Iterator<Item = (&str, Option<&str>)> {
    variables.iter().filter(|(name, _)| !marks::ALL.contains(name))
}

fn dotenv(variables: &Variables) -> Result<String, UnsafeValue> {
    let mut text = String::new();
    for (name, value) in for_any_program(variables) {
        if let Some(value) = value {
            text += &quoting::dotenv(name, value)?;
        }
    }
    let others: Vec<&str> =
        for_any_program(variables).filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect();
    if !others.is_empty() {
        text += &format!("# This file can't unset variables. These must not be set: {}\n", others.join(", "));
    }
    Ok(text)
}
