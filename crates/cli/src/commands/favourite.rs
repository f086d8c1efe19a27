//! `daypass favourite …`

use daypass_broker::requests::{ChangeFavourites, Favourite, ListFavourites};
use daypass_core::problem::Problem;
use serde_json::json;

use crate::args::FavouriteCommand;
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: FavouriteCommand) -> Result<(), Problem> {
    match command {
        FavouriteCommand::List => list(),
        FavouriteCommand::Add { roles } => change(roles, false),
        FavouriteCommand::Remove { roles } => change(roles, true),
    }
}

fn list() -> Result<(), Problem> {
    let favourites = ask_quietly(ListFavourites)?;
    if say::wants_json() {
        return say::json(&json!({ "favourites": favourites }));
    }
    if favourites.is_empty() {
        say::note("No favourites yet. Add one: daypass favourite add ROLE");
        return Ok(());
    }
    let head = ["ROLE", "ACCOUNT", "PROFILE", "IDENTITY"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(favourites.into_iter().map(row));
    say::table(&rows);
    Ok(())
}

fn row(favourite: Favourite) -> Vec<String> {
    let Some(role) = favourite.role else {
        return vec![favourite.id, "not listed now".to_owned(), "-".to_owned(), "-".to_owned()];
    };
    let account = role.account_name.unwrap_or_else(|| role.account.to_string());
    vec![role.name, account, role.profile.to_string(), role.identity.to_string()]
}

fn change(roles: Vec<String>, remove: bool) -> Result<(), Problem> {
    let roles = ask_quietly(ChangeFavourites { roles, remove })?;
    say::result(&json!({ "roles": roles }), || {
        let what = if remove { "Removed from" } else { "Added to" };
        roles.iter().for_each(|role| say::line(&format!("{what} your favourites: {role}")));
    })
}
