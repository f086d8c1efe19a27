//! The first minute: what a pasted text is, and what to suggest.

use daypass_broker::broker::Broker;
use daypass_broker::region;
use daypass_core::names::Region;
use daypass_core::problem::Problem;
use daypass_core::recognised::Recognised;
use tauri::State;

use super::blocking::blocking;

/// `ask`: whether to ask the address in the text, if it doesn't tell by itself.
#[tauri::command]
pub(super) async fn recognise(broker: State<'_, Broker>, text: String, ask: bool) -> Result<Recognised, Problem> {
    let mut recognised = broker.recognise(&text, ask).await;
    recognised.suggest_region(&usual_region(&broker));
    Ok(recognised)
}

/// A region for the profiles of an identity's roles, where nothing names one.
#[tauri::command]
pub(super) async fn suggest_region(broker: State<'_, Broker>) -> Result<Region, Problem> {
    blocking(&broker, |broker| Ok(usual_region(broker))).await
}

fn usual_region(broker: &Broker) -> Region {
    region::usual(&broker.surroundings().places, |name| std::env::var_os(name))
}
