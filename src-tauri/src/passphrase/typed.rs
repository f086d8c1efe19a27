//! What the person typed, on its way to the vault.

use std::sync::atomic::AtomicBool;

use daypass_broker::broker::Broker;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use secrecy::SecretString;
use tauri::{AppHandle, Manager};

/// Whether the person closed the window, and so doesn't want it to open by itself.
pub(super) static IS_DECLINED: AtomicBool = AtomicBool::new(false);

/// Opens the vault with what was typed, or with its key elsewhere.
pub(super) async fn give(app: &AppHandle, typed: Option<SecretString>) -> Result<(), Problem> {
    let broker = app.state::<Broker>().inner().clone();
    let unlocking = tauri::async_runtime::spawn_blocking(move || broker.unlock(typed));
    let crashed = |error: tauri::Error| Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, error.to_string());
    unlocking.await.unwrap_or_else(|error| Err(crashed(error)))
}
