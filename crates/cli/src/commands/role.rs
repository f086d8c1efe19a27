//! `daypass role …`

use std::collections::BTreeMap;

use daypass_broker::agent::Request;
use daypass_core::names::SessionDuration;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::settings::DeclaredRole;
use daypass_core::terms::{ProvidedContext, Terms};

use super::snapshot;
use crate::args::{AddRole, RoleCommand, TermsGiven};
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: RoleCommand) -> Result<(), Problem> {
    match command {
        RoleCommand::Add(role) => add(*role)?,
        RoleCommand::List { json } => list(json)?,
        RoleCommand::Remove { role } => {
            ask_quietly(Request::RemoveRole { role: role.clone() })?;
            say::line(&format!("Removed role {role}"));
        }
    }
    Ok(())
}

fn add(role: AddRole) -> Result<(), Problem> {
    let AddRole { arn, identity, via, profile, region, terms } = role;
    let terms = terms_of(terms)?;
    let role = DeclaredRole { arn: arn.clone(), identity, via, profile, region, terms };
    ask_quietly(Request::PutRole { role: Box::new(role), new: true })?;
    say::line(&format!("Added role {arn}. Start it: daypass start {}/{}", arn.account(), arn.name()));
    Ok(())
}

fn terms_of(given: TermsGiven) -> Result<Terms, Problem> {
    let policy = given.policy_file.map(|path| {
        std::fs::read_to_string(&path).map_err(|e| {
            Problem::new(ProblemKind::Invalid, "policy-unreadable", format!("{}: {e}", path.display()))
                .hint("give a file with a JSON policy document")
        })
    });
    Ok(Terms {
        duration: given.duration,
        session_name: given.session_name,
        read_only: given.read_only,
        policy: policy.transpose()?,
        policy_arns: given.policy_arns,
        tags: tags_of(given.tags)?,
        transitive_tag_keys: given.transitive_tag_keys,
        source_identity: given.source_identity,
        external_id: given.external_id,
        provided_contexts: given.provided_contexts.into_iter().map(context).collect(),
        task_policy: given.task_policy,
        minimum_session_token_size: given.minimum_session_token_size,
    })
}

fn context((provider_arn, assertion): (String, String)) -> ProvidedContext {
    ProvidedContext { provider_arn, assertion }
}

/// Each key once: which value was meant, nobody but the person knows.
fn tags_of(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>, Problem> {
    let mut tags = BTreeMap::new();
    for (key, value) in given {
        if tags.insert(key.clone(), value).is_some() {
            return Err(Problem::new(ProblemKind::Invalid, "tag-twice", format!("--tag {key}=... is given twice"))
                .hint("give each key once; nothing was changed"));
        }
    }
    Ok(tags)
}

fn list(json: bool) -> Result<(), Problem> {
    let roles = snapshot()?.roles;
    if json {
        return say::json(&roles);
    }
    if roles.is_empty() {
        say::note(
            "No role yet. Add one: daypass role add ARN --identity NAME, or sign in where the provider lists them",
        );
        return Ok(());
    }
    let mut rows = vec![["ROLE", "PROFILE", "IDENTITY", "REGION", "DURATION"].map(str::to_owned).to_vec()];
    for role in roles {
        rows.push(vec![
            say::target(&role.arn) + &say::chain(&role.via),
            role.profile.to_string(),
            role.identity.to_string(),
            role.region.map_or_else(|| "-".to_owned(), |region| region.to_string()),
            role.terms.duration.unwrap_or_else(|| SessionDuration::usual(role.kind)).to_string(),
        ]);
    }
    say::table(&rows);
    Ok(())
}
