//! Commands of the role's page.

use daypass_broker::Outcome;
use daypass_broker::broker::{Broker, Needs};
use daypass_broker::requests::{ChangeSession, Person};
use daypass_core::names::{IdentityName, LeastDuration, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::role_page::{ChainStep, ConsoleService};
use daypass_core::view::SessionView;
use tauri::State;

use super::blocking::blocking;

#[tauri::command]
pub(super) async fn console_services(broker: State<'_, Broker>, role: String) -> Result<Vec<ConsoleService>, Problem> {
    blocking(&broker, move |broker| broker.console_services(&role)).await
}

#[tauri::command]
pub(super) async fn chain_of(broker: State<'_, Broker>, role: String) -> Result<Vec<ChainStep>, Problem> {
    blocking(&broker, move |broker| broker.chain_of(&role)).await
}

#[tauri::command]
pub(super) async fn change_session(
    broker: State<'_, Broker>,
    change: serde_json::Value,
) -> Result<SessionView, Problem> {
    // Parsed here and not by Tauri, so that the error says what was expected.
    let change: ChangeSession = serde_json::from_value(change)
        .map_err(|e| Problem::new(ProblemKind::Invalid, ProblemCode::BadProfileName, e.to_string()))?;
    broker.change_session(&change).await
}

/// Returns whether there was something to put back.
#[tauri::command]
pub(super) async fn stop_and_give_back(broker: State<'_, Broker>, profile: ProfileName) -> Result<bool, Problem> {
    broker.stop_and_give_back(&profile).await
}

/// Makes a read-only session full for some time. `lasts`: as `daypass elevate --for` takes it.
#[tauri::command]
pub(super) async fn elevate(
    broker: State<'_, Broker>,
    profile: ProfileName,
    lasts: String,
    why: String,
    person: Person,
) -> Result<Outcome<SessionView>, Problem> {
    let lasts = lasts.parse::<LeastDuration>()?;
    let elevating = broker.elevate(profile.as_str(), lasts, &why);
    broker.sign_in_first(person, Needs::Profile(&profile), elevating).await
}

/// Ends that before its time.
#[tauri::command]
pub(super) async fn fall_back(broker: State<'_, Broker>, profile: ProfileName) -> Result<SessionView, Problem> {
    broker.fall_back(&profile).await
}

#[tauri::command]
pub(super) async fn rename_identity(
    broker: State<'_, Broker>,
    name: IdentityName,
    new_name: String,
) -> Result<(), Problem> {
    broker.rename_identity(&name, &new_name.parse::<IdentityName>()?).await
}
