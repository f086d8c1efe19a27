//! The question about a link that another program opened.

use daypass_broker::broker::Broker;
use daypass_core::link::LinkQuestion;
use daypass_core::problem::Problem;
use tauri::{AppHandle, State};

use super::blocking::blocking;
use crate::links::Links;
use crate::quick;

/// What to ask the person about, if a link waits for them. A link that can't be followed is reported once.
#[tauri::command]
pub(super) async fn asked_by_link(
    broker: State<'_, Broker>,
    links: State<'_, Links>,
) -> Result<Option<LinkQuestion>, Problem> {
    let Some(link) = links.asked() else { return Ok(None) };
    let question = blocking(&broker, move |broker| broker.question_of_link(&link)).await;
    if question.is_err() {
        links.end();
    }
    question.map(Some)
}

/// A link that the person pasted. It asks the same question: its text came from elsewhere, too.
#[tauri::command]
pub(super) async fn follow_link(app: AppHandle, link: String) -> Result<(), Problem> {
    crate::links::open(&app, link);
    quick::hide(&app);
    Ok(())
}

/// The person has answered.
#[tauri::command]
pub(super) async fn end_link(links: State<'_, Links>) -> Result<(), Problem> {
    links.end();
    Ok(())
}
