//! `daypass catalog …`

use daypass_broker::requests::{AcceptCatalog, AddCatalog, ListCatalogs, RefreshCatalogs, RemoveCatalog};
use daypass_core::names::CatalogName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{CatalogChange, CatalogView};
use serde_json::json;

use crate::args::CatalogCommand;
use crate::ask::ask_quietly;
use crate::say;

pub(super) fn run(command: CatalogCommand) -> Result<(), Problem> {
    match command {
        CatalogCommand::Add(add) => {
            let (name, settings) = add.into_parts();
            let view = ask_quietly(AddCatalog { name, settings })?;
            say::result(&view, || {
                say::line(&format!("Added catalog {}", view.name));
                tell(&view);
            })
        }
        CatalogCommand::List => list(),
        CatalogCommand::Show { name } => {
            let view = one(&name)?;
            say::result(&view, || show(&view))
        }
        CatalogCommand::Refresh { name } => refresh(name),
        CatalogCommand::Accept { name, trust_key, yes } => accept(name, trust_key, yes),
        CatalogCommand::Remove { name, yes } => remove(name, yes),
    }
}

fn one(name: &CatalogName) -> Result<CatalogView, Problem> {
    let all = ask_quietly(ListCatalogs)?;
    let one = all.iter().find(|view| &view.name == name).cloned();
    one.ok_or_else(|| CatalogView::unknown(name, all.iter().map(|view| &view.name)))
}

fn list() -> Result<(), Problem> {
    let catalogs = ask_quietly(ListCatalogs)?;
    if say::wants_json() {
        return say::json(&json!({ "catalogs": catalogs }));
    }
    if catalogs.is_empty() {
        say::note("No shared catalogs. Add one with `daypass catalog add NAME FROM`");
        return Ok(());
    }
    let head = ["CATALOG", "STATE", "IDENTITIES", "ROLES", "ACCOUNTS", "SIGNED", "FROM"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(catalogs.iter().map(row));
    say::table(&rows);
    Ok(())
}

fn row(view: &CatalogView) -> Vec<String> {
    vec![
        view.name.to_string(),
        state(view).to_owned(),
        say::number(view.identities),
        say::number(view.roles),
        say::number(view.accounts),
        match (view.signed, view.trusted) {
            (true, true) => "trusted".to_owned(),
            (true, false) => "yes".to_owned(),
            (false, _) => "-".to_owned(),
        },
        from(view),
    ]
}

fn from(view: &CatalogView) -> String {
    if view.by_policy { format!("{}, set by your organization", view.from) } else { view.from.clone() }
}

fn state(view: &CatalogView) -> &'static str {
    match (&view.problem, view.waiting.is_empty(), view.checked_at) {
        (Some(_), _, _) => "problem",
        (None, false, _) => "waiting for you",
        (None, true, None) => "not fetched",
        (None, true, Some(_)) => "in force",
    }
}

fn show(view: &CatalogView) {
    say::line(&format!("Catalog {} from {}", view.name, from(view)));
    if let Some(serial) = view.serial {
        say::line(&format!("Version {serial}"));
    }
    tell(view);
}

/// How it stands, and what to do.
fn tell(view: &CatalogView) {
    let counts = [
        say::count_of(view.identities, "identity", "identities"),
        say::count(view.roles, "role"),
        say::count(view.accounts, "account"),
    ];
    say::line(&format!("In force: {}", counts.join(", ")));
    for note in &view.notes {
        say::line(&format!("Note: {note}"));
    }
    tell_waiting(&view.waiting);
    if let Some(problem) = &view.problem {
        say::warning(problem);
    }
    if !view.waiting.is_empty() {
        say::line(&format!("Accept it: daypass catalog accept {}", view.name));
    }
}

/// What waits, as a diff.
fn tell_waiting(waiting: &[CatalogChange]) {
    if waiting.is_empty() {
        return;
    }
    say::line("Waiting for you to accept:");
    let mut of = "";
    for change in waiting {
        if change.of != of {
            say::line(&format!("  {}", say::inside(&change.of)));
            of = &change.of;
        }
        let line =
            |sign: char, value: &str| say::line(&format!("  {sign}   {} = {}", change.field, say::inside(value)));
        change.before.iter().for_each(|value| line('-', value));
        change.after.iter().for_each(|value| line('+', value));
    }
}

fn refresh(name: Option<CatalogName>) -> Result<(), Problem> {
    let catalogs = ask_quietly(RefreshCatalogs { name: name.clone() })?;
    // Of one that was named, the problem is the outcome.
    if let (Some(_), [CatalogView { problem: Some(problem), .. }]) = (&name, catalogs.as_slice()) {
        return Err(problem.clone());
    }
    if say::wants_json() {
        return say::json(&json!({ "catalogs": catalogs }));
    }
    for view in &catalogs {
        say::line(&format!("Catalog {}: {}", view.name, state(view)));
        tell(view);
    }
    Ok(())
}

fn accept(name: CatalogName, trust_key: bool, yes: bool) -> Result<(), Problem> {
    let view = one(&name)?;
    if view.waiting.is_empty() && !trust_key {
        return say::result(&view, || say::line(&format!("Catalog {name} doesn't have any changes to accept")));
    }
    if !say::wants_json() {
        tell_waiting(&view.waiting);
    }
    let question = match trust_key {
        true => format!("Accept this, and everything that catalog {name}'s key signs from now on?"),
        false => format!("Accept this from catalog {name}?"),
    };
    if !yes && !say::confirm(&question) {
        let message = format!("you didn't accept the changes in catalog {name}");
        return Err(
            Problem::new(ProblemKind::Cancelled, ProblemCode::NotConfirmed, message).hint("answer y, or pass --yes")
        );
    }
    let view = ask_quietly(AcceptCatalog { name, waiting_id: view.waiting_id, trust_key })?;
    say::result(&view, || {
        say::line(&format!("Accepted catalog {}", view.name));
        tell(&view);
    })
}

fn remove(name: CatalogName, yes: bool) -> Result<(), Problem> {
    let view = one(&name)?;
    let (identities, roles) =
        (say::count_of(view.identities, "identity", "identities"), say::count(view.roles, "role"));
    if !yes && !say::confirm(&format!("Remove catalog {name} with {identities} and {roles}?")) {
        let message = format!("catalog {name} wasn't removed");
        return Err(
            Problem::new(ProblemKind::Cancelled, ProblemCode::NotConfirmed, message).hint("answer y, or pass --yes")
        );
    }
    ask_quietly(RemoveCatalog { name: name.clone() })?;
    say::result(&json!({ "catalog": name }), || say::line(&format!("Removed catalog {name}")))
}
