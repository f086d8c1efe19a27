//! Unguessable strings in the formats that AWS and OAuth use, and digests to look them up by.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand::{RngCore, rngs::OsRng};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a token. Stores keep this instead of the token, so that the token can't leak and the time of a lookup
/// doesn't depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// 256 random bits, URL-safe, for codes, transactions, access tokens and refresh tokens. It never begins with `-`: the AWS
/// CLI would take it for an option (`--access-token`).
pub(crate) fn token() -> String {
    loop {
        let token = URL_SAFE_NO_PAD.encode(bytes::<32>());
        if !token.starts_with('-') {
            return token;
        }
    }
}

/// An authorization code. Those of AWS and of Microsoft are encrypted tokens of more than a thousand characters, so
/// clients must not assume that the callback's address is short.
pub(crate) fn authorization_code() -> String {
    let parts = [bytes::<48>().as_slice(), &bytes::<12>(), &bytes::<900>(), &bytes::<16>()]
        .map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("eyJ{}", parts.join("."))
}

/// An AWS unique id such as `ASIA` and 16 characters of base32.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub(crate) fn aws_id(prefix: &str) -> String {
    aws_id_from(prefix, &bytes::<16>())
}

/// The same for things that keep their ID across restarts, derived from their name.
pub(crate) fn aws_id_of(prefix: &str, name: &str) -> String {
    aws_id_from(prefix, &Sha256::digest(name)[..16])
}

/// 40 characters, as at AWS.
pub(crate) fn secret_access_key() -> SecretString {
    STANDARD.encode(bytes::<30>()).into()
}

/// Opaque and long, as at AWS, because clients must not assume that a token fits a small buffer.
pub(crate) fn session_token() -> SecretString {
    STANDARD.encode(bytes::<240>()).into()
}

/// A code that a person compares or types. Its two groups of four consonants don't form words and are hard to misread
/// (RFC 8628, section 6.1).
pub(crate) fn user_code() -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    // 240 is a multiple of 20, so every letter is equally likely.
    let mut letters = std::iter::repeat_with(bytes::<16>)
        .flatten()
        .filter(|b| *b < 240)
        .map(|b| char::from(LETTERS[usize::from(b % 20)]));
    let group = letters.by_ref().take(4).collect::<String>();
    format!("{group}-{}", letters.take(4).collect::<String>())
}

/// A version 4 UUID, like AWS request IDs.
pub(crate) fn request_id() -> String {
    let mut b = bytes::<16>();
    b[6] = b[6] & 0x0f | 0x40;
    b[8] = b[8] & 0x3f | 0x80;
    let h = hex::encode(b);
    format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
}

fn aws_id_from(prefix: &str, bytes: &[u8]) -> String {
    const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let tail = bytes.iter().map(|b| char::from(BASE32[usize::from(b & 31)]));
    prefix.chars().chain(tail).collect()
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}
