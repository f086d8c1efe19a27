//! Requests to a provider: a token for a code or a refresh token, and who owns it.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenResponse, TokenUrl,
};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::error::OauthError;
use super::provider::Provider;
use crate::client::{SendError, Sender, refresh_scopes, shown};
use daypass_core::settings::OauthSettings;
use daypass_core::text::said;
use daypass_http::{CaBundle, Http, bare};

/// How long an access token is used if the provider doesn't say (`expires_in` is only recommended, RFC 6749, 5.1).
const UNTOLD_LIFE: TimeDelta = TimeDelta::minutes(30);

/// An access token, and the means to get the next one.
pub(super) struct Tokens {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) expires_at: DateTime<Utc>,
    /// The scopes to send with a refresh.
    pub(super) refresh_scopes: Vec<String>,
}

/// The client that requests tokens.
pub(super) struct Client<'a> {
    pub(super) settings: &'a OauthSettings,
    pub(super) provider: &'a Provider,
    pub(super) secret: Option<&'a SecretString>,
    pub(super) http: &'a Http,
}

/// The HTTP client of an identity.
pub(super) fn http(settings: &OauthSettings) -> Result<Http, OauthError> {
    Ok(trusting(settings)?.0)
}

/// The HTTP client of an identity, and the fingerprint of the `ca_file` that it trusts.
pub(super) fn trusting(settings: &OauthSettings) -> Result<(Http, String), OauthError> {
    let ca = settings.ca_file.as_ref().map(|path| CaBundle::read(Path::new(path))).transpose()?;
    let http = Http::new(ca.as_ref())?;
    Ok((http, ca.map(|ca| ca.digest()).unwrap_or_default()))
}

/// Whether the token endpoint exists. It answers an empty request with an error.
pub(super) async fn look_at(http: &Http, provider: &Provider) -> Result<(), OauthError> {
    let answer = http.post_form(&provider.token, &[]).await.map_err(OauthError::Unreachable)?;
    let url = bare(&provider.token);
    match answer.status {
        400 | 401 | 403 => Ok(()),
        status if answer.is_passing() => Err(OauthError::OutOfOrder { url, status }),
        status => Err(OauthError::Unreadable { url, why: format!("HTTP status {status}") }),
    }
}

impl Client<'_> {
    /// Exchanges an authorization code (RFC 6749, 4.1.3; RFC 7636, 4.5).
    pub(super) async fn redeem(
        &self,
        code: &SecretString,
        redirect_uri: &str,
        verifier: PkceCodeVerifier,
        now: DateTime<Utc>,
    ) -> Result<Tokens, OauthError> {
        let redirect = RedirectUrl::new(redirect_uri.to_owned()).map_err(|e| self.unreadable(&e.to_string()))?;
        let client = self.client().set_redirect_uri(redirect);
        let sender = Sender::new(self.http.clone());
        let request = client.exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()));
        let answer = request.set_pkce_verifier(verifier).request_async(&sender).await;
        Ok(tokens(&answer.map_err(|error| self.refusal(error))?, &self.provider.scopes, now))
    }

    /// Whether the provider takes the secret, and what its answer was ([`shown`]).
    pub(super) async fn show_secret(&self) -> Result<String, OauthError> {
        let sender = Sender::new(self.http.clone());
        let code = AuthorizationCode::new("daypass-trial".to_owned());
        let answer = self.client().exchange_code(code).request_async(&sender).await;
        shown(answer, |no| no.error().as_ref().to_owned()).map_err(|error| self.refusal(error))
    }

    /// Gets a new access token without the person (RFC 6749, section 6). `rotated` gets the provider's next refresh token
    /// before anything else about the answer is judged. It must store it: the given one is spent from then on.
    pub(super) async fn refresh(
        &self,
        refresh_token: &SecretString,
        scopes: &[String],
        now: DateTime<Utc>,
        rotated: impl FnOnce(&SecretString),
    ) -> Result<Tokens, OauthError> {
        let sender = Sender::new(self.http.clone());
        let answer = match self.ask_again(&sender, refresh_token, scopes).await {
            // A refusal spends nothing.
            Err(OauthError::TokenRefused { is_scope: true, .. }) if !scopes.is_empty() => {
                self.ask_again(&sender, refresh_token, &[]).await
            }
            answer => answer,
        };
        let next = sender.heard().refresh_token;
        if let Some(next) = &next {
            rotated(next);
        }
        let refresh_token = Some(next.unwrap_or_else(|| refresh_token.clone()));
        Ok(Tokens { refresh_token, refresh_scopes: scopes.to_vec(), ..tokens(&answer?, &[], now) })
    }

    async fn ask_again(
        &self,
        sender: &Sender,
        refresh_token: &SecretString,
        scopes: &[String],
    ) -> Result<BasicTokenResponse, OauthError> {
        let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let client = self.client();
        let request = client.exchange_refresh_token(&refresh_token);
        let answer = request.add_scopes(scopes.iter().cloned().map(Scope::new)).request_async(sender).await;
        answer.map_err(|error| self.refresh_refusal(error, sender.heard().refusal()))
    }

    /// What the provider says about the token's owner. Empty if it has no such endpoint.
    pub(super) async fn profile(&self, access_token: &SecretString) -> Result<Map<String, Value>, OauthError> {
        let Some(url) = &self.provider.profile else { return Ok(Map::new()) };
        let bearer = HeaderValue::from_str(&format!("Bearer {}", access_token.expose_secret()));
        let mut bearer =
            bearer.map_err(|_| self.unreadable("its token has characters that are not allowed in a token"))?;
        bearer.set_sensitive(true);
        let mut request = reqwest::Request::new(reqwest::Method::GET, url.clone());
        request.headers_mut().insert(AUTHORIZATION, bearer);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.http.send(request).await.map_err(OauthError::Unreachable)?;
        let (url, status) = (bare(url), answer.status);
        if answer.is_passing() {
            return Err(OauthError::OutOfOrder { url, status });
        }
        if status != 200 {
            return Err(OauthError::Unreadable { url, why: format!("HTTP status {status}") });
        }
        let why = "it is not a JSON object".to_owned();
        let mut profile: Map<String, Value> =
            serde_json::from_slice(&answer.body).map_err(|_| OauthError::Unreadable { url, why })?;
        // The provider's permanent ID for the person. Amazon and Facebook have their own names for `sub`.
        if let Some(id) = ["user_id", "id"].iter().find_map(|name| profile.get(*name).cloned()) {
            profile.entry("sub").or_insert(id);
        }
        Ok(profile)
    }

    fn client(&self) -> BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet> {
        let client = BasicClient::new(ClientId::new(self.settings.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(self.provider.token.clone()))
            .set_auth_type(self.provider.auth_type.clone());
        match self.secret {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
            None => client,
        }
    }

    fn unreadable(&self, why: &str) -> OauthError {
        OauthError::Unreadable { url: bare(&self.provider.token), why: why.to_owned() }
    }

    /// What a refused refresh means. `status` is that of a refusal: 400, 401 or 403.
    fn refresh_refusal(&self, error: TokenError, status: Option<u16>) -> OauthError {
        let refused = |why| OauthError::RefreshRefused { provider: self.settings.provider_id.clone(), why };
        match (&error, status) {
            (TokenError::ServerResponse(answer), Some(status)) => match answer.error() {
                // The person can't help.
                BasicErrorResponseType::InvalidClient
                | BasicErrorResponseType::UnauthorizedClient
                | BasicErrorResponseType::UnsupportedGrantType
                | BasicErrorResponseType::InvalidScope => self.refusal(error),
                // Not errors of RFC 6749, 5.2. They are of other endpoints, and pass.
                BasicErrorResponseType::Extension(code)
                    if matches!(code.as_str(), "temporarily_unavailable" | "server_error" | "slow_down") =>
                {
                    OauthError::OutOfOrder { url: bare(&self.provider.token), status }
                }
                _ => match self.refusal(error) {
                    OauthError::TokenRefused { error, description, .. } => {
                        refused(description.map_or(error.clone(), |description| format!("{error}: {description}")))
                    }
                    spent => spent,
                },
            },
            (TokenError::Parse(..) | TokenError::Other(_), Some(status)) => refused(format!("HTTP status {status}")),
            _ => self.refusal(error),
        }
    }

    fn refusal(&self, error: TokenError) -> OauthError {
        let provider = self.settings.provider_id.clone();
        match error {
            TokenError::ServerResponse(answer) => {
                let description = answer.error_description().and_then(|text| said(text));
                match answer.error() {
                    BasicErrorResponseType::InvalidGrant => OauthError::Spent { provider, description },
                    other => {
                        let is_scope = *other == BasicErrorResponseType::InvalidScope;
                        let error = said(other.as_ref()).unwrap_or_default();
                        OauthError::TokenRefused { provider, error, description, is_scope }
                    }
                }
            }
            TokenError::Request(SendError::Unanswered(unanswered)) => OauthError::Unreachable(unanswered),
            TokenError::Request(SendError::OutOfOrder { url, status }) => OauthError::OutOfOrder { url, status },
            TokenError::Request(SendError::Request) => self.unreadable("the request could not be made"),
            // Neither shows the body, because it may contain tokens.
            TokenError::Parse(..) => self.unreadable("it is not the JSON of a token"),
            TokenError::Other(_) => self.unreadable("it is empty or not JSON"),
        }
    }
}

type TokenError = RequestTokenError<SendError, StandardErrorResponse<BasicErrorResponseType>>;

fn tokens(answer: &BasicTokenResponse, asked: &[String], now: DateTime<Utc>) -> Tokens {
    let life = answer.expires_in().and_then(|life| TimeDelta::from_std(life).ok()).unwrap_or(UNTOLD_LIFE);
    let granted = answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect());
    Tokens {
        access_token: answer.access_token().secret().as_str().into(),
        refresh_token: answer.refresh_token().map(|token| token.secret().as_str().into()),
        expires_at: now.checked_add_signed(life).unwrap_or(now),
        refresh_scopes: refresh_scopes(asked, granted),
    }
}
