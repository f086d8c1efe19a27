//! A consumer's token, and what Daypass stores to recognise it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// 256 bits that can't be guessed, in 43 characters that stand for themselves in a header, a shell and a file.
#[derive(Clone)]
pub struct Token(SecretString);

/// How long a token's text is.
const LENGTH: usize = 43;

impl Token {
    /// A new one.
    #[must_use]
    #[allow(clippy::new_without_default)] // Each is another.
    pub fn new() -> Self {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        rand::rngs::OsRng.fill_bytes(&mut *bytes);
        Self(SecretString::from(URL_SAFE_NO_PAD.encode(*bytes)))
    }

    /// Whether a text could be a token. What isn't must not be overwritten with one.
    pub(crate) fn is_one(text: &[u8]) -> bool {
        text.len() == LENGTH && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    }

    /// The text, for the programs that are meant to have it.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// What tells whether a text is this token.
    #[must_use]
    pub(crate) fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.expose_secret().as_bytes())
    }
}

/// The SHA-256 of a token. A token has 256 random bits, so its digest tells nothing of it.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Compares them in constant time.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl From<TokenDigest> for String {
    fn from(digest: TokenDigest) -> Self {
        hex::encode(digest.0)
    }
}

impl TryFrom<String> for TokenDigest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut digest = [0; 32];
        hex::decode_to_slice(text, &mut digest).map_err(|error| error.to_string())?;
        Ok(Self(digest))
    }
}
