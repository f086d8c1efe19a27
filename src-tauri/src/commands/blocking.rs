//! Runs a command's blocking work.

use daypass_broker::broker::Broker;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use tauri::{State, async_runtime};

/// Runs work that may wait for a file or the keyring, off the threads that serve the window.
pub(super) async fn blocking<T: Send + 'static>(
    broker: &State<'_, Broker>,
    work: impl FnOnce(&Broker) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let broker = broker.inner().clone();
    async_runtime::spawn_blocking(move || work(&broker))
        .await
        .map_err(|e| Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, e.to_string()))?
}
