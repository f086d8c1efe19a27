//! Opens what a passphrase seals in the compact form of JSON Web Encryption (RFC 7516), with the two algorithms that
//! 99designs/keyring uses: `PBES2-HS256+A128KW` (RFC 7518, 4.8) and `A256GCM`.

use std::num::NonZeroU32;

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::pbkdf2;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

const ALGORITHM: &str = "PBES2-HS256+A128KW";
const ENCRYPTION: &str = "A256GCM";
/// More would only keep us busy. Anyone may have written the file.
const MOST_ROUNDS: u32 = 1_000_000;

#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: String,
    p2c: u32,
    p2s: String,
}

/// The text in a sealed file.
///
/// # Errors
///
/// Why it can't be opened, as a sentence without its full stop.
pub(super) fn decrypt(text: &str, passphrase: &SecretString) -> Result<Zeroizing<String>, String> {
    let not_sealed = || "aws-vault didn't write its file".to_owned();
    let parts: Vec<&str> = text.splitn(6, '.').collect();
    let &[header, key, nonce, sealed, tag] = parts.as_slice() else { return Err(not_sealed()) };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| not_sealed());
    let (key, nonce, sealed, tag) = (decode(key)?, decode(nonce)?, decode(sealed)?, decode(tag)?);
    let aad = Aad::from(header.as_bytes());
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| not_sealed())?;
    if header.alg != ALGORITHM || header.enc != ENCRYPTION {
        return Err("Daypass doesn't know how its file is encrypted".to_owned());
    }
    let rounds = NonZeroU32::new(header.p2c).filter(|rounds| rounds.get() <= MOST_ROUNDS).ok_or_else(not_sealed)?;
    let wrong = || "the passphrase doesn't open it".to_owned();
    let salt = [ALGORITHM.as_bytes(), &[0], &decode(&header.p2s)?].concat();
    let mut derived = Zeroizing::new([0; 16]);
    let passphrase = passphrase.expose_secret().as_bytes();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, passphrase, derived.as_mut());
    let key = unwrap(&derived, &key).ok_or_else(wrong)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).map_err(|_| not_sealed())?);
    let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| not_sealed())?;
    let mut opened = Zeroizing::new([sealed, tag].concat());
    let length = key.open_in_place(nonce, aad, &mut opened).map_err(|_| wrong())?.len();
    let text = str::from_utf8(&opened[..length]).map_err(|_| not_sealed())?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Unwraps a key (RFC 3394, 2.2.2). `None` if it isn't wrapped with this one.
fn unwrap(with: &[u8; 16], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const BLOCK: usize = 8;
    /// RFC 3394, 2.2.3.1.
    const CHECK: [u8; BLOCK] = [0xa6; BLOCK];
    /// A key of this length is the longest that we need; more is refused.
    const LONGEST: usize = 72;
    if wrapped.len() < 3 * BLOCK || wrapped.len() > LONGEST || !wrapped.len().is_multiple_of(BLOCK) {
        return None;
    }
    let cipher = Aes128::new_from_slice(with).ok()?;
    let (first, rest) = wrapped.split_at(BLOCK);
    let (mut check, mut key): ([u8; BLOCK], _) = (first.try_into().ok()?, Zeroizing::new(rest.to_vec()));
    let blocks = key.len() / BLOCK;
    for round in (0..6).rev() {
        for at in (0..blocks).rev() {
            let count = u64::try_from(blocks * round + at + 1).ok()?;
            let block = at * BLOCK..(at + 1) * BLOCK;
            let mut both = [0; 2 * BLOCK];
            both[..BLOCK].copy_from_slice(&(u64::from_be_bytes(check) ^ count).to_be_bytes());
            both[BLOCK..].copy_from_slice(key.get(block.clone())?);
            cipher.decrypt_block((&mut both).into());
            check = both[..BLOCK].try_into().ok()?;
            key.get_mut(block)?.copy_from_slice(&both[BLOCK..]);
        }
    }
    (check == CHECK).then_some(key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// RFC 3394, 4.3, but with a key of 128 bits: 4.1 and 4.2's shorter data.
    #[test]
    fn a_key_is_unwrapped_as_in_the_rfc() {
        let with: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let wrapped = hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5");
        assert_eq!(unwrap(&with, &wrapped).unwrap().as_slice(), hex("00112233445566778899aabbccddeeff"));
        let mut other = wrapped;
        other[3] ^= 1;
        assert_eq!(unwrap(&with, &other), None);
        assert_eq!(unwrap(&with, &[]), None);
        assert_eq!(unwrap(&with, &[0; 800]), None);
    }

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes().chunks(2).map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let header = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let many = header(r#"{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":4000000000,"p2s":"AAAA"}"#);
        let other = header(r#"{"alg":"dir","enc":"A256GCM","p2c":1,"p2s":""}"#);
        for text in
            ["", "a.b.c.d.e", "....", "a.b.c.d.e.f", &format!("{many}.AA.AA.AA.AA"), &format!("{other}.AA.AA.AA.AA")]
        {
            assert!(decrypt(text, &"x".into()).is_err(), "{text}");
        }
    }
}
