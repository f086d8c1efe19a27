//! Changes the person's own sections, after they agreed: removes some keys and puts others in their place.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::document::{Document, Section, Splice, end_line, splice};
use crate::lines::{LineKind, Lines};
use crate::marker::{HomeId, Marker, Origin};
use crate::names::{Key, ProfileName, Value};

/// A profile of the person's, and what changes in its section. All other lines stay where they are.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// The profile. It must have one section only: a file where it has several isn't touched for it.
    pub profile: ProfileName,
    /// The keys that go, with the lines that continue them.
    pub drop: Vec<Key>,
    /// What Daypass writes instead. Without any, a section with nothing else in it goes.
    pub entries: Vec<(Key, Value)>,
}

/// A section's text before and after an [`Adoption`], to lead back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionText {
    /// The profile.
    pub profile: String,
    /// From its header to its last line with a meaning, as it was.
    pub before: String,
    /// The same as it became. `None` if the section went.
    pub after: Option<String>,
}

impl std::fmt::Debug for SectionText {
    /// Without text: it may have secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SectionText").field("profile", &self.profile).finish_non_exhaustive()
    }
}

impl Document<'_> {
    /// What changes the sections of the person's.
    pub(crate) fn adopted(&self, adoptions: &[Adoption], home: HomeId) -> Vec<Splice> {
        let only = self.only_sections();
        let one = |Adoption { profile, drop, entries }: &Adoption| {
            let section = (*only.get(profile.as_str())?)?;
            if section.marker.is_some_and(|marker| marker.is_active()) {
                return None;
            }
            if entries.is_empty() {
                return self.stripped(section, drop);
            }
            let keys: Vec<&str> = drop.iter().chain(entries.iter().map(|(key, _)| key)).map(Key::as_str).collect();
            let (keys, profile) = (keys.join(", "), profile.as_str());
            let marker = Marker { keys: &keys, profile, origin: Origin::default(), home: None };
            Some(self.rewritten(section, &marker, entries, home))
        };
        adoptions.iter().filter_map(one).collect()
    }

    /// The texts of the profiles' sections, each from its header to its last line with a meaning. Profiles with several
    /// sections are left out, and those whose text isn't UTF-8.
    #[must_use]
    pub fn section_texts(&self) -> HashMap<&str, &str> {
        let only = self.only_sections().into_iter();
        only.filter_map(|(profile, section)| Some((profile, self.text(section?)?))).collect()
    }

    fn text(&self, section: &Section<'_>) -> Option<&str> {
        str::from_utf8(&self.bytes[section.range.start..self.end_of_meaning(section)]).ok()
    }

    /// The bytes with sections as they were, and the profiles whose sections have changed since.
    pub(crate) fn restored(&self, texts: &[SectionText]) -> (Vec<u8>, Vec<String>) {
        let only = self.only_sections();
        let (mut splices, mut added, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for text in texts {
            match (&text.after, only.get(text.profile.as_str())) {
                (None, None) => added.push(&text.before),
                (Some(after), Some(Some(section))) if self.text(section) == Some(after) => {
                    let range = section.range.start..self.end_of_meaning(section);
                    splices.push(Splice { range, with: text.before.clone().into_bytes() });
                }
                _ => left.push(text.profile.clone()),
            }
        }
        let mut bytes = splice(self.bytes, splices);
        for text in added {
            end_line(&mut bytes, "\n");
            bytes.extend_from_slice(if bytes.is_empty() { b"" } else { b"\n" });
            bytes.extend_from_slice(text.as_bytes());
        }
        (bytes, left)
    }

    /// The profiles that have several sections.
    pub(crate) fn repeated_profiles(&self) -> HashSet<String> {
        let several = self.only_sections().into_iter().filter(|(_, only)| only.is_none());
        several.map(|(profile, _)| profile.to_owned()).collect()
    }

    /// The sections by their profiles; none for a profile that has several.
    fn only_sections(&self) -> HashMap<&str, Option<&Section<'_>>> {
        let mut only = HashMap::new();
        for section in &self.sections {
            if let Some(profile) = section.profile.as_deref() {
                only.entry(profile).and_modify(|only| *only = None).or_insert(Some(section));
            }
        }
        only
    }

    /// The section without some keys, or nothing in place of it.
    fn stripped(&self, section: &Section<'_>, drop: &[Key]) -> Option<Splice> {
        let is_dropped = |key: &[u8]| drop.iter().any(|it| it.as_str().as_bytes().eq_ignore_ascii_case(key));
        let lines = section.lines_of(self.bytes, is_dropped);
        let goes = |part: &crate::document::Part| matches!(part, crate::document::Part::Entry);
        if lines.iter().all(|(_, part)| !goes(part)) {
            return None;
        }
        if lines.iter().any(|(line, part)| !goes(part) && line.has_meaning()) {
            let kept = lines.iter().filter(|(_, part)| !goes(part));
            let with = kept.flat_map(|(line, _)| &self.bytes[line.range.clone()]).copied().collect();
            return Some(Splice { range: section.range.clone(), with });
        }
        let mut end = self.end_of_meaning(section);
        let above = Lines::of_document(&self.bytes[..section.range.start]).last();
        if above.is_none_or(|line| line.kind == LineKind::Blank) {
            // The blank lines above it are enough.
            let below = Lines::of_section(self.bytes, end..section.range.end);
            end = below.take_while(|line| line.kind == LineKind::Blank).last().map_or(end, |line| line.range.end);
        }
        Some(Splice { range: section.range.start..end, with: Vec::new() })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::batch::Batch;
    use crate::header::FileKind;
    use crate::names::entry;

    const DROP: [&str; 4] = ["sso_session", "sso_account_id", "aws_access_key_id", "aws_secret_access_key"];

    fn edited(before: &str, entries: &[(&str, &str)]) -> (String, crate::Patch) {
        let adoption = Adoption {
            profile: ProfileName::parse("dev").unwrap(),
            drop: DROP.iter().map(|key| Key::parse(key).unwrap()).collect(),
            entries: entries.iter().map(|(key, value)| entry(key, value).unwrap()).collect(),
        };
        let batch = Batch { adoptions: vec![adoption], ..Batch::default() };
        let edited = batch.edited(Some(before.as_bytes()), FileKind::Config, HomeId::new(7), &HashMap::new());
        (String::from_utf8(edited.after.unwrap()).unwrap(), edited.back)
    }

    #[test]
    fn only_the_way_to_the_credentials_changes() {
        let before = "# mine\n[profile dev]\n# the shop\nregion = eu-west-1\nsso_session = acme\ns3 =\n  x = 1\nSSO_Account_ID = 1\n\n# next\n[profile b]\nx = 1\n";
        let (after, back) = edited(before, &[("credential_process", "daypass")]);
        let marker = "# daypass: writes credential_process in \"dev\" (+0, home 0000000000000007)";
        let wanted = format!(
            "# mine\n[profile dev]\n{marker}\n# the shop\nregion = eu-west-1\ncredential_process = daypass\ns3 =\n  x = 1\n\n# next\n[profile b]\nx = 1\n"
        );
        assert_eq!(after, wanted);
        assert_eq!(back.apply(after.as_bytes()).unwrap(), before.as_bytes());
        assert_eq!(edited(&after, &[("credential_process", "other")]).0, after, "it is Daypass's now");
        let crlf = before.replace('\n', "\r\n");
        assert_eq!(edited(&crlf, &[("credential_process", "daypass")]).0, wanted.replace('\n', "\r\n"));
    }

    #[test]
    fn a_section_of_keys_goes_and_one_with_more_stays() {
        let keys = "[profile dev]\n# my key\naws_access_key_id = A\naws_secret_access_key = B\n";
        for (before, after) in [
            (
                format!("[a]\nx = 1\n\n{keys}\n# about c\n[c]\nx = 1\n"),
                "[a]\nx = 1\n\n# about c\n[c]\nx = 1\n".to_owned(),
            ),
            (keys.to_owned(), String::new()),
            (format!("{keys}region = x\n"), "[profile dev]\n# my key\nregion = x\n".to_owned()),
            (format!("{keys}\n{keys}"), format!("{keys}\n{keys}")),
            ("[profile dev]\nregion = x\n".to_owned(), "[profile dev]\nregion = x\n".to_owned()),
        ] {
            let (edited, back) = edited(&before, &[]);
            assert_eq!(edited, after);
            assert_eq!(back.apply(edited.as_bytes()).unwrap(), before.as_bytes());
        }
    }

    #[test]
    fn a_section_comes_back_only_as_it_was_left() {
        let before = "[profile dev]\nsso_session = acme\nregion = x\n";
        let (after, _) = edited(before, &[("credential_process", "daypass")]);
        let text = |bytes: &str| {
            let document = Document::parse(bytes.as_bytes(), FileKind::Config);
            document.section_texts().get("dev").map(|text| (*text).to_owned())
        };
        let section = SectionText { profile: "dev".into(), before: text(before).unwrap(), after: text(&after) };
        let restored = |now: &str, section: &SectionText| {
            let (bytes, left) =
                Document::parse(now.as_bytes(), FileKind::Config).restored(std::slice::from_ref(section));
            left.is_empty().then(|| String::from_utf8(bytes).unwrap())
        };
        let more = "\n[profile new]\nx = 1\n";
        assert_eq!(restored(&format!("{after}{more}"), &section).unwrap(), format!("{before}{more}"));
        assert_eq!(restored(&format!("{after}output = json\n"), &section), None);
        assert_eq!(restored("[profile other]\n", &section), None);
        assert_eq!(restored(&format!("{after}{after}"), &section), None);
        let gone = SectionText { after: None, ..section };
        assert_eq!(restored("[profile b]\nx = 1", &gone).unwrap(), format!("[profile b]\nx = 1\n\n{before}"));
        assert_eq!(restored(before, &gone), None);
    }
}
