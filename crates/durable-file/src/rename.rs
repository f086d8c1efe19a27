//! Renames a file.

use std::path::Path;

use crate::error::{At, Error, Operation};
use crate::{place, swap};

/// Give the file another name in the same folder, durably. Never replaces anything. A link itself gets
/// the name, and leads to the same file.
///
/// # Errors
/// If the file does not exist, the name is taken, or the folder cannot be written to. The file then keeps
/// its old name.
pub fn rename(path: &Path, to: &Path) -> Result<(), Error> {
    swap::rename_to_free(path, to).at(Operation::Rename, path)?;
    place::sync_folder(to)
}
