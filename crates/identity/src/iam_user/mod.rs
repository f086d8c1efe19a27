//! An IAM user: an access key in the vault, with or without an MFA device.
//!
//! The long-lived key signs as little as possible. With an MFA device, one code yields a session of the user
//! (GetSessionToken), which stays in the vault until it ends. It assumes the roles, and it is what the user itself
//! gets. `device` makes sure that a code is never sent twice. `rotation` replaces the key, through the `key_ring` that
//! `iam` implements.

mod access_key;
mod device;
mod error;
mod iam;
mod key_ring;
mod kind;
mod proof;
mod rotation;
mod settings;
mod totp;

pub use access_key::AccessKey;
pub use device::MfaCode;
pub use kind::{IamUserIdentity, check_typed};
pub use rotation::RotatedKey;
