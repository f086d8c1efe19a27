//! `daypass role …`

use daypass_broker::agent::Request;
use daypass_broker::problem::Problem;

use super::snapshot;
use crate::args::RoleCommand;
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: RoleCommand) -> Result<(), Problem> {
    match command {
        RoleCommand::Add { arn, identity, profile, region, duration } => {
            ask_quietly(Request::PutRole { arn: arn.clone(), identity, profile, region, duration })?;
            say::line(&format!("Added role {arn}. Start it: daypass start {}/{}", arn.account(), arn.name()));
        }
        RoleCommand::List { json } => list(json)?,
        RoleCommand::Remove { role } => {
            ask_quietly(Request::RemoveRole { role: role.clone() })?;
            say::line(&format!("Removed role {role}"));
        }
    }
    Ok(())
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
            format!("{}/{}", role.account, role.name),
            role.profile.to_string(),
            role.identity.to_string(),
            role.region.map_or_else(|| "-".to_owned(), |region| region.to_string()),
            role.duration.to_string(),
        ]);
    }
    say::table(&rows);
    Ok(())
}
