//! What the person typed, on its way to the vault.

use std::sync::atomic::AtomicBool;

use daypass_broker::broker::Broker;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_vault::VaultError;
use secrecy::SecretString;
use tauri::{AppHandle, Manager};

use super::purpose::Purpose;

/// Whether the person closed the window, and so doesn't want it to open by itself.
pub(super) static IS_DECLINED: AtomicBool = AtomicBool::new(false);

/// Passphrases, and what they are for.
pub(super) struct Typed {
    pub(super) purpose: Purpose,
    pub(super) existing: Option<SecretString>,
    pub(super) new: Option<SecretString>,
}

/// Does with the passphrases what they are for.
pub(super) async fn give(app: &AppHandle, typed: Typed) -> Result<(), Problem> {
    on_its_thread(app, move |broker| match typed {
        Typed { purpose: Purpose::Unlock, existing, .. } => broker.unlock(existing),
        Typed { purpose: Purpose::Choose, new, .. } => broker.unlock(new),
        Typed { purpose: Purpose::Change, existing: Some(old), new: Some(new) } => {
            broker.change_passphrase_to(old, new)
        }
        Typed { purpose: Purpose::MoveHere, new: Some(new), .. } => broker.use_passphrase(new).map(drop),
        Typed { purpose: Purpose::Change | Purpose::MoveHere, .. } => Err(VaultError::PassphraseEmpty.into()),
    })
    .await
}

/// Opens a vault whose key is elsewhere.
pub(super) async fn open_with_key(app: &AppHandle) -> Result<(), Problem> {
    on_its_thread(app, |broker| broker.unlock(None)).await
}

/// Sealing takes a second on purpose, and a keyring may ask the person.
async fn on_its_thread(
    app: &AppHandle,
    work: impl FnOnce(&Broker) -> Result<(), Problem> + Send + 'static,
) -> Result<(), Problem> {
    let broker = app.state::<Broker>().inner().clone();
    let crashed = |error: tauri::Error| Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, error.to_string());
    tauri::async_runtime::spawn_blocking(move || work(&broker)).await.unwrap_or_else(|error| Err(crashed(error)))
}
