//! How well a term matches a text. An item has at most eight fields: a grade is worth 8, a field's place 1.

use crate::text::{Text, Unit, is_digit};

/// Grades of a match. Scattered letters come below them: 3 (nearly together) to 1.
const WHOLE: u8 = 9;
const BEGINNING: u8 = 8;
const WORD: u8 = 7;
pub(crate) const INITIALS: u8 = 6;
pub(crate) const INSIDE: u8 = 5;
pub(crate) const BEST: u8 = WHOLE * 8;

/// The grade of a term that is in the text as a whole.
pub(crate) fn contained<U: Unit>(term: &[U], text: &Text<'_, U>) -> Option<u8> {
    let at = position(text.lower, term, 0)?;
    Some(match at {
        0 if text.lower.len() == term.len() => WHOLE,
        0 => BEGINNING,
        _ if word_at(term, text, at).is_some() => WORD,
        _ => INSIDE,
    })
}

/// The grade of a term whose letters are in the text one after the other.
pub(crate) fn lettered<U: Unit>(term: &[U], text: &Text<'_, U>) -> Option<u8> {
    let (grade, _) = strewn(term, text.lower)?;
    Some(if is_initials(term, text).is_some() { INITIALS } else { grade })
}

/// Where the term stands in the text, from an index on.
fn position<U: Unit>(text: &[U], term: &[U], from: usize) -> Option<usize> {
    let first = term.first()?;
    let last = text.len().checked_sub(term.len())?;
    (from..=last).find(|&at| text[at] == *first && text[at..].starts_with(term))
}

/// Where, from an index on, the term starts a word.
fn word_at<U: Unit>(term: &[U], text: &Text<'_, U>, from: usize) -> Option<usize> {
    let mut at = Some(from);
    while let Some(here) = at.filter(|&here| !text.begins_word(here)) {
        at = position(text.lower, term, here + 1);
    }
    at
}

/// The places of the term's letters, if it consists of the beginnings of words, in order: `pu`, `powus` in PowerUser.
fn is_initials<U: Unit>(term: &[U], text: &Text<'_, U>) -> Option<Vec<usize>> {
    let mut places: Vec<usize> = Vec::with_capacity(term.len());
    for letter in term {
        let next = places.last().map_or(0, |last| last + 1);
        let continues = !places.is_empty() && text.lower.get(next) == Some(letter);
        let begins = |at: &usize| text.lower[*at] == *letter && text.begins_word(*at);
        places.push(if continues { next } else { (next..text.lower.len()).find(begins)? });
    }
    Some(places)
}

/// A part of an account ID. It has to match as a whole, because digits scattered over IDs mean nothing.
pub(crate) fn is_numeric(term: &[u16]) -> bool {
    term.windows(2).any(|pair| pair.iter().copied().all(is_digit))
}

/// The grade and the places of letters that appear in order, however far apart. It takes the match that ends first, and
/// from its end the shortest.
fn strewn<U: Unit>(term: &[U], lower: &[U]) -> Option<(u8, Vec<usize>)> {
    let mut left = term.iter();
    let mut wanted = left.next()?;
    let mut after = 0;
    loop {
        after += position(&lower[after..], &[*wanted], 0)? + 1;
        match left.next() {
            Some(next) => wanted = next,
            None => break,
        }
    }
    let mut places = Vec::with_capacity(term.len());
    let mut before = after;
    for letter in term.iter().rev() {
        before = lower[..before].iter().rposition(|unit| unit == letter)?;
        places.push(before);
    }
    places.reverse();
    let gaps = after - before - term.len();
    let grade = match gaps {
        0..=2 => 3,
        _ if gaps <= term.len() => 2,
        _ => 1,
    };
    Some((grade, places))
}

/// The indices of the term's letters in its best match; empty if there is none.
pub(crate) fn places_of<U: Unit>(term: &[U], is_numeric: bool, text: &Text<'_, U>) -> Vec<usize> {
    let Some(grade) = contained(term, text) else {
        let scattered = strewn(term, text.lower).filter(|_| !is_numeric);
        return scattered.map_or_else(Vec::new, |(_, places)| is_initials(term, text).unwrap_or(places));
    };
    let first = position(text.lower, term, 0);
    let word = first.filter(|_| grade == WORD).and_then(|first| word_at(term, text, first));
    word.or(first).map_or_else(Vec::new, |at| (at..at + term.len()).collect())
}
