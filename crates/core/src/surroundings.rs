//! The outside world, passed to the broker so that it never looks for it: places, clock, endpoints, environment.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use daypass_vault::PassphrasePrompt;
use directories::{BaseDirs, ProjectDirs};

use crate::clock::{Clock, SystemClock};
use crate::endpoints::Endpoints;
use crate::problem::{Problem, ProblemCode, ProblemKind};
use crate::proxy::NetworkVariables;

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
    /// How the environment says that other machines are reached.
    pub network: NetworkVariables,
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
            network: NetworkVariables::of(env),
            sandbox: env(SANDBOX_VARIABLE).is_some(),
        })
    }
}

/// Where an administrator puts the policy of the machine.
const POLICY_FILE: &str = if cfg!(target_os = "macos") {
    "/Library/Application Support/Daypass/policy.toml"
} else if cfg!(windows) {
    "C:\\ProgramData\\Daypass\\policy.toml"
} else {
    "/etc/daypass/policy.toml"
};

/// This variable is set for programs that run in the sandbox.
pub const SANDBOX_VARIABLE: &str = "DAYPASS_SANDBOX";

/// Every file and folder that Daypass uses.
#[derive(Debug, Clone)]
pub struct Places {
    /// The person's home folder, which `~` stands for in `config.toml`.
    pub home: PathBuf,
    /// `config.toml`.
    pub config_file: PathBuf,
    /// The sealed file.
    pub vault_file: PathBuf,
    /// The audit log: one JSON line for each event.
    pub audit_log: PathBuf,
    /// Folder of the files that stand for turns: which process may exchange a role or refresh a proof.
    pub turns: PathBuf,
    /// Folder of the consumers that credentials endpoints serve now.
    pub consumers: PathBuf,
    /// The names in the catalog, for completion. You can delete it.
    pub names: PathBuf,
    /// The roles that were used last, and the profiles of sessions. You can delete it.
    pub recent: PathBuf,
    /// The organization's policy for this machine. No variable changes where it is.
    pub policy_file: PathBuf,
    /// What of each shared catalog is in force, as the person accepted it.
    pub catalogs: PathBuf,
    /// Folder for discovered roles. You can delete it.
    pub cache: PathBuf,
    /// Folder for the cookies of sign-in windows, with one folder for each identity.
    pub sign_in_cookies: PathBuf,
    /// Folder for the browser profiles that SAML identities sign in with, with one folder for each identity.
    pub sign_in_browsers: PathBuf,
    /// Folder for browser profiles of Daypass's own, with one folder for each account.
    pub browser_profiles: PathBuf,
    /// What `daypass profiles undo` puts back.
    pub profiles_undo: PathBuf,
    /// Where the agent listens: beside the vault, whose one agent it is. On Windows the pipe's name is derived from it.
    pub socket: PathBuf,
    /// The AWS credentials file.
    pub credentials_file: PathBuf,
    /// The AWS config file.
    pub aws_config_file: PathBuf,
    /// What has the desktop app start at login.
    pub at_login: AtLogin,
}

/// Where the platform keeps what starts at login, and what that is.
#[derive(Debug, Clone, Default)]
pub struct AtLogin {
    /// The file that says so: an autostart entry on Linux, a launch agent on macOS. Windows has it in the registry.
    pub file: PathBuf,
    /// `DAYPASS_HOME`, which isn't set at login.
    pub home: Option<PathBuf>,
    /// The desktop app's program in the folder of this one, or the AppImage that this one is in. It may not exist.
    pub beside: Option<PathBuf>,
    /// Where else that program may be: in the folders of `PATH`, or where the platform has it.
    pub elsewhere: Vec<PathBuf>,
}

impl AtLogin {
    /// Of this process. A home of its own has a file of its own.
    fn of_process(base: &BaseDirs, home: Option<&Path>, env: impl Fn(&str) -> Option<OsString>) -> Self {
        let own = std::env::current_exe().ok();
        let in_image = |own: &PathBuf| env("APPDIR").is_some_and(|folder| own.starts_with(folder));
        let beside = match (&own, env("APPIMAGE")) {
            (Some(own), Some(image)) if in_image(own) => Some(image.into()),
            (Some(own), _) => Some(own.with_file_name(DESKTOP_PROGRAM)),
            (None, _) => None,
        };
        let folders = env("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&folders).filter(|folder| folder.is_absolute());
        let mut elsewhere: Vec<PathBuf> = folders.map(|folder| folder.join(DESKTOP_PROGRAM)).collect();
        if cfg!(target_os = "macos") {
            elsewhere.push("/Applications/Daypass.app/Contents/MacOS/daypass-desktop".into());
        }
        let digest = home.map(|home| format!("-{}", crate::digest::short(home.as_os_str().as_encoded_bytes())));
        let name = format!("io.daypass.desktop{}", digest.unwrap_or_default());
        let file = match cfg!(target_os = "macos") {
            true => base.home_dir().join("Library/LaunchAgents").join(format!("{name}.plist")),
            false => base.config_dir().join("autostart").join(format!("{name}.desktop")),
        };
        Self { file, home: home.map(Path::to_owned), beside, elsewhere }
    }
}

const DESKTOP_PROGRAM: &str = if cfg!(windows) { "daypass-desktop.exe" } else { "daypass-desktop" };

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
            let own = Self::under(&home, credentials_file, aws_config_file);
            // The sandbox is gone by the next login.
            let at_login = match env(SANDBOX_VARIABLE) {
                Some(_) => own.at_login,
                None => AtLogin::of_process(&base, Some(&home), &env),
            };
            return Ok(Self { home: base.home_dir().to_owned(), at_login, ..own });
        }
        let own = ProjectDirs::from("io", "daypass", "daypass").ok_or_else(no_home)?;
        let (data, state) = (own.data_local_dir(), own.state_dir().unwrap_or_else(|| own.data_local_dir()));
        Ok(Self {
            home: base.home_dir().to_owned(),
            config_file: own.config_dir().join("config.toml"),
            vault_file: data.join("vault.age"),
            audit_log: state.join("audit.jsonl"),
            names: state.join("names.json"),
            recent: state.join("recent.json"),
            // What keeps two processes from using one vault at once is where that vault is. XDG_RUNTIME_DIR isn't set
            // for cron, and another user's after `su`.
            turns: data.join("turns"),
            consumers: data.join("consumers"),
            policy_file: POLICY_FILE.into(),
            catalogs: data.join("catalogs"),
            cache: own.cache_dir().to_path_buf(),
            sign_in_cookies: data.join("sign-in"),
            sign_in_browsers: data.join("sign-in-browsers"),
            browser_profiles: data.join("browsers"),
            profiles_undo: data.join("profiles.undo.json"),
            socket: socket_in(&data.join("run"), base.home_dir()),
            credentials_file,
            aws_config_file,
            at_login: AtLogin::of_process(&base, None, &env),
        })
    }

    /// All of Daypass's own files in one folder, which counts as the person's home.
    #[must_use]
    pub fn under(home: &Path, credentials_file: PathBuf, aws_config_file: PathBuf) -> Self {
        Self {
            home: home.to_owned(),
            config_file: home.join("config.toml"),
            vault_file: home.join("vault.age"),
            audit_log: home.join("audit.jsonl"),
            names: home.join("names.json"),
            recent: home.join("recent.json"),
            turns: home.join("turns"),
            consumers: home.join("consumers"),
            policy_file: POLICY_FILE.into(),
            catalogs: home.join("catalogs"),
            cache: home.join("cache"),
            sign_in_cookies: home.join("sign-in"),
            sign_in_browsers: home.join("sign-in-browsers"),
            browser_profiles: home.join("browsers"),
            profiles_undo: home.join("profiles.undo.json"),
            socket: socket_in(home, BaseDirs::new().as_ref().map_or(home, BaseDirs::home_dir)),
            credentials_file,
            aws_config_file,
            at_login: AtLogin { file: home.join("at-login.desktop"), ..AtLogin::default() },
        }
    }

    /// A path of `config.toml`, with the person's home in place of a `~` at its beginning.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        path.strip_prefix("~").map_or_else(|_| path.to_owned(), |rest| self.home.join(rest))
    }

    /// Whether a file is in the person's home, or among Daypass's own files.
    #[must_use]
    pub fn is_own(&self, file: &Path) -> bool {
        let own = [self.vault_file.parent(), self.config_file.parent()];
        let leaves = file.components().any(|part| part == Component::ParentDir);
        !leaves && (file.starts_with(&self.home) || own.into_iter().flatten().any(|folder| file.starts_with(folder)))
    }

    /// The vault's item in the keyring. Each vault file has its own, so a second `DAYPASS_HOME` has its own key.
    #[must_use]
    pub fn keyring_account(&self) -> String {
        format!("vault key for {}", self.vault_file.display())
    }
}

/// `sun_path` holds 108 bytes on Linux and 104 on macOS, so a deeper folder's socket has a short name elsewhere: in the
/// home, and in the system's temporary folder only if even that is too deep. There another user can be first, which
/// both ends of the socket notice (see `agent::platform`). None of this depends on the variables of a desktop session,
/// so that every process of the user finds the same place.
fn socket_in(folder: &Path, home: &Path) -> PathBuf {
    let socket = folder.join("agent.sock");
    let short = crate::digest::short(socket.as_os_str().as_encoded_bytes());
    let in_home = home.join(".daypass").join(&short).join("agent.sock");
    let in_temp = || {
        let temp = if cfg!(unix) { PathBuf::from("/tmp") } else { std::env::temp_dir() };
        let parts = [home.as_os_str().as_encoded_bytes(), socket.as_os_str().as_encoded_bytes()];
        temp.join(format!("daypass-{}", crate::digest::short(&parts.concat()))).join("agent.sock")
    };
    let mut places = [&socket, &in_home].into_iter();
    places.find(|socket| is_short(socket)).cloned().unwrap_or_else(in_temp)
}

fn is_short(socket: &Path) -> bool {
    socket.as_os_str().len() < 100
}

fn no_home() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoHome, "Daypass can't find a home folder for its files")
        .hint("set HOME, or DAYPASS_HOME to a folder of your own")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn places(variables: &[(&str, &str)]) -> Places {
        let found = |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| value.into());
        Places::from_env(found).unwrap()
    }

    #[test]
    fn a_long_folder_has_a_short_socket_of_its_own() {
        let home = Path::new("/home/ann");
        let (one, other) = (Path::new("/a").join("x".repeat(100)), Path::new("/b").join("x".repeat(100)));
        for home in [home, &Path::new("/home").join("y".repeat(100))] {
            let sockets = [socket_in(&one, home), socket_in(&other, home)];
            assert!(sockets.iter().all(|socket| is_short(socket)), "{sockets:?}");
            assert_ne!(sockets[0], sockets[1]);
        }
        assert!(socket_in(&one, home).starts_with("/home/ann/.daypass"));
        assert_eq!(socket_in(Path::new("/short"), home), Path::new("/short/agent.sock"));
    }

    #[test]
    fn a_home_of_its_own_has_an_entry_of_its_own_and_the_sandbox_has_none() {
        let usual = places(&[]).at_login;
        let own = places(&[("DAYPASS_HOME", "/d")]).at_login;
        // With its drive on Windows.
        let home = std::path::absolute("/d").unwrap();
        assert_eq!((usual.home, own.home), (None, Some(home.clone())));
        assert_ne!(usual.file, own.file);
        assert_eq!(usual.file.parent(), own.file.parent());
        let sandbox = places(&[("DAYPASS_HOME", "/d"), (SANDBOX_VARIABLE, "1")]).at_login;
        assert_eq!((sandbox.file.parent(), sandbox.beside), (Some(&*home), None));
    }

    #[test]
    fn the_program_is_beside_this_one_or_in_path_or_the_whole_image() {
        let found = places(&[("PATH", if cfg!(windows) { "C:\\a;b" } else { "/a:b" })]).at_login;
        let this = std::env::current_exe().unwrap();
        assert_eq!(found.beside.as_deref(), Some(&*this.with_file_name(DESKTOP_PROGRAM)));
        assert!(found.elsewhere[0].ends_with(Path::new("a").join(DESKTOP_PROGRAM)));
        let folder = this.parent().unwrap().to_str().unwrap();
        let in_image = places(&[("APPDIR", folder), ("APPIMAGE", "/apps/Daypass.AppImage")]).at_login;
        assert_eq!(in_image.beside, Some("/apps/Daypass.AppImage".into()));
        // Another program's image, which started this one.
        let other = places(&[("APPDIR", "/tmp/.mount_other"), ("APPIMAGE", "/apps/Other.AppImage")]).at_login;
        assert_eq!(other.beside, found.beside);
    }

    #[test]
    fn a_tilde_at_the_beginning_is_the_home() {
        let places = Places { home: "/home/ann".into(), ..places(&[("DAYPASS_HOME", "/d")]) };
        assert_eq!(places.resolve(Path::new("~/a/b")), Path::new("/home/ann/a/b"));
        for other in ["/a/~/b", "~ann/b", "/a"] {
            assert_eq!(places.resolve(Path::new(other)), Path::new(other));
        }
        let key = std::path::absolute("/d/vault.key").unwrap();
        assert!(places.is_own(Path::new("/home/ann/x/vault.key")) && places.is_own(&key));
        assert!(!places.is_own(Path::new("/home/bob/x")) && !places.is_own(Path::new("/home/ann/../bob/x")));
    }
}
