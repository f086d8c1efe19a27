//! `daypass account …`

use daypass_broker::requests::{ListAccounts, PutAccount};
use daypass_core::account::AccountView;
use daypass_core::problem::Problem;
use daypass_core::settings::AccountSettings;
use serde_json::json;

use crate::args::AccountCommand;
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: AccountCommand) -> Result<(), Problem> {
    match command {
        AccountCommand::List => list(),
        AccountCommand::Set(set) => {
            let (account, settings, unset) = set.into_parts();
            put(PutAccount { account, settings, unset })
        }
        AccountCommand::Unset(unset) => {
            let fields = unset.fields();
            put(PutAccount { account: unset.account, settings: AccountSettings::default(), unset: fields })
        }
    }
}

fn list() -> Result<(), Problem> {
    let accounts = ask_quietly(ListAccounts)?;
    if say::wants_json() {
        return say::json(&json!({ "accounts": accounts }));
    }
    if accounts.is_empty() {
        say::note("No accounts yet. Accounts appear once you have roles: `daypass role list`");
        return Ok(());
    }
    let head = ["ACCOUNT", "NAME", "ALIAS", "COLOUR", "PRODUCTION", "REGION", "DELIVERY", "FOLDER", "ROLES"];
    let origins: Vec<_> = accounts.iter().map(|account| account.catalog.clone()).collect();
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(accounts.into_iter().map(row));
    say::with_origins(&mut rows, &origins);
    say::table(&rows);
    Ok(())
}

fn row(account: AccountView) -> Vec<String> {
    let AccountView { id, name, alias, colour, production, region, delivery, folder, roles, written: _, catalog: _ } =
        account;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    vec![
        id.to_string(),
        or_dash(name),
        or_dash(alias.map(String::from)),
        or_dash(colour.map(|colour| colour.to_string())),
        if production { "yes".to_owned() } else { "-".to_owned() },
        or_dash(region.map(String::from)),
        or_dash(delivery.map(|delivery| delivery.to_string())),
        or_dash(folder.map(String::from)),
        say::number(roles),
    ]
}

fn put(request: PutAccount) -> Result<(), Problem> {
    let account = ask_quietly(request)?;
    say::result(&account, || {
        let AccountView { id, name, alias, colour, production, region, delivery, folder, .. } = &account;
        let alias = alias.as_ref().map(|alias| format!("alias {alias}"));
        let region = region.as_ref().map(|region| format!("region {region}"));
        let delivery = delivery.as_ref().map(|delivery| format!("delivery {delivery}"));
        let folder = folder.as_ref().map(|folder| format!("folder {folder}"));
        let production = production.then(|| "production".to_owned());
        let said = [name.clone(), alias, colour.map(|colour| colour.to_string()), production, region, delivery, folder];
        let mut said: Vec<String> = said.into_iter().flatten().collect();
        said.extend(account.catalog.as_ref().map(|catalog| format!("partly from catalog {catalog}")));
        say::line(&match said.is_empty() {
            true => format!("Account {id} doesn't have a name"),
            false => format!("Account {id}: {}", said.join(", ")),
        });
    })
}
