//! The key that signs ID tokens. It uses RS256, which every OpenID client has to support (Core, section 15.1).

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::core::CoreJsonWebKeySet;
use rand::rngs::OsRng;
use rsa::{Pkcs1v15Sign, RsaPrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::error::OauthError;
use crate::SandboxError;

const BITS: usize = 2_048;

/// A new key for each start of the sandbox, as private and public key.
pub(crate) struct Signer {
    key: RsaPrivateKey,
    kid: String,
    jwks: Value,
    keys: CoreJsonWebKeySet,
}

impl Signer {
    /// Computes for a moment, so don't call it on a thread that serves requests.
    pub(super) fn generate() -> Result<Self, SandboxError> {
        let failed = |why: String| SandboxError::SigningKey(why);
        let key = RsaPrivateKey::new(&mut OsRng, BITS).map_err(|e| failed(e.to_string()))?;
        let n = URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        let e = URL_SAFE_NO_PAD.encode(key.e().to_bytes_be());
        let kid = URL_SAFE_NO_PAD.encode(&Sha256::digest(&n)[..12]);
        let jwks = json!({ "keys": [
            { "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": e }
        ]});
        let keys = serde_json::from_value(jwks.clone()).map_err(|e| failed(e.to_string()))?;
        Ok(Self { key, kid, jwks, keys })
    }

    pub(super) fn jwks(&self) -> &Value {
        &self.jwks
    }

    pub(super) fn keys(&self) -> &CoreJsonWebKeySet {
        &self.keys
    }

    /// A compact JWS (RFC 7515) over the claims.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, OauthError> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.kid });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = self
            .sign_bytes(signed.as_bytes())
            .ok_or_else(|| OauthError::new("server_error", "The sandbox could not sign the ID token."))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over the bytes (RFC 8017, section 8.2).
    pub(crate) fn sign_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        self.key.sign_with_rng(&mut OsRng, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(bytes)).ok()
    }

    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let digest = Sha256::digest(bytes);
        self.key.to_public_key().verify(Pkcs1v15Sign::new::<Sha256>(), &digest, signature).is_ok()
    }

    /// Modulus and exponent, big-endian.
    pub(crate) fn public_numbers(&self) -> (Vec<u8>, Vec<u8>) {
        (self.key.n().to_bytes_be(), self.key.e().to_bytes_be())
    }

    /// The session in one of our ID tokens, even if the token has expired.
    pub(super) fn sid_of(&self, id_token: &str) -> Option<String> {
        let (signed, signature) = id_token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.has_signed(signed.as_bytes(), &signature) {
            return None;
        }
        let (_, claims) = signed.split_once('.')?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        claims["sid"].as_str().map(str::to_owned)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("kid", &self.kid).finish_non_exhaustive()
    }
}
