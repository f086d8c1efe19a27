//! Plans a restore: what's new here, what already exists, and what differs.

use daypass_core::names::{AccountId, CatalogName, IdentityName};
use daypass_core::settings::Config;
use daypass_identity::KeptSecret;
use daypass_vault::Entries;
use serde::Serialize;

use super::vault_key::VAULT_KEY;
use crate::config::settings;

/// How a part of an export compares with what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It isn't here, so it is added.
    New,
    /// It's the same here.
    Same,
    /// Something else is here, which stays unless the person wants it replaced.
    Differs,
    /// It belongs to the machine that the export is from.
    LeftOut,
}

/// One part of an export.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedPart {
    /// What it is: an identity, a role, an account, a shared catalog, a setting or a secret.
    pub what: &'static str,
    /// Its name.
    pub name: String,
    /// How it compares with what is here.
    pub standing: Standing,
    #[serde(skip)]
    pub(super) target: Target,
}

/// What a part is.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Identity(IdentityName),
    Role(IdentityName, daypass_core::names::Target),
    Account(AccountId),
    Catalog(CatalogName),
    Setting(&'static str),
    /// By its place in the export.
    Secret(usize),
}

/// What comes of an export.
#[derive(Debug, Clone, Serialize)]
pub struct RestorePlan {
    /// Every part, in the order of the file.
    pub items: Vec<PlannedPart>,
}

impl RestorePlan {
    /// Whether restoring changes something.
    #[must_use]
    pub fn changes(&self, replace: bool) -> bool {
        self.items.iter().any(|item| item.is_taken(replace))
    }

    /// Compares the parts with what is here.
    pub(super) fn compare(theirs: &Config, secrets: &[KeptSecret], here: &Config, vault: Option<&Entries>) -> Self {
        let mut items = Vec::new();
        let mut add = |what, name: String, standing, target| items.push(PlannedPart { what, name, standing, target });
        for (name, settings) in &theirs.identities {
            let standing = standing(here.identities.get(name).map(|known| known == settings));
            add("identity", format!("{name} ({})", settings.kind()), standing, Target::Identity(name.clone()));
        }
        for role in &theirs.roles {
            let known = here.roles.iter().find(|known| known.arn == role.arn && known.identity == role.identity);
            let target = Target::Role(role.identity.clone(), role.arn.clone());
            add(
                "role",
                format!("{} of {}", role.arn, role.identity),
                standing(known.map(|known| known == role)),
                target,
            );
        }
        for (account, settings) in &theirs.accounts {
            let standing = standing(here.accounts.get(account).map(|known| known == settings));
            add("account", account.to_string(), standing, Target::Account(account.clone()));
        }
        for (name, settings) in &theirs.catalogs {
            let standing = standing(here.catalogs.get(name).map(|known| known == settings));
            add("catalog", format!("{name} ({})", settings.from), standing, Target::Catalog(name.clone()));
        }
        let usual = Config::default();
        for setting in settings() {
            let [theirs, here, usual] = [theirs, here, &usual].map(|config| setting.value(config));
            if theirs != usual {
                let known = (here != usual).then(|| here == theirs);
                let standing = if setting.name == VAULT_KEY { Standing::LeftOut } else { standing(known) };
                add("setting", setting.name.to_owned(), standing, Target::Setting(setting.name));
            }
        }
        for (at, secret) in secrets.iter().enumerate() {
            let known = vault.and_then(|entries| secret.is_in(entries));
            add("secret", format!("{} of {}", secret.field, secret.identity), standing(known), Target::Secret(at));
        }
        Self { items }
    }

    /// A secret follows its identity: where another identity has that name here and stays, it would get a secret that
    /// was given for something else.
    pub(super) fn settle(&mut self, secrets: &[KeptSecret], replace: bool) {
        if replace {
            return;
        }
        let differ: Vec<IdentityName> = self.items.iter().filter_map(PlannedPart::identity_that_differs).collect();
        for item in &mut self.items {
            if let Target::Secret(at) = item.target
                && secrets.get(at).is_some_and(|secret| differ.contains(&secret.identity))
                && item.standing == Standing::New
            {
                item.standing = Standing::Differs;
            }
        }
    }
}

impl PlannedPart {
    /// Whether it is written here.
    #[must_use]
    pub fn is_taken(&self, replace: bool) -> bool {
        match self.standing {
            Standing::New => true,
            Standing::Differs => replace,
            Standing::Same | Standing::LeftOut => false,
        }
    }

    pub(super) fn is_secret(&self) -> bool {
        matches!(self.target, Target::Secret(_))
    }

    fn identity_that_differs(&self) -> Option<IdentityName> {
        match (&self.target, self.standing) {
            (Target::Identity(name), Standing::Differs) => Some(name.clone()),
            _ => None,
        }
    }
}

/// `known`: whether what is here is the same, if there is something.
fn standing(known: Option<bool>) -> Standing {
    match known {
        None => Standing::New,
        Some(true) => Standing::Same,
        Some(false) => Standing::Differs,
    }
}
