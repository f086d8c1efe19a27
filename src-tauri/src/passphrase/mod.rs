//! Asks for the vault's passphrase in a native window, never in the web view.
//!
//! The vault never waits for the person: what needs it while it is shut fails with `passphrase-needed`, and works again
//! once they have typed the passphrase here or after `daypass unlock`. The window opens by itself when the app starts
//! and when something needs the vault, until the person closes it. After that, they open it.

// Only Linux has the window.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod purpose;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod typed;
#[cfg(target_os = "linux")]
mod window;

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use daypass_broker::broker::Broker;
use daypass_core::problem::Problem;
use daypass_vault::{PassphraseNeed, VaultError};
use secrecy::SecretString;
use tauri::{AppHandle, Manager};

use purpose::Purpose;
use typed::{IS_DECLINED, open_with_key};

/// The app, once it can open windows.
static APP: OnceLock<AppHandle> = OnceLock::new();

const WHERE: &str = if cfg!(target_os = "linux") {
    "type it in Daypass's window, or run `daypass unlock`"
} else {
    "run `daypass unlock` in a terminal and type it there"
};

/// The vault wants its passphrase. It gets it from the window later, and not from here: what waited here would keep
/// everything else waiting too.
pub(crate) fn wanted(need: PassphraseNeed) -> Result<SecretString, VaultError> {
    // Nothing else makes a new one necessary but what the person just did.
    let may_open = need == PassphraseNeed::New || !IS_DECLINED.load(Ordering::Relaxed);
    if let Some(app) = APP.get().filter(|_| may_open) {
        open(app, purpose_of(need));
    }
    Err(VaultError::PassphraseNeeded { hint: WHERE.to_owned() })
}

/// The app can open windows now. Asks for the passphrase if the existing vault needs one.
pub(crate) fn start(app: &AppHandle) {
    let _ = APP.set(app.clone());
    if app.state::<Broker>().needs_passphrase() {
        open(app, Purpose::Unlock);
    }
}

/// The person wants to unlock the vault: asks for its passphrase if it has one, and else opens it.
///
/// # Errors
///
/// Those of `Broker::unlock` for a key that is elsewhere.
pub(crate) async fn unlock(app: &AppHandle) -> Result<(), Problem> {
    IS_DECLINED.store(false, Ordering::Relaxed);
    match app.state::<Broker>().passphrase_need() {
        Some(need) if cfg!(target_os = "linux") => {
            open(app, purpose_of(need));
            Ok(())
        }
        Some(_) => Err(VaultError::PassphraseNeeded { hint: WHERE.to_owned() }.into()),
        None => open_with_key(app).await,
    }
}

/// The person wants another passphrase for the vault: the window asks for both.
///
/// # Errors
///
/// `passphrase-needed` on a platform without that window.
pub(crate) fn change(app: &AppHandle) -> Result<(), Problem> {
    open_or_say(app, Purpose::Change, "`daypass vault passphrase`")
}

/// The person wants the vault's key under a passphrase: the window asks for it, and moves the key.
///
/// # Errors
///
/// `passphrase-needed` on a platform without that window.
pub(crate) fn move_key_here(app: &AppHandle) -> Result<(), Problem> {
    open_or_say(app, Purpose::MoveHere, "`daypass vault move passphrase`")
}

fn open_or_say(app: &AppHandle, purpose: Purpose, command: &str) -> Result<(), Problem> {
    if cfg!(target_os = "linux") {
        open(app, purpose);
        return Ok(());
    }
    Err(VaultError::PassphraseNeeded { hint: format!("run {command} in a terminal and type it there") }.into())
}

fn purpose_of(need: PassphraseNeed) -> Purpose {
    match need {
        PassphraseNeed::New => Purpose::Choose,
        PassphraseNeed::Existing | PassphraseNeed::Again { .. } => Purpose::Unlock,
    }
}

#[cfg(target_os = "linux")]
fn open(app: &AppHandle, purpose: Purpose) {
    window::open(app, purpose);
}

/// That window doesn't exist yet. What needs the vault says so itself.
#[cfg(not(target_os = "linux"))]
fn open(_: &AppHandle, _: Purpose) {}
