//! Works out what a process is and what started it. Pure, from what the system says about each process.

use daypass_core::program::{ParentProgram, Program};

/// How far up a process's parents are followed.
const MOST_PARENTS: usize = 16;

/// The kernel cuts a process's name after so many bytes.
const LONGEST_NAME: usize = 15;

/// Shells that only carry out a line for the program that they belong to.
const CARRIERS: [&str; 2] = ["sh", "dash"];

/// The system's first process, and each user's: what they started has no parent that says anything.
const FIRST: u32 = 1;
const MANAGER: &str = "systemd";

/// A process in the system's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) parent: u32,
    /// The number of the terminal that controls it. Zero without one.
    pub(crate) terminal: u32,
    /// In ticks since the system began. The number of a process that ended is given to one that began later.
    pub(crate) started: u64,
}

/// What the system tells of processes. `None` for one that has ended, and for what it doesn't show.
pub(crate) trait Processes {
    fn facts(&self, id: u32) -> Option<Facts>;
    fn executable(&self, id: u32) -> Option<String>;
    fn folder(&self, id: u32) -> Option<String>;
    /// The container in its control groups, or that it has a view of files of its own.
    fn container(&self, id: u32) -> Option<String>;
    /// Whether a shell was started for one line, as in `sh -c LINE`.
    fn runs_one_line(&self, id: u32) -> bool;
}

struct Link {
    id: u32,
    facts: Facts,
}

/// The program in this process. If that is one of our own commands, at the path `own`, then the program that runs the
/// command, so far as it is still there. `None` if the process ends meanwhile, so nothing is said of one that got its
/// number.
pub(crate) fn program(system: &impl Processes, id: u32, own: Option<String>) -> Option<Program> {
    let first = Link { id, facts: system.facts(id)? };
    let (via, asker) = match own.as_ref().and_then(|_| asker(system, &first)) {
        Some(asker) => (own, asker),
        None => (None, Link { id, facts: first.facts.clone() }),
    };
    let found = Program {
        name: name(&asker.facts.name, system.executable(asker.id).as_deref()),
        process: asker.id,
        started: Some(asker.facts.started),
        executable: system.executable(asker.id),
        folder: system.folder(asker.id),
        terminal: terminal(asker.facts.terminal),
        container: system.container(asker.id),
        parents: parents(system, &asker),
        via,
    };
    let is_still = |link: &Link| system.facts(link.id).is_some_and(|now| now.started == link.facts.started);
    (is_still(&first) && is_still(&asker)).then(|| found.bounded())
}

/// What runs this command of ours. A tool may have a shell run it.
fn asker(system: &impl Processes, command: &Link) -> Option<Link> {
    let mut asker = parent(system, command)?;
    while CARRIERS.contains(&asker.facts.name.as_str()) && system.runs_one_line(asker.id) {
        match parent(system, &asker) {
            Some(next) => asker = next,
            None => break,
        }
    }
    Some(asker)
}

fn parents(system: &impl Processes, of: &Link) -> Vec<ParentProgram> {
    let mut found = Vec::new();
    let mut next = parent(system, of);
    while let Some(link) = next.filter(|_| found.len() < MOST_PARENTS) {
        let executable = system.executable(link.id);
        found.push(ParentProgram { name: name(&link.facts.name, executable.as_deref()), process: link.id, executable });
        next = parent(system, &link);
    }
    found
}

/// The process that started this one and still is its parent. A child never begins before its parent, so what did has
/// the number of a parent that ended.
fn parent(system: &impl Processes, child: &Link) -> Option<Link> {
    let id = child.facts.parent;
    if id <= FIRST {
        return None;
    }
    let facts = system.facts(id).filter(|parent| parent.started <= child.facts.started)?;
    let is_still = system.facts(child.id).is_some_and(|now| now == child.facts);
    let is_manager = facts.name == MANAGER && facts.parent == FIRST;
    (is_still && !is_manager).then_some(Link { id, facts })
}

/// What a terminal is called: the number has its kind (major) and its place (minor) in it.
fn terminal(number: u32) -> Option<String> {
    let (major, minor) = ((number >> 8) & 0xfff, (number & 0xff) | ((number >> 12) & 0xf_ff00));
    match major {
        0 => None,
        4 => Some(format!("tty{minor}")),
        136..=143 => Some(format!("pts/{}", (major - 136) * 256 + minor)),
        _ => Some(format!("terminal {major}:{minor}")),
    }
}

/// The whole name, where the kernel cut it.
fn name(short: &str, executable: Option<&str>) -> String {
    let file = executable.and_then(|path| path.rsplit('/').next());
    match file.filter(|file| short.len() == LONGEST_NAME && file.starts_with(short)) {
        Some(file) => file.to_owned(),
        None => short.to_owned(),
    }
}

/// The container that a process's control groups name (`/proc/PID/cgroup`).
pub(crate) fn container_in(groups: &str) -> Option<String> {
    groups.lines().find_map(|line| line.rsplit(':').next()?.split('/').find_map(container_of))
}

/// Docker, Podman, containerd and CRI-O name a group after the container's 64 hex digits; LXC and machined after its
/// name.
fn container_of(group: &str) -> Option<String> {
    let unit = group.strip_suffix(".scope").unwrap_or(group);
    let (engine, id) = unit.rsplit_once('-').unwrap_or(("", unit));
    if id.len() == 64 && id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let engine = match engine {
            "" => "container",
            "libpod" | "libpod-conmon" => "podman",
            "cri-containerd" => "containerd",
            other => other,
        };
        return Some(format!("{engine} {}", &id[..12]));
    }
    let named = group.strip_prefix("lxc.payload.").map(|name| ("lxc", name));
    let machine = || unit.strip_prefix("machine-").map(|name| ("machine", name));
    named.or_else(machine).map(|(engine, name)| format!("{engine} {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use super::*;

    fn own() -> Option<String> {
        Some("/usr/bin/daypass".to_owned())
    }

    /// Processes as a test has them. What is taken away after so many looks has ended then.
    #[derive(Default)]
    struct Table {
        processes: RefCell<HashMap<u32, Facts>>,
        one_line: Vec<u32>,
        looks: RefCell<usize>,
        /// At this look, a process gets another one's place.
        swap: Option<(usize, u32, Facts)>,
    }

    impl Table {
        fn of(processes: &[(u32, &str, u32, u64)]) -> Self {
            let facts = |&(id, name, parent, started): &(u32, &str, u32, u64)| {
                (id, Facts { name: name.to_owned(), parent, terminal: 34818, started })
            };
            Self { processes: RefCell::new(processes.iter().map(facts).collect()), ..Self::default() }
        }
    }

    impl Processes for Table {
        fn facts(&self, id: u32) -> Option<Facts> {
            *self.looks.borrow_mut() += 1;
            if let Some((at, id, facts)) = &self.swap
                && *self.looks.borrow() == *at
            {
                self.processes.borrow_mut().insert(*id, facts.clone());
            }
            self.processes.borrow().get(&id).cloned()
        }

        fn executable(&self, id: u32) -> Option<String> {
            Some(format!("/usr/bin/{}", self.processes.borrow().get(&id)?.name))
        }

        fn folder(&self, _: u32) -> Option<String> {
            Some("/home/ann/shop".to_owned())
        }

        fn container(&self, _: u32) -> Option<String> {
            None
        }

        fn runs_one_line(&self, id: u32) -> bool {
            self.one_line.contains(&id)
        }
    }

    const TERMINAL: (u32, &str, u32, u64) = (10, "konsole", 5, 100);

    #[test]
    fn a_program_has_its_parents_up_to_the_terminal() {
        let table = Table::of(&[(5, "systemd", 1, 1), TERMINAL, (20, "zsh", 10, 200), (30, "terraform", 20, 300)]);
        let found = program(&table, 30, None).unwrap();
        assert_eq!(found.words(), "terraform, by zsh, in konsole");
        assert_eq!((found.process, found.started, found.via), (30, Some(300), None));
        assert_eq!(found.terminal.as_deref(), Some("pts/2"));
        assert_eq!(found.parents.iter().map(|parent| parent.process).collect::<Vec<_>>(), [20, 10]);
    }

    #[test]
    fn our_own_command_speaks_for_what_runs_it() {
        let all = [TERMINAL, (20, "zsh", 10, 200), (30, "aws", 20, 300), (31, "sh", 30, 301), (32, "daypass", 31, 302)];
        let table = Table { one_line: vec![31], ..Table::of(&all) };
        let found = program(&table, 32, own()).unwrap();
        assert_eq!((found.name.as_str(), found.process), ("aws", 30));
        assert_eq!(found.via.as_deref(), Some("/usr/bin/daypass"));
        // A script isn't a line that an SDK runs.
        assert_eq!(program(&Table::of(&all), 32, own()).unwrap().name, "sh");
        // A program that only calls itself so speaks for itself.
        assert_eq!(program(&Table::of(&all), 32, None).unwrap().name, "daypass");
        // What started it has ended: it speaks for itself too, and isn't blamed on another.
        let orphan = Table::of(&[(32, "daypass", 1, 302)]);
        assert_eq!(program(&orphan, 32, own()).unwrap().name, "daypass");
    }

    #[test]
    fn a_number_that_another_process_got_names_neither() {
        let tree = [TERMINAL, (20, "zsh", 10, 200), (30, "aws", 20, 300)];
        // The parent ended before, and its number went to a younger process.
        let reused = Table::of(&[TERMINAL, (20, "evil", 1, 900), (30, "aws", 20, 300)]);
        assert_eq!(program(&reused, 30, None).unwrap().parents, []);
        // The process itself is another one at any later look.
        let looks = {
            let table = Table::of(&tree);
            program(&table, 30, None).unwrap();
            table.looks.into_inner()
        };
        for at in 2..=looks {
            let swap = Some((at, 30, Facts { name: "evil".to_owned(), parent: 1, terminal: 0, started: 900 }));
            let found = program(&Table { swap, ..Table::of(&tree) }, 30, None);
            assert_eq!(found, None, "swapped at look {at} of {looks}");
        }
        assert_eq!(program(&Table::of(&tree), 31, None), None);
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let table = Table::of(&[(20, "a", 30, 5), (30, "b", 20, 5)]);
        assert_eq!(program(&table, 20, None).unwrap().parents.len(), MOST_PARENTS);
    }

    #[test]
    fn a_name_that_the_kernel_cut_is_whole() {
        assert_eq!(name("gnome-terminal-", Some("/usr/libexec/gnome-terminal-server")), "gnome-terminal-server");
        assert_eq!(name("renamed-by-prog", Some("/usr/bin/other")), "renamed-by-prog");
        assert_eq!(name("aws", Some("/usr/bin/aws-cli")), "aws");
    }

    #[test]
    fn terminals_have_names() {
        let cases = [
            (0, None),
            (1025, Some("tty1")),
            (34816, Some("pts/0")),
            (35072, Some("pts/256")),
            (1_283, Some("terminal 5:3")),
        ];
        for (number, name) in cases {
            assert_eq!(terminal(number).as_deref(), name);
        }
    }

    #[test]
    fn containers_are_known_by_their_groups() {
        let id = "3f".repeat(32);
        let short = &id[..12];
        let cases = [
            (format!("0::/system.slice/docker-{id}.scope"), Some(format!("docker {short}"))),
            (format!("12:pids:/docker/{id}\n1:name=systemd:/docker/{id}"), Some(format!("container {short}"))),
            (format!("0::/user.slice/user-1000.slice/libpod-{id}.scope/container"), Some(format!("podman {short}"))),
            (format!("0::/kubepods.slice/pod1.slice/cri-containerd-{id}.scope"), Some(format!("containerd {short}"))),
            ("0::/lxc.payload.build/init.scope".to_owned(), Some("lxc build".to_owned())),
            ("0::/user.slice/user-1000.slice/session-2.scope".to_owned(), None),
            (String::new(), None),
        ];
        for (groups, container) in cases {
            assert_eq!(container_in(&groups), container, "{groups}");
        }
    }
}
