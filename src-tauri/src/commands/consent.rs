//! What the person answered about programs. The page lists it and takes it back. It can't answer: the question is a window of
//! the platform's (`crate::consent`).

use daypass_broker::broker::Broker;
use daypass_core::consent::ConsentGiven;
use daypass_core::problem::Problem;
use tauri::State;

use super::blocking::blocking;

#[tauri::command]
pub(super) async fn consents_given(broker: State<'_, Broker>) -> Result<Vec<ConsentGiven>, Problem> {
    blocking(&broker, |broker| Ok(broker.consents().given)).await
}

#[tauri::command]
pub(super) async fn revoke_consent(broker: State<'_, Broker>, id: u32) -> Result<(), Problem> {
    blocking(&broker, move |broker| broker.revoke_consents(Some(id)).map(drop)).await
}
