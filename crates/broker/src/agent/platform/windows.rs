//! A named pipe, whose name every user can read and take first. So its name has the user's security identifier (SID), its
//! access list admits only them and the system, and the client looks who made it before it sends anything.

use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsHandle as _, OwnedHandle};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use interprocess::local_socket::{GenericFilePath, ListenerOptions, Stream, ToFsName, tokio};
use interprocess::os::windows::local_socket::ListenerOptionsExt as _;
use interprocess::os::windows::named_pipe::local_socket::Stream as PipeStream;
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use widestring::U16CString;
use windows_access::{of_pipe, own_user};
use windows_sys::Win32::Foundation::ERROR_PIPE_BUSY;
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OVERLAPPED, SECURITY_IDENTIFICATION};

use super::socket::{FileId, SocketPlatform};
use daypass_core::problem::Problem;

/// How long all instances of the pipe may be busy.
const BUSY_FOR: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Windows;

impl SocketPlatform for Windows {
    /// The lock is in this folder.
    fn own_folder(&self, folder: &Path) -> io::Result<()> {
        windows_access::create_folders(folder)
    }

    /// The library asks for the pipe's first instance (`FILE_FLAG_FIRST_PIPE_INSTANCE`), so this fails if another process
    /// has the name, and it admits no other machine (`PIPE_REJECT_REMOTE_CLIENTS`).
    fn options<'s>(&self, socket: &'s Path) -> io::Result<ListenerOptions<'s>> {
        let me = own_user()?;
        let access = U16CString::from_str(access_list(&me)).map_err(io::Error::other)?;
        let name = pipe(&me, socket).to_fs_name::<GenericFilePath>()?;
        let options = ListenerOptions::new().name(name).reclaim_name(false);
        Ok(options.security_descriptor(SecurityDescriptor::deserialize(&access)?))
    }

    fn file(&self, _: &Path) -> Option<FileId> {
        None
    }

    fn remove(&self, _: &Path) {}

    fn find(&self, _: &Path) -> Result<bool, Problem> {
        Ok(true)
    }

    /// With `SECURITY_IDENTIFICATION`, or the process that serves the pipe could act as this user.
    #[allow(clippy::disallowed_methods)] // It's a pipe.
    fn connect(&self, socket: &Path) -> io::Result<Stream> {
        let name = pipe(&own_user()?, socket);
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(FILE_FLAG_OVERLAPPED).security_qos_flags(SECURITY_IDENTIFICATION);
        let since = Instant::now();
        loop {
            match options.open(&name) {
                Ok(pipe) => {
                    let pipe = PipeStream::try_from(OwnedHandle::from(pipe)).map_err(io::Error::from)?;
                    return Ok(Stream::NamedPipe(pipe));
                }
                Err(error) if is_busy(&error) && since.elapsed() < BUSY_FOR => thread::sleep(PAUSE),
                Err(error) => return Err(error),
            }
        }
    }

    fn is_own_agent(&self, stream: &Stream) -> bool {
        let Stream::NamedPipe(pipe) = stream;
        matches!((own_user(), of_pipe(pipe.as_handle())), (Ok(me), Ok(list)) if me == list.owner)
    }

    /// The access list has admitted it.
    fn is_own_client(&self, _: &tokio::Stream) -> bool {
        true
    }
}

fn pipe(user: &str, socket: &Path) -> String {
    let id = daypass_core::digest::short(socket.as_os_str().as_encoded_bytes());
    format!(r"\\.\pipe\daypass-{user}-{id}")
}

/// Belongs to the user, protected from inheritance; everything for them and the system, nothing for anyone else. Their
/// own SID and not "the owner": what an elevated process makes belongs to the administrators.
fn access_list(user: &str) -> String {
    format!("O:{user}D:P(A;;GA;;;{user})(A;;GA;;;SY)")
}

fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error().map(i32::cast_unsigned) == Some(ERROR_PIPE_BUSY)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read as _, Write as _};

    use interprocess::local_socket::traits::Listener as _;
    use windows_access::{CHANGE, READ};

    use super::*;

    fn socket() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent.sock");
        (folder, socket)
    }

    #[test]
    fn no_one_else_is_let_in() {
        let (_folder, socket) = socket();
        let _listener = Windows.options(&socket).unwrap().create_sync().unwrap();
        let Stream::NamedPipe(pipe) = Windows.connect(&socket).unwrap();
        let list = of_pipe(pipe.as_handle()).unwrap();
        assert!(!list.lets_others(READ | CHANGE, &own_user().unwrap()), "{list:?}");
    }

    #[test]
    fn the_pipe_is_the_users_own_and_its_client_knows() {
        let (_folder, socket) = socket();
        let listener = Windows.options(&socket).unwrap().create_sync().unwrap();
        let serving = thread::spawn(move || {
            let mut client = listener.accept().unwrap();
            client.write_all(b"hello\n").unwrap();
            let mut answer = [0; 3];
            client.read_exact(&mut answer).unwrap();
            answer
        });
        let mut stream = Windows.connect(&socket).unwrap();
        assert!(Windows.is_own_agent(&stream));
        let mut greeting = [0; 6];
        stream.read_exact(&mut greeting).unwrap();
        stream.write_all(b"yes").unwrap();
        assert_eq!((&greeting, &serving.join().unwrap()), (b"hello\n", b"yes"));
    }

    #[test]
    fn a_name_that_is_taken_is_not_shared() {
        let (_folder, socket) = socket();
        let first = Windows.options(&socket).unwrap().create_sync().unwrap();
        assert!(Windows.options(&socket).unwrap().create_sync().is_err());
        drop(first);
        Windows.options(&socket).unwrap().create_sync().unwrap();
    }

    #[test]
    fn each_user_and_each_home_has_a_pipe_of_its_own() {
        let names = [("S-1-5-21-1", "a"), ("S-1-5-21-2", "a"), ("S-1-5-21-1", "b")];
        let names: std::collections::BTreeSet<String> =
            names.iter().map(|(user, socket)| pipe(user, Path::new(socket))).collect();
        assert_eq!(names.len(), 3);
        assert!(own_user().unwrap().starts_with("S-1-"));
    }
}
