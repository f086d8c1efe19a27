//! Taking profiles out again, so that nothing shows that they were there.

use std::collections::HashSet;
use std::ops::Range;

use crate::document::{Document, Part, Section, Splice, end_line, push_line, splice};
use crate::lines::{BYTE_ORDER_MARK, Line, LineKind, Lines};
use crate::marker::{self, Marker};
use crate::names::ProfileName;

/// What is left without some profiles.
pub struct Removed {
    /// How many profiles are gone.
    pub count: usize,
    /// None: the file was made for them, nothing else is in it, and it should go too.
    pub bytes: Option<Vec<u8>>,
}

pub(crate) struct Removal {
    pub(crate) splices: Vec<Splice>,
    /// One of the sections was the first thing in a new file.
    new_file: bool,
}

/// How much of a section goes.
enum Going {
    /// From the header to its last line that is ours.
    Whole(Range<usize>),
    /// Not the lines in between that are the person's.
    Partly(Splice),
}

impl Document<'_> {
    /// What is left without these profiles, as far as they are Daypass's. Values that a person added
    /// to one of the sections stay, and so does its header; so do their comments.
    #[must_use]
    pub fn without(&self, profiles: &[ProfileName]) -> Removed {
        let names: HashSet<&str> = profiles.iter().map(ProfileName::as_str).collect();
        let named = |section: &Section<'_>| section.profile.as_deref().is_some_and(|name| names.contains(name));
        let count = self.owned().filter(|name| names.contains(name)).count();
        let removal = self.removal(|_, section| named(section) && section.marker.is_some());
        let bytes = splice(self.bytes, removal.splices);
        let file_goes = bytes.is_empty() && removal.new_file;
        Removed { count, bytes: (!file_goes).then_some(bytes) }
    }

    /// Sections that are not ours go as a whole if they are `wanted`: that is for who was asked.
    pub(crate) fn removal(&self, wanted: impl Fn(usize, &Section<'_>) -> bool) -> Removal {
        let going = |(index, section)| wanted(index, section).then(|| self.going(section));
        let mut going: Vec<Option<Going>> = self.sections.iter().enumerate().map(going).collect();
        let mut removal = Removal { splices: Vec::new(), new_file: false };
        let mut index = 0;
        while index < self.sections.len() {
            let first = &self.sections[index];
            let mut end = match going[index].take() {
                None => first.range.start,
                Some(Going::Partly(splice)) => {
                    removal.splices.push(splice);
                    first.range.start
                }
                Some(Going::Whole(block)) => block.end,
            };
            index += 1;
            if end == first.range.start {
                continue;
            }
            removal.new_file |= first.marker.is_some_and(|marker| marker.origin.new_file);
            // What follows at once, and goes too, goes in one piece with it.
            while let Some(Some(Going::Whole(block))) = going.get(index)
                && self.start(&self.sections[index]) == end
            {
                end = block.end;
                index += 1;
            }
            let stays = going.get(index).is_some_and(Option::is_none);
            let next = self.sections.get(index).filter(|next| stays && self.start(next) == end);
            removal.splices.extend(self.closed(first, end, next));
        }
        removal
    }

    fn going(&self, section: &Section<'_>) -> Going {
        let lines = section.lines_of(self.bytes, |key| section.marker.is_some_and(|marker| marker.writes(key)));
        let goes = |(line, part): &(Line<'_>, Part)| match section.marker {
            Some(_) => *part != Part::Theirs,
            None => *part == Part::Header || line.is_meant(),
        };
        let last = lines.iter().rposition(goes).unwrap_or_default();
        let end = lines.get(last).map_or(section.range.end, |(line, _)| line.range.end);
        let range = section.range.start..end;
        let Some(marker) = section.marker else {
            return Going::Whole(range);
        };
        let line_break = self.line_break_of(section);
        let profile_stays = lines.iter().any(|(line, part)| *part == Part::Theirs && line.is_meant());
        let mut with = Vec::new();
        for (line, part) in &lines[..lines.len().min(last + 1)] {
            if *part == Part::Theirs || (*part == Part::Header && profile_stays) {
                end_line(&mut with, line_break);
                with.extend_from_slice(&self.bytes[line.range.clone()]);
            } else if *part == Part::Marker && profile_stays {
                end_line(&mut with, line_break);
                push_line(&mut with, &marker::dormant(marker.profile, marker.origin), line_break);
            }
        }
        if with.is_empty() { Going::Whole(range) } else { Going::Partly(Splice { range, with }) }
    }

    /// Closes the gap where `first` and what followed it were. `next`: a section that stays and stood
    /// right below.
    fn closed(&self, first: &Section<'_>, end: usize, next: Option<&Section<'_>>) -> Vec<Splice> {
        if let (Some(origin), Some(next)) = (first.marker.map(|marker| marker.origin), next)
            && let Some(marker) = next.marker
            && self.line_break_of(first) == self.line_break_of(next)
        {
            // It moves up to the place of the first, line breaks above and all.
            let gap = Splice { range: first.range.start..next.range.start, with: Vec::new() };
            let mut lines = Lines::of_section(self.bytes, next.range.clone());
            let line = lines.find(|line| line.kind == LineKind::Comment && Marker::parse(line.text) == Some(marker));
            let remark = line.map(|line| Splice {
                range: line.range.start..line.range.start + line.text.len(),
                with: marker.with_origin(origin).into_bytes(),
            });
            return std::iter::once(gap).chain(remark).collect();
        }
        let mut start = self.start(first);
        let ends_line = start == 0 || self.bytes[start - 1] == b'\n';
        if !ends_line && start < first.range.start && end < self.bytes.len() {
            // Somebody has written below since then: the line above stays ended.
            start += self.line_break_of(first).len();
        }
        vec![Splice { range: start..end, with: Vec::new() }]
    }

    /// Where our line breaks in front of the header begin, as far as they are still there.
    fn start(&self, section: &Section<'_>) -> usize {
        let line_break = self.line_break_of(section).as_bytes();
        let above = &self.bytes[..section.range.start];
        let above = match section.marker.map_or(0, |marker| marker.origin.line_breaks) {
            1 => match above.strip_suffix(line_break) {
                // Only if it is an empty line; otherwise it ends somebody's.
                Some(rest) if rest.is_empty() || rest == BYTE_ORDER_MARK || rest.ends_with(b"\n") => rest,
                _ => above,
            },
            2 => {
                let once = above.strip_suffix(line_break).unwrap_or(above);
                once.strip_suffix(line_break).unwrap_or(once)
            }
            _ => above,
        };
        above.len()
    }

    /// The section's own: that of its header.
    pub(crate) fn line_break_of(&self, section: &Section<'_>) -> &'static str {
        Lines::of_section(self.bytes, section.range.clone()).next().map_or("\n", |line| line.line_break())
    }
}
