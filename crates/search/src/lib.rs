//! Search while a person types: which items match a query, and in which order.
//!
//! Every term of the query must match one of an item's fields. Better matches come first. Among equally good ones, boosted
//! items (favourites, running, often used) do, and then the given order decides.
//!
//! Three things make it fast. A 32-bit mask of a text's characters rejects most texts with one `&`. A text that many items
//! share is graded once for each term. And a query that only grew is matched against what it found before. Places in texts
//! are UTF-16 units, because the window marks them. `./dev bench search` measures it beside nucleo's matcher.

mod grades;
mod marks;
mod natural;
mod text;

use grades::{BEST, INSIDE, contained, is_numeric, lettered};
use text::{Kept, Texts, lowered, mask_of};

pub use marks::{Piece, marked, ranges};
pub use natural::{Natural, natural};

/// Items with the texts by which they are found.
pub struct Index {
    texts: Texts,
    /// The texts of all items, one item after another.
    fields: Vec<u32>,
    /// Where each item's texts end.
    ends: Vec<u32>,
    /// The characters of each item's texts.
    masks: Vec<u32>,
}

/// Collects items.
#[derive(Default)]
pub struct IndexBuilder {
    texts: Texts,
    fields: Vec<u32>,
    ends: Vec<u32>,
    masks: Vec<u32>,
}

/// A text of an [`IndexBuilder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TextId(u32);

impl IndexBuilder {
    /// Takes a text in. Items that share it give its id.
    pub fn text(&mut self, text: &str) -> TextId {
        TextId(self.texts.push(text))
    }

    /// Adds an item with its texts, the most telling first, eight at most.
    pub fn item(&mut self, fields: &[TextId]) {
        self.fields.extend(fields.iter().map(|id| id.0));
        self.ends.push(u32::try_from(self.fields.len()).unwrap_or(u32::MAX));
        self.masks.push(fields.iter().fold(0, |mask, id| mask | self.texts.mask(id.0)));
    }

    /// The index.
    #[must_use]
    pub fn build(self) -> Index {
        let Self { mut texts, mut fields, mut ends, mut masks } = self;
        texts.shrink();
        fields.shrink_to_fit();
        ends.shrink_to_fit();
        masks.shrink_to_fit();
        Index { texts, fields, ends, masks }
    }
}

impl Index {
    /// `fields`: the texts of each item, the most telling first, eight at most.
    pub fn new<T>(items: &[T], fields: impl Fn(&T) -> Vec<String>) -> Self {
        let mut index = IndexBuilder::default();
        for item in items {
            let ids: Vec<TextId> = fields(item).iter().map(|text| index.text(text)).collect();
            index.item(&ids);
        }
        index.build()
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The items that match. `within`: only these are looked at, in their order, such as those that a beginning of the
    /// query found.
    #[must_use]
    pub fn hits(&self, query: &str, within: Option<&[u32]>) -> Hits {
        let mut terms: Vec<Grader<'_>> = query.split_whitespace().map(|term| Grader::new(self, term)).collect();
        let mask = terms.iter().fold(0, |all, grader| all | grader.term.mask);
        let mut hits = Hits::default();
        let mut look = |item: u32| {
            if mask & !self.masks[item as usize] == 0
                && let Some(quality) = self.quality(item, &mut terms)
            {
                hits.items.push(item);
                hits.qualities.push(quality);
            }
        };
        match within {
            Some(items) => items.iter().for_each(|&item| look(item)),
            None => (0..u32::try_from(self.len()).unwrap_or(u32::MAX)).for_each(look),
        }
        hits
    }

    /// The indices of the items that match, best first. `boost`: of each item, up to 255; the higher is first among
    /// equally good matches.
    #[must_use]
    pub fn find(&self, query: &str, boost: impl Fn(u32) -> u8) -> Vec<usize> {
        self.hits(query, None).by_rank(boost).into_iter().map(|item| item as usize).collect()
    }

    /// How well an item matches all terms, rounded half up.
    fn quality(&self, item: u32, terms: &mut [Grader<'_>]) -> Option<u8> {
        let Ok(count @ 1..) = u32::try_from(terms.len()) else { return Some(BEST) };
        let first = (item as usize).checked_sub(1).map_or(0, |before| self.ends[before]) as usize;
        let fields = &self.fields[first..self.ends[item as usize] as usize];
        let mut sum = 0;
        for term in terms {
            sum += u32::from(term.quality(fields)?);
        }
        u8::try_from((2 * sum + count) / (2 * count)).ok()
    }
}

/// The items that match a query, in the order in which they were looked at, and how well each does.
#[derive(Debug, Default, Clone)]
pub struct Hits {
    items: Vec<u32>,
    qualities: Vec<u8>,
}

impl Hits {
    /// The items, in order.
    #[must_use]
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Leaves out the items that aren't wanted.
    pub fn retain(&mut self, keep: impl Fn(u32) -> bool) {
        let kept: Vec<bool> = self.items.iter().map(|&item| keep(item)).collect();
        let mut is_kept = kept.iter().copied();
        self.items.retain(|_| is_kept.next() == Some(true));
        let mut is_kept = kept.iter().copied();
        self.qualities.retain(|_| is_kept.next() == Some(true));
    }

    /// Takes in what a smaller index found, whose items are called otherwise here. Of two qualities the better one counts.
    pub fn join(&mut self, other: &Self, called: impl Fn(u32) -> u32) {
        for (&item, &quality) in other.items.iter().zip(&other.qualities) {
            let item = called(item);
            match self.items.binary_search(&item) {
                Ok(at) => self.qualities[at] = self.qualities[at].max(quality),
                Err(at) => {
                    self.items.insert(at, item);
                    self.qualities.insert(at, quality);
                }
            }
        }
    }

    /// The items, best first.
    #[must_use]
    pub fn by_rank(&self, boost: impl Fn(u32) -> u8) -> Vec<u32> {
        // Counted, not compared: there are few ranks, and equal ones stay in order.
        const RANKS: usize = (BEST as usize + 1) * 256;
        let rank = |at: usize| usize::from(BEST - self.qualities[at]) * 256 + usize::from(255 - boost(self.items[at]));
        let ranks: Vec<usize> = (0..self.items.len()).map(rank).collect();
        let mut starts = vec![0u32; RANKS + 1];
        ranks.iter().for_each(|&rank| starts[rank + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut sorted = vec![0; self.items.len()];
        for (&item, &rank) in self.items.iter().zip(&ranks) {
            sorted[starts[rank] as usize] = item;
            starts[rank] += 1;
        }
        sorted
    }
}

pub(crate) struct Term {
    wide: Vec<u16>,
    /// The same, for texts that are ASCII.
    ascii: Option<Vec<u8>>,
    mask: u32,
    is_numeric: bool,
}

impl Term {
    fn new(text: &str) -> Self {
        let wide = lowered(text);
        let ascii = wide.iter().map(|&unit| u8::try_from(unit).ok().filter(u8::is_ascii)).collect();
        Self { mask: mask_of(&wide), is_numeric: is_numeric(&wide), ascii, wide }
    }
}

/// A term, and the grades of the texts that it was compared with.
struct Grader<'a> {
    texts: &'a Texts,
    term: Term,
    /// By text: as a whole in the low half, letter by letter in the high half.
    grades: Vec<u8>,
}

const UNKNOWN: u8 = 15;

impl<'a> Grader<'a> {
    fn new(index: &'a Index, term: &str) -> Self {
        let grades = vec![UNKNOWN << 4 | UNKNOWN; index.texts.len()];
        Self { texts: &index.texts, term: Term::new(term), grades }
    }

    fn quality(&mut self, fields: &[u32]) -> Option<u8> {
        let mut best = 0;
        for (place, &text) in (0u8..).zip(fields) {
            match self.whole(text) {
                0 => {}
                grade => best = best.max(grade * 8 - place),
            }
        }
        // Letter by letter, it can only be better than inside a word: as initials.
        if !self.term.is_numeric && best <= INSIDE * 8 {
            for (place, &text) in (0u8..).zip(fields) {
                match self.letters(text) {
                    0 => {}
                    grade => best = best.max(grade * 8 - place),
                }
            }
        }
        (best > 0).then_some(best)
    }

    /// The grade of the whole term in a text; 0 if it isn't in it.
    fn whole(&mut self, text: u32) -> u8 {
        let known = self.grades[text as usize];
        if known & 15 != UNKNOWN {
            return known & 15;
        }
        let grade = match (self.texts.get(text), &self.term.ascii) {
            _ if self.is_ruled_out(text) => None,
            (Kept::Ascii(text), Some(term)) => contained(term, &text),
            (Kept::Ascii(_), None) => None,
            (Kept::Wide(text), _) => contained(&self.term.wide, &text),
        };
        let grade = grade.unwrap_or(0);
        self.grades[text as usize] = known & !15 | grade;
        grade
    }

    /// The grade of the term's letters in a text; 0 if they aren't in it.
    fn letters(&mut self, text: u32) -> u8 {
        let known = self.grades[text as usize];
        if known >> 4 != UNKNOWN {
            return known >> 4;
        }
        let grade = match (self.texts.get(text), &self.term.ascii) {
            _ if self.is_ruled_out(text) => None,
            (Kept::Ascii(text), Some(term)) => lettered(term, &text),
            (Kept::Ascii(_), None) => None,
            (Kept::Wide(text), _) => lettered(&self.term.wide, &text),
        };
        let grade = grade.unwrap_or(0);
        self.grades[text as usize] = known & 15 | grade << 4;
        grade
    }

    fn is_ruled_out(&self, text: u32) -> bool {
        self.term.mask & !self.texts.mask(text) != 0
    }
}
