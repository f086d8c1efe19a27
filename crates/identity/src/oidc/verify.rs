//! Decides whether an ID token is trusted (OpenID Connect Core, 3.1.3.7 and 12.2).
//!
//! Only the claims that this decision needs are read as types: `iss`, `sub`, `aud`, `azp`, `exp`, `iat`, `nbf` and
//! `nonce`. Everything else stays JSON in whatever form the provider has for it, so no claim that isn't used stands in
//! the way.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::Nonce;
use openidconnect::core::CoreJsonWebKeySet;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::error::OidcError;
use super::signature::{LEAST_RSA_BITS, Proven, Signing, prove, signing};
use daypass_core::text::said;

/// How far apart the provider's clock and this machine's may be.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

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

impl From<OidcError> for Disbelief {
    fn from(error: OidcError) -> Self {
        Self { error, doubt: Doubt::None }
    }
}

/// Issuer, audience, signature, authorized party, times, and nonce or subject.
pub(super) fn verify(token: &SecretString, trust: Trust<'_>, expected: Expected<'_>) -> Result<Verified, Disbelief> {
    let jwt = Jwt::read(token.expose_secret()).map_err(|why| trust.invalid(why))?;
    let claims = Claims { trust, claims: &jwt.claims };
    claims.check_issuer()?;
    let audiences = claims.audiences()?;
    check_signature(&jwt, trust)?;

    // Steps 4 and 5: a token for several audiences must name us as the authorized party, and a token that names another
    // party is refused.
    match claims.optional_text("azp")? {
        Some(party) if party != trust.client_id => {
            return Err(trust.invalid(format!("its authorized party (azp) is {:?}", shown(party))).into());
        }
        None if audiences.len() > 1 => {
            return Err(trust.invalid("it's for several audiences and names no authorized party (azp)").into());
        }
        _ => {}
    }
    let subject = claims.text("sub")?;
    if subject.trim().is_empty() {
        return Err(trust.invalid("its subject (sub) is empty").into());
    }
    let expires_at = claims.check_times()?;
    match expected {
        Expected::Nonce(nonce) => {
            let found = jwt.claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
            if !bool::from(found.as_bytes().ct_eq(nonce.secret().as_bytes())) {
                return Err(OidcError::WrongNonce { issuer: trust.issuer.to_owned() }.into());
            }
        }
        Expected::Subject(Some(earlier)) if subject != earlier => {
            return Err(OidcError::AnotherPerson { issuer: trust.issuer.to_owned() }.into());
        }
        Expected::Subject(_) => {}
    }
    Ok(Verified { subject: subject.to_owned(), expires_at, claims: jwt.claims })
}

/// Whether a text has the form of a signed or an encrypted token, however wrong it may be.
pub(super) fn is_jwt(token: &SecretString) -> bool {
    let token = token.expose_secret();
    is_encrypted(token) || Jwt::read(token).is_ok()
}

impl Trust<'_> {
    fn invalid(&self, why: impl Into<String>) -> OidcError {
        OidcError::InvalidToken { issuer: self.issuer.to_owned(), why: why.into() }
    }
}

/// A signed token, taken apart (RFC 7515, 7.1). Nothing in it is trusted yet.
struct Jwt<'a> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn read(token: &'a str) -> Result<Self, &'static str> {
        if is_encrypted(token) {
            return Err("it's encrypted, and AWS STS only accepts signed tokens");
        }
        Self::parts(token).ok_or("it isn't a signed JWT with claims in it")
    }

    fn parts(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { header: object(header)?, claims: object(claims)?, signed, signature })
    }
}

/// Whether it is a JWE (RFC 7516, 7.1).
fn is_encrypted(token: &str) -> bool {
    token.split('.').count() == 5
}

fn check_signature(jwt: &Jwt<'_>, trust: Trust<'_>) -> Result<(), Disbelief> {
    let header = |name: &str| jwt.header.get(name).filter(|value| !value.is_null());
    // RFC 7519, 5.1 and 5.2; RFC 7515, 4.1.11.
    let typ = header("typ").map(|typ| typ.as_str().unwrap_or_default());
    if typ.is_some_and(|typ| !["jwt", "application/jwt"].contains(&typ.to_ascii_lowercase().as_str())) {
        return Err(trust.invalid(format!("it's of another type (typ): {}", shown(typ.unwrap_or_default()))).into());
    }
    if header("cty").is_some() || header("crit").is_some() {
        return Err(trust.invalid("its header requires something that Daypass doesn't know (cty, crit)").into());
    }
    let alg = header("alg").and_then(Value::as_str).unwrap_or_default();
    let algorithm = match signing(alg) {
        Signing::Known(algorithm) => algorithm,
        Signing::NotForSts => {
            return Err(OidcError::NotForSts { issuer: trust.issuer.to_owned(), algorithm: alg.to_owned() }.into());
        }
        Signing::Unsigned => return Err(trust.invalid("it isn't signed").into()),
        Signing::Worthless => {
            let why = "it's signed with an algorithm that doesn't prove anything, or that Daypass doesn't know";
            return Err(trust.invalid(format!("{why} (alg {:?})", shown(alg))).into());
        }
    };
    let kid = header("kid").and_then(Value::as_str);
    let (why, doubt) = match prove(trust.keys, kid, &algorithm, jwt.signed.as_bytes(), &jwt.signature) {
        Proven::Yes => return Ok(()),
        Proven::No => ("its signature is wrong".to_owned(), Doubt::StaleKeys),
        Proven::NoKey => ("it's signed with a key that the provider doesn't list".to_owned(), Doubt::KeyNotListed),
        Proven::WeakKey => (format!("it's signed with an RSA key of less than {LEAST_RSA_BITS} bits"), Doubt::None),
    };
    Err(Disbelief { error: trust.invalid(why), doubt })
}

/// The claims that decide, each read as its type.
struct Claims<'a> {
    trust: Trust<'a>,
    claims: &'a Map<String, Value>,
}

impl<'a> Claims<'a> {
    /// A claim that isn't there, or is null.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.claims.get(name).filter(|value| !value.is_null())
    }

    fn optional_text(&self, name: &str) -> Result<Option<&'a str>, OidcError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.trust.invalid(format!("its claim {name} isn't a text")))
    }

    fn text(&self, name: &str) -> Result<&'a str, OidcError> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> OidcError {
        self.trust.invalid(format!("its claim {name} is missing"))
    }

    /// RFC 7519, section 2.
    fn optional_time(&self, name: &str) -> Result<Option<DateTime<Utc>>, OidcError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        numeric_date(value).map(Some).ok_or_else(|| self.trust.invalid(format!("its claim {name} isn't a time")))
    }

    fn check_issuer(&self) -> Result<(), OidcError> {
        match self.text("iss")? {
            issuer if issuer == self.trust.issuer => Ok(()),
            issuer => Err(self.trust.invalid(format!("its issuer (iss) is {:?}", shown(issuer)))),
        }
    }

    /// A text or a list of texts, which has to name us (RFC 7519, 4.1.3).
    fn audiences(&self) -> Result<Vec<&'a str>, OidcError> {
        let texts = match self.get("aud").ok_or_else(|| self.missing("aud"))? {
            Value::String(one) => Some(vec![one.as_str()]),
            Value::Array(several) => several.iter().map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        };
        let audiences =
            texts.ok_or_else(|| self.trust.invalid("its claim aud is neither a text nor a list of texts"))?;
        if !audiences.contains(&self.trust.client_id) {
            return Err(self.trust.invalid(format!("its audience (aud) is {:?}", shown(&audiences.join(", ")))));
        }
        Ok(audiences)
    }

    /// Whether it is valid now, give or take [`LEEWAY`], and until when.
    fn check_times(&self) -> Result<DateTime<Utc>, OidcError> {
        let now = self.trust.now;
        let wrong = |why: String| OidcError::WrongTime { issuer: self.trust.issuer.to_owned(), why };
        let expires = self.optional_time("exp")?.ok_or_else(|| self.missing("exp"))?;
        if expires <= now - LEEWAY {
            return Err(wrong(format!("it expired at {expires}, the clock here says {now}")));
        }
        let issued = self.optional_time("iat")?.ok_or_else(|| self.missing("iat"))?;
        if issued > now + LEEWAY {
            return Err(wrong(format!("it was issued at {issued}, the clock here says {now}")));
        }
        match self.optional_time("nbf")? {
            Some(begins) if begins > now + LEEWAY => {
                Err(wrong(format!("it begins at {begins}, the clock here says {now}")))
            }
            _ => Ok(expires),
        }
    }
}

/// A time in a token: seconds since 1970, with fractions at some providers (RFC 7519, section 2), or the texts that
/// some write instead: the same number, or a date.
fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Number(number) => number.as_i64().map(date_of_seconds).or_else(|| date_of_fraction(number.as_f64()?)),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(seconds) => Some(date_of_seconds(seconds)),
            Err(_) => DateTime::parse_from_rfc3339(text.trim()).ok().map(|time| time.to_utc()),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn date_of_seconds(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_else(|| end_of_time(seconds < 0))
}

fn date_of_fraction(seconds: f64) -> Option<DateTime<Utc>> {
    // Milliseconds are as exact as a fraction of this size can be.
    let milliseconds = (seconds * 1000.0).floor();
    #[allow(clippy::cast_possible_truncation)]
    DateTime::from_timestamp_millis(milliseconds as i64).or_else(|| Some(end_of_time(seconds < 0.0)))
}

fn end_of_time(is_past: bool) -> DateTime<Utc> {
    if is_past { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC }
}

fn shown(text: &str) -> String {
    said(text).unwrap_or_default()
}
