//! The variables that the person's login shell sets.

use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long the person's start files may take. The app waits for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Stands before and after what `env` prints, because start files print as well.
const MARK: &str = "daypass-environment-a71c";

/// The variables of a login shell that Daypass and the programs it runs look at.
pub(crate) fn of(shell: &OsStr) -> Vec<(OsString, OsString)> {
    within(shell, PATIENCE).unwrap_or_default()
}

fn within(shell: &OsStr, patience: Duration) -> Option<Vec<(OsString, OsString)>> {
    let script = format!("echo {MARK}; /usr/bin/env; echo {MARK}");
    let mut child = Command::new(shell)
        .args(["-l", "-i", "-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdout = child.stdout.take()?;
    let (tell, told) = mpsc::channel();
    // A thread, because a start file may wait for an answer that doesn't come.
    thread::spawn(move || {
        let mut printed = Vec::new();
        let _ = stdout.read_to_end(&mut printed);
        let _ = tell.send(printed);
    });
    let printed = told.recv_timeout(patience).ok();
    if printed.is_none() {
        let _ = child.kill();
    }
    let _ = child.wait();
    Some(read(&printed?))
}

fn read(printed: &[u8]) -> Vec<(OsString, OsString)> {
    let is_mark = |line: &&[u8]| *line == MARK.as_bytes();
    let lines = printed.split(|&byte| byte == b'\n').skip_while(|line| !is_mark(line)).skip(1);
    let variables = lines.take_while(|line| !is_mark(line)).filter_map(|line| {
        // A value of several lines is cut. None that counts here has them.
        let at = line.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (std::str::from_utf8(&line[..at]).ok()?, &line[at + 1..]);
        counts(name).then(|| (OsString::from(name), OsStr::from_bytes(value).to_owned()))
    });
    variables.collect()
}

/// Whether a variable says where programs are, how AWS or other machines are reached, or what Daypass does. Not keys:
/// they would shadow what the person chooses in Daypass.
fn counts(name: &str) -> bool {
    const NAMES: [&str; 5] = ["PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "BROWSER"];
    const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let is_proxy = name.to_ascii_lowercase().ends_with("_proxy");
    let is_prefixed = name.starts_with("AWS_") || name.starts_with("DAYPASS_");
    (NAMES.contains(&name) || is_proxy || is_prefixed) && !KEYS.contains(&name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A shell that prints before it runs what it was given.
    fn shell(folder: &tempfile::TempDir, before: &str) -> OsString {
        let file = folder.path().join("shell");
        let script = format!("#!/bin/sh\n{before}\n[ \"$1 $2 $3\" = \"-l -i -c\" ] || exit 9\neval \"$4\"\n");
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        OsString::from_vec(file.into_os_string().into_vec())
    }

    #[test]
    fn what_counts_is_taken_over_and_what_start_files_print_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let shell = shell(
            &folder,
            "echo 'PATH=/printed'; export PATH=/opt/homebrew/bin:/usr/bin:/bin AWS_CONFIG_FILE='/a b' https_proxy=http://p:1 \
             AWS_SECRET_ACCESS_KEY=PLANTED EDITOR=vi",
        );
        let found = of(&shell);
        let value = |name: &str| found.iter().find(|(own, _)| own == name).map(|(_, value)| value.to_str().unwrap());
        assert_eq!(value("PATH"), Some("/opt/homebrew/bin:/usr/bin:/bin"));
        assert_eq!((value("AWS_CONFIG_FILE"), value("https_proxy")), (Some("/a b"), Some("http://p:1")));
        assert_eq!((value("AWS_SECRET_ACCESS_KEY"), value("EDITOR")), (None, None));
    }

    #[test]
    fn a_shell_that_hangs_or_is_none_leaves_the_environment_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(within(&shell(&folder, "exec sleep 60"), Duration::from_millis(50)), None);
        assert_eq!(of(OsStr::new("/no/such/shell")), []);
        assert_eq!(of(OsStr::new("/bin/false")), []);
    }
}
