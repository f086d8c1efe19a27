//! Lines, and what each means to botocore: the rules of Python's `configparser` as botocore sets it up
//! (`RawConfigParser()`: `#` and `;` begin a comment line, `=` and `:` end a key, a value may contain
//! blank lines, and a line indented deeper than its key continues the value).
//!
//! A lone CR ends a line here, as in Python's text files. SDKs that disagree see fewer sections, so we
//! never overlook one.

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
        let trimmed = text.trim_ascii_start();
        let indent = text.len() - trimmed.len();
        match trimmed.first() {
            None => return LineKind::Blank,
            Some(b'#' | b';') => return LineKind::Comment,
            Some(_) => {}
        }
        if self.in_option && indent > self.indent {
            return LineKind::Continuation;
        }
        self.indent = indent;
        if title(trimmed).is_some() {
            (self.in_section, self.in_option) = (true, false);
            return LineKind::Header;
        }
        if self.in_section && split_option(trimmed).is_some() {
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
    let inside = header.trim_ascii().strip_prefix(b"[")?;
    let end = inside.iter().rposition(|&byte| byte == b']')?;
    (end > 0).then(|| inside[..end].trim_ascii())
}

/// Key and value of a line, trimmed.
pub(crate) fn split_option(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr2(b'=', b':', text)?;
    let key = text[..at].trim_ascii();
    (!key.is_empty()).then(|| (key, text[at + 1..].trim_ascii()))
}
