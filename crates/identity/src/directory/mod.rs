//! A directory (LDAP) as a kind of identity: what a company's own federation broker does, on the person's machine.
//!
//! The person's password is proven by a bind over TLS and then forgotten; what stays is the person's entry: who it
//! is, its groups, and the attributes that sessions are named and tagged after. Groups become roles, by a pattern or
//! by a table, and the broker's own AWS key, which lies in the vault, is exchanged for one of them.
//!
//! [`DirectorySettings`] is what `config.toml` holds. `talk` speaks LDAP, and nothing above it does: over the TLS
//! of `connect`, in the `message`s of `ber`, of which nothing is believed before it was read; `refusal`
//! reads what a directory says about a password that it does not take; `entry` finds and reads the person; `roles`
//! makes roles of groups. What the rest of Daypass calls is in `kind`.

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
mod template;

#[cfg(test)]
mod tests;

pub use error::DirectoryError;
pub(crate) use kind::DirectoryIdentity;
