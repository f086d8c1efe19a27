//! `daypass config`: where the settings are, what they are, and how to change one without an editor.
//!
//! It does the work in this process even if an agent runs, so that it asks for a passphrase in this terminal. The agent
//! follows the file.

use daypass_broker::broker::Broker;
use daypass_core::problem::Problem;
use daypass_core::proxy::ProxySignIn;
use daypass_core::setting_view::SettingView;

use secrecy::ExposeSecret as _;
use serde_json::json;

use super::identity::login::typed_or;
use super::identity::read_secret;
use super::vault;
use crate::args::ConfigCommand;
use crate::ask::{self, surroundings};
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
        ConfigCommand::ProxyLogin { user, forget: false } => proxy_login(&broker, user.as_deref()),
        ConfigCommand::ProxyLogin { forget: true, .. } => {
            let had = broker.put_proxy_sign_in(None)?;
            say::result(&json!({ "removed": had }), || {
                say::line(if had {
                    "Removed the proxy's user name and password from the vault"
                } else {
                    "The vault doesn't have a user name and password for a proxy"
                });
            })
        }
    }
}

/// Asks for the password once it is known which proxy gets it.
fn proxy_login(broker: &Broker, user: Option<&str>) -> Result<(), Problem> {
    let proxy = ask::run(broker.proxy())??;
    let user = typed_or("user name", None, user)?.expose_secret().to_owned();
    let password = read_secret(&format!("password of {user} for {proxy}"))?;
    broker.put_proxy_sign_in(Some((&proxy, &ProxySignIn { user: user.clone(), password })))?;
    say::result(&json!({ "proxy": proxy.to_string(), "user": user }), || {
        say::line(&format!("Saved {user}'s password for {proxy} in the vault"));
    })
}

fn list(settings: &[SettingView]) {
    let mut rows = vec![["SETTING", "VALUE"].map(str::to_owned).to_vec()];
    for SettingView { name, value, limited, .. } in settings {
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
    let SettingView { name, value, .. } = changed.setting;
    let file = broker.surroundings().places.config_file.display();
    say::line(&match value {
        Some(value) => format!("{name} is now {value}, in {file}"),
        None => format!("Removed {name} from {file}"),
    });
    if let Some(moved) = &changed.vault {
        vault::say_old_key(moved);
    }
    Ok(())
}
