//! Where a file really is, what exists there, and who may read it.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{At, Error, Operation};
use crate::patience;

/// Linux follows at most 40 links (path_resolution(7)).
const MAX_LINKS: u32 = 40;

/// The path at the end of all symbolic links. It need not exist: a dangling link leads to the file
/// that writing through it would create.
pub(crate) fn real_path(path: &Path) -> Result<PathBuf, Error> {
    let mut real = path.to_owned();
    for _ in 0..=MAX_LINKS {
        if real.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(Error::NoFileName { path: path.to_owned() });
        }
        match fs::symlink_metadata(&real) {
            Ok(there) if there.is_symlink() => {
                let target = fs::read_link(&real).at(Operation::Inspect, &real)?;
                real = folder(&real).join(target);
            }
            Ok(_) => return Ok(real),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(real),
            Err(error) => return Err(Error::new(Operation::Inspect, path, error)),
        }
    }
    Err(Error::SymlinkLoop { path: path.to_owned() })
}

/// The folder that the file is in; `.` for a bare name.
pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// `path` with its file name put between `before` and `after`.
pub(crate) fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// A file as it was at one moment.
pub(crate) struct Snapshot {
    pub(crate) content: Vec<u8>,
    pub(crate) metadata: Metadata,
    /// For what else it has. (On Windows an open file can't be replaced.)
    #[cfg(unix)]
    pub(crate) file: File,
}

impl Snapshot {
    /// None if `path` doesn't exist.
    pub(crate) fn take(path: &Path) -> Result<Option<Self>, Error> {
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::new(Operation::Inspect, path, error)),
        };
        // Before opening it: opening a pipe waits for a writer.
        ensure_file(path, &found)?;
        let mut file = match patience::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::new(Operation::Read, path, error)),
        };
        let metadata = file.metadata().at(Operation::Inspect, path)?;
        let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        file.read_to_end(&mut content).at(Operation::Read, path)?;
        Ok(Some(Self {
            content,
            metadata,
            #[cfg(unix)]
            file,
        }))
    }

    /// Whether the file at `path` has the same content, mode, owner and group.
    pub(crate) fn is_at(&self, path: &Path) -> Result<bool, Error> {
        let now = fs::metadata(path).at(Operation::Inspect, path)?;
        Ok(access(&now) == access(&self.metadata) && has_content(path, &self.content)?)
    }

    /// Whether the file at `path` looks unchanged, judging by its metadata only.
    pub(crate) fn seems_unchanged(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|now| identity_and_times(&now) == identity_and_times(&self.metadata))
    }
}

/// Whether the file at `path` has this content. Reads it piece by piece, because a second copy of a large
/// file in memory costs more than reading it.
pub(crate) fn has_content(path: &Path, mut content: &[u8]) -> Result<bool, Error> {
    ensure_file(path, &fs::metadata(path).at(Operation::Inspect, path)?)?;
    let mut file = patience::open(path).at(Operation::Read, path)?;
    let mut piece = [0; 32 * 1024];
    loop {
        let length = match file.read(&mut piece) {
            Ok(0) => return Ok(content.is_empty()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::new(Operation::Read, path, error)),
        };
        match content.strip_prefix(&piece[..length]) {
            Some(rest) => content = rest,
            None => return Ok(false),
        }
    }
}

fn ensure_file(path: &Path, found: &Metadata) -> Result<(), Error> {
    let what = match found {
        found if found.is_file() => return Ok(()),
        found if found.is_dir() => "a folder",
        _ => "a device, pipe or socket",
    };
    Err(Error::NotAFile { path: path.to_owned(), what })
}

/// Mode, owner and group.
#[cfg(unix)]
pub(crate) fn access(metadata: &Metadata) -> (u32, u32, u32) {
    use std::os::unix::fs::MetadataExt;
    (metadata.mode() & 0o7777, metadata.uid(), metadata.gid())
}

#[cfg(not(unix))]
fn access(metadata: &Metadata) -> bool {
    metadata.permissions().readonly()
}

#[cfg(unix)]
fn identity_and_times(metadata: &Metadata) -> impl PartialEq + use<> {
    use std::os::unix::fs::MetadataExt;
    let changed = (metadata.ctime(), metadata.ctime_nsec());
    (metadata.dev(), metadata.ino(), metadata.size(), changed, metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(not(unix))]
fn identity_and_times(metadata: &Metadata) -> impl PartialEq + use<> {
    (metadata.len(), metadata.modified().ok())
}

/// Creates the folder of `path` and those above it, if they are missing.
pub(crate) fn create_folder(path: &Path, mode: u32) -> Result<(), Error> {
    let folder = folder(path);
    if folder.is_dir() {
        return Ok(());
    }
    create_folders(folder, mode).at(Operation::CreateFolder, folder)?;
    sync_folder(folder)
}

#[cfg(unix)]
fn create_folders(folder: &Path, mode: u32) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), mode);
    builder.create(folder)
}

#[cfg(windows)]
fn create_folders(folder: &Path, mode: u32) -> io::Result<()> {
    if is_private(mode) { windows_access::create_folders(folder) } else { fs::create_dir_all(folder) }
}

/// A new file to write to, whose name must be free.
#[cfg(unix)]
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), mode);
    options.open(path)
}

/// A new file to write to, whose name must be free. No other program can open it before it's closed.
#[cfg(windows)]
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let file = windows_access::create_new(path)?;
    if is_private(mode) {
        windows_access::keep_file_private(&file)?;
    }
    Ok(file)
}

/// Whether a mode lets only the owner in. (Windows has no modes.)
#[cfg(windows)]
pub(crate) fn is_private(mode: u32) -> bool {
    mode & 0o077 == 0
}

/// Flushes the folder of `path` to the disk. Without this, a power cut can undo a rename.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        let folder = folder(path);
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            // Some file systems cannot flush a folder, and there is nothing else we can do.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {}
            done => done.at(Operation::Sync, folder)?,
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
