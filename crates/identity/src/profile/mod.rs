//! An existing AWS profile, managed by another tool, as the source of Daypass's roles.
//!
//! Every exchange reads its keys again: `source` decides where they are, and `program` runs the program that has them.
//! None of them are copied into the vault.

mod children;
mod kind;
mod program;
mod source;

pub(crate) use kind::ProfileIdentity;
