//! `daypass identity refresh`: asks again which roles an identity can assume.

use daypass_broker::requests::ListRoles;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode};

use serde_json::json;

use crate::ask::ask;
use crate::commands::snapshot::snapshot_without_roles;
use crate::say;

pub(super) fn run(name: &IdentityName) -> Result<(), Problem> {
    let roles = list(name)?;
    say::result(&json!({ "identity": name, "roles": roles }), || {
        say::line(&format!("{name} can assume {}", say::count(roles, "role")));
    })?;
    if say::wants_json() { Ok(()) } else { tell_remarks(name) }
}

/// Lists the roles after a sign-in, so that the next command can use them, and returns how many there are. `None` if the
/// identity lists none. A running agent is already listing them and continues if this command is interrupted.
pub(in crate::commands) fn after_sign_in(name: &IdentityName) -> Result<Option<usize>, Problem> {
    match list(name) {
        Ok(roles) => Ok(Some(roles)),
        Err(problem) if problem.code == ProblemCode::NothingToRefresh => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What the sign-in or the listing left out, or doesn't give.
pub(in crate::commands) fn tell_remarks(name: &IdentityName) -> Result<(), Problem> {
    let identities = snapshot_without_roles()?.identities;
    let Some(view) = identities.iter().find(|view| view.name == *name) else { return Ok(()) };
    let signer = identities.iter().find(|other| other.name == *view.signer() && other.name != view.name);
    let remarks = view.remarks.iter().chain(signer.into_iter().flat_map(|signer| &signer.remarks));
    remarks.for_each(say::warning);
    Ok(())
}

fn list(name: &IdentityName) -> Result<usize, Problem> {
    let answer = ask(ListRoles { identity: name.clone() }, |event| {
        if let Event::CatalogGrew { accounts, done, .. } = event {
            let (done, accounts) = (say::number(done), say::number(accounts));
            say::progress(&format!("Listing roles: {done} of {accounts} accounts"));
        }
    });
    say::progress("");
    answer
}
