//! Starts the app: arguments, log, agent, window.

use std::process::ExitCode;
use std::sync::Arc;

use daypass_broker::agent::{Listening, Shown};
use daypass_broker::broker::Broker;
#[cfg(target_os = "linux")]
use daypass_broker::web_renderer::{self, WebRenderer};
#[cfg(target_os = "linux")]
use daypass_broker::web_sandbox::{self, WebSandbox};
use daypass_core::link;
use daypass_core::log::LogFilter;
use daypass_core::problem::Problem;
use daypass_core::surroundings::Surroundings;
use daypass_vault::memory;
use tauri::{AppHandle, RunEvent};

use crate::activation::Activation;
#[cfg(target_os = "linux")]
use crate::allocator;
use crate::attention::AttentionList;
use crate::clipboard::Clipboard;
use crate::instance::{self, Claim};
use crate::links::Links;
use crate::look::Looks;
#[cfg(target_os = "macos")]
use crate::macos;
use crate::notify::Notifications;
use crate::quick::shortcut::{self, Shortcut};
use crate::quick::{self, QuickSwitch};
use crate::saml_window::SamlWindows;
use crate::sandbox::{RunningSandbox, SandboxVariables};
use crate::tray_host::TrayIcon;
use crate::trials::Trials;
use crate::{at_login, commands, consent, events, faces, failure, look, passphrase, tray, window};

/// The command-line arguments.
#[derive(Debug, Clone)]
struct Arguments {
    sandbox: bool,
    hidden: bool,
    show: Shown,
}

/// What the arguments have the app say, instead of starting.
enum Told {
    Version,
    Mistake(String),
}

/// Runs the app until the person quits it.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(Told::Version) => {
            tell_version();
            return ExitCode::SUCCESS;
        }
        Err(Told::Mistake(text)) => {
            failure::tell(&text);
            return ExitCode::from(2);
        }
    };
    #[cfg(target_os = "linux")]
    allocator::use_one_arena();
    start_log();
    #[cfg(target_os = "macos")]
    macos::take_over_shell_environment();
    // Tracing stays allowed: XDG portals (the colour scheme, file dialogs) look into /proc/PID to identify the program.
    memory::forbid_core_dumps();
    #[cfg(target_os = "linux")]
    {
        use_web_sandbox();
        choose_web_renderer();
    }
    match prepare(&arguments) {
        Ok(Some(ready)) => open(ready, arguments),
        // Another Daypass is running and has brought its window to the front.
        Ok(None) => ExitCode::SUCCESS,
        Err(problem) => {
            let hint = problem.hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
            failure::tell(&format!("daypass-desktop: {}{hint}", problem.message));
            ExitCode::FAILURE
        }
    }
}

/// Everything the app needs before it has a window.
struct Ready {
    broker: Broker,
    listening: Listening,
    sandbox: Option<RunningSandbox>,
}

fn prepare(arguments: &Arguments) -> Result<Option<Ready>, Problem> {
    tauri::async_runtime::block_on(async {
        let sandbox = if arguments.sandbox { Some(RunningSandbox::start().await?) } else { None };
        let surroundings = match &sandbox {
            Some(sandbox) => sandbox.surroundings(Arc::new(passphrase::wanted))?,
            None => Surroundings::of_process(Arc::new(passphrase::wanted))?,
        };
        match instance::claim(&surroundings.places.socket, &arguments.show).await? {
            Claim::AlreadyRunning => Ok(None),
            Claim::Won(listening) => Ok(Some(Ready { broker: Broker::open(surroundings), listening, sandbox })),
        }
    })
}

fn open(ready: Ready, arguments: Arguments) -> ExitCode {
    let Ready { broker, listening, mut sandbox } = ready;
    let broker_at_the_end = broker.clone();
    let app = tauri::Builder::default();
    #[cfg(not(target_os = "linux"))]
    let app = app.on_menu_event(crate::mfa_code::on_menu_event);
    let app = app
        .manage(broker.clone())
        .manage(Clipboard::new(broker.clone()))
        .manage(SandboxVariables::of(sandbox.as_ref()))
        .manage(Trials::default())
        .manage(tray::Tray::default())
        .manage(AttentionList::default())
        .manage(Notifications::default())
        .manage(TrayIcon::default())
        .manage(Activation::default())
        .manage(Links::default())
        .manage(Looks::default())
        .manage(QuickSwitch::default())
        .manage(Shortcut::default())
        .invoke_handler(commands::all())
        .on_window_event(|window, event| {
            window::on_event(window, event);
            quick::on_event(window, event);
        })
        .setup(move |app| {
            let handle = app.handle();
            let cookies = broker.surroundings().places.sign_in_cookies.clone();
            broker.use_command(commands::command_of_app);
            broker.use_window(Arc::new(SamlWindows::new(handle.clone(), cookies)));
            look::follow(handle);
            tray::create(handle);
            if let Err(error) = window::create(handle, !arguments.hidden && arguments.show == Shown::Window) {
                // Tauri would panic, which is silent without a terminal.
                failure::tell(&no_window(&error));
                handle.exit(1);
                return Ok(());
            }
            instance::serve(handle, listening, broker.clone());
            events::follow(handle, &broker);
            faces::keep(handle);
            at_login::begin(handle, &broker);
            shortcut::follow(handle);
            match arguments.show {
                Shown::Window => {}
                other => instance::show(handle, other),
            }
            tauri::async_runtime::spawn(async move { broker.keep().await });
            passphrase::start(handle);
            consent::follow(handle);
            quit_on_signal(handle.clone());
            #[cfg(target_os = "macos")]
            macos::stay_awake();
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            failure::tell(&no_window(&error));
            return ExitCode::FAILURE;
        }
    };
    app.run(move |_app, event| match event {
        // The person closed the last window, but the tray stays. Quit comes with a code.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::Exit => {
            // A refresh under way has spent its token.
            tauri::async_runtime::block_on(broker_at_the_end.finish());
            // Now, because macOS ends the process when the person quits, and drops nothing. This stops the sandbox's
            // servers and removes its folder.
            drop(sandbox.take());
        }
        // The person clicked the icon in the Dock.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(_app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => macos::open(_app, urls),
        _ => {}
    });
    ExitCode::SUCCESS
}

fn no_window(error: &tauri::Error) -> String {
    format!("daypass-desktop: can't create the window: {error}")
}

/// A signal that asks the process to end quits the app as the person would.
fn quit_on_signal(app: AppHandle) {
    #[cfg(unix)]
    tauri::async_runtime::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [Ok(mut terminate), Ok(mut hang_up), Ok(mut interrupt)] = kinds.map(signal) else {
            tracing::warn!("signals end the app at once");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
            _ = interrupt.recv() => {}
        }
        app.exit(0);
    });
    #[cfg(not(unix))]
    let _ = app;
}

fn arguments(given: impl Iterator<Item = String>) -> Result<Arguments, Told> {
    let mut arguments = Arguments { sandbox: false, hidden: false, show: Shown::Window };
    for argument in given {
        match argument.as_str() {
            "--sandbox" => arguments.sandbox = true,
            "--hidden" => arguments.hidden = true,
            "--quick-switch" => arguments.show = Shown::QuickSwitch,
            "--version" => return Err(Told::Version),
            // What it asks for is read where it is asked about.
            other if link::is_link(other) => arguments.show = Shown::Link(other.to_owned()),
            other => {
                return Err(Told::Mistake(format!(
                    "daypass-desktop: unknown argument {other}\n\
                     usage: daypass-desktop [--sandbox] [--hidden | --quick-switch | LINK]\n  \
                     --sandbox       use a local AWS and identity provider, without touching your own files\n  \
                     --hidden        start in the tray, without showing the window\n  \
                     --quick-switch  open the quick switch\n  \
                     LINK            follow a link, such as daypass://start/ROLE (asks first)"
                )));
            }
        }
    }
    Ok(arguments)
}

/// Starts the log if `DAYPASS_LOG` has a `tracing` filter. Log lines never contain secrets.
fn start_log() {
    if let Ok(asked) = std::env::var("DAYPASS_LOG") {
        let LogFilter { text, mistakes } = daypass_core::log::filter(&asked);
        tracing_subscriber::fmt().with_env_filter(text).with_writer(std::io::stderr).init();
        for mistake in mistakes {
            tracing::error!("DAYPASS_LOG: {mistake}. It's ignored");
        }
    }
}

/// Has WebKitGTK run web pages in its sandbox, which it does only if asked. It ends the app where its sandbox can't be
/// started, so that is tried first. Called before anything starts a thread: the environment belongs to all of them.
#[cfg(target_os = "linux")]
fn use_web_sandbox() {
    let sandbox = WebSandbox::look(|name| std::env::var_os(name));
    match sandbox {
        WebSandbox::Works => {
            if let Err(error) = gtk::glib::setenv(web_sandbox::FORCE, "1", true) {
                tracing::warn!(%error, "web pages run without WebKit's sandbox");
            }
        }
        WebSandbox::SwitchedOff(_)
        | WebSandbox::AppImage
        | WebSandbox::Flatpak
        | WebSandbox::BusInRoot
        | WebSandbox::Missing(_)
        | WebSandbox::Forbidden(_) => {
            tracing::warn!(hint = sandbox.hint(), "{sandbox}");
        }
    }
}

/// Has WebKitGTK draw in a way that shows something on this machine. Called before anything starts a thread, as above.
#[cfg(target_os = "linux")]
fn choose_web_renderer() {
    // A mistake in the file is shown once the window exists.
    let Ok(surroundings) = Surroundings::of_process(Arc::new(passphrase::wanted)) else { return };
    let renderer = WebRenderer::look(|name| std::env::var_os(name), &surroundings.places.config_file);
    tracing::info!("{renderer}");
    let chosen = std::env::var_os(web_renderer::DISABLE_COMPOSITOR).is_some();
    let wanted =
        [(web_renderer::DISABLE_DMABUF, renderer.needs_variable()), (web_renderer::DISABLE_COMPOSITOR, !chosen)];
    for (variable, _) in wanted.into_iter().filter(|(_, is_wanted)| *is_wanted) {
        if let Err(error) = gtk::glib::setenv(variable, "1", true) {
            tracing::warn!(%error, variable, "WebKitGTK chooses how it draws itself");
        }
    }
}

#[allow(clippy::print_stdout)]
fn tell_version() {
    println!("daypass-desktop {}", env!("CARGO_PKG_VERSION"));
}
