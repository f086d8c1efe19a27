//! The set-up as one file, and back: `config.toml` alone, or with the secrets that the person gave, sealed to a
//! passphrase. Sign-ins and sessions stay where they are: they end by themselves, and a token that two machines refresh
//! is lost to one of them.

use std::path::{Path, PathBuf};

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::Config;
use daypass_identity::KeptSecret;
use daypass_vault::passphrase_file::{self, Unopened};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use super::door::Broker;
use super::restore_plan::{RestorePlan, Standing, Target};
use crate::config;
use crate::config::Parts;

/// A larger file isn't an export. Ten thousand roles are two megabytes.
pub const LARGEST_EXPORT: usize = 16 * 1024 * 1024;

/// The version of what is sealed. It goes up with every change that an older program would lose or misread.
const VERSION: u64 = 1;

/// A set-up with its secrets, sealed.
#[derive(Debug)]
pub struct SealedExport {
    /// The file, in letters.
    pub text: String,
    /// How many secrets it has.
    pub secrets: usize,
}

/// A set-up that was read from a file, and is compared with what is here.
#[derive(Debug)]
pub struct Export {
    text: String,
    config: Config,
    secrets: Vec<KeptSecret>,
}

/// What was done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Restored {
    /// What was added, replaced, and left as it is.
    pub plan: RestorePlan,
    /// Whether something changed.
    pub changed: bool,
    /// The copies of what was here before.
    pub backups: Vec<PathBuf>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bundle {
    daypass_export: u64,
    config: String,
    secrets: Vec<BundledSecret>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BundledSecret {
    identity: String,
    field: String,
    #[serde(serialize_with = "exposed")]
    secret: SecretString,
    sent_to: Option<String>,
}

/// Only for what is sealed at once.
fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl Broker {
    /// The set-up without secrets: `config.toml` as the person wrote it.
    ///
    /// # Errors
    ///
    /// `nothing-to-export`; `config-mistake` and others of a file that can't be read.
    pub fn export(&self) -> Result<String, Problem> {
        self.0.config.own()?;
        let text = self.config_file().read_text()?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| {
            let file = self.0.surroundings.places.config_file.display();
            Problem::new(ProblemKind::NotFound, ProblemCode::NothingToExport, format!("{file} is empty"))
                .hint("add an identity first")
        })
    }

    /// The set-up with the secrets that the person gave, sealed to a passphrase. May ask for the vault's key.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::export`]; a vault that does not open; `passphrase-empty`.
    pub fn export_with_secrets(&self, passphrase: SecretString) -> Result<SealedExport, Problem> {
        if passphrase.expose_secret().is_empty() {
            return Err(daypass_vault::VaultError::PassphraseEmpty.into());
        }
        let config = self.export()?;
        let known = self.0.config.own()?;
        let entries = self.0.vault.read()?;
        let kept = KeptSecret::all(&entries).into_iter().filter(|kept| known.identities.contains_key(&kept.identity));
        let secrets: Vec<BundledSecret> = kept.map(BundledSecret::from).collect();
        let count = secrets.len();
        let plain =
            Bundle { daypass_export: VERSION, config, secrets }.written().map_err(|error| not_sealed(&error))?;
        let sealed = passphrase_file::seal_in_letters(&plain, passphrase).map_err(|error| not_sealed(&error))?;
        let text = String::from_utf8(sealed).map_err(|error| not_sealed(&std::io::Error::other(error)))?;
        self.0.audit.record(AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::SecretsExported));
        Ok(SealedExport { text, secrets: count })
    }

    /// What comes of a file if it is restored here.
    ///
    /// # Errors
    ///
    /// `config-mistake` in the file that is here; a vault that does not open, if there are secrets to compare.
    pub fn plan_restore(&self, export: &Export, replace: bool) -> Result<RestorePlan, Problem> {
        let here = self.0.config.own()?;
        let entries = if export.secrets.is_empty() { None } else { Some(self.0.vault.read()?) };
        let mut plan = RestorePlan::compare(&export.config, &export.secrets, &here, entries.as_deref());
        plan.settle(&export.secrets, replace);
        Ok(plan)
    }

    /// Adds what is new, and replaces what differs if the person wants that. What is here otherwise stays. Files that
    /// change are backed up. A second time changes nothing.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::plan_restore`]; files that can't be written.
    pub fn restore(&self, export: &Export, replace: bool) -> Result<Restored, Problem> {
        let plan = self.plan_restore(export, replace)?;
        let (mut parts, mut secrets, mut backups) = (Parts::default(), Vec::new(), Vec::new());
        for item in plan.items.iter().filter(|item| item.is_taken(replace)) {
            match &item.target {
                Target::Identity(name) => drop(parts.identities.insert(name.clone())),
                Target::Role(identity, arn) => parts.roles.push((identity.clone(), arn.clone())),
                Target::Account(account) => drop(parts.accounts.insert(account.clone())),
                Target::Catalog(name) => drop(parts.catalogs.insert(name.clone())),
                Target::Setting(name) => drop(parts.settings.insert(name)),
                Target::Secret(at) => secrets.push(&export.secrets[*at]),
            }
        }
        // The secrets first: an identity without its own would fail.
        if !secrets.is_empty() {
            if plan.items.iter().any(|item| item.is_secret() && item.standing == Standing::Differs && replace) {
                backups.extend(back_up(self.0.vault.path())?);
            }
            self.0.vault.update(|entries| {
                secrets.iter().for_each(|secret| secret.put(entries));
                Ok::<_, Problem>(())
            })?;
        }
        if !parts.is_empty() {
            backups.extend(back_up(self.config_file().path())?);
            let config = self.config_file().take_over(&export.text, &parts)?;
            self.0.config.replace(config);
            self.catalog_changed();
        }
        Ok(Restored { changed: !parts.is_empty() || !secrets.is_empty(), plan, backups })
    }
}

impl Export {
    /// Whether a passphrase is needed to read it.
    #[must_use]
    pub fn is_sealed(bytes: &[u8]) -> bool {
        let begins = |with: &[u8]| bytes.trim_ascii_start().starts_with(with);
        begins(b"age-encryption.org/") || begins(b"-----BEGIN AGE ENCRYPTED FILE-----")
    }

    /// Reads a file's content. `file` is what messages call it.
    ///
    /// # Errors
    ///
    /// `export-unreadable`, `export-newer`, `passphrase-wrong`; `config-mistake` with the line.
    pub fn read(bytes: &[u8], passphrase: Option<SecretString>, file: &Path) -> Result<Self, Problem> {
        let unreadable = |what: &str| {
            Problem::new(ProblemKind::Invalid, ProblemCode::ExportUnreadable, format!("{}: {what}", file.display()))
                .hint("name a file that `daypass export` wrote, or a config.toml")
        };
        if bytes.len() > LARGEST_EXPORT {
            return Err(unreadable("it's larger than 16 MiB"));
        }
        let (text, secrets) = match (Self::is_sealed(bytes), passphrase) {
            (false, _) => {
                let text = std::str::from_utf8(bytes).map_err(|_| unreadable("it isn't a text"))?;
                (text.to_owned(), Vec::new())
            }
            (true, None) => return Err(unreadable("it's sealed with a passphrase")),
            (true, Some(passphrase)) => {
                let bytes = bytes.trim_ascii_start();
                let plain = passphrase_file::open(bytes, passphrase).map_err(|why| match why {
                    Unopened::Damaged(what) => unreadable(what),
                    Unopened::WrongPassphrase => {
                        let message = format!("the passphrase doesn't open {}", file.display());
                        Problem::new(ProblemKind::Refused, ProblemCode::PassphraseWrong, message)
                            .hint("try again. If you're sure of it, the file is damaged")
                    }
                })?;
                Bundle::read(&plain, file)?.parts().ok_or_else(|| unreadable("it names an identity that can't be"))?
            }
        };
        let config = config::read(&text, file)?;
        Ok(Self { text, config, secrets })
    }
}

impl Bundle {
    /// As JSON, in a buffer that doesn't grow, because growing would leave copies of secrets in freed memory.
    fn written(&self) -> std::io::Result<Zeroizing<Vec<u8>>> {
        let secrets: usize = self.secrets.iter().map(|it| it.secret.expose_secret().len() + 512).sum();
        // JSON writes a character as six at most.
        let mut written = Zeroizing::new(Vec::with_capacity(6 * (self.config.len() + secrets) + 128));
        serde_json::to_writer(&mut *written, self)?;
        Ok(written)
    }

    fn read(plain: &[u8], file: &Path) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            daypass_export: u64,
        }
        let foreign = || {
            let message = format!("{}: it opens, but it isn't a Daypass export", file.display());
            Problem::new(ProblemKind::Invalid, ProblemCode::ExportUnreadable, message)
                .hint("name a file that `daypass export --with-secrets` wrote")
        };
        // The version first: this program can't judge what else a newer file has. serde_json's error may quote a
        // secret.
        let Version { daypass_export } = serde_json::from_slice(plain).map_err(|_| foreign())?;
        if daypass_export > VERSION {
            let message = format!(
                "{} has export version {daypass_export}, but this Daypass only supports versions up to {VERSION}",
                file.display()
            );
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ExportNewer, message)
                .hint("update Daypass, both the desktop app and the command"));
        }
        serde_json::from_slice(plain).map_err(|_| foreign())
    }

    fn parts(self) -> Option<(String, Vec<KeptSecret>)> {
        let secrets = self.secrets.into_iter().map(BundledSecret::kept).collect::<Option<_>>()?;
        Some((self.config, secrets))
    }
}

impl From<KeptSecret> for BundledSecret {
    fn from(kept: KeptSecret) -> Self {
        let KeptSecret { identity, field, secret, sent_to } = kept;
        Self { identity: identity.to_string(), field, secret, sent_to }
    }
}

impl BundledSecret {
    fn kept(self) -> Option<KeptSecret> {
        let Self { identity, field, secret, sent_to } = self;
        Some(KeptSecret { identity: identity.parse().ok()?, field, secret, sent_to })
    }
}

fn back_up(file: &Path) -> Result<Option<PathBuf>, Problem> {
    file.exists().then(|| durable_file::backup(file)).transpose().map_err(Problem::from)
}

fn not_sealed(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::VaultSealFailed, format!("the export can't be sealed: {error}"))
}

#[cfg(test)]
#[path = "export/tests.rs"]
mod tests;
