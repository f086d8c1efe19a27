//! A directory (LDAP) as a kind of identity: what a company's own federation broker does, on your machine.
//!
//! A bind over TLS proves your password, which is then forgotten. What stays is your entry: who you are, your groups,
//! and the attributes that name and tag your sessions. Groups become roles by a pattern or a table, and the broker's
//! own AWS key, which is in the vault, is exchanged for one of them.
//!
//! `talk` is the only module that speaks LDAP, over the TLS of `connect` and with the messages of `daypass_ldap`.
//! `entry` finds and reads your entry. `roles` turns groups into roles. `kind` is what the rest of Daypass calls.

mod attributes;
mod check;
mod connect;
mod entry;
mod error;
mod kind;
mod receive;
mod roles;
mod start_tls;
mod talk;

#[cfg(test)]
mod tests;

pub use error::DirectoryError;
pub(crate) use kind::DirectoryIdentity;
