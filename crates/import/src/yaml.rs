//! Reads YAML into a tree of texts. The caller decides what a text means: the account `012345678901` keeps its
//! zero, quoted or not, and a switch may be `true` or `"true"`.
//!
//! The file may be hostile. Its depth is bounded, and so is what its aliases multiply it to.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

/// How deep lists and tables may be nested.
const DEEPEST: usize = 64;

/// How many nodes and characters the tree may have, with every alias as long as what it stands for.
const LARGEST: usize = 8 * 1024 * 1024;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// Nothing: `key:`, `~` or `null`.
    Nothing,
    /// Anything that isn't a list or a table.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// A table, in the file's order.
    Table(Vec<(String, Yaml)>),
}

/// Why a text isn't read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// From 1.
    pub(crate) line: usize,
    /// As a sentence without its full stop.
    pub(crate) why: String,
}

/// A list or a table whose end hasn't come yet.
struct Open {
    node: Yaml,
    anchor: usize,
    /// Of a table, the key whose value comes next.
    key: Option<String>,
}

impl Yaml {
    /// The first document of a text. An empty text is [`Yaml::Nothing`].
    pub(crate) fn read(text: &str) -> Result<Self, Unreadable> {
        let mut open: Vec<Open> = Vec::new();
        let mut anchored: HashMap<usize, (Yaml, usize)> = HashMap::new();
        let mut size = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| not_yaml(&error))?;
            let refuse = |why: &str| Unreadable { line: span.start.line(), why: why.to_owned() };
            let (node, anchor) = match event {
                Event::Scalar(text, style, anchor, _) => (scalar(&text, style), anchor),
                Event::Alias(anchor) => {
                    let (node, weight) = anchored.get(&anchor).ok_or_else(|| refuse("it names itself"))?;
                    size += weight;
                    if size > LARGEST {
                        return Err(refuse("its aliases make it too large"));
                    }
                    (node.clone(), 0)
                }
                Event::SequenceStart(anchor, _) => {
                    open.push(Open { node: Self::List(Vec::new()), anchor, key: None });
                    if open.len() > DEEPEST {
                        return Err(refuse("it's nested too deeply"));
                    }
                    continue;
                }
                Event::MappingStart(anchor, _) => {
                    open.push(Open { node: Self::Table(Vec::new()), anchor, key: None });
                    if open.len() > DEEPEST {
                        return Err(refuse("it's nested too deeply"));
                    }
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(ended) => (ended.node, ended.anchor),
                    None => continue,
                },
                Event::DocumentEnd | Event::StreamEnd => break,
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => continue,
            };
            if anchor != 0 {
                anchored.insert(anchor, (node.clone(), node.weight()));
            }
            match open.last_mut() {
                Some(parent) => parent.take(node),
                None => return Ok(node),
            }
        }
        Ok(Self::Nothing)
    }

    /// The value of a key of a table. Of two, the last; what a table merges (`<<`) counts least.
    pub(crate) fn get(&self, key: &str) -> &Self {
        self.own(key).or_else(|| self.merged().find_map(|table| table.own(key))).unwrap_or(&Self::Nothing)
    }

    /// The keys of a table with their values, in the file's order, and what it merges after them.
    pub(crate) fn entries(&self) -> Vec<(&str, &Self)> {
        let mut entries: Vec<(&str, &Self)> = Vec::new();
        for table in [self].into_iter().chain(self.merged()) {
            let Self::Table(own) = table else { continue };
            for (key, _) in own.iter().filter(|(key, _)| key != MERGE) {
                if !entries.iter().any(|(known, _)| known == key) {
                    entries.push((key, table.own(key).unwrap_or(&Self::Nothing)));
                }
            }
        }
        entries
    }

    /// The items of a list; of anything else but nothing, itself.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Nothing => &[],
            Self::List(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// The text, unless it is empty.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Self::Nothing | Self::List(_) | Self::Table(_) => None,
        }
    }

    fn own(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            Self::Nothing | Self::Text(_) | Self::List(_) => None,
        }
    }

    fn merged(&self) -> impl Iterator<Item = &Self> {
        self.own(MERGE).map_or(&[][..], Self::items).iter()
    }

    fn weight(&self) -> usize {
        1 + match self {
            Self::Nothing => 0,
            Self::Text(text) => text.len(),
            Self::List(items) => items.iter().map(Self::weight).sum(),
            Self::Table(entries) => entries.iter().map(|(key, value)| key.len() + value.weight()).sum(),
        }
    }
}

/// The key whose value is merged into its table (<https://yaml.org/type/merge.html>).
const MERGE: &str = "<<";

impl Open {
    fn take(&mut self, node: Yaml) {
        match &mut self.node {
            Yaml::List(items) => items.push(node),
            Yaml::Table(entries) => match self.key.take() {
                Some(key) => entries.push((key, node)),
                // A list or a table as a key has no counterpart in any tool's settings.
                None => self.key = Some(node.text().unwrap_or_default().to_owned()),
            },
            Yaml::Nothing | Yaml::Text(_) => {}
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Yaml {
    match style {
        ScalarStyle::Plain if matches!(text, "" | "~" | "null" | "Null" | "NULL") => Yaml::Nothing,
        _ => Yaml::Text(text.to_owned()),
    }
}

fn not_yaml(error: &ScanError) -> Unreadable {
    Unreadable { line: error.marker().line(), why: format!("it isn't YAML: {}", error.info()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_stay_as_they_are_written() {
        let yaml = Yaml::read("a: 012345678901\nb: 'true'\nc: ~\nd: [1, {e: x}]\n? [k]\n: v\n").unwrap();
        assert_eq!(yaml.get("a").text(), Some("012345678901"));
        assert_eq!(yaml.get("b").text(), Some("true"));
        assert_eq!(yaml.get("c"), &Yaml::Nothing);
        assert_eq!(yaml.get("d").items()[1].get("e").text(), Some("x"));
        assert_eq!(yaml.get("absent"), &Yaml::Nothing);
        assert_eq!(Yaml::read("").unwrap(), Yaml::Nothing);
        assert_eq!(Yaml::read("'~'").unwrap().text(), Some("~"));
    }

    #[test]
    fn what_is_anchored_is_merged_and_the_tables_own_keys_count() {
        let yaml = Yaml::read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n").unwrap();
        assert_eq!(yaml.get("use").get("x").text(), Some("1"));
        assert_eq!(yaml.get("use").get("y").text(), Some("3"));
        let entries: Vec<_> = yaml.get("use").entries().into_iter().map(|(key, _)| key).collect();
        assert_eq!(entries, ["y", "x"]);
    }

    #[test]
    fn aliases_cannot_blow_it_up() {
        let mut text = "a0: &a0 [xxxxxxxxxx, xxxxxxxxxx]\n".to_owned();
        for i in 1..40 {
            let before = i - 1;
            text.push_str(&format!("a{i}: &a{i} [*a{before}, *a{before}, *a{before}, *a{before}]\n"));
        }
        assert_eq!(Yaml::read(&text).unwrap_err().why, "its aliases make it too large");
    }

    #[test]
    fn it_cannot_be_nested_without_end() {
        for text in ["[".repeat(100_000), "- ".repeat(1_000), "a: ".repeat(100), "{a: ".repeat(1_000)] {
            Yaml::read(&text).unwrap_err();
        }
        let deep = "\n".to_owned() + &(0..100).map(|i| format!("{}a:\n", " ".repeat(i))).collect::<String>();
        assert_eq!(Yaml::read(&deep).unwrap_err().why, "it's nested too deeply");
        Yaml::read("a: &a [*a]").unwrap_err();
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-\\[\\]{}:&*!|>'\"#%@`,?a-c0 \n\t~<]{0,200}") {
            let _ = Yaml::read(&text);
        }
    }
}
