//! The AWS config file and the AWS credentials file, with the keys that aws-vault keeps for their profiles.

mod builder;
mod portal;
mod resolve;
mod step;
mod terms;

use crate::aws_vault::VaultKeys;
use crate::found::{Found, Tool};
use crate::machine::Machine;
use crate::profiles::AwsFiles;
use builder::Builder;

/// What the AWS CLI and the SDKs find there, and what needs aws-vault.
pub(crate) fn read(tool: Tool, machine: &Machine) -> Option<Found> {
    let files = AwsFiles::read(machine);
    let keys = VaultKeys::read(machine, &files);
    let mut builder = Builder::new(machine, &files, &keys);
    builder.sign_ins();
    for profile in files.profiles() {
        builder.profile(profile);
    }
    let found = builder.finish(tool);
    let says_something = !found.files.is_empty() || !found.remarks.is_empty() || !found.identities.is_empty();
    says_something.then_some(found)
}
