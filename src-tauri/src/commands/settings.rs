//! Commands of the settings screen.

use std::path::PathBuf;

use daypass_broker::broker::{Broker, SettingChange, VaultStatus};
use daypass_core::names::CatalogName;
use daypass_core::problem::Problem;
use daypass_core::proxy::ProxySignIn;
use daypass_core::setting_view::{BrowserView, SettingView};
use daypass_core::settings::CatalogView;
use secrecy::SecretString;
use serde::Serialize;
use tauri::{AppHandle, State};

use super::blocking::blocking;
use crate::passphrase;

#[tauri::command]
pub(super) async fn settings(broker: State<'_, Broker>) -> Result<Vec<SettingView>, Problem> {
    blocking(&broker, Broker::settings).await
}

/// Changes a setting, or with `null` goes back to its default.
#[tauri::command]
pub(super) async fn put_setting(
    broker: State<'_, Broker>,
    name: String,
    value: Option<String>,
) -> Result<SettingChange, Problem> {
    blocking(&broker, move |broker| broker.put_setting(&name, value.as_deref())).await
}

#[tauri::command]
pub(super) async fn browsers(broker: State<'_, Broker>) -> Result<Vec<BrowserView>, Problem> {
    blocking(&broker, |broker| Ok(broker.browsers())).await
}

#[tauri::command]
pub(super) async fn vault_status(broker: State<'_, Broker>) -> Result<VaultStatus, Problem> {
    blocking(&broker, Broker::vault_status).await
}

/// Asks for both passphrases outside of the page.
#[tauri::command]
pub(super) async fn change_passphrase(app: AppHandle, broker: State<'_, Broker>) -> Result<(), Problem> {
    broker.has_passphrase()?;
    passphrase::change(&app)
}

/// Asks for a passphrase outside of the page, and moves the vault's key under it.
#[tauri::command]
pub(super) async fn use_passphrase(app: AppHandle) -> Result<(), Problem> {
    passphrase::move_key_here(&app)
}

/// How you sign in to the proxy, which the vault keeps. Returns the proxy that gets it.
#[tauri::command]
pub(super) async fn put_proxy_sign_in(
    broker: State<'_, Broker>,
    user: String,
    password: SecretString,
) -> Result<String, Problem> {
    let proxy = broker.proxy().await?;
    blocking(&broker, move |broker| {
        broker.put_proxy_sign_in(Some((&proxy, &ProxySignIn { user, password })))?;
        Ok(proxy.to_string())
    })
    .await
}

/// Returns whether there was something to forget.
#[tauri::command]
pub(super) async fn forget_proxy_sign_in(broker: State<'_, Broker>) -> Result<bool, Problem> {
    blocking(&broker, |broker| broker.put_proxy_sign_in(None)).await
}

#[tauri::command]
pub(super) async fn refresh_catalogs(
    broker: State<'_, Broker>,
    name: Option<CatalogName>,
) -> Result<Vec<CatalogView>, Problem> {
    broker.refresh_catalogs(name.as_ref()).await
}

#[tauri::command]
pub(super) async fn remove_catalog(broker: State<'_, Broker>, name: CatalogName) -> Result<(), Problem> {
    broker.remove_catalog(&name).await
}

/// Where the files are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilesOfDaypass {
    config: PathBuf,
    vault: PathBuf,
    audit_log: PathBuf,
    aws_config: PathBuf,
    aws_credentials: PathBuf,
    policy: PathBuf,
}

#[tauri::command]
pub(super) async fn files_of_daypass(broker: State<'_, Broker>) -> Result<FilesOfDaypass, Problem> {
    let places = &broker.surroundings().places;
    Ok(FilesOfDaypass {
        config: places.config_file.clone(),
        vault: places.vault_file.clone(),
        audit_log: places.audit_log.clone(),
        aws_config: places.aws_config_file.clone(),
        aws_credentials: places.credentials_file.clone(),
        policy: places.policy_file.clone(),
    })
}
