//! Decides whether an ID token is trusted (OpenID Connect Core, 3.1.3.7 and 12.2).

use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeySet, CoreJsonWebKeyType, CoreJwsSigningAlgorithm,
};
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, JsonWebKey, Nonce, SignatureVerificationError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::error::OidcError;
use daypass_core::text::said;

/// How far apart the provider's clock and this machine's may be.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// RFC 7518, 3.3: a shorter RSA key must not be used.
const LEAST_RSA_BITS: usize = 2048;

/// Signatures with the provider's private key. Neither `none` nor `HS256`, whose key would be a client secret, which a
/// public client doesn't have.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a token is checked against.
#[derive(Clone, Copy)]
pub(super) struct Trust<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) keys: &'a CoreJsonWebKeySet,
    pub(super) now: DateTime<Utc>,
}

/// What ties a token to what came before it.
#[derive(Clone, Copy)]
pub(super) enum Expected<'a> {
    /// A sign-in: the nonce that was sent with it.
    Nonce(&'a Nonce),
    /// A refresh: the person stays the same. A nonce is optional (section 12.2).
    Subject(Option<&'a str>),
}

/// What a trusted token says.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) subject: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) claims: Map<String, Value>,
}

/// Why a token is not trusted, and what could change that.
#[derive(Debug)]
pub(super) struct Disbelief {
    pub(super) error: OidcError,
    pub(super) doubt: Doubt,
}

/// Whether the token may be trusted with other keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// No key changes that.
    None,
    /// The key that it names may have changed.
    StaleKeys,
    /// The key that it names is not listed.
    KeyNotListed,
}

impl Doubt {
    /// Whether newer keys could change it.
    pub(super) fn may_be_stale_keys(self) -> bool {
        match self {
            Self::None => false,
            Self::StaleKeys | Self::KeyNotListed => true,
        }
    }
}

/// Signature, issuer, audience, authorized party, times, and nonce or subject.
pub(super) fn verify(token: &SecretString, trust: Trust<'_>, expected: Expected<'_>) -> Result<Verified, Disbelief> {
    let invalid = |why: &str| Disbelief {
        error: OidcError::InvalidToken { issuer: trust.issuer.to_owned(), why: why.to_owned() },
        doubt: Doubt::None,
    };
    let parsed = CoreIdToken::from_str(token.expose_secret())
        .map_err(|_| invalid("it is not a signed JWT with the claims of an ID token"))?;
    let issuer = IssuerUrl::new(trust.issuer.to_owned()).map_err(|_| invalid("its issuer is not a URL"))?;
    let (now, client_id) = (trust.now, trust.client_id);
    let strong = strong_keys(trust.keys);
    let verifier = CoreIdTokenVerifier::new_public_client(ClientId::new(client_id.to_owned()), issuer, strong.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - LEEWAY)
        .set_issue_time_verifier_fn(move |issued| {
            if issued <= now + LEEWAY {
                return Ok(());
            }
            Err(format!("it was issued at {issued}, the clock here says {now}"))
        })
        // Several audiences are handled below, by the authorized party.
        .set_other_audience_verifier_fn(|_| true);

    let claims = match expected {
        Expected::Nonce(nonce) => parsed.claims(&verifier, nonce),
        Expected::Subject(_) => parsed.claims(&verifier, |_: Option<&Nonce>| Ok(())),
    }
    .map_err(|error| {
        let disbelief = disbelief(trust, &error);
        // Without this, a key that is too short would look like one that is not listed.
        if disbelief.doubt.may_be_stale_keys() && names_weak(token, trust.keys) {
            return invalid(&format!("it is signed with an RSA key of less than {LEAST_RSA_BITS} bits"));
        }
        disbelief
    })?;

    // Steps 4 and 5: a token for several audiences must name us as the authorized party, and a token that names another
    // party is refused.
    match claims.authorized_party() {
        Some(party) if party.as_str() != client_id => {
            return Err(invalid(&format!("its authorized party (azp) is {:?}", shown(party))));
        }
        None if claims.audiences().len() > 1 => {
            return Err(invalid("it is for several audiences and names no authorized party (azp)"));
        }
        _ => {}
    }
    let subject = claims.subject().to_string();
    if subject.trim().is_empty() {
        return Err(invalid("its subject (sub) is empty"));
    }
    if let Expected::Subject(Some(earlier)) = expected
        && subject != earlier
    {
        let error = OidcError::AnotherPerson { issuer: trust.issuer.to_owned() };
        return Err(Disbelief { error, doubt: Doubt::None });
    }
    let expires_at = claims.expiration();
    let claims = all_claims(token).ok_or_else(|| invalid("its claims are not a JSON object"))?;
    // RFC 7519, 4.1.5; openidconnect doesn't check it.
    if let Some(not_before) = claims.get("nbf").filter(|nbf| !nbf.is_null()) {
        let begins = numeric_date(not_before).ok_or_else(|| invalid("its nbf is not a time"))?;
        if begins > now + LEEWAY {
            let why = format!("it begins at {begins}, the clock here says {now}");
            let error = OidcError::WrongTime { issuer: trust.issuer.to_owned(), why };
            return Err(Disbelief { error, doubt: Doubt::None });
        }
    }
    Ok(Verified { subject, expires_at, claims })
}

fn disbelief(trust: Trust<'_>, error: &ClaimsVerificationError) -> Disbelief {
    use SignatureVerificationError as Signature;
    let issuer = trust.issuer.to_owned();
    let invalid = |why: String| OidcError::InvalidToken { issuer: issuer.clone(), why };
    let (error, doubt) = match error {
        ClaimsVerificationError::InvalidNonce(_) => (OidcError::WrongNonce { issuer: issuer.clone() }, Doubt::None),
        ClaimsVerificationError::Expired(_) => {
            let why = format!("it has expired or was issued in the future; the clock here says {}", trust.now);
            (OidcError::WrongTime { issuer: issuer.clone(), why }, Doubt::None)
        }
        ClaimsVerificationError::InvalidIssuer(why) => (invalid(format!("wrong issuer: {}", shown(why))), Doubt::None),
        ClaimsVerificationError::InvalidAudience(why) => {
            (invalid(format!("wrong audience: {}", shown(why))), Doubt::None)
        }
        ClaimsVerificationError::SignatureVerification(cause) => match cause {
            Signature::NoMatchingKey => {
                (invalid("it is signed with a key that the provider does not list".into()), Doubt::KeyNotListed)
            }
            Signature::CryptoError(_) => (invalid("its signature is wrong".into()), Doubt::StaleKeys),
            Signature::AmbiguousKeyId(_) => {
                (invalid("it does not say which of the provider's keys it is signed with".into()), Doubt::StaleKeys)
            }
            Signature::NoSignature => (invalid("it is not signed".into()), Doubt::None),
            Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_) => {
                (invalid("it is signed in a way that proves nothing, or that is not known".into()), Doubt::None)
            }
            _ => (invalid("its signature cannot be checked with the provider's key".into()), Doubt::StaleKeys),
        },
        _ => (invalid("it is not an ID token".into()), Doubt::None),
    };
    Disbelief { error, doubt }
}

/// The keys without RSA keys that are too short to prove anything.
fn strong_keys(keys: &CoreJsonWebKeySet) -> CoreJsonWebKeySet {
    CoreJsonWebKeySet::new(keys.keys().iter().filter(|key| !is_weak(key)).cloned().collect())
}

fn is_weak(key: &CoreJsonWebKey) -> bool {
    if *key.key_type() != CoreJsonWebKeyType::RSA {
        return false;
    }
    // The library shows a key's numbers only as JSON.
    let modulus = serde_json::to_value(key).ok().and_then(|key| {
        let text = key.get("n")?.as_str()?;
        BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
    });
    let bits = modulus.map_or(0, |bytes| {
        let digits: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize)
    });
    bits < LEAST_RSA_BITS
}

/// Whether an RSA signature is by one of the keys that are too short, as far as the token's header tells.
fn names_weak(token: &SecretString, keys: &CoreJsonWebKeySet) -> bool {
    let header: Option<Value> = token
        .expose_secret()
        .split('.')
        .next()
        .and_then(|header| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok());
    let field = |name: &str| header.as_ref()?.get(name)?.as_str();
    let is_rsa = field("alg").is_some_and(|alg| alg.starts_with("RS") || alg.starts_with("PS"));
    let is_named = |key: &CoreJsonWebKey| match (field("kid"), key.key_id()) {
        (Some(named), Some(id)) => named == id.as_str(),
        (None, _) | (_, None) => true,
    };
    is_rsa && keys.keys().iter().any(|key| is_weak(key) && is_named(key))
}

/// A time in a token: seconds since 1970, with fractions at some providers (RFC 7519, section 2), or the text that some
/// write instead.
fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Number(number) => {
            if let Some(seconds) = number.as_i64() {
                return Some(DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
                    DateTime::<Utc>::MIN_UTC
                } else {
                    DateTime::<Utc>::MAX_UTC
                }));
            }
            let seconds = number.as_f64()?;
            // Milliseconds are as exact as a fraction of this size can be.
            let milliseconds = (seconds * 1000.0).floor();
            #[allow(clippy::cast_possible_truncation)]
            DateTime::from_timestamp_millis(milliseconds as i64).or(Some(if seconds < 0.0 {
                DateTime::<Utc>::MIN_UTC
            } else {
                DateTime::<Utc>::MAX_UTC
            }))
        }
        Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn shown(text: &str) -> String {
    said(text).unwrap_or_default()
}

fn all_claims(token: &SecretString) -> Option<Map<String, Value>> {
    let payload = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
