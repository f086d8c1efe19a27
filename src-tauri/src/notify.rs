//! Notifications, only for what the person must know while the window is closed.

use daypass_broker::broker::Broker;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::Given;
use daypass_core::view::{SignInWay, Snapshot};
use daypass_identity::Asked;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::commands::{SIGN_IN_LIMIT, open_browser};
use crate::window::{self, Destination};

/// Shows a notification if an event is worth one.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    match event {
        Event::SignInNeeded { identity, profiles, problem } => {
            let names: Vec<&str> = profiles.iter().map(|profile| profile.as_str()).collect();
            let what = if names.len() == 1 { "profile" } else { "profiles" };
            let body = format!("Can't renew {what} {}: {}", names.join(", "), problem.message);
            let identity = identity.clone();
            let summary = format!("Sign in to {identity}");
            show(app, &summary, &body, Some(("sign-in", "Sign in")), move |app, action| match action {
                "sign-in" => sign_in(app, identity.clone()),
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

/// Explains why an action chosen in the tray failed.
pub(crate) fn problem(app: &AppHandle, problem: &Problem) {
    let hint = problem.hint.as_deref().unwrap_or_default();
    let body = format!("{}. {hint}", problem.message);
    show(app, "Daypass", body.trim(), None, |app, _| window::show(app));
}

/// Signs in, because the person chose Sign in outside the window. If they have to type something, the window opens.
pub(crate) fn sign_in(app: &AppHandle, identity: IdentityName) {
    let app = app.clone();
    let broker = app.state::<Broker>().inner().clone();
    tauri::async_runtime::spawn(async move {
        let looked_at = broker.clone();
        let snapshot = tauri::async_runtime::spawn_blocking(move || looked_at.snapshot()).await;
        if snapshot.is_ok_and(|snapshot| is_typed(&snapshot, &identity)) {
            return window::navigate(&app, &Destination::SignIn { identity: identity.to_string() });
        }
        let asked = Asked { limit: SIGN_IN_LIMIT, device: false, given: &Given::none(), show: &open_browser };
        match broker.sign_in(&identity, asked).await {
            // The window shows the outcome from an event. If it's hidden, a notification has to.
            Err(why) if why.kind != ProblemKind::Cancelled && !window::is_visible(&app) => problem(&app, &why),
            _ => {}
        }
    });
}

/// Whether the person has to type something to sign in to an identity, or to the one that signs in for it.
fn is_typed(snapshot: &Snapshot, identity: &IdentityName) -> bool {
    let view = |name: &IdentityName| snapshot.identities.iter().find(|view| &view.name == name);
    let signer = view(identity).and_then(|own| own.signed_in_by.as_ref().map_or(Some(own), view));
    matches!(signer.map(|signer| &signer.way), Some(SignInWay::Form { fields }) if !fields.is_empty())
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
        Err(error) => tracing::warn!(%error, "could not show a notification"),
    });
}

/// The notification daemon may read bodies as markup, so text from a provider has to be escaped.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
