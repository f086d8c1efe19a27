//! Writes many profiles at once.

use std::collections::{HashMap, HashSet};

use durable_file::Outcome;

use crate::adoption::Adoption;
use crate::document::{Document, Section, Splice, Stranger, splice};
use crate::error::Error;
use crate::header::FileKind;
use crate::marker::HomeId;
use crate::names::{Key, ProfileName, Value};
use crate::patch::Patch;

/// What is to become of many profiles. [`AwsFile::apply`](crate::AwsFile::apply) does it with one durable write, in a
/// time that is proportional to the file.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Profiles to write, each name once.
    pub puts: Vec<(ProfileName, Vec<(Key, Value)>)>,
    /// Profiles to remove.
    pub removals: Vec<ProfileName>,
    /// Profiles of the person's to change, because they agreed.
    pub adoptions: Vec<Adoption>,
}

/// What [`AwsFile::apply`](crate::AwsFile::apply) did.
#[derive(Debug)]
#[must_use = "the profiles that were refused aren't written"]
pub struct BatchOutcome {
    /// Whether the file changed.
    pub outcome: Outcome,
    /// Why profiles were left as they are: [`Error::ForeignProfile`] or [`Error::ProfileOfAnotherHome`].
    pub refused: Vec<Error>,
}

/// A change that is about to be made.
pub struct Edit<'a> {
    /// The file's current content. `None` if it does not exist.
    pub before: Option<&'a [u8]>,
    /// Its new content. None if the file goes.
    pub after: Option<&'a [u8]>,
    /// What turns the new content into the content now.
    pub back: Patch,
}

/// The new content, and what leads back.
pub(crate) struct Edited {
    /// None if the file goes.
    pub(crate) after: Option<Vec<u8>>,
    pub(crate) back: Patch,
}

impl Batch {
    /// The content with all of it done, except for the profiles in `refused`.
    pub(crate) fn edited(
        &self,
        before: Option<&[u8]>,
        kind: FileKind,
        home: HomeId,
        refused: &HashMap<&str, Stranger>,
    ) -> Edited {
        let old = before.unwrap_or_default();
        let (removal, _) = Document::parse(old, kind).removal_of(&self.removals, home);
        let has_made_the_file = removal.new_file;
        let mut history = History::of(old);
        history.push(removal.splices);
        let is_new = before.is_none() || (history.now.is_empty() && has_made_the_file);
        let adopted = Document::parse(&history.now, kind).adopted(&self.adoptions, home);
        history.push(adopted);
        let puts: Vec<_> = self.puts.iter().filter(|(profile, _)| !refused.contains_key(profile.as_str())).collect();
        let (again, puts) = in_several_sections(&Document::parse(&history.now, kind), puts);
        // These are rare. Their other sections go.
        for (profile, entries) in again {
            let now = Document::parse(&history.now, kind).with(profile, entries, home, false);
            history.replace(now);
        }
        let splices = put_all(&Document::parse(&history.now, kind), &puts, home, is_new);
        history.push(splices);
        let file_goes = history.now.is_empty() && is_new;
        Edited { after: (!file_goes).then_some(history.now), back: Patch::new(history.back) }
    }
}

/// A profile to write.
type Put = (ProfileName, Vec<(Key, Value)>);

/// The profiles that are in several sections, and the others.
fn in_several_sections<'a>(document: &Document<'_>, puts: Vec<&'a Put>) -> (Vec<&'a Put>, Vec<&'a Put>) {
    let names: HashSet<&str> = puts.iter().map(|put| put.0.as_str()).collect();
    let (mut seen, mut repeated) = (HashSet::new(), HashSet::new());
    for name in document.sections.iter().filter_map(|section| names.get(section.profile.as_deref()?).copied()) {
        if !seen.insert(name) {
            repeated.insert(name);
        }
    }
    puts.into_iter().partition(|put| repeated.contains(put.0.as_str()))
}

/// Writes profiles in their old places, or at the end.
fn put_all(document: &Document<'_>, puts: &[&Put], home: HomeId, is_new: bool) -> Vec<Splice> {
    let sections = document.sections.iter().filter_map(|section| Some((section.profile.as_deref()?, section)));
    let section_of: HashMap<&str, &Section<'_>> = sections.collect();
    let (mut splices, mut added) = (Vec::new(), Vec::new());
    for &put in puts {
        let (profile, entries) = put;
        match section_of.get(profile.as_str()) {
            Some(section) => splices.push(document.replacement(section, profile, entries, home)),
            None => added.push(put),
        }
    }
    // What is added comes below the last section as it is rewritten.
    let end = document.bytes.len();
    let mut text = match splices.iter().find(|splice| splice.range.end == end) {
        Some(Splice { range, with }) => [&document.bytes[..range.start], with].concat(),
        None => document.bytes.to_vec(),
    };
    let kept = text.len();
    for (number, (profile, entries)) in added.into_iter().enumerate() {
        let more = document.addition(&text, profile, entries, home, is_new && number == 0);
        text.extend(more);
    }
    splices.push(Splice { range: end..end, with: text.split_off(kept) });
    splices
}

/// A content, and the way back through the changes that led to it.
struct History {
    now: Vec<u8>,
    /// The latest change is undone first.
    back: Vec<Vec<Splice>>,
}

impl History {
    fn of(bytes: &[u8]) -> Self {
        Self { now: bytes.to_vec(), back: Vec::new() }
    }

    fn push(&mut self, mut splices: Vec<Splice>) {
        splices.retain(|splice| self.now[splice.range.clone()] != splice.with);
        if splices.is_empty() {
            return;
        }
        // In the order of the text. An addition at its end comes after a rewritten last section.
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let (mut at, mut inverse) = (0, Vec::with_capacity(splices.len()));
        let mut copied = 0;
        for splice in &splices {
            at += splice.range.start - copied;
            inverse.push(Splice { range: at..at + splice.with.len(), with: self.now[splice.range.clone()].to_vec() });
            at += splice.with.len();
            copied = splice.range.end;
        }
        self.now = splice(&self.now, splices);
        self.back.insert(0, inverse);
    }

    /// Leaves out of the change the lines at both ends that stay the same.
    fn replace(&mut self, now: Vec<u8>) {
        let old = &self.now;
        let same = old.iter().zip(&now).take_while(|(old, new)| old == new).count();
        let start = memchr::memrchr(b'\n', &old[..same]).map_or(0, |at| at + 1);
        let most = old.len().min(now.len()) - start;
        let same = old.iter().rev().zip(now.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
        let rest = &old[old.len() - same..];
        let end = memchr::memchr(b'\n', rest).map_or(0, |at| rest.len() - at - 1);
        let range = start..old.len() - end;
        let with = now[start..now.len() - end].to_vec();
        self.push(vec![Splice { range, with }]);
    }
}
