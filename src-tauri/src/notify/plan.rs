//! Which notifications to show, change and close: pure, so that a test can run through a night.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::note::Note;

/// How long a note that was put off stays away.
const LATER: TimeDelta = TimeDelta::hours(1);

/// What the notification server is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// Shows a note, in place of the one of the same key.
    Show(Note),
    /// Takes a note away, whose reason is gone.
    Close(String),
}

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    notes: BTreeMap<String, ToldNote>,
}

#[derive(Debug)]
struct ToldNote {
    tells: BTreeSet<String>,
    /// What is on the screen, or in the server's list.
    shown: Option<Note>,
    put_off_until: Option<DateTime<Utc>>,
}

impl Told {
    /// Compares what was shown with what counts now. During quiet hours, nothing is shown, and what's left at the end
    /// is. Returns when to compare again.
    ///
    /// `under_way`: the keys of what the person is busy with. Their notes go, and come back only with something new.
    pub(super) fn follow(
        &mut self,
        wanted: &[Note],
        under_way: &BTreeSet<String>,
        quiet_until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> (Vec<Change>, Option<DateTime<Utc>>) {
        let mut changes = Vec::new();
        let mut again_at: Option<DateTime<Utc>> = None;
        let mut look_again = |at: DateTime<Utc>| again_at = Some(again_at.map_or(at, |before| before.min(at)));
        let is_over = |key: &String| !wanted.iter().any(|note| note.key == *key);
        let over: Vec<String> = self.notes.keys().filter(|key| is_over(key)).cloned().collect();
        for key in over {
            let shown = match under_way.contains(&key) {
                true => self.notes.get_mut(&key).and_then(|told| told.shown.take()),
                false => self.notes.remove(&key).and_then(|told| told.shown),
            };
            if shown.is_some() {
                changes.push(Change::Close(key));
            }
        }
        for note in wanted {
            let told = self.notes.get(&note.key);
            let is_new = told.is_none_or(|told| !note.tells.is_subset(&told.tells));
            let put_off = told.and_then(|told| told.put_off_until);
            let rings = is_new || put_off.is_some_and(|until| until <= now);
            match (rings, quiet_until) {
                (true, Some(end)) => look_again(end),
                (true, None) => {
                    changes.push(Change::Show(note.clone()));
                    self.notes.insert(note.key.clone(), ToldNote::shown(note));
                }
                (false, _) => {
                    put_off.into_iter().for_each(&mut look_again);
                    changes.extend(self.notes.get_mut(&note.key).and_then(|told| told.says(note)));
                }
            }
        }
        (changes, again_at)
    }

    /// The person put a note off. It comes back if it still counts then.
    pub(super) fn put_off(&mut self, key: &str, now: DateTime<Utc>) {
        if let Some(told) = self.notes.get_mut(key) {
            told.put_off_until = Some(now + LATER);
            told.shown = None;
        }
    }

    /// A note is gone from the screen. What it told isn't told again.
    pub(super) fn closed(&mut self, key: &str) {
        if let Some(told) = self.notes.get_mut(key) {
            told.shown = None;
        }
    }

    /// The note of this key, if it's shown.
    pub(super) fn shown(&self, key: &str) -> Option<&Note> {
        self.notes.get(key)?.shown.as_ref()
    }
}

impl ToldNote {
    fn shown(note: &Note) -> Self {
        Self { tells: note.tells.clone(), shown: Some(note.clone()), put_off_until: None }
    }

    /// What a note on the screen says now, if it's something else. It tells nothing new, so where it was closed, it
    /// stays closed.
    fn says(&mut self, note: &Note) -> Option<Change> {
        self.tells.clone_from(&note.tells);
        let shown = self.shown.as_mut()?;
        // Minutes that pass don't count.
        if shown.tells == note.tells && shown.summary == note.summary && shown.action == note.action {
            return None;
        }
        shown.clone_from(note);
        Some(Change::Show(note.clone()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::note::LeadsTo;
    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-03-02T{time}:00Z").parse().unwrap()
    }

    fn note(key: &str, tells: &[&str]) -> Note {
        Note {
            key: key.to_owned(),
            summary: key.to_owned(),
            body: tells.join(" "),
            action: None,
            leads_to: LeadsTo::Window,
            can_wait: true,
            tells: tells.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    fn none() -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn shown(changes: &[Change]) -> Vec<String> {
        let words = |change: &Change| match change {
            Change::Show(note) => format!("show {}: {}", note.key, note.body),
            Change::Close(key) => format!("close {key}"),
        };
        changes.iter().map(words).collect()
    }

    #[test]
    fn a_note_rings_once_and_goes_with_its_reason() {
        let mut told = Told::default();
        let work = [note("work", &["sign-in"])];
        assert_eq!(shown(&told.follow(&work, &none(), None, at("10:00")).0), ["show work: sign-in"]);
        assert!(told.follow(&work, &none(), None, at("10:01")).0.is_empty());
        // Something new of the same identity replaces it.
        let more = [note("work", &["sign-in", "dev"])];
        assert_eq!(shown(&told.follow(&more, &none(), None, at("10:02")).0), ["show work: sign-in dev"]);
        // Less of it is said, without a ring of its own if the person closed it.
        assert_eq!(shown(&told.follow(&work, &none(), None, at("10:03")).0), ["show work: sign-in"]);
        told.closed("work");
        assert!(told.follow(&work, &none(), None, at("10:04")).0.is_empty());
        assert!(told.follow(&[], &none(), None, at("10:05")).0.is_empty(), "it's closed already");
        assert_eq!(shown(&told.follow(&work, &none(), None, at("10:06")).0), ["show work: sign-in"]);
        assert_eq!(shown(&told.follow(&[], &none(), None, at("10:07")).0), ["close work"]);
    }

    #[test]
    fn a_sign_in_that_is_given_up_does_not_ring_again() {
        let mut told = Told::default();
        let work = [note("work", &["sign-in"])];
        told.follow(&work, &none(), None, at("10:00"));
        let under_way = BTreeSet::from(["work".to_owned()]);
        let (changes, _) = told.follow(&[], &under_way, None, at("10:01"));
        assert_eq!(shown(&changes), ["close work"]);
        assert!(told.follow(&work, &none(), None, at("10:02")).0.is_empty());
        assert_eq!(shown(&told.follow(&[note("work", &["dev"])], &none(), None, at("10:03")).0), ["show work: dev"]);
    }

    #[test]
    fn what_was_put_off_comes_back_if_it_still_counts() {
        let mut told = Told::default();
        let work = [note("work", &["sign-in"])];
        told.follow(&work, &none(), None, at("10:00"));
        told.put_off("work", at("10:05"));
        assert_eq!(told.follow(&work, &none(), None, at("10:06")), (Vec::new(), Some(at("11:05"))));
        assert_eq!(shown(&told.follow(&work, &none(), None, at("11:05")).0), ["show work: sign-in"]);
        told.put_off("work", at("11:06"));
        assert!(told.follow(&[], &none(), None, at("11:30")).0.is_empty());
        assert_eq!(told.follow(&[], &none(), None, at("12:30")), (Vec::new(), None));
    }

    #[test]
    fn a_quiet_night_ends_with_what_still_counts() {
        let mut told = Told::default();
        told.follow(&[note("work", &["sign-in"])], &none(), None, at("21:00"));
        let night = Some(at("23:00"));
        let failed = [note("work", &["sign-in"]), note("adfs", &["dev"]), note("team", &["3"])];
        assert_eq!(told.follow(&failed, &none(), night, at("22:10")), (Vec::new(), night));
        // One is over before the night is. The note from before it is taken away at any hour.
        assert_eq!(shown(&told.follow(&failed[1..2], &none(), night, at("22:20")).0), ["close work"]);
        assert_eq!(shown(&told.follow(&failed[1..2], &none(), None, at("23:00")).0), ["show adfs: dev"]);
        assert_eq!(told.follow(&failed[1..2], &none(), None, at("23:01")), (Vec::new(), None));
    }
}
