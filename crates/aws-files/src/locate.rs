//! Finds the shared files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::header::FileKind;

/// `AWS_SHARED_CREDENTIALS_FILE` or `AWS_CONFIG_FILE` if set and not empty (`~/` at its start means
/// `home`), otherwise `credentials` or `config` in `home/.aws`.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>
pub fn locate(kind: FileKind, env: impl Fn(&str) -> Option<OsString>, home: &Path) -> PathBuf {
    let (variable, name) = match kind {
        FileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        FileKind::Config => ("AWS_CONFIG_FILE", "config"),
    };
    match env(variable).filter(|path| !path.is_empty()).map(PathBuf::from) {
        Some(path) => match path.strip_prefix("~") {
            Ok(below_home) => home.join(below_home),
            Err(_) => path,
        },
        None => home.join(".aws").join(name),
    }
}
