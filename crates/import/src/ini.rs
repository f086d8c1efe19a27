//! Reads the INI files of tools that aren't the AWS files.

use std::collections::BTreeMap;

use configparser::ini::{Ini, IniDefault};

use crate::{FileText, Machine, Origin, Remark};

/// A section. Keys are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// As in its header.
    pub(crate) name: String,
    /// The line of its header, from 1.
    pub(crate) line: usize,
    values: BTreeMap<String, String>,
}

/// Whose rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Go's `gopkg.in/ini.v1`: a `#` or `;` after a space begins a comment, and a value may be in quotes.
    Go,
    /// Python's `configparser`: what `DEFAULT` says counts for every section.
    Python,
}

impl Section {
    /// The value of a key in lower case, unless it is empty.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| ["true", "yes", "on", "1", "y", "t"].contains(&value.to_lowercase().as_str()))
    }

    /// The same with the values of another section where it has none of its own.
    pub(crate) fn over(mut self, base: &Self) -> Self {
        for (key, value) in &base.values {
            self.values.entry(key.clone()).or_insert_with(|| value.clone());
        }
        self
    }
}

/// The sections, in the file's order.
///
/// # Errors
///
/// What isn't INI.
pub(crate) fn read(file: &FileText, rules: Rules, machine: &Machine) -> Result<Vec<Section>, Remark> {
    let mut defaults = IniDefault::default();
    defaults.default_section = "\0".to_owned();
    defaults.comment_symbols = vec!['#', ';'];
    // Comments after values differ from tool to tool, and a URL may have a # in it.
    defaults.enable_inline_comments = false;
    defaults.delimiters = match rules {
        Rules::Go => vec!['='],
        Rules::Python => vec!['=', ':'],
    };
    defaults.case_sensitive = true;
    let mut ini = Ini::new_from_defaults(defaults);
    let map = ini.read(file.text.to_string()).map_err(|why| {
        let why = format!("it isn't an INI file: {why}");
        Remark::new(format!("{} isn't read", machine.shown(&file.path)), why, Origin::file(&file.path))
    })?;
    let lines = headers(&file.text);
    let mut sections: Vec<Section> = map
        .into_iter()
        .filter(|(name, _)| name != "\0")
        .map(|(name, keys)| {
            let value = |text: Option<String>| value(text.as_deref().unwrap_or_default(), rules);
            let values = keys.into_iter().map(|(key, text)| (key.to_lowercase(), value(text))).collect();
            Section { line: lines.get(name.as_str()).copied().unwrap_or(1), name, values }
        })
        .collect();
    sections.sort_by_key(|section| section.line);
    if rules == Rules::Python
        && let Some(default) = sections.iter().find(|section| section.name == "DEFAULT").cloned()
    {
        sections = sections.into_iter().map(|section| section.over(&default)).collect();
    }
    Ok(sections)
}

/// The lines of the sections' first headers, from 1.
fn headers(text: &str) -> BTreeMap<&str, usize> {
    let title = |line: &'_ str| -> Option<(usize, usize)> {
        let start = line.len() - line.trim_start().len();
        line[start..].starts_with('[').then_some(())?;
        Some((start + 1, line.rfind(']')?))
    };
    let mut lines = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = title(line).and_then(|(start, end)| line.get(start..end)) {
            lines.entry(name.trim()).or_insert(index + 1);
        }
    }
    lines
}

fn value(text: &str, rules: Rules) -> String {
    let text = text.trim();
    if rules == Rules::Python {
        return text.to_owned();
    }
    for quote in ['"', '\'', '`'] {
        if let Some((inner, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner.to_owned();
        }
    }
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|comment| text.find(comment)).min();
    text[..end.unwrap_or(text.len())].trim_end().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use zeroize::Zeroizing;

    use super::*;
    use crate::NoKeyring;

    fn sections(text: &str, rules: Rules) -> Vec<Section> {
        of(text, rules).unwrap()
    }

    fn of(text: &str, rules: Rules) -> Result<Vec<Section>, Remark> {
        let machine = Machine::in_folder("/nowhere".as_ref(), Arc::new(NoKeyring));
        read(&FileText { path: "/x".into(), text: Zeroizing::new(text.to_owned()) }, rules, &machine)
    }

    #[test]
    fn go_files_have_comments_after_values_and_quotes() {
        let text =
            "; top\n[a b]\nURL = https://x/#/hash # said\nmessage = \"a; b\" ; c\nempty =\n\n[default]\nx=1\nx=2\n";
        let read = sections(text, Rules::Go);
        assert_eq!(read.iter().map(|s| (s.name.as_str(), s.line)).collect::<Vec<_>>(), [("a b", 2), ("default", 7)]);
        assert_eq!(read[0].get("url"), Some("https://x/#/hash"));
        assert_eq!(read[0].get("message"), Some("a; b"));
        assert_eq!(read[0].get("empty"), None);
        assert_eq!(read[1].get("x"), Some("2"));
    }

    #[test]
    fn pythons_default_section_counts_for_all() {
        let text = "[DEFAULT]\nokta_org_url: https://x.okta.com\ncred_profile = role\n[dev]\ncred_profile = acc\n";
        let read = sections(text, Rules::Python);
        assert_eq!(read[1].get("okta_org_url"), Some("https://x.okta.com"));
        assert_eq!(read[1].get("cred_profile"), Some("acc"));
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        for text in ["[", "]", "[a", "=", "[]\n=\n", "a\n b\n", "[a]\n\u{0}=\u{0}", "\u{feff}[a]\nb"] {
            let _ = of(text, Rules::Go);
            let _ = of(text, Rules::Python);
        }
    }
}
