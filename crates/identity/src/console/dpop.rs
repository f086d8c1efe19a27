//! The key that a sign-in is bound to, and the proofs that Daypass has it (DPoP, RFC 9449).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use crate::context::exposed;

/// ECDSA on P-256 with SHA-256: `ES256`. AWS binds the refresh token to it. It never leaves the vault but in memory.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct DpopKey {
    /// PKCS#8, in base64.
    #[serde(serialize_with = "exposed")]
    pkcs8: SecretString,
}

/// Why a proof isn't available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    /// Nothing else can be wrong with a new key.
    #[error("the system can't provide random numbers")]
    NoRandomness,
    /// What the vault has can't be read as a key.
    #[error("the key of the sign-in is damaged")]
    Damaged,
}

impl DpopKey {
    /// A new one, for one sign-in.
    pub(super) fn generate() -> Result<Self, KeyError> {
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let made = made.map_err(|_| KeyError::NoRandomness)?;
        Ok(Self { pkcs8: BASE64_URL_SAFE_NO_PAD.encode(made.as_ref()).into() })
    }

    /// The proof for one POST to this address at this time (RFC 9449, section 4.2).
    pub(super) fn proof(&self, url: &Url, at: DateTime<Utc>) -> Result<String, KeyError> {
        let random = SystemRandom::new();
        let pair = self.pair(&random)?;
        // Uncompressed: 4, then x and y with 32 bytes each.
        let point = pair.public_key().as_ref();
        let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else { return Err(KeyError::Damaged) };
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|_| KeyError::NoRandomness)?;
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let header = json!({
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": { "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) },
        });
        let claims = json!({ "jti": encode(&id), "htm": "POST", "htu": url.as_str(), "iat": at.timestamp() });
        let text = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = pair.sign(&random, text.as_bytes()).map_err(|_| KeyError::NoRandomness)?;
        Ok(format!("{text}.{}", encode(signature.as_ref())))
    }

    fn pair(&self, random: &SystemRandom) -> Result<EcdsaKeyPair, KeyError> {
        let der = BASE64_URL_SAFE_NO_PAD.decode(self.pkcs8.expose_secret()).map_err(|_| KeyError::Damaged)?;
        let der = Zeroizing::new(der);
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, random).map_err(|_| KeyError::Damaged)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_proof_is_signed_with_the_key_that_it_shows() {
        let key = DpopKey::generate().unwrap();
        let url = "https://eu-central-1.signin.aws.amazon.com/v1/token".parse().unwrap();
        let at = DateTime::from_timestamp(1_795_341_600, 0).unwrap();
        let proof = key.proof(&url, at).unwrap();
        let parts: Vec<&str> = proof.split('.').collect();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let read = |text: &str| serde_json::from_slice::<Value>(&decode(text)).unwrap();
        let (header, claims) = (read(parts[0]), read(parts[1]));
        assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
        assert_eq!((&claims["htm"], &claims["htu"]), (&json!("POST"), &json!(url.as_str())));
        assert_eq!(claims["iat"], json!(at.timestamp()));
        assert!(header["jwk"].get("d").is_none(), "the private key stays here");

        let coordinate = |name: &str| decode(header["jwk"][name].as_str().unwrap());
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        let signed = format!("{}.{}", parts[0], parts[1]);
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        public.verify(signed.as_bytes(), &decode(parts[2])).unwrap();

        let again = key.proof(&url, at).unwrap();
        assert_ne!(read(again.split('.').nth(1).unwrap())["jti"], claims["jti"], "each proof is for one request");
        let kept: DpopKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
        let shown = kept.proof(&url, at).unwrap();
        assert_eq!(read(shown.split('.').next().unwrap())["jwk"], header["jwk"], "the vault keeps the same key");
    }

    #[test]
    fn a_damaged_key_is_told() {
        for text in ["", "AAAA", "not base64!"] {
            let key = DpopKey { pkcs8: text.into() };
            let url = "https://x.example/".parse().unwrap();
            assert_eq!(key.proof(&url, DateTime::UNIX_EPOCH), Err(KeyError::Damaged), "{text:?}");
        }
    }
}
