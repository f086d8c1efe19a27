//! Renames an identity, everywhere at once as far as a person can tell.
//!
//! `config.toml`, the vault and the AWS config file can't change together, and the process may end between them. So the
//! vault says first what is going on. What ended too early is finished when the vault is opened next.

use std::task::{Context, Waker};

use daypass_audit::AuditLine;
use daypass_core::history::AuditEvent;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::settings::Config;
use daypass_deliver::generated::GeneratedProfiles;
use daypass_identity::IdentityContext;
use daypass_vault::Entries;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::door::Broker;
use super::identities::{OWN_IDENTITY, identity_exists};
use super::profiles;
use super::shared::is_shared;

/// A rename that is under way, in the vault.
const UNDER_WAY: &str = "rename/identity";

/// One rename at a time.
const TURN: &str = "rename";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rename {
    old: IdentityName,
    new: IdentityName,
    /// Whether the vault's entries have the new name. (Doing that twice would take what is there for another
    /// identity's.)
    #[serde(default)]
    is_in_vault: bool,
}

impl Broker {
    /// Gives an identity another name. Its roles, secrets, proof, sessions and generated profiles stay, and so do the
    /// identities that sign in with it.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `identity-exists`; files that cannot be written. Nothing is changed then, unless it is the
    /// AWS config file: that follows later.
    pub async fn rename_identity(&self, name: &IdentityName, new: &IdentityName) -> Result<(), Problem> {
        self.settle_rename();
        let config = self.0.config.good()?;
        config.identity(name)?;
        if let Some(catalog) = config.origins.identities.get(name) {
            return Err(is_shared(&format!("identity {name}"), catalog, OWN_IDENTITY));
        }
        if config.identities.contains_key(new) {
            return Err(identity_exists(new));
        }
        self.0.sign_ins.cancel(name);
        self.stop_listing(name);
        self.0.services.unfinished.write_held(&self.0.vault);
        // No renewal may store the old name after this.
        let its = self.0.sessions.list()?.into_iter().filter(|s| &s.identity == name).map(|s| s.profile);
        let _sessions = self.0.sessions.hold(its.collect()).await?;
        let context = self.context(name);
        let _turn = context.turn().await?;
        let _rename = self.0.services.turns.take(TURN).await?;
        let rename = Rename { old: name.clone(), new: new.clone(), is_in_vault: false };
        self.note_rename(Some(&rename))?;
        let changed = match self.config_file().rename_identity(name, new) {
            Ok(changed) => changed,
            Err(problem) => {
                self.note_rename(None)?;
                return Err(problem);
            }
        };
        self.with_vault(name, changed, || self.rename_in_vault(&rename))?;
        self.take_along(&rename).await;
        let followed = self.finish_rename(&rename);
        let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::IdentityRenamed);
        let (identity, former_name) = (Some(new.clone()), Some(name.clone()));
        self.0.audit.record(AuditLine { identity, former_name, ..line });
        self.catalog_changed();
        followed
    }

    /// Finishes a rename that ended too early, as the process did.
    pub(super) fn settle_rename(&self) {
        if let Err(problem) = self.try_to_settle_rename() {
            tracing::warn!(code = %problem.code, "the rename of an identity is still unfinished");
        }
    }

    fn try_to_settle_rename(&self) -> Result<(), Problem> {
        if self.rename_under_way()?.is_none() {
            return Ok(());
        }
        // The process that began it may be in the middle of it.
        let _rename = self.0.services.turns.block(TURN).map_err(Problem::from)?;
        let Some(rename) = self.rename_under_way()? else { return Ok(()) };
        let config = self.0.config.good()?;
        let has = |name: &IdentityName| own_identity(&config, name);
        if !has(&rename.new) || has(&rename.old) {
            // It never came to config.toml, or the person has changed that since.
            return self.note_rename(None);
        }
        tracing::info!(old = %rename.old, new = %rename.new, "finishing the rename of an identity");
        self.rename_in_vault(&rename)?;
        self.0.exchange.forget_links(&rename.old);
        // What waits for a window has to be signed in to again: only a rename that the person sees takes that along.
        let mut taken = Box::pin(self.take_along(&rename));
        let _ = taken.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        drop(taken);
        self.finish_rename(&rename)?;
        self.catalog_changed();
        Ok(())
    }

    fn rename_under_way(&self) -> Result<Option<Rename>, Problem> {
        if !self.0.vault.path().exists() {
            return Ok(None);
        }
        let entries = self.0.vault.read()?;
        Ok(entries.get(UNDER_WAY).and_then(|text| serde_json::from_str(text.expose_secret()).ok()))
    }

    /// Without a vault, there's nothing to rename, and this doesn't create one.
    fn note_rename(&self, rename: Option<&Rename>) -> Result<(), Problem> {
        if !self.0.vault.path().exists() {
            return Ok(());
        }
        Ok(self.0.vault.update(|entries| {
            match rename {
                Some(rename) => entries.set(UNDER_WAY, text(rename)),
                None => drop(entries.remove(UNDER_WAY)),
            }
            Ok::<_, daypass_vault::VaultError>(())
        })?)
    }

    fn rename_in_vault(&self, rename: &Rename) -> Result<(), Problem> {
        let Rename { old, new, .. } = rename;
        self.0.vault.update(|entries| {
            if is_done(entries) {
                return Ok(());
            }
            IdentityContext::rename(entries, old, new);
            daypass_session::rename_identity(entries, old, new)?;
            profiles::rename_identity(entries, old, new)?;
            if entries.get(UNDER_WAY).is_some() {
                entries.set(UNDER_WAY, text(&Rename { is_in_vault: true, ..rename.clone() }));
            }
            Ok::<_, Problem>(())
        })
    }

    /// What the identity itself keeps under its name: a list of roles, cookies.
    async fn take_along(&self, Rename { old, new, .. }: &Rename) {
        let settings = self.0.config.good().and_then(|config| config.identity(new).cloned());
        let renamed = match settings {
            Ok(settings) => self.0.identities.make(&settings, self.context(new)).renamed(old).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = renamed {
            tracing::warn!(%old, code = %problem.code, "what was cached under the old name stays behind");
        }
    }

    /// What else has the identity's name outside of `config.toml` and the vault.
    fn finish_rename(&self, Rename { old, new, .. }: &Rename) -> Result<(), Problem> {
        self.0.accounts.rename(old, new);
        self.rename_recent_roles(old, new);
        self.rename_last_uses(old, new);
        let generated = GeneratedProfiles::of(&self.0.surroundings);
        generated.rename_identity(old, new).map_err(|problem| {
            let message = format!(
                "identity {old} is now called {new}, but {} still has its profiles under the old name: {}",
                generated.path().display(),
                problem.message
            );
            Problem { message, ..problem }.hint("`daypass profiles sync` writes them again")
        })?;
        self.note_rename(None)
    }
}

fn own_identity(config: &Config, name: &IdentityName) -> bool {
    config.identities.contains_key(name) && !config.origins.identities.contains_key(name)
}

fn is_done(entries: &Entries) -> bool {
    let under_way = entries.get(UNDER_WAY);
    under_way
        .and_then(|text| serde_json::from_str::<Rename>(text.expose_secret()).ok())
        .is_some_and(|it| it.is_in_vault)
}

fn text(rename: &Rename) -> String {
    serde_json::to_string(rename).unwrap_or_default()
}
