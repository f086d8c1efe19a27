//! File names of what a person has named.

use std::borrow::Cow;

use crate::digest;

/// Names that Windows keeps for devices, also with an ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The file name for a name of letters, digits, `-`, `_` and `.`: on Linux the name itself. macOS and Windows take names
/// that differ in capital letters for one, and Windows has names that no file can have.
#[must_use]
pub fn of(name: &str) -> Cow<'_, str> {
    if cfg!(target_os = "linux") { Cow::Borrowed(name) } else { for_any_system(name) }
}

fn for_any_system(name: &str) -> Cow<'_, str> {
    let small = name.to_ascii_lowercase();
    let is_good = small == name && !is_device(&small) && !small.ends_with('.');
    if is_good {
        return Cow::Borrowed(name);
    }
    // In front, because a device's name counts up to the first dot.
    Cow::Owned(format!("{}-{}", digest::short(name.as_bytes()), small.trim_end_matches('.')))
}

fn is_device(small: &str) -> bool {
    let stem = small.split('.').next().unwrap_or_default();
    let is_port = |kind: &str| stem.strip_prefix(kind).is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']));
    DEVICES.contains(&stem) || is_port("com") || is_port("lpt")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_that_are_one_to_a_system_or_none_at_all_get_files_of_their_own() {
        for usual in ["work", "my-company.dev", "com", "com10", "nullable", "0", "console"] {
            assert_eq!(for_any_system(usual), usual);
        }
        let odd = ["Work", "WORK", "nul", "NUL", "con.txt", "com1", "lpt9.json", "work.", "a.B"];
        let files: BTreeSet<String> = odd.iter().map(|name| for_any_system(name).to_ascii_lowercase()).collect();
        assert_eq!(files.len(), odd.len());
        for file in files {
            assert!(!is_device(&file) && !file.ends_with('.') && !odd.contains(&&*file), "{file}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_has_every_name() {
        assert_eq!(of("NUL"), "NUL");
    }
}
