//! Checks who else can change `config.toml`, and so decide where passwords are typed and which programs run.

use std::path::Path;

use daypass_core::openness::Opening;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// `config-open-to-others`.
pub(super) fn refused(file: &Path, opening: &Opening) -> Problem {
    let message =
        format!("every user of this machine can change {}, because {opening}. Daypass didn't read it", file.display());
    Problem::new(ProblemKind::Invalid, ProblemCode::ConfigOpenToOthers, message)
        .hint(format!("check what's in it, then {}", opening.advice()))
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::PathBuf;

    use daypass_core::openness::{judge, open_to_some};

    use super::*;
    use crate::config::ConfigFile;

    const STRANGER: u32 = 54_321;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The real path of a folder of its own, because `/tmp` is a link on macOS.
    fn home() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().canonicalize().unwrap();
        (home, path)
    }

    fn code(file: &Path) -> Option<ProblemCode> {
        ConfigFile::new(file.to_owned()).read().err().map(|problem| problem.code)
    }

    #[test]
    fn an_open_folder_is_refused_even_while_there_is_no_file() {
        let (_home, home) = home();
        let file = home.join("config.toml");
        assert!(judge(&file).unwrap().is_missing() && code(&file).is_none());
        set_mode(&home, 0o777);
        assert_eq!(judge(&file), Err(Opening::Mode(home.clone())));
        assert_eq!(judge(&home.join("not/there/config.toml")), Err(Opening::Mode(home.clone())));
        assert_eq!(code(&file), Some(ProblemCode::ConfigOpenToOthers));
        set_mode(&home, 0o1777);
        assert!(judge(&file).unwrap().is_missing() && code(&file).is_none(), "no one can replace a file of yours here");
    }

    #[test]
    fn a_link_that_leads_through_an_open_folder_is_refused() {
        let (_home, home) = home();
        let (open, file, first) = (home.join("open"), home.join("real.toml"), home.join("config.toml"));
        fs::create_dir(&open).unwrap();
        fs::write(&file, "").unwrap();
        set_mode(&file, 0o600);
        symlink("../real.toml", open.join("second")).unwrap();
        symlink("open/second", &first).unwrap();
        set_mode(&open, 0o755);
        assert!(judge(&first).unwrap().is(&fs::metadata(&file).unwrap()));
        set_mode(&open, 0o777);
        assert_eq!(judge(&first), Err(Opening::Mode(open.clone())));
        fs::remove_file(&file).unwrap();
        assert_eq!(judge(&first), Err(Opening::Mode(open)), "the link dangles");
        let looped = home.join("loop");
        symlink("loop", &looped).unwrap();
        assert!(judge(&looped).unwrap().is_missing());
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn in_a_folder_like_tmp_only_what_is_yours_or_roots_is_read() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give files to another user");
            return;
        }
        let (_home, home) = home();
        let file = home.join("config.toml");
        fs::write(&file, "").unwrap();
        set_mode(&file, 0o600);
        set_mode(&home, 0o1777);
        assert_eq!(code(&file), None, "it's yours");

        chown(&file, Some(STRANGER), None).unwrap();
        assert_eq!(judge(&file), Err(Opening::Owner(file.clone())));
        assert_eq!(code(&file), Some(ProblemCode::ConfigOpenToOthers));

        let link = home.join("link.toml");
        symlink(&file, &link).unwrap();
        assert_eq!(judge(&link), Err(Opening::Owner(file.clone())), "the target is theirs");
        chown(&file, Some(0), None).unwrap();
        assert_eq!(code(&link), None);
        std::os::unix::fs::lchown(&link, Some(STRANGER), None).unwrap();
        assert_eq!(judge(&link), Err(Opening::Owner(link)), "the link is theirs");

        // The owner of a folder decides what is in it.
        let folder = home.join("theirs");
        fs::create_dir(&folder).unwrap();
        chown(&folder, Some(STRANGER), None).unwrap();
        assert_eq!(judge(&folder.join("config.toml")), Err(Opening::Owner(folder)));

        // Elsewhere a team may share a file of one of its members.
        set_mode(&home, 0o755);
        chown(&file, Some(STRANGER), None).unwrap();
        assert_eq!(code(&file), None);
    }

    #[test]
    fn an_edit_is_refused_where_reading_is() {
        let (_home, home) = home();
        let file = ConfigFile::new(home.join("config.toml"));
        set_mode(&home, 0o777);
        let refused = file.remove_identity(&"one".parse().unwrap()).unwrap_err();
        assert_eq!(refused.code, ProblemCode::ConfigOpenToOthers);
        set_mode(&home, 0o700);
        file.remove_identity(&"one".parse().unwrap()).unwrap();
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn the_owner_and_the_group_of_each_folder_above_are_told() {
        let (_home, home) = home();
        let folder = home.join("folder");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("config.toml");
        fs::write(&file, "").unwrap();
        let close = || {
            set_mode(&file, 0o600);
            set_mode(&folder, 0o755);
        };
        close();
        // What is above is the machine's, and may be open to a group.
        if open_to_some(&home) {
            eprintln!("skipped: a group can change a folder above {}", home.display());
            return;
        }
        assert!(!open_to_some(&file));
        for path in [&file, &folder, &home] {
            let before = fs::metadata(path).unwrap().permissions().mode() & 0o7777;
            set_mode(path, before | 0o020);
            assert!(open_to_some(&file), "{}", path.display());
            set_mode(path, before);
        }
        set_mode(&folder, 0o1775);
        assert!(!open_to_some(&file), "no one can replace it in a sticky folder");
        close();
        if !rustix::process::geteuid().is_root() {
            return;
        }
        for path in [&file, &folder, &home] {
            chown(path, Some(STRANGER), None).unwrap();
            assert!(open_to_some(&file), "{}", path.display());
            chown(path, Some(0), None).unwrap();
        }
        assert!(!open_to_some(&file));
    }
}
