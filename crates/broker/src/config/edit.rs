//! Changes `config.toml` in place: comments, order and spacing of everything else stay.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};
use serde::Serialize;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, value};

use super::rename::rename_identity;
use super::{access, parse};
use daypass_core::names::{AccountId, CatalogName, IdentityName, Target};
use daypass_core::openness::{Judged, judge};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{
    AccountField, AccountSettings, AskWhen, CatalogSettings, Config, ConsoleLevel, ConsoleSettings, DeclaredRole,
    IdentitySettings,
};

/// How often the file is read again if another one takes its place meanwhile.
const READINGS: u32 = 16;

/// A change of `config.toml`, which [`ConfigFile::undo`] can take back.
#[derive(Debug)]
pub(crate) struct Changed {
    /// What the file says now.
    pub config: Config,
    /// The file as it was, if there was one.
    before: Option<String>,
    after: String,
}

/// The file `config.toml`.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    /// The file at this path. Nothing is read yet.
    #[must_use]
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads and checks it; a missing file is an empty configuration.
    ///
    /// # Errors
    ///
    /// `config-mistake` with file and line; `config-unreadable`; `config-open-to-others`.
    pub(crate) fn read(&self) -> Result<Config, Problem> {
        match self.read_text()? {
            Some(text) => super::read(&text, &self.path),
            None => Ok(Config::default()),
        }
    }

    /// Its `[settings]`, without reading its roles. `None` if only [`ConfigFile::read`] can tell them, or say what is
    /// wrong.
    pub(crate) fn settings_alone(&self) -> Option<Config> {
        match self.read_text() {
            Ok(Some(text)) => parse::settings_alone(&text),
            Ok(None) => Some(Config::default()),
            Err(_) => None,
        }
    }

    /// Its text, if it exists and can be trusted.
    ///
    /// # Errors
    ///
    /// `config-unreadable`, `config-open-to-others`.
    pub(crate) fn read_text(&self) -> Result<Option<String>, Problem> {
        for _ in 0..READINGS {
            let before = self.judged()?;
            let read = durable_file::read_with_facts(&self.path).map_err(|e| self.file_problem(&e))?;
            // Another user's file may have been here only for the moment of reading. So what was read must be the file
            // that was judged, before or after it.
            let after = self.judged()?;
            match read {
                None => return Ok(None),
                Some((bytes, facts)) if before.is(&facts) || after.is(&facts) => {
                    return Ok(Some(self.text(&bytes)?.to_owned()));
                }
                Some(_) => {}
            }
        }
        Err(self.file_problem(&durable_file::Error::Contended { path: self.path.clone(), attempts: READINGS }))
    }

    /// The existing file, unless every user of this machine can change it.
    fn judged(&self) -> Result<Judged, Problem> {
        judge(&self.path).map_err(|opening| access::refused(&self.path, &opening))
    }

    /// Adds an identity, or changes the one of that name.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::read`], and when the file cannot be written.
    pub(crate) fn put_identity(&self, name: &IdentityName, settings: &IdentitySettings) -> Result<Changed, Problem> {
        self.change(|document| put_identity(document, name, settings))
    }

    /// Adds all of this with one change: identities and roles that aren't there, and what is said of accounts.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn add_all(
        &self,
        identities: &[(IdentityName, IdentitySettings)],
        roles: &[DeclaredRole],
        accounts: &BTreeMap<AccountId, AccountSettings>,
    ) -> Result<Changed, Problem> {
        self.change(|document| {
            for (name, settings) in identities {
                put_identity(document, name, settings)?;
            }
            add_roles(document, roles)?;
            accounts.iter().try_for_each(|(account, settings)| put_account(document, account, settings, &[]))
        })
    }

    /// Gives the file its old text, if it still has the text that a change left. Returns whether it had.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn take_back(&self, before: Option<&str>, is_after: impl Fn(&[u8]) -> bool) -> Result<bool, Problem> {
        let mut is_alone = false;
        self.write(|now| {
            is_alone = is_after(now.unwrap_or_default());
            Ok(match before {
                _ if !is_alone => Change::Keep,
                Some(before) => Change::Replace(before.to_owned().into_bytes()),
                None => Change::Remove,
            })
        })?;
        Ok(is_alone)
    }

    /// Removes an identity and the roles that name it.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn remove_identity(&self, name: &IdentityName) -> Result<Changed, Problem> {
        self.change(|document| {
            take_out(document, name);
            Ok(())
        })
    }

    /// Gives an identity another name, also where roles, other identities and what the person chose name it.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn rename_identity(&self, old: &IdentityName, new: &IdentityName) -> Result<Changed, Problem> {
        self.change(|document| {
            rename_identity(document, old, new);
            Ok(())
        })
    }

    /// Undoes [`ConfigFile::put_identity`] or [`ConfigFile::remove_identity`]. The file gets its old bytes back. If
    /// another program has changed it in between, those changes stay, and only this identity and its roles are
    /// restored.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn undo(&self, name: &IdentityName, changed: &Changed) -> Result<Config, Problem> {
        let is_alone = self.take_back(changed.before.as_deref(), |now| now == changed.after.as_bytes())?;
        let before = changed.before.as_deref().unwrap_or_default();
        if is_alone {
            return super::read(before, &self.path);
        }
        let before = self.document(before)?;
        Ok(self.change(|document| restore(document, &before, name))?.config)
    }

    /// Declares a role, or changes the declaration of the same ARN and identity. Without the keys in `gone`.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_role(&self, role: &DeclaredRole, ask: Option<AskWhen>, gone: &[&str]) -> Result<Config, Problem> {
        let changed = self.change(|document| {
            let roles = document.entry("role").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
            let roles = roles.as_array_of_tables_mut().ok_or_else(not_a_table)?;
            let arn = role.arn.to_string();
            let known = roles.iter_mut().find(|t| {
                t.get("arn").and_then(Item::as_str) == Some(&arn)
                    && t.get("identity").and_then(Item::as_str) == Some(role.identity.as_str())
            });
            if let Some(table) = known {
                write_role(table, role, ask)?;
                gone.iter().for_each(|key| drop(table.remove(key)));
            } else {
                let mut table = Table::new();
                write_role(&mut table, role, ask)?;
                roles.push(table);
            }
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Sets what is said of an account, and removes what is in `unset`. All else that is said of it stays.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_account(
        &self,
        account: &AccountId,
        settings: &AccountSettings,
        unset: &[AccountField],
    ) -> Result<Config, Problem> {
        Ok(self.change(|document| put_account(document, account, settings, unset))?.config)
    }

    /// Says at one level where pages of the console open, and nothing else about that any more.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`]; `unknown-role` for a role that isn't declared.
    pub(crate) fn put_browser(&self, level: &ConsoleLevel, open: &ConsoleSettings) -> Result<Config, Problem> {
        let new = table_of(open)?;
        let changed = self.change(|document| {
            let parent = parent_of_console(document, level)?;
            let empty = if *level == ConsoleLevel::Everywhere { implicit_table() } else { value(InlineTable::new()) };
            let table = parent.entry(parse::CONSOLE).or_insert(empty);
            let table = table.as_table_like_mut().ok_or_else(not_a_table)?;
            for key in ConsoleSettings::OF_BROWSER {
                match new.get(key) {
                    Some(value) => replace(table, key, value.clone()),
                    None => drop(table.remove(key)),
                }
            }
            if table.is_empty() {
                parent.remove(parse::CONSOLE);
            }
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Removes the declaration of a role for an identity.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn remove_role(&self, arn: &Target, identity: &IdentityName) -> Result<Config, Problem> {
        let arn = arn.to_string();
        let changed = self.change(|document| {
            retain_roles(document, |role| {
                role.get("arn").and_then(Item::as_str) != Some(&arn)
                    || role.get("identity").and_then(Item::as_str) != Some(identity.as_str())
            });
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Adds a shared catalog.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_catalog(&self, name: &CatalogName, settings: &CatalogSettings) -> Result<Config, Problem> {
        let new = table_of(settings)?;
        let changed = self.change(|document| {
            let catalogs = document.entry("catalog").or_insert_with(implicit_table);
            let catalogs = catalogs.as_table_mut().ok_or_else(not_a_table)?;
            let table = catalogs.entry(name.as_str()).or_insert(Item::Table(Table::new()));
            replace_all(table.as_table_mut().ok_or_else(not_a_table)?, new.clone(), |_| true);
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Removes a shared catalog.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn remove_catalog(&self, name: &CatalogName) -> Result<Config, Problem> {
        let changed = self.change(|document| {
            if let Some(catalogs) = document.get_mut("catalog").and_then(Item::as_table_mut) {
                catalogs.remove(name.as_str());
            }
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Sets a value under `[settings]`, or removes it.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_setting(&self, name: &str, setting: Option<&toml_edit::Value>) -> Result<Config, Problem> {
        let changed = self.change(|document| set_setting(document, name, setting))?;
        Ok(changed.config)
    }

    /// One edit. The file must be valid both before and after it.
    pub(super) fn change(
        &self,
        mut change: impl FnMut(&mut DocumentMut) -> Result<(), Problem>,
    ) -> Result<Changed, Problem> {
        let mut result = None;
        self.write(|bytes| {
            let old = self.text(bytes.unwrap_or_default())?;
            super::read(old, &self.path)?;
            let mut document = self.document(old)?;
            change(&mut document)?;
            let new = document.to_string();
            let config = parse::parse(&new).map_err(parse::Mistake::into_refusal)?;
            let edit = if new == old { Change::Keep } else { Change::Replace(new.clone().into_bytes()) };
            result = Some(Changed { config, before: bytes.map(|_| old.to_owned()), after: new });
            Ok(edit)
        })?;
        result.ok_or_else(|| {
            Problem::new(ProblemKind::Failed, ProblemCode::ConfigUnchanged, "the configuration wasn't changed")
        })
    }

    fn write(&self, mut edit: impl FnMut(Option<&[u8]>) -> Result<Change, Problem>) -> Result<(), Problem> {
        // What the file says comes into force with the change.
        self.judged()?;
        let written =
            durable_file::edit(&self.path, &durable_file::Options::default(), |now| -> Result<Change, Problem> {
                if now.is_some() && self.judged()?.is_missing() {
                    // It was there for a moment only, and could be the file of another user.
                    let error = durable_file::Error::Contended { path: self.path.clone(), attempts: 1 };
                    return Err(self.file_problem(&error));
                }
                edit(now)
            });
        written.map(drop).map_err(|error| match error {
            EditError::Change(problem) => problem,
            EditError::File(error) => self.file_problem(&error),
        })
    }

    pub(super) fn document(&self, text: &str) -> Result<DocumentMut, Problem> {
        text.parse().map_err(|e: toml_edit::TomlError| {
            Problem::new(
                ProblemKind::Invalid,
                ProblemCode::ConfigMistake,
                format!("{}: {}", self.path.display(), e.message()),
            )
        })
    }

    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, Problem> {
        std::str::from_utf8(bytes).map_err(|e| {
            let what = format!("{} isn't UTF-8 text (byte {})", self.path.display(), e.valid_up_to());
            Problem::new(ProblemKind::Invalid, ProblemCode::ConfigMistake, what)
                .hint("TOML files are UTF-8: save it in that encoding")
        })
    }

    fn file_problem(&self, error: &durable_file::Error) -> Problem {
        let hint = match error.advice() {
            Some(advice) => advice.to_owned(),
            None => format!("check that you can read and write {}", self.path.display()),
        };
        Problem::new(ProblemKind::Failed, ProblemCode::ConfigUnreadable, error.to_string()).hint(hint)
    }
}

/// The table that has a level's `console`.
fn parent_of_console<'a>(
    document: &'a mut DocumentMut,
    level: &ConsoleLevel,
) -> Result<&'a mut dyn TableLike, Problem> {
    let (table, name) = match level {
        ConsoleLevel::Everywhere => {
            let settings = document.entry("settings").or_insert_with(implicit_table);
            return settings.as_table_like_mut().ok_or_else(not_a_table);
        }
        ConsoleLevel::Role(identity, arn) => {
            let arn = arn.to_string();
            let roles = document.get_mut("role").and_then(Item::as_array_of_tables_mut);
            let mut roles = roles.into_iter().flat_map(ArrayOfTables::iter_mut);
            let role = roles
                .find(|role| is_of(role, identity) && role.get("arn").and_then(Item::as_str) == Some(arn.as_str()));
            return role.map(|role| role as &mut dyn TableLike).ok_or_else(|| {
                let message = format!("role {arn} isn't declared in config.toml, so it doesn't have its own settings");
                Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, message)
                    .hint("choose for its account instead, with --account")
            });
        }
        ConsoleLevel::Identity(name) => ("identity", name.as_str()),
        ConsoleLevel::Account(account) => ("account", account.as_str()),
    };
    let all = document.entry(table).or_insert_with(implicit_table).as_table_mut().ok_or_else(not_a_table)?;
    let own = all.entry(name).or_insert(Item::Table(Table::new()));
    own.as_table_like_mut().ok_or_else(not_a_table)
}

/// Sets a value under `[settings]`, or removes it.
pub(super) fn set_setting(
    document: &mut DocumentMut,
    name: &str,
    setting: Option<&toml_edit::Value>,
) -> Result<(), Problem> {
    let (tables, key) = name.rsplit_once('.').map_or((None, name), |(tables, key)| (Some(tables), key));
    let mut item = document.entry("settings").or_insert_with(implicit_table);
    for name in tables.iter().flat_map(|tables| tables.split('.')) {
        let new = if item.is_inline_table() { value(InlineTable::new()) } else { implicit_table() };
        item = item.as_table_like_mut().ok_or_else(not_a_table)?.entry(name).or_insert(new);
    }
    let table = item.as_table_like_mut().ok_or_else(not_a_table)?;
    match setting {
        Some(setting) => replace(table, key, setting.clone()),
        None => drop(table.remove(key)),
    }
    Ok(())
}

impl Changed {
    /// The file as it was, if there was one.
    pub(crate) fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The file as it is.
    pub(crate) fn after(&self) -> &str {
        &self.after
    }
}

fn put_identity(document: &mut DocumentMut, name: &IdentityName, settings: &IdentitySettings) -> Result<(), Problem> {
    let identities = document.entry("identity").or_insert_with(implicit_table);
    let identities = identities.as_table_mut().ok_or_else(not_a_table)?;
    let table = identities.entry(name.as_str()).or_insert(Item::Table(Table::new()));
    let table = table.as_table_mut().ok_or_else(not_a_table)?;
    write_identity(table, settings)
}

/// Declares roles at the end, except existing ones.
fn add_roles(document: &mut DocumentMut, new: &[DeclaredRole]) -> Result<(), Problem> {
    if new.is_empty() {
        return Ok(());
    }
    let roles = document.entry("role").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let roles = roles.as_array_of_tables_mut().ok_or_else(not_a_table)?;
    let text = |role: &Table, key: &str| role.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let mut known: HashSet<_> = roles.iter().map(|role| (text(role, "arn"), text(role, "identity"))).collect();
    for role in new {
        if known.insert((role.arn.to_string(), role.identity.to_string())) {
            let mut table = Table::new();
            write_role(&mut table, role, None)?;
            roles.push(table);
        }
    }
    Ok(())
}

fn put_account(
    document: &mut DocumentMut,
    account: &AccountId,
    settings: &AccountSettings,
    unset: &[AccountField],
) -> Result<(), Problem> {
    let new = table_of(settings)?;
    let accounts = document.entry("account").or_insert_with(implicit_table);
    let accounts = accounts.as_table_mut().ok_or_else(not_a_table)?;
    let table = accounts.entry(account.as_str()).or_insert(Item::Table(Table::new()));
    let table = table.as_table_mut().ok_or_else(not_a_table)?;
    unset.iter().for_each(|field| drop(table.remove(field.key())));
    for (key, value) in new.iter().filter(|(_, value)| says_something(value)) {
        replace(table, key, value.clone());
    }
    if table.is_empty() {
        accounts.remove(account.as_str());
    }
    Ok(())
}

fn take_out(document: &mut DocumentMut, name: &IdentityName) {
    if let Some(identities) = document.get_mut("identity").and_then(Item::as_table_mut) {
        identities.remove(name.as_str());
    }
    retain_roles(document, |role| !is_of(role, name));
}

/// Gives an identity the settings that it has in another document, and the roles that it has only there.
fn restore(document: &mut DocumentMut, from: &DocumentMut, name: &IdentityName) -> Result<(), Problem> {
    let Some(identity) = from.get("identity").and_then(|all| all.get(name.as_str())) else {
        take_out(document, name);
        return Ok(());
    };
    let identities = document.entry("identity").or_insert_with(implicit_table);
    identities.as_table_mut().ok_or_else(not_a_table)?.insert(name.as_str(), identity.clone());
    let arn = |role: &Table| role.get("arn").and_then(Item::as_str).map(str::to_owned);
    let roles = from.get("role").and_then(Item::as_array_of_tables).into_iter().flatten();
    for role in roles.filter(|role| is_of(role, name)) {
        let all = document.entry("role").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        let all = all.as_array_of_tables_mut().ok_or_else(not_a_table)?;
        if all.iter().all(|known| !is_of(known, name) || arn(known) != arn(role)) {
            all.push(role.clone());
        }
    }
    Ok(())
}

fn is_of(role: &Table, identity: &IdentityName) -> bool {
    role.get("identity").and_then(Item::as_str) == Some(identity.as_str())
}

/// The settings have the same names in the file. Defaults are not written: `false`, and lists and tables
/// without anything in them.
fn write_identity(table: &mut Table, settings: &IdentitySettings) -> Result<(), Problem> {
    let new = table_of(settings)?;
    replace_all(table, new, |key| key != parse::CONSOLE);
    Ok(())
}

fn write_role(table: &mut Table, role: &DeclaredRole, ask: Option<AskWhen>) -> Result<(), Problem> {
    set(table, "arn", Some(&role.arn.to_string()));
    set(table, "identity", Some(role.identity.as_str()));
    set(table, "via", role.via.as_ref().map(ToString::to_string).as_deref());
    set(table, "profile", role.profile.as_ref().map(|p| p.as_str()));
    set(table, "region", role.region.as_ref().map(|r| r.as_str()));
    if let Some(delivery) = role.delivery {
        set(table, "delivery", Some(&delivery.to_string()));
    }
    if let Some(ask) = ask {
        set(table, "ask", Some(&ask.to_string()));
    }
    let terms = table_of(&role.terms)?;
    replace_all(table, terms, |key| !parse::ROLE_KEYS.contains(&key) && key != parse::CONSOLE);
    Ok(())
}

pub(super) fn table_of(settings: &impl Serialize) -> Result<toml_edit::InlineTable, Problem> {
    let written = settings.serialize(toml_edit::ser::ValueSerializer::new());
    match written {
        Ok(toml_edit::Value::InlineTable(table)) => Ok(table),
        Ok(_) => Ok(toml_edit::InlineTable::new()),
        Err(error) => Err(Problem::new(ProblemKind::Failed, ProblemCode::ConfigNotWritten, error.to_string())),
    }
}

/// Whether a value isn't a default, which isn't written.
fn says_something(value: &toml_edit::Value) -> bool {
    match value {
        toml_edit::Value::Array(list) => !list.is_empty(),
        toml_edit::Value::InlineTable(table) => !table.is_empty(),
        toml_edit::Value::Boolean(value) => *value.value(),
        _ => true,
    }
}

/// Puts the values of `new` into the table, and removes those of its own keys that `new` doesn't have.
pub(super) fn replace_all(table: &mut Table, new: toml_edit::InlineTable, is_own: impl Fn(&str) -> bool) {
    let new: Vec<(String, _)> = new
        .into_iter()
        .map(|(key, value)| (key.to_string(), value))
        .filter(|(_, value)| says_something(value))
        .collect();
    let gone: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in gone.iter().filter(|key| is_own(key) && new.iter().all(|(name, _)| name != key.as_str())) {
        table.remove(key);
    }
    for (key, value) in new {
        replace(table, &key, value);
    }
}

fn set(table: &mut Table, key: &str, text: Option<&str>) {
    match text {
        Some(text) => replace(table, key, text.into()),
        None => drop(table.remove(key)),
    }
}

/// Sets a value and keeps the comment after the old one. An equal value is left as it was written.
fn replace(table: &mut dyn TableLike, key: &str, mut new: toml_edit::Value) {
    // A table of its own, [identity.NAME.KEY], stays one: its lines are kept in the same way.
    if let (Some(Item::Table(old)), toml_edit::Value::InlineTable(new)) = (table.get_mut(key), &new) {
        return replace_all(old, new.clone(), |_| true);
    }
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            if plain(old) != plain(&new) {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
        }
        None => drop(table.insert(key, value(new))),
    }
}

fn plain(value: &toml_edit::Value) -> String {
    match value {
        toml_edit::Value::String(text) => text.value().clone(),
        toml_edit::Value::InlineTable(table) => {
            let mut pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{key}\u{1}{}", plain(value))).collect();
            pairs.sort_unstable();
            pairs.join("\u{2}")
        }
        toml_edit::Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("\u{0}"),
        other => other.clone().decorated("", "").to_string(),
    }
}

fn retain_roles(document: &mut DocumentMut, keep: impl Fn(&Table) -> bool) {
    let Some(roles) = document.get_mut("role").and_then(Item::as_array_of_tables_mut) else { return };
    roles.retain(keep);
    if roles.is_empty() {
        document.remove("role");
    }
}

pub(super) fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

pub(super) fn not_a_table() -> Problem {
    Problem::new(
        ProblemKind::Invalid,
        ProblemCode::ConfigMistake,
        "`identity`, `role`, `account`, `catalog`, `filter` or `settings` in config.toml isn't written as a table",
    )
    .hint("write [identity.NAME], [[role]], [account.ID], [catalog.NAME], [filter.NAME] and [settings]")
}
