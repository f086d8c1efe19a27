//! The folder and the socket, when another user makes them first.

use std::os::unix::fs::{chown, symlink};
use std::os::unix::net::UnixListener;

use super::super::listen::listen_as;
use super::super::platform::MACOS;
use super::*;

const ANOTHER: u32 = 65_534;

/// Whether a test can make files of another user. It says so if not.
#[allow(clippy::print_stdout)]
fn can_be_another_user() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("skipped: only root can make files of another user");
    }
    is_root
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A socket that a process listens on.
fn squat(folder: &Path) -> (PathBuf, UnixListener) {
    std::fs::create_dir_all(folder).unwrap();
    let socket = folder.join("agent.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    (socket, listener)
}

fn assert_refused(socket: &Path, listener: &UnixListener, names: &[&str]) {
    let problem = connect(socket).err().unwrap();
    assert_eq!(problem.code, ProblemCode::AgentRefused, "{problem:?}");
    for name in names {
        assert!(problem.message.contains(name), "{}", problem.message);
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "not even connected");
}

#[tokio::test]
async fn an_agent_follows_no_symbolic_link_and_leaves_the_folder_behind_it_as_it_is() {
    for before in [0o755, 0o777] {
        let home = tempfile::tempdir().unwrap();
        let (theirs, run) = (home.path().join("theirs"), home.path().join("run"));
        std::fs::create_dir(&theirs).unwrap();
        set_mode(&theirs, before);
        symlink(&theirs, &run).unwrap();
        let problem = refusal(&socket_of(home.path()));
        assert_eq!(problem.code, ProblemCode::AgentSocket);
        assert!(problem.message.contains("symbolic link"), "{}", problem.message);
        assert_eq!(mode(&theirs), before);
        assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 0, "nothing was put there");
    }
}

#[test]
fn a_command_sends_nothing_through_a_symbolic_link() {
    let home = tempfile::tempdir().unwrap();
    let (_, listener) = squat(&home.path().join("theirs"));
    symlink(home.path().join("theirs"), home.path().join("run")).unwrap();
    assert_refused(&socket_of(home.path()), &listener, &["symbolic link", "run"]);
}

#[test]
fn a_command_sends_nothing_to_a_socket_in_a_folder_that_others_can_write_to() {
    for open in [0o770, 0o707, 0o777] {
        let home = tempfile::tempdir().unwrap();
        let (socket, listener) = squat(&home.path().join("run"));
        set_mode(&home.path().join("run"), open);
        assert_refused(&socket, &listener, &["other users can write", "run"]);
    }
}

#[tokio::test]
async fn another_users_folder_is_named_with_its_owner_and_hears_nothing() {
    if !can_be_another_user() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    let (socket, listener) = squat(&folder);
    chown(&folder, Some(ANOTHER), None).unwrap();
    assert_refused(&socket, &listener, &["run", "65534"]);
    let problem = refusal(&socket);
    assert_eq!(problem.code, ProblemCode::AgentSocket);
    assert!(problem.message.contains("65534"), "{}", problem.message);
    assert!(socket.exists(), "what is theirs stays");
}

#[test]
fn another_users_socket_in_the_own_folder_hears_nothing() {
    if !can_be_another_user() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (socket, listener) = squat(&home.path().join("run"));
    chown(&socket, Some(ANOTHER), None).unwrap();
    assert_refused(&socket, &listener, &["agent.sock", "65534"]);
}

#[tokio::test]
async fn a_folder_of_all_users_is_not_closed() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    std::fs::create_dir(&folder).unwrap();
    set_mode(&folder, 0o1777);
    assert!(refusal(&socket_of(home.path())).message.contains("all users"));
    assert_eq!(mode(&folder), 0o777);
}

/// macOS refuses to set a socket's mode before it has a name. The folder is what keeps others out there.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_listens_where_a_socket_has_no_mode_of_its_own() {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let socket = socket_of(home.path());
    let listening = listen_as(&socket, &MACOS).unwrap();
    set_mode(&socket, 0o777);
    assert_eq!(mode(socket.parent().unwrap()), 0o700);
    let serving = tokio::spawn(serve(listening, broker, Arc::new(Program::default())));
    let at = socket.clone();
    let asked =
        tokio::task::spawn_blocking(move || connect(&at).unwrap().unwrap().ask(Hello, |_| ()).map_err(Problem::from));
    assert_eq!(asked.await.unwrap().unwrap().pid, std::process::id());
    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    assert!(!socket.exists(), "the agent took its socket away");
}
