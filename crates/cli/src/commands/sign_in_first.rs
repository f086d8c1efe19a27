//! Signs the person in before a command that needs it, as the window does.

use std::io::IsTerminal;

use daypass_broker::Outcome;
use daypass_broker::broker::Broker;
use daypass_broker::requests::{Answers, Ask, Person};
use daypass_core::problem::{Problem, ProblemCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::identity::{login, refresh};
use crate::args::{Login, SignInArgs};
use crate::ask::ask_quietly;
use crate::say;

/// Asks, and if the person has to sign in first, lets them do it and asks again. Only a person at a terminal can sign
/// in: a script gets the problem.
pub(super) fn sign_in_first<R, T>(args: SignInArgs, request: impl Fn(Person) -> R) -> Result<T, Problem>
where
    R: Ask<Answer = Outcome<T>>,
    T: Serialize + DeserializeOwned,
    Broker: Answers<R>,
{
    let person = if !args.no_sign_in && at_a_terminal() { Person::CanSignIn } else { Person::Away };
    match ask_quietly(request(person))? {
        Outcome::Done(result) => Ok(result),
        Outcome::SignInFirst(identity) => {
            say::note(&format!("Sign in to {identity} first"));
            let who = login::sign_in(&identity, Login::to(identity.clone()))?;
            say::note(&format!("Signed in to {identity} as {who}"));
            refresh::tell_remarks(&identity)?;
            // Not twice: if the new proof is refused too, signing in does not help.
            let again = || ask_quietly(request(Person::Away))?.done();
            match again() {
                // IAM Identity Center lists roles only after the sign-in, account by account.
                Err(problem) if problem.code == ProblemCode::UnknownRole => match refresh::after_sign_in(&identity)? {
                    Some(_) => again(),
                    None => Err(problem),
                },
                result => result,
            }
        }
    }
}

/// Standard output does not count, because results are often piped: `eval "$(daypass env dev)"`.
fn at_a_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
