//! The keyring of the operating system, read for what other tools keep in it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;

use crate::machine::{Keyring, KeyringItem};

/// How long the keyring may take to give a secret: the person may have to unlock it first.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it may take to list what it has. The person isn't asked for that.
#[cfg(target_os = "linux")]
const TO_LIST: Duration = Duration::from_secs(5);

/// The keyring of the operating system.
pub struct SystemKeyring;

impl Keyring for SystemKeyring {
    fn get(&self, item: &KeyringItem<'_>) -> Result<Option<SecretString>, String> {
        let owned = |text: &str| text.to_owned();
        let collection = item.collection.map(owned);
        let attributes = item.attributes.iter().map(|(name, value)| (owned(name), owned(value))).collect();
        within(PATIENCE, move || system::get(collection.as_deref(), &attributes))?
    }

    fn names(&self, collection: &str, attribute: &str) -> Vec<String> {
        system::names(collection, attribute)
    }
}

/// Runs work on a thread of its own: the keyring may wait for the person, and zbus must not block one of the runtime's.
fn within<T: Send + 'static>(patience: Duration, work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (answer, answered) = mpsc::channel();
    let started = thread::Builder::new().name("keyring".into()).spawn(move || {
        // Fails if the caller gave up waiting.
        let _ = answer.send(work());
    });
    started.map_err(|error| error.to_string())?;
    answered.recv_timeout(patience).map_err(|_| "the keyring doesn't answer".to_owned())
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::HashMap;

    use secrecy::SecretString;
    use secret_service::EncryptionType;
    use secret_service::blocking::{Collection, SecretService};

    pub(super) fn get(
        collection: Option<&str>,
        attributes: &HashMap<String, String>,
    ) -> Result<Option<SecretString>, String> {
        let service = connect()?;
        let wanted = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let failed = |error: secret_service::Error| format!("the keyring refused: {error}");
        let of_name;
        let items = match collection {
            Some(name) => {
                let Some(found) = named(&service, name) else { return Ok(None) };
                of_name = found;
                of_name.search_items(wanted).map_err(failed)?
            }
            None => {
                let found = service.search_items(wanted).map_err(failed)?;
                found.unlocked.into_iter().chain(found.locked).collect()
            }
        };
        let Some(item) = items.into_iter().next() else { return Ok(None) };
        if item.is_locked().map_err(failed)? {
            item.unlock().map_err(failed)?;
        }
        let secret = item.get_secret().map_err(failed)?;
        String::from_utf8(secret).map(|text| Some(text.into())).map_err(|_| "the keyring's entry isn't text".to_owned())
    }

    pub(super) fn names(collection: &str, attribute: &str) -> Vec<String> {
        let (collection, attribute) = (collection.to_owned(), attribute.to_owned());
        let listed = super::within(super::TO_LIST, move || {
            let service = connect().ok()?;
            let collection = named(&service, &collection)?;
            let items = collection.get_all_items().ok()?;
            let attributes = items.iter().filter_map(|item| item.get_attributes().ok());
            Some(attributes.filter_map(|mut attributes| attributes.remove(&attribute)).collect::<Vec<_>>())
        });
        let mut names = listed.ok().flatten().unwrap_or_default();
        names.sort();
        names
    }

    /// A session without encryption is for programs on this machine only, as in the vault's own.
    fn connect() -> Result<SecretService<'static>, String> {
        let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS");
        if !bus.as_deref().map_or(true, |address| address.starts_with("unix:")) {
            return Err("the D-Bus session isn't on this machine".to_owned());
        }
        SecretService::connect(EncryptionType::Plain).map_err(|error| format!("the keyring didn't answer: {error}"))
    }

    /// The collection whose path ends with the name. Other characters than letters and digits are written as `_xx`
    /// there.
    fn named<'a>(service: &'a SecretService<'a>, name: &str) -> Option<Collection<'a>> {
        let is_named = |collection: &Collection<'_>| {
            let path = collection.collection_path.as_str();
            path.rsplit('/').next().is_some_and(|last| decoded(last) == name)
        };
        service.get_all_collections().ok()?.into_iter().find(is_named)
    }

    fn decoded(text: &str) -> String {
        let mut decoded = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('_') {
            decoded.push_str(before);
            match after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(byte) => {
                    decoded.push(char::from(byte));
                    rest = &after[2..];
                }
                None => {
                    decoded.push('_');
                    rest = after;
                }
            }
        }
        decoded + rest
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn a_collections_path_is_decoded() {
            assert_eq!(super::decoded("awsvault"), "awsvault");
            assert_eq!(super::decoded("aws_2dvault_5fx"), "aws-vault_x");
            assert_eq!(super::decoded("_zz_"), "_zz_");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::collections::HashMap;

    use secrecy::SecretString;

    pub(super) fn get(_: Option<&str>, attributes: &HashMap<String, String>) -> Result<Option<SecretString>, String> {
        let (Some(service), Some(account)) = (attributes.get("service"), attributes.get("account")) else {
            return Ok(None);
        };
        let failed = |error: keyring::Error| format!("the keyring refused: {error}");
        match keyring::Entry::new(service, account).map_err(failed)?.get_password() {
            Ok(text) => Ok(Some(text.into())),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The keyrings of other platforms can't be listed without asking the person for each item.
    pub(super) fn names(_: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}
