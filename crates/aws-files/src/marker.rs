//! The comment that makes a section Daypass's:
//! `# daypass: writes KEY, KEY in "PROFILE" (+N, new file)`.
//!
//! - The keys say which lines are ours, so that lines that a person adds are not swallowed. `nothing`:
//!   the profile was removed, but lines of the person's are still in the section, so it stays for
//!   them, and for our return.
//! - The profile's name makes a copy of the section under another name the person's own.
//! - `+N` is the number of line breaks that were put in front of the header, and `new file` says that
//!   there was no file: with both, removing the section restores the bytes there were.

use crate::names::Key;

/// Borrowed from the document: a file may have thousands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Marker<'a> {
    keys: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) origin: Origin,
}

/// What was done to the document when the section was added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Origin {
    /// Line breaks in front of the header that are ours: one makes the empty line above it; two, when
    /// the document did not end with a line break, the first ends its last line.
    pub(crate) line_breaks: u8,
    pub(crate) new_file: bool,
}

const START: &str = "# daypass: writes ";
const NOTHING: &str = "nothing";

impl<'a> Marker<'a> {
    pub(crate) fn parse(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(START.as_bytes())?;
        let rest = str::from_utf8(rest).ok()?.trim_ascii_end();
        let (keys, rest) = rest.split_once(" in \"")?;
        let (profile, rest) = rest.split_once("\" (+")?;
        let rest = rest.strip_suffix(')')?;
        let (line_breaks, new_file) = match rest.strip_suffix(", new file") {
            Some(line_breaks) => (line_breaks, true),
            None => (rest, false),
        };
        let line_breaks = match line_breaks {
            "0" => 0,
            "1" => 1,
            "2" => 2,
            _ => return None,
        };
        Some(Self { keys, profile, origin: Origin { line_breaks, new_file } })
    }

    /// Whether a profile is in the section, rather than only remembered.
    pub(crate) fn is_active(&self) -> bool {
        self.keys != NOTHING
    }

    /// Whether a line with this key is ours.
    pub(crate) fn writes(&self, key: &[u8]) -> bool {
        self.keys.split(", ").any(|ours| ours.as_bytes().eq_ignore_ascii_case(key))
    }

    /// The same marker with another origin, without line break.
    pub(crate) fn with_origin(&self, origin: Origin) -> String {
        format(self.keys, self.profile, origin)
    }
}

/// The marker of a profile that is written, without line break.
pub(crate) fn active<'k>(keys: impl Iterator<Item = &'k Key>, profile: &str, origin: Origin) -> String {
    let keys: Vec<&str> = keys.map(Key::as_str).collect();
    format(&keys.join(", "), profile, origin)
}

/// The marker of a profile that was removed from among a person's lines, without line break.
pub(crate) fn dormant(profile: &str, origin: Origin) -> String {
    format(NOTHING, profile, origin)
}

fn format(keys: &str, profile: &str, origin: Origin) -> String {
    let new_file = if origin.new_file { ", new file" } else { "" };
    format!("{START}{keys} in \"{profile}\" (+{}{new_file})", origin.line_breaks)
}
