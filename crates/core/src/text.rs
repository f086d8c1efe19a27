//! Text of others, fit for a message.

/// What a provider says of itself is as long as this at most.
const LONGEST: usize = 300;

/// Without control characters and blanks at the ends, `most` characters at most.
#[must_use]
pub fn cleaned(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    text.trim().to_owned()
}

/// The words of a provider, a service or a browser; none if there are none.
#[must_use]
pub fn said(text: &str) -> Option<String> {
    let text = cleaned(text, LONGEST);
    (!text.is_empty()).then_some(text)
}
