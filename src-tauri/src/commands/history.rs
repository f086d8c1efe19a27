//! What the timeline shows.

use daypass_broker::broker::Broker;
use daypass_core::history::{History, HistoryAsked, HistoryChain};
use daypass_core::problem::Problem;
use tauri::State;

use super::blocking;

#[tauri::command]
pub(super) async fn history(broker: State<'_, Broker>, asked: HistoryAsked) -> Result<History, Problem> {
    blocking(&broker, move |broker| broker.history(asked)).await
}

#[tauri::command]
pub(super) async fn check_history(broker: State<'_, Broker>) -> Result<HistoryChain, Problem> {
    blocking(&broker, |broker| Ok(broker.check_history())).await
}
