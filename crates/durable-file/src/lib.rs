//! The only way Daypass changes files.
//!
//! [`edit`] promises, whatever happens meanwhile (a crash, a full disk, a second Daypass, a person with
//! an editor):
//!
//! - The file is never missing, empty or partial. Its name always leads to one whole version of it.
//!   The new version is written to a temporary file in the same folder, synced, put in place by a
//!   rename, and the folder is synced.
//! - Two programs that use this crate take turns ([`lock`]), across threads and processes.
//! - An edit by a program that knows nothing of our lock is merged. We *exchange* the new version with
//!   the old one and compare the old one with what we read. If another program changed it meanwhile, we
//!   put its version back and make our change on top of it.
//! - Symbolic links are followed, so a link into a dotfiles repository stays a link. Mode, owner,
//!   group, POSIX ACL and extended attributes are kept. Only the owner can read a new file, and the temporary file is never open to more
//!   users than the file that it becomes.
//! - After an error the file is unchanged, and nothing is left beside it. The next edit of the same file
//!   removes what a killed process left behind (`.NAME.daypass-….tmp`).
//!
//! What it does not promise: other hard links to the file keep the old version, and a program that has
//! the file open for writing during the exchange writes to the replaced version.
//!
//! This crate knows nothing about what is in the files.

// clippy.toml forbids every other crate to write files itself.
#![allow(clippy::disallowed_methods)]

mod append;
mod attributes;
mod backup;
mod change;
mod edit;
mod error;
mod lock;
mod patience;
mod place;
mod rename;
mod reserve;
mod swap;
mod temporary;

pub use append::append_line;
pub use backup::backup;
pub use change::{Change, Options, Outcome};
pub use edit::{edit, read, read_with_facts};
pub use error::{EditError, Error, Operation};
pub use lock::{LOCK_PATIENCE, Lock, lock, try_lock};
pub use patience::open;
pub use rename::rename;
pub use reserve::{Reservation, reserve};
