//! Links that another program opens with Daypass: `daypass://start/ROLE`. Any web page can have one, so each is a question
//! that the window asks, one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tauri::{AppHandle, Manager};

use crate::window::{self, Destination};

/// The link that the person is asked about.
#[derive(Default)]
pub(crate) struct Links(Mutex<Option<String>>);

impl Links {
    fn held(&self) -> MutexGuard<'_, Option<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The link that waits for the person.
    pub(crate) fn asked(&self) -> Option<String> {
        self.held().clone()
    }

    /// The person has answered, or can't be asked.
    pub(crate) fn end(&self) {
        *self.held() = None;
    }

    /// Takes in a link. Another one that waits for the person stays: a page could open a hundred.
    fn ask(&self, link: String) -> bool {
        let mut held = self.held();
        let is_free = held.is_none();
        if is_free {
            *held = Some(link);
        }
        is_free
    }
}

/// Brings up the window, which asks about the link.
pub(crate) fn open(app: &AppHandle, link: String) {
    if !app.state::<Links>().ask(link) {
        tracing::info!("a link was ignored: the window already asks about another one");
    }
    window::navigate(app, &Destination::Link);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_never_replaces_the_question_that_the_person_reads() {
        let links = Links::default();
        assert!(links.ask("daypass://start/one".to_owned()));
        assert!(!links.ask("daypass://start/two".to_owned()));
        assert_eq!(links.asked().as_deref(), Some("daypass://start/one"));
        links.end();
        assert_eq!(links.asked(), None);
        assert!(links.ask("daypass://start/two".to_owned()));
    }
}
