//! Text as people type it from memory.

/// Lower case, with one `-` for everything between letters and digits: `Shop – production` is typed `shop-production`.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with('-') {
            folded.push('-');
        }
    }
    folded.truncate(folded.trim_end_matches('-').len());
    folded
}

/// What was typed.
pub(super) struct Typed<'a> {
    text: &'a str,
    pub(super) folded: String,
}

/// How well a name fits what was typed, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// To the letter.
    Same,
    /// But for case and punctuation.
    Equal,
    Begins,
    Contains,
}

impl<'a> Typed<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, folded: folded(text) }
    }

    /// How well a name fits. `None` if it doesn't.
    pub(super) fn fit(&self, name: &str) -> Option<Fit> {
        if name == self.text {
            return Some(Fit::Same);
        }
        let (typed, name) = (self.folded.as_str(), folded(name));
        match name.find(typed) {
            // It has no letter and no digit.
            _ if typed.is_empty() => None,
            Some(0) if name.len() == typed.len() => Some(Fit::Equal),
            Some(0) => Some(Fit::Begins),
            // A single letter is in nearly every name.
            Some(_) if typed.chars().nth(1).is_some() => Some(Fit::Contains),
            _ => None,
        }
    }
}
