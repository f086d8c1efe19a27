//! The person's choices for the list of roles: favourites, filters, folders.

use super::door::Broker;
use daypass_core::names::{AccountId, FilterName, FolderName};
use daypass_core::problem::Problem;
use daypass_core::role_list::SavedFilter;
use daypass_core::settings::{AccountField, AccountSettings, FilterSettings};
use daypass_core::view::split_role_id;

impl Broker {
    /// The favourites, `IDENTITY:ARN`, in the person's order. A role may be gone.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn favourites(&self) -> Result<Vec<String>, Problem> {
        Ok(self.0.config.own()?.favourites.clone())
    }

    /// Adds favourites at the end. Returns their ids.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::role`]; when `config.toml` cannot be written.
    pub fn add_favourites(&self, roles: &[String]) -> Result<Vec<String>, Problem> {
        let ids = roles.iter().map(|role| self.favourite(role)).collect::<Result<Vec<_>, _>>()?;
        let mut favourites = self.favourites()?;
        for id in &ids {
            if !favourites.contains(id) {
                favourites.push(id.clone());
            }
        }
        self.put_favourites(&favourites)?;
        Ok(ids)
    }

    /// Takes roles out of the favourites. Returns their ids.
    ///
    /// # Errors
    ///
    /// Those of [`Broker::role`]; when `config.toml` cannot be written.
    pub fn remove_favourites(&self, roles: &[String]) -> Result<Vec<String>, Problem> {
        let mut favourites = self.favourites()?;
        let id = |role: &String| if favourites.contains(role) { Ok(role.clone()) } else { self.favourite(role) };
        let ids = roles.iter().map(id).collect::<Result<Vec<_>, _>>()?;
        favourites.retain(|favourite| !ids.contains(favourite));
        self.put_favourites(&favourites)?;
        Ok(ids)
    }

    /// Moves a favourite to a place among them.
    ///
    /// # Errors
    ///
    /// When `config.toml` cannot be written.
    pub fn move_favourite(&self, role: &str, to: usize) -> Result<(), Problem> {
        let mut favourites = self.favourites()?;
        if let Some(at) = favourites.iter().position(|favourite| favourite == role) {
            let moved = favourites.remove(at);
            favourites.insert(to.min(favourites.len()), moved);
        }
        self.put_favourites(&favourites)
    }

    /// Saves a filter, instead of the one of that name.
    ///
    /// # Errors
    ///
    /// When `config.toml` cannot be written.
    pub fn put_filter(&self, filter: SavedFilter) -> Result<(), Problem> {
        let name = filter.name.clone();
        self.0.config.replace(self.config_file().put_filter(&name, &FilterSettings::from(filter))?);
        self.catalog_changed();
        Ok(())
    }

    /// Removes a filter.
    ///
    /// # Errors
    ///
    /// When `config.toml` cannot be written.
    pub fn remove_filter(&self, name: &FilterName) -> Result<(), Problem> {
        self.0.config.replace(self.config_file().remove_filter(name)?);
        self.catalog_changed();
        Ok(())
    }

    /// Puts an account into a folder, or into none.
    ///
    /// # Errors
    ///
    /// When `config.toml` cannot be written.
    pub fn put_account_folder(&self, account: &AccountId, folder: Option<FolderName>) -> Result<(), Problem> {
        let unset: &[AccountField] = if folder.is_some() { &[] } else { &[AccountField::Folder] };
        self.put_account(account, &AccountSettings { folder, ..AccountSettings::default() }, unset)
    }

    /// The id of a role that is named in any way.
    fn favourite(&self, role: &str) -> Result<String, Problem> {
        let is_known = split_role_id(role).is_some() && !self.roles_by_id(&[role.to_owned()]).is_empty();
        if is_known { Ok(role.to_owned()) } else { Ok(self.role(role)?.id) }
    }

    fn put_favourites(&self, favourites: &[String]) -> Result<(), Problem> {
        self.0.config.replace(self.config_file().put_favourites(favourites)?);
        self.catalog_changed();
        Ok(())
    }
}
