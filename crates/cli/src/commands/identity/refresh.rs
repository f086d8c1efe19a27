//! `daypass identity refresh`: the list of roles, asked for anew.

use daypass_broker::agent::{Answer, Request};
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;

use crate::ask::{ask, unexpected};
use crate::say;

pub(super) fn run(name: &IdentityName) -> Result<(), Problem> {
    let roles = list(name)?;
    say::line(&format!("{name} reaches {}", say::count(roles, "role")));
    Ok(())
}

/// After a sign-in: the roles are there for the next command. An agent that runs is listing them already, and goes on
/// with it when this command is interrupted.
pub(super) fn after_sign_in(name: &IdentityName) -> Result<(), Problem> {
    match list(name) {
        Ok(roles) => say::line(&format!("{name} reaches {}: daypass role list", say::count(roles, "role"))),
        Err(problem) if problem.code == "nothing-to-refresh" => {}
        Err(problem) => return Err(problem),
    }
    Ok(())
}

fn list(name: &IdentityName) -> Result<usize, Problem> {
    let answer = ask(Request::Refresh { identity: name.clone() }, |event| {
        if let Event::CatalogGrew { accounts, done, .. } = event {
            let (done, accounts) = (say::number(done), say::number(accounts));
            say::progress(&format!("Listing roles: {done} of {accounts} accounts"));
        }
    });
    say::progress("");
    match answer? {
        Answer::Count(roles) => Ok(roles),
        other => Err(unexpected(&other)),
    }
}
