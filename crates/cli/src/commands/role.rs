//! `daypass role …`

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use daypass_broker::naming::{Filter, Spellings};
use daypass_broker::requests::{PutRole, RemoveRole};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::DeclaredRole;
use daypass_core::terms::{ProvidedContext, Terms};
use daypass_core::view::{IdentityView, RoleView, Snapshot};

use serde_json::json;

use super::snapshot::snapshot;
use crate::args::{AddRole, RoleCommand, TermsArgs};
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: RoleCommand) -> Result<(), Problem> {
    match command {
        RoleCommand::Add(role) => add(*role)?,
        RoleCommand::List { filter } => list(&filter)?,
        RoleCommand::Remove { role } => {
            ask_quietly(RemoveRole { role: role.clone() })?;
            say::result(&json!({ "role": role }), || say::line(&format!("Removed role {role}")))?;
        }
    }
    Ok(())
}

fn add(role: AddRole) -> Result<(), Problem> {
    let AddRole { arn, identity, via, profile, region, delivery, ask, terms } = role;
    let terms = terms_of(terms)?;
    let name = profile.as_ref().map_or_else(|| format!("{}/{}", arn.account(), arn.name()), ToString::to_string);
    let role = DeclaredRole { arn: arn.clone(), identity, via, profile, region, delivery, terms };
    ask_quietly(PutRole { role, consent: ask, new: true })?;
    say::result(&json!({ "role": arn.to_string() }), || {
        say::line(&format!("Added role {arn}. Start it: daypass start {}", say::shell_word(&name)));
    })
}

/// The session policy in a file.
pub(super) fn read_policy(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path).map_err(|e| {
        Problem::new(ProblemKind::Invalid, ProblemCode::PolicyUnreadable, format!("{}: {e}", path.display()))
            .hint("pass a file that contains a JSON policy document")
    })
}

fn terms_of(args: TermsArgs) -> Result<Terms, Problem> {
    let policy = args.policy_file.as_deref().map(read_policy);
    Ok(Terms {
        duration: args.duration,
        session_name: args.session_name,
        session_label: None,
        read_only: args.read_only,
        policy: policy.transpose()?,
        policy_arns: args.policy_arns,
        tags: tags_of(args.tags)?,
        transitive_tag_keys: args.transitive_tag_keys,
        source_identity: args.source_identity,
        external_id: args.external_id,
        provided_contexts: args.provided_contexts.into_iter().map(context).collect(),
        task_policy: args.task_policy,
        minimum_session_token_size: args.minimum_session_token_size,
    })
}

fn context((provider_arn, assertion): (String, String)) -> ProvidedContext {
    ProvidedContext { provider_arn, assertion }
}

/// A sign-in without a role says itself what to do: a role that is added by hand would be refused to that person.
fn say_why_none(identities: &[IdentityView]) {
    let mut remarks = identities.iter().flat_map(|identity| &identity.remarks).peekable();
    match remarks.peek() {
        Some(_) => remarks.for_each(|remark| say::note(&format!("No roles: {}", say::problem_words(remark)))),
        None => say::note(
            "No roles yet. Add one with `daypass role add ARN --identity NAME`, \
            or sign in to an identity whose provider lists them",
        ),
    }
}

/// Rejects a key that appears twice, because only the person knows which value is right.
fn tags_of(pairs: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Problem> {
    let mut tags = BTreeMap::new();
    for (key, value) in pairs {
        if tags.insert(key.clone(), value).is_some() {
            return Err(Problem::new(
                ProblemKind::Invalid,
                ProblemCode::TagTwice,
                format!("--tag {key}=... appears twice"),
            )
            .hint("pass each key once. Nothing was changed"));
        }
    }
    Ok(tags)
}

/// The role's own profile, and those that its sessions had.
fn profiles(role: &RoleView) -> String {
    let names: Vec<&str> = std::iter::once(&role.profile).chain(&role.started_as).map(ProfileName::as_str).collect();
    names.join(", ")
}

fn list(words: &[String]) -> Result<(), Problem> {
    let Snapshot { roles, identities, .. } = snapshot()?;
    // Of the whole catalog: what means one role in a part of it may mean two.
    let spellings: HashMap<String, String> = {
        let all = Spellings::of(&roles);
        roles.iter().map(|role| (role.id.clone(), all.spell(role))).collect()
    };
    let is_empty = roles.is_empty();
    let roles = Filter::new(words).pick(roles);
    if say::wants_json() {
        return say::json(&json!({ "roles": roles }));
    }
    if is_empty {
        say_why_none(&identities);
        return Ok(());
    }
    if roles.is_empty() {
        say::note(&format!("No role matches {}. `daypass role list` shows all roles", words.join(" ")));
        return Ok(());
    }
    let head = ["ROLE", "ACCOUNT", "PROFILE", "IDENTITY", "REGION", "DURATION"];
    let origins: Vec<_> = roles.iter().map(|role| role.catalog.clone()).collect();
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for role in roles {
        rows.push(vec![
            spellings.get(&role.id).unwrap_or(&role.id).clone() + &say::chain(&role.via),
            account(&role),
            profiles(&role),
            role.identity.to_string(),
            role.region.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            duration(&role),
        ]);
    }
    say::with_origins(&mut rows, &origins);
    say::table(&rows);
    Ok(())
}

/// `Shop – production (111122223333), production`.
fn account(role: &RoleView) -> String {
    let alias = role.account_alias.as_ref().map(|alias| alias.as_str());
    let called = match role.account_name.as_deref().or(alias) {
        Some(name) => format!("{name} ({})", role.account),
        None => role.account.to_string(),
    };
    if role.production { format!("{called}, production") } else { called }
}

/// How long its sessions last, as far as it is known before one ran.
fn duration(role: &RoleView) -> String {
    let known = role.terms.duration.or(role.usual_duration);
    known.map_or_else(|| "set by AWS".to_owned(), |duration| duration.to_string())
}
