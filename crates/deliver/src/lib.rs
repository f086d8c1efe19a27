//! Deliver: how tools get the credentials of a session. One file a delivery; [`deliveries`] lists them.
//!
//! `env`, `container` and `instance` aren't among them: they format credentials for one shell or program, and for one
//! request.

pub mod container;
mod credentials_file;
pub mod env;
pub mod generated;
mod home_id;
pub mod instance;
pub mod process;
pub mod start_files;

use std::path::{Path, PathBuf};

use daypass_core::delivery::Deliveries;

/// Every delivery, with the AWS credentials and config files at these paths, for the home with this vault. Nothing is
/// read yet.
#[must_use]
pub fn deliveries(credentials_file: PathBuf, config_file: PathBuf, vault_file: &Path) -> Deliveries {
    Deliveries {
        credentials_file: Box::new(credentials_file::CredentialsFile::new(credentials_file, config_file, vault_file)),
        process: Box::new(process::Process),
    }
}
