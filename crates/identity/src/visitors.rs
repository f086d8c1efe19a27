//! Programs that connect to one of our ports, for tests.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends raw bytes to a port on loopback and reads all of the answer.
pub(super) async fn knock(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// What a program of another user of this machine gets there. `None`, with a word about it, where a test may not start
/// one.
#[allow(clippy::print_stderr)]
pub(super) async fn as_another_user(port: u16, request: &str) -> Option<String> {
    #[cfg(target_os = "linux")]
    if rustix::process::geteuid().is_root() {
        const NOBODY: u32 = 65534;
        const SCRIPT: &str = r#"exec 3<>"/dev/tcp/127.0.0.1/$1" && printf %s "$2" >&3 && cat <&3"#;
        let mut shell = tokio::process::Command::new("bash");
        shell.args(["-c", SCRIPT, "bash", &port.to_string(), request]).current_dir("/").uid(NOBODY).gid(NOBODY);
        let done = shell.output().await.unwrap();
        assert!(done.status.success(), "{done:?}");
        return Some(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let _ = (port, request);
    eprintln!("skipped: only root on Linux can play another user");
    None
}
