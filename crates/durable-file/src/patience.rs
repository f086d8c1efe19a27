//! Waits for programs that have a file open for a moment.
//!
//! On Windows, a file that another program has open can't be renamed, replaced, removed or read, unless that program
//! allows it: virus scanners, indexers and backups open each new file. They let go within milliseconds. Elsewhere an open
//! file can be replaced, and nothing waits.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long another program may have the file open. `ERROR_ACCESS_DENIED` also says that this user may not do it, ever, so
/// it is short.
const LIMIT: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`, `ERROR_USER_MAPPED_FILE`.
#[cfg(any(test, windows))]
const BUSY_ON_WINDOWS: [i32; 4] = [5, 32, 33, 1224];

#[cfg(windows)]
const BUSY: &[i32] = &BUSY_ON_WINDOWS;
#[cfg(not(windows))]
const BUSY: &[i32] = &[];

/// [`fs::rename`].
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    while_busy(BUSY, LIMIT, || fs::rename(from, to))
}

/// [`fs::remove_file`].
pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    while_busy(BUSY, LIMIT, || fs::remove_file(path))
}

/// [`File::open`], which on Windows waits a moment for a program that has the file to itself.
///
/// # Errors
///
/// The system's.
pub fn open(path: &Path) -> io::Result<File> {
    while_busy(BUSY, LIMIT, || File::open(path))
}

/// [`OpenOptions::open`], which waits in the same way.
pub(crate) fn open_with(options: &OpenOptions, path: &Path) -> io::Result<File> {
    while_busy(BUSY, LIMIT, || options.open(path))
}

/// Tries again while the system answers with one of these errors, which are sorted.
fn while_busy<T>(busy: &[i32], limit: Duration, mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut started = None;
    let mut pause = FIRST_PAUSE;
    loop {
        match work() {
            Err(error) if error.raw_os_error().is_some_and(|code| busy.binary_search(&code).is_ok()) => {
                if started.get_or_insert_with(Instant::now).elapsed() >= limit {
                    return Err(error);
                }
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            done => return done,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What a rename does while another program lets go of the file after two tries.
    fn after_two(code: i32) -> impl FnMut() -> io::Result<&'static str> {
        let mut tries = 0;
        move || {
            tries += 1;
            if tries <= 2 { Err(io::Error::from_raw_os_error(code)) } else { Ok("renamed") }
        }
    }

    #[test]
    fn a_file_that_another_program_has_open_for_a_moment_is_waited_for() {
        for code in [5, 32, 33] {
            assert_eq!(while_busy(&BUSY_ON_WINDOWS, LIMIT, after_two(code)).unwrap(), "renamed");
            let refused = while_busy(&[], LIMIT, after_two(code)).unwrap_err();
            assert_eq!(refused.raw_os_error(), Some(code), "nothing waits elsewhere");
        }
        let missing = while_busy(&BUSY_ON_WINDOWS, LIMIT, after_two(2)).unwrap_err();
        assert_eq!(missing.raw_os_error(), Some(2), "a file that isn't there doesn't come");
    }

    #[test]
    fn a_file_that_stays_open_is_told() {
        let mut tries = 0;
        let refused = while_busy(&BUSY_ON_WINDOWS, Duration::from_millis(500), || {
            tries += 1;
            Err::<(), _>(io::Error::from_raw_os_error(32))
        });
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(32));
        assert!(tries > 2);
    }

    #[cfg(windows)]
    #[test]
    fn a_rename_waits_until_another_program_closes_the_file() {
        use std::os::windows::fs::OpenOptionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("file"));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        // As a program that shares nothing, and closes it after the first try.
        let mut held = Some(fs::OpenOptions::new().read(true).share_mode(0).open(&to).unwrap());
        let mut tries = 0;
        while_busy(BUSY, LIMIT, || {
            tries += 1;
            let done = fs::rename(&from, &to);
            drop(held.take());
            done
        })
        .unwrap();
        assert_eq!((tries, fs::read_to_string(&to).unwrap()), (2, "new".to_owned()));
    }
}
