//! Where the shared files are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::header::Kind;

/// `AWS_SHARED_CREDENTIALS_FILE` or `AWS_CONFIG_FILE` if set and not empty (`~/` at its start means
/// `home`), otherwise `credentials` or `config` in `home/.aws`.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html>
pub fn locate(kind: Kind, env: impl Fn(&str) -> Option<OsString>, home: &Path) -> PathBuf {
    let (variable, name) = match kind {
        Kind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        Kind::Config => ("AWS_CONFIG_FILE", "config"),
    };
    match env(variable).filter(|path| !path.is_empty()).map(PathBuf::from) {
        Some(path) => match path.strip_prefix("~") {
            Ok(below_home) => home.join(below_home),
            Err(_) => path,
        },
        None => home.join(".aws").join(name),
    }
}
