//! The token endpoint of OAuth 2.0 (RFC 6749, 3.2), which OpenID Connect has too: exchanges a code or a refresh token
//! for tokens.
//!
//! What servers answer is read as it is, and not as the RFC asks for it: only what is used is read, in each form that a
//! server is known to use. An error is read into a [`RefusalCode`] here and nowhere else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use oauth2::PkceCodeVerifier;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::words::is_scope;
use daypass_core::text::said;
use daypass_http::{Answer, Http, Unanswered, bare};

/// A token lives this long at most, whatever the server says, so that its end is a date.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(3650);

/// Why a server refuses, besides `error`.
const REASONS: [&str; 8] = [
    "error_description",
    "error_message",
    "message",
    "errorSummary",
    "errorMessage",
    "errmsg",
    "description",
    "detail",
];

/// Names of `error` at servers that don't know RFC 6749, 5.2.
const CODES: [&str; 5] = ["error_code", "errorCode", "errcode", "type", "code"];

/// Where a client that has a secret sends it (RFC 6749, 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretIn {
    /// HTTP Basic.
    Header,
    /// `client_secret` of the form.
    Body,
}

/// A token endpoint, as one client uses it.
pub(super) struct TokenEndpoint<'a> {
    pub(super) url: &'a Url,
    pub(super) client_id: &'a str,
    pub(super) secret: Option<&'a SecretString>,
    pub(super) secret_in: SecretIn,
    pub(super) http: &'a Http,
}

/// What is exchanged.
pub(super) enum Grant<'a> {
    /// A code that the browser brought (RFC 6749, 4.1.3; RFC 7636, 4.5).
    Code { code: &'a SecretString, redirect_uri: &'a str, verifier: &'a PkceCodeVerifier },
    /// A code that is made up, to see what the server says about the client.
    MadeUp,
    /// A refresh token (RFC 6749, 6).
    Refresh { token: &'a SecretString, scopes: &'a [String] },
}

/// What a server sent. Each part is absent if it isn't there, or isn't in a form that can be used.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) access_token: Option<SecretString>,
    pub(super) id_token: Option<SecretString>,
    pub(super) refresh_token: Option<SecretString>,
    /// `expires_in`.
    pub(super) life: Option<TimeDelta>,
    /// What was granted.
    pub(super) scopes: Option<Vec<String>>,
}

/// Why tokens aren't available.
#[derive(Debug)]
pub(super) enum NoTokens {
    Unanswered(Unanswered),
    OutOfOrder { url: String, status: u16 },
    Refused(Refusal),
    Unreadable { status: u16, why: String },
}

/// A server's `error` (RFC 6749, 5.2).
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: RefusalCode,
    /// As the server spells it.
    pub(super) error: String,
    pub(super) description: Option<String>,
    pub(super) status: u16,
}

/// What a server's `error` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalCode {
    InvalidGrant,
    InvalidClient,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    /// Not in RFC 6749, but some providers answer this way when the person has to come back.
    PersonNeeded,
    /// Not errors of RFC 6749, 5.2. They are of other endpoints, and pass.
    Passing,
    Other,
}

/// What a refresh that failed means.
pub(super) enum NotRefreshed {
    /// The refresh token is spent, or the person has to come back.
    Spent(Refusal),
    /// The server refuses for another reason that may be the person's to solve.
    Refused(String),
    /// It may work later.
    Passing { status: u16 },
    /// Anything else.
    Other(NoTokens),
}

impl TokenEndpoint<'_> {
    /// Asks for tokens. What the server says may quote what was sent, so that is left out of it.
    pub(super) async fn ask(&self, grant: Grant<'_>) -> Result<Tokens, NoTokens> {
        let request = self.request(&grant)?;
        let answer = self.http.send(request).await.map_err(NoTokens::Unanswered)?;
        if answer.is_passing() {
            return Err(NoTokens::OutOfOrder { url: bare(self.url), status: answer.status });
        }
        let sent = match grant {
            Grant::Code { code, .. } => Some(code),
            Grant::Refresh { token, .. } => Some(token),
            Grant::MadeUp => None,
        };
        read(&answer).map_err(|error| match error {
            NoTokens::Refused(refusal) => NoTokens::Refused(refusal.without(sent).without(self.secret)),
            other => other,
        })
    }

    fn request(&self, grant: &Grant<'_>) -> Result<reqwest::Request, NoTokens> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        match grant {
            Grant::Code { code, redirect_uri, verifier } => form
                .append_pair("grant_type", "authorization_code")
                .append_pair("code", code.expose_secret())
                .append_pair("redirect_uri", redirect_uri)
                .append_pair("code_verifier", verifier.secret()),
            Grant::MadeUp => form.append_pair("grant_type", "authorization_code").append_pair("code", "daypass-trial"),
            Grant::Refresh { token, scopes } => {
                form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.expose_secret());
                if !scopes.is_empty() {
                    form.append_pair("scope", &scopes.join(" "));
                }
                &mut form
            }
        };
        let mut basic = None;
        match (self.secret, self.secret_in) {
            (Some(secret), SecretIn::Header) => basic = Some(basic_of(self.client_id, secret)?),
            (Some(secret), SecretIn::Body) => {
                form.append_pair("client_id", self.client_id).append_pair("client_secret", secret.expose_secret());
            }
            (None, _) => {
                form.append_pair("client_id", self.client_id);
            }
        }
        let mut request = reqwest::Request::new(reqwest::Method::POST, self.url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(basic) = basic {
            headers.insert(AUTHORIZATION, basic);
        }
        *request.body_mut() = Some(form.finish().into());
        Ok(request)
    }
}

/// Name and secret are encoded like a form's before they are put together (RFC 6749, 2.3.1).
fn basic_of(client_id: &str, secret: &SecretString) -> Result<HeaderValue, NoTokens> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(client_id), encoded(secret.expose_secret()));
    let mut header = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
        .map_err(|_| NoTokens::Unreadable { status: 0, why: "the request couldn't be made".to_owned() })?;
    header.set_sensitive(true);
    Ok(header)
}

fn read(answer: &Answer) -> Result<Tokens, NoTokens> {
    let is_success = (200..300).contains(&answer.status);
    let unreadable = |why: String| NoTokens::Unreadable { status: answer.status, why: with_status(why, answer.status) };
    let fields = fields_of(answer).filter(|_| !(300..400).contains(&answer.status));
    let Some(fields) = fields else { return Err(unreadable(what_is_there(answer))) };
    let tokens = tokens_of(&fields);
    let has_tokens = tokens.access_token.is_some() || tokens.id_token.is_some() || tokens.refresh_token.is_some();
    // Some servers refuse with status 200.
    if !(is_success && has_tokens)
        && let Some(refusal) = refusal_of(&fields, answer.status)
    {
        return Err(NoTokens::Refused(refusal));
    }
    if is_success { Ok(tokens) } else { Err(unreadable("there is neither a token nor an error in it".to_owned())) }
}

/// JSON, under whatever `Content-Type` it comes; or a form, as some servers of OAuth answer.
fn fields_of(answer: &Answer) -> Option<Map<String, Value>> {
    let body = answer.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&answer.body);
    if let Ok(fields) = serde_json::from_slice(body) {
        return Some(fields);
    }
    let is_form = ["access_token=", "error="].iter().any(|name| body.starts_with(name.as_bytes()))
        || answer.content_type.as_deref() == Some("application/x-www-form-urlencoded");
    let fields =
        || form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
    is_form.then(|| fields().collect())
}

/// Describes what came instead of tokens. Never quotes it, because it may contain a token.
fn what_is_there(answer: &Answer) -> String {
    match (&answer.location, answer.status) {
        (Some(location), 300..=399) => {
            let location = said(location).unwrap_or_default();
            return format!("the server redirects to {location}");
        }
        (None, 300..=399) => return "the server redirects".to_owned(),
        _ => {}
    }
    let body = answer.body.trim_ascii_start();
    if body.is_empty() {
        "it's empty".to_owned()
    } else if answer.content_type.as_deref() == Some("text/html") || body.starts_with(b"<") {
        "it's a web page instead".to_owned()
    } else if serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        "it is JSON, but not an object".to_owned()
    } else {
        "it isn't JSON".to_owned()
    }
}

fn with_status(why: String, status: u16) -> String {
    if status == 200 { why } else { format!("{why} (HTTP status {status})") }
}

fn tokens_of(fields: &Map<String, Value>) -> Tokens {
    let text = |name: &str| fields.get(name)?.as_str().filter(|text| !text.is_empty()).map(SecretString::from);
    Tokens {
        access_token: text("access_token"),
        // One of another form is none that can be read, which isn't the same as none.
        id_token: text("id_token")
            .or_else(|| fields.get("id_token").filter(|it| is_odd(it)).map(|it| it.to_string().into())),
        refresh_token: text("refresh_token"),
        life: fields.get("expires_in").or_else(|| fields.get("expires")).and_then(life_of),
        scopes: fields.get("scope").and_then(scopes_of),
    }
}

fn is_odd(value: &Value) -> bool {
    !value.is_null() && !value.is_string()
}

/// A number of seconds, or the text of one (Entra ID's v1 endpoint); a fraction at some servers. One that is over
/// already says nothing.
fn life_of(value: &Value) -> Option<TimeDelta> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    if !(seconds.is_finite() && seconds >= 1.0) {
        return None;
    }
    let most = LONGEST_LIFE.num_seconds();
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (seconds.floor() as i64).min(most);
    Some(TimeDelta::seconds(seconds))
}

/// A text with blanks between scopes (RFC 6749, 3.3), or a list. Only what can be sent again is kept.
fn scopes_of(value: &Value) -> Option<Vec<String>> {
    let texts: Vec<&str> = match value {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(values) => values.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    Some(texts.into_iter().filter(|text| is_scope(text)).map(str::to_owned).collect())
}

/// `error` is a text in RFC 6749, an object at Facebook and others, and has another name at servers that don't know the
/// RFC.
fn refusal_of(fields: &Map<String, Value>, status: u16) -> Option<Refusal> {
    let within = match fields.get("error") {
        Some(Value::Object(within)) => Some(within),
        Some(Value::Array(several)) => several.first().and_then(Value::as_object),
        _ => fields.get("errors").and_then(|errors| errors.get(0)).and_then(Value::as_object),
    };
    let own = fields.get("error").filter(|error| !matches!(error, Value::Object(_) | Value::Array(_)));
    let places = || within.into_iter().chain([fields]);
    let codes: Vec<String> = own
        .into_iter()
        .chain(places().flat_map(|place| CODES.iter().filter_map(move |name| place.get(*name))))
        .filter_map(word_of)
        .collect();
    let description = places().find_map(|place| REASONS.iter().find_map(|name| place.get(*name).and_then(word_of)));
    // One that is known says more than the number beside it.
    let known = codes.iter().find(|code| RefusalCode::of(code) != RefusalCode::Other);
    let error = match (known.or_else(|| codes.first()), &description) {
        (Some(error), _) => error.clone(),
        (None, Some(_)) => "an error".to_owned(),
        (None, None) => return None,
    };
    Some(Refusal { code: RefusalCode::of(&error), error, description, status })
}

/// A text or a number, as it may be shown.
fn word_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => said(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("an error".to_owned()),
        Value::Null | Value::Bool(false) | Value::Array(_) | Value::Object(_) => None,
    }
}

impl RefusalCode {
    fn of(error: &str) -> Self {
        match error {
            "invalid_grant" => Self::InvalidGrant,
            "invalid_client" => Self::InvalidClient,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "interaction_required" | "login_required" | "consent_required" => Self::PersonNeeded,
            "temporarily_unavailable" | "server_error" | "slow_down" => Self::Passing,
            _ => Self::Other,
        }
    }
}

impl Refusal {
    /// The same without a secret that the server quotes.
    fn without(mut self, secret: Option<&SecretString>) -> Self {
        let Some(secret) = secret.map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty()) else {
            return self;
        };
        let clean = |text: &mut String| *text = text.replace(secret, "…");
        clean(&mut self.error);
        self.description.as_mut().map(clean);
        self
    }

    /// In one line, for a message.
    pub(super) fn words(&self) -> String {
        let description = self.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        format!("{}{description} (HTTP status {})", self.error, self.status)
    }

    /// Why, if the error itself says nothing more.
    pub(super) fn reason(&self) -> String {
        let description = self.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        format!("{description} (HTTP status {})", self.status)
    }
}

impl NotRefreshed {
    /// The person has to sign in again, unless the error is the client's or passes.
    pub(super) fn of(error: NoTokens) -> Self {
        let is_refusal = |status: u16| matches!(status, 200..=299 | 400 | 401 | 403);
        match error {
            NoTokens::Refused(refusal) => match refusal.code {
                RefusalCode::InvalidGrant | RefusalCode::PersonNeeded => Self::Spent(refusal),
                RefusalCode::Passing => Self::Passing { status: refusal.status },
                RefusalCode::Other if is_refusal(refusal.status) => Self::Refused(refusal.words()),
                RefusalCode::InvalidClient
                | RefusalCode::UnauthorizedClient
                | RefusalCode::UnsupportedGrantType
                | RefusalCode::InvalidScope
                | RefusalCode::Other => Self::Other(NoTokens::Refused(refusal)),
            },
            NoTokens::Unreadable { status, .. } if matches!(status, 400 | 401 | 403) => {
                Self::Refused(format!("HTTP status {status}"))
            }
            other => Self::Other(other),
        }
    }
}

/// How a provider answered a client that sent its secret with a made-up code. The provider refuses either the client or
/// the code (RFC 6749, 5.2), and may check either one first. So an answer about the code is reported as just that, and
/// a missing answer doesn't count as a refusal.
pub(super) fn shown(answer: Result<Tokens, NoTokens>) -> Result<String, NoTokens> {
    match answer {
        Err(NoTokens::Refused(no)) => match no.code {
            RefusalCode::InvalidClient | RefusalCode::UnauthorizedClient => Err(NoTokens::Refused(no)),
            _ => Ok(format!(
                "{} for a made-up code; a provider that checks the code first answers this for any secret",
                no.error
            )),
        },
        Err(error @ (NoTokens::Unanswered(_) | NoTokens::OutOfOrder { .. })) => Err(error),
        Err(NoTokens::Unreadable { .. }) | Ok(_) => Ok("its response doesn't say anything about the secret".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
