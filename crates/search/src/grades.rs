//! How well a term matches a text. An item has at most eight fields: a grade is worth 8, a field's place 1.

/// Grades of a match. Scattered letters come below them: 3 (nearly together) to 1.
const WHOLE: u16 = 9;
const BEGINNING: u16 = 8;
const WORD: u16 = 7;
pub(crate) const INITIALS: u16 = 6;
pub(crate) const INSIDE: u16 = 5;
pub(crate) const BEST: u16 = WHOLE * 8;

/// A text in UTF-16, as it is written, because words in `PowerUser` start at its capitals, and in lower case.
pub(crate) struct Text {
    raw: Vec<u16>,
    pub(crate) lower: Vec<u16>,
}

impl Text {
    pub(crate) fn new(text: &str) -> Self {
        Self { raw: text.encode_utf16().collect(), lower: lowered(text) }
    }

    fn begins_word(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        let is = |at: usize, class: fn(u16) -> bool| self.raw.get(at).copied().is_some_and(class);
        if !is(before, is_alphanumeric) {
            return is(at, is_alphanumeric);
        }
        is(at, is_upper) && !is(before, is_upper) || is(at, is_digit) && !is(before, is_digit)
    }
}

/// In lower case, and as long as before, so that places in it are places in the text. `İ` stays as it is, because its
/// lower case has two letters.
pub(crate) fn lowered(text: &str) -> Vec<u16> {
    let lower: Vec<u16> = text.to_lowercase().encode_utf16().collect();
    if lower.len() == text.encode_utf16().count() {
        return lower;
    }
    let mut lower = Vec::with_capacity(text.len());
    for c in text.chars() {
        let own: String = c.to_lowercase().collect();
        let is_as_long = own.encode_utf16().count() == c.len_utf16();
        lower.extend(if is_as_long { own } else { c.into() }.encode_utf16());
    }
    lower
}

/// The grade of a term that is in the text as a whole.
pub(crate) fn contained(term: &[u16], text: &Text) -> Option<u16> {
    let at = position(&text.lower, term, 0)?;
    Some(match at {
        0 if text.lower.len() == term.len() => WHOLE,
        0 => BEGINNING,
        _ if word_at(term, text, at).is_some() => WORD,
        _ => INSIDE,
    })
}

/// Where the term stands in the text, from an index on.
fn position(text: &[u16], term: &[u16], from: usize) -> Option<usize> {
    let first = term.first()?;
    let last = text.len().checked_sub(term.len())?;
    (from..=last).find(|&at| text[at] == *first && text[at..].starts_with(term))
}

/// Where, from an index on, the term starts a word.
fn word_at(term: &[u16], text: &Text, from: usize) -> Option<usize> {
    let mut at = Some(from);
    while let Some(here) = at.filter(|&here| !text.begins_word(here)) {
        at = position(&text.lower, term, here + 1);
    }
    at
}

/// The places of the term's letters, if it consists of the beginnings of words, in order: `pu`, `powus` in PowerUser.
pub(crate) fn is_initials(term: &[u16], text: &Text) -> Option<Vec<usize>> {
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
pub(crate) fn strewn(term: &[u16], lower: &[u16]) -> Option<(u16, Vec<usize>)> {
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

fn is_upper(c: u16) -> bool {
    (65..=90).contains(&c)
}

fn is_digit(c: u16) -> bool {
    (48..=57).contains(&c)
}

fn is_alphanumeric(c: u16) -> bool {
    is_upper(c) || is_digit(c) || (97..=122).contains(&c) || c > 127
}

/// One bit for each letter, three for digits, one for punctuation, one for the rest, and none for blanks. Most fields
/// are ruled out by it.
pub(crate) fn mask_of(lower: &[u16]) -> u32 {
    let bit = |&c: &u16| match c {
        97..=122 => 1 << (c - 97),
        48..=57 => 1 << (26 + c % 3),
        128.. => 1 << 29,
        33.. => 1 << 30,
        _ => 0,
    };
    lower.iter().map(bit).fold(0, |mask, bit: u32| mask | bit)
}

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
    let whole = Text::new(text);
    let terms = query.split_whitespace().map(lowered);
    let mut hits = vec![false; whole.raw.len()];
    for at in terms.flat_map(|term| places_of(&term, &whole)) {
        if let Some(hit) = hits.get_mut(at) {
            *hit = true;
        }
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = 0;
    for c in text.chars() {
        // Half a character can't be marked.
        let is_hit = hits[at..at + c.len_utf16()].contains(&true);
        at += c.len_utf16();
        match pieces.last_mut() {
            Some(last) if last.is_hit == is_hit => last.text.push(c),
            _ => pieces.push(Piece { text: c.into(), is_hit }),
        }
    }
    pieces
}

/// The indices of the term's letters in its best match; empty if there is none.
fn places_of(term: &[u16], text: &Text) -> Vec<usize> {
    let Some(grade) = contained(term, text) else {
        let scattered = strewn(term, &text.lower).filter(|_| !is_numeric(term));
        return scattered.map_or_else(Vec::new, |(_, places)| is_initials(term, text).unwrap_or(places));
    };
    let first = position(&text.lower, term, 0);
    let word = first.filter(|_| grade == WORD).and_then(|first| word_at(term, text, first));
    word.or(first).map_or_else(Vec::new, |at| (at..at + term.len()).collect())
}
