//! The errors of the crates that keep Daypass's files, as problems.

use aws_files::Error;
use daypass_vault::VaultError;

use crate::problem::{NextStep, Problem, ProblemCode, ProblemKind};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::ForeignProfile { .. } | Error::ProfileOfAnotherHome { .. } | Error::ShadowedProfile { .. } => {
                ProblemKind::Refused
            }
            Error::BadProfileName { .. }
            | Error::BadKey { .. }
            | Error::RepeatedKey { .. }
            | Error::BadValue { .. } => ProblemKind::Invalid,
            Error::NoEntries { .. } | Error::File(_) => ProblemKind::Failed,
        };
        let advice = match &error {
            Error::ShadowedProfile { .. } => {
                Some("choose another name with --profile, or remove that line: tools would work with what it names")
            }
            Error::ForeignProfile { .. } | Error::ProfileOfAnotherHome { .. } => {
                Some("choose another name with --profile, or replace it with --replace, which backs up the file first")
            }
            error => error.advice(),
        };
        with_advice(Problem::new(kind, of_profile(&error), error.to_string()), advice)
    }
}

impl From<durable_file::Error> for Problem {
    fn from(error: durable_file::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::KeyUnknown { why } => Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, why)
                .hint("fix it and save. Until then, Daypass doesn't know where the vault's key is, and can't open it"),
            error => {
                let problem = Problem::new(ProblemKind::Failed, of_vault(&error), error.to_string());
                let problem = with_advice(problem, error.advice());
                match error {
                    VaultError::Locked => problem.next(NextStep::UnlockVault),
                    error if error.asks_for_another_place() => problem.next(NextStep::KeepKeyElsewhere),
                    _ => problem,
                }
            }
        }
    }
}

fn of_profile(error: &Error) -> ProblemCode {
    match error {
        Error::ForeignProfile { .. } | Error::ProfileOfAnotherHome { .. } => ProblemCode::ForeignProfile,
        Error::ShadowedProfile { .. } => ProblemCode::ProfileShadowed,
        Error::BadProfileName { .. } => ProblemCode::BadProfileName,
        Error::BadKey { .. } | Error::RepeatedKey { .. } => ProblemCode::BadKey,
        Error::BadValue { .. } => ProblemCode::BadValue,
        Error::NoEntries { .. } => ProblemCode::NoEntries,
        Error::File(error) => of_file(error),
    }
}

fn of_file(error: &durable_file::Error) -> ProblemCode {
    use durable_file::{Error as File, Operation};
    match error {
        File::PermissionDenied { operation: Operation::Read, .. } => ProblemCode::FileNotReadable,
        File::PermissionDenied { .. } | File::ReadOnly { .. } | File::MountPoint { .. } => ProblemCode::FileNotWritable,
        File::DiskFull { .. } => ProblemCode::DiskFull,
        File::NotAFile { .. } | File::NoFileName { .. } | File::SymlinkLoop { .. } => ProblemCode::NotAFile,
        File::Locked { .. } => ProblemCode::FileLocked,
        File::Contended { .. } | File::Collision { .. } => ProblemCode::FileContended,
        File::NotOneLine { .. } => ProblemCode::NotOneLine,
        File::Io { .. } => ProblemCode::FileError,
    }
}

fn of_vault(error: &VaultError) -> ProblemCode {
    match error {
        VaultError::WrongKey { .. } => ProblemCode::VaultWrongKey,
        VaultError::Damaged { .. } => ProblemCode::VaultDamaged,
        VaultError::Newer { .. } => ProblemCode::VaultNewer,
        VaultError::KeyUnknown { .. } => ProblemCode::ConfigMistake,
        VaultError::Locked => ProblemCode::VaultLocked,
        VaultError::KeyInvalid { .. } => ProblemCode::VaultKeyInvalid,
        VaultError::KeyringLocked { .. } => ProblemCode::KeyringLocked,
        VaultError::KeyringAbsent { .. } => ProblemCode::KeyringAbsent,
        VaultError::KeyringUnanswered { .. } => ProblemCode::KeyringUnanswered,
        VaultError::KeyringFailed { .. } => ProblemCode::KeyringFailed,
        VaultError::KeyFileOpenToOthers { .. }
        | VaultError::KeyFileOfAnother { .. }
        | VaultError::KeyFolderOfAnother { .. } => ProblemCode::KeyFileOpenToOthers,
        VaultError::KeyFolderMissing { .. } => ProblemCode::VaultUnwritable,
        VaultError::Chosen { error, .. } => of_vault(error),
        VaultError::PassphraseWrong { .. } => ProblemCode::PassphraseWrong,
        VaultError::PassphraseEmpty => ProblemCode::PassphraseEmpty,
        VaultError::PassphraseDeclined => ProblemCode::PassphraseDeclined,
        VaultError::PassphraseNeeded { .. } => ProblemCode::PassphraseNeeded,
        VaultError::Read { .. } => ProblemCode::VaultUnreadable,
        VaultError::Seal { .. } => ProblemCode::VaultSealFailed,
        VaultError::Write(_) => ProblemCode::VaultUnwritable,
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
        assert_eq!(problem.code, ProblemCode::VaultUnwritable);

        let locked = VaultError::KeyringLocked { reason: "its prompt was dismissed. So: locked".into() };
        let problem = Problem::from(locked);
        assert_eq!(problem.message, "the keyring is locked (its prompt was dismissed. So: locked)");
        assert_eq!(problem.hint.as_deref(), Some("unlock it and try again"));
        assert_eq!(problem.next, Some(NextStep::KeepKeyElsewhere));
    }

    #[test]
    fn a_profile_of_the_persons_is_refused_with_the_ways_out() {
        let foreign = Error::ForeignProfile { path: "/c".into(), line: 3, profile: "dev".into() };
        let problem = Problem::from(foreign);
        assert_eq!((problem.kind, problem.code), (ProblemKind::Refused, ProblemCode::ForeignProfile));
        assert_eq!(problem.message, "/c:3 has a profile \"dev\" that Daypass didn't write");
        assert!(problem.hint.is_some_and(|hint| hint.contains("--profile") && hint.contains("--replace")));
    }
}
