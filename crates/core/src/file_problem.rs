//! What went wrong with a file, as a problem.

use crate::problem::{Problem, ProblemKind};

impl From<aws_files::Error> for Problem {
    fn from(error: aws_files::Error) -> Self {
        let kind = match error.code() {
            "foreign-profile" => ProblemKind::Refused,
            "bad-value" | "bad-key" | "bad-profile-name" => ProblemKind::Invalid,
            _ => ProblemKind::Failed,
        };
        let text = error.to_string();
        match error.code() {
            // The rest of this one is in the operating system's words.
            "file-error" => Problem::new(kind, error.code(), text),
            "foreign-profile" => Problem::new(kind, error.code(), before_last(&text, ": ")).hint(
                "choose another name with --profile, or replace it with --replace; the file is backed up first then",
            ),
            _ => Problem::told(kind, error.code(), text.rsplit_once(": "), &text),
        }
    }
}

impl From<daypass_vault::VaultError> for Problem {
    fn from(error: daypass_vault::VaultError) -> Self {
        if let daypass_vault::VaultError::KeyUnknown { why } = error {
            return Problem::new(ProblemKind::Invalid, "config-mistake", why)
                .hint("mend it and save; until then nobody can tell where the vault's key is, and nothing is opened");
        }
        let text = error.to_string();
        let parts = text.split_once(". ").or_else(|| text.rsplit_once(": "));
        let has_words_of_others =
            matches!(error, daypass_vault::VaultError::Read { .. } | daypass_vault::VaultError::Seal { .. });
        Problem::told(ProblemKind::Failed, error.code(), parts.filter(|_| !has_words_of_others), &text)
    }
}

fn before_last<'a>(text: &'a str, mark: &str) -> &'a str {
    text.rsplit_once(mark).map_or(text, |(before, _)| before)
}

impl Problem {
    /// The message of a library's error, which ends in what to do, as message and hint.
    fn told(kind: ProblemKind, code: &str, parts: Option<(&str, &str)>, whole: &str) -> Self {
        match parts {
            Some((happened, what_to_do)) => {
                let mut hint = what_to_do.to_owned();
                if let Some(first) = hint.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                Self::new(kind, code, happened).hint(hint)
            }
            None => Self::new(kind, code, whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_and_what_to_do_are_told_apart() {
        let full = durable_file::Error::DiskFull {
            path: "/home/a: b/credentials".into(),
            operation: durable_file::Operation::Write,
            source: std::io::ErrorKind::StorageFull.into(),
        };
        let problem = Problem::from(aws_files::Error::from(full));
        assert!(problem.message.ends_with("when writing /home/a: b/credentials"), "{}", problem.message);
        assert_eq!(problem.hint.as_deref(), Some("free some space and try again; the file is as it was"));

        let other = durable_file::Error::Io {
            path: "/c".into(),
            operation: durable_file::Operation::Sync,
            source: std::io::Error::other("the disk is on fire"),
        };
        let problem = Problem::from(aws_files::Error::from(other));
        assert_eq!((problem.message.as_str(), problem.hint), ("syncing to disk /c failed: the disk is on fire", None));

        let locked = daypass_vault::VaultError::KeyringLocked { reason: "its prompt was dismissed".into() };
        let problem = Problem::from(locked);
        assert_eq!(problem.message, "the keyring is locked (its prompt was dismissed)");
        assert!(
            problem.hint.is_some_and(|hint| hint.starts_with("unlock it and try again. ") && hint.contains("file:"))
        );
    }
}
