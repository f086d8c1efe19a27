//! Requests to a provider: a token for a code or a refresh token, and who owns it.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use oauth2::PkceCodeVerifier;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::error::OauthError;
use super::provider::Provider;
use crate::client::refresh_scopes;
use crate::token_endpoint::{self, Grant, NoTokens, NotRefreshed, RefusalCode, TokenEndpoint, shown};
use daypass_core::settings::OauthSettings;
use daypass_http::{CaBundle, Http, Network, bare};

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
pub(super) fn http(settings: &OauthSettings, network: &Network) -> Result<Http, OauthError> {
    Ok(trusting(settings, network)?.0)
}

/// The HTTP client of an identity, and the fingerprint of the `ca_file` that it trusts.
pub(super) fn trusting(settings: &OauthSettings, network: &Network) -> Result<(Http, String), OauthError> {
    let ca = settings.ca_file.as_ref().map(|path| CaBundle::read(Path::new(path))).transpose()?;
    let digest = ca.as_ref().map(|ca| ca.digest().to_owned()).unwrap_or_default();
    Ok((Http::over(network, ca)?, digest))
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
        let answer = self.endpoint().ask(Grant::Code { code, redirect_uri, verifier: &verifier }).await;
        self.tokens(answer.map_err(|error| self.without_tokens(error))?, &self.provider.scopes, now)
    }

    /// Whether the provider takes the secret, and what its answer was ([`shown`]).
    pub(super) async fn show_secret(&self) -> Result<String, OauthError> {
        shown(self.endpoint().ask(Grant::MadeUp).await).map_err(|error| self.without_tokens(error))
    }

    /// Gets a new access token without the person (RFC 6749, section 6). `rotated` gets the provider's next refresh
    /// token before anything else about the answer is judged. It must store it: the given one is spent from then on.
    pub(super) async fn refresh(
        &self,
        refresh_token: &SecretString,
        scopes: &[String],
        now: DateTime<Utc>,
        rotated: impl FnOnce(&SecretString),
    ) -> Result<Tokens, OauthError> {
        let endpoint = self.endpoint();
        let answer = match endpoint.ask(Grant::Refresh { token: refresh_token, scopes }).await {
            // A refusal spends nothing.
            Err(NoTokens::Refused(no)) if no.code == RefusalCode::InvalidScope && !scopes.is_empty() => {
                endpoint.ask(Grant::Refresh { token: refresh_token, scopes: &[] }).await
            }
            answer => answer,
        };
        let (provider_id, url) = (&self.settings.provider_id, &self.provider.token);
        let answer = answer.map_err(|error| OauthError::not_refreshed(provider_id, url, NotRefreshed::of(error)))?;
        if let Some(next) = &answer.refresh_token {
            rotated(next);
        }
        let next = answer.refresh_token.clone().unwrap_or_else(|| refresh_token.clone());
        let tokens = self.tokens(answer, &[], now)?;
        Ok(Tokens { refresh_token: Some(next), refresh_scopes: scopes.to_vec(), ..tokens })
    }

    /// What the provider says about the token's owner. Empty if it doesn't have that endpoint.
    pub(super) async fn profile(&self, access_token: &SecretString) -> Result<Map<String, Value>, OauthError> {
        let Some(url) = &self.provider.profile else { return Ok(Map::new()) };
        let bearer = HeaderValue::from_str(&format!("Bearer {}", access_token.expose_secret()));
        let mut bearer =
            bearer.map_err(|_| self.unreadable("its token has characters that aren't allowed in a token"))?;
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
        let why = "it isn't a JSON object".to_owned();
        let mut profile: Map<String, Value> =
            serde_json::from_slice(&answer.body).map_err(|_| OauthError::Unreadable { url, why })?;
        // The provider's permanent ID for the person. Amazon and Facebook have their own names for `sub`.
        if let Some(id) = ["user_id", "id"].iter().find_map(|name| profile.get(*name).cloned()) {
            profile.entry("sub").or_insert(id);
        }
        Ok(profile)
    }

    fn endpoint(&self) -> TokenEndpoint<'_> {
        TokenEndpoint {
            url: &self.provider.token,
            client_id: &self.settings.client_id,
            secret: self.secret,
            secret_in: self.provider.secret_in,
            http: self.http,
        }
    }

    fn unreadable(&self, why: &str) -> OauthError {
        OauthError::Unreadable { url: bare(&self.provider.token), why: why.to_owned() }
    }

    fn without_tokens(&self, error: NoTokens) -> OauthError {
        OauthError::without_tokens(&self.settings.provider_id, &self.provider.token, error)
    }

    fn tokens(
        &self,
        answer: token_endpoint::Tokens,
        asked: &[String],
        now: DateTime<Utc>,
    ) -> Result<Tokens, OauthError> {
        let access_token = answer.access_token.ok_or_else(|| self.unreadable("it doesn't contain an access_token"))?;
        let expires_at = now.checked_add_signed(answer.life.unwrap_or(UNTOLD_LIFE)).unwrap_or(now);
        let refresh_scopes = refresh_scopes(asked, answer.scopes);
        Ok(Tokens { access_token, refresh_token: answer.refresh_token, expires_at, refresh_scopes })
    }
}
