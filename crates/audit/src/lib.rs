//! The audit log: one JSON line an event, each carrying the hash of the one before, through any number of files.
//!
//! A chain of hashes shows a change in its middle, and not one at its end: a program that can write the file can write a
//! new last line, or take some away. So how many lines there are and the hash of the last one are kept in a
//! [`HeadFile`], which only the vault's key can write.
//!
//! A full file gets a number, and the first line of the next one follows from its last line. So no file can go missing
//! but the oldest, and which of those were removed is kept with the head.

mod backwards;
mod files;
mod head;
mod line;
mod log;
mod page;
mod read;
mod rotation;
mod spreadsheet;
mod verify;

pub use daypass_core::history::AuditEvent;
pub use head::{Head, HeadFile, HeadStore, KnownHead, Removed};
pub use line::AuditLine;
pub use log::AuditLog;
pub use page::{Page, Placed};
pub use read::{AuditFilter, Entries, Entry, OfRole};
pub use spreadsheet::csv;
pub use verify::Verified;

#[cfg(test)]
mod tests;
