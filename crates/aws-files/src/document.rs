//! A shared AWS file as bytes, and how to add a profile to it. Pure: bytes in, bytes out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::header::FileKind;
use crate::lines::{BYTE_ORDER_MARK, Line, LineKind, Lines, split_option, title};
use crate::marker::{HomeId, Marker, Origin};
use crate::names::{Key, ProfileName, Value};

/// A parsed file. It keeps every byte, and leaves alone what it does not understand.
///
/// Parsing never fails, and its time is proportional to the length.
pub struct Document<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) kind: FileKind,
    pub(crate) sections: Vec<Section<'a>>,
}

/// From one header to the next.
pub(crate) struct Section<'a> {
    /// Line of the header, from 1.
    pub(crate) line: usize,
    pub(crate) range: Range<usize>,
    /// None for other kinds of section, such as `[sso-session x]`.
    pub(crate) profile: Option<Cow<'a, str>>,
    /// None if Daypass did not write it.
    pub(crate) marker: Option<Marker<'a>>,
    /// Whether it has a key that this home wrote, whatever its marker says.
    pub(crate) has_our_key: bool,
}

/// A section of a profile's name that is not this home's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stranger {
    /// Line of its header, from 1.
    pub(crate) line: usize,
    /// None if Daypass did not write it.
    pub(crate) home: Option<HomeId>,
}

/// What a section has of ours that lost its comment.
const KEY_ID: &str = "aws_access_key_id";
const WITHOUT_REGION: &str = "aws_access_key_id, aws_secret_access_key, aws_session_token, aws_security_token, \
                              aws_account_id, x_security_token_expires";
const WITH_REGION: &str = "aws_access_key_id, aws_secret_access_key, aws_session_token, aws_security_token, \
                           aws_account_id, region, x_security_token_expires";

/// What to do about a profile of the same name that Daypass did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Leave it, and fail with [`Error::ForeignProfile`](crate::Error::ForeignProfile).
    Refuse,
    /// Back the file up, then replace the profile.
    BackUpAndReplace,
}

/// How much of the sections goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What Daypass wrote. Lines of the person's stay, and the header with them.
    Ours,
    /// Everything that has a meaning: the header would hide another section of the name.
    Whole,
}

/// A range of the document, and what replaces it.
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) with: Vec<u8>,
}

impl<'a> Document<'a> {
    /// Takes any bytes.
    #[must_use]
    pub fn parse(bytes: &'a [u8], kind: FileKind) -> Self {
        // Untouched memory costs nothing, but growing a vector of thousands does.
        let mut sections: Vec<Section<'a>> = Vec::with_capacity(bytes.len() / 128);
        for (number, line) in Lines::of_document(bytes).enumerate() {
            match line.kind {
                LineKind::Header => {
                    if let Some(above) = sections.last_mut() {
                        above.range.end = line.range.start;
                    }
                    let profile = title(line.text).and_then(|title| kind.profile(title));
                    let range = line.range.start..bytes.len();
                    sections.push(Section { line: number + 1, range, profile, marker: None, has_our_key: false });
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

    /// Takes the sections that have these access key ids for this home's own: STS gives each once. Another tool may
    /// have dropped the comment, as all do that parse the file and write what they parsed, or the home was at another
    /// path before.
    pub(crate) fn know(&mut self, keys: &'a BTreeMap<ProfileName, Vec<String>>) {
        for section in &mut self.sections {
            let known =
                section.profile.as_deref().and_then(|name| keys.iter().find(|(known, _)| known.as_str() == name));
            let Some((profile, ids)) = known else { continue };
            let lines = Lines::of_section(self.bytes, section.range.clone());
            let options = lines.filter(|line| line.kind == LineKind::Option).filter_map(|line| split_option(line.text));
            let options: Vec<(&[u8], &[u8])> = options.collect();
            let is = |name: &str, key: &[u8]| key.eq_ignore_ascii_case(name.as_bytes());
            let is_known = |value: &[u8]| ids.iter().any(|id| id.as_bytes() == value);
            if !options.iter().any(|(name, value)| is(KEY_ID, name) && is_known(value)) {
                continue;
            }
            section.has_our_key = true;
            if section.marker.is_none() {
                // The region is ours only if nothing says that the person has made the section theirs.
                let all_ours = options.iter().all(|(key, _)| WITH_REGION.split(", ").any(|ours| is(ours, key)));
                let keys = if all_ours { WITH_REGION } else { WITHOUT_REGION };
                let (profile, origin) = (profile.as_str(), Origin::default());
                section.marker = Some(Marker { keys, profile, origin, home: None });
            }
        }
    }

    /// The first section of this profile that is not the home's own, or that has lines of the person's and would go
    /// because the profile is written in a section above it.
    pub(crate) fn stranger(&self, profile: &ProfileName, home: HomeId) -> Option<Stranger> {
        let of_profile = self.sections.iter().filter(|section| section.is(profile)).enumerate();
        of_profile.filter_map(|(index, section)| self.as_stranger(section, index == 0, home)).next()
    }

    /// The section as a stranger, if it is one. `is_first` says that no other section of its profile is above it.
    pub(crate) fn as_stranger(&self, section: &Section<'_>, is_first: bool, home: HomeId) -> Option<Stranger> {
        let foreign = Stranger { line: section.line, home: None };
        match section.marker {
            None if !section.has_our_key => Some(foreign),
            Some(marker) if marker.is_active() && !marker.is_removable_by(home) && !section.has_our_key => {
                Some(Stranger { home: marker.home, ..foreign })
            }
            _ => (!is_first && self.has_lines_of_the_person(section)).then_some(foreign),
        }
    }

    /// Whether lines in the section have a meaning and are not ours.
    pub(crate) fn has_lines_of_the_person(&self, section: &Section<'_>) -> bool {
        let lines = section.lines_of(self.bytes, |key| section.marker.is_some_and(|marker| marker.writes(key)));
        lines.iter().any(|(line, part)| *part == Part::Theirs && line.has_meaning())
    }

    /// The bytes with the profile written by `home`, in its old place or at the end. It replaces whatever
    /// the profile was before, so find out first whose it is. `new_file` says that there is no
    /// file yet: then removing the profile removes the file.
    #[must_use]
    pub fn with(&self, profile: &ProfileName, entries: &[(Key, Value)], home: HomeId, new_file: bool) -> Vec<u8> {
        let Some((first, section)) = self.sections.iter().enumerate().find(|(_, section)| section.is(profile)) else {
            let end = self.bytes.len();
            let with = self.addition(self.bytes, profile, entries, home, new_file);
            return splice(self.bytes, vec![Splice { range: end..end, with }]);
        };
        let written = splice(self.bytes, vec![self.replacement(section, profile, entries, home)]);
        if self.sections[first + 1..].iter().all(|section| !section.is(profile)) {
            return written;
        }
        // Other sections of the name would hide ours, or keep botocore from reading the file at all. The empty line
        // above one may be in the section that was just written.
        let document = Document::parse(&written, self.kind);
        let others = document.removal(Extent::Whole, |index, section| index != first && section.is(profile));
        splice(&written, others.splices)
    }

    /// The profile in place of its section.
    pub(crate) fn replacement(
        &self,
        section: &Section<'_>,
        profile: &ProfileName,
        entries: &[(Key, Value)],
        home: HomeId,
    ) -> Splice {
        match &section.marker {
            Some(marker) => self.rewritten(section, marker, entries, home),
            None => self.taken_over(section, profile, entries, home),
        }
    }

    /// What adds the profile behind what is `above`, below an empty line.
    pub(crate) fn addition(
        &self,
        above: &[u8],
        profile: &ProfileName,
        entries: &[(Key, Value)],
        home: HomeId,
        new_file: bool,
    ) -> Vec<u8> {
        let line_break = line_break_of(above);
        let text = above.strip_prefix(BYTE_ORDER_MARK).unwrap_or(above);
        let line_breaks = match text.strip_suffix(b"\n") {
            None if text.is_empty() => 0,
            None => 2,
            Some(lines) => {
                let last = lines.rsplit(|&byte| byte == b'\n').next().unwrap_or_default();
                u8::from(!last.trim_ascii().is_empty())
            }
        };
        let origin = Origin { line_breaks, new_file };
        let mut bytes = line_break.repeat(line_breaks.into()).into_bytes();
        push_line(&mut bytes, &self.kind.header(profile), line_break);
        push_line(&mut bytes, &Marker::line(entries, profile.as_str(), origin, home), line_break);
        push_entries(&mut bytes, entries, line_break);
        bytes
    }

    /// The section with new entries in place of those that the marker names, and all other lines as they are.
    pub(crate) fn rewritten(
        &self,
        section: &Section<'_>,
        marker: &Marker<'_>,
        entries: &[(Key, Value)],
        home: HomeId,
    ) -> Splice {
        let lines = section.lines_of(self.bytes, |key| {
            marker.writes(key) || entries.iter().any(|(ours, _)| ours.as_str().as_bytes().eq_ignore_ascii_case(key))
        });
        let line_break = lines.first().map_or("\n", |(line, _)| line.line_break());
        let is_unmarked = lines.iter().all(|(_, part)| *part != Part::Marker);
        // Where the old entries begin. If there are none, after the person's lines: an indented one would
        // become part of an entry above it.
        let place = lines.iter().position(|(_, part)| *part == Part::Entry).unwrap_or_else(|| {
            let last = lines.iter().rposition(|(line, part)| *part == Part::Marker || line.has_meaning());
            last.map_or(lines.len(), |last| last + 1)
        });
        let written = Marker::line(entries, marker.profile, marker.origin, home);
        let mut with = Vec::new();
        for (index, (line, part)) in lines.iter().enumerate() {
            end_line(&mut with, line_break);
            if index == place {
                push_entries(&mut with, entries, line_break);
            }
            match part {
                Part::Entry => {}
                Part::Marker => push_line(&mut with, &written, line_break),
                Part::Header if is_unmarked => {
                    with.extend_from_slice(&self.bytes[line.range.clone()]);
                    end_line(&mut with, line_break);
                    push_line(&mut with, &written, line_break);
                }
                Part::Header | Part::Theirs => with.extend_from_slice(&self.bytes[line.range.clone()]),
            }
        }
        if place >= lines.len() {
            end_line(&mut with, line_break);
            push_entries(&mut with, entries, line_break);
        }
        Splice { range: section.range.clone(), with }
    }

    /// Replaces a section that is not ours, from its header to the last line that has a meaning.
    fn taken_over(
        &self,
        section: &Section<'_>,
        profile: &ProfileName,
        entries: &[(Key, Value)],
        home: HomeId,
    ) -> Splice {
        let end = self.end_of_meaning(section);
        let line_break = self.line_break_of(section);
        let mut with = Vec::new();
        push_line(&mut with, &self.kind.header(profile), line_break);
        push_line(&mut with, &Marker::line(entries, profile.as_str(), Origin::default(), home), line_break);
        push_entries(&mut with, entries, line_break);
        Splice { range: section.range.start..end, with }
    }

    /// Where the last line ends that has a meaning. Comments and empty lines after it may be about the next section.
    pub(crate) fn end_of_meaning(&self, section: &Section<'_>) -> usize {
        let lines = Lines::of_section(self.bytes, section.range.clone());
        let last = lines.filter(|line| line.has_meaning() || line.kind == LineKind::Header).last();
        last.map_or(section.range.end, |line| line.range.end)
    }
}

/// What a line in one of our sections is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Header,
    Marker,
    Entry,
    /// A line of the person's.
    Theirs,
}

impl<'a> Section<'a> {
    pub(crate) fn is(&self, profile: &ProfileName) -> bool {
        self.profile.as_deref() == Some(profile.as_str())
    }

    /// The lines of the section and what each is. `is_ours` says which keys are ours.
    pub(crate) fn lines_of<'b>(&self, bytes: &'b [u8], is_ours: impl Fn(&[u8]) -> bool) -> Vec<(Line<'b>, Part)> {
        let mut above = Part::Theirs;
        let part_of = |line: Line<'b>| {
            let part = match line.kind {
                LineKind::Header => Part::Header,
                LineKind::Comment if self.marker.is_some() && Marker::parse(line.text) == self.marker => Part::Marker,
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
    /// Whether the line has a meaning to a program that reads the file.
    pub(crate) fn has_meaning(&self) -> bool {
        matches!(self.kind, LineKind::Option | LineKind::Continuation | LineKind::Stray)
    }
}

/// The line break to use at the end of a text: that of its last line.
fn line_break_of(bytes: &[u8]) -> &'static str {
    match memchr::memrchr(b'\n', bytes) {
        Some(at) if at > 0 && bytes[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// The bytes with all splices applied. They must not overlap.
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

/// Ends the last line, unless it has ended.
pub(crate) fn end_line(bytes: &mut Vec<u8>, line_break: &str) {
    if bytes.last().is_some_and(|last| !matches!(last, b'\n' | b'\r')) {
        bytes.extend_from_slice(line_break.as_bytes());
    }
}

fn push_entries(bytes: &mut Vec<u8>, entries: &[(Key, Value)], line_break: &str) {
    for (key, value) in entries {
        for part in [key.as_str(), " = ", value.expose(), line_break] {
            bytes.extend_from_slice(part.as_bytes());
        }
    }
}
