//! `daypass identity refresh`: asks again which roles an identity can assume.

use daypass_broker::requests::ListRoles;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode};

use crate::ask::ask;
use crate::say;

pub(super) fn run(name: &IdentityName) -> Result<(), Problem> {
    let roles = list(name)?;
    say::line(&format!("{name} can assume {}", say::count(roles, "role")));
    Ok(())
}

/// Lists the roles after a sign-in, so that the next command can use them. A running agent is already listing them and
/// continues if this command is interrupted. False if it isn't of a kind that lists roles.
pub(super) fn after_sign_in(name: &IdentityName) -> Result<bool, Problem> {
    match list(name) {
        Ok(roles) => {
            say::line(&format!("{name} can assume {}. See them with `daypass role list`", say::count(roles, "role")))
        }
        Err(problem) if problem.code == ProblemCode::NothingToRefresh => return Ok(false),
        Err(problem) => return Err(problem),
    }
    Ok(true)
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
