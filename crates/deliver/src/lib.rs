//! Deliver: how tools get the credentials of a session.

mod credentials_file;
pub mod env;
pub mod process;

pub use credentials_file::{CredentialsFile, WrittenProfile};
