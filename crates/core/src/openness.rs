//! Checks whether every user of this machine can change a file, and so decide what Daypass trusts or runs.

use std::fmt;
use std::fs::{File, Metadata};
use std::path::{Component, Path, PathBuf};

/// What lets every user of this machine change a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The mode of this file or folder lets everyone write. On Windows, its access list does.
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
            Self::Mode(path) if cfg!(windows) => format!(
                "in the properties of {}, under Security, take away what lets all users change it",
                path.display()
            ),
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

/// The file that a path led to when every folder and link on the way was judged, or `None` if there was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged(Option<FileId>);

impl Judged {
    /// Whether it is the file that was opened.
    #[must_use]
    pub fn is(self, opened: &Metadata) -> bool {
        self.0 == Some(id_of(opened))
    }

    /// Whether there was no file.
    #[must_use]
    pub fn is_missing(self) -> bool {
        self.0.is_none()
    }
}

/// Its device and inode.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
fn id_of(facts: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (facts.dev(), facts.ino())
}

/// The standard library doesn't tell which file it is on Windows, so any is as good.
#[cfg(windows)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId;

#[cfg(windows)]
fn id_of(_: &Metadata) -> FileId {
    FileId
}

/// Which file the path leads to, unless every user of this machine can change that.
///
/// Checks the folders even if the file doesn't exist, because another user could create it a moment later.
///
/// # Errors
///
/// The file, folder or link that is open to all, or that another user put into a folder like `/tmp`.
pub fn judge(path: &Path) -> Result<Judged, Opening> {
    let way = way_to(path);
    // The file first, because it is what the person knows.
    for step in way.iter().rev() {
        if step.access.everyone {
            return Err(Opening::Mode(step.path.clone()));
        }
        if step.from_anyone && step.access.is_strangers {
            return Err(Opening::Owner(step.path.clone()));
        }
    }
    let file = way.last().map(|step| &step.facts).filter(|facts| facts.is_file());
    Ok(Judged(file.map(id_of)))
}

/// What other users can do with a file that is its owner's business alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// The most that they can: `execute`, `read` or `change` it.
    pub can: &'static str,
    /// What says so: its mode or its access list.
    pub how: String,
    /// What to do about it: a phrase that begins in lower case.
    pub advice: String,
}

/// What users other than the owner can do with a file. `None` if there is none, and for a device, which holds nothing.
#[must_use]
pub fn exposure(path: &Path) -> Option<Exposure> {
    let facts = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
    exposure_of(path, &facts)
}

#[cfg(unix)]
fn exposure_of(path: &Path, facts: &Metadata) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt;
    let mode = facts.mode() & 0o777;
    if mode & 0o077 == 0 {
        return None;
    }
    let can = if mode & 0o066 == 0 {
        "execute"
    } else if mode & 0o022 == 0 {
        "read"
    } else {
        "change"
    };
    Some(Exposure { can, how: format!("mode {mode:04o}"), advice: format!("chmod 600 {}", path.display()) })
}

/// By its access list. A list that can't be read lets no one in whom it could name.
#[cfg(windows)]
fn exposure_of(path: &Path, _: &Metadata) -> Option<Exposure> {
    use windows_access::{CHANGE, READ, how_to_close, of_open_file, own_user};
    // The file that a link leads to.
    let file = File::open(path).ok()?;
    let list = of_open_file(std::os::windows::io::AsHandle::as_handle(&file)).ok()?;
    let me = own_user().ok()?;
    let can = match (list.lets_others(CHANGE, &me), list.lets_others(READ, &me)) {
        (true, _) => "change",
        (false, true) => "read",
        (false, false) => return None,
    };
    Some(Exposure { can, how: "by its access list".to_owned(), advice: how_to_close(path) })
}

/// Whether an open file belongs to another user. Those of root (on Windows, administrators) are as good as yours: they can
/// change everything anyway.
#[must_use]
pub fn is_of_another_user(file: &File) -> bool {
    #[cfg(unix)]
    {
        file.metadata().is_ok_and(|facts| is_strangers(&facts))
    }
    #[cfg(windows)]
    {
        use windows_access::{of_open_file, own_user};
        let list = of_open_file(std::os::windows::io::AsHandle::as_handle(file));
        matches!((list, own_user()), (Ok(list), Ok(me)) if list.is_of_another(&me))
    }
}

#[cfg(unix)]
fn is_strangers(facts: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    ![0, rustix::process::geteuid().as_raw()].contains(&facts.uid())
}

/// Whether root alone (on Windows, administrators) decides what is in a file: it and every folder and link on the way are
/// root's, and only root may write there.
///
/// # Errors
///
/// The first that isn't so, as a phrase.
pub fn only_root_can_change(path: &Path) -> Result<(), String> {
    way_to(path).iter().find_map(Step::why_not_roots).map_or(Ok(()), Err)
}

/// Whether a group or another user can change the file, or can put another one in its place. A team may share it, so
/// that is only told.
#[must_use]
pub fn open_to_some(path: &Path) -> bool {
    way_to(path).iter().any(|step| step.access.is_strangers || step.access.others)
}

/// A folder, link or file that decides what a path leads to.
struct Step {
    path: PathBuf,
    facts: Metadata,
    access: Access,
    /// Whether any user could have made it, because it is in a folder like `/tmp`.
    from_anyone: bool,
}

/// Who else may change something. For a folder, that is to replace what is in it.
#[derive(Default)]
struct Access {
    /// Every user of this machine.
    everyone: bool,
    /// A group, or another user who isn't root.
    others: bool,
    /// Whether every user may put something into the folder, but not replace existing files.
    adds: bool,
    /// Whether it is neither yours nor root's, who can change everything anyway.
    is_strangers: bool,
    /// Whether only administrators may. (Root's files get a longer explanation.)
    #[cfg(windows)]
    is_administrators: bool,
}

#[cfg(unix)]
impl Access {
    fn of(_: &Path, facts: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let mode = facts.mode();
        // In a folder with this bit, such as `/tmp`, others can't replace what isn't theirs.
        let is_sticky = facts.is_dir() && mode & STICKY != 0;
        let lets = |whom: u32| mode & whom != 0 && !facts.is_symlink();
        Self {
            everyone: lets(OTHERS_WRITE) && !is_sticky,
            others: lets(GROUP_WRITES) && !is_sticky,
            adds: lets(OTHERS_WRITE) && is_sticky,
            is_strangers: is_strangers(facts),
        }
    }
}

#[cfg(unix)]
const GROUP_WRITES: u32 = 0o020;
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o002;
#[cfg(unix)]
const STICKY: u32 = 0o1000;

#[cfg(unix)]
impl Step {
    fn why_not_roots(&self) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let shown = self.path.display();
        if self.facts.uid() != 0 {
            return Some(format!("{shown} belongs to user {}, and not to root", self.facts.uid()));
        }
        let is_open = self.facts.mode() & (GROUP_WRITES | OTHERS_WRITE) != 0 && !self.facts.is_symlink();
        is_open.then(|| format!("users other than root can write to {shown}"))
    }
}

#[cfg(windows)]
impl Access {
    /// By its owner and access list. What can't be read of them counts as closed, and as no administrator's.
    fn of(path: &Path, facts: &Metadata) -> Self {
        use windows_access::{ADD, CHANGE, REPLACE, of_file, own_user};
        let (Ok(list), Ok(me)) = (of_file(path), own_user()) else { return Self::default() };
        let rights = if facts.is_dir() { REPLACE } else { CHANGE };
        Self {
            everyone: list.lets_everyone(rights),
            others: list.lets_others(rights, &me),
            adds: facts.is_dir() && list.lets_everyone(ADD),
            is_strangers: list.is_of_another(&me),
            is_administrators: list.is_administrators(rights),
        }
    }
}

#[cfg(windows)]
impl Step {
    fn why_not_roots(&self) -> Option<String> {
        let is_theirs = self.access.is_administrators;
        (!is_theirs).then(|| format!("others than administrators own {} or can change it", self.path.display()))
    }
}

/// Everything on the way to a path, from the root to the file, as far as it exists. The system follows the same way, so
/// no folder between two links is left out.
fn way_to(path: &Path) -> Vec<Step> {
    /// Linux follows at most 40 links (path_resolution(7)).
    const MOST_LINKS: u32 = 40;
    let names = |path: &Path| {
        let names = path.components().rev();
        names.map(|name| (name.as_os_str().to_owned(), matches!(name, Component::Prefix(_)))).collect::<Vec<_>>()
    };
    let mut way = Vec::new();
    let Ok(path) = std::path::absolute(path) else { return way };
    let (mut at, mut ahead, mut links) = (PathBuf::new(), names(&path), 0);
    while let Some((name, is_drive)) = ahead.pop() {
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
        // Windows takes `C:` for the folder that it is in there.
        if is_drive {
            at = next;
            continue;
        }
        let Ok(facts) = next.symlink_metadata() else { break };
        let from_anyone = at.has_root() && at.metadata().is_ok_and(|facts| Access::of(&at, &facts).adds);
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
        let access = Access::of(&next, &facts);
        way.push(Step { path: next, facts, access, from_anyone });
    }
    way
}

/// Wine makes access lists of modes, so this runs there too.
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod exposed {
    use super::*;

    #[test]
    fn a_file_that_daypass_writes_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        assert_eq!(exposure(&path), None, "there is none");
        let new = |_: Option<&[u8]>| Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(b"x".to_vec()));
        durable_file::edit(&path, &durable_file::Options::default(), new).unwrap();
        assert_eq!(exposure(&path), None);
        assert!(!is_of_another_user(&File::open(&path).unwrap()));
        assert_eq!(exposure(folder.path()), None, "a folder holds nothing");
    }

    #[test]
    #[cfg(windows)]
    fn a_file_that_everyone_may_read_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        std::fs::write(&path, "x").unwrap();
        let icacls = std::process::Command::new("icacls").arg(&path).args(["/grant", "*S-1-1-0:R"]).output();
        // Wine's says nothing and does nothing.
        if !icacls.is_ok_and(|done| done.status.success() && !done.stdout.is_empty()) {
            return;
        }
        let exposure = exposure(&path).unwrap();
        assert_eq!(exposure.can, "read");
        assert!(exposure.advice.contains("under Security"), "{exposure:?}");
    }
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

    /// A folder by its real path: on macOS a link leads to it.
    fn home() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        (folder, home)
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
        let (_folder, home) = home();
        let file = file_in(&home);
        assert_eq!(open_to_all(&file), None);
        for path in [file.clone(), home.join("a/b"), home.join("a")] {
            let before = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
            set_mode(&path, before | 0o022);
            let opening = open_to_all(&file).unwrap();
            assert_eq!(opening, Opening::Mode(path.clone()));
            assert_eq!(opening.advice(), format!("run `chmod o-w {}`", path.display()));
            set_mode(&path, before | 0o020);
            assert_eq!(open_to_all(&file), None, "a team may share {}", path.display());
            set_mode(&path, before);
        }
        assert_eq!(open_to_all(&home.join("missing")), None);
    }

    #[test]
    fn each_symbolic_link_on_the_way_counts() {
        let (_folder, home) = home();
        let file = file_in(&home);
        let open = home.join("open");
        fs::create_dir(&open).unwrap();
        // One link to the next: only the second is in the open folder.
        symlink(&file, open.join("second")).unwrap();
        let first = home.join("first");
        symlink("open/second", &first).unwrap();
        set_mode(&open, 0o755);
        assert_eq!(open_to_all(&first), None);
        set_mode(&open, 0o777);
        assert_eq!(open_to_all(&first), Some(Opening::Mode(open.clone())));
        // A link to a folder is a link too.
        symlink(home.join("a"), open.join("folder")).unwrap();
        assert_eq!(open_to_all(&open.join("folder/b/ca.pem")), Some(Opening::Mode(open)));
        assert_eq!(open_to_all(&home.join("a/../a/b/ca.pem")), None);
    }

    #[test]
    fn in_a_sticky_folder_the_owner_counts() {
        let (_folder, home) = home();
        let file = file_in(&home);
        let folder = home.join("a");
        set_mode(&folder, 0o1777);
        assert_eq!(open_to_all(&file), None, "it's yours");
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let inner = home.join("a/b");
        chown(&inner, Some(12_345), None).unwrap();
        let opening = open_to_all(&file).unwrap();
        assert_eq!(opening, Opening::Owner(inner));
        assert!(!opening.advice().contains("chmod"), "{opening}");
        set_mode(&folder, 0o755);
        assert_eq!(open_to_all(&file), None, "no one else can put it there");
    }
}
