//! Puts back a profile that was replaced.

use crate::document::{Document, Section, Splice, end_line, splice};
use crate::marker::HomeId;
use crate::names::ProfileName;

impl Document<'_> {
    /// The bytes with the profile that `home` wrote replaced by what `old` has of it. None if there is none of ours here,
    /// or none of another tool's in `old`, or if a person added something to ours, which would be lost.
    #[must_use]
    pub fn giving_back(&self, profile: &ProfileName, home: HomeId, old: &Document<'_>) -> Option<Vec<u8>> {
        let is_ours = |section: &&Section<'_>| {
            section.has_our_key || section.marker.is_some_and(|marker| marker.is_removable_by(home))
        };
        let ours = self.sections.iter().find(|section| section.is(profile)).filter(is_ours)?;
        let theirs = old.sections.iter().find(|section| section.is(profile) && section.marker.is_none())?;
        let range = self.whole(ours)?;
        let mut with = old.bytes[theirs.range.start..old.end_of_meaning(theirs)].to_vec();
        if range.end < self.bytes.len() {
            end_line(&mut with, self.line_break_of(ours));
        }
        Some(splice(self.bytes, vec![Splice { range, with }]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::header::FileKind;
    use crate::names::entry;

    const HOME: u64 = 7;

    fn name(text: &str) -> ProfileName {
        ProfileName::parse(text).unwrap()
    }

    fn replaced(before: &str, profile: &str) -> String {
        let entries = [entry("aws_access_key_id", "ASIAOURS").unwrap(), entry("region", "eu-west-1").unwrap()];
        let document = Document::parse(before.as_bytes(), FileKind::Credentials);
        String::from_utf8(document.with(&name(profile), &entries, HomeId::new(HOME), false)).unwrap()
    }

    fn given_back(now: &str, before: &str, profile: &str, home: u64) -> Option<String> {
        let (now, old) = (now.as_bytes(), before.as_bytes());
        let old = Document::parse(old, FileKind::Credentials);
        let bytes = Document::parse(now, FileKind::Credentials).giving_back(&name(profile), HomeId::new(home), &old)?;
        Some(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_replaced_profile_comes_back_as_it_was() {
        for before in [
            "[dev]\naws_access_key_id = AKIA1\naws_secret_access_key = s\n",
            "# mine\n[a]\nx = 1\n\n[dev]\n# old key\naws_access_key_id=AKIA1\n\n# about b\n[b]\nx = 2\n",
            "[a]\r\nx = 1\r\n\r\n[dev]\r\naws_access_key_id = AKIA1\r\n",
            "[dev]\ns3 =\n  region = x\n[b]\n",
            "[dev]\n[b]\nx = 1",
        ] {
            let now = replaced(before, "dev");
            assert!(now.contains("ASIAOURS") && !now.contains("AKIA1"), "{now}");
            assert_eq!(given_back(&now, before, "dev", HOME).as_deref(), Some(before));
        }
        // What others wrote meanwhile stays.
        let before = "[dev]\naws_access_key_id = AKIA1";
        let now = format!("{}\n[new]\nx = 1\n", replaced(before, "dev"));
        let after = "[dev]\naws_access_key_id = AKIA1\n\n[new]\nx = 1\n";
        assert_eq!(given_back(&now, before, "dev", HOME).as_deref(), Some(after));
    }

    #[test]
    fn nothing_that_is_not_ours_is_replaced_again() {
        let before = "[dev]\naws_access_key_id = AKIA1\n";
        let now = replaced(before, "dev");
        assert_eq!(given_back(&now, before, "dev", 8), None, "another home's");
        assert_eq!(given_back(before, before, "dev", HOME), None, "another tool's");
        assert_eq!(given_back("", before, "dev", HOME), None, "gone");
        assert_eq!(given_back(&now, "[other]\n", "dev", HOME), None, "not in the backup");
        let added = format!("{now}output = json\n");
        assert_eq!(given_back(&added, before, "dev", HOME), None, "a person's line would be lost");
    }
}
