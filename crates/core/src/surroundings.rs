//! What the broker is given instead of looking for it: places, clock, endpoints, the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daypass_vault::PassphrasePrompt;
use directories::{BaseDirs, ProjectDirs};

use crate::clock::{Clock, SystemClock};
use crate::endpoints::Endpoints;
use crate::problem::{Problem, ProblemKind};

/// Everything outside that the broker depends on.
#[derive(Clone)]
pub struct Surroundings {
    /// Where state is kept.
    pub places: Places,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Addresses that replace those of AWS.
    pub endpoints: Endpoints,
    /// Asks the person for the vault's passphrase, where the vault has one.
    pub passphrase: PassphrasePrompt,
    /// `AWS_CA_BUNDLE`: certificates to trust at AWS beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Whether all of this is the sandbox.
    pub sandbox: bool,
}

impl Surroundings {
    /// The surroundings of a person's own processes.
    ///
    /// # Errors
    ///
    /// When there is no home folder, or an endpoint in the environment is not a URL.
    pub fn of_process(passphrase: PassphrasePrompt) -> Result<Self, Problem> {
        Self::of(|name| std::env::var_os(name), passphrase)
    }

    /// The surroundings that an environment describes.
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

/// Set in the environment of programs that run in the sandbox.
pub const SANDBOX_VARIABLE: &str = "DAYPASS_SANDBOX";

/// Every file and folder that Daypass uses.
#[derive(Debug, Clone)]
pub struct Places {
    /// `config.toml`.
    pub config_file: PathBuf,
    /// The sealed file.
    pub vault_file: PathBuf,
    /// One JSON line an event.
    pub audit_log: PathBuf,
    /// Files that stand for turns: who may exchange a role or refresh a proof now.
    pub turns: PathBuf,
    /// Folder for what was discovered; safe to delete.
    pub cache: PathBuf,
    /// Folder of the cookies that sign-in windows keep, one folder for each identity.
    pub sign_in_cookies: PathBuf,
    /// Where the agent listens. On Windows the name of the pipe is made from it.
    pub socket: PathBuf,
    /// The AWS credentials file.
    pub credentials_file: PathBuf,
    /// The AWS config file.
    pub aws_config_file: PathBuf,
}

impl Places {
    /// `DAYPASS_HOME` overrides every location of Daypass; otherwise the platform's own folders.
    /// `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` are honoured.
    ///
    /// # Errors
    ///
    /// `no-home` when the person has no home folder and nothing else says where to go.
    pub fn from_env(env: impl Fn(&str) -> Option<OsString>) -> Result<Self, Problem> {
        let base = BaseDirs::new().ok_or_else(no_home)?;
        let aws = |kind| aws_files::locate(kind, &env, base.home_dir());
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

    /// All of Daypass's own state below one folder.
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

    /// The vault's item in the keyring: one for each vault file, so that a second `DAYPASS_HOME` has its own key.
    #[must_use]
    pub fn keyring_account(&self) -> String {
        format!("vault key for {}", self.vault_file.display())
    }
}

/// `sun_path` holds 108 bytes on Linux and 104 on macOS; a folder that is deeper gets a short name in the
/// system's temporary folder instead. The folder is the owner's alone either way (see `agent::listen`).
fn socket_in(folder: &Path) -> PathBuf {
    let socket = folder.join("agent.sock");
    if socket.as_os_str().len() < 100 {
        return socket;
    }
    let short = crate::digest::short(socket.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("daypass-{short}")).join("agent.sock")
}

fn no_home() -> Problem {
    Problem::new(ProblemKind::Failed, "no-home", "there is no home folder to keep Daypass's files in")
        .hint("set HOME, or DAYPASS_HOME to a folder of your own")
}
