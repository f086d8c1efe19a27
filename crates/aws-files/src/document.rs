//! A shared AWS file as bytes, and adding a profile to it. Pure: bytes in, bytes out.

use std::borrow::Cow;
use std::ops::Range;

use crate::header::Kind;
use crate::lines::{BYTE_ORDER_MARK, Line, LineKind, Lines, split_option, title};
use crate::marker::{self, Marker, Origin};
use crate::names::{Key, ProfileName, Value};

/// A parsed file. Every byte stays; whatever cannot be understood is somebody else's and left alone.
///
/// Parsing never fails, and takes time in proportion to the length.
pub struct Document<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) kind: Kind,
    pub(crate) sections: Vec<Section<'a>>,
}

/// From one header to the next.
pub(crate) struct Section<'a> {
    /// Line of the header, from 1.
    pub(crate) line: usize,
    pub(crate) range: Range<usize>,
    /// None: no profile (`[sso-session x]`, for example).
    pub(crate) profile: Option<Cow<'a, str>>,
    /// None: not ours.
    pub(crate) marker: Option<Marker<'a>>,
}

/// What to do about a profile of the same name that is not Daypass's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Leave it, and refuse with [`Error::ForeignProfile`](crate::Error::ForeignProfile).
    Refuse,
    /// Copy the file beside itself, then make the profile Daypass's.
    BackUpAndReplace,
}

/// Bytes of the document to be replaced.
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) with: Vec<u8>,
}

impl<'a> Document<'a> {
    /// Takes any bytes.
    #[must_use]
    pub fn parse(bytes: &'a [u8], kind: Kind) -> Self {
        // Memory that is not touched costs nothing; growing a vector of thousands does.
        let mut sections: Vec<Section<'a>> = Vec::with_capacity(bytes.len() / 128);
        for (number, line) in Lines::of_document(bytes).enumerate() {
            match line.kind {
                LineKind::Header => {
                    if let Some(above) = sections.last_mut() {
                        above.range.end = line.range.start;
                    }
                    let profile = title(line.text).and_then(|title| kind.profile(title));
                    let range = line.range.start..bytes.len();
                    sections.push(Section { line: number + 1, range, profile, marker: None });
                }
                LineKind::Comment => {
                    if let Some(section) = sections.last_mut()
                        && section.marker.is_none()
                        && let Some(marker) = Marker::parse(line.text)
                        && section.profile.as_deref() == Some(marker.profile)
                    {
                        section.marker = Some(marker);
                    }
                }
                _ => {}
            }
        }
        Self { bytes, kind, sections }
    }

    /// The line (from 1) of the first section that is this profile but not Daypass's.
    #[must_use]
    pub fn foreign(&self, profile: &ProfileName) -> Option<usize> {
        self.sections.iter().find(|section| section.is(profile) && section.marker.is_none()).map(|section| section.line)
    }

    /// The profiles that Daypass has in the file, in the file's order.
    pub fn owned(&self) -> impl Iterator<Item = &str> {
        let active = |section: &&Section<'_>| section.marker.is_some_and(|marker| marker.is_active());
        self.sections.iter().filter(active).filter_map(|section| section.profile.as_deref())
    }

    /// The bytes with the profile in them, whatever it was before (ask [`Document::foreign`] first).
    /// It stays where it was, or comes last. `new_file`: there is no file yet, so that the file goes
    /// when the profile does.
    #[must_use]
    pub fn with(&self, profile: &ProfileName, entries: &[(Key, Value)], new_file: bool) -> Vec<u8> {
        let mut sections = self.sections.iter().enumerate().filter(|(_, section)| section.is(profile));
        let Some((first, section)) = sections.next() else {
            return self.with_added(profile, entries, new_file);
        };
        let mut splices = vec![match &section.marker {
            Some(marker) => self.rewritten(section, marker, profile, entries),
            None => self.taken_over(section, profile, entries),
        }];
        // Others of the same name would hide what is written, or keep botocore from reading at all.
        if sections.next().is_some() {
            let others = self.removal(|index, section| index != first && section.is(profile));
            splices.extend(others.splices);
        }
        splice(self.bytes, splices)
    }

    /// At the end, below an empty line.
    fn with_added(&self, profile: &ProfileName, entries: &[(Key, Value)], new_file: bool) -> Vec<u8> {
        let line_break = self.line_break();
        let text = self.bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(self.bytes);
        let line_breaks = match text.strip_suffix(b"\n") {
            None if text.is_empty() => 0,
            None => 2,
            Some(lines) => {
                let last = lines.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
                u8::from(!last.trim_ascii().is_empty())
            }
        };
        let origin = Origin { line_breaks, new_file };
        let mut bytes = self.bytes.to_vec();
        bytes.extend(line_break.repeat(line_breaks.into()).into_bytes());
        push_line(&mut bytes, &self.kind.header(profile), line_break);
        push_profile(&mut bytes, profile, entries, origin, line_break);
        bytes
    }

    /// Our section with new entries in the place of the old ones, and all other lines as they are.
    fn rewritten(
        &self,
        section: &Section<'_>,
        marker: &Marker<'_>,
        profile: &ProfileName,
        entries: &[(Key, Value)],
    ) -> Splice {
        let lines = section.lines_of(self.bytes, |key| {
            marker.writes(key) || entries.iter().any(|(ours, _)| ours.as_str().as_bytes().eq_ignore_ascii_case(key))
        });
        let line_break = lines.first().map_or("\n", |(line, _)| line.line_break());
        // Where the old entries begin. Without any: behind the person's lines, as an indented one
        // would become part of ours if it came below it.
        let place = lines.iter().position(|(_, part)| *part == Part::Entry).unwrap_or_else(|| {
            let last = lines.iter().rposition(|(line, part)| *part == Part::Marker || line.is_meant());
            last.map_or(lines.len(), |last| last + 1)
        });
        let written = marker::active(entries.iter().map(|(key, _)| key), profile.as_str(), marker.origin);
        let mut with = Vec::new();
        for (index, (line, part)) in lines.iter().enumerate() {
            end_line(&mut with, line_break);
            if index == place {
                push_entries(&mut with, entries, line_break);
            }
            match part {
                Part::Entry => {}
                Part::Marker => push_line(&mut with, &written, line_break),
                Part::Header | Part::Theirs => with.extend_from_slice(&self.bytes[line.range.clone()]),
            }
        }
        if place >= lines.len() {
            end_line(&mut with, line_break);
            push_entries(&mut with, entries, line_break);
        }
        Splice { range: section.range.clone(), with }
    }

    /// Somebody's section made ours, from the header to the last line that means something: comments
    /// and empty lines behind it may be about what comes next.
    fn taken_over(&self, section: &Section<'_>, profile: &ProfileName, entries: &[(Key, Value)]) -> Splice {
        let lines = Lines::of_section(self.bytes, section.range.clone());
        let last = lines.filter(|line| line.is_meant() || line.kind == LineKind::Header).last();
        let end = last.map_or(section.range.end, |line| line.range.end);
        let line_break = self.line_break_of(section);
        let mut with = Vec::new();
        push_line(&mut with, &self.kind.header(profile), line_break);
        push_profile(&mut with, profile, entries, Origin::default(), line_break);
        Splice { range: section.range.start..end, with }
    }

    /// The document's own, where something is added: that of its last line.
    fn line_break(&self) -> &'static str {
        match self.bytes.iter().rposition(|&byte| byte == b'\n') {
            Some(at) if at > 0 && self.bytes[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }
}

/// Whose a line in one of our sections is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Header,
    Marker,
    Entry,
    Theirs,
}

impl<'a> Section<'a> {
    pub(crate) fn is(&self, profile: &ProfileName) -> bool {
        self.profile.as_deref() == Some(profile.as_str())
    }

    /// The lines of the section, with whose they are. `is_ours` knows our keys.
    pub(crate) fn lines_of<'b>(&self, bytes: &'b [u8], is_ours: impl Fn(&[u8]) -> bool) -> Vec<(Line<'b>, Part)> {
        let mut above = Part::Theirs;
        let part_of = |line: Line<'b>| {
            let part = match line.kind {
                LineKind::Header => Part::Header,
                LineKind::Comment if Marker::parse(line.text) == self.marker => Part::Marker,
                LineKind::Option => {
                    let ours = split_option(line.text).is_some_and(|(key, _)| is_ours(key));
                    above = if ours { Part::Entry } else { Part::Theirs };
                    above
                }
                LineKind::Continuation => above,
                LineKind::Comment | LineKind::Blank | LineKind::Stray => Part::Theirs,
            };
            (line, part)
        };
        Lines::of_section(bytes, self.range.clone()).map(part_of).collect()
    }
}

impl Line<'_> {
    /// Whether a reader of the file would make something of it.
    pub(crate) fn is_meant(&self) -> bool {
        matches!(self.kind, LineKind::Option | LineKind::Continuation | LineKind::Stray)
    }
}

/// The bytes with all splices made, which do not overlap.
pub(crate) fn splice(bytes: &[u8], mut splices: Vec<Splice>) -> Vec<u8> {
    splices.sort_by_key(|splice| splice.range.start);
    let added: usize = splices.iter().map(|splice| splice.with.len()).sum();
    let mut spliced = Vec::with_capacity(bytes.len() + added);
    let mut at = 0;
    for splice in splices {
        spliced.extend_from_slice(&bytes[at..splice.range.start]);
        spliced.extend_from_slice(&splice.with);
        at = splice.range.end;
    }
    spliced.extend_from_slice(&bytes[at..]);
    spliced
}

pub(crate) fn push_line(bytes: &mut Vec<u8>, line: &str, line_break: &str) {
    bytes.extend_from_slice(line.as_bytes());
    bytes.extend_from_slice(line_break.as_bytes());
}

/// Ends the last line, if it is not.
pub(crate) fn end_line(bytes: &mut Vec<u8>, line_break: &str) {
    if bytes.last().is_some_and(|last| !matches!(last, b'\n' | b'\r')) {
        bytes.extend_from_slice(line_break.as_bytes());
    }
}

fn push_profile(
    bytes: &mut Vec<u8>,
    profile: &ProfileName,
    entries: &[(Key, Value)],
    origin: Origin,
    line_break: &str,
) {
    let marker = marker::active(entries.iter().map(|(key, _)| key), profile.as_str(), origin);
    push_line(bytes, &marker, line_break);
    push_entries(bytes, entries, line_break);
}

fn push_entries(bytes: &mut Vec<u8>, entries: &[(Key, Value)], line_break: &str) {
    for (key, value) in entries {
        for part in [key.as_str(), " = ", value.expose(), line_break] {
            bytes.extend_from_slice(part.as_bytes());
        }
    }
}
