//! What keeps botocore, and so the AWS CLI and boto3, from reading a file at all.
//!
//! It reads with Python's strict `RawConfigParser`, and the first fault costs every profile in the file. The SDKs are
//! lenient, so the person sees only that some tools fail.

use std::collections::HashMap;

use crate::lines::{BYTE_ORDER_MARK, LineKind, Lines, raw_title, split_option, trim};

/// The first fault of a file. Its words quote no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// What is wrong there.
    pub what: FaultKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// Each character takes two bytes, as in a file that an old PowerShell wrote.
    #[error("the file is in UTF-16, not UTF-8")]
    Utf16,
    /// The bytes `EF BB BF`, which editors on Windows put in front of UTF-8.
    #[error("the file begins with a byte order mark")]
    ByteOrderMark,
    /// Latin-1, for example.
    #[error("a character isn't in UTF-8")]
    NotUtf8,
    /// Something is above the first section.
    #[error("something comes before the first [section]")]
    NoHeader,
    /// A section's title appears twice.
    #[error("the section appears twice, here and on line {first}")]
    RepeatedSection {
        /// Where it is first.
        first: usize,
    },
    /// A key is twice in a section.
    #[error("a key appears twice in one section, here and on line {first}")]
    RepeatedKey {
        /// Where it is first.
        first: usize,
    },
    /// Neither a header nor `KEY = VALUE`.
    #[error("the line is neither a [section] nor KEY = VALUE")]
    Stray,
    /// A line below a key without a value has no `=`.
    #[error("the indented line belongs to the key above it, and isn't KEY = VALUE")]
    Nested,
}

impl FaultKind {
    /// What to do about it: a phrase that begins in lower case and ends without a full stop.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Utf16 | Self::ByteOrderMark | Self::NotUtf8 => "save the file as UTF-8 without a byte order mark",
            Self::NoHeader => "put a header such as [default] above it, or remove it",
            Self::RepeatedSection { .. } => "remove one of the two sections, or rename it",
            Self::RepeatedKey { .. } => "remove one of the two lines",
            Self::Stray | Self::Nested => "correct the line, remove it, or put a # in front of it",
        }
    }
}

/// The first fault that keeps botocore from reading the file, if it has one.
///
/// Sources: `RawConfigParser._read` of CPython's configparser, and botocore's `raw_config_parse` and `_parse_nested`.
#[must_use]
pub fn first_fault(bytes: &[u8]) -> Option<Fault> {
    let at = |line, what| Some(Fault { line, what });
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || is_utf16_without_mark(bytes) {
        return at(1, FaultKind::Utf16);
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return at(1, FaultKind::ByteOrderMark);
    }
    let of_lines = of_lines(bytes);
    let Err(not_utf8) = str::from_utf8(bytes) else { return of_lines };
    let line = Lines::of_document(&bytes[..not_utf8.valid_up_to()]).count().max(1);
    let line = line + usize::from(bytes[..not_utf8.valid_up_to()].ends_with(b"\n"));
    of_lines.filter(|fault| fault.line < line).or_else(|| at(line, FaultKind::NotUtf8))
}

/// What is a text in ASCII has a NUL in every second byte.
fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64) & !1];
    let nul_at = |odd: usize| start.len() >= 4 && start.iter().skip(odd).step_by(2).all(|&byte| byte == 0);
    nul_at(0) || nul_at(1)
}

fn of_lines(bytes: &[u8]) -> Option<Fault> {
    let mut sections: HashMap<&[u8], usize> = HashMap::new();
    let mut keys: HashMap<(&[u8], String), usize> = HashMap::new();
    let mut section: Option<&[u8]> = None;
    // Below a key without a value, every line is a key of its own.
    let mut is_nested = false;
    for (index, line) in Lines::of_document(bytes).enumerate() {
        let number = index + 1;
        let what = match line.kind {
            LineKind::Blank | LineKind::Comment => continue,
            LineKind::Header => {
                is_nested = false;
                let title = raw_title(line.text).unwrap_or_default();
                section = Some(title);
                match sections.insert(title, number) {
                    // Of this one there may be several.
                    Some(first) if title != b"DEFAULT" => FaultKind::RepeatedSection { first },
                    _ => continue,
                }
            }
            LineKind::Option => {
                let Some((key, value)) = split_option(line.text) else { continue };
                is_nested = value.is_empty();
                let key = String::from_utf8_lossy(key).to_lowercase();
                match keys.insert((section.unwrap_or_default(), key), number) {
                    Some(first) => FaultKind::RepeatedKey { first },
                    None => continue,
                }
            }
            LineKind::Continuation if is_nested && !trim(line.text).contains(&b'=') => FaultKind::Nested,
            LineKind::Continuation => continue,
            LineKind::Stray if section.is_some() => FaultKind::Stray,
            LineKind::Stray => FaultKind::NoHeader,
        };
        return Some(Fault { line: number, what });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_is_found_with_its_line() {
        use FaultKind::{ByteOrderMark, Nested, NoHeader, NotUtf8, RepeatedKey, RepeatedSection, Stray, Utf16};
        let cases: [(&[u8], usize, FaultKind); 22] = [
            (include_bytes!("../tests/cases/unparsable-bom.ini"), 1, ByteOrderMark),
            (include_bytes!("../tests/cases/unparsable-dup-option.ini"), 4, RepeatedKey { first: 2 }),
            (include_bytes!("../tests/cases/unparsable-dup-section.ini"), 7, RepeatedSection { first: 1 }),
            (include_bytes!("../tests/cases/unparsable-no-header.ini"), 1, NoHeader),
            (include_bytes!("../tests/cases/unparsable-stray-line.ini"), 2, Stray),
            (include_bytes!("../tests/cases/unparsable-utf16.ini"), 1, Utf16),
            (b"[a]\nx = 1\nX : 2\n", 3, RepeatedKey { first: 2 }),
            (b"[a]\nx = 1\n[b]\nx = 1\n[a]\n", 5, RepeatedSection { first: 1 }),
            (b"\xc2\xa0[a]\n\x0b[a]\n", 2, RepeatedSection { first: 1 }),
            (b"[a]\n\xe2\x80\x83x = 1\nx = 2\n", 3, RepeatedKey { first: 2 }),
            (b"[a]\nx = 1\nno sign\n[a]\n", 3, Stray),
            (b"[a]\n = 1\n", 2, Stray),
            (b"[]\n", 1, NoHeader),
            (b"# x\n\n; y\nx = 1\n[a]\n", 4, NoHeader),
            (b"[a]\nname = J\xf6rg\n", 2, NotUtf8),
            (b"[a]\r\nx = 1\r\n[b\xe4]\r\n", 3, NotUtf8),
            (b"[a]\nx\nname = J\xf6rg\n", 2, Stray),
            (b"[a]\ns3 =\n  max_concurrent_requests\n", 3, Nested),
            (b"[a]\ns3 =\n\n  a = 1\n  # b\n  c: 2\n", 6, Nested),
            (b"[\0a\0]\0\r\0\n\0", 1, Utf16),
            (b"\xfe\xff\0[\0a\0]", 1, Utf16),
            (b"[DEFAULT]\nx = 1\n[DEFAULT]\nx = 2\n", 4, RepeatedKey { first: 2 }),
        ];
        for (bytes, line, what) in cases {
            assert_eq!(first_fault(bytes), Some(Fault { line, what }), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_botocore_reads_has_no_fault() {
        for text in [
            "",
            "\n# only a comment\n",
            "[a]\nx = 1\n  continues\n\n\n  still\n[ a ]\ny : 2\n",
            "[a]\ns3 =\n  x = 1\n\n  y = 2\nempty =\n",
            "[DEFAULT]\nx = 1\n[DEFAULT]\ny = 2\n[a]\nx = 3\n",
            "\u{a0}\n[a]\u{3000}\n\u{a0}x\u{a0}=\u{a0}1\n",
            "[a]\r\nx = ünïcode\r\n",
            "[profile a]\n[profile \"a\"]\n",
        ] {
            assert_eq!(first_fault(text.as_bytes()), None, "{text:?}");
        }
    }
}
