//! Removes profiles without a trace.

use std::collections::HashSet;
use std::ops::Range;

use crate::document::{Document, Extent, Part, Section, Splice, end_line, push_line, splice};
use crate::lines::{BYTE_ORDER_MARK, Line, Lines};
use crate::marker::{HomeId, Marker};
use crate::names::ProfileName;

/// The result of removing profiles.
pub struct RemovalOutcome {
    /// How many profiles were removed.
    pub count: usize,
    /// What is left. None if nothing is and we created the file: then it should be deleted.
    pub bytes: Option<Vec<u8>>,
}

pub(crate) struct Removal {
    pub(crate) splices: Vec<Splice>,
    /// One of the sections created the file.
    pub(crate) new_file: bool,
}

/// How much of a section is removed.
enum SectionRemoval {
    /// Everything from the header to the last line of ours.
    Whole(Range<usize>),
    /// The same, except for the person's lines in between.
    Partly(Splice),
}

impl Document<'_> {
    /// Removes these profiles, as far as `home` wrote them (or an early build of Daypass that left no id).
    /// Values that a person added to such a section stay, with its header. So do the person's comments.
    #[must_use]
    pub fn without(&self, profiles: &[ProfileName], home: HomeId) -> RemovalOutcome {
        let (removal, count) = self.removal_of(profiles, home);
        let bytes = splice(self.bytes, removal.splices);
        let file_goes = bytes.is_empty() && removal.new_file;
        RemovalOutcome { count, bytes: (!file_goes).then_some(bytes) }
    }

    /// What [`Document::without`] does, and how many profiles that removes.
    pub(crate) fn removal_of(&self, profiles: &[ProfileName], home: HomeId) -> (Removal, usize) {
        let names: HashSet<&str> = profiles.iter().map(ProfileName::as_str).collect();
        let is_removed = |section: &Section<'_>| {
            let removable = |marker: Marker<'_>| {
                (marker.is_removable_by(home) || section.has_our_key) && names.contains(marker.profile)
            };
            section.marker.is_some_and(removable)
        };
        let removed = self.sections.iter().filter(|section| is_removed(section));
        let count = removed.filter(|section| section.marker.as_ref().is_some_and(Marker::is_active)).count();
        (self.removal(Extent::Ours, |_, section| is_removed(section)), count)
    }

    /// Removes the `wanted` sections. One that is not ours is removed as a whole, because the person agreed
    /// to its replacement.
    pub(crate) fn removal(&self, extent: Extent, wanted: impl Fn(usize, &Section<'_>) -> bool) -> Removal {
        let going = |(index, section)| wanted(index, section).then(|| self.going(section, extent));
        let mut going: Vec<Option<SectionRemoval>> = self.sections.iter().enumerate().map(going).collect();
        let mut removal = Removal { splices: Vec::new(), new_file: false };
        let mut index = 0;
        while index < self.sections.len() {
            let first = &self.sections[index];
            let mut end = match going[index].take() {
                None => first.range.start,
                Some(SectionRemoval::Partly(splice)) => {
                    removal.splices.push(splice);
                    first.range.start
                }
                Some(SectionRemoval::Whole(block)) => block.end,
            };
            index += 1;
            if end == first.range.start {
                continue;
            }
            removal.new_file |= first.marker.is_some_and(|marker| marker.origin.new_file);
            // A removed section right below is part of the same gap.
            while let Some(Some(SectionRemoval::Whole(block))) = going.get(index)
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

    /// From the header to the last line of ours, unless lines of the person's are in between or have a meaning.
    pub(crate) fn whole(&self, section: &Section<'_>) -> Option<Range<usize>> {
        if self.has_lines_of_the_person(section) {
            return None;
        }
        match self.going(section, Extent::Ours) {
            SectionRemoval::Whole(range) => Some(range),
            SectionRemoval::Partly(_) => None,
        }
    }

    fn going(&self, section: &Section<'_>, extent: Extent) -> SectionRemoval {
        let lines = section.lines_of(self.bytes, |key| section.marker.is_some_and(|marker| marker.writes(key)));
        let goes = |(line, part): &(Line<'_>, Part)| match section.marker {
            Some(_) if *part != Part::Theirs => true,
            Some(_) if extent == Extent::Ours => false,
            _ => *part == Part::Header || line.has_meaning(),
        };
        let last = lines.iter().rposition(goes).unwrap_or_default();
        let end = lines.get(last).map_or(section.range.end, |(line, _)| line.range.end);
        let range = section.range.start..end;
        let marker = match section.marker {
            Some(marker) if extent == Extent::Ours => marker,
            _ => return SectionRemoval::Whole(range),
        };
        let line_break = self.line_break_of(section);
        let profile_stays = lines.iter().any(|(line, part)| *part == Part::Theirs && line.has_meaning());
        let mut with = Vec::new();
        for (line, part) in &lines[..lines.len().min(last + 1)] {
            if *part == Part::Theirs || (*part == Part::Header && profile_stays) {
                end_line(&mut with, line_break);
                with.extend_from_slice(&self.bytes[line.range.clone()]);
            } else if *part == Part::Marker && profile_stays {
                end_line(&mut with, line_break);
                push_line(&mut with, &marker.dormant().to_string(), line_break);
            }
        }
        if with.is_empty() { SectionRemoval::Whole(range) } else { SectionRemoval::Partly(Splice { range, with }) }
    }

    /// Closes the gap that `first` and the removed sections below it leave. `next` is the section right
    /// below the gap.
    fn closed(&self, first: &Section<'_>, end: usize, next: Option<&Section<'_>>) -> Vec<Splice> {
        if let (Some(origin), Some(next)) = (first.marker.map(|marker| marker.origin), next)
            && let Some(marker) = next.marker
            && self.line_break_of(first) == self.line_break_of(next)
        {
            // It moves up to the place of the first, with the line breaks above.
            let gap = Splice { range: first.range.start..next.range.start, with: Vec::new() };
            let mut lines = Lines::of_section(self.bytes, next.range.clone());
            let line = lines.find(|line| Marker::parse(line.text) == Some(marker));
            let new_marker = line.map(|line| Splice {
                range: line.range.start..line.range.start + line.text.len(),
                with: marker.with_origin(origin).to_string().into_bytes(),
            });
            return std::iter::once(gap).chain(new_marker).collect();
        }
        let mut start = self.start(first);
        let ends_line = start == 0 || self.bytes[start - 1] == b'\n';
        if !ends_line && start < first.range.start && end < self.bytes.len() {
            // Something was added below since then, so the line above needs its line break.
            start += self.line_break_of(first).len();
        }
        vec![Splice { range: start..end, with: Vec::new() }]
    }

    /// Where our line breaks in front of the header begin, if they are still there.
    fn start(&self, section: &Section<'_>) -> usize {
        let line_break = self.line_break_of(section).as_bytes();
        let above = &self.bytes[..section.range.start];
        let above = match section.marker.map_or(0, |marker| marker.origin.line_breaks) {
            1 => match above.strip_suffix(line_break) {
                // Only if it makes an empty line. Otherwise it ends a line that is not ours.
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

    /// The line break of the section's header.
    pub(crate) fn line_break_of(&self, section: &Section<'_>) -> &'static str {
        Lines::of_section(self.bytes, section.range.clone()).next().map_or("\n", |line| line.line_break())
    }
}
