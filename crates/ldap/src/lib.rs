//! The messages of LDAP: bytes in, values out, no I/O.
//!
//! [`ber`] reads and writes the encoding, [`message`] reads a server's answers, [`refusal`] finds out why a server
//! refuses a password, and [`dn`] reads the names of entries. The server may be broken, hostile, or not a directory at
//! all, so the readers never panic, never recurse, and never keep more than the caller allows.

pub mod ber;
pub mod dn;
pub mod message;
pub mod refusal;
