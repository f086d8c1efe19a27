//! Finds the shared files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::header::FileKind;

/// `AWS_SHARED_CREDENTIALS_FILE` or `AWS_CONFIG_FILE` if set and not empty, otherwise `credentials` or `config` in
/// `home/.aws`. As in botocore, `$NAME` and `${NAME}` mean variables, where they are set, then `~/` at the start means
/// `home` and `~NAME/` another user's home folder.
///
/// Sources: <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>; `raw_config_parse` in botocore's
/// `configloader.py`, and Python's `os.path.expandvars` and `expanduser`.
pub fn locate(kind: FileKind, env: impl Fn(&str) -> Option<OsString>, home: &Path) -> PathBuf {
    let (variable, name) = match kind {
        FileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        FileKind::Config => ("AWS_CONFIG_FILE", "config"),
    };
    let Some(path) = env(variable).filter(|path| !path.is_empty()) else { return home.join(".aws").join(name) };
    match path.to_str() {
        Some(text) => below_home(&with_variables(text, env), home),
        None => PathBuf::from(path),
    }
}

/// The text with the values of its variables. Those that aren't set stay as they are written.
fn with_variables(text: &str, env: impl Fn(&str) -> Option<OsString>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, length) = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], end)
            }
        };
        let value =
            Some(name).filter(|name| !name.is_empty()).and_then(&env).and_then(|value| value.into_string().ok());
        match value {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&rest[at..=at + length]),
        }
        rest = &after[length..];
    }
    expanded.push_str(rest);
    expanded
}

fn below_home(text: &str, home: &Path) -> PathBuf {
    let Some(after) = text.strip_prefix('~') else { return PathBuf::from(text) };
    let is_separator = |c: char| c == '/' || (cfg!(windows) && c == '\\');
    let (user, below) = match after.find(is_separator) {
        Some(end) => (&after[..end], after[end..].trim_start_matches(is_separator)),
        None => (after, ""),
    };
    let base = if user.is_empty() { Some(home.to_owned()) } else { home_of(user) };
    base.map_or_else(|| PathBuf::from(text), |base| if below.is_empty() { base } else { base.join(below) })
}

/// The home folder of a user of this machine, as far as `/etc/passwd` knows them. Windows has no such file, and anyone could
/// make one in `C:\etc`.
fn home_of(user: &str) -> Option<PathBuf> {
    let users = std::fs::read_to_string("/etc/passwd").ok().filter(|_| cfg!(unix))?;
    let of_user = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == user)?;
    of_user.get(5).map(PathBuf::from)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> PathBuf {
        let env = |name: &str| match name {
            "AWS_SHARED_CREDENTIALS_FILE" => Some(text.into()),
            "HOME" => Some("/home/me".into()),
            "X" => Some("x".into()),
            _ => None,
        };
        locate(FileKind::Credentials, env, Path::new("/home/me"))
    }

    #[test]
    fn variables_and_home_folders_mean_what_they_mean_to_botocore() {
        for (text, path) in [
            ("$HOME/aws/c", "/home/me/aws/c"),
            ("${HOME}/$X/${X}y", "/home/me/x/xy"),
            ("/a/$X.ini", "/a/x.ini"),
            ("/a/$NOT_SET/${NEITHER}/$/${}/$X", "/a/$NOT_SET/${NEITHER}/$/${}/x"),
            ("/a/${X", "/a/${X"),
            ("~/c", "/home/me/c"),
            ("~", "/home/me"),
            ("/a/~/c", "/a/~/c"),
            ("~nobody-has-this-name/c", "~nobody-has-this-name/c"),
        ] {
            assert_eq!(at(text), PathBuf::from(path), "{text}");
        }
        #[cfg(target_os = "linux")]
        assert_eq!(at("~root/c"), PathBuf::from("/root/c"));
    }
}
