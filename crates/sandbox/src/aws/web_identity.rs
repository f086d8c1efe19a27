//! Verifies the token that `AssumeRoleWithWebIdentity` takes instead of a signature.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    JsonWebKey,
    core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Alg},
};
use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{fault::Fault, issuers::no_keys, shared::Shared, tags::SessionTags};
use crate::{CLIENT_ID, Person};

/// Leeway between the issuer's clock and ours, for `nbf` and `iat`. `exp` gets none.
const LEEWAY: TimeDelta = TimeDelta::minutes(5);

/// A coordinate of a point on P-521, and the mark of a point that has both.
const P521_BYTES: usize = 66;
const UNCOMPRESSED: u8 = 4;

/// The claim with session tags.
const TAGS: &str = "https://aws.amazon.com/tags";

/// The person in a verified token.
#[derive(Debug)]
pub(crate) struct WebIdentity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: SessionTags,
    /// Set if the token is from the sandbox's own provider.
    pub(crate) person: Option<Person>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    azp: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    /// The session at the sandbox's own provider.
    sid: Option<String>,
    #[serde(rename = "https://aws.amazon.com/source_identity")]
    source_identity: Option<String>,
    /// All others, among them those with session tags.
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// The parts of a compact JWS (RFC 7515, section 7.1).
struct Jws<'a> {
    header: Header,
    claims: Claims,
    signed: &'a str,
    signature: Vec<u8>,
}

/// Verifies signature, issuer, audience and times.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`, and `IDPRejectedClaim` for a token from a
/// session that the sandbox's own provider has ended.
pub(crate) async fn verify(shared: &Shared, token: &str, now: DateTime<Utc>) -> Result<WebIdentity, Fault> {
    let jws = Jws::parse(token)?;
    let missing = |claim| Fault::invalid_identity_token(format!("Missing a required claim: {claim}"));
    let issuer = jws.claims.iss.clone().ok_or_else(|| missing("iss"))?;
    let subject = jws.claims.sub.clone().ok_or_else(|| missing("sub"))?;
    let audiences = jws.claims.audiences();
    if audiences.is_empty() {
        return Err(missing("aud"));
    }
    if issuer == shared.issuer {
        jws.verify_with(shared.provider.keys()).then_some(()).ok_or_else(bad_signature)?;
        jws.claims.check_times(now)?;
        let audience = accepted(&audiences, &[CLIENT_ID.to_owned()])?;
        if !jws.claims.sid.as_deref().is_some_and(|sid| shared.provider.session_is_alive(sid)) {
            return Err(Fault::rejected_claim(
                "The identity provider has ended the session that this token belongs to.",
            ));
        }
        let person = shared.world.person(&subject).cloned();
        let (tags, source_identity) = (jws.claims.tags()?, jws.claims.source_identity);
        return Ok(WebIdentity { issuer, subject, audience, source_identity, tags, person });
    }
    let Some(trusted) = shared.issuers.find(&issuer) else {
        return Err(Fault::invalid_identity_token(format!(
            "No OpenIDConnect provider found in your account for {issuer}"
        )));
    };
    let mut keys = shared.issuers.keys(&issuer, false).await?;
    if !jws.has_key_in(&keys) {
        // The issuer may have just rotated its keys.
        keys = shared.issuers.keys(&issuer, true).await?;
    }
    if !jws.has_key_in(&keys) {
        return Err(no_keys());
    }
    jws.verify_with(&keys).then_some(()).ok_or_else(bad_signature)?;
    jws.claims.check_times(now)?;
    let audience = accepted(&audiences, &trusted.audiences)?;
    let (tags, source_identity) = (jws.claims.tags()?, jws.claims.source_identity);
    Ok(WebIdentity { issuer, subject, audience, source_identity, tags, person: None })
}

impl<'a> Jws<'a> {
    fn parse(token: &'a str) -> Result<Self, Fault> {
        let malformed = || {
            Fault::invalid_identity_token(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            )
        };
        let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed());
        Ok(Self {
            header: serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| malformed())?,
            signed,
            signature: decode(signature)?,
        })
    }

    /// The asymmetric algorithms that IAM accepts from OIDC providers and that we can check. Never `none` and never a
    /// shared secret.
    fn algorithm(&self) -> Option<Alg> {
        Some(match self.header.alg.as_str() {
            "RS256" => Alg::RsaSsaPkcs1V15Sha256,
            "RS384" => Alg::RsaSsaPkcs1V15Sha384,
            "RS512" => Alg::RsaSsaPkcs1V15Sha512,
            "ES256" => Alg::EcdsaP256Sha256,
            "ES384" => Alg::EcdsaP384Sha384,
            "ES512" => Alg::EcdsaP521Sha512,
            _ => return None,
        })
    }

    fn candidates<'k>(&self, keys: &'k CoreJsonWebKeySet) -> impl Iterator<Item = &'k CoreJsonWebKey> {
        keys.keys().iter().filter(|key| match &self.header.kid {
            Some(kid) => key.key_id().is_some_and(|id| **id == *kid),
            None => true,
        })
    }

    fn has_key_in(&self, keys: &CoreJsonWebKeySet) -> bool {
        self.candidates(keys).next().is_some()
    }

    fn verify_with(&self, keys: &CoreJsonWebKeySet) -> bool {
        let Some(algorithm) = self.algorithm() else {
            return false;
        };
        self.candidates(keys).any(|key| match algorithm {
            Alg::EcdsaP521Sha512 => self.is_made_with_p521(key).unwrap_or(false),
            _ => key.verify_signature(&algorithm, self.signed.as_bytes(), &self.signature).is_ok(),
        })
    }

    /// ES512, which openidconnect doesn't verify (RFC 7518, sections 3.4 and 6.2.1). `None` if the key is another kind.
    fn is_made_with_p521(&self, key: &CoreJsonWebKey) -> Option<bool> {
        let key = serde_json::to_value(key).ok()?;
        if key["crv"] != "P-521" {
            return None;
        }
        let coordinate =
            |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok().filter(|n| n.len() == P521_BYTES);
        let point = [vec![UNCOMPRESSED], coordinate("x")?, coordinate("y")?].concat();
        let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
        Some(key.verify(self.signed.as_bytes(), &Signature::from_slice(&self.signature).ok()?).is_ok())
    }
}

impl Claims {
    /// AWS checks `azp` if it is present, and `aud` otherwise.
    fn audiences(&self) -> Vec<String> {
        if let Some(azp) = &self.azp {
            return vec![azp.clone()];
        }
        match &self.aud {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The session tags, nested in one claim or each in a claim of its own.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp>
    fn tags(&self) -> Result<SessionTags, Fault> {
        let nested = self.others.get(TAGS);
        let transitive = nested.map(|claim| &claim["transitive_tag_keys"]);
        let transitive = transitive.or_else(|| self.others.get(&format!("{TAGS}/transitive_tag_keys")));
        let keys = transitive.and_then(Value::as_array).into_iter().flatten();
        let mut tags = BTreeMap::new();
        if let Some(Value::Object(principal)) = nested.map(|claim| &claim["principal_tags"]) {
            for (key, value) in principal {
                tags.insert(key.clone(), single(value)?);
            }
        }
        for (claim, value) in &self.others {
            if let Some(key) = claim.strip_prefix(&format!("{TAGS}/principal_tags/")) {
                tags.insert(key.to_owned(), single(value)?);
            }
        }
        SessionTags::vouched_for(tags, keys.filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn check_times(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let missing = |claim| Fault::invalid_identity_token(format!("Missing a required claim: {claim}"));
        let now_s = now.timestamp();
        let expires = self.exp.ok_or_else(|| missing("exp"))?.floor() as i64;
        if expires <= now_s {
            return Err(Fault::expired_identity_token(now_s, expires));
        }
        let issued = self.iat.ok_or_else(|| missing("iat"))?;
        let starts = self.nbf.map_or(issued, |nbf| nbf.max(issued)).floor() as i64;
        if starts > now_s.saturating_add(LEEWAY.num_seconds()) {
            return Err(Fault::invalid_identity_token(format!(
                "Token is not yet valid: current date/time {now_s} must be after {starts}"
            )));
        }
        Ok(())
    }
}

/// A tag's value, alone or as the only one in a list.
fn single(value: &Value) -> Result<String, Fault> {
    let one = match value {
        Value::Array(values) => match values.as_slice() {
            [one] => one.as_str(),
            _ => None,
        },
        other => other.as_str(),
    };
    one.map(str::to_owned).ok_or_else(|| {
        Fault::invalid_identity_token("The session tags of the token must have one value each, which is a text.")
    })
}

fn accepted(audiences: &[String], trusted: &[String]) -> Result<String, Fault> {
    audiences
        .iter()
        .find(|audience| trusted.contains(audience))
        .cloned()
        .ok_or_else(|| Fault::invalid_identity_token("Incorrect token audience"))
}

fn bad_signature() -> Fault {
    Fault::invalid_identity_token("The ID Token provided has an invalid signature.")
}
