//! The keys that aws-vault keeps, as far as they can be read. Its settings are in the AWS config file (see `aws`).

mod jwe;
mod keys;

pub(crate) use keys::{VaultKeys, unseal};
