//! Questions to AWS, asked with a running session: who it is, why a request was denied, whose an access key is.

use std::io::Read;

use daypass_broker::broker::has_message;
use daypass_broker::requests::{CallerIdentity, ExplainDenial, FindKeyAccount, GetCaller};
use daypass_core::names::{NameError, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_sts::{Denial, Verdict};
use serde_json::json;

use super::snapshot::snapshot_without_roles;
use crate::ask::ask_quietly;
use crate::say;

/// An encoded message has 10,240 characters at most. This leaves room for the error around it.
const LONGEST_MESSAGE: u64 = 64 * 1024;

pub(super) fn whoami(profile: Option<ProfileName>) -> Result<(), Problem> {
    let caller = ask_quietly(GetCaller { profile: named_or_only_session(profile)? })?;
    let CallerIdentity { account, arn, user_id } = caller;
    if say::wants_json() {
        return say::json(&json!({ "account": account, "arn": arn, "userId": user_id }));
    }
    say::table(&[vec!["Account".into(), account], vec!["Arn".into(), arn], vec!["UserId".into(), user_id]]);
    Ok(())
}

pub(super) fn why(message: Option<String>, profile: Option<ProfileName>) -> Result<(), Problem> {
    let message = message.map_or_else(from_stdin, Ok)?;
    has_message(&message)?;
    let profile = named_or_only_session(profile)?;
    let denial = ask_quietly(ExplainDenial { profile, message })?;
    say::result(&denial, || print_denial(&denial))
}

pub(super) fn whose_key(access_key_id: String, profile: Option<ProfileName>) -> Result<(), Problem> {
    let profile = named_or_only_session(profile)?;
    let account = ask_quietly(FindKeyAccount { profile, access_key_id })?;
    say::result(&json!({ "account": account }), || say::line(account.as_str()))
}

fn print_denial(denial: &Denial) {
    say::line(match denial.verdict {
        Verdict::Allowed => "Allowed. The denial has another cause, or a policy has changed since",
        Verdict::ExplicitDeny => "Denied by a policy statement",
        Verdict::NotAllowed => "Not allowed. No policy statement allows it",
    });
    for (what, text) in [("who", &denial.principal.arn), ("action", &denial.action), ("resource", &denial.resource)] {
        if !text.is_empty() {
            say::line(&format!("  {what:<9} {text}"));
        }
    }
    for statement in &denial.statements {
        say::line(&format!("  statement {} {}", statement.effect, statement.id));
        for (what, texts) in [
            ("actions", &statement.actions),
            ("resources", &statement.resources),
            ("principals", &statement.principals),
        ] {
            if !texts.is_empty() {
                say::line(&format!("    {what:<10} {}", texts.join(", ")));
            }
        }
        for condition in &statement.conditions {
            say::line(&format!("    if {} = {}", condition.key, condition.values.join(", ")));
        }
    }
    if !denial.context.is_empty() {
        say::line("  context");
        for condition in &denial.context {
            say::line(&format!("    {} = {}", condition.key, condition.values.join(", ")));
        }
    }
    for failure in &denial.failures {
        say::line(&format!("  couldn't be evaluated: {failure}"));
    }
}

fn from_stdin() -> Result<String, Problem> {
    let mut text = String::new();
    let _ = std::io::stdin().lock().take(LONGEST_MESSAGE).read_to_string(&mut text);
    if text.trim().is_empty() {
        return Err(Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, "the encoded message is missing")
            .hint("pass it as an argument or on standard input, with or without the error around it"));
    }
    Ok(text)
}

/// The profile that is named, or else the one that AWS tools use here, or else that of the only session.
pub(super) fn named_or_only_session(profile: Option<ProfileName>) -> Result<ProfileName, Problem> {
    match profile {
        Some(profile) => Ok(profile),
        None => of_environment()
            .map_or_else(only_session, |name| name.parse::<ProfileName>().map_err(|e| not_a_profile(&name, e))),
    }
}

/// The variables of the AWS CLI and the SDKs, in their order.
fn of_environment() -> Option<String> {
    let value = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find_map(value)
}

fn not_a_profile(name: &str, error: NameError) -> Problem {
    let problem = Problem::from(error);
    Problem { message: format!("AWS_PROFILE is {name:?}: {}", problem.message), ..problem }
}

fn only_session() -> Result<ProfileName, Problem> {
    let sessions = snapshot_without_roles()?.sessions;
    match sessions.as_slice() {
        [session] => Ok(session.profile.clone()),
        [] => Err(Problem::new(ProblemKind::NotFound, ProblemCode::UnknownSession, "no session is running")
            .hint("start one: daypass start ROLE")),
        several => {
            let names: Vec<&str> = several.iter().map(|s| s.profile.as_str()).collect();
            Err(Problem::new(ProblemKind::Invalid, ProblemCode::WhichSession, "several sessions are running")
                .hint(format!("name one: {}", names.join(", "))))
        }
    }
}
