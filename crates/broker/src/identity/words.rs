//! Text of others, fit for a message.

/// What a provider says of itself is as long as this at most.
const LONGEST: usize = 300;

/// Without control characters and blanks at the ends, `most` characters at most.
pub(super) fn cleaned(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(most).collect();
    text.trim().to_owned()
}

/// The words of a provider, a service or a browser; none if there are none.
pub(super) fn said(text: &str) -> Option<String> {
    let text = cleaned(text, LONGEST);
    (!text.is_empty()).then_some(text)
}

/// Whether a text is a `scope-token` (RFC 6749, 3.3): one word without blanks, quotes and backslashes.
pub(super) fn is_scope(text: &str) -> bool {
    let is_token = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
    !text.is_empty() && text.bytes().all(is_token)
}
