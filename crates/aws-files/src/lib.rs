//! Lossless, durable editing of the shared AWS files, `~/.aws/credentials` and `~/.aws/config`.
//!
//! The files belong to the person and to all their tools; Daypass is a guest. Only bytes in sections
//! that Daypass wrote ever change, and they are recognised from the file alone, by a comment line:
//!
//! ```ini
//! [dev]
//! # daypass: writes aws_access_key_id, aws_secret_access_key in "dev" (+1)
//! aws_access_key_id = ASIA...
//! aws_secret_access_key = ...
//! ```
//!
//! What is put and removed again leaves the file byte for byte as it was; a file that only Daypass
//! was in is gone again. A profile of the same name that is not Daypass's is refused.
//!
//! [`Document`] is the pure part, bytes in and bytes out; [`AwsFile`] applies it to a file through
//! `durable-file`. Lines mean what they mean to botocore (and so to the AWS CLI): Python's
//! `configparser`, with `[profile NAME]` split as by `shlex`. Where the SDKs differ, what is written
//! is what all of them read alike.
//!
//! Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>, botocore's
//! `configloader.py`, and its `credentials.py` for `credential_process`.

mod document;
mod error;
mod file;
mod header;
mod lines;
mod locate;
mod marker;
mod names;
mod process;
mod profiles;
mod removal;

pub use document::{Document, Foreign};
pub use durable_file::Outcome;
pub use error::Error;
pub use file::{AwsFile, Put};
pub use header::Kind;
pub use locate::locate;
pub use names::{Key, ProfileName, Value, entry};
pub use process::quote_process_argument;
pub use profiles::ProfileEntry;
pub use removal::Removed;
