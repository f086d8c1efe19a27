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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fmt::Write;
    use std::sync::Arc;

    use super::*;
    use crate::machine::NoKeyring;

    fn read_config(config: &str) -> Found {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("home/.aws")).unwrap();
        std::fs::write(folder.path().join("home/.aws/config"), config).unwrap();
        read(Tool::Aws, &Machine::in_folder(folder.path(), Arc::new(NoKeyring))).unwrap()
    }

    /// A chain, in the order of the file or against it: neither is a matter of luck.
    #[test]
    fn chains_are_kept_up_to_a_length_and_circles_end() {
        let key = "[profile p0]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
        let role = |from: usize, to: usize| {
            format!("[profile p{to}]\nrole_arn = arn:aws:iam::111122223333:role/R{to}\nsource_profile = p{from}\n")
        };
        let links: Vec<String> = (1..=100).map(|to| role(to - 1, to)).collect();
        for links in [links.clone(), links.into_iter().rev().collect()] {
            let found = read_config(&format!("{key}{}", links.concat()));
            assert_eq!(found.roles.len(), 49, "and the key's own profile makes fifty");
            assert_eq!(found.remarks.len(), 51);
            assert!(found.remarks.iter().all(|remark| remark.why.contains("more than 50")));
        }
        let mut circle = String::new();
        for at in 0..3_000 {
            write!(circle, "{}", role(at, (at + 1) % 3_000)).unwrap();
        }
        let found = read_config(&circle);
        assert!(found.roles.is_empty() && found.remarks.len() == 3_000);
        assert!(found.remarks.iter().all(|remark| remark.why.len() < 200), "a long loop is shortened");
    }
}
