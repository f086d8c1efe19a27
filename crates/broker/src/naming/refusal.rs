//! Which roles a text could mean, as a problem.

use std::collections::BTreeSet;

use daypass_core::names::{Target, mistake_in_arn};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::RoleView;

use super::spelling::{Spellings, in_words};

/// As many roles as a person reads.
const MOST: usize = 8;

pub(super) fn unknown(text: &str) -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, format!("no role is called {text:?}"))
        .hint("name it by ACCOUNT/ROLE, ARN or profile. A role that no identity lists has to be added first")
        .next(NextStep::ListRoles)
}

/// `unknown-role`, with what to write instead, if anything is near.
pub(super) fn unknown_but(text: &str, near: &[&RoleView], all: &[&RoleView]) -> Problem {
    match near.len() {
        0 => unknown(text),
        1 => unknown(text).hint("if you mean this one, write its full name").next(instead(text, near, all)),
        _ => unknown(text).hint("write one of these").next(instead(text, near, all)),
    }
}

/// `ambiguous-role`: which person acts, and as what, isn't ours to choose.
pub(super) fn ambiguous(text: &str, several: &[&RoleView], all: &[&RoleView]) -> Problem {
    let arns: BTreeSet<&Target> = several.iter().map(|role| &role.arn).collect();
    let (message, next) = match arns.len() {
        1 => {
            let identities: Vec<&str> = several.iter().map(|role| role.identity.as_str()).collect();
            let message = format!("{text} can be reached with several identities: {}", identities.join(", "));
            let roles = several.iter().map(|role| format!("{}:{text}", role.identity)).collect();
            (message, NextStep::NameRole { typed: text.to_owned(), roles, more: 0 })
        }
        count => {
            let words: BTreeSet<String> = several.iter().map(|role| words(role)).collect();
            let shown: Vec<&str> = words.iter().take(MOST).map(String::as_str).collect();
            let more = words.len().saturating_sub(MOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("{text:?} means {count} roles: {}{more}", shown.join(", "));
            (message, instead(text, several, all))
        }
    };
    Problem::new(ProblemKind::Invalid, ProblemCode::AmbiguousRole, message).hint("name the one you want").next(next)
}

/// `ambiguous-role`, for a page of the console whose account these roles reach.
pub(crate) fn several_reach(page: &str, several: &[&RoleView], all: &[&RoleView]) -> Problem {
    let spellings = Spellings::of(all.iter().copied());
    let names: Vec<String> = several.iter().take(MOST).map(|role| spellings.spell(role)).collect();
    let message = format!("{} roles can reach the account of {page:?}: {}", several.len(), names.join(", "));
    Problem::new(ProblemKind::Invalid, ProblemCode::AmbiguousRole, message)
        .hint("name the one you want")
        .next(instead(page, several, all))
}

/// A text that begins as an ARN and isn't one.
pub(super) fn not_an_arn(text: &str) -> Problem {
    let why = mistake_in_arn(text).unwrap_or_default();
    Problem::new(ProblemKind::Invalid, ProblemCode::BadRoleArn, format!("{text:?} isn't an ARN: {why}"))
        .hint("write the whole ARN, or a role by its names, as `daypass role list` shows them")
        .next(NextStep::ListRoles)
}

fn instead(text: &str, several: &[&RoleView], all: &[&RoleView]) -> NextStep {
    let spellings = Spellings::of(all.iter().copied());
    let roles = several.iter().take(MOST).map(|role| spellings.spell(role)).collect();
    NextStep::NameRole { typed: text.to_owned(), roles, more: several.len().saturating_sub(MOST) }
}

fn words(role: &RoleView) -> String {
    let alias = role.account_alias.as_ref().map(|alias| alias.as_str());
    in_words(&role.account, role.account_name.as_deref().or(alias), &role.name)
}
