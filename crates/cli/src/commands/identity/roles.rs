//! The roles of an identity, and how it gets some: what comes after adding it or signing in.

use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::view::IdentityView;

use crate::commands::snapshot::snapshot;
use crate::say;

/// What to do with an identity that reaches no role yet.
pub(super) fn add_one(name: &IdentityName) -> String {
    format!("Add a role: daypass role add ARN --identity {name} --profile PROFILE")
}

/// Says how many roles a sign-in is for, and what comes next.
pub(super) fn tell(signer: &IdentityName) -> Result<(), Problem> {
    let all = snapshot()?;
    let is_for = |identity: &IdentityView| identity.signer() == signer;
    let has_remarks = all.identities.iter().any(|one| is_for(one) && !one.remarks.is_empty());
    let its: Vec<&IdentityName> = all.identities.iter().filter(|one| is_for(one)).map(|one| &one.name).collect();
    match all.roles.iter().filter(|role| its.contains(&&role.identity)).count() {
        // The remarks say why, and a role that is added by hand might be refused.
        0 if has_remarks => {}
        0 => say::note(&format!("No role uses {signer} yet. {}", add_one(signer))),
        count => say::note(&format!("{}. See them with `daypass role list`", say::count(count, "role"))),
    }
    Ok(())
}
