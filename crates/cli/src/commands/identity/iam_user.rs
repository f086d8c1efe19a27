//! What only IAM users have: an access key to read, `daypass identity code` and `daypass identity rotate-key`.

use std::io::{IsTerminal, Read};

use daypass_broker::requests::{GetMfaCode, RotateKey};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_identity::iam_user::AccessKey;
use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;

use super::secret;
use crate::ask::ask_quietly;
use crate::say;

/// Reads an access key in one of the forms that `daypass identity add iam-user --help` lists, and the optional secrets
/// in `with`.
pub(super) fn secrets(
    name: &IdentityName,
    settings: &IdentitySettings,
    with: &[String],
) -> Result<TypedSecrets, Problem> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return secret::needed(name, settings, with);
    }
    let mut text = Zeroizing::new(String::new());
    // A key and a device's secret are a few hundred bytes.
    stdin.lock().take(64 * 1024).read_to_string(&mut text).map_err(|_| missing("access key"))?;
    let (key, rest) = AccessKey::parse(&text)?;
    let mut given = TypedSecrets::none().and("access_key_id", key.id.into()).and("secret_access_key", key.secret);
    let mut lines = rest.lines().map(str::trim).filter(|line| !line.is_empty());
    for field in with {
        secret::find(name, &daypass_identity::secrets(settings), field)?;
        given = given.and(field, lines.next().ok_or_else(|| missing(field))?.into());
    }
    Ok(given)
}

fn missing(what: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, format!("the {what} is missing"))
        .hint("pass it on standard input. `daypass identity add iam-user --help` shows how")
}

pub(super) fn code(name: IdentityName) -> Result<(), Problem> {
    let code = ask_quietly(GetMfaCode { identity: name })?;
    if say::wants_json() {
        return say::json(&code);
    }
    say::line(code.code.expose_secret());
    let seconds = code.seconds_left;
    say::note(&if code.used {
        format!(
            "This code was already used or shown, and AWS accepts each code once. The next one comes in {seconds} s"
        )
    } else {
        format!("Valid for another {seconds} s")
    });
    Ok(())
}

pub(super) fn rotate_key(name: IdentityName) -> Result<(), Problem> {
    let rotated = ask_quietly(RotateKey { identity: name.clone() })?;
    if say::wants_json() {
        return say::json(&rotated);
    }
    if rotated.resumed {
        say::note("Resumed an interrupted rotation");
    }
    say::line(&format!("{name} has a new access key, {}. The old key {} is deleted", rotated.new, rotated.old));
    Ok(())
}
