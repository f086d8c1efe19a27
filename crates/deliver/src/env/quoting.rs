//! One statement that sets or removes a variable, for each shell. A value with control characters is refused: no credential
//! has one, and a line break would begin a statement of its own.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use thiserror::Error;

/// A value that a shell or a file has no safe form for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the value of {name} has {what} in it, which {place} can't hold safely")]
pub struct UnsafeValue {
    /// The variable. Its value may be a secret.
    pub name: String,
    /// The characters.
    pub what: &'static str,
    /// What would read it.
    pub place: &'static str,
}

impl From<UnsafeValue> for Problem {
    fn from(error: UnsafeValue) -> Self {
        Self::new(ProblemKind::Refused, ProblemCode::EnvValue, error.to_string())
            .hint("run the program with `daypass exec`, which needs no quoting")
    }
}

type Statement = Result<String, UnsafeValue>;

pub(super) fn sh(name: &str, value: Option<&str>) -> Statement {
    let Some(value) = value else { return Ok(format!("unset {name}\n")) };
    without_controls(name, value, "a shell")?;
    Ok(format!("export {name}='{}'\n", value.replace('\'', "'\\''")))
}

pub(super) fn fish(name: &str, value: Option<&str>) -> Statement {
    // Without the question, a variable that isn't there would be a failure.
    let Some(value) = value else { return Ok(format!("set -q {name}; and set -e {name}\n")) };
    without_controls(name, value, "fish")?;
    Ok(format!("set -gx {name} '{}'\n", value.replace('\\', "\\\\").replace('\'', "\\'")))
}

pub(super) fn powershell(name: &str, value: Option<&str>) -> Statement {
    let Some(value) = value else { return Ok(format!("Remove-Item Env:{name} -ErrorAction Ignore\n")) };
    without_controls(name, value, "PowerShell")?;
    // PowerShell also ends a string at the typographic quotes U+2018 to U+201B (its tokenizer's `IsSingleQuote`). Any of
    // them stands for itself when doubled.
    let mut quoted = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    Ok(format!("$Env:{name} = '{quoted}'\n"))
}

/// Between quotes, `&`, `|`, `<`, `>` and `^` stand for themselves. `%` is doubled in a batch file but not at the prompt, `!`
/// depends on a switch, and nothing escapes a quote (<https://ss64.com/nt/syntax-esc.html>): these are refused.
pub(super) fn cmd(name: &str, value: Option<&str>) -> Statement {
    let value = value.unwrap_or_default();
    without_controls(name, value, "cmd.exe")?;
    if value.contains(['"', '%', '!']) {
        return Err(UnsafeValue { name: name.to_owned(), what: "\", % or !", place: "cmd.exe" });
    }
    Ok(format!("set \"{name}={value}\"\n"))
}

/// Readers of `.env` files disagree about quotes, `$`, `#`, `\` and blanks (Docker's `--env-file` takes quotes as part of the
/// value), so only what none of them reads in its own way is written.
pub(super) fn dotenv(name: &str, value: &str) -> Statement {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/=:.,_@-".contains(c);
    if !value.chars().all(is_plain) {
        return Err(UnsafeValue {
            name: name.to_owned(),
            what: "quotes, blanks or other special characters",
            place: "a .env file",
        });
    }
    Ok(format!("{name}={value}\n"))
}

fn without_controls(name: &str, value: &str, place: &'static str) -> Result<(), UnsafeValue> {
    if value.contains(char::is_control) {
        return Err(UnsafeValue { name: name.to_owned(), what: "a line break or another control character", place });
    }
    Ok(())
}
