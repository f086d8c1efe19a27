//! Which parts of a text show why it's listed.

use crate::Term;
use crate::grades::places_of;
use crate::text::{Kept, Texts};

/// A part of a text, and whether the query matched it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The part.
    pub text: String,
    /// Whether it shows why the text is listed.
    pub is_hit: bool,
}

/// The text in pieces, with those that the query matched marked.
#[must_use]
pub fn marked(text: &str, query: &str) -> Vec<Piece> {
    let ranges = ranges(text, query);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    for c in text.chars() {
        let is_hit = ranges.iter().any(|&(from, to)| (from..to).contains(&at));
        at += c.len_utf16();
        match pieces.last_mut() {
            Some(last) if last.is_hit == is_hit => last.text.push(c),
            _ => pieces.push(Piece { text: c.into(), is_hit }),
        }
    }
    pieces
}

/// The parts of the text that the query matched, in order: where each begins and where it has ended, in UTF-16 units.
#[must_use]
pub fn ranges(text: &str, query: &str) -> Vec<(usize, usize)> {
    let hits = hits(text, query);
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for c in text.chars() {
        let end = at + c.len_utf16();
        // Half a character can't be marked.
        if hits.get(at..end).is_some_and(|units| units.contains(&true)) {
            match ranges.last_mut() {
                Some(last) if last.1 == at => last.1 = end,
                _ => ranges.push((at, end)),
            }
        }
        at = end;
    }
    ranges
}

/// Of each UTF-16 unit, whether a term matched it.
fn hits(text: &str, query: &str) -> Vec<bool> {
    let mut terms = query.split_whitespace().map(Term::new).peekable();
    if terms.peek().is_none() {
        return Vec::new();
    }
    let mut texts = Texts::default();
    let id = texts.push(text);
    let mut hits = vec![false; text.encode_utf16().count()];
    for term in terms {
        let places = match (texts.get(id), &term.ascii) {
            (Kept::Ascii(text), Some(ascii)) => places_of(ascii, term.is_numeric, &text),
            (Kept::Ascii(_), None) => Vec::new(),
            (Kept::Wide(text), _) => places_of(&term.wide, term.is_numeric, &text),
        };
        for at in places {
            hits[at] = true;
        }
    }
    hits
}
