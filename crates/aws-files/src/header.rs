//! Section headers: reading the profile's name, and writing a header.

use std::borrow::Cow;

use crate::names::ProfileName;

/// Which of the two shared files: they name profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
    /// `~/.aws/config`: `[profile NAME]` and `[default]`, and sections that are not profiles.
    Config,
}

impl FileKind {
    /// The profile's name in a header's title. None for other kinds of section.
    pub(crate) fn profile(self, title: &[u8]) -> Option<Cow<'_, str>> {
        let title = String::from_utf8_lossy(title);
        match self {
            Self::Credentials => Some(title),
            Self::Config if title == "default" => Some(title),
            Self::Config => {
                let name = title.strip_prefix("profile")?;
                if !name.starts_with(|c: char| c.is_ascii_whitespace()) {
                    return None;
                }
                let name = name.trim_ascii();
                if name.is_empty() {
                    return None;
                }
                // A shortcut: most names are plain, and a file may have thousands.
                if !name.contains(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '\\')) {
                    let start = title.len() - name.len();
                    return Some(match title {
                        Cow::Borrowed(title) => Cow::Borrowed(&title[start..]),
                        Cow::Owned(title) => Cow::Owned(title[start..].to_owned()),
                    });
                }
                let mut words = split_words(name)?;
                let only = words.pop()?;
                words.is_empty().then_some(Cow::Owned(only))
            }
        }
    }

    /// The header of a profile, without line break.
    pub(crate) fn header(self, profile: &ProfileName) -> String {
        match (self, profile.as_str()) {
            (Self::Credentials, name) => format!("[{name}]"),
            (Self::Config, "default") => "[default]".to_owned(),
            (Self::Config, name) if name.contains(char::is_whitespace) => {
                format!("[profile \"{name}\"]")
            }
            (Self::Config, name) => format!("[profile {name}]"),
        }
    }
}

/// Like Python's `shlex.split`. None where that raises an error.
pub(crate) fn split_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => match characters.next()? {
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}
