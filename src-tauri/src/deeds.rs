//! Actions that the window and the tray share.

use aws_files::Foreign;
use daypass_broker::Outcome;
use daypass_broker::broker::{Broker, Needs};
use daypass_broker::requests::{ChangeSession, ConsolePage, Person, SessionKeys};
use daypass_core::history::{TakenBy, Taker};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_core::view::{SessionState, SessionView};
use daypass_deliver::env;
use daypass_deliver::env::{Shell, Variables};
use secrecy::ExposeSecret;
use tauri::{AppHandle, Manager};

use crate::clipboard::Clipboard;
use crate::sandbox::SandboxVariables;

/// Whether a start of the role would end the session of another role, under whose profile it would run.
///
/// # Errors
///
/// As [`Broker::role`].
pub(crate) fn takes_profile_over(broker: &Broker, role: &str) -> Result<bool, Problem> {
    let role = broker.role(role)?;
    let sessions = broker.snapshot_without_roles().sessions;
    Ok(sessions.iter().any(|other| other.profile == role.profile && other.role_id != role.id && is_active(other)))
}

/// Whether a session has credentials, or is getting them.
pub(crate) fn is_active(session: &SessionView) -> bool {
    match session.state {
        SessionState::Starting | SessionState::Active | SessionState::Renewing | SessionState::NeedsSignIn => true,
        SessionState::Failed => session.expires_at.is_some(),
        SessionState::Expired | SessionState::Stopped => false,
    }
}

/// Starts a role on its own terms.
pub(crate) async fn start(broker: &Broker, role: &str, person: Person) -> Result<Outcome<()>, Problem> {
    Ok(broker.start_or_sign_in(role, None, None, Foreign::Refuse, false, person).await?.map(drop))
}

/// Writes a running session to the AWS credentials file, without an exchange.
pub(crate) async fn write_to_file(broker: &Broker, profile: ProfileName) -> Result<(), Problem> {
    let asked = ChangeSession { delivery: Some(Delivery::CredentialsFile), ..ChangeSession::of(profile) };
    broker.change_session(&asked).await.map(drop)
}

/// Puts a session's credentials on the clipboard, as shell commands.
pub(crate) async fn copy_env(
    app: &AppHandle,
    profile: &ProfileName,
    shell: Shell,
    person: Person,
) -> Result<Outcome<()>, Problem> {
    let broker = app.state::<Broker>();
    let copy = async {
        let SessionKeys { keys, session } = broker.keys(profile).await?;
        // In which program the person pastes them isn't known.
        broker.note_taken(&session.profile, Taker::new(TakenBy::Clipboard, None, None));
        // Which variables the person's terminal has by then isn't known here.
        let mut variables = Variables::of_session(&keys, &session, |_| None);
        app.state::<SandboxVariables>().add_to(&mut variables);
        let text = env::statements(&variables, shell)?;
        app.state::<Clipboard>().put(text.expose_secret().to_owned())
    };
    broker.sign_in_first(person, Needs::Profile(profile), copy).await
}

/// Puts the sandbox's variables on the clipboard, as shell commands that also remove credentials from elsewhere.
pub(crate) fn copy_sandbox_env(app: &AppHandle, shell: Shell) -> Result<(), Problem> {
    let mut variables = Variables::without_credentials();
    app.state::<SandboxVariables>().add_to(&mut variables);
    let text = env::statements(&variables, shell)?;
    app.state::<Clipboard>().put(text.expose_secret().to_owned())
}

/// Opens the console where its settings say. Its sign-in URL is a secret, and goes to the browser only.
///
/// # Errors
///
/// What [`Broker::console`] refuses; when no browser can be started there.
pub(crate) async fn open_console(
    broker: &Broker,
    role: &str,
    page: ConsolePage,
    person: Person,
) -> Result<Outcome<()>, Problem> {
    let (role, page) = broker.reaching(role.to_owned(), page)?;
    let needs = Needs::Console(&role, page.sign_in);
    let open = async {
        let console = broker.console(&role, page).await?;
        daypass_broker::broker::open_console(&console, &broker.surroundings().places).await
    };
    broker.sign_in_first(person, needs, open).await
}
