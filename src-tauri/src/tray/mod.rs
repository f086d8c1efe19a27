//! The tray: an icon that shows the state, and a menu with what needs the person, what runs and what can be started.

mod act;
mod facts;
mod icon;
mod live;
mod menu;
mod shown;
#[cfg(test)]
mod tests;
mod words;

use std::time::Duration;

use daypass_broker::broker::Broker;
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::event::Event;
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager};

use facts::Gatherer;
use live::LiveMenu;
use menu::{Facts, TrayState};
use shown::Shown;
pub(crate) use shown::{Tray, refresh};

use crate::{tray_host, wall_clock, window};

const ID: &str = "daypass";

/// Several events in a row change the menu once.
const PAUSE: Duration = Duration::from_millis(100);

/// Creates the icon, if the system has the library for it.
pub(crate) fn create(app: &AppHandle) {
    if !tray_host::library_is_there() {
        return;
    }
    match build(app) {
        Ok(()) => {
            tray_host::created(app);
            keep(app);
        }
        Err(error) => tracing::warn!(%error, "couldn't create the tray icon"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let facts = Facts::default();
    let menu = LiveMenu::new(app, menu::menu(&facts, SystemClock.now()))?;
    let (state, tooltip) = (menu::state(&facts), menu::tooltip(&facts));
    // Elsewhere, two homes would write each other's icons, and another user could write ours.
    let folder = app.state::<Broker>().surroundings().places.socket.with_file_name("tray");
    TrayIconBuilder::with_id(ID)
        .menu(&menu.menu)
        .tooltip(&tooltip)
        .icon(icon::icon(state))
        .icon_as_template(true)
        .temp_dir_path(folder)
        // On Windows, the left button opens a program, and the right one its menu.
        .show_menu_on_left_click(!cfg!(windows))
        .on_tray_icon_event(|icon, event| {
            if cfg!(windows) && is_left_click(&event) {
                window::show(icon.app_handle());
            }
        })
        .on_menu_event(|app, event| act::chosen(app, event.id().as_ref()))
        .build(app)?;
    *app.state::<Tray>().shown() = Some(Shown { menu, state, tooltip });
    Ok(())
}

fn is_left_click(event: &TrayIconEvent) -> bool {
    matches!(event, TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. })
}

/// Takes an event in.
pub(crate) fn take_in(app: &AppHandle, event: &Event) {
    let changes_roles = match event {
        Event::SignedIn { .. } | Event::SignedOut { .. } | Event::CatalogListed { .. } | Event::CatalogChanged => true,
        Event::SignInBegan { .. }
        | Event::SignInCautioned { .. }
        | Event::SignInFailed { .. }
        | Event::SignInNeeded { .. }
        | Event::SessionChanged { .. }
        | Event::CatalogGrew { .. }
        | Event::TrialWentOn { .. }
        | Event::SettingsChanged => false,
        // Tools take credentials often, and the menu doesn't tell.
        Event::CredentialsTaken { .. } | Event::ConsentsChanged => return,
    };
    if changes_roles {
        app.state::<Tray>().roles_changed();
    }
    refresh(app);
}

/// Keeps the menu up to date for as long as the app runs. At rest it waits: for an event, or for the minute in which a
/// session's time left is another.
fn keep(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut gatherer = Gatherer::default();
        let mut facts = None;
        loop {
            let gathered = match facts.take() {
                Some(facts) => facts,
                None => {
                    let roles_changed = app.state::<Tray>().take_roles_changed();
                    let (back, gathered) = facts::gather(&app, gatherer, roles_changed).await;
                    gatherer = back;
                    gathered
                }
            };
            let now = SystemClock.now();
            show(&app, &gathered);
            let changes_at = menu::changes_at(&gathered, now);
            let tray = app.state::<Tray>();
            tokio::select! {
                () = tray.something() => tokio::time::sleep(PAUSE).await,
                () = wall_clock::sleep_until(changes_at) => facts = Some(gathered),
            }
        }
    });
}

fn show(app: &AppHandle, facts: &Facts) {
    let (entries, state, tooltip) = (menu::menu(facts, SystemClock.now()), menu::state(facts), menu::tooltip(facts));
    let on_main = app.clone();
    let _ = app.run_on_main_thread(move || {
        if let Err(error) = change(&on_main, entries, state, tooltip) {
            tracing::warn!(%error, "couldn't update the tray");
        }
    });
}

/// Changes what differs, on the main thread.
fn change(app: &AppHandle, entries: Vec<menu::Entry>, state: TrayState, tooltip: String) -> tauri::Result<()> {
    let tray = app.state::<Tray>();
    let (Some(tray_icon), mut shown) = (app.tray_by_id(ID), tray.shown()) else { return Ok(()) };
    let Some(shown) = shown.as_mut() else { return Ok(()) };
    if !shown.menu.say(&entries)? {
        let menu = LiveMenu::new(app, entries)?;
        tray_icon.set_menu(Some(menu.menu.clone()))?;
        shown.menu = menu;
    }
    if shown.state != state {
        tray_icon.set_icon_with_as_template(Some(icon::icon(state)), true)?;
        shown.state = state;
    }
    if shown.tooltip != tooltip {
        tray_icon.set_tooltip(Some(&tooltip))?;
        shown.tooltip = tooltip;
    }
    Ok(())
}
