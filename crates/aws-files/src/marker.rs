//! The comment that marks a section as Daypass's:
//! `# daypass: writes KEY, KEY in "PROFILE" (+N, new file, home ID)`.
//!
//! - The keys say which lines are ours, so that lines a person adds are never touched. `nothing` means
//!   that the profile was removed, but the section still has lines of the person's. It stays for them,
//!   and for the next time we write the profile.
//! - With the profile's name in it, a copy of the section under another name belongs to the person.
//! - `+N` is the number of line breaks we put in front of the header, and `new file` says that there was
//!   no file. With both, removing the section restores the bytes there were.
//! - `home ID` says which Daypass home wrote the section, because several may share one file. The
//!   markers of early builds have no id: they are Daypass's, but of an unknown home.

use std::fmt;

use crate::names::{Key, Value};

/// Names one Daypass home in the sections it writes: 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HomeId(u64);

impl HomeId {
    /// Homes that share a file need different ids.
    #[must_use]
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    fn parse(text: &str) -> Option<Self> {
        let id = u64::from_str_radix(text, 16).ok().map(Self)?;
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for HomeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Borrowed from the document, because a file may have thousands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Marker<'a> {
    pub(crate) keys: &'a str,
    pub(crate) profile: &'a str,
    pub(crate) origin: Origin,
    /// None for a marker of an early build.
    pub(crate) home: Option<HomeId>,
}

/// What we did to the document when we added the section.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Origin {
    /// The line breaks in front of the header that are ours. One makes the empty line above it. With
    /// two, the document did not end with a line break, and the first one ends its last line.
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
        let (rest, home) = match rest.split_once(", home ") {
            Some((rest, home)) => (rest, Some(HomeId::parse(home)?)),
            None => (rest, None),
        };
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
        Some(Self { keys, profile, origin: Origin { line_breaks, new_file }, home })
    }

    /// The marker of a profile that this home writes with these entries, without line break.
    pub(crate) fn line(entries: &[(Key, Value)], profile: &str, origin: Origin, home: HomeId) -> String {
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        let keys = &keys.join(", ");
        Marker { keys, profile, origin, home: Some(home) }.to_string()
    }

    /// The marker that stays when the profile is removed but lines of the person's are not.
    pub(crate) fn dormant(self) -> Self {
        Self { keys: NOTHING, ..self }
    }

    /// The same marker with another origin.
    pub(crate) fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Whether the section has a profile of ours, rather than only the memory of one.
    pub(crate) fn is_active(&self) -> bool {
        self.keys != NOTHING
    }

    /// Whether a line with this key is ours.
    pub(crate) fn writes(&self, key: &[u8]) -> bool {
        self.keys.split(", ").any(|ours| ours.as_bytes().eq_ignore_ascii_case(key))
    }

    /// Whether this home may remove the section. Without an id it may, because it removes only profiles that
    /// it knows to have written.
    pub(crate) fn is_removable_by(&self, home: HomeId) -> bool {
        self.home.is_none_or(|id| id == home)
    }
}

impl fmt::Display for Marker<'_> {
    /// As [`Marker::parse`] reads it, without line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keys, profile, origin, home } = self;
        write!(f, "{START}{keys} in \"{profile}\" (+{}", origin.line_breaks)?;
        if origin.new_file {
            f.write_str(", new file")?;
        }
        if let Some(home) = home {
            write!(f, ", home {home}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_written_as_it_was_read() {
        for line in [
            r#"# daypass: writes region in "dev" (+0)"#,
            r#"# daypass: writes aws_access_key_id, region in "my dev" (+1)"#,
            r#"# daypass: writes region in "dev" (+2, new file)"#,
            r#"# daypass: writes region in "dev" (+1, home 00000000000000ab)"#,
            r#"# daypass: writes nothing in "dev" (+0, new file, home 0123456789abcdef)"#,
        ] {
            let marker = Marker::parse(line.as_bytes()).unwrap();
            assert_eq!(marker.to_string(), line);
            assert_eq!(Marker::parse(format!("{line} \t").as_bytes()), Some(marker), "an editor leaves blanks behind");
        }
    }

    #[test]
    fn what_is_not_written_by_us_is_not_a_marker() {
        for end in [
            "(+3)",
            "(+)",
            "(+-1)",
            "(1)",
            "(+1",
            "(+1, home )",
            "(+1, home ab)",
            "(+1, home 0123456789ABCDEF)",
            "(+1, home +123456789abcdef)",
            "(+1, home 0123456789abcdef0)",
            "(+1, home 0123456789abcdef, new file)",
            "(+1,home 0123456789abcdef)",
        ] {
            let line = format!("# daypass: writes region in \"dev\" {end}");
            assert_eq!(Marker::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn a_section_of_another_home_is_left_to_it() {
        let marker = |line: &'static str| Marker::parse(line.as_bytes()).unwrap();
        let theirs = marker(r#"# daypass: writes region in "dev" (+0, home 0000000000000001)"#);
        assert!(theirs.is_removable_by(HomeId::new(1)) && !theirs.is_removable_by(HomeId::new(2)));
        assert!(marker(r#"# daypass: writes region in "dev" (+0)"#).is_removable_by(HomeId::new(2)));
    }
}
