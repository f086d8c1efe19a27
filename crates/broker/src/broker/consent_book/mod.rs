//! What an agent knows about consent questions and their answers.

mod answerer;
mod book;

use std::sync::Mutex;

use tokio::sync::Notify;

pub use answerer::Answerer;
pub(super) use answerer::check as check_answerer;
pub(super) use book::{Answer, Book, WAITS, Wanted};

/// The book is read when the first question comes up. The bell rings when it changes.
#[derive(Default)]
pub(super) struct Consent {
    pub(super) book: Mutex<Option<Book>>,
    pub(super) bell: Notify,
}
