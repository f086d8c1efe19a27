//! Reads profiles as the AWS CLI does.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::document::{Document, Section};
use crate::header::split_words;
use crate::lines::{LineKind, Lines, split_option, title, trim};
use crate::marker::{HomeId, Marker};

/// A profile in a shared AWS file.
#[derive(Clone)]
pub struct ProfileEntry {
    /// Its name. It may have characters that [`ProfileName`](crate::ProfileName) refuses.
    pub name: String,
    /// Line of its (first) header, from 1.
    pub line: usize,
    /// Whether Daypass wrote it.
    pub owned: bool,
    /// The Daypass home that wrote it. None if Daypass did not, or an early build that left no id.
    pub home: Option<HomeId>,
    /// The keys that Daypass wrote, apart by commas.
    written: String,
    values: Vec<Entry>,
}

/// A key of a profile, and what stands there.
#[derive(Clone)]
struct Entry {
    /// In lower case.
    key: String,
    /// From 1.
    line: usize,
    value: Zeroizing<String>,
}

impl ProfileEntry {
    /// The value of a key in lower case. The lines of a nested value are joined with `\n`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    }

    /// The line of a key in lower case, from 1.
    #[must_use]
    pub fn line_of(&self, key: &str) -> Option<usize> {
        self.values.iter().find(|entry| entry.key == key).map(|entry| entry.line)
    }

    /// Whether Daypass wrote the line of a key, as far as its comment says.
    #[must_use]
    pub fn is_written(&self, key: &str) -> bool {
        self.written.split(", ").any(|written| written == key)
    }

    /// All keys in lower case, in the file's order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|entry| entry.key.as_str())
    }

    fn set(&mut self, entry: Entry) {
        match self.values.iter_mut().find(|named| named.key == entry.key) {
            Some(old) => *old = entry,
            None => self.values.push(entry),
        }
    }
}

impl fmt::Debug for ProfileEntry {
    /// Without values: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.keys().collect();
        let Self { name, line, owned, home, .. } = self;
        f.debug_struct("ProfileEntry")
            .field("name", name)
            .field("line", line)
            .field("owned", owned)
            .field("home", home)
            .field("keys", &keys)
            .finish()
    }
}

impl Document<'_> {
    /// All profiles, in the file's order. If a key appears twice, in one section or in two of the same
    /// title, the later value counts, as in the SDKs (botocore refuses such a file). Sections of the same profile under
    /// different titles, such as `[default]` and `[profile default]`, are two to botocore, and the last one counts as a
    /// whole.
    #[must_use]
    pub fn profiles(&self) -> Vec<ProfileEntry> {
        self.entries_by(|section, _| section.profile.as_deref().map(Cow::Borrowed))
    }

    /// The `[sso-session NAME]` sections of the config file, as [`Document::profiles`] reads profiles.
    #[must_use]
    pub fn sso_sessions(&self) -> Vec<ProfileEntry> {
        self.entries_by(|_, title| name_of_session(title).map(Cow::Owned))
    }

    /// The sections that have a name, by it and by their titles.
    fn entries_by<'n>(&'n self, name_of: impl Fn(&'n Section<'_>, &[u8]) -> Option<Cow<'n, str>>) -> Vec<ProfileEntry> {
        let mut profiles: Vec<ProfileEntry> = Vec::new();
        let mut titles: Vec<&[u8]> = Vec::new();
        let mut index_of: HashMap<Cow<'n, str>, usize> = HashMap::new();
        for section in &self.sections {
            let lines = || Lines::of_section(self.bytes, section.range.clone());
            let header = lines().next().and_then(|line| title(line.text)).unwrap_or_default();
            let Some(name) = name_of(section, header) else {
                continue;
            };
            let marker = section.marker.filter(Marker::is_active);
            let new = || ProfileEntry {
                name: name.clone().into_owned(),
                line: section.line,
                owned: false,
                home: None,
                written: String::new(),
                values: Vec::new(),
            };
            let index = *index_of.entry(name.clone()).or_insert_with(|| {
                profiles.push(new());
                titles.push(header);
                profiles.len() - 1
            });
            if titles[index] != header {
                profiles[index] = new();
                titles[index] = header;
            }
            let profile = &mut profiles[index];
            if let Some(marker) = marker {
                (profile.owned, profile.home) = (true, marker.home);
                profile.written = marker.keys.to_owned();
            }
            for entry in entries(lines(), section.line) {
                profile.set(entry);
            }
        }
        profiles
    }
}

/// The name in a title such as `sso-session work`, as botocore splits it.
fn name_of_session(title: &[u8]) -> Option<String> {
    let title = str::from_utf8(title).ok()?;
    let name = title.strip_prefix("sso-session").filter(|name| name.starts_with(|c: char| c.is_ascii_whitespace()))?;
    let mut words = split_words(name)?;
    let only = words.pop()?;
    words.is_empty().then_some(only)
}

/// Keys and values of a section's lines, which begin with its header at line `first`.
fn entries(lines: Lines<'_>, first: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    // Blank lines count only if the value continues after them.
    let mut blank_lines = 0;
    for (index, line) in lines.enumerate() {
        match line.kind {
            LineKind::Option => {
                blank_lines = 0;
                if let Some((key, value)) = split_option(line.text) {
                    let value = Zeroizing::new(String::from_utf8_lossy(value).into_owned());
                    let key = String::from_utf8_lossy(key).to_lowercase();
                    entries.push(Entry { key, line: first + index, value });
                }
            }
            LineKind::Continuation => {
                if let Some(Entry { value, .. }) = entries.last_mut() {
                    for _ in 0..=blank_lines {
                        value.push('\n');
                    }
                    value.push_str(&String::from_utf8_lossy(trim(line.text)));
                }
                blank_lines = 0;
            }
            LineKind::Blank => blank_lines += 1,
            LineKind::Header | LineKind::Comment | LineKind::Stray => {}
        }
    }
    entries
}
