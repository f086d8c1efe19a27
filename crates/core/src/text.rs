//! Foreign text, made safe for a message.

/// The most characters of a provider's own words.
const LONGEST: usize = 300;

/// The text without control characters and without blanks at the ends, at most `most` characters.
#[must_use]
pub fn cleaned(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    text.trim().to_owned()
}

/// The words of a provider, a service or a browser. `None` if nothing is left of them.
#[must_use]
pub fn said(text: &str) -> Option<String> {
    let text = cleaned(text, LONGEST);
    (!text.is_empty()).then_some(text)
}
