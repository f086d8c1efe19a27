//! Undoes the last import, except for what has changed since.

use daypass_core::digest;
use daypass_core::import::ImportUndone;
use daypass_core::names::AccountId;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{AccountField, AccountSettings};

use super::door::Broker;
use crate::import::{ConfigRecord, ImportRecord};

impl Broker {
    /// Takes the last import back: the AWS files get their old lines, keys included, and what `config.toml` and the
    /// vault got goes. What has changed since stays.
    ///
    /// # Errors
    ///
    /// `nothing-to-undo`; a vault that doesn't open; files that can't be written.
    pub async fn undo_import(&self) -> Result<ImportUndone, Problem> {
        let entries = self.0.vault.read()?;
        let record = ImportRecord::read(&entries).ok_or_else(nothing_to_undo)?;
        let mut undone = ImportUndone::default();
        let vault_file = &self.0.surroundings.places.vault_file;
        // The last file first, so that keys are back before the profiles that use them.
        for file in record.files.iter().rev() {
            let taken = file.take_back_for(vault_file)?;
            undone.left.extend(taken.left.into_iter().map(|profile| format!("profile {profile}")));
            undone.files.push(file.file.display().to_string());
        }
        if let Some(config) = &record.config {
            self.undo_config(config, &mut undone).await?;
        }
        self.0.vault.update(|entries| {
            ImportRecord::forget(entries);
            Ok::<_, Problem>(())
        })?;
        self.catalog_changed();
        Ok(undone)
    }

    async fn undo_config(&self, record: &ConfigRecord, undone: &mut ImportUndone) -> Result<(), Problem> {
        let file = self.config_file();
        let now = durable_file::read(&record.file).map_err(aws_files::Error::from)?;
        let is_alone = now.is_some_and(|now| digest::full(&now) == record.after);
        for (name, settings) in &record.identities {
            match self.0.config.good()?.identities.get(name) {
                Some(now) if now == settings => {
                    self.remove_identity(name).await?;
                    undone.identities.push(name.clone());
                }
                Some(_) => undone.left.push(format!("identity {name}")),
                None => {}
            }
        }
        for (identity, arn) in &record.roles {
            self.0.config.replace(file.remove_role(arn, identity)?);
        }
        if is_alone {
            // Byte for byte, as far as nothing else was written meanwhile.
            let text = durable_file::read(&record.file).map_err(aws_files::Error::from)?.unwrap_or_default();
            let without = digest::full(&text);
            file.take_back(record.before.as_deref(), |now| digest::full(now) == without)?;
            self.0.config.replace(file.read()?);
        } else {
            record.accounts.iter().try_for_each(|account| self.forget_account(account))?;
        }
        undone.files.push(record.file.display().to_string());
        Ok(())
    }

    fn forget_account(&self, account: &AccountId) -> Result<(), Problem> {
        let config = self.config_file().put_account(account, &AccountSettings::default(), &AccountField::ALL)?;
        self.0.config.replace(config);
        Ok(())
    }
}

fn nothing_to_undo() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::NothingToUndo, "no import can be undone")
        .hint("only the last `daypass import` can be undone, and only once")
}
