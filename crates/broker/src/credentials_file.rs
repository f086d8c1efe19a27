//! Who else can read the AWS credentials file.

use std::path::Path;

use daypass_core::problem::Problem;

/// What to tell the person where other users can read or write the credentials file. Its mode is left as it is: it is
/// the person's file, and a group may share it on purpose.
#[must_use]
pub fn open_to_others(path: &Path) -> Option<Problem> {
    imp::open_to_others(path)
}

#[cfg(unix)]
mod imp {
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

    pub(super) fn open_to_others(path: &Path) -> Option<Problem> {
        let mode = std::fs::metadata(path).ok()?.mode() & 0o777;
        if mode & 0o077 == 0 {
            return None;
        }
        let can = if mode & 0o066 == 0 {
            "execute"
        } else if mode & 0o022 == 0 {
            "read"
        } else {
            "change"
        };
        let shown = path.display();
        let message =
            format!("other users of this machine can {can} {shown} (mode {mode:04o}), and your keys are in it");
        Some(
            Problem::new(ProblemKind::Refused, ProblemCode::CredentialsFileOpenToOthers, message)
                .hint(format!("make it private: chmod 600 {shown}")),
        )
    }
}

#[cfg(not(unix))]
mod imp {
    use std::path::Path;

    use daypass_core::problem::Problem;

    /// On Windows, the file inherits the rights of the person's profile folder.
    pub(super) fn open_to_others(_: &Path) -> Option<Problem> {
        None
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_that_others_can_read_or_change_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        assert_eq!(open_to_others(&file), None);
        std::fs::write(&file, "").unwrap();
        for (mode, told) in [(0o600, None), (0o400, None), (0o644, Some("can read")), (0o620, Some("can change"))] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let problem = open_to_others(&file);
            assert_eq!(problem.is_some(), told.is_some(), "{mode:o}");
            assert!(problem.is_none_or(|problem| problem.message.contains(told.unwrap())), "{mode:o}");
        }
    }
}
