//! Which identity a command is about when none is named.

use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{IdentityView, SignInWay};

use crate::commands::snapshot::snapshot_without_roles;

/// The named one, or else the only one that it can be.
pub(super) fn of_kind(
    name: Option<IdentityName>,
    can_be: impl Fn(&IdentityView) -> bool,
) -> Result<IdentityName, Problem> {
    match name {
        Some(name) => Ok(name),
        None => only(
            snapshot_without_roles()?.identities.into_iter().filter(can_be).map(|identity| identity.name).collect(),
        ),
    }
}

/// The named one, or else the only one that a person signs in to.
pub(in crate::commands) fn to_sign_in(name: Option<IdentityName>) -> Result<IdentityName, Problem> {
    match name {
        Some(name) => Ok(name),
        None => {
            let identities = snapshot_without_roles()?.identities;
            let with_sign_in = identities.iter().filter(|identity| identity.way != SignInWay::None);
            only(with_sign_in.map(|identity| identity.signer().clone()).collect())
        }
    }
}

pub(super) fn is_iam_user(identity: &IdentityView) -> bool {
    matches!(identity.settings, IdentitySettings::IamUser(_))
}

fn only(mut names: Vec<IdentityName>) -> Result<IdentityName, Problem> {
    names.sort();
    names.dedup();
    match (names.pop(), names.as_slice()) {
        (Some(name), []) => Ok(name),
        (None, _) => Err(Problem::new(
            ProblemKind::NotFound,
            ProblemCode::UnknownIdentity,
            "this command doesn't apply to any of your identities",
        )
        .hint("name one, or add one first")
        .next(NextStep::ListIdentities)),
        (Some(last), others) => {
            let all: Vec<&str> = others.iter().chain([&last]).map(IdentityName::as_str).collect();
            Err(Problem::new(
                ProblemKind::Invalid,
                ProblemCode::WhichIdentity,
                "this command applies to several identities",
            )
            .hint(format!("name one: {}", all.join(", "))))
        }
    }
}
