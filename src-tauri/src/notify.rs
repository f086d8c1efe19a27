//! Notifications, only for what the person must know while the window is closed.

use daypass_core::event::{Event, SessionChange};
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem};
use daypass_core::text;
use notify_rust::Notification;
use tauri::AppHandle;

use crate::passphrase;
use crate::sign_in;
use crate::window::{self, Destination};

/// Shows a notification if an event is worth one.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    match event {
        Event::SignInNeeded { identity, profiles, problem } => {
            let names: Vec<&str> = profiles.iter().map(|profile| profile.as_str()).collect();
            let what = if names.len() == 1 { "profile" } else { "profiles" };
            let body = match names.is_empty() {
                true => problem.message.clone(),
                false => format!("Can't get credentials for {what} {}: {}", names.join(", "), problem.message),
            };
            let identity = identity.clone();
            let summary = format!("Sign in to {identity}");
            show(app, &summary, &body, Some(("sign-in", "Sign in")), move |app, action| match action {
                "sign-in" => start_sign_in(app, identity.clone()),
                _ => window::navigate(app, &Destination::SignIn { identity: identity.to_string() }),
            });
        }
        // The person already sees a failed start, but not a failed renewal.
        Event::SessionChanged { change: SessionChange::Failed, session } if session.expires_at.is_some() => {
            let why = session.problem.as_ref().map_or("", |problem| problem.message.as_str());
            let id = session.role_id.clone();
            show(app, &format!("Can't renew profile {}", session.profile), why, None, move |app, _| {
                window::navigate(app, &Destination::Role { id: id.clone() });
            });
        }
        _ => {}
    }
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

/// Explains why an action chosen in the tray failed, and offers what to do about it.
pub(crate) fn problem(app: &AppHandle, problem: &Problem) {
    let hint = problem.hint.as_deref().unwrap_or_default();
    let body = format!("{}. {hint}", problem.message);
    match &problem.next {
        Some(NextStep::SignIn { identity }) => {
            let identity = identity.clone();
            show(app, "Daypass", body.trim(), Some(("sign-in", "Sign in")), move |app, action| match action {
                "sign-in" => start_sign_in(app, identity.clone()),
                _ => window::navigate(app, &Destination::SignIn { identity: identity.to_string() }),
            });
        }
        Some(NextStep::UnlockVault) => {
            show(app, "Daypass", body.trim(), Some(("unlock", "Unlock")), |app, action| match action {
                "unlock" => unlock(app),
                _ => window::show(app),
            });
        }
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
        | None => show(app, "Daypass", body.trim(), None, |app, _| window::show(app)),
    }
}

/// Shows a notification and waits for its action on a separate thread, because it may stay up for hours.
fn show(
    app: &AppHandle,
    summary: &str,
    body: &str,
    action: Option<(&str, &str)>,
    on_action: impl Fn(&AppHandle, &str) + Send + 'static,
) {
    let mut notification = Notification::new();
    notification.appname("Daypass").summary(&text::shown(summary)).body(&plain(body)).icon("daypass-desktop");
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        notification.hint(notify_rust::Hint::DesktopEntry("daypass-desktop".to_owned()));
        notification.urgency(notify_rust::Urgency::Critical).action("default", "Open Daypass");
        if let Some((key, label)) = action {
            notification.action(key, label);
        }
    }
    let app = app.clone();
    std::thread::spawn(move || match notification.show() {
        #[cfg(all(unix, not(target_os = "macos")))]
        Ok(shown) => shown.wait_for_action(|action| {
            if action != "__closed" {
                on_action(&app, action);
            }
        }),
        #[cfg(not(all(unix, not(target_os = "macos"))))]
        Ok(_) => drop((app, on_action, action)),
        Err(error) => tracing::warn!(%error, "could not show a notification"),
    });
}

/// The notification daemon may read bodies as markup, so text from a provider has to be escaped.
fn plain(text: &str) -> String {
    text::shown_lines(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
