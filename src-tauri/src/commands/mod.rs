//! The commands that the window may call. Each delegates in a few lines, and each error is a [`Problem`].

mod attention;
mod blocking;
mod consent;
mod first;
mod history;
mod links;
mod quick;
mod role;
mod roles;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_files::Foreign;
use daypass_broker::Outcome;
use daypass_broker::broker::{Broker, Needs, OldKey};
use daypass_broker::generated::command_path_of_app;
use daypass_broker::import::{self, ImportAsked, PlannedImport, TypedForImport};
use daypass_broker::requests::{ConsolePage, ConsoleSignInPage, LockReason, Person};
use daypass_core::import::{ImportOutcome, ImportPlan, ImportUndone};
use daypass_core::names::{AccountId, CatalogName, IdentityName, ProfileName, Region};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{CatalogView, DeclaredRole, HandOut};
use daypass_core::view::{
    BrowserChoice, BrowserChoices, FieldMistake, RoleCheck, SessionView, SignInAsk, Snapshot, TrialNews, TrialStep,
};
use daypass_deliver::env::Shell;
use daypass_identity::SignInRequest;
use daypass_identity::browser;
use daypass_sts::Denial;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, Manager, State, WebviewWindow, Wry};

use self::blocking::blocking;
use crate::clipboard::Clipboard;
use crate::sign_in::{SIGN_IN_LIMIT, open_browser, open_page};
use crate::trials::Trials;
use crate::{deeds, mfa_code, passphrase, saml_window, sandbox, tray_host};

/// The window asks for these by itself, so they don't show that the person is present.
const AUTOMATIC: &[&str] = &[
    "snapshot",
    "shell_facts",
    "attention",
    "tools_found",
    "history",
    "check_history",
    "last_uses",
    "consents_given",
    "console_services",
    "chain_of",
    "asked_by_link",
    "quick_ready",
    "quick_hide",
    "quick_shortcut",
    "roles_found",
    "roles_now",
    "roles",
    "suggest_region",
    "settings",
];

/// All commands.
pub(crate) fn all() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    let answer = each();
    move |invoke| {
        if !AUTOMATIC.contains(&invoke.message.command()) {
            invoke.message.webview_ref().state::<Broker>().person_acts();
        }
        answer(invoke)
    }
}

fn each() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        snapshot,
        shell_facts,
        attention::attention,
        roles::roles_found,
        roles::more_roles,
        roles::roles_now,
        roles::roles_ranked,
        roles::roles,
        roles::roles_before,
        roles::account,
        roles::add_favourites,
        roles::remove_favourites,
        roles::move_favourite,
        roles::put_account_folder,
        roles::put_filter,
        roles::remove_filter,
        add_identity,
        update_identity,
        remove_identity,
        check_identity,
        first::recognise,
        first::suggest_region,
        try_settings,
        likely_mfa_serial,
        try_identity,
        end_trial,
        sign_in,
        cancel_sign_in,
        sign_out,
        list_roles,
        copy_sign_in_url,
        open_sign_in_url,
        show_sign_in_window,
        copy_mfa_code,
        show_mfa_code,
        rotate_key,
        check_role,
        put_role,
        remove_role,
        accept_catalog,
        put_account_region,
        start,
        stop,
        stop_all,
        undo_stop,
        renew,
        copy_env,
        open_console,
        roles_reaching,
        browser_choices,
        choose_browser,
        copy_console_url,
        tools_found,
        plan_import,
        import_planned,
        undo_import,
        explain_denial,
        whose_key,
        start_sandbox,
        leave_sandbox,
        copy_sandbox_env,
        open_config_file,
        keep_key_in_file,
        lock_vault,
        unlock_vault,
        set_zoom,
        links::asked_by_link,
        links::end_link,
        links::follow_link,
        quick::quick_ready,
        quick::quick_hide,
        quick::quick_start,
        quick::quick_console,
        quick::quick_show,
        quick::quick_shortcut,
        history::history,
        history::check_history,
        history::export_history,
        history::last_uses,
        consent::consents_given,
        consent::revoke_consent,
        settings::settings,
        settings::put_setting,
        settings::browsers,
        settings::vault_status,
        settings::change_passphrase,
        settings::use_passphrase,
        settings::put_proxy_sign_in,
        settings::forget_proxy_sign_in,
        settings::refresh_catalogs,
        settings::remove_catalog,
        settings::files_of_daypass,
        role::console_services,
        role::chain_of,
        role::change_session,
        role::stop_and_give_back,
        role::elevate,
        role::fall_back,
        role::rename_identity,
    ]
}

#[tauri::command]
async fn snapshot(broker: State<'_, Broker>) -> Result<Snapshot, Problem> {
    blocking(&broker, |broker| Ok(broker.window_snapshot())).await
}

/// Facts about this machine that the window needs.
#[derive(Serialize)]
struct ShellFacts {
    tray: bool,
    version: &'static str,
    platform: &'static str,
}

#[tauri::command]
async fn shell_facts(app: AppHandle) -> ShellFacts {
    ShellFacts { tray: tray_host::is_visible(&app), version: env!("CARGO_PKG_VERSION"), platform: std::env::consts::OS }
}

#[tauri::command]
async fn add_identity(
    broker: State<'_, Broker>,
    name: IdentityName,
    settings: IdentitySettings,
    secrets: TypedSecrets,
) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.put_identity(&name, &settings, &secrets, true)).await
}

#[tauri::command]
async fn update_identity(
    broker: State<'_, Broker>,
    name: IdentityName,
    settings: IdentitySettings,
    secrets: TypedSecrets,
) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.put_identity(&name, &settings, &secrets, false)).await
}

#[tauri::command]
async fn remove_identity(broker: State<'_, Broker>, name: IdentityName) -> Result<(), Problem> {
    broker.remove_identity(&name).await
}

/// `settings` as they were typed: what cannot be read is a mistake in its field, not an error.
#[tauri::command]
async fn check_identity(
    broker: State<'_, Broker>,
    name: String,
    settings: serde_json::Value,
    new: bool,
) -> Result<Vec<FieldMistake>, Problem> {
    blocking(&broker, move |broker| broker.check_identity(&name, &settings, new)).await
}

#[tauri::command]
async fn try_settings(
    broker: State<'_, Broker>,
    trials: State<'_, Trials>,
    name: IdentityName,
    settings: IdentitySettings,
    secrets: TypedSecrets,
    exists: bool,
    news: Channel<TrialNews>,
) -> Result<Vec<TrialStep>, Problem> {
    let tell = |step| drop(news.send(step));
    let trial = async { Ok(broker.try_settings(&name, &settings, secrets, exists, &tell).await) };
    trials.run(news.id(), trial).await
}

/// What the MFA device of the IAM user in the form is most likely called.
#[tauri::command]
async fn likely_mfa_serial(
    broker: State<'_, Broker>,
    name: IdentityName,
    settings: IdentitySettings,
    secrets: TypedSecrets,
    exists: bool,
) -> Result<Option<String>, Problem> {
    broker.likely_mfa_serial(&name, &settings, secrets, exists).await
}

#[tauri::command]
async fn try_identity(
    broker: State<'_, Broker>,
    trials: State<'_, Trials>,
    name: IdentityName,
    news: Channel<TrialNews>,
) -> Result<Vec<TrialStep>, Problem> {
    let tell = |step| drop(news.send(step));
    trials.run(news.id(), broker.try_identity(&name, &tell)).await
}

/// Ends the trial that reports to this channel.
#[tauri::command]
async fn end_trial(trials: State<'_, Trials>, news: u32) -> Result<(), Problem> {
    trials.end(news);
    Ok(())
}

#[tauri::command]
async fn sign_in(
    broker: State<'_, Broker>,
    identity: IdentityName,
    device: bool,
    given: TypedSecrets,
) -> Result<(), Problem> {
    let show = |ask: &SignInAsk| open_browser(&broker, &identity, ask);
    let asked = SignInRequest { limit: SIGN_IN_LIMIT, device, given: &given, show: &show, caution: &|_| () };
    broker.sign_in(&identity, asked).await.map(drop)
}

#[tauri::command]
async fn cancel_sign_in(broker: State<'_, Broker>, identity: IdentityName) -> Result<(), Problem> {
    // If there is nothing to cancel, the person already has what they want.
    let _ = broker.cancel_sign_in(&identity);
    Ok(())
}

#[tauri::command]
async fn sign_out(broker: State<'_, Broker>, identity: IdentityName) -> Result<(), Problem> {
    broker.sign_out(&identity).await.map(drop)
}

/// Returns the number of roles. Events report the progress, and why it failed.
#[tauri::command]
async fn list_roles(broker: State<'_, Broker>, identity: IdentityName) -> Result<usize, Problem> {
    broker.list_roles(&identity, &|_| ()).await
}

#[tauri::command]
async fn copy_sign_in_url(
    broker: State<'_, Broker>,
    clipboard: State<'_, Clipboard>,
    identity: IdentityName,
) -> Result<(), Problem> {
    clipboard.put(sign_in_url(&broker, &identity)?)
}

#[tauri::command]
async fn open_sign_in_url(broker: State<'_, Broker>, identity: IdentityName) -> Result<(), Problem> {
    open_page(&broker, &identity, &sign_in_url(&broker, &identity)?)
}

#[tauri::command]
async fn show_sign_in_window(app: AppHandle, identity: IdentityName) -> Result<(), Problem> {
    if saml_window::show(&app, &identity) {
        return Ok(());
    }
    let message = format!("no sign-in window for {identity} is open");
    Err(Problem::new(ProblemKind::NotFound, ProblemCode::NoSignIn, message).hint("press Sign in first"))
}

/// Facts about a copied MFA code. The code itself goes to the clipboard and not to the window.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CopiedCode {
    seconds_left: u32,
    used: bool,
}

#[tauri::command]
async fn copy_mfa_code(
    broker: State<'_, Broker>,
    clipboard: State<'_, Clipboard>,
    identity: IdentityName,
) -> Result<CopiedCode, Problem> {
    let shown = broker.mfa_code(&identity).await?;
    clipboard.put(shown.code.expose_secret().to_owned())?;
    Ok(CopiedCode { seconds_left: shown.seconds_left, used: shown.used })
}

/// Shows the code outside the web view.
#[tauri::command]
async fn show_mfa_code(app: AppHandle, identity: IdentityName) -> Result<(), Problem> {
    mfa_code::show(&app, identity).await
}

#[tauri::command]
async fn rotate_key(broker: State<'_, Broker>, identity: IdentityName) -> Result<(), Problem> {
    broker.rotate_key(&identity).await.map(drop)
}

/// The URL of a sign-in that waits for the person.
fn sign_in_url(broker: &Broker, identity: &IdentityName) -> Result<String, Problem> {
    let ask = broker.sign_in_ask(identity);
    ask.and_then(|ask| ask.url().map(str::to_owned)).ok_or_else(|| {
        let message = format!("no sign-in to {identity} is in progress");
        Problem::new(ProblemKind::NotFound, ProblemCode::NoSignIn, message).hint("press Sign in first")
    })
}

/// As [`check_identity`], for a role.
#[tauri::command]
async fn check_role(broker: State<'_, Broker>, role: serde_json::Value, new: bool) -> Result<RoleCheck, Problem> {
    blocking(&broker, move |broker| Ok(broker.check_role(&role, new))).await
}

#[tauri::command]
async fn put_role(
    broker: State<'_, Broker>,
    role: serde_json::Value,
    hand_out: Option<HandOut>,
) -> Result<(), Problem> {
    // Parsed here and not by Tauri, so that the error says what was expected.
    let role: DeclaredRole = serde_json::from_value(role).map_err(|e| {
        Problem::new(ProblemKind::Invalid, ProblemCode::BadRole, e.to_string())
            .hint("fix the field named in the message and save again")
    })?;
    blocking(&broker, move |broker| match hand_out {
        Some(hand_out) => broker.put_role_and(&role, hand_out),
        None => broker.put_role(&role, None, false),
    })
    .await
}

#[tauri::command]
async fn accept_catalog(
    broker: State<'_, Broker>,
    name: CatalogName,
    waiting_id: Option<String>,
) -> Result<CatalogView, Problem> {
    broker.accept_catalog(&name, waiting_id.as_deref(), false).await
}

#[tauri::command]
async fn remove_role(broker: State<'_, Broker>, role: String) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.remove_role(&role)).await
}

#[tauri::command]
async fn put_account_region(
    broker: State<'_, Broker>,
    account: AccountId,
    region: Option<Region>,
) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.put_account_region(&account, region)).await
}

#[tauri::command]
async fn start(
    broker: State<'_, Broker>,
    role: String,
    profile: Option<String>,
    replace_foreign: bool,
    read_only: bool,
    person: Person,
) -> Result<Outcome<SessionView>, Problem> {
    let profile = profile.map(|text| text.parse::<ProfileName>()).transpose()?;
    let foreign = if replace_foreign { Foreign::BackUpAndReplace } else { Foreign::Refuse };
    broker.start_or_sign_in(&role, profile, None, foreign, read_only, person).await
}

#[tauri::command]
async fn stop(broker: State<'_, Broker>, profile: ProfileName) -> Result<(), Problem> {
    broker.stop_for_now(Some(&profile)).await.map(drop)
}

#[tauri::command]
async fn stop_all(broker: State<'_, Broker>) -> Result<(), Problem> {
    broker.stop_for_now(None).await.map(drop)
}

/// Undoes [`stop`] or [`stop_all`]. Tries all, and reports the first failure.
#[tauri::command]
async fn undo_stop(broker: State<'_, Broker>, profiles: Vec<ProfileName>) -> Result<(), Problem> {
    let mut outcome = Ok(());
    for profile in &profiles {
        outcome = outcome.and(broker.undo_stop(profile).await.map(drop));
    }
    outcome
}

#[tauri::command]
async fn renew(broker: State<'_, Broker>, profile: ProfileName, person: Person) -> Result<Outcome<()>, Problem> {
    let renewed = broker.sign_in_first(person, Needs::Renewal(&profile), broker.renew(&profile)).await?;
    Ok(renewed.map(drop))
}

#[tauri::command]
async fn copy_env(app: AppHandle, profile: ProfileName, shell: Shell, person: Person) -> Result<Outcome<()>, Problem> {
    deeds::copy_env(&app, &profile, shell, person).await
}

/// `role` may be the profile of a running session.
#[tauri::command]
async fn open_console(
    broker: State<'_, Broker>,
    role: String,
    service: Option<String>,
    to: Option<String>,
    person: Person,
) -> Result<Outcome<()>, Problem> {
    let page = ConsolePage { service, to, ..ConsolePage::default() };
    deeds::open_console(&broker, &role, page, person).await
}

/// The ids of the roles that reach a page of the console or the resource of an ARN.
#[tauri::command]
async fn roles_reaching(broker: State<'_, Broker>, page: String) -> Result<Vec<String>, Problem> {
    let roles = broker.roles_reaching(&page)?;
    Ok(roles.into_iter().map(|role| role.id).collect())
}

#[tauri::command]
async fn browser_choices(broker: State<'_, Broker>, role: String) -> Result<BrowserChoices, Problem> {
    broker.browser_choices(&role)
}

#[tauri::command]
async fn choose_browser(broker: State<'_, Broker>, role: String, choice: BrowserChoice) -> Result<(), Problem> {
    broker.choose_browser(&role, &choice)
}

/// Console sign-in URLs are secrets. They go to the browser or the clipboard, never to the window.
#[tauri::command]
async fn copy_console_url(
    broker: State<'_, Broker>,
    clipboard: State<'_, Clipboard>,
    profile: String,
    person: Person,
) -> Result<Outcome<()>, Problem> {
    let page = ConsolePage { as_url: true, ..ConsolePage::default() };
    let copy = async {
        match broker.console(&profile, page).await?.page {
            ConsoleSignInPage::Url(url) => clipboard.put(url.expose().to_owned()),
            // It was asked for as an address.
            ConsoleSignInPage::Assertion { .. } => Ok(()),
        }
    };
    broker.sign_in_first(person, Needs::Role(&profile), copy).await
}

/// The names of other tools that something can be imported from. Nothing leads out of the sandbox, so it has none.
#[tauri::command]
async fn tools_found(broker: State<'_, Broker>) -> Result<Vec<&'static str>, Problem> {
    if broker.surroundings().sandbox {
        return Ok(Vec::new());
    }
    blocking(&broker, |broker| Ok(import::tools_found(&broker.surroundings().places, |name| std::env::var_os(name))))
        .await
}

#[tauri::command]
async fn plan_import(broker: State<'_, Broker>, move_keys: bool) -> Result<ImportPlan, Problem> {
    blocking(&broker, move |broker| planned_import(broker, move_keys)).await.map(|planned| planned.plan)
}

fn planned_import(broker: &Broker, move_keys: bool) -> Result<PlannedImport, Problem> {
    let command = command_of_app()?;
    let asked = ImportAsked { tools: Vec::new(), keep_profiles: false, move_keys, types_secrets: true, command };
    broker.plan_import(import::machine(&broker.surroundings().places, |name: &str| std::env::var_os(name)), asked)
}

/// The `daypass` command that profiles name.
pub(crate) fn command_of_app() -> Result<PathBuf, Problem> {
    let app = std::env::current_exe()
        .map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::NoCommandPath, e.to_string()))?;
    command_path_of_app(&app, |name| std::env::var_os(name))
}

/// What became of an import that the person agreed to.
#[derive(Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
enum Imported {
    Done {
        outcome: ImportOutcome,
    },
    /// The files say something else by now, and the person hasn't seen it.
    Changed {
        plan: ImportPlan,
    },
}

/// Imports what the person was `shown`, and nothing else.
#[tauri::command]
async fn import_planned(
    broker: State<'_, Broker>,
    move_keys: bool,
    shown: serde_json::Value,
    secrets: BTreeMap<IdentityName, TypedSecrets>,
    passphrases: BTreeMap<String, SecretString>,
) -> Result<Imported, Problem> {
    let planned = blocking(&broker, move |broker| planned_import(broker, move_keys)).await?;
    if serde_json::to_value(&planned.plan).ok() != Some(shown) {
        return Ok(Imported::Changed { plan: planned.plan });
    }
    let typed = TypedForImport { secrets, passphrases };
    Ok(Imported::Done { outcome: broker.import(planned, &typed).await? })
}

#[tauri::command]
async fn undo_import(broker: State<'_, Broker>) -> Result<ImportUndone, Problem> {
    broker.undo_import().await
}

#[tauri::command]
async fn explain_denial(broker: State<'_, Broker>, profile: ProfileName, message: String) -> Result<Denial, Problem> {
    broker.explain_denial(&profile, &message).await
}

#[tauri::command]
async fn whose_key(broker: State<'_, Broker>, profile: ProfileName, key_id: String) -> Result<AccountId, Problem> {
    broker.whose_key(&profile, &key_id).await
}

#[tauri::command]
async fn start_sandbox(app: AppHandle, broker: State<'_, Broker>) -> Result<(), Problem> {
    sandbox::start_again(true)?;
    // This Daypass stays in the tray while it has sessions to renew.
    if broker.snapshot_without_roles().sessions.is_empty() {
        app.exit(0);
    }
    Ok(())
}

/// For a terminal whose tools are to use the sandbox.
#[tauri::command]
async fn copy_sandbox_env(app: AppHandle, shell: Shell) -> Result<(), Problem> {
    deeds::copy_sandbox_env(&app, shell)
}

#[tauri::command]
async fn leave_sandbox(app: AppHandle) -> Result<(), Problem> {
    sandbox::start_again(false)?;
    app.exit(0);
    Ok(())
}

#[tauri::command]
async fn open_config_file(broker: State<'_, Broker>) -> Result<(), Problem> {
    let path = &broker.surroundings().places.config_file;
    browser::open_file(path)
}

/// Without a keyring: puts the vault's key into a file beside `config.toml`.
#[tauri::command]
async fn keep_key_in_file(broker: State<'_, Broker>) -> Result<(), Problem> {
    blocking(&broker, |broker| {
        broker.move_vault(&broker.usual_key_file(), OldKey::Remove)?;
        broker.look_at_key();
        Ok(())
    })
    .await
}

#[tauri::command]
async fn lock_vault(broker: State<'_, Broker>) -> Result<(), Problem> {
    broker.lock(LockReason::Asked).await;
    Ok(())
}

/// Asks for the passphrase outside of the page, if there is one.
#[tauri::command]
async fn unlock_vault(app: AppHandle) -> Result<(), Problem> {
    passphrase::unlock(&app).await
}

/// How large the window shows everything. 1 is the size that it was made for.
#[tauri::command]
async fn set_zoom(window: WebviewWindow, factor: f64) -> Result<(), Problem> {
    let failed = |e: tauri::Error| Problem::new(ProblemKind::Failed, ProblemCode::WindowFailed, e.to_string());
    window.set_zoom(factor.clamp(0.5, 3.0)).map_err(failed)
}
