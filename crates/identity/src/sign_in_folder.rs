//! A folder in which a browser or an engine keeps a sign-in's cookies. Its contents are theirs, so durable-file, which
//! replaces single files of ours, has no part in it.

use std::io;
use std::path::Path;

/// Creates the folder for its owner only, because cookies are as good as a password. The engine would let everyone read it.
///
/// # Errors
///
/// When the system refuses.
#[cfg(unix)]
#[allow(clippy::disallowed_methods)]
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(folder)
}

/// The same by its access list.
///
/// # Errors
///
/// When the system refuses.
#[cfg(windows)]
pub fn make_private(folder: &Path) -> io::Result<()> {
    windows_access::create_folders(folder)
}

/// Removes the folder if it exists, because the person asked to.
///
/// # Errors
///
/// When the system refuses.
#[allow(clippy::disallowed_methods)]
pub fn remove(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
