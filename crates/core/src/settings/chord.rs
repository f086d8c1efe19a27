//! Keys that are pressed together, as `ui/src/lib/shortcuts.ts` names them.

use std::fmt;
use std::str::FromStr;

/// A key, with the modifiers that are held: `Ctrl+Shift+N`. `Ctrl` is ⌘ on a Mac.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    ctrl: bool,
    alt: bool,
    shift: bool,
    /// A single character in upper case, or a name of `NAMED` or `F1` to `F24`.
    key: String,
}

/// Keys with a name, as it is written here.
const NAMED: [&str; 16] = [
    "Enter",
    "Escape",
    "Tab",
    "Backspace",
    "Delete",
    "Insert",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Up",
    "Down",
    "Left",
    "Right",
    "Plus",
    "Space",
];

impl Chord {
    /// Whether it writes something where text is typed.
    fn writes(&self) -> bool {
        self.key.chars().count() == 1 || self.key == "Plus" || self.key == "Space"
    }

    fn needs_shift_somewhere(&self) -> bool {
        let is_letter = self.key.chars().all(char::is_alphabetic);
        self.key == "Plus" || (self.key.chars().count() == 1 && !is_letter)
    }

    fn is_letter_or_digit(&self) -> bool {
        self.key.chars().count() == 1 && self.key.chars().all(char::is_alphanumeric)
    }

    /// Why it can't be a shortcut.
    fn impossible(&self) -> Option<&'static str> {
        let held = (self.ctrl, self.alt);
        match self.key.as_str() {
            "Tab" | "Escape" => return Some("it moves between fields and closes dialogs everywhere"),
            "Up" | "Down" | "Left" | "Right" | "Home" | "End" | "PageUp" | "PageDown" | "Backspace" | "Delete"
                if held == (false, false) =>
            {
                return Some("it moves and deletes in lists and fields");
            }
            "A" | "V" | "X" | "Y" | "Z" if held == (true, false) && !self.shift => {
                return Some("it belongs to the text that is being typed");
            }
            "Q" | "W" if held == (true, false) => return Some("it ends programs and closes windows on some systems"),
            "F4" if self.alt => return Some("it closes windows on some systems"),
            _ => {}
        }
        match held {
            (false, false) if self.is_letter_or_digit() => Some("it would be typed. Hold Ctrl or Alt with it"),
            (true, true) if self.writes() => Some("many keyboards type characters with it (AltGr)"),
            _ => None,
        }
    }
}

impl FromStr for Chord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut chord = Self { ctrl: false, alt: false, shift: false, key: String::new() };
        let mut parts = text.split('+').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                chord.key = key(part).ok_or_else(|| unreadable(text))?;
                break;
            }
            match part.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "cmd" | "command" => chord.ctrl = true,
                "alt" | "option" => chord.alt = true,
                "shift" => chord.shift = true,
                _ => return Err(unreadable(text)),
            }
        }
        // Which of the others need Shift depends on the keyboard, so it isn't said of them.
        if chord.needs_shift_somewhere() {
            chord.shift = false;
        }
        match chord.impossible() {
            Some(why) => Err(format!("{chord} can't be a shortcut: {why}")),
            None => Ok(chord),
        }
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+")] {
            if held {
                f.write_str(name)?;
            }
        }
        f.write_str(&self.key)
    }
}

fn key(text: &str) -> Option<String> {
    let mut chars = text.chars();
    if let (Some(one), None) = (chars.next(), chars.next()) {
        return (!one.is_control() && !one.is_whitespace()).then(|| one.to_uppercase().collect());
    }
    let named = NAMED.iter().find(|name| name.eq_ignore_ascii_case(text));
    let function = || {
        let number: u8 = text.strip_prefix(['F', 'f'])?.parse().ok()?;
        (1..=24).contains(&number).then(|| format!("F{number}"))
    };
    named.map(|name| (*name).to_owned()).or_else(function)
}

fn unreadable(text: &str) -> String {
    format!("{text:?} isn't a key. Write it like Ctrl+K, Ctrl+Shift+N, Alt+Enter, F5 or Ctrl+Plus")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_spelling() {
        for (text, spelled) in [
            ("Ctrl+K", "Ctrl+K"),
            ("shift+ctrl+n", "Ctrl+Shift+N"),
            ("Cmd+K", "Ctrl+K"),
            ("option+enter", "Alt+Enter"),
            ("f5", "F5"),
            ("?", "?"),
            ("Ctrl+Shift+/", "Ctrl+/"),
            ("Ctrl+Plus", "Ctrl+Plus"),
            ("Ctrl+-", "Ctrl+-"),
            ("Ctrl+,", "Ctrl+,"),
            ("Ctrl+é", "Ctrl+É"),
            ("Ctrl+pageup", "Ctrl+PageUp"),
            ("Alt+Left", "Alt+Left"),
        ] {
            assert_eq!(text.parse::<Chord>().unwrap().to_string(), spelled);
        }
    }

    #[test]
    fn what_a_keyboard_or_a_field_needs_cannot_be_taken() {
        for text in [
            "",
            "+",
            "Ctrl+",
            "Ctrl++",
            "Hyper+K",
            "Ctrl+Foo",
            "F0",
            "F25",
            "K",
            "7",
            "Shift+K",
            "Tab",
            "Ctrl+Tab",
            "Escape",
            "Up",
            "Backspace",
            "Ctrl+V",
            "Ctrl+z",
            "Ctrl+Q",
            "Alt+F4",
            "Ctrl+Alt+K",
            "Ctrl+\u{7}",
        ] {
            let why = text.parse::<Chord>().unwrap_err();
            assert!(why.contains("isn't a key") || why.contains("can't be a shortcut"), "{text}: {why}");
        }
    }
}
