//! Which program a process runs, as long as it's still the same process.

#[cfg(target_os = "linux")]
pub use linux::{OwnCommands, Pinned, caller, is_running, program_of};
#[cfg(not(target_os = "linux"))]
pub use others::{OwnCommands, Pinned, caller, is_running, program_of};

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::fd::{AsRawFd as _, OwnedFd};
    use std::sync::{Mutex, PoisonError};

    use daypass_core::program::Program;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    use crate::attribution::{Processes as _, program};
    use crate::system::{FileId, System, file_of};

    /// What the command is called, in its folder.
    const COMMAND: &str = "daypass";

    /// So many are remembered before those that have ended are forgotten.
    const MANY: usize = 64;

    /// A process that was there when it was pinned. Its number may go to another one later, and then it has no program.
    #[derive(Debug)]
    pub struct Pinned {
        id: u32,
        handle: Option<OwnedFd>,
        own: Option<String>,
    }

    impl Pinned {
        /// Pins a process, by its number now.
        #[must_use]
        pub fn process(id: u32, commands: &OwnCommands) -> Self {
            let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
            // Before Linux 5.3, its start alone tells.
            let handle = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
            Self { id, handle, own: commands.recognise(id) }
        }

        /// The program in it. For a command of ours, the program that runs the command. Reads some files of `/proc`.
        #[must_use]
        pub fn program(&self) -> Option<Program> {
            let found = program(&System, self.id, self.own.clone())?;
            self.is_alive().then_some(found)
        }

        fn is_alive(&self) -> bool {
            let Some(handle) = &self.handle else { return true };
            let facts = fs::read_to_string(format!("/proc/self/fdinfo/{}", handle.as_raw_fd())).unwrap_or_default();
            let id = facts.lines().find_map(|line| line.strip_prefix("Pid:"));
            id.is_none_or(|id| id.trim() == self.id.to_string())
        }
    }

    /// The program in a process, whatever it is.
    #[must_use]
    pub fn program_of(id: u32) -> Option<Program> {
        program(&System, id, None)
    }

    /// Whether a program's process still runs.
    #[must_use]
    pub fn is_running(program: &Program) -> bool {
        System.facts(program.process).is_some_and(|now| Some(now.started) == program.started)
    }

    /// The program that runs this command.
    #[must_use]
    pub fn caller() -> Option<Program> {
        let own = std::env::current_exe().unwrap_or_default().to_string_lossy().into_owned();
        program(&System, std::process::id(), Some(own))
    }

    /// Processes that run Daypass's own command. It hides what it runs once it holds secrets, so one that was
    /// recognised before stays recognised for as long as it lives.
    #[derive(Debug, Default)]
    pub struct OwnCommands(Mutex<Vec<Seen>>);

    #[derive(Debug)]
    struct Seen {
        id: u32,
        started: u64,
        path: String,
    }

    impl OwnCommands {
        /// The path of our command, if this process runs it.
        fn recognise(&self, id: u32) -> Option<String> {
            let started = System.facts(id)?.started;
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(path) = System.executable(id) else {
                return seen.iter().find(|one| one.id == id && one.started == started).map(|one| one.path.clone());
            };
            if !file_of(&format!("/proc/{id}/exe")).is_some_and(is_own) {
                return None;
            }
            // An endpoint asks with each request.
            if !seen.iter().any(|one| one.id == id && one.started == started) {
                if seen.len() >= MANY {
                    seen.retain(|one| System.facts(one.id).is_some_and(|now| now.started == one.started));
                }
                seen.push(Seen { id, started, path: path.clone() });
            }
            Some(path)
        }
    }

    /// Whether a file is a command of ours that this process knows: its own, the one beside it, or the one in `PATH`. A
    /// program isn't ours because of its name.
    fn is_own(file: FileId) -> bool {
        let beside = || {
            let own = std::env::current_exe().ok()?;
            file_of(own.parent()?.join(COMMAND).to_str()?)
        };
        let in_path = || {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path).find_map(|folder| file_of(folder.join(COMMAND).to_str()?))
        };
        file_of("/proc/self/exe") == Some(file) || beside() == Some(file) || in_path() == Some(file)
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    mod tests {
        use super::*;

        #[test]
        fn a_command_that_asks_often_is_remembered_once() {
            let commands = OwnCommands::default();
            for _ in 0..3 {
                assert!(commands.recognise(std::process::id()).is_some());
            }
            assert_eq!(commands.0.lock().unwrap().len(), 1);
        }
    }
}

/// The system doesn't tell without calls that Rust can't make safely.
#[cfg(not(target_os = "linux"))]
mod others {
    use daypass_core::program::Program;

    /// A process.
    #[derive(Debug)]
    pub struct Pinned;

    impl Pinned {
        /// Pins a process.
        #[must_use]
        pub fn process(_: u32, _: &OwnCommands) -> Self {
            Self
        }

        /// The program in it.
        #[must_use]
        pub fn program(&self) -> Option<Program> {
            None
        }
    }

    /// The program in a process.
    #[must_use]
    pub fn program_of(_: u32) -> Option<Program> {
        None
    }

    /// Whether a program's process still runs.
    #[must_use]
    pub fn is_running(_: &Program) -> bool {
        false
    }

    /// The program that runs this command.
    #[must_use]
    pub fn caller() -> Option<Program> {
        None
    }

    /// Processes that run Daypass's own command.
    #[derive(Debug, Default)]
    pub struct OwnCommands {}
}
