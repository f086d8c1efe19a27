//! Lossless, durable editing of the shared AWS files, `~/.aws/credentials` and `~/.aws/config`.
//!
//! The files belong to the person and all their tools, and Daypass is a guest. It changes only bytes in
//! sections that it wrote, and recognises them by a comment line:
//!
//! ```ini
//! [dev]
//! # daypass: writes aws_access_key_id, aws_secret_access_key in "dev" (+1, home 5f0c3a91d27be846)
//! aws_access_key_id = ASIA...
//! aws_secret_access_key = ...
//! ```
//!
//! Writing a profile and removing it leaves the file as it was, byte for byte. A file that Daypass created
//! is deleted with its last profile. Several Daypass homes may share a file: none removes the profiles of
//! another ([`HomeId`]). A profile of the same name that Daypass did not write is refused.
//!
//! [`Document`] is the pure part, bytes in and bytes out. [`Batch`] is for thousands of profiles at once. [`AwsFile`] applies it to a file through
//! `durable-file`. Lines mean what they mean to botocore, and so to the AWS CLI: Python's `configparser`,
//! with `[profile NAME]` split as by `shlex`. Where the SDKs differ, we write only what all of them read
//! alike.
//!
//! Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>, botocore's
//! `configloader.py`, and its `credentials.py` for `credential_process`.

mod adoption;
mod batch;
mod document;
mod error;
mod fault;
mod file;
mod header;
mod lines;
mod locate;
mod marker;
mod names;
mod patch;
mod process;
mod profiles;
mod removal;
mod restore;
mod shadow;

pub use adoption::{Adoption, SectionText};
pub use batch::{Batch, BatchOutcome, Edit};
pub use document::{Document, Foreign};
pub use durable_file::Outcome;
pub use error::Error;
pub use fault::{Fault, FaultKind, first_fault};
pub use file::{AwsFile, PutOutcome};
pub use header::FileKind;
pub use locate::locate;
pub use marker::HomeId;
pub use names::{Key, ProfileName, Value, entry};
pub use patch::Patch;
pub use process::{quote_process_argument, split_process_line};
pub use profiles::ProfileEntry;
pub use removal::RemovalOutcome;
pub use shadow::{Shadow, ShadowedTools, Shadows};
