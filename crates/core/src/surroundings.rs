//! The outside world, passed to the broker so that it never looks for it: places, clock, endpoints, environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daypass_vault::PassphrasePrompt;
use directories::{BaseDirs, ProjectDirs};

use crate::clock::{Clock, SystemClock};
use crate::endpoints::Endpoints;
use crate::problem::{Problem, ProblemCode, ProblemKind};

/// The outside world, as the broker sees it.
#[derive(Clone)]
pub struct Surroundings {
    /// Where files are.
    pub places: Places,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Addresses that replace those of AWS.
    pub endpoints: Endpoints,
    /// Asks for the vault's passphrase if the vault has one.
    pub passphrase: PassphrasePrompt,
    /// `AWS_CA_BUNDLE`: certificates to trust for AWS in addition to the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Whether all of this is the sandbox.
    pub sandbox: bool,
}

impl Surroundings {
    /// The surroundings of this process.
    ///
    /// # Errors
    ///
    /// When the home folder is missing, or an endpoint in the environment isn't a URL.
    pub fn of_process(passphrase: PassphrasePrompt) -> Result<Self, Problem> {
        Self::of(|name| std::env::var_os(name), passphrase)
    }

    /// The surroundings according to an environment.
    ///
    /// # Errors
    ///
    /// As [`Surroundings::of_process`].
    pub fn of(env: impl Fn(&str) -> Option<OsString>, passphrase: PassphrasePrompt) -> Result<Self, Problem> {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        Ok(Self {
            places: Places::from_env(env)?,
            clock: Arc::new(SystemClock),
            endpoints: Endpoints::from_env(|name| env(name).and_then(|v| v.into_string().ok()))?,
            passphrase,
            ca_bundle: env("AWS_CA_BUNDLE").map(PathBuf::from),
            sandbox: env(SANDBOX_VARIABLE).is_some(),
        })
    }
}

/// This variable is set for programs that run in the sandbox.
pub const SANDBOX_VARIABLE: &str = "DAYPASS_SANDBOX";

/// Every file and folder that Daypass uses.
#[derive(Debug, Clone)]
pub struct Places {
    /// `config.toml`.
    pub config_file: PathBuf,
    /// The sealed file.
    pub vault_file: PathBuf,
    /// The audit log: one JSON line for each event.
    pub audit_log: PathBuf,
    /// Folder of the files that stand for turns: which process may exchange a role or refresh a proof.
    pub turns: PathBuf,
    /// Folder for discovered roles. You can delete it.
    pub cache: PathBuf,
    /// Folder for the cookies of sign-in windows, with one folder for each identity.
    pub sign_in_cookies: PathBuf,
    /// Where the agent listens. On Windows the pipe's name is derived from it.
    pub socket: PathBuf,
    /// The AWS credentials file.
    pub credentials_file: PathBuf,
    /// The AWS config file.
    pub aws_config_file: PathBuf,
}

impl Places {
    /// `DAYPASS_HOME` overrides every location of Daypass. Otherwise they are in the platform's own folders. It
    /// respects `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE`.
    ///
    /// # Errors
    ///
    /// `no-home` without a home folder.
    pub fn from_env(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, Problem> {
        let base = BaseDirs::new().ok_or_else(no_home)?;
        // A session remembers the file, and another command may run in another folder.
        let aws = |kind| {
            let path = aws_files::locate(kind, &env, base.home_dir());
            std::path::absolute(&path).unwrap_or(path)
        };
        let credentials_file = aws(aws_files::FileKind::Credentials);
        let aws_config_file = aws(aws_files::FileKind::Config);
        if let Some(home) = env("DAYPASS_HOME") {
            let home = std::path::absolute(home).map_err(|_| no_home())?;
            return Ok(Self::under(&home, credentials_file, aws_config_file));
        }
        let own = ProjectDirs::from("io", "daypass", "daypass").ok_or_else(no_home)?;
        let state = own.state_dir().unwrap_or_else(|| own.data_local_dir());
        let runtime = own.runtime_dir().map_or_else(|| state.join("run"), Path::to_path_buf);
        Ok(Self {
            config_file: own.config_dir().join("config.toml"),
            vault_file: own.data_local_dir().join("vault.age"),
            audit_log: state.join("audit.jsonl"),
            turns: state.join("turns"),
            cache: own.cache_dir().to_path_buf(),
            sign_in_cookies: own.data_local_dir().join("sign-in"),
            socket: socket_in(&runtime),
            credentials_file,
            aws_config_file,
        })
    }

    /// All of Daypass's own files in one folder.
    #[must_use]
    pub fn under(home: &Path, credentials_file: PathBuf, aws_config_file: PathBuf) -> Self {
        Self {
            config_file: home.join("config.toml"),
            vault_file: home.join("vault.age"),
            audit_log: home.join("audit.jsonl"),
            turns: home.join("turns"),
            cache: home.join("cache"),
            sign_in_cookies: home.join("sign-in"),
            socket: socket_in(home),
            credentials_file,
            aws_config_file,
        }
    }

    /// The vault's item in the keyring. Each vault file has its own, so a second `DAYPASS_HOME` has its own key.
    #[must_use]
    pub fn keyring_account(&self) -> String {
        format!("vault key for {}", self.vault_file.display())
    }
}

/// `sun_path` holds 108 bytes on Linux and 104 on macOS, so a deeper folder's socket has a short name elsewhere: where
/// only this user can make one, and in the system's temporary folder only if there is no such place. There another user
/// can be first, which both ends of the socket notice (see `agent::ownership`).
fn socket_in(folder: &Path) -> PathBuf {
    let socket = folder.join("agent.sock");
    if is_short(&socket) {
        return socket;
    }
    let own = BaseDirs::new();
    let short = crate::digest::short(socket.as_os_str().as_encoded_bytes());
    let runtime = own.as_ref().and_then(BaseDirs::runtime_dir).filter(|runtime| is_own_folder(runtime));
    let in_runtime = runtime.map(|runtime| runtime.join(format!("daypass-{short}")));
    let in_home = own.as_ref().map(|own| own.home_dir().join(".daypass").join(&short));
    let in_temp = || {
        let home = own.as_ref().map_or(&[][..], |own| own.home_dir().as_os_str().as_encoded_bytes());
        let short = crate::digest::short(&[home, socket.as_os_str().as_encoded_bytes()].concat());
        std::env::temp_dir().join(format!("daypass-{short}")).join("agent.sock")
    };
    let mut places = [in_runtime, in_home].into_iter().flatten().map(|folder| folder.join("agent.sock"));
    places.find(|socket| is_short(socket)).unwrap_or_else(in_temp)
}

fn is_short(socket: &Path) -> bool {
    socket.as_os_str().len() < 100
}

/// `XDG_RUNTIME_DIR` may be another user's, after `su`, or `/tmp`.
fn is_own_folder(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let own = rustix::process::geteuid().as_raw();
        std::fs::symlink_metadata(folder).is_ok_and(|f| f.is_dir() && f.uid() == own && f.mode() & 0o022 == 0)
    }
    #[cfg(not(unix))]
    {
        folder.is_dir()
    }
}

fn no_home() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoHome, "there is no home folder to keep Daypass's files in")
        .hint("set HOME, or DAYPASS_HOME to a folder of your own")
}
