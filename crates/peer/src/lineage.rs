//! A process and its ancestors, identified so that a later process isn't mistaken for one of them.

use daypass_core::lease::ProcessMark;

/// How far up it is followed. A deeper tree than any real one.
#[cfg(target_os = "linux")]
const MOST: usize = 4096;

/// The process, its parent, and so on up to the system's first. Empty where the system doesn't tell.
#[must_use]
pub fn lineage(id: u32) -> Vec<ProcessMark> {
    #[cfg(target_os = "linux")]
    {
        let mut found = Vec::new();
        let mut next = link(id);
        while let Some((mark, parent)) = next.filter(|_| found.len() < MOST) {
            found.push(mark);
            // A child never begins before its parent: what did has the number of one that ended.
            next = link(parent).filter(|(parent, _)| parent.started <= mark.started);
        }
        found
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = id;
        Vec::new()
    }
}

/// The mark of a process that runs now.
#[must_use]
pub fn mark_of(id: u32) -> Option<ProcessMark> {
    lineage(id).first().copied()
}

/// Whether this very process still exists.
#[must_use]
pub fn still_runs(process: ProcessMark) -> bool {
    mark_of(process.id) == Some(process)
}

#[cfg(target_os = "linux")]
fn link(id: u32) -> Option<(ProcessMark, u32)> {
    use crate::attribution::Processes as _;
    let facts = crate::system::System.facts(id)?;
    Some((ProcessMark { id, started: facts.started }, facts.parent))
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_process_descends_from_its_parents_and_runs_until_it_ends() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let marks = lineage(child.id());
        let own = mark_of(std::process::id()).unwrap();
        assert_eq!((marks[0].id, marks[1]), (child.id(), own));
        assert!(still_runs(marks[0]) && !still_runs(ProcessMark { started: own.started + 1, ..own }));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!still_runs(marks[0]));
    }
}
