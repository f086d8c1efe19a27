//! Proofs that a client has a key (RFC 9449).

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;
use crate::random::Digest;

/// How far the time of a proof may be from the server's.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// The SHA-256 thumbprint of a key (RFC 7638), to which a refresh token is bound (`jkt`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thumbprint(String);

/// A proof that is good.
#[derive(Debug)]
pub(super) struct Proof {
    /// The key that the client has.
    pub(super) key: Thumbprint,
    id: Digest,
}

/// The proofs that got something: each is good for one answer. A failure doesn't spend one, because botocore sends the same
/// again when it tries again.
#[derive(Debug, Default)]
pub(super) struct Proofs(HashMap<Digest, DateTime<Utc>>);

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    /// A private key, which must not be there.
    d: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: i64,
}

/// The one proof in these headers, if it is good for a POST here and now (RFC 9449, section 4.3).
pub(super) fn check(
    headers: &HeaderMap,
    is_here: impl FnOnce(&str) -> bool,
    now: DateTime<Utc>,
    is_spent: impl FnOnce(&Digest) -> bool,
) -> Result<Proof, Refusal> {
    let invalid = |why| Err(Refusal::invalid(why));
    let mut all = headers.get_all("dpop").iter();
    let (Some(proof), None) = (all.next(), all.next()) else {
        return invalid("The request needs exactly one DPoP header.");
    };
    let Some((header, claims, signature, signed)) = proof.to_str().ok().and_then(parts) else {
        return invalid("The DPoP proof is not a JWT.");
    };
    let (Some(header), Some(claims)) = (read::<Header>(header), read::<Claims>(claims)) else {
        return invalid("The DPoP proof lacks typ, alg, jwk, jti, htm, htu or iat.");
    };
    if header.typ != "dpop+jwt" || header.alg != "ES256" {
        return invalid("The DPoP proof must have typ dpop+jwt and alg ES256.");
    }
    let jwk = &header.jwk;
    if jwk.d.is_some() {
        return invalid("The DPoP proof has a private key in it.");
    }
    let Some(point) = point(jwk) else {
        return invalid("The jwk of the DPoP proof is not a key on P-256.");
    };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
        return invalid("The DPoP proof's signature is not base64url.");
    };
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    if key.verify(signed.as_bytes(), &signature).is_err() {
        return invalid("The DPoP proof's signature is wrong.");
    }
    if claims.htm != "POST" || !is_here(&claims.htu) {
        return invalid("The DPoP proof is for another request.");
    }
    let is_near = DateTime::from_timestamp(claims.iat, 0).is_some_and(|at| (now - at).abs() <= LEEWAY);
    if !is_near {
        return invalid("The DPoP proof's time is too far from the server's.");
    }
    let id = Digest::of(&claims.jti);
    if claims.jti.is_empty() || claims.jti.len() > 128 || is_spent(&id) {
        return invalid("The DPoP proof was used before.");
    }
    Ok(Proof { key: Thumbprint::of(jwk), id })
}

impl Proofs {
    pub(super) fn is_spent(&self, id: &Digest) -> bool {
        self.0.contains_key(id)
    }

    pub(super) fn spend(&mut self, proof: &Proof, now: DateTime<Utc>) {
        // A proof is good for the leeway on either side.
        self.0.retain(|_, at| *at + LEEWAY * 2 > now);
        self.0.insert(proof.id, now);
    }
}

impl Thumbprint {
    fn of(jwk: &Jwk) -> Self {
        // The members in this order, and no others (RFC 7638, section 3).
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, jwk.x, jwk.y);
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(text)))
    }
}

/// Header, claims and signature, and what is signed.
fn parts(proof: &str) -> Option<(&str, &str, &str, &str)> {
    let (signed, signature) = proof.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    (!claims.contains('.')).then_some((header, claims, signature, signed))
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// The uncompressed point.
fn point(jwk: &Jwk) -> Option<Vec<u8>> {
    let coordinate = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32);
    let (x, y) = (coordinate(&jwk.x)?, coordinate(&jwk.y)?);
    (jwk.kty == "EC" && jwk.crv == "P-256").then(|| [vec![4], x, y].concat())
}
