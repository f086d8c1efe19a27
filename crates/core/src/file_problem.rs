//! The errors of the crates that keep Daypass's files, as problems.

use aws_files::Error;
use daypass_vault::VaultError;

use crate::problem::{Problem, ProblemKind};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::ForeignProfile { .. } => ProblemKind::Refused,
            Error::BadProfileName { .. }
            | Error::BadKey { .. }
            | Error::RepeatedKey { .. }
            | Error::BadValue { .. } => ProblemKind::Invalid,
            Error::NoEntries { .. } | Error::File(_) => ProblemKind::Failed,
        };
        let advice = match &error {
            Error::ForeignProfile { .. } => {
                Some("choose another name with --profile, or replace it with --replace, which backs up the file first")
            }
            error => error.advice(),
        };
        with_advice(Problem::new(kind, error.code(), error.to_string()), advice)
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::KeyUnknown { why } => Problem::new(ProblemKind::Invalid, "config-mistake", why)
                .hint("fix it and save. Until then Daypass does not know where the vault's key is, and opens nothing"),
            error => with_advice(Problem::new(ProblemKind::Failed, error.code(), error.to_string()), error.advice()),
        }
    }
}

fn with_advice(problem: Problem, advice: Option<impl Into<String>>) -> Problem {
    match advice {
        Some(advice) => problem.hint(advice),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_and_what_to_do_are_apart() {
        let full = durable_file::Error::DiskFull {
            path: "/home/a: b/credentials".into(),
            operation: durable_file::Operation::Write,
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let problem = Problem::from(Error::from(full));
        assert!(problem.message.ends_with("while writing /home/a: b/credentials"), "{}", problem.message);
        assert_eq!(problem.hint.as_deref(), Some("free some space and try again; the file is unchanged"));

        let other = durable_file::Error::Io {
            path: "/c".into(),
            operation: durable_file::Operation::Sync,
            source: std::io::Error::other("the disk is on fire"),
        };
        let problem = Problem::from(VaultError::from(other));
        assert_eq!((problem.message.as_str(), problem.hint), ("flushing to disk /c failed: the disk is on fire", None));
        assert_eq!(problem.code, "vault-unwritable");

        let locked = VaultError::KeyringLocked { reason: "its prompt was dismissed. So: locked".into() };
        let problem = Problem::from(locked);
        assert_eq!(problem.message, "the keyring is locked (its prompt was dismissed. So: locked)");
        assert!(
            problem.hint.is_some_and(|hint| hint.starts_with("unlock it and try again. ") && hint.contains("file:"))
        );
    }

    #[test]
    fn a_profile_of_the_persons_is_refused_with_the_ways_out() {
        let foreign = Error::ForeignProfile { path: "/c".into(), line: 3, profile: "dev".into() };
        let problem = Problem::from(foreign);
        assert_eq!((problem.kind, problem.code.as_str()), (ProblemKind::Refused, "foreign-profile"));
        assert_eq!(problem.message, "/c:3 has a profile \"dev\" that Daypass did not write");
        assert!(problem.hint.is_some_and(|hint| hint.contains("--profile") && hint.contains("--replace")));
    }
}
