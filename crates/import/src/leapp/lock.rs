//! Opens Leapp's workspace file: what crypto-js makes of `AES.encrypt(text, passphrase)`, which is the format of
//! `openssl enc -aes-256-cbc -md md5 -base64`.

use aes::Aes256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// What such a file begins with.
const SALTED: &[u8] = b"Salted__";

/// Why a workspace file can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unopened {
    /// It isn't in this format.
    NotSealed,
    /// It was made with another passphrase, or is broken.
    OtherPassphrase,
}

/// What is in a workspace file.
pub(super) fn open(text: &str, passphrase: &str) -> Result<Zeroizing<String>, Unopened> {
    let compact: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_| Unopened::NotSealed)?;
    let rest = bytes.strip_prefix(SALTED).ok_or(Unopened::NotSealed)?;
    let (salt, sealed) = rest.split_at_checked(8).ok_or(Unopened::NotSealed)?;
    let derived = key_and_iv(passphrase.as_bytes(), salt);
    let (key, iv) = derived.split_at(32);
    let cipher = Decryptor::<Aes256>::new_from_slices(key, iv).map_err(|_| Unopened::NotSealed)?;
    let mut opened = Zeroizing::new(sealed.to_vec());
    let opened = cipher.decrypt_padded::<Pkcs7>(&mut opened).map_err(|_| Unopened::OtherPassphrase)?;
    let text = str::from_utf8(opened).map_err(|_| Unopened::OtherPassphrase)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round: 32 bytes of key, and 16 of the initialization vector.
fn key_and_iv(passphrase: &[u8], salt: &[u8]) -> Zeroizing<[u8; 48]> {
    let mut derived = Zeroizing::new([0; 48]);
    let mut before: Zeroizing<Vec<u8>> = Zeroizing::default();
    for part in derived.chunks_exact_mut(16) {
        let hash = Md5::new().chain_update(&*before).chain_update(passphrase).chain_update(salt).finalize();
        part.copy_from_slice(&hash);
        *before = part.to_vec();
    }
    derived
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Made once with `crypto-js` 4.2.0 of npm: `CryptoJS.AES.encrypt('{"a":1}', 'abc').toString()`.
    const OF_CRYPTO_JS: &str = "U2FsdGVkX1/SzkedpWZPAn0hLQ0NkpDBInkLlf6jFjk=";

    #[test]
    fn what_crypto_js_sealed_is_opened() {
        assert_eq!(open(OF_CRYPTO_JS, "abc").unwrap().as_str(), r#"{"a":1}"#);
        assert_eq!(open(&format!(" {}\n{}\n", &OF_CRYPTO_JS[..20], &OF_CRYPTO_JS[20..]), "abc").unwrap().len(), 7);
    }

    #[test]
    fn anything_else_is_not() {
        assert_eq!(open(OF_CRYPTO_JS, "abd"), Err(Unopened::OtherPassphrase));
        assert_eq!(open(r#"{"a":1}"#, "abc"), Err(Unopened::NotSealed));
        assert_eq!(open("", "abc"), Err(Unopened::NotSealed));
        assert_eq!(open(&STANDARD.encode("Salted__salt"), "abc"), Err(Unopened::NotSealed));
        assert_eq!(open(&STANDARD.encode("Salted__saltsalt"), "abc"), Err(Unopened::OtherPassphrase));
        assert_eq!(open(&STANDARD.encode("Salted__saltsaltnot a block"), "abc"), Err(Unopened::OtherPassphrase));
    }
}
