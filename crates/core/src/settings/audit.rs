//! When a file of the audit log is full, and how long full ones are kept.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::Deserialize;

/// `[settings.audit]` of `config.toml`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// A file that has grown to this size is full.
    pub rotate_size: FileSize,
    /// A file whose first line is this old is full.
    pub rotate_age: RotationAge,
    /// Full files are removed when their last line is this old. They are kept for ever without.
    pub keep: Option<Days>,
}

/// How old the first line of a file may be. 30 days by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RotationAge(pub Days);

impl Default for RotationAge {
    fn default() -> Self {
        Self(Days(30))
    }
}

/// Whole days, 1 to 36,500: `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Days(u16);

impl Days {
    /// As a span of time.
    #[must_use]
    pub fn span(self) -> TimeDelta {
        TimeDelta::days(self.0.into())
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=36_500).contains(days));
        days.map(Self).ok_or_else(|| format!("{text:?} isn't a number of days, write 1d to 36500d"))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

/// 1 kB to 1 GB, in units of 1,000: `500kB`, `10MB`. 10 MB by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FileSize(u64);

const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];

impl FileSize {
    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for FileSize {
    fn default() -> Self {
        Self(10_000_000)
    }
}

impl FromStr for FileSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let in_unit = |(unit, bytes): &(&str, u64)| {
            let count: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
            count.checked_mul(*bytes).filter(|size| (1_000..=1_000_000_000).contains(size))
        };
        let size = UNITS.iter().find_map(in_unit);
        size.map(Self).ok_or_else(|| format!("{text:?} isn't a size, write 1kB to 1GB, such as 10MB"))
    }
}

impl fmt::Display for FileSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, bytes) = UNITS.into_iter().find(|(_, bytes)| self.0.is_multiple_of(*bytes)).unwrap_or(("kB", 1_000));
        write!(f, "{}{unit}", self.0 / bytes)
    }
}

macro_rules! from_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    )*};
}

from_text!(Days, FileSize);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_days_are_read_as_they_are_written() {
        for text in ["1kB", "500kB", "1500kB", "10MB", "1GB"] {
            assert_eq!(text.parse::<FileSize>().unwrap().to_string(), text);
        }
        assert_eq!("1000 kB".parse::<FileSize>().unwrap().to_string(), "1MB");
        for text in ["", "10", "0MB", "2GB", "10 KB", "-1MB", "99999999999999999999GB", "1.5MB"] {
            assert!(text.parse::<FileSize>().is_err(), "{text}");
        }
        assert_eq!("30d".parse::<Days>().unwrap().to_string(), "30d");
        for text in ["", "30", "0d", "36501d", "-1d", "1.5d", "12h"] {
            assert!(text.parse::<Days>().is_err(), "{text}");
        }
    }
}
