//! Reads profiles as the AWS CLI does.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::document::Document;
use crate::lines::{LineKind, Lines, split_option};
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
    values: Vec<(String, Zeroizing<String>)>,
}

impl ProfileEntry {
    /// The value of a key in lower case. The lines of a nested value are joined with `\n`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(named, _)| named == key).map(|(_, value)| value.as_str())
    }

    /// All keys in lower case, in the file's order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(key, _)| key.as_str())
    }

    fn set(&mut self, key: String, value: Zeroizing<String>) {
        match self.values.iter_mut().find(|(named, _)| *named == key) {
            Some((_, old)) => *old = value,
            None => self.values.push((key, value)),
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
    /// All profiles, in the file's order. If a key is there twice, in one section or in two of the same
    /// profile, the later value counts, as in the SDKs (botocore refuses such a file).
    #[must_use]
    pub fn profiles(&self) -> Vec<ProfileEntry> {
        let mut profiles: Vec<ProfileEntry> = Vec::new();
        let mut index_of: HashMap<&str, usize> = HashMap::new();
        for section in &self.sections {
            let Some(name) = section.profile.as_deref() else {
                continue;
            };
            let marker = section.marker.filter(Marker::is_active);
            let index = *index_of.entry(name).or_insert_with(|| {
                let (name, line) = (name.to_owned(), section.line);
                profiles.push(ProfileEntry { name, line, owned: false, home: None, values: Vec::new() });
                profiles.len() - 1
            });
            let profile = &mut profiles[index];
            if let Some(marker) = marker {
                (profile.owned, profile.home) = (true, marker.home);
            }
            for (key, value) in values(Lines::of_section(self.bytes, section.range.clone())) {
                profile.set(key, value);
            }
        }
        profiles
    }
}

/// Keys and values of a section's lines.
fn values(lines: Lines<'_>) -> Vec<(String, Zeroizing<String>)> {
    let mut values: Vec<(String, Zeroizing<String>)> = Vec::new();
    // Blank lines count only if the value continues after them.
    let mut blank_lines = 0;
    for line in lines {
        match line.kind {
            LineKind::Option => {
                blank_lines = 0;
                if let Some((key, value)) = split_option(line.text) {
                    let value = Zeroizing::new(String::from_utf8_lossy(value).into_owned());
                    values.push((String::from_utf8_lossy(key).to_lowercase(), value));
                }
            }
            LineKind::Continuation => {
                if let Some((_, value)) = values.last_mut() {
                    for _ in 0..=blank_lines {
                        value.push('\n');
                    }
                    value.push_str(&String::from_utf8_lossy(line.text.trim_ascii()));
                }
                blank_lines = 0;
            }
            LineKind::Blank => blank_lines += 1,
            LineKind::Header | LineKind::Comment | LineKind::Stray => {}
        }
    }
    values
}
