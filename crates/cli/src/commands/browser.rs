//! `daypass browser`: the browsers on this machine, and which of them opens the console.
//!
//! The settings are changed in this process. An agent follows the file.

use daypass_broker::broker::Broker;
use daypass_core::problem::Problem;
use daypass_core::settings::{ConsoleLevel, ConsoleSettings};
use daypass_identity::browsers::{self, BrowserProfile, FoundBrowser};
use serde_json::json;

use crate::args::{BrowserCommand, Level, UseBrowser};
use crate::ask::surroundings;
use crate::say;

pub(super) fn run(command: BrowserCommand) -> Result<(), Problem> {
    match command {
        BrowserCommand::List => list(),
        BrowserCommand::Use(UseBrowser { browser, way, level }) => put(level, &way.settings(Some(browser))),
        BrowserCommand::Unset { level } => put(level, &ConsoleSettings::default()),
    }
}

fn list() -> Result<(), Problem> {
    let found = browsers::find(&surroundings()?.places);
    let profile = |profile: &BrowserProfile| {
        json!({
            "name": profile.name,
            "folder": profile.folder,
            "default": profile.is_default,
            "containers": profile.containers.is_some(),
        })
    };
    let browser = |browser: &FoundBrowser| {
        json!({
            "name": browser.name,
            "title": browser.title,
            "program": browser.start.last().map(|word| word.to_string_lossy()),
            "profiles": browser.profiles.iter().map(profile).collect::<Vec<_>>(),
        })
    };
    say::result(&json!({ "browsers": found.iter().map(browser).collect::<Vec<_>>() }), || {
        if found.is_empty() {
            say::note("Daypass didn't find a browser that it knows on this machine");
            return;
        }
        let mut rows = vec![["BROWSER", "NAME", "PROFILES", "CONTAINERS"].map(str::to_owned).to_vec()];
        rows.extend(found.iter().map(row));
        say::table(&rows);
    })
}

fn row(browser: &FoundBrowser) -> Vec<String> {
    let or_dash = |words: Vec<&str>| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    let profiles = browser.profiles.iter();
    let contained = profiles.clone().filter(|profile| profile.containers.is_some());
    vec![
        browser.name.to_string(),
        browser.title.clone(),
        or_dash(profiles.map(|profile| profile.name.as_str()).collect()),
        or_dash(contained.map(|profile| profile.name.as_str()).collect()),
    ]
}

fn put(level: Level, settings: &ConsoleSettings) -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    let (level, whose) = match level {
        Level { account: Some(text), .. } => {
            let account = broker.account(&text)?;
            (ConsoleLevel::Account(account.clone()), format!("roles in account {account}"))
        }
        Level { identity: Some(name), .. } => {
            (ConsoleLevel::Identity(name.clone()), format!("sign-ins and roles of identity {name}"))
        }
        Level { role: Some(text), .. } => {
            let role = broker.role(&text)?;
            let words = format!("role {}", say::role(&role));
            (ConsoleLevel::Role(role.identity, role.arn), words)
        }
        _ => (ConsoleLevel::Everywhere, "everything else".to_owned()),
    };
    broker.put_browser(&level, settings)?;
    let file = &broker.surroundings().places.config_file;
    say::result(&json!({ "browser": settings.browser, "file": file }), || {
        let file = file.display();
        say::line(&match &settings.browser {
            Some(browser) => format!("{browser} opens for {whose}, in {file}"),
            None => format!("Removed the choice of a browser for {whose} from {file}"),
        });
    })
}
