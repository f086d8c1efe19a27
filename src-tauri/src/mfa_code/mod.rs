//! Shows an MFA code to the person, in a native window or menu and never in the web view.
//!
//! A shown code counts as used, because the person uses it elsewhere. The next one appears only on request, so that a
//! window left open doesn't use up every code that sessions need for their renewal.

#[cfg(not(target_os = "linux"))]
mod menu;
mod shown;
#[cfg(target_os = "linux")]
mod window;

use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use tauri::AppHandle;

use shown::ShownCode;

#[cfg(not(target_os = "linux"))]
pub(crate) use menu::on_menu_event;
#[cfg(not(target_os = "linux"))]
use menu::open;
#[cfg(target_os = "linux")]
use window::open;

/// Shows the current code.
///
/// # Errors
///
/// Those of `Broker::mfa_code`.
pub(crate) async fn show(app: &AppHandle, identity: IdentityName) -> Result<(), Problem> {
    let shown = ShownCode::of(app, &identity).await?;
    open(app, identity, shown);
    Ok(())
}
