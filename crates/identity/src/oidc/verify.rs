//! Decides whether an ID token is trusted (OpenID Connect Core, 3.1.3.7 and 12.2).

use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::error::OidcError;
use daypass_core::text::said;

/// How far apart the provider's clock and this machine's may be.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

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

/// Why a token is not trusted, and whether newer keys could change that.
#[derive(Debug)]
pub(super) struct Disbelief {
    pub(super) error: OidcError,
    pub(super) may_be_stale_keys: bool,
}

/// Signature, issuer, audience, authorized party, times, and nonce or subject.
pub(super) fn verify(token: &SecretString, trust: Trust<'_>, expected: Expected<'_>) -> Result<Verified, Disbelief> {
    let invalid = |why: &str| Disbelief {
        error: OidcError::InvalidToken { issuer: trust.issuer.to_owned(), why: why.to_owned() },
        may_be_stale_keys: false,
    };
    let parsed = CoreIdToken::from_str(token.expose_secret())
        .map_err(|_| invalid("it is not a signed JWT with the claims of an ID token"))?;
    let issuer = IssuerUrl::new(trust.issuer.to_owned()).map_err(|_| invalid("its issuer is not a URL"))?;
    let (now, client_id) = (trust.now, trust.client_id);
    let verifier =
        CoreIdTokenVerifier::new_public_client(ClientId::new(client_id.to_owned()), issuer, trust.keys.clone())
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
    .map_err(|error| disbelief(trust, &error))?;

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
    if let Expected::Subject(Some(earlier)) = expected
        && subject != earlier
    {
        let error = OidcError::AnotherPerson { issuer: trust.issuer.to_owned() };
        return Err(Disbelief { error, may_be_stale_keys: false });
    }
    let expires_at = claims.expiration();
    let claims = all_claims(token).ok_or_else(|| invalid("its claims are not a JSON object"))?;
    // RFC 7519, 4.1.5; openidconnect doesn't check it.
    if let Some(not_before) = claims.get("nbf").and_then(Value::as_i64)
        && not_before > (now + LEEWAY).timestamp()
    {
        let why = format!("it begins at {not_before} (Unix time), the clock here says {now}");
        let error = OidcError::WrongTime { issuer: trust.issuer.to_owned(), why };
        return Err(Disbelief { error, may_be_stale_keys: false });
    }
    Ok(Verified { subject, expires_at, claims })
}

fn disbelief(trust: Trust<'_>, error: &ClaimsVerificationError) -> Disbelief {
    use SignatureVerificationError as Signature;
    let issuer = trust.issuer.to_owned();
    let invalid = |why: String| OidcError::InvalidToken { issuer: issuer.clone(), why };
    let (error, may_be_stale_keys) = match error {
        ClaimsVerificationError::InvalidNonce(_) => (OidcError::WrongNonce { issuer: issuer.clone() }, false),
        ClaimsVerificationError::Expired(_) => {
            let why = format!("it has expired or was issued in the future; the clock here says {}", trust.now);
            (OidcError::WrongTime { issuer: issuer.clone(), why }, false)
        }
        ClaimsVerificationError::InvalidIssuer(why) => (invalid(format!("wrong issuer: {}", shown(why))), false),
        ClaimsVerificationError::InvalidAudience(why) => (invalid(format!("wrong audience: {}", shown(why))), false),
        ClaimsVerificationError::SignatureVerification(cause) => match cause {
            Signature::NoMatchingKey => {
                (invalid("it is signed with a key that the provider does not list".into()), true)
            }
            Signature::CryptoError(_) => (invalid("its signature is wrong".into()), true),
            Signature::AmbiguousKeyId(_) => {
                (invalid("it does not say which of the provider's keys it is signed with".into()), true)
            }
            Signature::NoSignature => (invalid("it is not signed".into()), false),
            Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_) => {
                (invalid("it is signed in a way that proves nothing, or that is not known".into()), false)
            }
            _ => (invalid("its signature cannot be checked with the provider's key".into()), true),
        },
        _ => (invalid("it is not an ID token".into()), false),
    };
    Disbelief { error, may_be_stale_keys }
}

fn shown(text: &str) -> String {
    said(text).unwrap_or_default()
}

fn all_claims(token: &SecretString) -> Option<Map<String, Value>> {
    let payload = token.expose_secret().split('.').nth(1)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
