//! Notifications: what needs the person while they look elsewhere. One for each identity, with what to do.

#[cfg(target_os = "linux")]
mod bus;
mod note;
// Linux tests it.
#[cfg(any(test, not(target_os = "linux")))]
#[cfg_attr(target_os = "linux", allow(dead_code))]
mod plain;
mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Local, Utc};
use daypass_broker::broker::Broker;
use daypass_core::attention::AttentionItem;
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem};
use daypass_core::settings::NotificationSettings;
use tauri::{AppHandle, Manager};

#[cfg(target_os = "linux")]
use bus::Server;
use note::{LeadsTo, Note, NoteAction, Pressed, notes, under_way};
#[cfg(not(target_os = "linux"))]
use plain::Server;
use plan::{Change, Told};

use crate::activation::Activation;
use crate::passphrase;
use crate::sign_in;
use crate::window::{self, Destination};

/// The key of the note that tells why an action outside the window failed.
const ACTION: &str = "action";

/// The notifications shown, and the server that shows them.
#[derive(Default)]
pub(crate) struct Notifications {
    told: Mutex<Told>,
    /// The note of the last action that failed.
    failed_action: Mutex<Option<Note>>,
    server: Server,
}

/// Brings the notifications in line with what needs the person. Returns when to do so again.
pub(crate) fn follow(
    app: &AppHandle,
    items: &[AttentionItem],
    settings: &NotificationSettings,
) -> Option<DateTime<Utc>> {
    let now = SystemClock.now();
    let quiet_until = settings.quiet.and_then(|quiet| quiet.end_after(&now.with_timezone(&Local)));
    let notifications = app.state::<Notifications>();
    let wanted = notes(items, settings, now);
    let (changes, again_at) = lock(&notifications.told).follow(&wanted, &under_way(items), quiet_until, now);
    for change in changes {
        notifications.server.send(app, change, pressed);
    }
    again_at
}

/// Signs in, because the person chose Sign in outside the window.
pub(crate) fn start_sign_in(app: &AppHandle, identity: IdentityName) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match sign_in::sign_in(&app, &identity).await {
            // The window shows the outcome from an event. If it's hidden, a notification has to.
            Err(why) if !sign_in::is_known(&app, &why) => problem(&app, &why),
            _ => {}
        }
    });
}

/// Unlocks the vault, because the person chose Unlock outside the window.
fn unlock(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if let Err(why) = passphrase::unlock(&app).await {
            problem(&app, &why);
        }
    });
}

/// Explains why an action chosen outside the window failed, and offers what to do about it. The person is present, so
/// this has no quiet hours.
pub(crate) fn problem(app: &AppHandle, problem: &Problem) {
    let hint = problem.hint.as_deref().unwrap_or_default();
    let (action, leads_to) = match &problem.next {
        Some(NextStep::SignIn { identity }) => {
            (Some(NoteAction::SignIn(identity.clone())), LeadsTo::SignIn(identity.clone()))
        }
        Some(NextStep::UnlockVault) => (Some(NoteAction::Unlock), LeadsTo::Window),
        // The window has the forms and lists that these lead to.
        Some(
            NextStep::GiveSecrets { .. }
            | NextStep::AddIdentity
            | NextStep::ListIdentities
            | NextStep::ListRoles
            | NextStep::NameRole { .. }
            | NextStep::ShowCatalog { .. }
            | NextStep::ListSessions
            | NextStep::StartAgent
            | NextStep::KeepKeyElsewhere,
        )
        | None => (None, LeadsTo::Window),
    };
    let note = Note {
        key: ACTION.to_owned(),
        summary: "Daypass".to_owned(),
        body: format!("{}. {hint}", problem.message).trim().to_owned(),
        action,
        leads_to,
        can_wait: false,
        tells: BTreeSet::new(),
    };
    let notifications = app.state::<Notifications>();
    *lock(&notifications.failed_action) = Some(note.clone());
    notifications.server.send(app, Change::Show(note), pressed);
}

/// Does what the person chose on a note. `token` lets the window come to the front on Wayland.
fn pressed(app: &AppHandle, key: &str, what: Pressed, token: Option<&str>) {
    let notifications = app.state::<Notifications>();
    let note = match key {
        ACTION => lock(&notifications.failed_action).clone(),
        _ => lock(&notifications.told).shown(key).cloned(),
    };
    match what {
        Pressed::Later => lock(&notifications.told).put_off(key, SystemClock.now()),
        Pressed::Closed | Pressed::Note | Pressed::Action => lock(&notifications.told).closed(key),
    }
    let Some(note) = note else { return };
    if what != Pressed::Closed {
        app.state::<Broker>().person_acts();
    }
    match (what, note.action) {
        (Pressed::Action, Some(NoteAction::SignIn(identity))) => start_sign_in(app, identity),
        (Pressed::Action, Some(NoteAction::Unlock)) => unlock(app),
        (Pressed::Note | Pressed::Action, _) => lead(app, &note.leads_to, token),
        (Pressed::Later | Pressed::Closed, _) => {}
    }
}

fn lead(app: &AppHandle, to: &LeadsTo, token: Option<&str>) {
    let to = match to {
        LeadsTo::Window => None,
        LeadsTo::SignIn(identity) => Some(Destination::SignIn { identity: identity.to_string() }),
        LeadsTo::Role(id) => Some(Destination::Role { id: id.clone() }),
        LeadsTo::Attention => Some(Destination::Attention),
    };
    app.state::<Activation>().give(token.map(str::to_owned));
    window::show(app);
    if let Some(to) = to {
        window::navigate(app, &to);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
