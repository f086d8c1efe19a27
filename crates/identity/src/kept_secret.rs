//! The secrets that the person gave for identities, as an export carries them.

use daypass_core::names::IdentityName;
use daypass_vault::Entries;
use secrecy::{ExposeSecret, SecretString};

use crate::context::{SECRETS, destination_entry, secret_entry};

/// A secret that the person gave once, such as an access key or a client secret.
#[derive(Debug, Clone)]
pub struct KeptSecret {
    /// Whose it is.
    pub identity: IdentityName,
    /// The name of its field.
    pub field: String,
    /// The secret.
    pub secret: SecretString,
    /// The destination that it was given for.
    pub sent_to: Option<String>,
}

impl KeptSecret {
    /// All of them.
    #[must_use]
    pub fn all(entries: &Entries) -> Vec<Self> {
        let named = |name: &str| {
            let (identity, field) = name.strip_prefix(SECRETS)?.split_once('/')?;
            let identity: IdentityName = identity.parse().ok()?;
            let sent_to = entries.get(&destination_entry(&identity, field));
            Some(Self {
                field: field.to_owned(),
                secret: entries.get(name)?.clone(),
                sent_to: sent_to.map(|to| to.expose_secret().to_owned()),
                identity,
            })
        };
        entries.names_under(SECRETS).filter_map(named).collect()
    }

    /// Whether the vault has the same one for the same destination. `None` if it has none.
    #[must_use]
    pub fn is_in(&self, entries: &Entries) -> Option<bool> {
        let known = entries.get(&secret_entry(&self.identity, &self.field))?;
        let sent_to = entries.get(&destination_entry(&self.identity, &self.field)).map(ExposeSecret::expose_secret);
        Some(known.expose_secret() == self.secret.expose_secret() && sent_to == self.sent_to.as_deref())
    }

    /// Stores it in the vault, replacing the current one.
    pub fn put(&self, entries: &mut Entries) {
        let destination = destination_entry(&self.identity, &self.field);
        entries.set(secret_entry(&self.identity, &self.field), self.secret.clone());
        match &self.sent_to {
            Some(to) => entries.set(destination, to.clone()),
            None => drop(entries.remove(&destination)),
        }
    }
}
