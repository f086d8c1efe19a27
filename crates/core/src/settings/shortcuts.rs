//! The keys of the window's shortcuts: `[settings.shortcuts]` of `config.toml`.
//!
//! The table of shortcuts is one with the window's: `ui/src/lib/shortcuts.json` and `ui/src/words/shortcuts.json`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};

use super::chord::Chord;

/// Where they work, with the keys that each has by default.
static TABLE: LazyLock<BTreeMap<&str, BTreeMap<&str, Vec<&str>>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../ui/src/lib/shortcuts.json")).unwrap_or_default());

/// What each does.
static WORDS: LazyLock<BTreeMap<&str, &str>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../ui/src/words/shortcuts.json")).unwrap_or_default());

/// Those that can't be changed.
const FIXED: &str = "fixed";

/// A shortcut that can have other keys, by its name in `config.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortcutId(&'static str);

impl ShortcutId {
    /// All of them, by name.
    pub fn all() -> impl Iterator<Item = Self> {
        let changeable = TABLE.iter().filter(|(place, _)| **place != FIXED).flat_map(|(_, all)| all.keys().copied());
        let mut ids: Vec<&str> = changeable.collect();
        ids.sort_unstable();
        ids.into_iter().map(ShortcutId)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// What it does.
    #[must_use]
    pub fn does(self) -> &'static str {
        WORDS.get(self.0).copied().unwrap_or(self.0)
    }

    /// The keys that it has unless the person chose others.
    #[must_use]
    pub fn default_keys(self) -> Keys {
        let keys = TABLE.values().find_map(|all| all.get(self.0)).into_iter().flatten();
        Keys(keys.filter_map(|keys| keys.parse().ok()).collect())
    }
}

impl TryFrom<String> for ShortcutId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::all().find(|id| id.0 == text).ok_or_else(|| {
            let known: Vec<String> = Self::all().map(|id| format!("`{id}`")).collect();
            format!("unknown shortcut `{text}`, expected one of {}", known.join(", "))
        })
    }
}

/// (Derived, it would only read texts that live forever.)
impl<'de> Deserialize<'de> for ShortcutId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
    }
}

impl fmt::Display for ShortcutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The keys of one shortcut, of which each does the same. Written with spaces between them: `Ctrl+Plus Ctrl+=`. Without
/// any, it is off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Keys(Vec<Chord>);

impl Keys {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Chord> {
        self.0.iter()
    }
}

impl FromStr for Keys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split_whitespace().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Keys {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join(" "))
    }
}

/// `[settings.shortcuts]`: the keys that the person chose. A key is of one shortcut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "BTreeMap<ShortcutId, Keys>")]
pub struct ShortcutSettings(BTreeMap<ShortcutId, Keys>);

impl ShortcutSettings {
    /// The keys that the person chose for a shortcut.
    #[must_use]
    pub fn chosen(&self, id: ShortcutId) -> Option<&Keys> {
        self.0.get(&id)
    }

    /// The keys in force. If the person gives a key to one shortcut, it stops being the default of another.
    #[must_use]
    pub fn keys(&self, id: ShortcutId) -> Keys {
        if let Some(chosen) = self.chosen(id) {
            return chosen.clone();
        }
        let is_free = |chord: &Chord| !self.0.values().flat_map(Keys::iter).any(|taken| taken == chord);
        Keys(id.default_keys().0.into_iter().filter(is_free).collect())
    }
}

impl TryFrom<BTreeMap<ShortcutId, Keys>> for ShortcutSettings {
    type Error = String;

    fn try_from(chosen: BTreeMap<ShortcutId, Keys>) -> Result<Self, String> {
        let mut taken: BTreeMap<String, ShortcutId> = BTreeMap::new();
        for (id, keys) in &chosen {
            for chord in keys.iter() {
                match taken.insert(chord.to_string(), *id) {
                    Some(other) if other == *id => return Err(format!("`{id}` has {chord} twice")),
                    Some(other) => {
                        return Err(format!("{chord} is given to `{other}` and to `{id}`: a key is of one shortcut"));
                    }
                    None => {}
                }
            }
        }
        Ok(Self(chosen))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ShortcutSettings, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_table_is_the_window_s_and_each_key_is_one_that_could_be_chosen() {
        let ids: Vec<ShortcutId> = ShortcutId::all().collect();
        assert!(ids.len() > 10 && ids.is_sorted());
        for id in ids {
            assert_ne!(id.does(), id.as_str(), "{id} has no words");
            let table = TABLE.values().find_map(|all| all.get(id.as_str())).unwrap();
            assert_eq!(id.default_keys().to_string(), table.join(" "), "{id}");
        }
        let fixed: Vec<&&str> = TABLE[FIXED].keys().collect();
        assert!(fixed.iter().all(|id| ShortcutId::try_from((**id).to_owned()).is_err()));
    }

    #[test]
    fn a_chosen_key_is_no_longer_the_default_of_another() {
        let id = |text: &str| ShortcutId::try_from(text.to_owned()).unwrap();
        let chosen = read(r#"{"console": "F5", "find": ""}"#).unwrap();
        assert_eq!(chosen.keys(id("console")).to_string(), "F5");
        assert_eq!(chosen.keys(id("list-roles")).to_string(), "");
        assert_eq!(chosen.keys(id("find")).to_string(), "");
        assert_eq!(chosen.keys(id("add-role")).to_string(), "Ctrl+Shift+N");
    }

    #[test]
    fn what_cannot_work_is_told() {
        for (text, told) in [
            (r#"{"nonsense": "F6"}"#, "unknown shortcut `nonsense`, expected one of `add-identity`"),
            (r#"{"move": "F6"}"#, "unknown shortcut `move`"),
            (r#"{"find": "F6", "console": "f6"}"#, "F6 is given to `console` and to `find`"),
            (r#"{"find": "F6 F6"}"#, "`find` has F6 twice"),
            (r#"{"find": "Ctrl+Hyper"}"#, "Ctrl+Hyper"),
        ] {
            let why = read(text).unwrap_err();
            assert!(why.contains(told), "{why}");
        }
    }
}
