//! Keys as `[settings.shortcuts]` writes them, in the notation of the systems that can listen for them globally.

/// A combination that a desktop can hear: `Ctrl+Shift+Space`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Combination {
    pub(super) ctrl: bool,
    pub(super) alt: bool,
    pub(super) shift: bool,
    pub(super) key: Key,
}

/// A key by the name that X11 and the portal have for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name in `config.toml`.
    pub(super) written: String,
    /// X11's number, without Shift.
    pub(super) keysym: u32,
    /// X11's name.
    pub(super) name: String,
}

/// Keys with a name: as it is written, X11's number and X11's name.
const NAMED: [(&str, u32, &str); 14] = [
    ("Space", 0x20, "space"),
    ("Enter", 0xff0d, "Return"),
    ("Insert", 0xff63, "Insert"),
    ("Delete", 0xffff, "Delete"),
    ("Backspace", 0xff08, "BackSpace"),
    ("Home", 0xff50, "Home"),
    ("End", 0xff57, "End"),
    ("PageUp", 0xff55, "Prior"),
    ("PageDown", 0xff56, "Next"),
    ("Up", 0xff52, "Up"),
    ("Down", 0xff54, "Down"),
    ("Left", 0xff51, "Left"),
    ("Right", 0xff53, "Right"),
    ("Plus", 0x2b, "plus"),
];

/// X11's number of F1.
const F1: u32 = 0xffbe;

impl Combination {
    /// Reads the first of the keys of a shortcut. `None` for a key that can't be heard everywhere.
    pub(super) fn read(keys: &str) -> Option<Self> {
        let mut combination = Self { ctrl: false, alt: false, shift: false, key: Key::read("Space")? };
        let mut parts = keys.split_whitespace().next()?.split('+').peekable();
        while let Some(part) = parts.next() {
            match (parts.peek(), part) {
                (None, key) => combination.key = Key::read(key)?,
                (Some(_), "Ctrl") => combination.ctrl = true,
                (Some(_), "Alt") => combination.alt = true,
                (Some(_), "Shift") => combination.shift = true,
                (Some(_), _) => return None,
            }
        }
        // A key alone would be taken from every other program.
        let is_held = combination.ctrl || combination.alt || combination.key.is_function();
        is_held.then_some(combination)
    }

    /// As `config.toml` has it.
    pub(super) fn written(&self) -> String {
        let held = [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")];
        let held: String = held.iter().filter(|(is_held, _)| *is_held).map(|(_, name)| *name).collect();
        format!("{held}{}", self.key.written)
    }

    /// As the portal reads a trigger: `CTRL+SHIFT+space`.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    pub(super) fn trigger(&self) -> String {
        let held = [(self.ctrl, "CTRL+"), (self.alt, "ALT+"), (self.shift, "SHIFT+")];
        let held: String = held.iter().filter(|(is_held, _)| *is_held).map(|(_, name)| *name).collect();
        format!("{held}{}", self.key.name)
    }
}

impl Key {
    fn read(text: &str) -> Option<Self> {
        let named = |(written, keysym, name): &(&str, u32, &str)| Self {
            written: (*written).to_owned(),
            keysym: *keysym,
            name: (*name).to_owned(),
        };
        if let Some(known) = NAMED.iter().find(|(written, ..)| *written == text) {
            return Some(named(known));
        }
        let function = text.strip_prefix('F').and_then(|number| number.parse::<u8>().ok());
        if let Some(number @ 1..=24) = function {
            let keysym = F1 + u32::from(number) - 1;
            return Some(Self { written: text.to_owned(), keysym, name: text.to_owned() });
        }
        let [one] = text.as_bytes() else { return None };
        let lower = one.to_ascii_lowercase();
        lower.is_ascii_alphanumeric().then(|| Self {
            written: text.to_owned(),
            keysym: u32::from(lower),
            name: char::from(lower).to_string(),
        })
    }

    fn is_function(&self) -> bool {
        (F1..F1 + 24).contains(&self.keysym)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_each_system_reads_them() {
        for (keys, trigger, keysym) in [
            ("Alt+Shift+D", "ALT+SHIFT+d", 0x64),
            ("Ctrl+Shift+Space Alt+F9", "CTRL+SHIFT+space", 0x20),
            ("Alt+F9", "ALT+F9", 0xffc6),
            ("F12", "F12", 0xffc9),
            ("Ctrl+7", "CTRL+7", 0x37),
            ("Ctrl+PageUp", "CTRL+Prior", 0xff55),
        ] {
            let read = Combination::read(keys).unwrap();
            assert_eq!((read.trigger().as_str(), read.key.keysym), (trigger, keysym), "{keys}");
        }
    }

    #[test]
    fn a_key_that_people_type_is_not_taken_from_every_program() {
        for keys in ["", " ", "D", "Shift+D", "Space", "?", "Ctrl+", "Ctrl+É", "Hyper+D", "Ctrl+F25", "Ctrl+F0"] {
            assert_eq!(Combination::read(keys), None, "{keys}");
        }
    }
}
