//! The machine as the tools see it: folders, variables, a keyring. Tests make one from a folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_files::FileKind;
use daypass_core::openness;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::found::{Origin, Remark, Tool};

/// The longest file that is read, in bytes. 20,000 profiles of the AWS config file need a quarter of it.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// Where the tools' files are, and what else they go by.
#[derive(Clone)]
pub struct Machine {
    root: PathBuf,
    home: PathBuf,
    variables: BTreeMap<String, String>,
    keyring: Arc<dyn Keyring>,
    named: Option<(Tool, PathBuf)>,
}

impl Machine {
    /// The machine with this home folder. `variables` are those of the environment that tools go by.
    #[must_use]
    pub fn new(home: &Path, variables: BTreeMap<String, String>, keyring: Arc<dyn Keyring>) -> Self {
        Self { root: PathBuf::from("/"), home: home.to_owned(), variables, keyring, named: None }
    }

    /// A machine of its own in a folder, for tests: `home/` is the person's, `etc/` the system's, and `variables` has
    /// lines of `NAME=VALUE`. `$HOME` in a value is the person's.
    #[must_use]
    pub fn in_folder(folder: &Path, keyring: Arc<dyn Keyring>) -> Self {
        let home = folder.join("home");
        let text = std::fs::read_to_string(folder.join("variables")).unwrap_or_default();
        let variables = text.lines().filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            Some((name.to_owned(), value.replace("$HOME", &home.to_string_lossy())))
        });
        Self { root: folder.to_owned(), variables: variables.collect(), home, keyring, named: None }
    }

    /// The same, with a tool's file (or the folder it is in) at an absolute path that the person named.
    #[must_use]
    pub fn with_file(self, tool: Tool, path: PathBuf) -> Self {
        Self { named: Some((tool, path)), ..self }
    }

    /// The path that the person named for a tool.
    pub(crate) fn named(&self, tool: Tool) -> Option<&Path> {
        self.named.as_ref().filter(|(of, _)| *of == tool).map(|(_, path)| path.as_path())
    }

    /// The file that the person named for a tool: in a folder, the one that the tool calls so.
    pub(crate) fn named_file(&self, tool: Tool, usual: &str) -> Option<PathBuf> {
        self.named(tool).map(|path| if path.is_dir() { path.join(usual) } else { path.to_owned() })
    }

    /// The person's home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A file of the system by its absolute path, `/etc/machine-id`.
    #[must_use]
    pub fn system(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A variable of the environment that isn't empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// `XDG_CONFIG_HOME`, or `~/.config`, on any platform.
    #[must_use]
    pub fn config_home(&self) -> PathBuf {
        self.xdg("XDG_CONFIG_HOME", ".config")
    }

    /// `XDG_DATA_HOME`, or `~/.local/share`, on any platform.
    #[must_use]
    pub fn data_home(&self) -> PathBuf {
        self.xdg("XDG_DATA_HOME", ".local/share")
    }

    /// `XDG_STATE_HOME`, or `~/.local/state`, on any platform.
    #[must_use]
    pub fn state_home(&self) -> PathBuf {
        self.xdg("XDG_STATE_HOME", ".local/state")
    }

    /// The specification says that a relative path is to be ignored.
    fn xdg(&self, variable: &str, usual: &str) -> PathBuf {
        let named = self.variable(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        named.unwrap_or_else(|| self.home.join(usual))
    }

    /// The AWS config file.
    #[must_use]
    pub fn aws_config(&self) -> PathBuf {
        self.aws_file(FileKind::Config)
    }

    /// The AWS credentials file.
    #[must_use]
    pub fn aws_credentials(&self) -> PathBuf {
        self.aws_file(FileKind::Credentials)
    }

    fn aws_file(&self, kind: FileKind) -> PathBuf {
        let path = aws_files::locate(kind, |name| self.variable(name).map(OsString::from), &self.home);
        std::path::absolute(&path).unwrap_or(path)
    }

    /// A path of a tool's settings, with the home folder in place of a `~` at its beginning.
    #[must_use]
    pub fn resolve(&self, path: &str) -> PathBuf {
        Path::new(path).strip_prefix("~").map_or_else(|_| PathBuf::from(path), |rest| self.home.join(rest))
    }

    /// A path as a person writes it: `~/.aws/config`.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        let short = path.strip_prefix(&self.home).map(|rest| Path::new("~").join(rest));
        daypass_core::text::shown(&short.as_deref().unwrap_or(path).to_string_lossy()).into_owned()
    }

    /// What a tool put into the system's keyring.
    ///
    /// # Errors
    ///
    /// Why the keyring can't be asked, as a sentence without its full stop.
    pub fn keyring(&self, item: &KeyringItem<'_>) -> Result<Option<SecretString>, String> {
        self.keyring.get(item)
    }

    /// The names of the items in a collection of the system's keyring: the values of this attribute. Empty
    /// if the keyring or the collection doesn't exist.
    #[must_use]
    pub fn keyring_names(&self, collection: &str, attribute: &str) -> Vec<String> {
        self.keyring.names(collection, attribute)
    }

    /// A file of a tool. `None` if there is none.
    ///
    /// # Errors
    ///
    /// Why it isn't read: it is too long, isn't a file or isn't UTF-8, can't be opened, or another user can change it.
    pub fn read(&self, path: &Path) -> Result<Option<FileText>, Remark> {
        let Some(bytes) = self.read_bytes(path)? else { return Ok(None) };
        let text = match str::from_utf8(&bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let line = 1 + bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
                let remark = Remark { origin: Origin::line(path, line), ..self.unread(path, "it isn't UTF-8 text") };
                return Err(remark.advice("save it as UTF-8"));
            }
        };
        Ok(Some(FileText { path: path.to_owned(), text: Zeroizing::new(text.to_owned()) }))
    }

    /// The same for a file that isn't text.
    ///
    /// # Errors
    ///
    /// As [`Machine::read`], but for UTF-8.
    pub fn read_bytes(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Remark> {
        let judged = openness::judge(path).map_err(|opening| {
            let why = format!("every user of this machine can change it: {opening}");
            self.unread(path, why).advice(opening.advice())
        })?;
        let file = match open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unread(path, error.to_string())),
        };
        let facts = file.metadata().map_err(|error| self.unread(path, error.to_string()))?;
        if !facts.is_file() {
            return Err(self.unread(path, "it isn't a file"));
        }
        if !judged.is(&facts) {
            return Err(self.unread(path, "it was replaced while Daypass read it"));
        }
        if openness::is_of_another_user(&file) {
            return Err(self.unread(path, "it belongs to another user").advice("copy it, and import the copy"));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        // One more than is allowed tells that there is more.
        let read = file.take(LONGEST as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unread(path, error.to_string()))?;
        if bytes.len() > LONGEST {
            return Err(self.unread(path, format!("it's longer than {} MB", LONGEST / 1024 / 1024)));
        }
        Ok(Some(bytes))
    }

    /// The names in a folder in order, at most 1,000 of them. Empty if the folder doesn't exist.
    #[must_use]
    pub fn files_in(&self, folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.take(1_000).filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        files
    }

    fn unread(&self, path: &Path, why: impl Into<String>) -> Remark {
        Remark::new(format!("{} isn't read", self.shown(path)), why, Origin::file(path))
    }
}

/// A FIFO would keep us waiting for a writer.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

/// A file's text. It may hold secrets.
pub struct FileText {
    /// The file, absolute.
    pub path: PathBuf,
    /// Without a byte order mark.
    pub text: Zeroizing<String>,
}

/// What a tool calls its secret in the system's keyring.
#[derive(Debug, Clone, Copy)]
pub struct KeyringItem<'a> {
    /// The keyring's collection (Secret Service), or the default one.
    pub collection: Option<&'a str>,
    /// The attributes that name it: `service` and `account` for keytar, as in the other platforms' keyrings.
    pub attributes: &'a [(&'a str, &'a str)],
}

/// The system's keyring.
pub trait Keyring: Send + Sync {
    /// An item's secret, or `None` if the item doesn't exist.
    ///
    /// # Errors
    ///
    /// Why the keyring can't be asked, as a sentence without its full stop.
    fn get(&self, item: &KeyringItem<'_>) -> Result<Option<SecretString>, String>;

    /// The values of an attribute in a collection, without opening any of its secrets.
    fn names(&self, collection: &str, attribute: &str) -> Vec<String>;
}

/// No keyring.
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &KeyringItem<'_>) -> Result<Option<SecretString>, String> {
        Err("this machine doesn't have a keyring that Daypass can read".to_owned())
    }

    fn names(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    fn machine(folder: &Path) -> Machine {
        fs::create_dir(folder.join("home")).unwrap();
        Machine::in_folder(folder, Arc::new(NoKeyring))
    }

    #[test]
    fn a_file_is_read_within_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let machine = machine(folder.path());
        let path = machine.home().join("x");
        assert!(machine.read(&path).unwrap().is_none());
        fs::write(&path, "\u{feff}a\n").unwrap();
        assert_eq!(machine.read(&path).unwrap().unwrap().text.as_str(), "a\n");
        fs::write(&path, b"a\nb\n\xff").unwrap();
        assert_eq!(machine.read(&path).err().unwrap().origin, Origin::line(&path, 3));
        File::options().write(true).open(&path).unwrap().set_len(LONGEST as u64 + 1).unwrap();
        assert_eq!(machine.read(&path).err().unwrap().why, "it's longer than 16 MB");
        assert_eq!(machine.read(machine.home()).err().unwrap().why, "it isn't a file");
    }

    #[test]
    fn a_fifo_and_a_file_of_another_user_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let machine = machine(folder.path());
        let fifo = machine.home().join("fifo");
        // (macOS has no `mknodat`.)
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        assert_eq!(machine.read(&fifo).err().unwrap().why, "it isn't a file");
        let file = machine.home().join("open");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(machine.read(&file).err().unwrap().why.contains("every user"));
        if rustix::process::geteuid().is_root() {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            chown(&file, Some(12_345), None).unwrap();
            let link = machine.home().join("link");
            symlink(&file, &link).unwrap();
            assert_eq!(machine.read(&link).err().unwrap().why, "it belongs to another user");
        }
    }

    #[test]
    fn folders_are_those_of_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("variables"), "XDG_CONFIG_HOME=$HOME/c\nXDG_DATA_HOME=relative\nEMPTY=\n")
            .unwrap();
        let machine = machine(folder.path());
        assert_eq!(machine.config_home(), machine.home().join("c"));
        assert_eq!(machine.data_home(), machine.home().join(".local/share"));
        assert_eq!(machine.variable("EMPTY"), None);
        assert_eq!(machine.aws_config(), machine.home().join(".aws/config"));
        assert_eq!(machine.shown(&machine.aws_config()), "~/.aws/config");
        assert_eq!(machine.resolve("~/x"), machine.home().join("x"));
        assert_eq!(machine.system("/etc/machine-id"), folder.path().join("etc/machine-id"));
    }
}
