//! Lines, and what each means to botocore: the rules of Python's `configparser` as botocore sets it up
//! (`RawConfigParser()`: `#` and `;` begin a comment line, `=` and `:` end a key, a value may contain
//! blank lines, and a line indented deeper than its key continues the value).
//!
//! A lone CR ends a line here, as in Python's text files, and blanks are those of Python. SDKs that disagree see fewer
//! sections, so we never overlook one.

use std::ops::Range;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineKind {
    Blank,
    Comment,
    /// `[…]`.
    Header,
    /// `key = value`.
    Option,
    /// Continues the value above.
    Continuation,
    /// Anything that no program understands, and anything before the first section.
    Stray,
}

pub(crate) struct Line<'a> {
    pub(crate) kind: LineKind,
    /// Without the line break.
    pub(crate) text: &'a [u8],
    /// In the document, with the line break.
    pub(crate) range: Range<usize>,
}

impl Line<'_> {
    pub(crate) fn line_break(&self) -> &'static str {
        line_break_at_end(self.range.len(), self.text.len())
    }
}

fn line_break_at_end(with: usize, without: usize) -> &'static str {
    if with - without == 2 { "\r\n" } else { "\n" }
}

pub(crate) struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    in_section: bool,
    in_option: bool,
    indent: usize,
}

impl<'a> Lines<'a> {
    /// All lines after the byte order mark.
    pub(crate) fn of_document(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Self { bytes, at, end: bytes.len(), in_section: false, in_option: false, indent: 0 }
    }

    /// The lines of one section, starting with its header.
    pub(crate) fn of_section(bytes: &'a [u8], range: Range<usize>) -> Self {
        Self { bytes, at: range.start, end: range.end, in_section: false, in_option: false, indent: 0 }
    }

    fn classify(&mut self, text: &[u8]) -> LineKind {
        let trimmed = trim_start(text);
        let indent = characters(&text[..text.len() - trimmed.len()]);
        match trimmed.first() {
            None => return LineKind::Blank,
            Some(b'#' | b';') => return LineKind::Comment,
            Some(_) => {}
        }
        if self.in_option && indent > self.indent {
            return LineKind::Continuation;
        }
        self.indent = indent;
        // Most lines are options, of which there may be tens of thousands.
        if trimmed.first() == Some(&b'[') && title(trimmed).is_some() {
            (self.in_section, self.in_option) = (true, false);
            return LineKind::Header;
        }
        if self.in_section && memchr::memchr2(b'=', b':', trimmed).is_some_and(|at| at > 0) {
            self.in_option = true;
            return LineKind::Option;
        }
        LineKind::Stray
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = &self.bytes[self.at..self.end];
        if rest.is_empty() {
            return None;
        }
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let text = &rest[..length];
        let line_break = match &rest[length..] {
            [] => 0,
            [b'\r', b'\n', ..] => 2,
            _ => 1,
        };
        let start = self.at;
        self.at += length + line_break;
        let kind = self.classify(text);
        Some(Line { kind, text, range: start..self.at })
    }
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The text between the brackets of a header, up to the last bracket, as in `configparser`. None if the
/// line is not a header.
pub(crate) fn title(header: &[u8]) -> Option<&[u8]> {
    raw_title(header).map(trim)
}

/// As [`title`], with the blanks in it: botocore tells `[a]` from `[ a ]`.
pub(crate) fn raw_title(header: &[u8]) -> Option<&[u8]> {
    let inside = trim(header).strip_prefix(b"[")?;
    let end = inside.iter().rposition(|&byte| byte == b']')?;
    (end > 0).then(|| &inside[..end])
}

/// Key and value of a line, trimmed.
pub(crate) fn split_option(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr2(b'=', b':', text)?;
    let key = trim(&text[..at]);
    (!key.is_empty()).then(|| (key, trim(&text[at + 1..])))
}

/// Whether Python's `str.strip` takes the character away: what Unicode calls white space, and four separators of ASCII.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Without the blanks at both ends, as by Python's `str.strip`. A no-break space from a web page is one, too.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

fn trim_start(mut text: &[u8]) -> &[u8] {
    while let Some(length) = first_character(text).filter(|c| is_blank(*c)).map(char::len_utf8) {
        text = &text[length..];
    }
    text
}

fn trim_end(mut text: &[u8]) -> &[u8] {
    while let Some(length) = last_character(text).filter(|c| is_blank(*c)).map(char::len_utf8) {
        text = &text[..text.len() - length];
    }
    text
}

/// None for an empty text, and where it doesn't begin with UTF-8.
fn first_character(text: &[u8]) -> Option<char> {
    match text.first()? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => (2..=text.len().min(4)).find_map(|length| str::from_utf8(&text[..length]).ok()?.chars().next()),
    }
}

fn last_character(text: &[u8]) -> Option<char> {
    match text.last()? {
        byte if byte.is_ascii() => Some(char::from(*byte)),
        _ => {
            let mut starts = (2..=text.len().min(4)).map(|length| text.len() - length);
            starts.find_map(|start| str::from_utf8(&text[start..]).ok()?.chars().next_back())
        }
    }
}

/// How many characters a text has. Indentation is counted in them.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count()
}
