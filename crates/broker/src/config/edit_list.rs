//! Edits to `config.toml` for the list of roles: favourites and filters.

use toml_edit::{Array, Item, Table, Value};

use super::ConfigFile;
use super::edit::{implicit_table, not_a_table, replace_all, set_setting, table_of};
use super::parse::{FAVOURITES, FILTER};
use daypass_core::names::FilterName;
use daypass_core::problem::Problem;
use daypass_core::settings::{Config, FilterSettings};

impl ConfigFile {
    /// Writes the favourites, one in a line.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_favourites(&self, favourites: &[String]) -> Result<Config, Problem> {
        let list = (!favourites.is_empty()).then(|| Value::Array(in_lines(favourites)));
        Ok(self.change(|document| set_setting(document, FAVOURITES, list.as_ref()))?.config)
    }

    /// Saves a filter, instead of the one of that name.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn put_filter(&self, name: &FilterName, filter: &FilterSettings) -> Result<Config, Problem> {
        let new = table_of(filter)?;
        let changed = self.change(|document| {
            let filters = document.entry(FILTER).or_insert_with(implicit_table);
            let filters = filters.as_table_mut().ok_or_else(not_a_table)?;
            let table = filters.entry(name.as_str()).or_insert(Item::Table(Table::new()));
            replace_all(table.as_table_mut().ok_or_else(not_a_table)?, new.clone(), |_| true);
            Ok(())
        })?;
        Ok(changed.config)
    }

    /// Removes a filter.
    ///
    /// # Errors
    ///
    /// As [`ConfigFile::put_identity`].
    pub(crate) fn remove_filter(&self, name: &FilterName) -> Result<Config, Problem> {
        let changed = self.change(|document| {
            if let Some(filters) = document.get_mut(FILTER).and_then(Item::as_table_mut) {
                filters.remove(name.as_str());
            }
            Ok(())
        })?;
        Ok(changed.config)
    }
}

fn in_lines(texts: &[String]) -> Array {
    let mut list: Array = texts.iter().collect();
    for value in list.iter_mut() {
        value.decor_mut().set_prefix("\n  ");
    }
    list.set_trailing_comma(true);
    list.set_trailing("\n");
    list
}
