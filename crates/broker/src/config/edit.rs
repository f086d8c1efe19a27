//! Changing `config.toml` in place: comments, order and spacing of everything else stay.

use std::path::{Path, PathBuf};

use durable_file::{Change, EditError};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{Config, DeclaredRole};
use crate::names::{IdentityName, RoleArn};
use crate::problem::{Problem, ProblemKind};
use crate::view::IdentitySettings;

/// The file `config.toml`.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    /// The file at this path. Nothing is read yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads and checks it; a missing file is an empty configuration.
    ///
    /// # Errors
    ///
    /// `config-mistake` with file and line; `config-unreadable`.
    pub fn read(&self) -> Result<Config, Problem> {
        match durable_file::read(&self.path).map_err(|e| self.file_problem(&e))? {
            Some(bytes) => Config::parse(self.text(&bytes)?, &self.path),
            None => Ok(Config::default()),
        }
    }

    /// Adds an identity, or changes the one of that name.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::read`], and when the file cannot be written.
    pub fn put_identity(&self, name: &IdentityName, settings: &IdentitySettings) -> Result<Config, Problem> {
        self.change(|document| {
            let identities = document.entry("identity").or_insert_with(implicit_table);
            let identities = identities.as_table_mut().ok_or_else(not_a_table)?;
            let table = identities.entry(name.as_str()).or_insert(Item::Table(Table::new()));
            let table = table.as_table_mut().ok_or_else(not_a_table)?;
            write_identity(table, settings);
            Ok(())
        })
    }

    /// Removes an identity and the roles that name it.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub fn remove_identity(&self, name: &IdentityName) -> Result<Config, Problem> {
        self.change(|document| {
            if let Some(identities) = document.get_mut("identity").and_then(Item::as_table_mut) {
                identities.remove(name.as_str());
            }
            retain_roles(document, |role| role.get("identity").and_then(Item::as_str) != Some(name.as_str()));
            Ok(())
        })
    }

    /// Declares a role, or changes the declaration of the same ARN and identity.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub fn put_role(&self, role: &DeclaredRole) -> Result<Config, Problem> {
        self.change(|document| {
            let roles = document.entry("role").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
            let roles = roles.as_array_of_tables_mut().ok_or_else(not_a_table)?;
            let arn = role.arn.to_string();
            let known = roles.iter_mut().find(|t| {
                t.get("arn").and_then(Item::as_str) == Some(&arn)
                    && t.get("identity").and_then(Item::as_str) == Some(role.identity.as_str())
            });
            if let Some(table) = known {
                write_role(table, role);
            } else {
                let mut table = Table::new();
                write_role(&mut table, role);
                roles.push(table);
            }
            Ok(())
        })
    }

    /// Removes the declarations of a role.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub fn remove_role(&self, arn: &RoleArn) -> Result<Config, Problem> {
        let arn = arn.to_string();
        self.change(|document| {
            retain_roles(document, |role| role.get("arn").and_then(Item::as_str) != Some(&arn));
            Ok(())
        })
    }

    /// One edit: the file as it is must be right, and so must be what it becomes.
    fn change(&self, change: impl Fn(&mut DocumentMut) -> Result<(), Problem>) -> Result<Config, Problem> {
        let mut result = None;
        durable_file::edit(&self.path, &durable_file::Options::default(), |old| {
            let old = self.text(old.unwrap_or_default())?;
            Config::parse(old, &self.path)?;
            let mut document: DocumentMut = old.parse().map_err(|e: toml_edit::TomlError| {
                Problem::new(
                    ProblemKind::Invalid,
                    "config-mistake",
                    format!("{}: {}", self.path.display(), e.message()),
                )
            })?;
            change(&mut document)?;
            let new = document.to_string();
            result = Some(Config::parse(&new, &self.path)?);
            Ok::<_, Problem>(if new == old { Change::Keep } else { Change::Replace(new.into_bytes()) })
        })
        .map_err(|error| match error {
            EditError::Change(problem) => problem,
            EditError::File(error) => self.file_problem(&error),
        })?;
        result.ok_or_else(|| Problem::new(ProblemKind::Failed, "config-unchanged", "the configuration was not changed"))
    }

    fn text<'a>(&self, bytes: &'a [u8]) -> Result<&'a str, Problem> {
        std::str::from_utf8(bytes).map_err(|e| {
            let what = format!("{} is not UTF-8 text (byte {})", self.path.display(), e.valid_up_to());
            Problem::new(ProblemKind::Invalid, "config-mistake", what)
                .hint("TOML files are UTF-8: save it in that encoding")
        })
    }

    fn file_problem(&self, error: &durable_file::Error) -> Problem {
        Problem::new(ProblemKind::Failed, "config-unreadable", error.to_string())
            .hint(format!("check that {} can be read and written by you", self.path.display()))
    }
}

fn write_identity(table: &mut Table, settings: &IdentitySettings) {
    match settings {
        IdentitySettings::Oidc(oidc) => {
            set(table, "kind", Some("oidc"));
            set(table, "issuer", Some(oidc.issuer.as_str()));
            set(table, "client_id", Some(oidc.client_id.as_str()));
            if oidc.scopes.is_empty() {
                table.remove("scopes");
            } else {
                let scopes: toml_edit::Array = oidc.scopes.iter().collect();
                replace(table, "scopes", scopes.into());
            }
            match oidc.redirect_port {
                Some(port) => replace(table, "redirect_port", i64::from(port).into()),
                None => drop(table.remove("redirect_port")),
            }
            set(table, "session_name", oidc.session_name.as_deref());
            set(table, "roles_claim", oidc.roles_claim.as_deref());
            set(table, "ca_file", oidc.ca_file.as_deref());
        }
    }
}

fn write_role(table: &mut Table, role: &DeclaredRole) {
    set(table, "arn", Some(&role.arn.to_string()));
    set(table, "identity", Some(role.identity.as_str()));
    set(table, "profile", role.profile.as_ref().map(|p| p.as_str()));
    set(table, "region", role.region.as_ref().map(|r| r.as_str()));
    set(table, "duration", role.duration.map(|d| d.to_string()).as_deref());
}

fn set(table: &mut Table, key: &str, text: Option<&str>) {
    match text {
        Some(text) => replace(table, key, text.into()),
        None => drop(table.remove(key)),
    }
}

/// Sets a value and keeps the comment that stands behind the old one; an equal value is left as it was written.
fn replace(table: &mut Table, key: &str, mut new: toml_edit::Value) {
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

fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn not_a_table() -> Problem {
    Problem::new(
        ProblemKind::Invalid,
        "config-mistake",
        "`identity` or `role` in config.toml is not written as a table",
    )
    .hint("write [identity.NAME] and [[role]]")
}
