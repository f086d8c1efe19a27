//! Takes parts of another `config.toml` over into this one, together with their comments.

use std::collections::BTreeSet;

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::edit::{ConfigFile, implicit_table, not_a_table, set_setting};
use daypass_core::names::{AccountId, CatalogName, IdentityName, Target};
use daypass_core::problem::Problem;
use daypass_core::settings::Config;

/// What is taken over. It replaces what is here.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) identities: BTreeSet<IdentityName>,
    pub(crate) roles: Vec<(IdentityName, Target)>,
    pub(crate) accounts: BTreeSet<AccountId>,
    pub(crate) catalogs: BTreeSet<CatalogName>,
    /// By their names within `[settings]`.
    pub(crate) settings: BTreeSet<&'static str>,
}

impl Parts {
    /// Whether there is nothing to take over.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { identities, roles, accounts, catalogs, settings } = self;
        identities.is_empty() && roles.is_empty() && accounts.is_empty() && catalogs.is_empty() && settings.is_empty()
    }
}

impl ConfigFile {
    /// Takes these parts of another file over. Into an empty file, the other one is copied with everything around them,
    /// except for the settings that aren't taken over.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn take_over(&self, text: &str, parts: &Parts) -> Result<Config, Problem> {
        let theirs = self.document(text)?;
        let changed = self.change(|document| {
            if document.to_string().trim().is_empty() {
                *document = theirs.clone();
                return super::settings()
                    .iter()
                    .filter(|setting| !parts.settings.contains(setting.name))
                    .try_for_each(|setting| set_setting(document, setting.name, None));
            }
            for name in &parts.identities {
                copy(document, &theirs, "identity", name.as_str())?;
            }
            for account in &parts.accounts {
                copy(document, &theirs, "account", account.as_str())?;
            }
            for name in &parts.catalogs {
                copy(document, &theirs, "catalog", name.as_str())?;
            }
            for (identity, arn) in &parts.roles {
                copy_role(document, &theirs, identity, arn)?;
            }
            for name in &parts.settings {
                let item = name.split('.').try_fold(theirs.get("settings"), |item, key| Some(item?.get(key)));
                let value = item.flatten().and_then(Item::as_value);
                set_setting(document, name, value)?;
            }
            Ok(())
        })?;
        Ok(changed.config)
    }
}

/// Copies `[KIND.NAME]`.
fn copy(document: &mut DocumentMut, theirs: &DocumentMut, kind: &str, name: &str) -> Result<(), Problem> {
    let Some(mut item) = theirs.get(kind).and_then(|all| all.get(name)).cloned() else { return Ok(()) };
    without_position(&mut item);
    let all = document.entry(kind).or_insert_with(implicit_table);
    all.as_table_mut().ok_or_else(not_a_table)?.insert(name, item);
    Ok(())
}

fn copy_role(
    document: &mut DocumentMut,
    theirs: &DocumentMut,
    identity: &IdentityName,
    arn: &Target,
) -> Result<(), Problem> {
    let arn = arn.to_string();
    let is_it = |table: &Table| {
        let says = |key: &str, text: &str| table.get(key).and_then(Item::as_str) == Some(text);
        says("arn", &arn) && says("identity", identity.as_str())
    };
    let found = theirs.get("role").and_then(Item::as_array_of_tables).and_then(|all| all.iter().find(|one| is_it(one)));
    let Some(mut role) = found.cloned() else { return Ok(()) };
    clear_position(&mut role);
    let all = document.entry("role").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let all = all.as_array_of_tables_mut().ok_or_else(not_a_table)?;
    if let Some(known) = all.iter_mut().find(|one| is_it(one)) {
        *known = role;
        return Ok(());
    }
    all.push(role);
    Ok(())
}

/// Tables say where in their file they were.
fn without_position(item: &mut Item) {
    match item {
        Item::Table(table) => clear_position(table),
        Item::ArrayOfTables(tables) => tables.iter_mut().for_each(clear_position),
        Item::None | Item::Value(_) => {}
    }
}

fn clear_position(table: &mut Table) {
    table.set_position(None);
    table.iter_mut().for_each(|(_, item)| without_position(item));
}
