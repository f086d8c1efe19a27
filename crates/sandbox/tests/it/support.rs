//! Our own client, thin enough to send invalid requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{TimeDelta, Utc};
use daypass_sandbox::{
    Clock, IamUser, Options, Sandbox,
    headless::{self, Answer},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

pub(crate) const READ_ONLY: &str = "arn:aws:iam::111122223333:role/ReadOnly";
pub(crate) const DEPLOY: &str = "arn:aws:iam::111122223333:role/Deploy";
pub(crate) const ADMIN: &str = "arn:aws:iam::111122223333:role/Admin";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:9/callback";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(crate) async fn start() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

/// A sandbox whose clock runs ahead of ours by this number of seconds.
pub(crate) async fn start_with_clock() -> (Sandbox, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let seen = Arc::clone(&ahead);
    let clock = Clock::new(move || Utc::now() + TimeDelta::seconds(seen.load(Ordering::SeqCst)));
    let options = Options { clock, ..Options::default() };
    (Sandbox::start(options).await.unwrap(), ahead)
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An answer's status and body, with ways to read them.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) async fn from(response: reqwest::Response) -> Self {
        Self { status: response.status().as_u16(), text: response.text().await.unwrap() }
    }

    /// The text of the first element with this name.
    pub(crate) fn tag(&self, name: &str) -> String {
        let (_, rest) = self.text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {}", self.text));
        rest.split_once("</").unwrap().0.to_owned()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        assert_eq!(self.status, 200, "{}", self.text);
        let token = Some(self.tag("SessionToken"));
        Credentials::new(self.tag("AccessKeyId"), self.tag("SecretAccessKey"), token, None, "test")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.tag("Code").as_str()), (status, code), "{}", self.text);
    }
}

pub(crate) fn keys_of(user: &IamUser) -> Credentials {
    Credentials::new(&user.access_key_id, user.secret_access_key.expose_secret(), None, None, "test")
}

/// A signed POST that tests can still change.
pub(crate) fn signed(
    base: &Url,
    credentials: &Credentials,
    at: SystemTime,
    params: &[(&str, &str)],
) -> http::Request<String> {
    signed_for("eu-west-1", base, credentials, at, params)
}

fn signed_for(
    region: &str,
    base: &Url,
    credentials: &Credentials,
    at: SystemTime,
    params: &[(&str, &str)],
) -> http::Request<String> {
    let body = form(params);
    let host = format!("{}:{}", base.host_str().unwrap(), base.port().unwrap());
    let mut request = http::Request::post(base.as_str())
        .header("host", &host)
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(body.clone())
        .unwrap();
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("sts")
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers: Vec<_> =
        request.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
    let signable = SignableRequest::new(
        "POST",
        base.as_str(),
        headers.iter().map(|(k, v)| (k.as_str(), v.as_str())),
        SignableBody::Bytes(body.as_bytes()),
    )
    .unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request
}

pub(crate) async fn send(request: http::Request<String>) -> Answered {
    let request = reqwest::Request::try_from(request).unwrap();
    Answered::from(http().execute(request).await.unwrap()).await
}

/// Signs and sends a call for this action.
pub(crate) async fn call(
    sandbox: &Sandbox,
    credentials: &Credentials,
    action: &str,
    more: &[(&str, &str)],
) -> Answered {
    let params = [&[("Action", action), ("Version", "2011-06-15")], more].concat();
    send(signed(&sandbox.base_url(), credentials, SystemTime::now(), &params)).await
}

/// The same in another region.
pub(crate) async fn call_in(
    region: &str,
    sandbox: &Sandbox,
    credentials: &Credentials,
    action: &str,
    more: &[(&str, &str)],
) -> Answered {
    let params = [&[("Action", action), ("Version", "2011-06-15")], more].concat();
    send(signed_for(region, &sandbox.base_url(), credentials, SystemTime::now(), &params)).await
}

/// Sends an unsigned call.
pub(crate) async fn unsigned(sandbox: &Sandbox, params: &[(&str, &str)]) -> Answered {
    post(sandbox.base_url(), params).await
}

pub(crate) async fn post(url: impl reqwest::IntoUrl, params: &[(&str, &str)]) -> Answered {
    let request = http()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .timeout(Duration::from_secs(20))
        .body(form(params));
    Answered::from(request.send().await.unwrap()).await
}

pub(crate) fn form(params: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish()
}

/// A valid authorization URL with some parameters changed, or omitted if empty.
pub(crate) fn authorization_url(sandbox: &Sandbox, changed: &[(&str, &str)]) -> Url {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let usual = [
        ("response_type", "code"),
        ("client_id", "daypass-sandbox"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email offline_access"),
        ("state", "the state"),
        ("nonce", "the nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let mut url = Url::parse(&format!("{}/authorize", sandbox.issuer())).unwrap();
    for (name, value) in usual {
        let value = changed.iter().find(|(n, _)| *n == name).map_or(value, |(_, v)| v);
        if !value.is_empty() {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

pub(crate) fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

/// Goes through the sign-in page and returns the code.
pub(crate) async fn code(sandbox: &Sandbox, person: &str) -> String {
    let callback = headless::sign_in(&authorization_url(sandbox, &[]), Answer::SignIn(person.into())).await.unwrap();
    param(&callback, "code").unwrap()
}

pub(crate) async fn redeem(sandbox: &Sandbox, code: &str, verifier: &str) -> Answered {
    let params = [
        ("grant_type", "authorization_code"),
        ("client_id", "daypass-sandbox"),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", verifier),
    ];
    post(format!("{}/token", sandbox.issuer()), &params).await
}

pub(crate) async fn refresh(sandbox: &Sandbox, token: &str) -> Answered {
    let params = [("grant_type", "refresh_token"), ("client_id", "daypass-sandbox"), ("refresh_token", token)];
    post(format!("{}/token", sandbox.issuer()), &params).await
}

/// Signs in and returns the token response.
pub(crate) async fn tokens(sandbox: &Sandbox, person: &str) -> Value {
    let code = code(sandbox, person).await;
    redeem(sandbox, &code, VERIFIER).await.json()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a string"))
}

pub(crate) fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub(crate) async fn with_web_identity(sandbox: &Sandbox, role: &str, token: &str, more: &[(&str, &str)]) -> Answered {
    let params = [
        &[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", role),
            ("RoleSessionName", "maya@shop.example"),
            ("WebIdentityToken", token),
        ],
        more,
    ]
    .concat();
    unsigned(sandbox, &params).await
}
