//! A pasted address, path or ARN that names a page of the console.

use super::address::{of_address, of_path};
use super::place::{Place, PlaceError};
use super::resource;

/// Longer ones aren't copied from an address bar.
const LONGEST: usize = 8192;

/// Reads an address of the console, a path after its host, or an ARN.
///
/// An address is taken only if its host is a console's, to the letter. What signs in is none: neither a link that
/// switches roles nor one of the federation endpoint.
///
/// # Errors
///
/// [`PlaceError`].
pub fn read_place(text: &str) -> Result<Place, PlaceError> {
    let text = text.trim();
    if text.starts_with("arn:") {
        return resource::read(text);
    }
    let wrong = |why| PlaceError::NotThere { text: text.chars().take(100).collect(), why };
    if text.len() > LONGEST {
        return Err(wrong("it's too long"));
    }
    // What browsers read in different ways.
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(wrong("it has blanks or backslashes in it"));
    }
    match text.starts_with('/') {
        true => of_path(text).map_err(wrong),
        false => of_address(text).map_err(wrong),
    }
}
