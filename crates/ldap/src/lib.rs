//! The messages of LDAP: bytes in, values out, no I/O.
//!
//! [`ber`] reads and writes the encoding, [`message`] what a server answers, [`refusal`] why it takes no password, [`dn`]
//! the names of entries. What is read comes from a server that may be broken, hostile, or not a directory at all:
//! nothing in here panics, calls itself, or keeps more than it is told to.

pub mod ber;
pub mod dn;
pub mod message;
pub mod refusal;
