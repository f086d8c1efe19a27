//! An AWS profile that works already, managed by somebody else, as the source of Daypass's roles.
//!
//! Its keys are taken anew for each exchange, from where they are: `source` decides where that is, `program` runs what
//! has to be run. Nothing of it is copied into the vault.

mod kind;
mod program;
mod source;

pub(crate) use kind::ProfileIdentity;
