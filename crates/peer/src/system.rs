//! What Linux says about processes in `/proc`: names and parents of all, and more about this user's own.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::attribution::{Facts, Processes, container_in};

/// What a program sees other files in than this process does.
const APART: &str = "its own view of files";

/// The processes of this machine.
pub(crate) struct System;

impl Processes for System {
    fn facts(&self, id: u32) -> Option<Facts> {
        // A program can call itself anything, also what isn't text.
        let line = fs::read(format!("/proc/{id}/stat")).ok()?;
        facts_in(&String::from_utf8_lossy(&line))
    }

    fn executable(&self, id: u32) -> Option<String> {
        linked(id, "exe")
    }

    fn folder(&self, id: u32) -> Option<String> {
        linked(id, "cwd")
    }

    fn container(&self, id: u32) -> Option<String> {
        let groups = fs::read(format!("/proc/{id}/cgroup")).unwrap_or_default();
        let groups = String::from_utf8_lossy(&groups);
        let is_apart = || Some(linked(id, "ns/mnt")? != fs::read_link("/proc/self/ns/mnt").ok()?.to_string_lossy());
        // This process may run in a container itself, as may all of its programs.
        let own = || fs::read_to_string("/proc/self/cgroup").ok().and_then(|groups| container_in(&groups));
        match container_in(&groups) {
            Some(container) => (own().as_ref() != Some(&container)).then_some(container),
            None => is_apart().unwrap_or(false).then(|| APART.to_owned()),
        }
    }

    fn runs_one_line(&self, id: u32) -> bool {
        let words = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).nth(1) == Some(b"-c")
    }
}

/// The name is in parentheses and may have any character in it, also `)`. (proc_pid_stat(5))
fn facts_in(stat: &str) -> Option<Facts> {
    let (head, rest) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let mut fields = rest.split_ascii_whitespace();
    // The third field is the state.
    let parent = fields.nth(1)?.parse().ok()?;
    // The 7th.
    let terminal = fields.nth(2)?.parse::<i32>().ok()?.cast_unsigned();
    // The 22nd.
    let started = fields.nth(14)?.parse().ok()?;
    Some(Facts { name, parent, terminal, started })
}

fn linked(id: u32, name: &str) -> Option<String> {
    let path = fs::read_link(format!("/proc/{id}/{name}")).ok()?;
    Some(path.to_string_lossy().into_owned())
}

/// What tells one file from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

/// The file at a path, or behind it.
pub(crate) fn file_of(path: &str) -> Option<FileId> {
    let facts = fs::metadata(path).ok()?;
    Some(FileId { device: facts.dev(), inode: facts.ino() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_process_is_called() {
        let line =
            "812 (a) S 1 (b) S 7 812 812 34816 9 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4242 1000 5 18446744073709551615";
        assert_eq!(
            facts_in(line),
            Some(Facts { name: "a) S 1 (b".to_owned(), parent: 7, terminal: 34816, started: 4242 })
        );
        assert_eq!(facts_in("812 (cut) S 7"), None);
    }

    #[test]
    fn this_process_is_as_it_knows_itself() {
        let id = std::process::id();
        assert_eq!(System.facts(id).unwrap().parent, std::os::unix::process::parent_id());
        assert_eq!(System.executable(id), std::env::current_exe().unwrap().to_str().map(str::to_owned));
        assert_eq!(System.folder(id), std::env::current_dir().unwrap().to_str().map(str::to_owned));
        assert_eq!(System.container(id), None);
    }

    proptest! {
        #[test]
        fn no_line_can_hurt(line in "(.|\\)|\\( ){0,80}") {
            let _ = facts_in(&line);
        }
    }
}
