//! Secrets of identities. They are typed or come from standard input, never from an argument.

use std::io::{BufRead, IsTerminal};

use daypass_broker::requests::PutIdentity;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{IdentityView, SecretField};
use secrecy::SecretString;
use serde_json::json;

use crate::ask::ask_quietly;
use crate::commands::snapshot::snapshot_without_roles;
use crate::say;

/// The secrets that a new identity needs, and those optional ones that are named. From standard input: one a line, in
/// this order.
pub(super) fn needed(
    name: &IdentityName,
    settings: &IdentitySettings,
    with: &[String],
) -> Result<TypedSecrets, Problem> {
    let fields = daypass_identity::secrets(settings);
    for field in with {
        find(name, &fields, field)?;
    }
    let wanted = |field: &&SecretField| with.contains(&field.name) || !field.optional;
    let mut given = TypedSecrets::none();
    for field in fields.iter().filter(wanted) {
        given = given.and(&field.name, read(&field.label)?);
    }
    Ok(given)
}

pub(super) fn put(name: IdentityName, field: &str, remove: bool) -> Result<(), Problem> {
    let identity = identity(&name)?;
    let field = find(&name, &identity.secrets, field)?;
    let secret = if remove { SecretString::default() } else { read(&field.label)? };
    let secrets = TypedSecrets::none().and(&field.name, secret);
    ask_quietly(PutIdentity { name: name.clone(), settings: identity.settings.clone(), secrets, new: false })?;
    let done = if remove { "is no longer" } else { "is now" };
    say::result(&json!({ "identity": name, "secret": field.name, "stored": !remove }), || {
        say::line(&format!("The {} of {name} {done} in the vault", field.label));
    })
}

/// Reads one secret, from a line of standard input or typed without an echo.
pub(in crate::commands) fn read(label: &str) -> Result<SecretString, Problem> {
    let missing = || {
        Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, format!("the {label} is missing"))
            .hint("type it when asked, or pass it on standard input, one line for each secret")
    };
    let stdin = std::io::stdin();
    let text = if stdin.is_terminal() {
        say::ask_secret(label).map_err(|_| missing())?
    } else {
        let mut line = String::new();
        stdin.lock().read_line(&mut line).map_err(|_| missing())?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    };
    if text.is_empty() { Err(missing()) } else { Ok(text.into()) }
}

fn identity(name: &IdentityName) -> Result<IdentityView, Problem> {
    snapshot_without_roles()?.identities.into_iter().find(|identity| &identity.name == name).ok_or_else(|| {
        Problem::new(ProblemKind::NotFound, ProblemCode::UnknownIdentity, format!("identity {name} doesn't exist"))
            .hint("`daypass identity list` shows your identities")
    })
}

/// The secret of that name.
pub(super) fn find(name: &IdentityName, fields: &[SecretField], field: &str) -> Result<SecretField, Problem> {
    fields.iter().find(|known| known.name == field).cloned().ok_or_else(|| {
        let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let hint = match known.as_slice() {
            [] => format!("identity {name} doesn't have secrets"),
            known => format!("its secrets are: {}", known.join(", ")),
        };
        let message = format!("identity {name} doesn't have a secret named {field}");
        Problem::new(ProblemKind::Invalid, ProblemCode::UnknownSecret, message).hint(hint)
    })
}
