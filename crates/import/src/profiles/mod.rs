//! The profiles of the AWS config file and the AWS credentials file. Several tools keep their settings there.

mod files;
mod process;

pub(crate) use files::{AwsFiles, AwsProfile};
pub(crate) use process::Process;
