//! Signature Version 4 on the server side. It reads what the client claims, recomputes the signature with the key's
//! secret, and compares.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! This follows the specification and doesn't use the `aws-sigv4` crate. The tests do, so they check one against the
//! other.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use http::{HeaderMap, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::fault::Fault;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TIME_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// AWS tolerates fifteen minutes between its clock and the client's.
const TOLERANCE: TimeDelta = TimeDelta::minutes(15);
/// RFC 3986's unreserved characters stay as they are.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The request as received.
#[derive(Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// The service that the credential has to be scoped to, such as `sts`.
    pub(crate) service: &'static str,
}

/// What a signed request claims about its signature. [`Signature::verify`] checks it.
pub(crate) struct Signature {
    pub(crate) access_key_id: String,
    pub(crate) session_token: Option<String>,
    pub(super) scope: Scope,
    at: DateTime<Utc>,
    /// How long the request is valid. Only presigned requests say.
    valid_for: Option<TimeDelta>,
    string_to_sign: String,
    signature: Vec<u8>,
}

pub(super) struct Scope {
    date: String,
    pub(super) region: String,
    service: String,
}

impl Signature {
    /// Reads the `Authorization` header, or the query string of a presigned URL.
    ///
    /// # Errors
    /// `MissingAuthenticationToken` if there is neither. `IncompleteSignature` and `SignatureDoesNotMatch`, as at AWS,
    /// for missing or malformed parts.
    pub(crate) fn read(request: Received<'_>) -> Result<Self, Fault> {
        if request.headers.contains_key(header::AUTHORIZATION) {
            Self::from_header(request)
        } else if query_pairs(request.query).any(|(name, _)| name == b"X-Amz-Signature") {
            Self::from_query(request)
        } else {
            Err(Fault::missing_authentication())
        }
    }

    fn from_header(request: Received<'_>) -> Result<Self, Fault> {
        let text = |name: &str| request.headers.get(name).and_then(|v| v.to_str().ok());
        let authorization = text("authorization").unwrap_or_default();
        let Some(rest) = authorization.strip_prefix(ALGORITHM) else {
            return Err(Fault::incomplete_signature(format!(
                "Authorization header does not start with the algorithm '{ALGORITHM}'."
            )));
        };
        let parts: BTreeMap<&str, &str> = rest.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let part = |name: &'static str| {
            parts.get(name).copied().filter(|value| !value.is_empty()).ok_or_else(|| {
                Fault::incomplete_signature(format!("Authorization header requires '{name}' parameter."))
            })
        };
        let date = text("x-amz-date").ok_or_else(|| {
            Fault::incomplete_signature(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
            )
        })?;
        Self::assemble(
            request,
            Parts {
                credential: part("Credential")?,
                signed_headers: part("SignedHeaders")?,
                signature: part("Signature")?,
                date,
                valid_for: None,
                session_token: text("x-amz-security-token").map(str::to_owned),
            },
        )
    }

    fn from_query(request: Received<'_>) -> Result<Self, Fault> {
        let pairs: BTreeMap<Vec<u8>, Vec<u8>> = query_pairs(request.query).collect();
        let maybe = |name: &str| pairs.get(name.as_bytes()).and_then(|value| std::str::from_utf8(value).ok());
        let part = |name: &'static str| {
            maybe(name).ok_or_else(|| {
                Fault::incomplete_signature(format!("AWS query-string parameters must include '{name}'."))
            })
        };
        if part("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Fault::incomplete_signature(format!("X-Amz-Algorithm must be '{ALGORITHM}'.")));
        }
        let valid_for = part("X-Amz-Expires")?
            .parse()
            .ok()
            .filter(|seconds| (0..=604_800).contains(seconds))
            .map(TimeDelta::seconds)
            .ok_or_else(|| Fault::incomplete_signature("X-Amz-Expires must be 0 to 604800 seconds."))?;
        Self::assemble(
            request,
            Parts {
                credential: part("X-Amz-Credential")?,
                signed_headers: part("X-Amz-SignedHeaders")?,
                signature: part("X-Amz-Signature")?,
                date: part("X-Amz-Date")?,
                valid_for: Some(valid_for),
                session_token: maybe("X-Amz-Security-Token").map(str::to_owned),
            },
        )
    }

    fn assemble(request: Received<'_>, parts: Parts<'_>) -> Result<Self, Fault> {
        let (access_key_id, scope) = parts.credential()?;
        let at = NaiveDateTime::parse_from_str(parts.date, TIME_FORMAT)
            .map_err(|_| {
                Fault::incomplete_signature("Date must be in ISO-8601 'basic format', as in 20260131T235959Z.")
            })?
            .and_utc();
        scope.check(at, request.service)?;
        let signature = hex::decode(parts.signature)
            .map_err(|_| Fault::incomplete_signature("The signature is not hexadecimal."))?;
        let canonical = canonical_request(request, parts.signed_headers, parts.valid_for.is_some())?;
        let string_to_sign = format!(
            "{ALGORITHM}\n{}\n{}/{}/{}/aws4_request\n{}",
            parts.date,
            scope.date,
            scope.region,
            scope.service,
            hex::encode(Sha256::digest(canonical))
        );
        Ok(Self {
            access_key_id,
            session_token: parts.session_token,
            scope,
            at,
            valid_for: parts.valid_for,
            string_to_sign,
            signature,
        })
    }

    /// Checks that the holder of `secret` signed this request recently, by the server's clock.
    ///
    /// # Errors
    /// `RequestExpired` if it was signed too long ago or in the future, and `SignatureDoesNotMatch`.
    pub(crate) fn verify(&self, secret: &SecretString, now: DateTime<Utc>) -> Result<(), Fault> {
        self.check_age(now)?;
        let mut key = hmac(format!("AWS4{}", secret.expose_secret()).as_bytes(), self.scope.date.as_bytes())
            .finalize()
            .into_bytes();
        for part in [&self.scope.region, &self.scope.service, "aws4_request"] {
            key = hmac(&key, part.as_bytes()).finalize().into_bytes();
        }
        hmac(&key, self.string_to_sign.as_bytes()).verify_slice(&self.signature).map_err(|_| {
            Fault::signature(
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details.",
            )
        })
    }

    fn check_age(&self, now: DateTime<Utc>) -> Result<(), Fault> {
        let show = |t: DateTime<Utc>| t.format(TIME_FORMAT).to_string();
        let (oldest, newest) = (now - self.valid_for.unwrap_or(TOLERANCE), now + TOLERANCE);
        if self.at < oldest {
            return Err(Fault::request_expired(format!(
                "Signature expired: {} is now earlier than {} ({} - {} min.)",
                show(self.at),
                show(oldest),
                show(now),
                (now - oldest).num_minutes()
            )));
        }
        if self.at > newest {
            return Err(Fault::request_expired(format!(
                "Signature not yet current: {} is still later than {} ({} + 15 min.)",
                show(self.at),
                show(newest),
                show(now)
            )));
        }
        Ok(())
    }
}

/// The parts of a signature, wherever the request has them.
struct Parts<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
    date: &'a str,
    valid_for: Option<TimeDelta>,
    session_token: Option<String>,
}

impl Parts<'_> {
    fn credential(&self) -> Result<(String, Scope), Fault> {
        let parts: Vec<&str> = self.credential.split('/').collect();
        let [key, date, region, service, "aws4_request"] = parts[..] else {
            return Err(Fault::incomplete_signature(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/aws4_request.",
            ));
        };
        let scope = Scope { date: date.into(), region: region.into(), service: service.into() };
        Ok((key.to_owned(), scope))
    }
}

impl Scope {
    fn check(&self, at: DateTime<Utc>, service: &str) -> Result<(), Fault> {
        let region_like = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.region.is_empty() || !self.region.bytes().all(region_like) {
            return Err(Fault::signature("Credential should be scoped to a valid region."));
        }
        if self.service != service {
            return Err(Fault::signature(format!("Credential should be scoped to correct service: '{service}'.")));
        }
        let day = at.format("%Y%m%d").to_string();
        if self.date != day {
            return Err(Fault::signature(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{}' != '{day}'.",
                self.date
            )));
        }
        Ok(())
    }
}

fn canonical_request(request: Received<'_>, signed: &str, presigned: bool) -> Result<String, Fault> {
    let names: Vec<&str> = signed.split(';').collect();
    let must = |name: &str| {
        if names.contains(&name) || (name != "host" && !request.headers.contains_key(name)) {
            Ok(())
        } else {
            Err(Fault::signature(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")))
        }
    };
    must("host")?;
    if !presigned {
        must("x-amz-date")?;
        must("x-amz-security-token")?;
    }
    let mut headers = String::new();
    for name in &names {
        let values: Vec<String> = request.headers.get_all(*name).iter().map(tidy).collect();
        headers += &format!("{name}:{}\n", values.join(","));
    }
    let encode = |bytes: &[u8]| percent_encode(bytes, RESERVED).to_string();
    let mut pairs: Vec<(String, String)> = query_pairs(request.query)
        .filter(|(name, _)| !presigned || name != b"X-Amz-Signature")
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    pairs.sort();
    let query: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    Ok(format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{}",
        request.method,
        request.path,
        query.join("&"),
        hex::encode(Sha256::digest(request.body))
    ))
}

/// Trims the value and collapses runs of spaces.
fn tidy(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decodes per RFC 3986, where `+` is a plus sign and not a space.
fn query_pairs(query: Option<&str>) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (percent_decode_str(name).collect(), percent_decode_str(value).collect())
    })
}

fn hmac(key: &[u8], data: &[u8]) -> Hmac<Sha256> {
    #[allow(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(data);
    mac
}
