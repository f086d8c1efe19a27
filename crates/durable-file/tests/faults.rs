//! Real faults: many processes, a full disk, a read-only disk, a kill at every system call.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, missing_docs)]

use std::collections::HashSet;
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use durable_file::{Change, EditError, Error, Options, Outcome, append_line, edit, lock, reserve};

#[test]
fn edits_of_many_threads_and_processes_all_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut processes: Vec<_> = (0..4)
        .map(|number| editor().args(["add"]).arg(&path).args([&format!("process{number}"), "25"]).spawn().unwrap())
        .collect();
    thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for number in 0..25 {
                    let line = format!("thread{thread}-{number}\n");
                    let add = |before: Option<&[u8]>| {
                        let content = [before.unwrap_or_default(), line.as_bytes()].concat();
                        Ok::<_, Infallible>(Change::Replace(content))
                    };
                    edit(path, &Options::default(), add).unwrap();
                }
            });
        }
    });
    for process in &mut processes {
        assert!(process.wait().unwrap().success());
    }
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().collect::<HashSet<_>>().len(), 200);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    let Some(disk) = Disk::mount("size=64k") else {
        return;
    };
    let path = disk.folder.join("file");
    replace(&path, &[b'a'; 30_000]).unwrap();
    let error = replace(&path, &[b'b'; 50_000]).unwrap_err();
    assert_eq!(error.code(), "disk-full");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert_eq!(fs::read(&path).unwrap(), [b'a'; 30_000]);
    assert_eq!(fs::read_dir(&disk.folder).unwrap().count(), 1, "nothing is left beside it");
    let copy = durable_file::backup(&path);
    assert!(copy.is_ok_and(|copy| fs::remove_file(copy).is_ok()));

    let log = disk.folder.join("log");
    append_line(&log, &Options::default(), "first").unwrap();
    let error = append_line(&log, &Options::default(), &"x".repeat(60_000)).unwrap_err();
    assert_eq!(error.code(), "disk-full");
    assert_eq!(fs::read(&log).unwrap(), b"first\n", "the whole line or nothing");
    // It works again as soon as there is space.
    replace(&path, b"small").unwrap();
}

#[test]
fn a_read_only_disk_is_named_at_once() {
    let Some(disk) = Disk::mount("size=64k") else {
        return;
    };
    let path = disk.folder.join("file");
    replace(&path, b"1").unwrap();
    disk.remount("ro");
    for error in [
        replace(&path, b"2").unwrap_err(),
        lock(&path).unwrap_err(),
        replace(&disk.folder.join("x/y"), b"2").unwrap_err(),
    ] {
        assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
        assert_eq!(error.code(), "file-not-writable");
    }
    // It isn't an error if nothing has to be written.
    assert_eq!(replace(&path, b"1").unwrap(), Outcome::Unchanged);
}

#[test]
fn a_read_only_folder_is_named_at_once() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    replace(&path, b"1").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write anyway, so another user tries.
    let binary = editor_path();
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary);
    let output = match command.args(["replace"]).arg(&path).args(["3", "b"]).output() {
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("file-not-writable") => output,
        other => {
            println!("skipped: can't run {} as another user: {other:?}", binary.display());
            return;
        }
    };
    assert!(String::from_utf8_lossy(&output.stderr).contains("permission denied"), "{output:?}");
    assert_eq!(fs::read(&path).unwrap(), b"1");
}

/// The gap that only an exchange closes: behind our last look at the file, before our rename, which
/// strace holds back here.
#[test]
fn another_programs_edit_in_the_last_instant_is_merged() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "start\n").unwrap();
    let ours = delayed("renameat2:delay_enter=1500000:when=1", "add", &path, &["ours", "1"]);
    wait_for_temporary(folder.path());
    fs::write(&path, "theirs\n").unwrap();
    assert!(ours.wait_with_output().unwrap().status.success());
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\nours-0\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // And if they edit ours, too, before it is taken back, no version is lost.
    let ours = delayed("renameat2:delay_enter=1500000:when=1..2", "add", &path, &["again", "1"]);
    wait_for_temporary(folder.path());
    fs::write(&path, "second\n").unwrap();
    wait_until(|| fs::read_to_string(&path).unwrap().contains("again"));
    fs::write(&path, "third\n").unwrap();
    let output = ours.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("the other is saved as"), "{output:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "third\n");
    let mut names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept = names.find(|name| name.to_string_lossy().contains("file.daypass-backup-")).unwrap();
    assert_eq!(fs::read_to_string(kept).unwrap(), "second\n");
}

#[test]
fn a_removal_in_the_last_instant_gives_theirs_back() {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "start\n").unwrap();
    let ours = delayed("rename:delay_enter=1500000:when=1", "remove-if-start", &path, &[]);
    thread::sleep(Duration::from_millis(200));
    fs::write(&path, "theirs\n").unwrap();
    assert!(ours.wait_with_output().unwrap().status.success());
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn file_systems_without_exchange_get_a_plain_rename() {
    if !can_trace() {
        return;
    }
    for missing in ["EINVAL", "ENOSYS"] {
        for start in [Some("aaa"), None] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            if let Some(start) = start {
                fs::write(&path, start).unwrap();
            }
            let inject = format!("inject=renameat2:error={missing}");
            assert!(traced(&inject, "replace", &path, &["3", "b"]).success());
            assert_eq!(fs::read(&path).unwrap(), b"bbb");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}

#[test]
fn a_failing_disk_leaves_the_old_version_and_no_litter() {
    if !can_trace() {
        return;
    }
    for inject in
        ["write:error=EIO:when=1", "write:error=EDQUOT:when=1", "fsync:error=EIO:when=1", "renameat2:error=EIO"]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "aaa").unwrap();
        assert_eq!(traced(&format!("inject={inject}"), "replace", &path, &["3", "b"]).code(), Some(1), "{inject}");
        assert_eq!(fs::read(&path).unwrap(), b"aaa", "{inject}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{inject}");
    }
}

#[test]
fn killed_at_any_system_call_the_file_is_whole() {
    if !can_trace() {
        return;
    }
    let mut kills = 0;
    for start in [Some(vec![b'a'; 20_000]), None] {
        // strace counts each kind of call for itself.
        for call in ["openat", "read", "write", "fchmod", "fsync", "flock", "renameat2", "unlink", "close"] {
            kills += kill_at_each(call, start.as_deref());
        }
    }
    // Less would mean that the calls have other names here, and nothing was tested.
    assert!(kills >= 40, "only {kills} kills");
}

/// Kills an edit at the first, second, … call of this kind until one gets through; how many were killed.
fn kill_at_each(call: &str, start: Option<&[u8]>) -> u32 {
    let new = vec![b'b'; 20_000];
    for number in 1..=200 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        if let Some(start) = start {
            fs::write(&path, start).unwrap();
        }
        let inject = format!("inject={call}:signal=KILL:when={number}");
        let status = traced(&inject, "replace", &path, &["20000", "b"]);
        let now = fs::read(&path).ok();
        let whole = now.as_deref() == start || now.as_ref() == Some(&new);
        assert!(whole, "killed at {call} {number}: {:?} bytes", now.map(|now| now.len()));
        if status.success() {
            assert_eq!(now.as_ref(), Some(&new));
            return number - 1;
        }
        // The next edit works, and cleans up.
        replace(&path, b"next").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "killed at {call} {number}");
    }
    panic!("200 times {call} weren't enough");
}

fn can_trace() -> bool {
    let traces = Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !traces {
        println!("skipped: strace isn't there, or may not trace");
    }
    traces
}

fn delayed(inject: &str, verb: &str, path: &Path, rest: &[&str]) -> Child {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", &format!("inject={inject}")]).arg(editor_path());
    command.arg(verb).arg(path).args(rest).stderr(Stdio::piped()).spawn().unwrap()
}

/// Until the new version is written, and a little longer, so that the rename is what is waited for.
fn wait_for_temporary(folder: &Path) {
    wait_until(|| {
        let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
        entries.any(|entry| entry.file_name().to_string_lossy().ends_with(".tmp"))
    });
    thread::sleep(Duration::from_millis(100));
}

fn wait_until(mut holds: impl FnMut() -> bool) {
    for _ in 0..5000 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
    panic!("waited in vain");
}

fn traced(inject: &str, verb: &str, path: &Path, rest: &[&str]) -> std::process::ExitStatus {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", inject]).arg(editor_path());
    command.arg(verb).arg(path).args(rest).stderr(Stdio::null()).status().unwrap()
}

fn replace(path: &Path, content: &[u8]) -> Result<Outcome, Error> {
    match edit(path, &Options::default(), |_| Ok::<_, Infallible>(Change::Replace(content.to_vec()))) {
        Ok(outcome) => Ok(outcome),
        Err(EditError::File(error)) => Err(error),
        Err(EditError::Change(never)) => match never {},
    }
}

/// `examples/edit.rs`, which cargo builds for the tests beside them.
fn editor_path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples/edit");
    assert!(path.exists(), "{} is missing: run all of this package's tests, so that cargo builds it", path.display());
    path
}

fn editor() -> Command {
    Command::new(editor_path())
}

#[test]
fn room_is_reserved_or_refused_and_an_edit_takes_it() {
    let Some(disk) = Disk::mount("size=64k") else {
        return;
    };
    let path = disk.folder.join("file");
    replace(&path, &[b'a'; 20_000]).unwrap();
    let room = reserve(&path).unwrap();
    assert_eq!(fs::read_dir(&disk.folder).unwrap().count(), 2, "the file, and the room for its next version");
    let filling = disk.folder.join("filling");
    assert!(fs::write(&filling, [b'x'; 40_000]).is_err(), "another program can't have it");
    fs::remove_file(&filling).unwrap();
    replace(&path, &[b'b'; 20_500]).unwrap();
    drop(room);
    assert_eq!(fs::read_dir(&disk.folder).unwrap().count(), 1, "nothing is left beside it");

    fs::write(&filling, [b'x'; 36_000]).unwrap();
    assert_eq!(reserve(&path).err().unwrap().code(), "disk-full");
    disk.remount("ro");
    assert!(matches!(reserve(&path).err().unwrap(), Error::ReadOnly { .. }));
}

#[test]
fn reserved_room_is_never_free_until_the_next_version_is_in_place() {
    let Some(disk) = Disk::mount("size=64k") else {
        return;
    };
    let (path, filling) = (disk.folder.join("file"), disk.folder.join("filling"));
    replace(&path, &[b'a'; 20_000]).unwrap();
    let room = reserve(&path).unwrap();
    // Another user takes what is free, again and again.
    let mut number = 0;
    let mut fill = || {
        number += 1;
        assert!(fs::write(disk.folder.join(format!("filling-{number}")), [b'x'; 60_000]).is_err(), "the disk is full");
    };
    fill();
    edit(&path, &Options::default(), |_| {
        fill();
        Ok::<_, Infallible>(Change::Replace(vec![b'b'; 30_000]))
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), [b'b'; 30_000]);
    // The room is used up, and dropping its holder touches nothing.
    fs::write(&filling, [b'x'; 4096]).unwrap();
    drop(room);
    assert_eq!(fs::read(&path).unwrap(), [b'b'; 30_000]);
    let names = fs::read_dir(&disk.folder).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0, "nothing is left beside it");
}

#[test]
fn an_edit_that_changes_nothing_leaves_the_room_and_another_process_does_not_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    replace(&path, b"1").unwrap();
    let room = reserve(&path).unwrap();
    assert_eq!(replace(&path, b"1").unwrap(), Outcome::Unchanged);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the room is still held");
    assert!(editor().args(["add"]).arg(&path).args(["x", "1"]).status().unwrap().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    replace(&path, b"2").unwrap();
    drop(room);
    assert_eq!(fs::read(&path).unwrap(), b"2");
}

/// A small file system of its own; None (and the reason printed) where this user cannot mount one.
struct Disk {
    folder: PathBuf,
    _place: tempfile::TempDir,
}

impl Disk {
    fn mount(options: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().to_owned();
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder).output();
        match output {
            Ok(output) if output.status.success() => Some(Self { folder, _place: place }),
            other => {
                println!("skipped: can't mount a tmpfs: {other:?}");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.folder).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.folder).status();
    }
}
