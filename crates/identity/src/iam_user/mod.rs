//! An IAM user: an access key in the vault, with or without an MFA device.
//!
//! The long-lived key signs as little as it can. With an MFA device, one code makes a session of the user
//! (GetSessionToken), which lies in the vault until it ends: roles are assumed with it, and it is what is delivered for
//! the user itself. `device` sees to it that a code is never sent twice; `rotation` replaces the key.

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
pub use kind::IamUserIdentity;
pub use rotation::RotatedKey;
