//! Accounts: their names, and what the person configured for them.

use std::collections::{BTreeMap, HashMap};

use super::door::Broker;
use super::shared::is_shared;
use crate::naming::named_account;
use daypass_core::account::{AccountLabel, AccountView, LabelAccounts as _};
use daypass_core::names::{AccountId, Region};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{AccountField, AccountSettings};
use daypass_core::view::RoleView;

impl Broker {
    /// Every account of the catalog, of `config.toml`, or with a name that was learned.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn accounts(&self) -> Result<Vec<AccountView>, Problem> {
        let config = self.0.config.good()?;
        let running = self.0.sessions.list().unwrap_or_default();
        let mut roles = self.roles_with(&config, &running);
        self.label(&mut roles);
        let mut accounts: BTreeMap<AccountId, (usize, Option<String>)> = BTreeMap::new();
        for role in roles {
            let (count, name) = accounts.entry(role.account).or_default();
            *count += 1;
            *name = name.take().or(role.account_name);
        }
        for account in config.accounts.keys().cloned().chain(self.0.accounts.accounts()) {
            accounts.entry(account).or_default();
        }
        let view = |(id, (roles, found)): (AccountId, (usize, Option<String>))| {
            let AccountLabel { name, alias, colour, production } = self.0.accounts.label(&id);
            let written = config.accounts.get(&id);
            let region = written.and_then(|account| account.region.clone());
            let delivery = written.and_then(|account| account.delivery);
            let folder = written.and_then(|account| account.folder.clone());
            let (name, written) = (name.or(found), written.is_some());
            let catalog = config.origins.accounts.get(&id).cloned();
            AccountView { id, name, alias, colour, production, region, delivery, folder, roles, written, catalog }
        };
        Ok(accounts.into_iter().map(view).collect())
    }

    /// The account that an ID, an alias or a name means. An ID doesn't have to be known.
    ///
    /// # Errors
    ///
    /// `unknown-account`, also if several accounts have the name.
    pub fn account(&self, text: &str) -> Result<AccountId, Problem> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let accounts = self.accounts()?;
        let meant: Vec<&AccountView> = named_account(&accounts, text);
        match meant.as_slice() {
            [account] => Ok(account.id.clone()),
            several => {
                let ids: Vec<&str> = several.iter().map(|account| account.id.as_str()).collect();
                let what = match ids.is_empty() {
                    true => format!("no account is called {text:?}"),
                    false => format!("{text:?} means several accounts: {}", ids.join(", ")),
                };
                Err(Problem::new(ProblemKind::NotFound, ProblemCode::UnknownAccount, what)
                    .hint("name it by its 12 digits. `daypass account list` shows the accounts"))
            }
        }
    }

    pub(super) fn account_view(&self, account: &AccountId) -> Result<AccountView, Problem> {
        let known = self.accounts()?.into_iter().find(|view| &view.id == account);
        let AccountLabel { name, alias, colour, production } = self.0.accounts.label(account);
        let (id, region, delivery, folder, roles, written, catalog) =
            (account.clone(), None, None, None, 0, false, None);
        let new =
            AccountView { id, name, alias, colour, production, region, delivery, folder, roles, written, catalog };
        Ok(known.unwrap_or(new))
    }

    /// Sets or removes an account's values in `config.toml`. Values that aren't named stay.
    ///
    /// # Errors
    ///
    /// `config-mistake` for an alias that another account has; when `config.toml` cannot be written.
    pub fn put_account(
        &self,
        account: &AccountId,
        settings: &AccountSettings,
        unset: &[AccountField],
    ) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        let own = self.0.config.own()?;
        if let Some(catalog) = config.origins.accounts.get(account) {
            let what = format!("what you change of account {account}");
            let shared = config.accounts.get(account).filter(|_| !own.accounts.contains_key(account));
            // Of what isn't in config.toml, nothing can be taken out there.
            if shared.is_some() && *settings == AccountSettings::default() {
                return Err(is_shared(&what, catalog, "give the account a name or a colour of your own"));
            }
        }
        self.0.config.replace(self.config_file().put_account(account, settings, unset)?);
        self.catalog_changed();
        Ok(())
    }

    /// Sets the region for the profiles of an account's roles, where the role names none.
    ///
    /// # Errors
    ///
    /// When `config.toml` cannot be written.
    pub fn put_account_region(&self, account: &AccountId, region: Option<Region>) -> Result<(), Problem> {
        let unset: &[AccountField] = if region.is_some() { &[] } else { &[AccountField::Region] };
        self.put_account(account, &AccountSettings { region, ..AccountSettings::default() }, unset)
    }

    /// Says of each role what its account is called. A sign-in's own list comes before what was learned elsewhere.
    pub(super) fn label(&self, roles: &mut [RoleView]) {
        let mut found: HashMap<AccountId, String> = HashMap::new();
        for role in roles.iter() {
            if let Some(name) = &role.account_name
                && !found.contains_key(&role.account)
            {
                found.insert(role.account.clone(), name.clone());
            }
        }
        let config = self.0.config.best().0;
        let called = self.0.accounts.now();
        let mut labels: HashMap<AccountId, AccountLabel> = HashMap::new();
        for role in roles {
            let label = match labels.get(&role.account) {
                Some(label) => label.clone(),
                None => {
                    let label = called.label(&role.account);
                    let is_written = config.accounts.get(&role.account).is_some_and(|account| account.name.is_some());
                    let found = found.remove(&role.account).filter(|_| !is_written);
                    let label = AccountLabel { name: found.or(label.name), ..label };
                    labels.insert(role.account.clone(), label.clone());
                    label
                }
            };
            role.put_label(label);
        }
    }
}
