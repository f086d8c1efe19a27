//! Search while a person types: which items match a query, and in which order.
//!
//! Every term of the query must match one of an item's fields. Better matches come first. Among equally good ones, boosted
//! items (running, recent) do, and then the given order decides.
//!
//! The window ranks with `ui/src/lib/fuzzy.ts`, which is the same algorithm, so that a list looks alike in both. Both run
//! the cases of `ui/src/cases/search.json`; change them together. Texts are UTF-16 here too, for the sake of equal places.
//! `./dev bench search` measures both beside nucleo's matcher.

mod grades;

use grades::{BEST, INITIALS, INSIDE, Text, contained, is_initials, is_numeric, lowered, mask_of, strewn};

pub use grades::{Piece, marked};

/// Items with the texts by which they are found.
pub struct Index {
    items: Vec<Item>,
}

struct Item {
    fields: Vec<(Text, u32)>,
    /// The characters of all its fields.
    mask: u32,
    boost: u8,
}

impl Index {
    /// `fields`: the texts of each item, the most telling first, eight at most.
    pub fn new<T>(items: &[T], fields: impl Fn(&T) -> Vec<String>) -> Self {
        let item = |item: &T| {
            let fields: Vec<(Text, u32)> = fields(item).iter().map(|text| Text::new(text)).map(with_mask).collect();
            let mask = fields.iter().fold(0, |all, (_, mask)| all | mask);
            Item { fields, mask, boost: 0 }
        };
        Self { items: items.iter().map(item).collect() }
    }

    /// Sets which items come first among equally good matches, by index: up to 255; 0 for the rest. The last one counts.
    pub fn boost(&mut self, boosts: impl IntoIterator<Item = (usize, u8)>) {
        self.items.iter_mut().for_each(|item| item.boost = 0);
        for (at, boost) in boosts {
            if let Some(item) = self.items.get_mut(at) {
                item.boost = boost;
            }
        }
    }

    /// The indices of the items that match, best first.
    #[must_use]
    pub fn find(&self, query: &str) -> Vec<usize> {
        let terms: Vec<Term> = query.split_whitespace().map(Term::new).collect();
        let mask = terms.iter().fold(0, |all, term| all | term.mask);
        let mut found: Vec<(u16, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| mask & !item.mask == 0)
            .filter_map(|(at, item)| Some((rank(item.quality(&terms)?, item.boost), at)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, at)| at).collect()
    }
}

fn with_mask(text: Text) -> (Text, u32) {
    let mask = mask_of(&text.lower);
    (text, mask)
}

/// Smaller is better.
fn rank(quality: u16, boost: u8) -> u16 {
    (BEST - quality) * 256 + 255 - u16::from(boost)
}

struct Term {
    lower: Vec<u16>,
    mask: u32,
    is_numeric: bool,
}

impl Term {
    fn new(text: &str) -> Self {
        let lower = lowered(text);
        Self { mask: mask_of(&lower), is_numeric: is_numeric(&lower), lower }
    }
}

impl Item {
    /// How well it matches all terms, rounded half up.
    fn quality(&self, terms: &[Term]) -> Option<u16> {
        let Ok(count @ 1..) = u16::try_from(terms.len()) else { return Some(BEST) };
        let sum = terms.iter().map(|term| self.term_quality(term)).sum::<Option<u16>>()?;
        Some((2 * sum + count) / (2 * count))
    }

    fn term_quality(&self, term: &Term) -> Option<u16> {
        let may_match = |mask: &u32| term.mask & !mask == 0;
        let fields =
            || (0u16..).zip(&self.fields).filter(|(_, (_, mask))| may_match(mask)).map(|(f, (text, _))| (f, text));
        let whole = fields().filter_map(|(f, text)| Some(contained(&term.lower, text)? * 8 - f)).max();
        // Letter by letter, it can only be better than inside a word: as initials.
        if term.is_numeric || whole.is_some_and(|quality| quality > INSIDE * 8) {
            return whole;
        }
        let lettered = |(f, text): (u16, &Text)| {
            let (grade, _) = strewn(&term.lower, &text.lower)?;
            let grade = if is_initials(&term.lower, text).is_some() { INITIALS } else { grade };
            Some(grade * 8 - f)
        };
        fields().filter_map(lettered).chain(whole).max()
    }
}
