//! The texts by which items are found, all in one place: two bytes fewer for each letter, and no allocation for each text.

/// A unit of a text: a byte where the text is ASCII, which nearly all are, or else a UTF-16 unit.
pub(crate) trait Unit: Copy + Eq {
    /// As UTF-16.
    fn wide(self) -> u16;
}

impl Unit for u8 {
    fn wide(self) -> u16 {
        self.into()
    }
}

impl Unit for u16 {
    fn wide(self) -> u16 {
        self
    }
}

/// A text in lower case, and where its words begin in the text as it was written: in `PowerUser` at its capitals.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a, U> {
    pub(crate) lower: &'a [U],
    begins: &'a [u64],
    /// The bit of the first unit.
    first: usize,
}

impl<U> Text<'_, U> {
    pub(crate) fn begins_word(&self, at: usize) -> bool {
        let bit = self.first + at;
        self.begins[bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// Many texts.
#[derive(Default)]
pub(crate) struct Texts {
    places: Vec<Place>,
    /// The characters of each text.
    masks: Vec<u32>,
    ascii: Units<u8>,
    wide: Units<u16>,
}

struct Place {
    from: u32,
    /// Its units, and whether they are wide.
    length: u32,
}

const WIDE: u32 = 1 << 31;

struct Units<U> {
    lower: Vec<U>,
    begins: Vec<u64>,
}

impl<U> Default for Units<U> {
    fn default() -> Self {
        Self { lower: Vec::new(), begins: Vec::new() }
    }
}

impl<U: Unit> Units<U> {
    fn push(&mut self, raw: &[u16], lower: impl Iterator<Item = U>) -> Place {
        let from = self.lower.len();
        self.lower.extend(lower);
        self.begins.resize(self.lower.len().div_ceil(64), 0);
        for at in (0..raw.len()).filter(|&at| begins_word(raw, at)) {
            self.begins[(from + at) / 64] |= 1 << ((from + at) % 64);
        }
        Place { from: number(from), length: number(self.lower.len() - from) }
    }

    fn get(&self, from: u32, length: u32) -> Text<'_, U> {
        let first = from as usize;
        Text { lower: &self.lower[first..first + length as usize], begins: &self.begins, first }
    }
}

/// A text in the units that it is kept in.
pub(crate) enum Kept<'a> {
    Ascii(Text<'a, u8>),
    Wide(Text<'a, u16>),
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) -> u32 {
        let raw: Vec<u16> = text.encode_utf16().collect();
        let place = if text.is_ascii() {
            self.ascii.push(&raw, text.bytes().map(|byte| byte.to_ascii_lowercase()))
        } else {
            let Place { from, length } = self.wide.push(&raw, lowered(text).into_iter());
            Place { from, length: length | WIDE }
        };
        self.places.push(place);
        let id = number(self.masks.len());
        self.masks.push(match self.get(id) {
            Kept::Ascii(text) => mask_of(text.lower),
            Kept::Wide(text) => mask_of(text.lower),
        });
        id
    }

    pub(crate) fn get(&self, id: u32) -> Kept<'_> {
        let Place { from, length } = self.places[id as usize];
        match length & WIDE {
            0 => Kept::Ascii(self.ascii.get(from, length)),
            _ => Kept::Wide(self.wide.get(from, length & !WIDE)),
        }
    }

    pub(crate) fn mask(&self, id: u32) -> u32 {
        self.masks[id as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn shrink(&mut self) {
        self.places.shrink_to_fit();
        self.masks.shrink_to_fit();
        self.ascii.lower.shrink_to_fit();
        self.wide.lower.shrink_to_fit();
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
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

fn begins_word(raw: &[u16], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    let is = |at: usize, class: fn(u16) -> bool| raw.get(at).copied().is_some_and(class);
    if !is(before, is_alphanumeric) {
        return is(at, is_alphanumeric);
    }
    is(at, is_upper) && !is(before, is_upper) || is(at, is_digit) && !is(before, is_digit)
}

fn is_upper(c: u16) -> bool {
    (65..=90).contains(&c)
}

pub(crate) fn is_digit(c: u16) -> bool {
    (48..=57).contains(&c)
}

fn is_alphanumeric(c: u16) -> bool {
    is_upper(c) || is_digit(c) || (97..=122).contains(&c) || c > 127
}

/// One bit for each letter, three for digits, one for punctuation, one for the rest, and none for blanks. Most texts are
/// ruled out by it.
pub(crate) fn mask_of<U: Unit>(lower: &[U]) -> u32 {
    let bit = |c: u16| match c {
        97..=122 => 1 << (c - 97),
        48..=57 => 1 << (26 + c % 3),
        128.. => 1 << 29,
        33.. => 1 << 30,
        _ => 0,
    };
    lower.iter().map(|unit| bit(unit.wide())).fold(0, |mask, bit: u32| mask | bit)
}
