//! `daypass config`: where the settings are, what they are, and how to change one without an editor.
//!
//! It does the work in this process even if an agent runs, so that a passphrase is asked for on this terminal. The agent
//! follows the file.

use daypass_broker::broker::{Broker, SettingView};
use daypass_core::problem::Problem;

use serde_json::json;

use super::vault;
use crate::args::ConfigCommand;
use crate::ask::surroundings;
use crate::say;

pub(super) fn run(command: ConfigCommand) -> Result<(), Problem> {
    let broker = Broker::open(surroundings()?);
    match command {
        ConfigCommand::Path => {
            let path = &broker.surroundings().places.config_file;
            say::result(&json!({ "path": path }), || say::line(&path.display().to_string()))
        }
        ConfigCommand::Get { setting: Some(name) } => {
            let setting = broker.setting(&name)?;
            say::result(&setting, || {
                match &setting.value {
                    Some(value) => say::line(value),
                    None => say::note(&format!("{} isn't set", setting.name)),
                }
                setting.limited.iter().for_each(|limited| say::note(&format!("Limited: {limited}")));
            })
        }
        ConfigCommand::Get { setting: None } => {
            let settings = broker.settings()?;
            say::result(&json!({ "settings": settings }), || list(&settings))
        }
        ConfigCommand::Set { setting, value } => put(&broker, &setting, Some(&value)),
        ConfigCommand::Unset { setting } => put(&broker, &setting, None),
    }
}

fn list(settings: &[SettingView]) {
    let mut rows = vec![["SETTING", "VALUE"].map(str::to_owned).to_vec()];
    for SettingView { name, value, limited } in settings {
        let limited = limited.as_ref().map(|limited| format!(" ({limited})")).unwrap_or_default();
        rows.push(vec![(*name).to_owned(), value.clone().unwrap_or_else(|| "-".to_owned()) + &limited]);
    }
    say::table(&rows);
}

fn put(broker: &Broker, name: &str, value: Option<&str>) -> Result<(), Problem> {
    let changed = broker.put_setting(name, value)?;
    if changed.vault.as_ref().is_some_and(|moved| moved.sealed) {
        vault::tell_agent(broker);
    }
    if say::wants_json() {
        return say::json(&changed);
    }
    let SettingView { name, value, limited: _ } = changed.setting;
    let file = broker.surroundings().places.config_file.display();
    say::line(&match value {
        Some(value) => format!("{name} is now {value}, in {file}"),
        None => format!("{name} isn't set any more, in {file}"),
    });
    if let Some(moved) = &changed.vault {
        vault::say_old_key(moved);
    }
    Ok(())
}
