//! What an edit should do, and what it did.

/// What an [`edit`](crate::edit) does to a file.
pub enum Change {
    /// Leave it as it is.
    Keep,
    /// Give it this content; create it if there is none.
    Replace(Vec<u8>),
    /// Delete the file.
    Remove,
}

impl Change {
    pub(crate) fn changes_nothing(&self, content: Option<&[u8]>) -> bool {
        match (self, content) {
            (Self::Keep, _) | (Self::Remove, None) => true,
            (Self::Replace(new), Some(old)) => new == old,
            _ => false,
        }
    }
}

/// What [`edit`](crate::edit) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The file is unchanged: it was already as wanted.
    Unchanged,
    /// The file has new content, which is on the disk.
    Written,
    /// The file was deleted.
    Removed,
}

/// Permissions of new files and folders. On Windows they inherit from their folder, and where that would let other users in
/// and these bits don't, they are for their owner, the system and the administrators alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Permission bits of a new file, regardless of the umask. 0600 by default.
    pub mode_when_new: u32,
    /// Permission bits of new folders, less the umask. 0700 by default.
    pub folder_mode_when_new: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { mode_when_new: 0o600, folder_mode_when_new: 0o700 }
    }
}
