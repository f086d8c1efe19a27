//! `CreateOAuth2Token` (<https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>): a code or
//! a refresh token for credentials that last for minutes.

use chrono::TimeDelta;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::address::SignInService;
use super::dpop::DpopKey;
use super::error::{ConsoleError, Reason, Refusal};
use crate::IdentityContext;
use daypass_core::credentials::{Credentials, IssuedCredentials, SessionCredentials};
use daypass_core::text::said;
use daypass_http::{Answer, Http};

/// The token type: the answer has credentials in it, not a bearer token.
const SIGV4: &str = "aws_sigv4";
/// A machine's clock may differ by this much before a refusal is taken for the clock's fault.
const NOTICED: TimeDelta = TimeDelta::seconds(5);

/// A client that AWS knows without a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, Deserialize)]
pub(super) enum Client {
    /// The browser comes back to this machine.
    #[serde(rename = "arn:aws:signin:::devtools/same-device")]
    SameDevice,
    /// The person types what the browser on another device shows.
    #[serde(rename = "arn:aws:signin:::devtools/cross-device")]
    CrossDevice,
}

impl Client {
    /// Its `client_id`.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::SameDevice => "arn:aws:signin:::devtools/same-device",
            Self::CrossDevice => "arn:aws:signin:::devtools/cross-device",
        }
    }
}

/// Asks the service for tokens, with proofs of one key.
pub(super) struct TokenRequest<'a> {
    pub(super) service: &'a SignInService,
    pub(super) context: &'a IdentityContext,
    pub(super) http: &'a Http,
    pub(super) client: Client,
    pub(super) key: &'a DpopKey,
    /// How far AWS's clock is ahead of this machine's, as far as it is known.
    pub(super) skew: TimeDelta,
}

/// What a grant yields.
pub(super) struct Tokens {
    /// Without a principal: only the ID token says whose they are, and a refresh brings none.
    pub(super) credentials: Credentials,
    pub(super) refresh_token: SecretString,
    pub(super) id_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    access_token: Keys,
    token_type: String,
    expires_in: u32,
    refresh_token: SecretString,
    id_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: SecretString,
    session_token: SecretString,
}

impl TokenRequest<'_> {
    /// For the code that the browser brought, which is good once.
    pub(super) async fn redeem(&self, code: &str, verifier: &str, redirect_uri: &str) -> Result<Tokens, ConsoleError> {
        let grant = json!({
            "grantType": "authorization_code",
            "code": code,
            "codeVerifier": verifier,
            "redirectUri": redirect_uri,
        });
        self.ask(grant, |_| ()).await
    }

    /// For a refresh token. `rotated` gets the next one before anything else about the answer is judged.
    pub(super) async fn refresh(
        &self,
        refresh_token: &str,
        rotated: impl FnOnce(&SecretString),
    ) -> Result<Tokens, ConsoleError> {
        self.ask(json!({ "grantType": "refresh_token", "refreshToken": refresh_token }), rotated).await
    }

    async fn ask(&self, mut grant: Value, rotated: impl FnOnce(&SecretString)) -> Result<Tokens, ConsoleError> {
        grant["clientId"] = self.client.id().into();
        let body = grant.to_string();
        let answer = self.send(&body, self.skew).await?;
        // AWS doesn't say that it is the proof's time that it refuses.
        let answer = match self.skew_of(&answer) {
            Some(skew) if is_refusal(&answer) && (skew - self.skew).abs() > NOTICED => self.send(&body, skew).await?,
            _ => answer,
        };
        self.read(&answer, rotated)
    }

    async fn send(&self, body: &str, skew: TimeDelta) -> Result<Answer, ConsoleError> {
        let at = self.context.now();
        let proof = self.key.proof(&self.service.token, at.checked_add_signed(skew).unwrap_or(at))?;
        let mut request = reqwest::Request::new(reqwest::Method::POST, self.service.token.clone());
        let mut proof = HeaderValue::from_str(&proof).map_err(|_| self.unreadable("its address has odd characters"))?;
        proof.set_sensitive(true);
        let json = HeaderValue::from_static("application/json");
        let headers = request.headers_mut();
        headers.insert("dpop", proof);
        headers.insert(CONTENT_TYPE, json.clone());
        headers.insert(ACCEPT, json);
        *request.body_mut() = Some(body.to_owned().into());
        self.http.send(request).await.map_err(ConsoleError::Unreachable)
    }

    fn read(&self, answer: &Answer, rotated: impl FnOnce(&SecretString)) -> Result<Tokens, ConsoleError> {
        if answer.status != 200 {
            return Err(self.refusal(answer));
        }
        if let Some(next) = next_refresh_token(&answer.body) {
            rotated(&next);
        }
        // The library's message could quote a key.
        let output: Output =
            serde_json::from_slice(&answer.body).map_err(|_| self.unreadable("it doesn't contain credentials"))?;
        if output.token_type != SIGV4 {
            return Err(self.unreadable("its token type isn't aws_sigv4"));
        }
        let now = self.context.now();
        // By AWS's clock.
        let began = answer.date.unwrap_or(now);
        let Some(expires_at) = began.checked_add_signed(TimeDelta::seconds(output.expires_in.into())) else {
            return Err(self.unreadable("its credentials never end"));
        };
        let Keys { access_key_id, secret_access_key, session_token } = output.access_token;
        let credentials = SessionCredentials::new(access_key_id, secret_access_key, session_token, expires_at);
        Ok(Tokens {
            credentials: Credentials::of(IssuedCredentials {
                credentials: credentials.map_err(|bad| self.unreadable(&bad.to_string()))?,
                assumed_role_arn: String::new(),
                assumed_role_id: String::new(),
                request_id: None,
                issued_at: now,
                clock_skew: Some(began - now),
                fallback_region: None,
            }),
            refresh_token: output.refresh_token,
            id_token: output.id_token,
        })
    }

    fn refusal(&self, answer: &Answer) -> ConsoleError {
        let url = self.service.token.to_string();
        if answer.is_passing() {
            return ConsoleError::OutOfOrder { url, status: answer.status };
        }
        #[derive(Deserialize)]
        struct Body {
            error: Reason,
            message: Option<String>,
        }
        match serde_json::from_slice::<Body>(&answer.body) {
            Ok(Body { error, message }) => {
                let words = message.as_deref().and_then(said);
                ConsoleError::Refused(Refusal { url, reason: error, status: answer.status, words })
            }
            Err(_) => ConsoleError::Unreadable { url, why: format!("HTTP status {}", answer.status) },
        }
    }

    /// From the answer's `Date`, to a second.
    fn skew_of(&self, answer: &Answer) -> Option<TimeDelta> {
        answer.date.map(|date| date - self.context.now())
    }

    pub(super) fn unreadable(&self, why: &str) -> ConsoleError {
        ConsoleError::Unreadable { url: self.service.token.to_string(), why: why.to_owned() }
    }
}

/// A 4xx that isn't about the rate of requests.
fn is_refusal(answer: &Answer) -> bool {
    (400..500).contains(&answer.status) && !answer.is_passing()
}

fn next_refresh_token(body: &[u8]) -> Option<SecretString> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Next {
        refresh_token: String,
    }
    let next: Next = serde_json::from_slice(body).ok()?;
    (!next.refresh_token.is_empty()).then(|| next.refresh_token.into())
}
