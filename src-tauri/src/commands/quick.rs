//! Commands of the quick switch, which is a separate page. Anything that takes more than a keystroke opens the main
//! window.

use daypass_broker::broker::Broker;
use daypass_broker::requests::ConsolePage;
use daypass_core::problem::Problem;
use serde::Serialize;
use tauri::{AppHandle, State};

use crate::quick;
use crate::quick::shortcut::{Shortcut, ShortcutView};
use crate::window::{self, Destination};
use crate::{deeds, notify, sign_in};

/// How a start from the quick switch ended.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum QuickStarted {
    Started,
    /// The main window asks first.
    InTheWindow,
}

/// The page has loaded, with what it shows first.
#[tauri::command]
pub(super) async fn quick_ready(app: AppHandle) {
    quick::page_is_ready(&app);
}

#[tauri::command]
pub(super) async fn quick_hide(app: AppHandle) {
    quick::hide(&app);
}

/// Starts a role. If the person has to sign in first, the browser opens for that.
#[tauri::command]
pub(super) async fn quick_start(
    app: AppHandle,
    broker: State<'_, Broker>,
    role: String,
) -> Result<QuickStarted, Problem> {
    if deeds::takes_profile_over(&broker, &role)? {
        quick_show(app, Some(role)).await;
        return Ok(QuickStarted::InTheWindow);
    }
    let start = |person| deeds::start(&broker, &role, person);
    told(&app, sign_in::first(&app, start).await).map(|()| QuickStarted::Started)
}

/// `to`: a page of the console or an ARN, if one was pasted.
#[tauri::command]
pub(super) async fn quick_console(
    app: AppHandle,
    broker: State<'_, Broker>,
    role: String,
    to: Option<String>,
) -> Result<(), Problem> {
    let open = |person| {
        let page = ConsolePage { to: to.clone(), ..ConsolePage::default() };
        deeds::open_console(&broker, &role, page, person)
    };
    told(&app, sign_in::first(&app, open).await)
}

/// Shows a role in the main window, or the window as it is.
#[tauri::command]
pub(super) async fn quick_show(app: AppHandle, role: Option<String>) {
    match role {
        Some(id) => window::navigate(&app, &Destination::Role { id }),
        None => window::show(&app),
    }
    quick::hide(&app);
}

/// Whether the shortcut of the quick switch works.
#[tauri::command]
pub(super) async fn quick_shortcut(shortcut: State<'_, Shortcut>) -> Result<ShortcutView, Problem> {
    Ok(shortcut.view())
}

/// The page shows a problem while it can be seen. It hides once the person looks elsewhere, at a browser's sign-in say.
fn told(app: &AppHandle, outcome: Result<(), Problem>) -> Result<(), Problem> {
    if let Err(problem) = &outcome
        && !quick::is_visible(app)
    {
        notify::problem(app, problem);
    }
    outcome
}
