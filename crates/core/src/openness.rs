//! Whether every user of this machine can change a file, and so decide what Daypass trusts or runs.

use std::fmt;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// What lets every user of this machine change a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The mode of this file or folder lets everyone write.
    Mode(PathBuf),
    /// This file or folder belongs to another user. Everyone can write to the folder that it is in, so anyone could
    /// have put it there.
    Owner(PathBuf),
}

impl Opening {
    /// What to do about it: a phrase that begins in lower case.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Mode(path) => format!("run `chmod o-w {}`", path.display()),
            Self::Owner(_) => "put your own copy in a folder that only you can change".to_owned(),
        }
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(path) => write!(f, "{} is open to all", path.display()),
            Self::Owner(path) => {
                write!(f, "{} belongs to another user, in a folder that is open to all", path.display())
            }
        }
    }
}

#[cfg(unix)]
const GROUP_WRITES: u32 = 0o020;
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o002;
/// In a folder with this bit, such as `/tmp`, others can't replace what isn't theirs.
#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// The file that a path led to when every folder and link on the way was judged: its device and inode, or `None` if there
/// was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged(Option<(u64, u64)>);

impl Judged {
    /// Whether it is the file that was opened.
    #[cfg(unix)]
    #[must_use]
    pub fn is(self, opened: &Metadata) -> bool {
        use std::os::unix::fs::MetadataExt;
        self.0 == Some((opened.dev(), opened.ino()))
    }

    /// Other systems have no such modes, so any file is as good.
    #[cfg(not(unix))]
    #[must_use]
    pub fn is(self, _opened: &Metadata) -> bool {
        true
    }

    /// Whether there was no file.
    #[cfg(unix)]
    #[must_use]
    pub fn is_missing(self) -> bool {
        self.0.is_none()
    }

    /// Never asked in earnest where nothing is judged.
    #[cfg(not(unix))]
    #[must_use]
    pub fn is_missing(self) -> bool {
        false
    }
}

/// Which file the path leads to, unless every user of this machine can change that.
///
/// Judges the folders even if there is no file, because another user could put one there a moment later.
///
/// # Errors
///
/// The file, folder or link that is open to all, or that another user put into a folder like `/tmp`.
#[cfg(unix)]
pub fn judge(path: &Path) -> Result<Judged, Opening> {
    use std::os::unix::fs::MetadataExt;
    let way = way_to(path);
    // The file first, because it is what the person knows.
    for step in way.iter().rev() {
        let mode = step.facts.mode();
        let is_guarded = step.facts.is_symlink() || (step.facts.is_dir() && mode & STICKY != 0);
        if mode & OTHERS_WRITE != 0 && !is_guarded {
            return Err(Opening::Mode(step.path.clone()));
        }
        if step.from_anyone && is_strangers(&step.facts) {
            return Err(Opening::Owner(step.path.clone()));
        }
    }
    let file = way.last().map(|step| &step.facts).filter(|facts| facts.is_file());
    Ok(Judged(file.map(|facts| (facts.dev(), facts.ino()))))
}

/// Whether root alone decides what is in a file: it and every folder and link on the way are root's, and only root may
/// write there.
///
/// # Errors
///
/// The first that isn't so, as a phrase.
#[cfg(unix)]
pub fn only_root_can_change(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    for step in way_to(path) {
        let shown = step.path.display();
        if step.facts.uid() != 0 {
            return Err(format!("{shown} belongs to user {}, and not to root", step.facts.uid()));
        }
        if step.facts.mode() & (GROUP_WRITES | OTHERS_WRITE) != 0 && !step.facts.is_symlink() {
            return Err(format!("users other than root can write to {shown}"));
        }
    }
    Ok(())
}

/// Other systems have no such owners, and what their access lists say isn't read yet.
///
/// # Errors
///
/// Always.
#[cfg(not(unix))]
pub fn only_root_can_change(path: &Path) -> Result<(), String> {
    Err(format!("this system can't tell who can change {}", path.display()))
}

/// Other systems have no such modes.
///
/// # Errors
///
/// Never.
#[cfg(not(unix))]
pub fn judge(_: &Path) -> Result<Judged, Opening> {
    Ok(Judged(None))
}

/// Whether a group or another user can change the file, or can put another one in its place. A team may share it, so that
/// is only told.
#[cfg(unix)]
#[must_use]
pub fn open_to_some(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let way = way_to(path);
    way.iter().any(|step| {
        let (facts, mode) = (&step.facts, step.facts.mode());
        let is_guarded = facts.is_symlink() || (facts.is_dir() && mode & STICKY != 0);
        is_strangers(facts) || (mode & GROUP_WRITES != 0 && !is_guarded)
    })
}

/// Other systems have no such modes.
#[cfg(not(unix))]
#[must_use]
pub fn open_to_some(_: &Path) -> bool {
    false
}

/// A folder, link or file that decides what a path leads to.
#[cfg(unix)]
struct Step {
    path: PathBuf,
    facts: Metadata,
    /// Whether any user could have made it, because it is in a folder like `/tmp`.
    from_anyone: bool,
}

/// Everything on the way to a path, from the root to the file, as far as it exists. The system follows the same way, so no
/// folder between two links is left out.
#[cfg(unix)]
fn way_to(path: &Path) -> Vec<Step> {
    use std::os::unix::fs::MetadataExt;
    /// Linux follows at most 40 links (path_resolution(7)).
    const MOST_LINKS: u32 = 40;
    let names = |path: &Path| path.components().rev().map(|name| name.as_os_str().to_owned()).collect::<Vec<_>>();
    let mut way = Vec::new();
    let Ok(path) = std::path::absolute(path) else { return way };
    let (mut at, mut ahead, mut links) = (PathBuf::new(), names(&path), 0);
    while let Some(name) = ahead.pop() {
        if name == "." {
            continue;
        }
        // `at` contains no links, so the system goes to its parent too.
        if name == ".." {
            at.pop();
            continue;
        }
        // The root replaces what was before it.
        let next = at.join(&name);
        let Ok(facts) = next.symlink_metadata() else { break };
        let from_anyone = at.metadata().is_ok_and(|folder| {
            let (mode, open) = (folder.mode(), OTHERS_WRITE | STICKY);
            mode & open == open
        });
        if facts.is_symlink() {
            links += 1;
            let Ok(target) = next.read_link() else { break };
            if links > MOST_LINKS {
                break;
            }
            ahead.extend(names(&target));
        } else {
            at.clone_from(&next);
        }
        way.push(Step { path: next, facts, from_anyone });
    }
    way
}

/// Whether it is neither yours nor root's, who can change everything anyway.
#[cfg(unix)]
fn is_strangers(facts: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    ![0, rustix::process::geteuid().as_raw()].contains(&facts.uid())
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn open_to_all(path: &Path) -> Option<Opening> {
        judge(path).err()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A file in a folder in a folder, and none of them open.
    fn file_in(folder: &Path) -> PathBuf {
        let inner = folder.join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let file = inner.join("ca.pem");
        fs::write(&file, "x").unwrap();
        for path in [&folder.join("a"), &inner] {
            set_mode(path, 0o755);
        }
        set_mode(&file, 0o644);
        file
    }

    #[test]
    fn the_file_and_each_folder_above_it_count() {
        let home = tempfile::tempdir().unwrap();
        let file = file_in(home.path());
        assert_eq!(open_to_all(&file), None);
        for path in [file.clone(), home.path().join("a/b"), home.path().join("a")] {
            let before = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            set_mode(&path, before | 0o022);
            let opening = open_to_all(&file).unwrap();
            assert_eq!(opening, Opening::Mode(path.clone()));
            assert_eq!(opening.advice(), format!("run `chmod o-w {}`", path.display()));
            set_mode(&path, before | 0o020);
            assert_eq!(open_to_all(&file), None, "a team may share {}", path.display());
            set_mode(&path, before);
        }
        assert_eq!(open_to_all(&home.path().join("missing")), None);
    }

    #[test]
    fn each_symbolic_link_on_the_way_counts() {
        let home = tempfile::tempdir().unwrap();
        let file = file_in(home.path());
        let open = home.path().join("open");
        fs::create_dir(&open).unwrap();
        // One link to the next: only the second is in the open folder.
        symlink(&file, open.join("second")).unwrap();
        let first = home.path().join("first");
        symlink("open/second", &first).unwrap();
        set_mode(&open, 0o755);
        assert_eq!(open_to_all(&first), None);
        set_mode(&open, 0o777);
        assert_eq!(open_to_all(&first), Some(Opening::Mode(open.clone())));
        // A link to a folder is a link too.
        symlink(home.path().join("a"), open.join("folder")).unwrap();
        assert_eq!(open_to_all(&open.join("folder/b/ca.pem")), Some(Opening::Mode(open)));
        assert_eq!(open_to_all(&home.path().join("a/../a/b/ca.pem")), None);
    }

    #[test]
    fn in_a_sticky_folder_the_owner_counts() {
        let home = tempfile::tempdir().unwrap();
        let file = file_in(home.path());
        let folder = home.path().join("a");
        set_mode(&folder, 0o1777);
        assert_eq!(open_to_all(&file), None, "it is yours");
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let inner = home.path().join("a/b");
        chown(&inner, Some(12_345), None).unwrap();
        let opening = open_to_all(&file).unwrap();
        assert_eq!(opening, Opening::Owner(inner));
        assert!(!opening.advice().contains("chmod"), "{opening}");
        set_mode(&folder, 0o755);
        assert_eq!(open_to_all(&file), None, "no one else can put it there");
    }
}
