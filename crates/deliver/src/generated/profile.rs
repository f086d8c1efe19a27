//! A generated profile, as it should be and as it is.

use std::path::Path;

use aws_files::{HomeId, Key, ProfileEntry, Value, quote_process_argument, split_process_line};
use daypass_core::names::{IdentityName, ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::settings::OutputFormat;
use serde::Serialize;

const PROCESS: &str = "credential_process";
const REGION: &str = "region";
const OUTPUT: &str = "output";

/// What generated profiles may have.
const KEYS: [&str; 3] = [PROCESS, REGION, OUTPUT];

/// A profile that a role is to have.
#[derive(Debug, Clone)]
pub struct GeneratedProfile {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role: String,
    pub(super) entries: Vec<(Key, Value)>,
}

/// A generated profile of this home that is in the file.
#[derive(Debug, Clone)]
pub struct FoundProfile {
    /// Its name.
    pub name: ProfileName,
    /// Its role, as `IDENTITY:ARN`.
    pub role: String,
    /// Line of its header, from 1.
    pub line: usize,
    /// Its lines among [`KEYS`], and whether Daypass wrote them.
    values: Vec<(&'static str, String, bool)>,
}

/// A line that is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its key.
    pub key: &'static str,
    /// What stands there now, if anything.
    pub before: Option<String>,
    /// What is to stand there, if anything.
    pub after: Option<String>,
}

impl GeneratedProfile {
    /// A profile for which tools run `command`, the path of the `daypass` command.
    ///
    /// # Errors
    ///
    /// `bad-value` for a path that not every tool would read back.
    pub fn new(
        command: &Path,
        name: ProfileName,
        role: String,
        region: Option<&Region>,
        output: Option<OutputFormat>,
    ) -> Result<Self, Problem> {
        let words = [&*command.to_string_lossy(), "credential-process", "--profile", name.as_str(), "--role", &role];
        let process = words.map(quote_process_argument).join(" ");
        let mut entries = vec![aws_files::entry(PROCESS, &process)?];
        if let Some(region) = region {
            entries.push(aws_files::entry(REGION, region.as_str())?);
        }
        if let Some(output) = output {
            entries.push(aws_files::entry(OUTPUT, output.as_str())?);
        }
        Ok(Self { name, role, entries })
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.value(REGION)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(own, _)| own.as_str() == key).map(|(_, value)| value.expose())
    }
}

impl FoundProfile {
    /// None for what `home` did not generate.
    pub(super) fn of(entry: &ProfileEntry, home: HomeId) -> Option<Self> {
        let is_generated = entry.owned && entry.home == Some(home) && entry.is_written(PROCESS);
        let role = entry.get(PROCESS).filter(|_| is_generated).and_then(role_in)?;
        let name = entry.name.parse().ok()?;
        let values = KEYS.into_iter().filter_map(|key| Some((key, entry.get(key)?.to_owned(), entry.is_written(key))));
        Some(Self { name, role, line: entry.line, values: values.collect() })
    }

    /// Its region.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.values.iter().find(|(key, ..)| *key == REGION).map(|(_, value, _)| value.as_str())
    }

    /// The same for the identity's new name. `None` if it is another identity's.
    pub(super) fn of_renamed(
        &self,
        old: &IdentityName,
        new: &IdentityName,
    ) -> Result<Option<GeneratedProfile>, aws_files::Error> {
        let of_old = self.role.strip_prefix(old.as_str()).and_then(|rest| rest.strip_prefix(':'));
        let Some(role) = of_old.map(|arn| format!("{new}:{arn}")) else { return Ok(None) };
        let mut entries = Vec::new();
        for (key, value, _) in self.values.iter().filter(|(.., is_written)| *is_written) {
            let process = (*key == PROCESS).then(|| with_role(value, &role)).flatten();
            entries.push(aws_files::entry(key, process.as_ref().unwrap_or(value))?);
        }
        Ok(Some(GeneratedProfile { name: self.name.clone(), role, entries }))
    }

    /// What has to change to make it the `wanted` one. A line that a person added stays.
    #[must_use]
    pub fn differences(&self, wanted: &GeneratedProfile) -> Vec<Difference> {
        let difference = |key: &'static str| {
            let found = self.values.iter().find(|(own, ..)| *own == key);
            let (before, after) = (found.map(|(_, value, _)| value.clone()), wanted.value(key).map(str::to_owned));
            let is_theirs = after.is_none() && found.is_some_and(|(.., is_written)| !is_written);
            (before != after && !is_theirs).then_some(Difference { key, before, after })
        };
        KEYS.into_iter().filter_map(difference).collect()
    }
}

/// The role that the line names.
fn role_in(line: &str) -> Option<String> {
    let words = split_process_line(line)?;
    let at = words.iter().position(|word| word == "--role")?;
    words.get(at + 1).cloned()
}

/// The line with another role.
fn with_role(line: &str, role: &str) -> Option<String> {
    let mut words = split_process_line(line)?;
    let at = words.iter().position(|word| word == "--role")?;
    *words.get_mut(at + 1)? = role.to_owned();
    Some(words.iter().map(|word| quote_process_argument(word)).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_role_and_survives_any_path() {
        for path in ["/usr/bin/daypass", "/opt/day pass/it's $HOME/daypass"] {
            let name = "shop-Admin".parse().unwrap();
            let role = "work:arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/Admin".to_owned();
            let profile = GeneratedProfile::new(Path::new(path), name, role.clone(), None, None).unwrap();
            let line = profile.value(PROCESS).unwrap();
            let words = ["credential-process", "--profile", "shop-Admin", "--role", &role];
            if cfg!(not(windows)) {
                assert_eq!(split_process_line(line).unwrap(), [&[path], &words[..]].concat());
            }
            assert_eq!(role_in(line), Some(role));
        }
        assert_eq!(role_in("daypass credential-process --profile dev"), None);
        assert_eq!(role_in("daypass --role"), None);
    }
}
