//! Credentials as instances get them: the part of IMDSv2 that SDKs read credentials and a region from.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>
//!
//! A reader first asks for a token with a PUT, which no page in a browser can send here. Without a token, as in version 1,
//! nothing is answered. Neither is what came through a proxy (`X-Forwarded-For`), and answers live for one hop.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::{AccountId, Region};
use daypass_deliver::instance::InstanceCredentials;
use hmac::{Hmac, Mac as _};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use rand::RngCore as _;
use serde_json::json as object;
use sha2::Sha256;

use crate::answer::{json, text, turned_away};
use crate::consumer::Consumer;
use crate::visit::Visit;

const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const LIFETIME: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The longest that a token lives: six hours.
const LONGEST: i64 = 21_600;

const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials";

/// What an instance knows of itself.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The account that it is in.
    pub account: AccountId,
    /// The name of its role.
    pub role: String,
    /// The region that it is in, if it has one.
    pub region: Option<Region>,
}

/// The instance metadata service of one role.
pub(crate) struct Imds {
    consumer: Arc<Consumer>,
    machine: Machine,
    /// Signs tokens, so that none has to be kept.
    key: [u8; 32],
}

impl Imds {
    pub(crate) fn new(consumer: Arc<Consumer>, machine: Machine) -> Self {
        let mut key = [0; 32];
        rand::rngs::OsRng.fill_bytes(&mut key);
        Self { consumer, machine, key }
    }

    pub(crate) async fn answer(&self, visit: &Visit, request: &Request<impl Sized>) -> Response<String> {
        if request.headers().contains_key(FORWARDED) {
            return turned_away(StatusCode::FORBIDDEN, "Forwarded", "requests through a proxy aren't answered");
        }
        if self.consumer.is_revoked() {
            return turned_away(StatusCode::UNAUTHORIZED, "Revoked", "Daypass: this service was revoked");
        }
        let path = request.uri().path();
        if request.method() == Method::PUT && path == "/latest/api/token" {
            return self.issue_token(request);
        }
        if !self.is_admitted(request) {
            let words = format!("the request needs a token in {TOKEN}: version 1 of the service isn't answered");
            return turned_away(StatusCode::UNAUTHORIZED, "Unauthorized", &words);
        }
        if request.method() != Method::GET {
            return turned_away(StatusCode::METHOD_NOT_ALLOWED, "WrongMethod", "send a GET request");
        }
        match path.strip_prefix(CREDENTIALS) {
            Some("" | "/") => text(&self.machine.role),
            Some(role) if role.strip_prefix('/') == Some(&self.machine.role) => {
                match visit.credentials(&self.consumer, request).await {
                    Ok(credentials) => json(StatusCode::OK, &InstanceCredentials::at(SystemClock.now(), credentials)),
                    Err(refused) => refused,
                }
            }
            _ => self
                .place(path)
                .unwrap_or_else(|| turned_away(StatusCode::NOT_FOUND, "NotFound", "it isn't known here")),
        }
    }

    /// Where the instance is. A zone's letter is made up: those who ask for the zone take the region from it.
    fn place(&self, path: &str) -> Option<Response<String>> {
        let region = self.machine.region.as_ref()?;
        let zone = format!("{region}a");
        match path {
            "/latest/meta-data/placement/region" => Some(text(region.as_str())),
            "/latest/meta-data/placement/availability-zone" => Some(text(zone)),
            "/latest/dynamic/instance-identity/document" => {
                let document =
                    object!({ "accountId": self.machine.account, "region": region, "availabilityZone": zone });
                Some(json(StatusCode::OK, &document))
            }
            _ => None,
        }
    }

    fn issue_token(&self, request: &Request<impl Sized>) -> Response<String> {
        let asked = request.headers().get(LIFETIME).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
        let Some(seconds) = asked.filter(|seconds| (1..=LONGEST).contains(seconds)) else {
            let words = format!("{LIFETIME} has to be from 1 to {LONGEST}");
            return turned_away(StatusCode::BAD_REQUEST, "BadRequest", &words);
        };
        let mut token = [0; TOKEN_LENGTH];
        token[..8].copy_from_slice(&(SystemClock.now().timestamp() + seconds).to_be_bytes());
        rand::rngs::OsRng.fill_bytes(&mut token[8..SIGNED]);
        if let Some(mac) = self.signed(&token[..SIGNED]) {
            token[SIGNED..].copy_from_slice(&mac.finalize().into_bytes());
        }
        let mut response = text(URL_SAFE_NO_PAD.encode(token));
        response.headers_mut().insert(LIFETIME, HeaderValue::from(seconds));
        response
    }

    fn is_admitted(&self, request: &Request<impl Sized>) -> bool {
        let mut tokens = request.headers().get_all(TOKEN).iter();
        let (Some(token), None) = (tokens.next(), tokens.next()) else { return false };
        let Ok(token) = URL_SAFE_NO_PAD.decode(token.as_bytes()) else { return false };
        let Some((signed, mac)) = token.split_at_checked(SIGNED) else { return false };
        let is_ours = self.signed(signed).is_some_and(|expected| expected.verify_slice(mac).is_ok());
        let until = signed.first_chunk::<8>().map(|until| i64::from_be_bytes(*until));
        is_ours && until.is_some_and(|until| until > SystemClock.now().timestamp())
    }

    fn signed(&self, bytes: &[u8]) -> Option<Hmac<Sha256>> {
        // A key of any length is taken.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(bytes);
        Some(mac)
    }
}

/// When it ends, and 16 random bytes.
const SIGNED: usize = 24;
const TOKEN_LENGTH: usize = SIGNED + 32;
