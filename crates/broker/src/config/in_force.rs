//! The configuration in force: the last valid one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use secrecy::SecretString;

use daypass_vault::{Key, KeySource, KeyStore, PassphrasePrompt, VaultError};

use super::ConfigFile;
use super::one_answer::{Gathering, OneAnswer};
use daypass_core::openness;
use daypass_core::problem::Problem;
use daypass_core::settings::{Config, ConfigSource, VaultKey};
use daypass_core::surroundings::{Places, Surroundings};

/// `config.toml`, followed: read when first asked for, and again when the file changed.
pub(crate) struct InForce {
    file: ConfigFile,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Of what was read; `None`: nothing yet, or it changed meanwhile.
    version: Option<Version>,
    config: Arc<Config>,
    problem: Option<Problem>,
    /// Whether the configuration is what the file said once.
    was_read: bool,
    /// How often the file was read.
    readings: u64,
}

/// What tells one state of the file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    /// Modification time and length, if there is a file.
    file: Option<(SystemTime, u64)>,
    /// Whether everyone can change it, or put one there.
    is_open: bool,
}

impl InForce {
    pub(crate) fn new(file: ConfigFile) -> Self {
        Self { file, known: Mutex::default() }
    }

    pub(crate) fn file(&self) -> &ConfigFile {
        &self.file
    }

    /// The configuration, if the file is valid.
    pub(crate) fn good(&self) -> Result<Arc<Config>, Problem> {
        match self.best() {
            (config, None) => Ok(config),
            (_, Some(problem)) => Err(problem),
        }
    }

    /// The last valid configuration, and what is wrong with the file now.
    pub(crate) fn best(&self) -> (Arc<Config>, Option<Problem>) {
        self.refresh();
        let known = self.known();
        (Arc::clone(&known.config), known.problem.clone())
    }

    /// Where the vault's key is. Reads no more of the file than that takes, unless the file was read already.
    fn vault_key(&self) -> Result<VaultKey, Problem> {
        let is_known = self.known().version == Some(self.version());
        if !is_known && let Some(settings) = self.file.settings_alone() {
            return Ok(settings.vault_key);
        }
        Ok(self.good()?.vault_key.clone())
    }

    /// Adopts a configuration that was just written.
    pub(crate) fn replace(&self, config: Config) {
        let mut known = self.known();
        known.version = Some(self.version());
        known.config = Arc::new(config);
        known.was_read = true;
        known.problem = None;
    }

    /// How often the file was read, this time included: it is read again whenever it changed. The announcer of
    /// changes compares numbers, because any other call may have noticed the change first.
    pub(crate) fn readings(&self) -> u64 {
        self.refresh();
        self.known().readings
    }

    /// Reads the file again if it changed.
    fn refresh(&self) {
        let version = self.version();
        let mut known = self.known();
        if known.version == Some(version) {
            return;
        }
        known.readings += 1;
        match self.file.read() {
            Ok(config) => {
                known.config = Arc::new(config);
                known.was_read = true;
                known.problem = None;
            }
            Err(problem) => {
                let was_read = known.was_read;
                known.problem = Some(if was_read { still_in_force(problem) } else { problem });
            }
        }
        // A file that was there only for the moment of reading must not count until the next change.
        known.version = Some(version).filter(|version| *version == self.version());
    }

    fn version(&self) -> Version {
        let facts = std::fs::metadata(self.file.path()).ok();
        Version {
            file: facts.and_then(|facts| Some((facts.modified().ok()?, facts.len()))),
            is_open: openness::judge(self.file.path()).is_err(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The problem of a file whose earlier version is in force.
fn still_in_force(problem: Problem) -> Problem {
    let hint = problem.hint.as_deref().unwrap_or("fix it and save");
    let hint = format!("{hint}. The previous settings still apply");
    problem.hint(hint)
}

impl ConfigSource for InForce {
    fn current(&self) -> Arc<Config> {
        self.best().0
    }
}

/// The vault's key, wherever `config.toml` says that it is. While the file has a mistake, no key is opened or made,
/// because it could be the wrong one.
pub(crate) struct KeyByConfig {
    config: Arc<InForce>,
    places: Places,
    prompt: PassphrasePrompt,
    /// Kept while the setting stays, because a store remembers how often the person was asked.
    chosen: Mutex<Option<(VaultKey, Arc<dyn KeyStore>)>>,
    one_answer: OneAnswer,
}

impl KeyByConfig {
    pub(crate) fn new(config: Arc<InForce>, surroundings: &Surroundings) -> Self {
        Self {
            config,
            places: surroundings.places.clone(),
            prompt: Arc::clone(&surroundings.passphrase),
            chosen: Mutex::default(),
            one_answer: OneAnswer::default(),
        }
    }

    /// Whether using the vault may mean that the person has to type its passphrase.
    pub(crate) fn asks(&self) -> bool {
        self.config.vault_key().is_ok_and(|key| key == VaultKey::Passphrase)
    }

    /// Has the person asked for the key once at most until the answer is dropped, if they refuse.
    pub(crate) fn ask_once(&self) -> Gathering<'_> {
        self.one_answer.gather()
    }

    /// What keeps the key where this setting says.
    pub(crate) fn place(&self, key: &VaultKey) -> Arc<dyn KeyStore> {
        let source = match key {
            VaultKey::Keyring => {
                KeySource::Keyring { service: "Daypass".into(), account: self.places.keyring_account() }
            }
            VaultKey::Passphrase => KeySource::Passphrase(Arc::clone(&self.prompt)),
            VaultKey::File(path) => match self.places.resolve(path) {
                path if self.places.is_own(&path) => KeySource::KeyFile(path),
                path => KeySource::KeyFileElsewhere(path),
            },
        };
        source.into_store(&self.places.vault_file)
    }

    /// The key under a passphrase that the person has typed already.
    pub(crate) fn under_typed(&self, passphrase: SecretString) -> Arc<dyn KeyStore> {
        KeySource::TypedPassphrase(passphrase).into_store(&self.places.vault_file)
    }

    fn store(&self) -> Result<Arc<dyn KeyStore>, VaultError> {
        let key = self.config.vault_key().map_err(|problem| VaultError::KeyUnknown { why: problem.message })?;
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*chosen {
            Some((before, store)) if *before == key => Ok(Arc::clone(store)),
            _ => {
                let store = self.place(&key);
                *chosen = Some((key, Arc::clone(&store)));
                Ok(store)
            }
        }
    }

    /// Names the file that chose this place, if another place is the way out.
    fn chosen_here<T>(&self, outcome: Result<T, VaultError>) -> Result<T, VaultError> {
        outcome.map_err(|error| match error.asks_for_another_place() {
            true => VaultError::Chosen { error: Box::new(error), config: self.places.config_file.clone() },
            false => error,
        })
    }
}

impl KeyStore for KeyByConfig {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        self.one_answer.or_ask(|| self.chosen_here(self.store()?.fetch()))
    }

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        self.chosen_here(self.store()?.keep(key))
    }

    fn install(&self, key: &Key) -> Result<Key, VaultError> {
        self.chosen_here(self.store()?.install(key))
    }

    fn remove(&self) -> Result<(), VaultError> {
        self.store()?.remove()
    }

    fn probe(&self) -> Result<(), VaultError> {
        self.chosen_here(self.store()?.probe())
    }

    fn describe(&self) -> String {
        self.store().map_or_else(|_| "the vault's key".to_owned(), |store| store.describe())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn write(path: &std::path::Path, text: &str) {
        durable_file::edit(path, &durable_file::Options::default(), |_| {
            Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(text.into()))
        })
        .unwrap();
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_folder_that_opens_and_closes_is_noticed_without_a_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let set_mode = |mode| std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let in_force = InForce::new(ConfigFile::new(folder.path().join("config.toml")));
        assert!(in_force.good().is_ok());
        set_mode(0o777);
        assert_eq!(in_force.good().unwrap_err().code, daypass_core::problem::ProblemCode::ConfigOpenToOthers);
        set_mode(0o700);
        assert!(in_force.good().is_ok());
    }

    #[test]
    fn the_vault_s_key_is_told_without_reading_the_roles() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        let in_force = InForce::new(ConfigFile::new(path.clone()));
        assert_eq!(in_force.vault_key().unwrap(), VaultKey::Keyring, "there is no file");
        write(&path, "[[role]]\nnot = \"a role\"\n[settings.vault]\nkey = \"passphrase\"\n");
        assert_eq!(in_force.vault_key().unwrap(), VaultKey::Passphrase);
        assert_eq!(in_force.known().readings, 0);
        write(&path, "[settings.vault]\nkey = \"pocket\"\n");
        assert_eq!(in_force.vault_key().unwrap_err().code, daypass_core::problem::ProblemCode::ConfigMistake);
    }

    #[test]
    fn every_noticed_change_counts_and_a_mistake_leaves_the_last_good_one_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        write(&path, "[settings]\nregion = \"eu-central-1\"\n");
        let in_force = InForce::new(ConfigFile::new(path.clone()));
        let announced = in_force.readings();
        assert_eq!(in_force.readings(), announced, "nothing changed");

        write(&path, "[settings]\nregoin = \"eu-central-1\"\n ");
        let (config, problem) = in_force.best();
        assert_eq!(config.region.as_ref().unwrap().as_str(), "eu-central-1");
        assert!(problem.unwrap().message.contains("line 2"));
        let after_the_mistake = in_force.readings();
        assert_ne!(after_the_mistake, announced, "another caller's question noticed it, and it still counts");

        write(&path, "[settings]\nregion = \"eu-west-1\"\n");
        assert!(in_force.best().1.is_none());
        assert_ne!(in_force.readings(), after_the_mistake);
    }
}
