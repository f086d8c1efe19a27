//! Appends a line to a log, durably.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::change::Options;
use crate::error::{At, Error, Operation};
use crate::lock::{self, LOCK_PATIENCE};
use crate::{patience, place};

/// Append one line durably (for the audit log): the whole line or nothing, on the disk when this
/// returns. `line` comes without its line break.
///
/// Programs that append to the same file take turns through a lock on the file itself, which is never
/// replaced. (Windows lets no other program read a locked file, so there the lock is on one beside it.) So
/// the caller may also hold the [`Lock`](crate::Lock) of `path`, and has to if the line depends on the one
/// before. If a power cut left half a line at the end, the new line starts below it.
///
/// # Errors
/// [`Error::NotOneLine`] if `line` contains a line break; otherwise as for [`edit`](crate::edit).
pub fn append_line(path: &Path, options: &Options, line: &str) -> Result<(), Error> {
    if line.contains(['\n', '\r']) {
        return Err(Error::NotOneLine { path: path.to_owned() });
    }
    let real = place::real_path(path)?;
    place::create_folder(&real, options.folder_mode_when_new)?;
    let (mut file, is_new) = open(&real, options)?;
    let beside = || lock::open(&place::beside(&real, ".", ".daypass-append")).at(Operation::Lock, &real);
    let beside = cfg!(windows).then(beside).transpose()?;
    wait_for_lock(beside.as_ref().unwrap_or(&file), &real)?;

    let end = file.seek(SeekFrom::End(0)).at(Operation::Read, &real)?;
    let mut bytes = Vec::with_capacity(line.len() + 2);
    if end > 0 && last_byte(&mut file, end).at(Operation::Read, &real)? != b'\n' {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line.as_bytes());
    bytes.push(b'\n');
    if let Err(error) = file.write_all(&bytes) {
        // Half a line (the disk is full): we hold the lock, so everything after `end` is ours.
        let _ = file.set_len(end);
        return Err(Error::new(Operation::Write, &real, error));
    }
    file.sync_data().at(Operation::Sync, &real)?;
    if is_new {
        place::sync_folder(&real)?;
    }
    Ok(())
}

fn open(real: &Path, options: &Options) -> Result<(File, bool), Error> {
    if let Ok(there) = std::fs::metadata(real)
        && !there.is_file()
    {
        let what = if there.is_dir() { "a folder" } else { "a device, pipe or socket" };
        return Err(Error::NotAFile { path: real.to_owned(), what });
    }
    let mut open = OpenOptions::new();
    open.read(true).append(true);
    match patience::open_with(&open, real) {
        Ok(file) => return Ok((file, false)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::new(Operation::Write, real, error)),
    }
    create(&mut open, real, options.mode_when_new).at(Operation::Write, real)?;
    Ok((patience::open_with(&open, real).at(Operation::Write, real)?, true))
}

#[cfg(unix)]
fn create(open: &mut OpenOptions, _: &Path, mode: u32) -> io::Result<()> {
    std::os::unix::fs::OpenOptionsExt::mode(open.create(true), mode);
    Ok(())
}

/// With its access list, before the first line. Another process may have done so a moment ago.
#[cfg(windows)]
fn create(_: &mut OpenOptions, real: &Path, mode: u32) -> io::Result<()> {
    match place::create_new(real, mode) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

fn wait_for_lock(file: &File, real: &Path) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => {
                return Err(Error::new(Operation::Lock, real, error));
            }
            Err(TryLockError::WouldBlock) if started.elapsed() >= LOCK_PATIENCE => {
                let (path, lock_file) = (real.to_owned(), real.to_owned());
                return Err(Error::Locked { path, lock_file, waited: started.elapsed() });
            }
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn last_byte(file: &mut File, end: u64) -> io::Result<u8> {
    let mut last = [0];
    file.seek(SeekFrom::Start(end - 1))?;
    file.read_exact(&mut last)?;
    Ok(last[0])
}
