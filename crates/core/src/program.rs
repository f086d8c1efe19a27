//! A program that takes credentials, as the operating system describes its process.
//!
//! The system vouches for the process, its parents, its executable and its folder at the moment Daypass looks. It
//! doesn't vouch for what the program does with them: docs/consent.md says what a program can pretend.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::digest;
use crate::text;

/// The most characters of a name. Linux has 15, and a file's name up to 255.
const LONGEST_NAME: usize = 60;

/// The most characters of a path.
const LONGEST_PATH: usize = 400;

/// The most parents to show.
const MOST_PARENTS: usize = 16;

/// The program in a process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct Program {
    /// What the process is called. A program can change that.
    pub name: String,
    /// The process's id.
    pub process: u32,
    /// When the process began, in the system's own ticks: with the id, it tells one process from every other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub started: Option<u64>,
    /// The path of what it runs. Absent where the system doesn't show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub executable: Option<String>,
    /// What started it, nearest first. The last one is the terminal or the app.
    pub parents: Vec<ParentProgram>,
    /// The folder that it works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub folder: Option<String>,
    /// The container that it runs in, as its control group says, or that it sees other files than the person does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub container: Option<String>,
    /// The terminal that controls it, such as `pts/3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub terminal: Option<String>,
    /// The command of Daypass that it ran to get the credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub via: Option<String>,
}

/// A program that started another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct ParentProgram {
    /// What its process is called.
    pub name: String,
    /// The process's id.
    pub process: u32,
    /// The path of what it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub executable: Option<String>,
}

impl Program {
    /// The same program with every text as it may be shown and kept: without what commands a terminal, and not too
    /// long.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.name = bounded(&self.name, LONGEST_NAME);
        self.parents.truncate(MOST_PARENTS);
        for parent in &mut self.parents {
            parent.name = bounded(&parent.name, LONGEST_NAME);
            parent.executable = parent.executable.as_deref().map(path);
        }
        self.executable = self.executable.as_deref().map(path);
        self.folder = self.folder.as_deref().map(path);
        self.container = self.container.as_deref().map(|name| bounded(name, LONGEST_NAME));
        self.terminal = self.terminal.as_deref().map(|name| bounded(name, LONGEST_NAME));
        self.via = self.via.as_deref().map(path);
        self
    }

    /// What stays the same when the person starts it again in the same way: everything but the processes and their
    /// terminal.
    #[must_use]
    pub fn as_started_again(&self) -> Self {
        let parents = self.parents.iter().map(|parent| ParentProgram { process: 0, ..parent.clone() }).collect();
        Self { process: 0, started: None, terminal: None, parents, ..self.clone() }
    }

    /// Whether both are one process.
    #[must_use]
    pub fn is_process(&self, other: &Self) -> bool {
        self.process == other.process && self.started.is_some() && self.started == other.started
    }

    /// `terraform, by zsh, in gnome-terminal-server`
    #[must_use]
    pub fn words(&self) -> String {
        self.parent_words().map_or_else(|| self.name.clone(), |parents| format!("{}, {parents}", self.name))
    }

    /// `by zsh, in gnome-terminal-server`
    #[must_use]
    pub fn parent_words(&self) -> Option<String> {
        match self.parents.as_slice() {
            [] => None,
            [app] => Some(format!("in {}", app.name)),
            [parent, .., app] => Some(format!("by {}, in {}", parent.name, app.name)),
        }
    }
}

/// A folder, from the person's own one where it is in that.
#[must_use]
pub fn short_folder(folder: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches('/')).filter(|home| !home.is_empty());
    match home.and_then(|home| folder.strip_prefix(home)) {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with('/') => format!("~{rest}"),
        _ => folder.to_owned(),
    }
}

fn path(path: &str) -> String {
    bounded(path, LONGEST_PATH)
}

/// Two long texts stay two.
fn bounded(text: &str, most: usize) -> String {
    let shown = text::shown(text);
    if shown.chars().count() <= most {
        return shown.into_owned();
    }
    let kept: String = shown.chars().take(most).collect();
    format!("{kept}… ({})", digest::short(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(name: &str) -> ParentProgram {
        ParentProgram { name: name.to_owned(), ..ParentProgram::default() }
    }

    #[test]
    fn a_program_is_told_with_its_parent_and_its_terminal() {
        let with = |parents: &[&str]| Program {
            name: "terraform".to_owned(),
            parents: parents.iter().map(|name| parent(name)).collect(),
            ..Program::default()
        };
        assert_eq!(with(&[]).words(), "terraform");
        assert_eq!(with(&["cron"]).words(), "terraform, in cron");
        assert_eq!(with(&["make", "zsh", "konsole"]).words(), "terraform, by make, in konsole");
    }

    #[test]
    fn a_folder_is_told_from_home() {
        let home = Some("/home/ann");
        let cases = [("/home/ann", "~"), ("/home/ann/shop", "~/shop"), ("/home/anna/shop", "/home/anna/shop")];
        for (folder, told) in cases {
            assert_eq!(short_folder(folder, home), told);
        }
        assert_eq!(short_folder("/srv", None), "/srv");
        assert_eq!(short_folder("/srv", Some("/")), "/srv");
    }

    #[test]
    fn texts_command_no_terminal_and_long_ones_stay_apart() {
        let long = |end: &str| Program {
            name: "a\u{1b}[31m\u{202e}b".to_owned(),
            folder: Some(format!("/{}{end}", "x".repeat(5000))),
            parents: vec![parent("p"); 400],
            ..Program::default()
        };
        let (one, two) = (long("1").bounded(), long("2").bounded());
        assert_eq!(one.name, r"a\u{1b}[31m\u{202e}b");
        assert_ne!(one.folder, two.folder);
        assert!(one.folder.is_some_and(|folder| folder.chars().count() < 450));
        assert_eq!(one.parents.len(), MOST_PARENTS);
    }
}
