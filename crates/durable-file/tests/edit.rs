//! What an edit keeps, what it merges, and what it refuses.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use durable_file::{
    Change, EditError, Error, Options, Outcome, append_line, backup, edit, lock, read, rename, try_lock,
};
use proptest::prelude::*;

fn put(path: &Path, content: &[u8]) -> Result<Outcome, EditError<Infallible>> {
    edit(path, &Options::default(), |_| Ok(Change::Replace(content.to_vec())))
}

/// The names in a folder. On Windows without those of locks, which stay.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| cfg!(unix) || !name.ends_with(".daypass-lock")).collect();
    names.sort();
    names
}

fn file_error<E>(result: Result<Outcome, EditError<E>>) -> Error {
    match result {
        Err(EditError::File(error)) => error,
        _ => panic!("expected an error of the file"),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

proptest! {
    #[test]
    fn what_is_written_is_read(versions in prop::collection::vec(prop::option::of(any::<Vec<u8>>()), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut now: Option<Vec<u8>> = None;
        for version in versions {
            let outcome = edit(&path, &Options::default(), |before| {
                assert_eq!(before, now.as_deref());
                Ok::<_, Infallible>(version.clone().map_or(Change::Remove, Change::Replace))
            }).unwrap();
            let expected = match &version {
                version if *version == now => Outcome::Unchanged,
                Some(_) => Outcome::Written,
                None => Outcome::Removed,
            };
            prop_assert_eq!(outcome, expected);
            now = version;
            prop_assert_eq!(&read(&path).unwrap(), &now);
            prop_assert_eq!(names(folder.path()).len(), usize::from(now.is_some()));
        }
    }
}

#[test]
#[cfg(unix)]
fn modes_are_kept_and_new_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/file");
    put(&path, b"1").unwrap();
    assert_eq!((mode(&path), mode(&folder.path().join("a")), mode(&folder.path().join("a/b"))), (0o600, 0o700, 0o700));
    for kept in [0o644, 0o640, 0o400, 0o755] {
        fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
        put(&path, format!("{kept}").as_bytes()).unwrap();
        assert_eq!(mode(&path), kept);
    }
}

#[test]
#[cfg(unix)]
fn owner_and_group_are_kept_by_root() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    put(&path, b"1").unwrap();
    if chown(&path, Some(12345), Some(23456)).is_err() {
        println!("skipped: only root can give a file away");
        return;
    }
    put(&path, b"2").unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (12345, 23456));
}

#[test]
#[cfg(unix)]
fn links_are_followed_and_stay() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("dotfiles")).unwrap();
    symlink("dotfiles/middle", at("link")).unwrap();
    symlink("real", at("dotfiles/middle")).unwrap();
    // Dangling: the file is made where the link leads.
    put(&at("link"), b"1").unwrap();
    assert_eq!(fs::read(at("dotfiles/real")).unwrap(), b"1");
    put(&at("link"), b"2").unwrap();
    assert_eq!(fs::read(at("dotfiles/real")).unwrap(), b"2");
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    assert_eq!(names(&at("dotfiles")), ["middle", "real"]);

    symlink("round", at("round")).unwrap();
    assert_eq!(file_error(put(&at("round"), b"1")).code(), "not-a-file");
}

#[test]
fn what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = file_error(put(folder.path(), b"1"));
    assert!(matches!(error, Error::NotAFile { what: "a folder", .. }), "{error}");
    assert!(error.to_string().contains(folder.path().to_str().unwrap()));
    assert!(matches!(file_error(put(&folder.path().join(".."), b"1")), Error::NoFileName { .. }));
    assert!(matches!(file_error(put(Path::new(""), b"1")), Error::NoFileName { .. }));
}

#[test]
fn a_refused_change_leaves_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    put(&path, b"1").unwrap();
    let refused = edit(&path, &Options::default(), |_| Err("no"));
    assert!(matches!(refused, Err(EditError::Change("no"))));
    assert_eq!((fs::read(&path).unwrap(), names(folder.path())), (b"1".to_vec(), vec!["file".to_owned()]));
}

#[test]
fn left_overs_of_the_killed_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for left_over in [".file.daypass-1-0.tmp", ".file.daypass-lock", ".other.daypass-1-0.tmp", ".file.tmp"] {
        fs::write(folder.path().join(left_over), "secret").unwrap();
    }
    put(&path, b"1").unwrap();
    assert_eq!(names(folder.path()), [".file.tmp", ".other.daypass-1-0.tmp", "file"]);
}

/// Each of these happens between our read and our rename, the first two times.
#[test]
fn another_programs_edit_in_between_is_merged() {
    let in_place: fn(&Path, &str) = |path, text| fs::write(path, text).unwrap();
    let by_rename: fn(&Path, &str) = |path, text| {
        let new = path.with_extension("theirs");
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    };
    let gone_and_back: fn(&Path, &str) = |path, text| {
        let _ = fs::remove_file(path);
        fs::write(path, text).unwrap();
    };
    for theirs in [in_place, by_rename, gone_and_back] {
        for start in [None, Some("start")] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            if let Some(start) = start {
                fs::write(&path, start).unwrap();
            }
            let mut runs = 0;
            let outcome = edit(&path, &Options::default(), |before| {
                runs += 1;
                if runs <= 2 {
                    theirs(&path, &format!("their-{runs}"));
                }
                let before = String::from_utf8_lossy(before.unwrap_or_default());
                Ok::<_, Infallible>(Change::Replace(format!("{before}+ours").into_bytes()))
            });
            assert_eq!((outcome.unwrap(), runs), (Outcome::Written, 3));
            assert_eq!(fs::read_to_string(&path).unwrap(), "their-2+ours");
            assert_eq!(names(folder.path()), ["file"]);
        }
    }
}

#[test]
fn a_removal_keeps_another_programs_edit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "ours").unwrap();
    let mut runs = 0;
    let outcome = edit(&path, &Options::default(), |before| {
        runs += 1;
        if runs == 1 {
            fs::write(&path, "theirs").unwrap();
        }
        Ok::<_, Infallible>(if before == Some(b"ours") { Change::Remove } else { Change::Keep })
    });
    assert_eq!(outcome.unwrap(), Outcome::Unchanged);
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
}

#[test]
fn who_never_stops_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut runs = 0;
    let error = file_error(edit(&path, &Options::default(), |_| {
        runs += 1;
        fs::write(&path, format!("their-{runs}")).unwrap();
        Ok::<_, Infallible>(Change::Replace(b"ours".to_vec()))
    }));
    assert!(matches!(error, Error::Contended { attempts: 16, .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "their-16");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_lock_excludes_threads_but_not_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("new/file"), folder.path().join("new/other"));
    let held = lock(&path).unwrap();
    assert!(try_lock(&path).unwrap().is_none());
    put(&other, b"1").unwrap();
    held.edit(&Options::default(), |_| Ok::<_, Infallible>(Change::Replace(b"held".to_vec()))).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| put(&path, b"after"));
        thread::sleep(Duration::from_millis(50));
        assert_eq!(fs::read(&path).unwrap(), b"held");
        drop(held);
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(fs::read(&path).unwrap(), b"after");
    assert_eq!(names(&folder.path().join("new")), ["file", "other"]);
}

#[test]
fn lines_are_appended_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/audit.jsonl");
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for number in 0..25 {
                    append_line(path, &Options::default(), &format!("{writer}-{number}-{}", "x".repeat(500))).unwrap();
                }
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().filter(|line| line.len() > 500 && line.ends_with('x')).count(), 100);
    // A line that a power cut tore does not swallow the next.
    fs::write(&path, "torn").unwrap();
    append_line(&path, &Options::default(), "next").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "torn\nnext\n");
    assert_eq!(append_line(&path, &Options::default(), "a\nb").unwrap_err().code(), "not-one-line");
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_new_name_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [path, free, taken] = ["file", "free", "taken"].map(|name| folder.path().join(name));
    fs::write(&path, "ours").unwrap();
    fs::write(&taken, "theirs").unwrap();
    assert!(rename(&path, &taken).is_err());
    assert_eq!((fs::read(&path).unwrap(), fs::read(&taken).unwrap()), (b"ours".to_vec(), b"theirs".to_vec()));
    rename(&path, &free).unwrap();
    assert_eq!(fs::read(&free).unwrap(), b"ours");
    assert!(rename(&path, &folder.path().join("other")).is_err(), "it's gone");
    assert_eq!(names(folder.path()), ["free", "taken"]);
}

#[test]
fn backups_are_private_and_never_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    assert!(backup(&path).is_err());
    let mut copies = Vec::new();
    for version in 0..4 {
        fs::write(&path, version.to_string()).unwrap();
        copies.push(backup(&path).unwrap());
    }
    for (version, copy) in copies.iter().enumerate() {
        assert_eq!(fs::read_to_string(copy).unwrap(), version.to_string());
        #[cfg(unix)]
        assert_eq!(mode(copy), 0o600);
    }
    assert_eq!(names(folder.path()).len(), 5);
}

/// An ACL by which this user (none of this machine's) may read, as the kernel stores it (linux/posix_acl_xattr.h).
#[cfg(target_os = "linux")]
fn acl_for(user: u32) -> Vec<u8> {
    const NOBODY: u32 = u32::MAX;
    let entries: [(u16, u16, u32); 5] =
        [(0x01, 6, NOBODY), (0x02, 4, user), (0x04, 0, NOBODY), (0x10, 4, NOBODY), (0x20, 0, NOBODY)];
    let mut acl = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        acl.extend(tag.to_le_bytes());
        acl.extend(permissions.to_le_bytes());
        acl.extend(id.to_le_bytes());
    }
    acl
}

#[test]
#[cfg(target_os = "linux")]
fn acls_and_extended_attributes_are_kept() {
    use std::os::unix::fs::PermissionsExt;

    use rustix::fs::{XattrFlags, getxattr, setxattr};
    const ACL: &str = "system.posix_acl_access";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let set = |path: &Path, name: &str, value: &[u8]| setxattr(path, name, value, XattrFlags::empty());
    if set(&path, ACL, &acl_for(54_321)).is_err() || set(&path, "user.note", b"mine").is_err() {
        println!("skipped: this file system has no ACLs");
        return;
    }
    let value = |name: &str| {
        let mut value = [0; 256];
        getxattr(&path, name, &mut value[..]).map(|length| value[..length].to_vec()).ok()
    };
    assert_eq!(mode(&path), 0o640, "the mask stands in the group's place");
    for content in ["new", "newer"] {
        put(&path, content.as_bytes()).unwrap();
        assert_eq!((value(ACL), value("user.note")), (Some(acl_for(54_321)), Some(b"mine".to_vec())));
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o640, content));
    }
    // A folder that gives each new file an ACL must not open a file that has none.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    set(folder.path(), "system.posix_acl_default", &acl_for(54_321)).unwrap();
    put(&path, b"new").unwrap();
    assert_eq!((value(ACL), mode(&path)), (None, 0o640));
}
