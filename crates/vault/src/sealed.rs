//! The file's format: entries to sealed bytes and back. No I/O.
//!
//! Besides age's own X25519 stanza the header carries one more, `-> daypass-key FINGERPRINT`, which names the key
//! that the file is sealed to. Programs that read age files skip stanzas they don't know, so `age -d` still opens the
//! file. It tells a wrong key from a damaged file: to age alone, a stanza with a flipped bit and a stanza for another
//! key look the same.

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;

use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use age_core::format::{FileKey, Stanza};
use secrecy::{ExposeSecret as _, SecretString};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::entries::Entries;
use crate::key::Key;

/// The version of the plaintext that this program reads and writes. It goes up with every change that an older program
/// would lose or misread, such as a new field.
pub(crate) const VERSION: u64 = 1;

const KEY_STANZA: &str = "daypass-key";

/// Why sealed bytes did not open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Sealed to another key, and whole as far as we can see.
    OtherKey,
    /// Cut short, changed, or never a vault. The text says what is wrong.
    Damaged(&'static str),
    /// Written by a newer Daypass, in this version of the format.
    Newer(u64),
}

/// Seals the entries to the keys, each of which opens them. The same entries never give the same bytes twice, because
/// each file has a new file key and nonce.
pub(crate) fn seal(entries: &Entries, keys: &[&Key]) -> io::Result<Vec<u8>> {
    let plaintext = plaintext(entries)?;
    let recipients: Vec<NamedRecipient<'_>> = keys.iter().map(|key| NamedRecipient(key)).collect();
    let encryptor = Encryptor::with_recipients(recipients.iter().map(|recipient| recipient as &dyn age::Recipient))
        .map_err(io::Error::other)?;
    let mut sealed = Vec::with_capacity(plaintext.len() + plaintext.len() / 1024 + 512);
    let mut writer = encryptor.wrap_output(&mut sealed)?;
    writer.write_all(&plaintext)?;
    writer.finish()?;
    Ok(sealed)
}

/// Opens what [`seal`] made.
pub(crate) fn open(sealed: &[u8], key: &Key) -> Result<Entries, OpenError> {
    let identity = NamedIdentity { key, names_this_key: Cell::new(false) };
    let mut reader =
        whole_header(sealed)?.decrypt(std::iter::once(&identity as &dyn age::Identity)).map_err(|err| match err {
            DecryptError::NoMatchingKeys if !identity.names_this_key.get() => OpenError::OtherKey,
            _ => OpenError::Damaged("its header was changed"),
        })?;

    // As large as the sealed bytes, because growing would leave copies of secrets in freed memory.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plaintext).map_err(|_| OpenError::Damaged("its content was changed or cut short"))?;
    entries(&plaintext)
}

/// Whether the bytes begin like an age file. Needs no key.
pub(crate) fn check_header(sealed: &[u8]) -> Result<(), OpenError> {
    whole_header(sealed).map(drop)
}

fn whole_header(sealed: &[u8]) -> Result<Decryptor<&[u8]>, OpenError> {
    Decryptor::new_buffered(sealed).map_err(|_| {
        OpenError::Damaged(match sealed {
            [] => "it's empty",
            _ if sealed.starts_with(b"age-encryption.org/") => "its header was changed or cut short",
            _ => "it isn't an age file",
        })
    })
}

/// JSON in a buffer of exactly its size, because growing would leave copies of secrets in freed memory.
fn plaintext(entries: &Entries) -> io::Result<Zeroizing<Vec<u8>>> {
    let document = Document { version: VERSION, entries: &entries.0 };
    let mut size = ByteCount(0);
    serde_json::to_writer(&mut size, &document)?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(size.0));
    serde_json::to_writer(&mut *plaintext, &document)?;
    Ok(plaintext)
}

fn entries(plaintext: &[u8]) -> Result<Entries, OpenError> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Document {
        #[serde(rename = "version")]
        _version: u64,
        entries: BTreeMap<String, SecretString>,
    }
    const FOREIGN: OpenError = OpenError::Damaged("it was sealed with this key, but doesn't contain a vault");

    // The version first: this program cannot judge what else a newer file contains.
    let Version { version } = serde_json::from_slice(plaintext).map_err(|_| FOREIGN)?;
    if version > VERSION {
        return Err(OpenError::Newer(version));
    }
    // serde_json's error may quote the input, so we drop it.
    let document: Document = serde_json::from_slice(plaintext).map_err(|_| FOREIGN)?;
    Ok(Entries(document.entries.into_iter().map(|(name, secret)| (name.into(), Arc::new(secret))).collect()))
}

#[derive(Serialize)]
struct Document<'a> {
    version: u64,
    #[serde(serialize_with = "exposed")]
    entries: &'a BTreeMap<Arc<str>, Arc<SecretString>>,
}

fn exposed<S: Serializer>(entries: &BTreeMap<Arc<str>, Arc<SecretString>>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (name, secret) in entries {
        map.serialize_entry(name.as_ref(), secret.expose_secret())?;
    }
    map.end()
}

/// age's X25519 recipient, and the stanza that names the key.
struct NamedRecipient<'a>(&'a Key);

impl age::Recipient for NamedRecipient<'_> {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let (mut stanzas, labels) = self.0.identity().to_public().wrap_file_key(file_key)?;
        stanzas.push(Stanza {
            tag: KEY_STANZA.to_owned(),
            args: vec![self.0.fingerprint().to_owned()],
            body: Vec::new(),
        });
        Ok((stanzas, labels))
    }
}

/// age's X25519 identity, which also notes whether the header names this key.
struct NamedIdentity<'a> {
    key: &'a Key,
    names_this_key: Cell<bool>,
}

impl age::Identity for NamedIdentity<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        if stanza.tag == KEY_STANZA && stanza.args == [self.key.fingerprint()] {
            self.names_this_key.set(true);
        }
        self.key.identity().unwrap_stanza(stanza)
    }
}

struct ByteCount(usize);

impl io::Write for ByteCount {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "sealed/tests.rs"]
mod tests;
