//! The signature of an ID token: the six algorithms that AWS STS accepts, with any matching key of the provider.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJsonWebKeyType, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm};
use p521::ecdsa::signature::Verifier;
use serde_json::Value;

/// RFC 7518, 3.3: a shorter RSA key must not be used.
pub(super) const LEAST_RSA_BITS: usize = 2048;

/// A coordinate of P-521 (RFC 7518, 6.2.1.2).
const P521_BYTES: usize = 66;

/// How a token is signed, as far as its header tells.
#[derive(Debug)]
pub(super) enum Signing {
    /// In one of the ways that STS takes
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).
    Known(CoreJwsSigningAlgorithm),
    /// With a private key, in a way that STS refuses.
    NotForSts,
    /// Not at all.
    Unsigned,
    /// In a way that proves nothing, or that is not known. HS256 is here: its key is a client secret, which a public
    /// client doesn't have.
    Worthless,
}

/// What STS takes, in the words of JWS.
pub(super) const STS_TAKES: &str = "RS256, RS384, RS512, ES256, ES384 and ES512";

/// Reads `alg` of a token's header (RFC 7518, 3.1).
pub(super) fn signing(alg: &str) -> Signing {
    match alg {
        "RS256" => Signing::Known(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256),
        "RS384" => Signing::Known(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384),
        "RS512" => Signing::Known(CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512),
        "ES256" => Signing::Known(CoreJwsSigningAlgorithm::EcdsaP256Sha256),
        "ES384" => Signing::Known(CoreJwsSigningAlgorithm::EcdsaP384Sha384),
        "ES512" => Signing::Known(CoreJwsSigningAlgorithm::EcdsaP521Sha512),
        "PS256" | "PS384" | "PS512" | "EdDSA" | "Ed25519" | "Ed448" | "ES256K" => Signing::NotForSts,
        "none" => Signing::Unsigned,
        _ => Signing::Worthless,
    }
}

/// What a signature proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proven {
    /// One of the keys made it.
    Yes,
    /// None of the keys that fit made it.
    No,
    /// No key fits.
    NoKey,
    /// Only RSA keys fit that are too short to prove anything.
    WeakKey,
}

/// Whether one of the provider's keys made the signature. All keys that fit are tried: some providers list one key
/// twice, or name two keys alike, and a token needn't name its key.
pub(super) fn prove(
    keys: &CoreJsonWebKeySet,
    kid: Option<&str>,
    algorithm: &CoreJwsSigningAlgorithm,
    signed: &[u8],
    signature: &[u8],
) -> Proven {
    let is_named = |key: &&CoreJsonWebKey| kid.is_none_or(|kid| key.key_id().is_some_and(|id| id.as_str() == kid));
    let (weak, strong): (Vec<&CoreJsonWebKey>, Vec<&CoreJsonWebKey>) =
        keys.keys().iter().filter(is_named).filter(|key| fits(key, algorithm)).partition(|key| is_weak(key));
    match (strong.is_empty(), weak.is_empty()) {
        (true, true) => Proven::NoKey,
        (true, false) => Proven::WeakKey,
        (false, _) if strong.iter().any(|key| made(key, algorithm, signed, signature)) => Proven::Yes,
        (false, false) => Proven::WeakKey,
        (false, true) => Proven::No,
    }
}

/// Whether a key is for signatures, and for these (RFC 7517, 4.2 and 4.4).
fn fits(key: &CoreJsonWebKey, algorithm: &CoreJwsSigningAlgorithm) -> bool {
    let is_for_it = match key.signing_alg() {
        JsonWebKeyAlgorithm::Unspecified => true,
        JsonWebKeyAlgorithm::Algorithm(only) => only == algorithm,
        JsonWebKeyAlgorithm::Unsupported => false,
    };
    is_for_it
        && key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
        && algorithm.key_type().as_ref() == Some(key.key_type())
}

fn made(key: &CoreJsonWebKey, algorithm: &CoreJwsSigningAlgorithm, signed: &[u8], signature: &[u8]) -> bool {
    match algorithm {
        // openidconnect doesn't know it.
        CoreJwsSigningAlgorithm::EcdsaP521Sha512 => made_with_p521(key, signed, signature).unwrap_or(false),
        _ => key.verify_signature(algorithm, signed, signature).is_ok(),
    }
}

/// `None` if the key isn't on P-521, or the signature isn't one (RFC 7518, 3.4).
fn made_with_p521(key: &CoreJsonWebKey, signed: &[u8], signature: &[u8]) -> Option<bool> {
    let key = as_json(key)?;
    if key.get("crv")?.as_str()? != "P-521" {
        return None;
    }
    let mut point = vec![0x04];
    for name in ["x", "y"] {
        let number = bytes_of(key.get(name)?)?;
        // Some encoders leave out leading zeros.
        point.resize(point.len() + P521_BYTES.checked_sub(number.len())?, 0);
        point.extend(number);
    }
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point).ok()?;
    let signature = p521::ecdsa::Signature::from_slice(signature).ok()?;
    Some(key.verify(signed, &signature).is_ok())
}

fn is_weak(key: &CoreJsonWebKey) -> bool {
    if *key.key_type() != CoreJsonWebKeyType::RSA {
        return false;
    }
    let modulus = as_json(key).and_then(|key| bytes_of(key.get("n")?));
    let bits = modulus.map_or(0, |bytes| {
        let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
    });
    bits < LEAST_RSA_BITS
}

/// The library shows a key's numbers only as JSON.
fn as_json(key: &CoreJsonWebKey) -> Option<Value> {
    serde_json::to_value(key).ok()
}

fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(value.as_str()?.trim_end_matches('=')).ok()
}
