//! The tray: sessions with their time left, roles to start, and what needs the person.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_files::Foreign;
use chrono::{DateTime, Utc};
use daypass_broker::broker::Broker;
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_core::view::{IdentityState, RoleView, SessionState, SessionView, Snapshot};
use daypass_deliver::env::Shell;
use daypass_identity::browser;
use tauri::menu::{IsMenuItem, Menu, MenuBuilder, MenuEvent, MenuItem, Submenu, SubmenuBuilder};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};
use tokio::sync::Mutex;

use crate::clipboard::Clipboard;
use crate::{commands, notify, window};

const ID: &str = "daypass";

/// A menu is read from top to bottom: more roles than this are found faster in the window.
const MOST_ROLES: usize = 20;

/// Whether the menu is to be made anew.
#[derive(Default)]
pub(crate) struct Tray {
    stale: AtomicBool,
    /// One at a time, or an older state could be shown after a newer one.
    turn: Mutex<()>,
    up: AtomicBool,
}

/// Puts the icon up, where the system has the library for it.
pub(crate) fn put_up(app: &AppHandle) {
    if !library_is_there() {
        return;
    }
    let built = menu(app, &Snapshot::default()).and_then(|menu| {
        let mut tray = TrayIconBuilder::with_id(ID).menu(&menu).tooltip("Daypass").on_menu_event(on_menu_event);
        if let Some(icon) = app.default_window_icon() {
            tray = tray.icon(icon.clone());
        }
        tray.build(app)
    });
    match built {
        Ok(_) => {
            app.state::<Tray>().up.store(true, Ordering::Relaxed);
            refresh(app);
            keep_time(app);
        }
        Err(error) => tracing::warn!(%error, "the tray icon could not be made"),
    }
}

/// Whether the person can see the icon now: it needs somebody to show it.
pub(crate) fn is_visible(app: &AppHandle) -> bool {
    app.state::<Tray>().up.load(Ordering::Relaxed) && host_is_there()
}

/// Makes the menu anew soon; several calls in a row make it once.
pub(crate) fn refresh(app: &AppHandle) {
    if app.state::<Tray>().stale.swap(true, Ordering::AcqRel) {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let tray = app.state::<Tray>();
        let _turn = tray.turn.lock().await;
        tray.stale.store(false, Ordering::Release);
        let broker = app.state::<Broker>().inner().clone();
        let Ok(snapshot) = tauri::async_runtime::spawn_blocking(move || broker.snapshot()).await else { return };
        let on_main = app.clone();
        let _ = app.run_on_main_thread(move || {
            let Some(tray) = on_main.tray_by_id(ID) else { return };
            let set = menu(&on_main, &snapshot).and_then(|menu| tray.set_menu(Some(menu)));
            let _ = tray.set_tooltip(Some(tooltip(&snapshot)));
            if let Err(error) = set {
                tracing::warn!(%error, "the tray menu could not be made");
            }
        });
    });
}

/// Time left is told in minutes, so the menu is made anew every minute while anything runs.
fn keep_time(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            let broker = app.state::<Broker>().inner().clone();
            let running = tauri::async_runtime::spawn_blocking(move || !broker.snapshot().sessions.is_empty()).await;
            if running.unwrap_or(false) {
                refresh(&app);
            }
        }
    });
}

fn menu(app: &AppHandle, snapshot: &Snapshot) -> tauri::Result<Menu<Wry>> {
    let now = SystemClock.now();
    let mut menu = MenuBuilder::new(app).text("open", "Open Daypass").separator();
    for identity in snapshot.identities.iter().filter(|i| i.state == IdentityState::NeedsSignIn) {
        menu = menu.text(format!("sign-in:{}", identity.name), format!("Sign in to {}", identity.name));
    }
    let alike = Alike::among(&snapshot.roles);
    for session in &snapshot.sessions {
        menu = menu.item(&session_menu(app, session, &alike, now)?);
    }
    let idle: Vec<&RoleView> =
        snapshot.roles.iter().filter(|role| snapshot.sessions.iter().all(|s| s.role_id != role.id)).collect();
    if !idle.is_empty() {
        menu = menu.item(&start_menu(app, &idle, &alike)?);
    }
    if !snapshot.sessions.is_empty() {
        menu = menu.text("stop-all", "Stop all");
    }
    menu.separator().text("quit", "Quit").build()
}

fn session_menu(
    app: &AppHandle,
    session: &SessionView,
    alike: &Alike,
    now: DateTime<Utc>,
) -> tauri::Result<Submenu<Wry>> {
    let profile = &session.profile;
    let mut menu = SubmenuBuilder::new(app, session_label(session, alike, now));
    if session.state == SessionState::NeedsSignIn {
        menu = menu.text(format!("sign-in:{}", session.identity), format!("Sign in to {}", session.identity));
    }
    if session.expires_at.is_some() {
        menu = menu.text(format!("console:{profile}"), "Open console");
        menu = menu.text(format!("copy:{profile}"), "Copy as env");
    }
    menu.text(format!("stop:{profile}"), "Stop").build()
}

fn start_menu(app: &AppHandle, roles: &[&RoleView], alike: &Alike) -> tauri::Result<Submenu<Wry>> {
    let items: Vec<MenuItem<Wry>> = roles
        .iter()
        .take(MOST_ROLES)
        .map(|role| MenuItem::with_id(app, format!("start:{}", role.id), role_label(role, alike), true, None::<&str>))
        .collect::<Result<_, _>>()?;
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(|item| item as &dyn IsMenuItem<Wry>).collect();
    let mut menu = SubmenuBuilder::new(app, "Start").items(&items);
    if roles.len() > MOST_ROLES {
        menu = menu.separator().text("open", format!("{} more in the window", roles.len() - MOST_ROLES));
    }
    menu.build()
}

/// Roles that several identities reach: only of these it is told which identity is meant.
#[derive(Default)]
struct Alike<'a>(HashSet<(&'a str, &'a str)>);

impl<'a> Alike<'a> {
    fn among(roles: &'a [RoleView]) -> Self {
        let mut first: HashMap<(&str, &str), &IdentityName> = HashMap::new();
        let several = |role: &'a RoleView| {
            let key = (role.account.as_str(), role.name.as_str());
            (*first.entry(key).or_insert(&role.identity) != &role.identity).then_some(key)
        };
        Self(roles.iter().filter_map(several).collect())
    }

    fn has(&self, account: &str, name: &str) -> bool {
        self.0.contains(&(account, name))
    }
}

/// `Developer · 123456789012`, with the identity where another one reaches it too.
fn role_label(role: &RoleView, alike: &Alike) -> String {
    let RoleView { name, account, identity, .. } = role;
    match alike.has(account.as_str(), name) {
        true => format!("{name} · {account} · {identity}"),
        false => format!("{name} · {account}"),
    }
}

fn session_label(session: &SessionView, alike: &Alike, now: DateTime<Utc>) -> String {
    let SessionView { profile, role, identity, .. } = session;
    match alike.has(role.account().as_str(), role.name()) {
        true => format!("{profile} · {identity} · {}", standing(session, now)),
        false => format!("{profile} · {}", standing(session, now)),
    }
}

/// `42 min left`, or what is wrong.
fn standing(session: &SessionView, now: DateTime<Utc>) -> String {
    let left = session.expires_at.map(|at| (at - now).num_seconds());
    let time = match left {
        Some(seconds @ 1..=119) => format!("{seconds} s left"),
        Some(seconds @ 120..=5399) => format!("{} min left", seconds / 60),
        Some(seconds) if seconds > 0 => format!("{} h {:02} min left", seconds / 3600, seconds / 60 % 60),
        _ => "expired".to_owned(),
    };
    match session.state {
        SessionState::Starting => "starting".to_owned(),
        SessionState::NeedsSignIn => format!("sign in again · {time}"),
        SessionState::Failed => format!("cannot be renewed · {time}"),
        SessionState::Active | SessionState::Renewing | SessionState::Expired | SessionState::Stopped => time,
    }
}

fn tooltip(snapshot: &Snapshot) -> String {
    match snapshot.sessions.len() {
        0 => "Daypass".to_owned(),
        1 => "Daypass: one session".to_owned(),
        several => format!("Daypass: {several} sessions"),
    }
}

fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    let id = event.id().as_ref().to_owned();
    match id.split_once(':') {
        None => match id.as_str() {
            "open" => window::show(app),
            "quit" => app.exit(0),
            "stop-all" => run(app, |broker, _| async move { broker.stop(None).await.map(drop) }),
            // Of another menu.
            _ => {}
        },
        Some(("sign-in", identity)) => {
            if let Ok(identity) = identity.parse() {
                notify::sign_in(app, identity);
            }
        }
        Some((what, name)) => {
            let (what, name) = (what.to_owned(), name.to_owned());
            run(app, |broker, app| async move { act(&broker, &app, &what, &name).await });
        }
    }
}

async fn act(broker: &Broker, app: &AppHandle, what: &str, name: &str) -> Result<(), Problem> {
    match what {
        "start" => broker.start(name, None, Foreign::Refuse, Delivery::CredentialsFile, false).await.map(drop),
        "stop" => broker.stop(Some(&name.parse()?)).await.map(drop),
        "copy" => commands::copy(broker, &app.state::<Clipboard>(), &name.parse()?, Shell::Sh).await,
        _ => browser::open_secret(&commands::console_url(broker, Some(name.to_owned()), None).await?).await,
    }
}

/// Does something that was chosen in the tray; where it fails, the window says why.
fn run<F>(app: &AppHandle, work: impl FnOnce(Broker, AppHandle) -> F + Send + 'static)
where
    F: Future<Output = Result<(), Problem>> + Send + 'static,
{
    let (app, broker) = (app.clone(), app.state::<Broker>().inner().clone());
    tauri::async_runtime::spawn(async move {
        if let Err(problem) = work(broker, app.clone()).await {
            notify::problem(&app, &problem);
        }
    });
}

/// A tray icon without somebody who shows it is nowhere (GNOME without its extension, bare window managers).
#[cfg(target_os = "linux")]
fn host_is_there() -> bool {
    let ask = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let watcher = zbus::blocking::Proxy::new(
            &bus,
            "org.kde.StatusNotifierWatcher",
            "/StatusNotifierWatcher",
            "org.kde.StatusNotifierWatcher",
        )?;
        watcher.get_property("IsStatusNotifierHostRegistered")
    };
    // On a thread of its own: the blocking interface must not run inside the runtime.
    std::thread::spawn(move || ask().unwrap_or(false)).join().unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
fn host_is_there() -> bool {
    true
}

/// The tray library is opened at run time, and the crate that opens it panics when it is not there.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn library_is_there() -> bool {
    ["libayatana-appindicator3.so.1", "libappindicator3.so.1"].iter().any(|name| {
        // SAFETY: opening runs the library's initialisers, which the tray would run a moment later anyway.
        unsafe { libloading::Library::new(name) }.is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
fn library_is_there() -> bool {
    true
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn role(identity: &str, account: &str, name: &str) -> RoleView {
        let arn = format!("arn:aws:iam::{account}:role/{name}");
        serde_json::from_value(serde_json::json!({
            "id": format!("{identity}:{arn}"), "arn": arn, "kind": "role", "partition": "aws", "account": account,
            "accountName": null, "name": name, "identity": identity, "profile": name, "region": null, "via": [],
            "terms": {}, "source": "declared",
        }))
        .unwrap()
    }

    #[test]
    fn the_identity_is_told_only_where_another_one_reaches_the_role_too() {
        let roles = [
            role("work", "111122223333", "Dev"),
            role("work", "111122223333", "Ops"),
            role("work", "444455556666", "Dev"),
            role("adfs", "111122223333", "Dev"),
        ];
        let alike = Alike::among(&roles);
        let labels: Vec<String> = roles.iter().map(|role| role_label(role, &alike)).collect();
        assert_eq!(
            labels,
            ["Dev · 111122223333 · work", "Ops · 111122223333", "Dev · 444455556666", "Dev · 111122223333 · adfs"]
        );
    }
}
