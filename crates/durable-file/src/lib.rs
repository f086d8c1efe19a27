//! The one way Daypass changes a file.
//!
//! [`edit`] promises, whatever happens in between (a crash, a full disk, a second Daypass, a person
//! with an editor):
//!
//! - The file is never missing, empty or partial: its name always leads to one whole version of it.
//!   The new version is written to a temporary file in the same folder, synced, put in place by a
//!   rename, and the folder is synced.
//! - Two programs that use this crate take turns ([`lock`]), across threads and processes.
//! - An edit by a program that knows nothing of our lock is merged: the new version is *exchanged*
//!   with the old one, what came out is compared with what was read, and if somebody changed it in
//!   between, it goes back and the change is made again on top of theirs.
//! - Symbolic links are followed, so a link into a dotfiles repository stays a link. Mode, owner and
//!   group are kept. A new file is the owner's alone, and the temporary file is never open to more
//!   people than the file that it becomes.
//! - On every error the file is as it was, and nothing is left beside it. What a killed process
//!   leaves behind (`.NAME.daypass-….tmp`) is removed by the next edit of the same file.
//!
//! What it does not promise: other hard links to the file keep the old version, and a program that
//! holds the file open for writing while it is exchanged writes to the version that was replaced.
//!
//! Nothing here knows what is in the files.

// Every other crate is forbidden to write files itself (clippy.toml); this is the place that may.
#![allow(clippy::disallowed_methods)]

mod append;
mod backup;
mod edit;
mod error;
mod lock;
mod place;
mod swap;
mod temporary;

pub use append::append_line;
pub use backup::backup;
pub use edit::{Change, Options, Outcome, edit, read};
pub use error::{EditError, Error, Operation};
pub use lock::{LOCK_PATIENCE, Lock, lock, try_lock};
