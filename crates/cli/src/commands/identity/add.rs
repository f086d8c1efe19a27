//! `daypass identity add …`

use daypass_broker::broker::identity_exists;
use daypass_broker::requests::PutIdentity;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::SignInWay;

use serde_json::json;

use super::{iam_user, pasted, roles, secret};
use crate::args::{AddAny, NewIdentity};
use crate::ask::ask_quietly;
use crate::commands::snapshot::snapshot_without_roles;
use crate::say;

pub(super) fn run(add: AddAny) -> Result<(), Problem> {
    match add {
        AddAny { kind: Some(kind), .. } => save(kind.parse()?),
        AddAny { pasted: Some(pasted), .. } => save(pasted::read(pasted)?),
        // clap shows the help instead.
        AddAny { .. } => Ok(()),
    }
}

fn save(NewIdentity { name, settings, with }: NewIdentity) -> Result<(), Problem> {
    // You should not type secrets for what is refused anyway.
    daypass_identity::check(&settings)?;
    if snapshot_without_roles()?.identities.iter().any(|identity| identity.name == name && identity.catalog.is_none()) {
        return Err(identity_exists(&name));
    }
    let secrets = match &settings {
        IdentitySettings::IamUser(_) => iam_user::secrets(&name, &settings, &with)?,
        _ => secret::needed(&name, &settings, &with)?,
    };
    ask_quietly(PutIdentity { name: name.clone(), settings, secrets, new: true })?;
    let needs_sign_in = snapshot_without_roles()?.identities.iter().any(|i| i.name == name && i.way != SignInWay::None);
    let next = match needs_sign_in {
        true => format!("Sign in: daypass identity login {name}"),
        false => roles::add_one(&name),
    };
    say::result(&json!({ "identity": name, "needsSignIn": needs_sign_in }), || {
        say::line(&format!("Added identity {name}. {next}"));
    })
}
