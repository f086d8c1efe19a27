//! bash. Readline replaces the part of a word after its last break (`:`, `=`, a quote), and inserts what it's given as it
//! is. So the whole line comes here, and each answer goes back quoted, from that break on.

use std::ffi::OsString;
use std::io::{Error, Write};
use std::path::Path;

use clap::Command;
use clap_complete::env::EnvCompleter;

use super::answers::{Answer, answers};

pub(super) struct Bash;

const BREAKS: &str = "_DAYPASS_COMPLETE_BREAKS";

const SCRIPT: &str = r#"_daypass_complete() {
    local answer
    COMPREPLY=()
    while IFS= read -r answer; do
        COMPREPLY+=("$answer")
    done < <(VARIABLE=bash BREAKS="$COMP_WORDBREAKS" COMPLETER -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o bashdefault -o default -o nosort -F _daypass_complete PROGRAM 2>/dev/null ||
    complete -o bashdefault -o default -F _daypass_complete PROGRAM"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == "bash"
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let script = SCRIPT.replace("BREAKS=", &format!("{BREAKS}=")).replace("VARIABLE", variable);
        writeln!(out, "{}", script.replace("COMPLETER", completer).replace("PROGRAM", program))
    }

    fn write_complete(
        &self,
        command: &mut Command,
        args: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        let line = args.first().map(|line| line.to_string_lossy().into_owned()).unwrap_or_default();
        let breaks = std::env::var(BREAKS).unwrap_or_default();
        let Line { words, quote, replaced_from } = Line::read(&line, &breaks);
        let kept = words.last().map_or(0, |word| word.len().min(replaced_from));
        for Answer { word, .. } in answers(command, words.into_iter().map(OsString::from).collect(), folder)? {
            // The beginning is on the line already.
            if let Some(rest) = word.get(kept..) {
                writeln!(out, "{}", quoted(rest, quote))?;
            }
        }
        Ok(())
    }
}

/// A line up to the cursor, as bash reads it.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    /// Without quotes. The last one is being typed.
    words: Vec<String>,
    /// The quote that is open at the cursor.
    quote: Option<char>,
    /// From where on in the last word readline replaces it.
    replaced_from: usize,
}

impl Line {
    fn read(line: &str, breaks: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let (mut word, mut is_word, mut quote, mut replaced_from) = (String::new(), false, None, 0);
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (None, c) if c.is_whitespace() => {
                    if is_word {
                        words.push(std::mem::take(&mut word));
                    }
                    (is_word, replaced_from) = (false, 0);
                    continue;
                }
                (None, '\\') => word.extend(chars.next()),
                (Some('"'), '\\') if chars.peek().is_some_and(|next| "\\\"$`".contains(*next)) => {
                    word.extend(chars.next());
                }
                (None, '\'' | '"') => {
                    quote = Some(c);
                    replaced_from = word.len();
                }
                (Some(open), c) if open == c => {
                    quote = None;
                    replaced_from = word.len();
                }
                (None, c) if breaks.contains(c) => {
                    word.push(c);
                    replaced_from = word.len();
                }
                (_, c) => word.push(c),
            }
            is_word = true;
        }
        words.push(word);
        // `NAME=value` before the command.
        let is_assignment = |word: &String| word.split_once('=').is_some_and(|(name, _)| is_variable(name));
        let assignments = words[..words.len() - 1].iter().take_while(|word| is_assignment(word)).count();
        words.drain(..assignments);
        Self { words, quote, replaced_from }
    }
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The text as bash reads it, within the quote that is open.
fn quoted(text: &str, quote: Option<char>) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        match quote {
            Some('\'') if c == '\'' => quoted.push_str("'\\'"),
            Some('\'') => {}
            Some(_) if "\\\"$`".contains(c) => quoted.push('\\'),
            Some(_) => {}
            None if c.is_alphanumeric() || "-_./@%+=:,".contains(c) => {}
            None => quoted.push('\\'),
        }
        quoted.push(c);
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'><=;|&(:";

    fn line(line: &str) -> (Vec<String>, Option<char>, usize) {
        let Line { words, quote, replaced_from } = Line::read(line, BREAKS);
        (words, quote, replaced_from)
    }

    fn read(text: &str, words: &[&str], quote: Option<char>, replaced_from: usize) {
        assert_eq!(line(text), (words.iter().map(|&word| word.to_owned()).collect(), quote, replaced_from), "{text}");
    }

    #[test]
    fn lines_are_read_as_bash_does() {
        read("daypass start ", &["daypass", "start", ""], None, 0);
        read("daypass start d", &["daypass", "start", "d"], None, 0);
        read("daypass start Shop\\ pr", &["daypass", "start", "Shop pr"], None, 0);
        read("daypass start \"Shop pr", &["daypass", "start", "Shop pr"], Some('"'), 0);
        read("daypass start 'it", &["daypass", "start", "it"], Some('\''), 0);
        read("daypass start 'Shop pr'/Ad", &["daypass", "start", "Shop pr/Ad"], None, 7);
        read("daypass start work:11", &["daypass", "start", "work:11"], None, 5);
        read("daypass role add x --identity=wo", &["daypass", "role", "add", "x", "--identity=wo"], None, 11);
        read("A=1 daypass st", &["daypass", "st"], None, 0);
        read("daypass start a\\", &["daypass", "start", "a"], None, 0);
        read("", &[""], None, 0);
    }

    #[test]
    fn answers_are_read_back_as_they_were() {
        for text in
            ["Shop – production/Admin", "it's $HOME", "a;rm -rf ~", "`id`", "$(id)\\", "x\"y", "#a*b?", "!x", "日本"]
        {
            for quote in [None, Some('\''), Some('"')] {
                let open = quote.map(String::from).unwrap_or_default();
                let typed = format!("daypass start {open}{}", quoted(text, quote));
                // bash leaves the closing quote to readline, which adds it.
                let (words, _, _) = line(&typed);
                assert_eq!(words.last().map(String::as_str), Some(text), "{typed}");
            }
        }
        assert_eq!(quoted("it's", Some('\'')), r"it'\''s");
        assert_eq!(quoted("a; b", None), r"a\;\ b");
    }
}
