//! The key as one item in the keyring of the OS.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::store::KeyStore;
use super::vault_key::{Key, parse_stored};
use crate::error::VaultError;

/// How long the keyring may take. The person may have to type a password to unlock it.
const PATIENCE: Duration = Duration::from_secs(120);

/// An item of the keyring. Its secret is the key's text (74 bytes; Windows allows 2,560).
pub(super) struct KeyringItem {
    service: String,
    account: String,
    patience: Duration,
}

impl KeyringItem {
    pub(super) fn new(service: String, account: String) -> Self {
        KeyringItem { service, account, patience: PATIENCE }
    }

    /// Runs `work` with service and account on a thread of its own.
    ///
    /// A keyring may wait for the person forever, and zbus, when built for tokio, must not block a thread of the
    /// runtime. A new thread solves both, and costs about 50 µs.
    fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&str, &str) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let (service, account) = (self.service.clone(), self.account.clone());
        let (answer, answered) = mpsc::channel();
        thread::Builder::new()
            .name("keyring".into())
            .spawn(move || {
                // Fails if the caller gave up waiting.
                let _ = answer.send(work(&service, &account));
            })
            .map_err(|err| VaultError::KeyringFailed { reason: err.to_string() })?;
        match answered.recv_timeout(self.patience) {
            Ok(outcome) => outcome,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                Err(VaultError::KeyringUnanswered { seconds: self.patience.as_secs() })
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                Err(VaultError::KeyringFailed { reason: "its client ended without an answer".into() })
            }
        }
    }
}

impl KeyStore for KeyringItem {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        let secret = self.ask(|service, account| {
            #[cfg(target_os = "linux")]
            if let Some(secret) = secret_service_quickly(service, account) {
                return Ok(Some(secret));
            }
            match entry(service, account)?.get_secret() {
                Ok(secret) => Ok(Some(Zeroizing::new(secret))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(err) => Err(vault_error(err)),
            }
        })?;
        secret.map(|secret| parse_stored(&secret, || self.describe())).transpose()
    }

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        match self.fetch()? {
            Some(there) => Ok(there),
            None => self.install(key),
        }
    }

    fn install(&self, key: &Key) -> Result<Key, VaultError> {
        let text = key.expose();
        self.ask(move |service, account| {
            entry(service, account)?.set_secret(text.expose_secret().as_bytes()).map_err(vault_error)
        })?;
        // Read it back, to notice a keyring that forgets at once before anything is sealed.
        self.fetch()?.ok_or_else(|| VaultError::KeyringFailed {
            reason: "it accepted the vault's key and didn't store it".into(),
        })
    }

    fn remove(&self) -> Result<(), VaultError> {
        self.ask(|service, account| match entry(service, account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(err) => Err(vault_error(err)),
        })
    }

    fn probe(&self) -> Result<(), VaultError> {
        if self.fetch()?.is_none() {
            #[cfg(target_os = "linux")]
            self.ask(|_, _| has_room_for_new_items())?;
        }
        Ok(())
    }

    fn describe(&self) -> String {
        format!("the keyring item {:?} of account {:?}", self.service, self.account)
    }
}

/// The item, over a new connection.
///
/// `keyring::Entry::new` connects once per process and keeps the result, even a failure. A desktop app that starts
/// before the keyring, or outlives it, would never find it again.
#[cfg(target_os = "linux")]
fn entry(service: &str, account: &str) -> Result<keyring::Entry, VaultError> {
    use keyring_core::api::CredentialStoreApi as _;

    let store = zbus_secret_service_keyring_store::Store::new().map_err(|err| not_reached(&err.to_string()))?;
    let label = std::collections::HashMap::from([("label", "Daypass: key of the vault")]);
    let inner = store.build(service, account, Some(&label)).map_err(vault_error)?;
    Ok(keyring::Entry { inner })
}

/// Why a connection or session isn't available.
#[cfg(target_os = "linux")]
fn not_reached(text: &str) -> VaultError {
    // The D-Bus specification's names for: there is no Secret Service, and none could be started.
    let no_service = ["ServiceUnknown", "NameHasNoOwner", "Error.Spawn"].iter().any(|name| text.contains(name));
    let what = if no_service { "no Secret Service on the D-Bus session" } else { "no D-Bus session" };
    VaultError::KeyringAbsent { reason: format!("{what}: {text}") }
}

#[cfg(not(target_os = "linux"))]
fn entry(service: &str, account: &str) -> Result<keyring::Entry, VaultError> {
    keyring::Entry::new(service, account).map_err(vault_error)
}

/// The secret of the only matching item, if it is unlocked, read in a session without encryption. `None` in every other
/// case, which is left to the keyring crate.
///
/// The crate's Diffie-Hellman exchange takes about 10 ms at every start without an agent; this takes 3 ms altogether.
/// The exchange would hide the secret only from programs that watch the same user's bus, and the Secret Service gives
/// the item to any of those that ask. If the bus is not a local socket, we make the exchange.
#[cfg(target_os = "linux")]
fn secret_service_quickly(service: &str, account: &str) -> Option<Zeroizing<Vec<u8>>> {
    use secret_service::{EncryptionType, blocking::SecretService};

    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS");
    if !bus.as_deref().map_or(true, |address| address.starts_with("unix:")) {
        return None;
    }
    let keyring = SecretService::connect(EncryptionType::Plain).ok()?;
    let attributes = std::collections::HashMap::from([("service", service), ("username", account)]);
    let found = keyring.search_items(attributes).ok()?;
    match (&found.unlocked[..], &found.locked[..]) {
        ([item], []) => item.get_secret().ok().map(Zeroizing::new),
        _ => None,
    }
}

/// Whether a new item could be stored. A server with a Secret Service often has no collection, or only a locked one.
#[cfg(target_os = "linux")]
fn has_room_for_new_items() -> Result<(), VaultError> {
    use secret_service::{EncryptionType, Error, blocking::SecretService};

    let explained = |err: Error| match err {
        Error::NoResult | Error::Locked | Error::Prompt => no_access(Box::new(err)),
        err => platform_failure(Box::new(err)),
    };
    let keyring = SecretService::connect(EncryptionType::Plain).map_err(|err| not_reached(&err.to_string()))?;
    let collection = keyring.get_default_collection().map_err(explained)?;
    if collection.is_locked().map_err(explained)? {
        return Err(no_access(Box::new(Error::Locked)));
    }
    Ok(())
}

fn vault_error(err: keyring::Error) -> VaultError {
    match err {
        keyring::Error::NoStorageAccess(source) => no_access(source),
        keyring::Error::PlatformFailure(source) => platform_failure(source),
        keyring::Error::NoDefaultStore => VaultError::KeyringAbsent {
            reason: match keyring::Entry::store_status() {
                Err(err) => err.to_string(),
                Ok(()) => "Daypass doesn't know a keyring for this platform".into(),
            },
        },
        keyring::Error::Ambiguous(items) => VaultError::KeyringFailed {
            reason: format!("it has {} items for the vault's key, and only one is in use", items.len()),
        },
        // These two contain the secret's bytes. Their messages don't, and neither may ours.
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            VaultError::KeyringFailed { reason: "the item of the vault's key is malformed".into() }
        }
        other => VaultError::KeyringFailed { reason: other.to_string() },
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(target_os = "linux")]
fn no_access(source: BoxError) -> VaultError {
    match source.downcast_ref() {
        Some(secret_service::Error::NoResult) => {
            VaultError::KeyringAbsent { reason: "the Secret Service doesn't have a default collection".into() }
        }
        Some(secret_service::Error::Prompt) => {
            VaultError::KeyringLocked { reason: "its prompt was dismissed, or can't be shown without a display".into() }
        }
        _ => VaultError::KeyringLocked { reason: source.to_string() },
    }
}

#[cfg(target_os = "linux")]
fn platform_failure(source: BoxError) -> VaultError {
    let reason = source.to_string();
    // The error's name in the Secret Service specification.
    if reason.contains("org.freedesktop.Secret.Error.IsLocked") {
        VaultError::KeyringLocked { reason }
    } else {
        VaultError::KeyringFailed { reason }
    }
}

#[cfg(not(target_os = "linux"))]
fn no_access(source: BoxError) -> VaultError {
    VaultError::KeyringLocked { reason: source.to_string() }
}

#[cfg(target_os = "macos")]
fn platform_failure(source: BoxError) -> VaultError {
    let reason = source.to_string();
    match source.downcast_ref::<security_framework::base::Error>().map(|error| error.code()) {
        Some(code) if is_refusal_of_macos(code) => VaultError::KeyringLocked { reason },
        _ => VaultError::KeyringFailed { reason },
    }
}

#[cfg(windows)]
fn platform_failure(source: BoxError) -> VaultError {
    VaultError::KeyringFailed { reason: source.to_string() }
}

/// Whether macOS asked the person and they refused, or it couldn't ask: `errSecUserCanceled`, `errSecAuthFailed`,
/// `errSecInteractionNotAllowed`, `errSecInteractionRequired`. It asks for each program and after each update, because
/// the item belongs to the program that made it.
#[cfg(any(test, target_os = "macos"))]
fn is_refusal_of_macos(code: i32) -> bool {
    matches!(code, -128 | -25_293 | -25_308 | -25_315)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::thread;
    use std::time::{Duration, Instant};

    use super::{KeyringItem, is_refusal_of_macos, vault_error};

    #[test]
    fn a_keyring_that_never_answers_is_an_error() {
        let mut item = KeyringItem::new("Daypass test".into(), "nobody".into());
        item.patience = Duration::from_millis(20);
        let started = Instant::now();
        let err = item
            .ask(|_, _| {
                thread::sleep(Duration::from_secs(5));
                Ok(())
            })
            .unwrap_err();
        assert_eq!(err.code(), "keyring-unanswered");
        assert!(started.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_client_that_panics_is_an_error() {
        let item = KeyringItem::new("Daypass test".into(), "nobody".into());
        let err = item.ask::<()>(|_, _| panic!("of the test")).unwrap_err();
        assert_eq!(err.code(), "keyring-failed");
    }

    #[test]
    fn a_prompt_that_the_person_cancels_is_a_locked_keyring_and_no_failure() {
        assert!([-128, -25_293, -25_308].into_iter().all(is_refusal_of_macos));
        // errSecItemNotFound, errSecDuplicateItem.
        assert!(![-25_300, -25_299, 0].into_iter().any(is_refusal_of_macos));
    }

    #[test]
    fn a_malformed_item_is_an_error_without_its_content() {
        let content = b"PLANTED".to_vec();
        let malformed = Box::new(std::io::Error::other("no UTF-8"));
        for err in [keyring::Error::BadEncoding(content.clone()), keyring::Error::BadDataFormat(content, malformed)] {
            let err = vault_error(err);
            let shown = format!("{err} {err:?}");
            assert!(!shown.contains("PLANTED") && !shown.contains("80, 76, 65"), "{shown}");
        }
    }
}
