//! What a pasted text is: the address that a company gave to a person, an e-mail with that address in it, a block of
//! `~/.aws/config`, a key's ID, an ARN. Pure. An address that doesn't tell by itself what it is comes with a [`Question`],
//! which the caller asks over the network, and whose answer [`Reading`] takes.
//!
//! The forms are those of the providers' public documentation; `tests` has a table of them.

mod address;
mod answers;
mod aws;
mod block;
mod found;
mod identifiers;
mod labels;
mod mail;
mod name;
mod providers;
mod question;
mod reading;
mod saml_products;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod web;

use daypass_core::recognised::Thing;

pub use answers::Issuer;
use found::Found;
pub use question::Question;
pub use reading::Reading;

/// Longer texts are cut. An e-mail with its headers is shorter.
const LONGEST: usize = 64 * 1024;

/// Reads what was pasted.
#[must_use]
pub fn read(text: &str) -> Reading {
    let text = cut(text.trim());
    let mut found = block::read(text).unwrap_or_else(|| best(text));
    labels::complete(&mut found, text);
    Reading { found }
}

/// The most telling part of the text.
fn best(text: &str) -> Found {
    let mut best: Option<Found> = None;
    for found in mail::parts(text).iter().filter_map(|part| identifiers::read(part)) {
        if best.as_ref().is_none_or(|other| found.weight() > other.weight()) {
            best = Some(found);
        }
    }
    best.unwrap_or_else(|| Found::new(Thing::Nothing, ""))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
