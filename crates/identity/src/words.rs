//! The grammar of scopes.

/// Whether a text is a `scope-token` (RFC 6749, 3.3): one word without spaces, quotes or backslashes.
pub(super) fn is_scope(text: &str) -> bool {
    let is_token = |b: u8| b == 0x21 || (0x23..=0x5b).contains(&b) || (0x5d..=0x7e).contains(&b);
    !text.is_empty() && text.bytes().all(is_token)
}
