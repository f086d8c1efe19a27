//! What the timeline shows.

use daypass_broker::broker::Broker;
use daypass_core::history::{History, HistoryAsked, HistoryChain, HistoryExport, HistoryFormat, LastUse};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use tauri::{AppHandle, Manager, State};

use super::blocking::blocking;

#[tauri::command]
pub(super) async fn history(broker: State<'_, Broker>, asked: HistoryAsked) -> Result<History, Problem> {
    blocking(&broker, move |broker| broker.history(asked)).await
}

#[tauri::command]
pub(super) async fn check_history(broker: State<'_, Broker>) -> Result<HistoryChain, Problem> {
    blocking(&broker, |broker| Ok(broker.check_history())).await
}

/// Writes events to a file among the person's downloads, or in their home if they don't have that folder. The window
/// gets its path and nothing of it.
#[tauri::command]
pub(super) async fn export_history(
    app: AppHandle,
    broker: State<'_, Broker>,
    asked: HistoryAsked,
    format: HistoryFormat,
) -> Result<HistoryExport, Problem> {
    let paths = app.path();
    let folder = paths.download_dir().or_else(|_| paths.home_dir());
    let folder = folder.map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::WindowFailed, e.to_string()))?;
    blocking(&broker, move |broker| broker.export_history(asked, format, &folder)).await
}

#[tauri::command]
pub(super) async fn last_uses(broker: State<'_, Broker>) -> Result<Vec<LastUse>, Problem> {
    blocking(&broker, |broker| Ok(broker.last_uses())).await
}
