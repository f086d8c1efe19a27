//! Notifications: only for what the person must know while the window is closed.

use daypass_broker::broker::Broker;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::Given;
use daypass_core::view::{SignInWay, Snapshot};
use daypass_identity::Asked;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::commands::{PATIENCE, open_browser};
use crate::window::{self, Destination};

/// Tells the person, where an event is worth it.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    match event {
        Event::SignInNeeded { identity, profiles, problem } => {
            let names: Vec<&str> = profiles.iter().map(|profile| profile.as_str()).collect();
            let body = format!("Profile {} cannot be renewed: {}", names.join(", "), problem.message);
            let identity = identity.clone();
            let summary = format!("Sign in to {identity}");
            show(app, &summary, &body, Some(("sign-in", "Sign in")), move |app, action| match action {
                "sign-in" => sign_in(app, identity.clone()),
                _ => window::navigate(app, &Destination::SignIn { identity: identity.to_string() }),
            });
        }
        // A start that failed is in front of the person already; a renewal that failed is not.
        Event::SessionChanged { change: SessionChange::Failed, session } if session.expires_at.is_some() => {
            let why = session.problem.as_ref().map_or("", |problem| problem.message.as_str());
            let id = session.role_id.clone();
            show(app, &format!("Profile {} will end", session.profile), why, None, move |app, _| {
                window::navigate(app, &Destination::Role { id: id.clone() });
            });
        }
        _ => {}
    }
}

/// Tells why something that was chosen in the tray did not happen.
pub(crate) fn problem(app: &AppHandle, problem: &Problem) {
    let hint = problem.hint.as_deref().unwrap_or_default();
    let body = format!("{}. {hint}", problem.message);
    show(app, "Daypass", body.trim(), None, |app, _| window::show(app));
}

/// Signs in, because the person pressed Sign in somewhere outside the window. What has to be typed is typed there.
pub(crate) fn sign_in(app: &AppHandle, identity: IdentityName) {
    let app = app.clone();
    let broker = app.state::<Broker>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let looked_at = broker.clone();
        let snapshot = tauri::async_runtime::spawn_blocking(move || looked_at.snapshot()).await;
        if snapshot.is_ok_and(|snapshot| is_typed(&snapshot, &identity)) {
            return window::navigate(&app, &Destination::SignIn { identity: identity.to_string() });
        }
        let asked = Asked { limit: PATIENCE, device: false, given: &Given::none(), show: &open_browser };
        match broker.sign_in(&identity, asked).await {
            // The outcome is an event, which the window shows; where there is none, it has to be told.
            Err(why) if why.kind != ProblemKind::Cancelled && !window::is_visible(&app) => problem(&app, &why),
            _ => {}
        }
    });
}

/// Whether somebody has to type something to sign in with an identity, or with the one that signs in for it.
fn is_typed(snapshot: &Snapshot, identity: &IdentityName) -> bool {
    let view = |name: &IdentityName| snapshot.identities.iter().find(|view| &view.name == name);
    let signer = view(identity).and_then(|own| own.signed_in_by.as_ref().map_or(Some(own), view));
    matches!(signer.map(|signer| &signer.way), Some(SignInWay::Form { fields }) if !fields.is_empty())
}

/// Shows a notification and waits for its action on a thread of its own: it may stand for hours.
fn show(
    app: &AppHandle,
    summary: &str,
    body: &str,
    action: Option<(&str, &str)>,
    on_action: impl Fn(&AppHandle, &str) + Send + 'static,
) {
    let mut notification = Notification::new();
    notification.appname("Daypass").summary(summary).body(&plain(body)).icon("daypass-desktop");
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
        Err(error) => tracing::warn!(%error, "a notification could not be shown"),
    });
}

/// Bodies may be read as markup by the notification daemon; what comes from a provider must not be.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
