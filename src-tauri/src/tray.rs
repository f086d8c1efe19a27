//! The tray menu: sessions with their time left, roles to start, and identities to sign in to.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daypass_broker::broker::Broker;
use daypass_broker::requests::{ConsolePage, LockReason};
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::session_request::Delivery;
use daypass_core::text;
use daypass_core::view::{IdentityState, RoleView, SessionState, SessionView, Snapshot};
use daypass_deliver::env::Shell;
use tauri::menu::{CheckMenuItemBuilder, IsMenuItem, Menu, MenuBuilder, MenuEvent, MenuItem, Submenu, SubmenuBuilder};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};
use tokio::sync::Mutex;

use crate::window::Destination;
use crate::{at_login, deeds, notify, passphrase, sign_in, tray_host, window};

const ID: &str = "daypass";
const AT_LOGIN: &str = "start-at-login";

/// People read a menu from top to bottom. With more roles than this, the window is faster.
const MOST_ROLES: usize = 20;

/// The state of the tray icon and its menu.
#[derive(Default)]
pub(crate) struct Tray {
    /// Whether the menu has to be rebuilt.
    stale: AtomicBool,
    /// One rebuild at a time, or an older state could replace a newer one.
    turn: Mutex<()>,
}

/// Creates the icon, if the system has the library for it.
pub(crate) fn create(app: &AppHandle) {
    if !tray_host::library_is_there() {
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
            tray_host::created(app);
            refresh(app);
            keep_time(app);
        }
        Err(error) => tracing::warn!(%error, "could not create the tray icon"),
    }
}

/// Rebuilds the menu soon. Several calls in a row rebuild it once.
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
                tracing::warn!(%error, "could not update the tray menu");
            }
        });
    });
}

/// Rebuilds the menu every minute while a session runs, because it shows the minutes left.
fn keep_time(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            let broker = app.state::<Broker>().inner().clone();
            let running =
                tauri::async_runtime::spawn_blocking(move || !broker.snapshot_without_roles().sessions.is_empty())
                    .await;
            if running.unwrap_or(false) {
                refresh(&app);
            }
        }
    });
}

fn menu(app: &AppHandle, snapshot: &Snapshot) -> tauri::Result<Menu<Wry>> {
    let now = SystemClock.now();
    let mut menu = MenuBuilder::new(app).text("open", "Open Daypass").separator();
    if is_shut(snapshot) {
        menu = menu.text("unlock", "Unlock the vault…").separator();
    }
    for identity in snapshot.identities.iter().filter(|i| i.state == IdentityState::NeedsSignIn) {
        menu = menu.text(format!("sign-in:{}", identity.name), format!("Sign in to {}", identity.name));
    }
    let shared = SharedRoles::among(&snapshot.roles);
    for session in &snapshot.sessions {
        menu = menu.item(&session_menu(app, session, now)?);
    }
    let idle: Vec<&RoleView> =
        snapshot.roles.iter().filter(|role| snapshot.sessions.iter().all(|s| s.role_id != role.id)).collect();
    if !idle.is_empty() {
        menu = menu.item(&start_menu(app, &idle, &shared)?);
    }
    if !snapshot.sessions.is_empty() {
        menu = menu.text("stop-all", "Stop all…");
    }
    if !is_shut(snapshot) && app.state::<Broker>().vault().path().exists() {
        menu = menu.text("lock", "Lock the vault");
    }
    menu = menu.separator();
    let broker = app.state::<Broker>();
    // The sandbox is gone by then.
    if !broker.surroundings().sandbox {
        let on = broker.desktop_settings().start_at_login;
        menu = menu.item(&CheckMenuItemBuilder::with_id(AT_LOGIN, "Start at login").checked(on).build(app)?);
    }
    menu.text("quit", "Quit").build()
}

/// Whether the vault waits for the person to unlock it.
fn is_shut(snapshot: &Snapshot) -> bool {
    let code = snapshot.vault_problem.as_ref().map(|problem| problem.code);
    matches!(code, Some(ProblemCode::VaultLocked | ProblemCode::PassphraseNeeded))
}

fn session_menu(app: &AppHandle, session: &SessionView, now: DateTime<Utc>) -> tauri::Result<Submenu<Wry>> {
    let profile = &session.profile;
    let mut menu = SubmenuBuilder::new(app, session_label(session, now));
    if session.state == SessionState::NeedsSignIn {
        menu = menu.text(format!("sign-in:{}", session.identity), format!("Sign in to {}", session.identity));
    }
    if session.expires_at.is_some() {
        menu = menu.text(format!("console:{profile}"), "Open console");
        menu = menu.text(format!("copy:{profile}"), "Copy as env");
    }
    match session.delivery {
        Delivery::CredentialsFile => {}
        Delivery::Process => {
            // Tools that only read the file don't find this one.
            menu = menu.text(format!("write:{profile}"), "Write to the credentials file");
        }
    }
    menu.text(format!("stop:{profile}"), "Stop").build()
}

fn start_menu(app: &AppHandle, roles: &[&RoleView], shared: &SharedRoles) -> tauri::Result<Submenu<Wry>> {
    let items: Vec<MenuItem<Wry>> = roles
        .iter()
        .take(MOST_ROLES)
        .map(|role| MenuItem::with_id(app, format!("start:{}", role.id), role_label(role, shared), true, None::<&str>))
        .collect::<Result<_, _>>()?;
    let items: Vec<&dyn IsMenuItem<Wry>> = items.iter().map(|item| item as &dyn IsMenuItem<Wry>).collect();
    let mut menu = SubmenuBuilder::new(app, "Start").items(&items);
    if roles.len() > MOST_ROLES {
        menu = menu.separator().text("open", format!("{} more in the window", roles.len() - MOST_ROLES));
    }
    menu.build()
}

/// Roles that several identities can assume. Of those to start, only these are shown with the identity.
#[derive(Default)]
struct SharedRoles<'a>(HashSet<(&'a str, &'a str)>);

impl<'a> SharedRoles<'a> {
    fn among(roles: &'a [RoleView]) -> Self {
        let mut first: HashMap<(&str, &str), &IdentityName> = HashMap::new();
        let several = |role: &'a RoleView| {
            let key = (role.account.as_str(), role.name.as_str());
            (*first.entry(key).or_insert(&role.identity) != &role.identity).then_some(key)
        };
        Self(roles.iter().filter_map(several).collect())
    }

    fn contains(&self, account: &str, name: &str) -> bool {
        self.0.contains(&(account, name))
    }
}

/// `Developer · Shop – staging`, with the digits of an account without a name, and with the identity if another one can assume the role too.
fn role_label(role: &RoleView, shared: &SharedRoles) -> String {
    let RoleView { name, account, account_name, identity, .. } = role;
    let called = account_name.as_deref().unwrap_or(account.as_str());
    let label = match shared.contains(account.as_str(), name) {
        true => format!("{name} · {called} · {identity}"),
        false => format!("{name} · {called}"),
    };
    text::shown(&label).into_owned()
}

fn session_label(session: &SessionView, now: DateTime<Utc>) -> String {
    let SessionView { profile, identity, .. } = session;
    text::shown(&format!("{profile} · {identity} · {}", state_words(session, now))).into_owned()
}

/// `42 min left`, or what's wrong.
fn state_words(session: &SessionView, now: DateTime<Utc>) -> String {
    let left = session.expires_here.map(|at| (at - now).num_seconds());
    let time = match left {
        Some(seconds @ 1..=119) => format!("{seconds} s left"),
        Some(seconds @ 120..=5399) => format!("{} min left", seconds / 60),
        Some(seconds) if seconds > 0 => format!("{} h {:02} min left", seconds / 3600, seconds / 60 % 60),
        _ => "expired".to_owned(),
    };
    let time = match session.delivery {
        Delivery::CredentialsFile => time,
        Delivery::Process => format!("{time} · credential_process"),
    };
    match session.state {
        SessionState::Starting => "starting".to_owned(),
        SessionState::NeedsSignIn => format!("sign in again · {time}"),
        SessionState::Failed => format!("can't renew · {time}"),
        SessionState::Active | SessionState::Renewing | SessionState::Expired | SessionState::Stopped => time,
    }
}

fn tooltip(snapshot: &Snapshot) -> String {
    if is_shut(snapshot) {
        return "Daypass: locked".to_owned();
    }
    match snapshot.sessions.iter().filter(|session| deeds::is_active(session)).count() {
        0 => "Daypass".to_owned(),
        1 => "Daypass: one active session".to_owned(),
        several => format!("Daypass: {several} active sessions"),
    }
}

fn on_menu_event(app: &AppHandle, event: MenuEvent) {
    let id = event.id().as_ref().to_owned();
    match id.split_once(':') {
        None => match id.as_str() {
            "open" => window::show(app),
            "quit" => app.exit(0),
            "unlock" => run(app, |_, app| async move { passphrase::unlock(&app).await }),
            "lock" => run(app, |broker, _| async move {
                broker.lock(LockReason::Asked).await;
                Ok(())
            }),
            AT_LOGIN => run(app, |broker, app| async move {
                let toggled = tauri::async_runtime::spawn_blocking(move || at_login::toggle(&broker)).await;
                // The menu shows the mark as it was clicked, whether it was done or not.
                refresh(&app);
                toggled.unwrap_or(Ok(()))
            }),
            // The window asks first, and can undo it.
            "stop-all" => window::navigate(app, &Destination::StopAll),
            // An entry of another menu.
            _ => {}
        },
        Some(("sign-in", identity)) => {
            if let Ok(identity) = identity.parse() {
                notify::start_sign_in(app, identity);
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
        "start" => match deeds::takes_profile_over(broker, name)? {
            // The window asks before it ends another role's session.
            true => {
                window::navigate(app, &Destination::Role { id: name.to_owned() });
                Ok(())
            }
            false => sign_in::first(app, |person| deeds::start(broker, name, person)).await,
        },
        "stop" => broker.stop(Some(&name.parse()?)).await.map(drop),
        "write" => broker.write_to_file(&name.parse()?).await.map(drop),
        "copy" => {
            let profile = name.parse()?;
            sign_in::first(app, |person| deeds::copy_env(app, &profile, Shell::Sh, person)).await
        }
        _ => sign_in::first(app, |person| deeds::open_console(broker, name, ConsolePage::default(), person)).await,
    }
}

/// Runs an action chosen in the tray. If it fails, a notification says why.
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn role(identity: &str, account: &str, name: &str) -> RoleView {
        let arn = format!("arn:aws:iam::{account}:role/{name}");
        serde_json::from_value(serde_json::json!({
            "id": format!("{identity}:{arn}"), "arn": arn, "kind": "role", "partition": "aws", "account": account,
            "accountName": null, "name": name, "identity": identity, "profile": name, "startedAs": [], "region": null, "via": [],
            "terms": {}, "usualDuration": "1h", "canBeReadOnly": true, "canAssumeRoles": true, "source": "declared",
        }))
        .unwrap()
    }

    #[test]
    fn the_identity_is_shown_only_if_another_one_can_assume_the_role_too() {
        let roles = [
            role("work", "111122223333", "Dev"),
            role("work", "111122223333", "Ops"),
            role("work", "444455556666", "Dev"),
            role("adfs", "111122223333", "Dev"),
        ];
        let shared = SharedRoles::among(&roles);
        let labels: Vec<String> = roles.iter().map(|role| role_label(role, &shared)).collect();
        assert_eq!(
            labels,
            ["Dev · 111122223333 · work", "Ops · 111122223333", "Dev · 444455556666", "Dev · 111122223333 · adfs"]
        );
    }
}
