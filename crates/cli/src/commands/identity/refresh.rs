//! `daypass identity refresh`: asks again which roles an identity can assume.

use daypass_broker::requests::ListRoles;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode};

use serde_json::json;

use crate::ask::ask;
use crate::say;

pub(super) fn run(name: &IdentityName) -> Result<(), Problem> {
    let roles = list(name)?;
    say::result(&json!({ "identity": name, "roles": roles }), || {
        say::line(&format!("{name} can assume {}", say::count(roles, "role")));
    })
}

/// Lists the roles after a sign-in, so that the next command can use them, and returns how many there are. `None` if the
/// identity lists none. A running agent is already listing them and continues if this command is interrupted.
pub(super) fn after_sign_in(name: &IdentityName) -> Result<Option<usize>, Problem> {
    match list(name) {
        Ok(roles) => Ok(Some(roles)),
        Err(problem) if problem.code == ProblemCode::NothingToRefresh => Ok(None),
        Err(problem) => Err(problem),
    }
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
