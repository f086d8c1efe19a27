//! Who else can change `config.toml`, and so decide where passwords are typed and which programs run.

use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The file or folder through which every user of this machine can change `path`.
#[cfg(unix)]
pub(super) fn open_to_all(path: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let real = path.canonicalize().ok()?;
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |facts| facts.mode());
    if mode(&real) & OTHERS_WRITE != 0 {
        return Some(path.to_owned());
    }
    // In a sticky folder, such as /tmp, others can't replace what isn't theirs.
    let is_open = |folder: &&Path| mode(folder) & (OTHERS_WRITE | STICKY) == OTHERS_WRITE;
    // A symbolic link can be replaced too.
    let link = std::path::absolute(path).ok().filter(|link| *link != real);
    let folders = link.iter().flat_map(|link| link.ancestors().skip(1)).chain(real.ancestors().skip(1));
    folders.filter(|folder| !folder.as_os_str().is_empty()).find(is_open).map(Path::to_owned)
}

#[cfg(not(unix))]
pub(super) fn open_to_all(_: &Path) -> Option<PathBuf> {
    None
}

/// Whether a group or another user can change the file. A team may share it, so that is only told.
#[cfg(unix)]
pub(crate) fn open_to_some(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let ours = rustix::process::geteuid().as_raw();
    std::fs::metadata(path).is_ok_and(|facts| facts.mode() & 0o020 != 0 || ![0, ours].contains(&facts.uid()))
}

#[cfg(not(unix))]
pub(crate) fn open_to_some(_: &Path) -> bool {
    false
}

/// `config-open-to-others`.
pub(super) fn refused(file: &Path, open: &Path) -> Problem {
    let (file, open) = (file.display(), open.display());
    let message =
        format!("every user of this machine can change {file}, because {open} is open to all. It was not read");
    Problem::new(ProblemKind::Invalid, ProblemCode::ConfigOpenToOthers, message)
        .hint(format!("look at what is in it, then run `chmod o-w {open}`"))
}
