//! What a text seems to be so far.

use daypass_core::recognised::Recognised;

use super::found::Found;
use super::question::Question;

/// What a text is, and what to ask to know more.
#[derive(Debug, Clone)]
pub struct Reading {
    pub(super) found: Found,
}

impl Reading {
    /// What to ask, if the text alone doesn't tell.
    #[must_use]
    pub fn question(&self) -> Option<&Question> {
        self.found.question.as_ref()
    }

    /// What it is. `is_taken`: whether an identity has that name.
    #[must_use]
    pub fn recognised(&self, is_taken: impl Fn(&str) -> bool) -> Recognised {
        self.found.recognised(is_taken)
    }
}
