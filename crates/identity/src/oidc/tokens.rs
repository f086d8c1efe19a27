//! The token endpoint: exchanges a code or a refresh token for an ID token.

use std::sync::Arc;

use openidconnect::core::{CoreClient, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardErrorResponse, TokenResponse,
    TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::claims;
use super::error::OidcError;
use super::proof::OidcProof;
use super::provider::{OidcClient, Provider};
use super::settings::well_formed;
use super::verify::{self, Doubt, Expected};
use crate::client::{SendError, Sender, refresh_scopes, shown};
use daypass_core::settings::OidcSettings;
use daypass_core::text::said;

/// What the browser brought, and what only this process knows.
pub(super) struct Grant<'a> {
    pub(super) code: &'a SecretString,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: PkceCodeVerifier,
    pub(super) nonce: &'a Nonce,
    /// The scopes that were asked for.
    pub(super) scopes: &'a [String],
}

/// What is refreshed.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) refresh_token: &'a SecretString,
    /// The `sub` of the sign-in, which must stay the same.
    pub(super) subject: Option<&'a str>,
    /// What the sign-in was granted. Nothing is sent if it is empty.
    pub(super) scopes: &'a [String],
    /// The claims of the sign-in.
    pub(super) claims: &'a Map<String, Value>,
}

/// Exchanges an authorization code (OpenID Connect Core, 3.1.3).
pub(super) async fn redeem(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: Arc<Provider>,
    grant: Grant<'_>,
) -> Result<OidcProof, OidcError> {
    let issuer = provider.metadata.issuer.clone();
    let sender = Sender::new(oidc.http(settings)?);
    let client = client(settings, oidc, &provider)?.set_redirect_uri(
        RedirectUrl::new(grant.redirect_uri.to_owned())
            .map_err(|e| OidcError::UnreadableAnswer { issuer: issuer.clone(), why: e.to_string() })?,
    );
    let answer = client
        .exchange_code(AuthorizationCode::new(grant.code.expose_secret().to_owned()))
        .set_pkce_verifier(grant.verifier)
        .request_async(&sender)
        .await
        .map_err(|error| refusal(&issuer, error))?;
    if answer.id_token().is_none() {
        return Err(OidcError::NoIdToken { issuer });
    }
    let proof = proof(oidc, settings, &provider, &answer, Expected::Nonce(grant.nonce)).await?;
    let granted = answer.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect());
    Ok(OidcProof { refresh_scopes: refresh_scopes(grant.scopes, granted), ..proof })
}

/// Whether the provider accepts the client's secret, and what it answered ([`shown`]).
pub(super) async fn show_secret(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: &Provider,
) -> Result<String, OidcError> {
    let sender = Sender::new(oidc.http(settings)?);
    let client = client(settings, oidc, provider)?;
    let answer = client.exchange_code(AuthorizationCode::new("daypass-trial".to_owned())).request_async(&sender).await;
    shown(answer, |no| no.error().as_ref().to_owned()).map_err(|error| refusal(&provider.metadata.issuer, error))
}

/// Gets a new ID token without the person (OpenID Connect Core, section 12).
///
/// `rotated` gets the provider's next refresh token before anything else about the answer is judged. It must store it:
/// the given one is spent from then on, and using it again ends the sign-in at many providers. The refresh token of the
/// proof is the next one, or the given one if the provider doesn't rotate them. Claims that the new ID token leaves out
/// are those of the sign-in (section 12.2 lets a provider leave them out).
///
/// # Errors
///
/// [`OidcError::Spent`], [`OidcError::RefreshRefused`] and [`OidcError::NoIdTokenOnRefresh`] when the person has to sign
/// in again; [`OidcError::KeyNotListed`] and [`OidcError::WrongTime`] when a later try may succeed; otherwise as for a
/// sign-in.
pub(super) async fn refresh(
    settings: &OidcSettings,
    oidc: &OidcClient,
    held: Held<'_>,
    rotated: impl FnOnce(&SecretString),
) -> Result<OidcProof, OidcError> {
    well_formed(settings)?;
    let provider = oidc.provider(settings).await?;
    let sender = Sender::new(oidc.http(settings)?);
    let answer = match ask_again(settings, oidc, &provider, &sender, held).await {
        // RFC 6749, 6: it should be as broad as what was granted. A refusal spends nothing.
        Err(OidcError::TokenRefused { is_scope: true, .. }) if !held.scopes.is_empty() => {
            ask_again(settings, oidc, &provider, &sender, Held { scopes: &[], ..held }).await
        }
        answer => answer,
    };
    let next = sender.heard().refresh_token;
    if let Some(next) = &next {
        rotated(next);
    }
    let issuer = provider.metadata.issuer.clone();
    let answer = answer?;
    if answer.id_token().is_none() {
        return Err(OidcError::NoIdTokenOnRefresh { issuer });
    }
    let proof = proof(oidc, settings, &provider, &answer, Expected::Subject(held.subject)).await?;
    let mut claims = held.claims.clone();
    claims.extend(proof.claims);
    Ok(OidcProof {
        person: claims::person(&claims),
        claims,
        refresh_token: next.or_else(|| Some(held.refresh_token.clone())),
        refresh_scopes: held.scopes.to_vec(),
        ..proof
    })
}

async fn ask_again(
    settings: &OidcSettings,
    oidc: &OidcClient,
    provider: &Provider,
    sender: &Sender,
    held: Held<'_>,
) -> Result<CoreTokenResponse, OidcError> {
    let answer = client(settings, oidc, provider)?
        .exchange_refresh_token(&RefreshToken::new(held.refresh_token.expose_secret().to_owned()))
        .add_scopes(held.scopes.iter().cloned().map(Scope::new))
        .request_async(sender)
        .await;
    answer.map_err(|error| refresh_refusal(&provider.metadata.issuer, error, sender.heard().refusal()))
}

async fn proof(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: &Provider,
    answer: &CoreTokenResponse,
    expected: Expected<'_>,
) -> Result<OidcProof, OidcError> {
    let issuer = &provider.metadata.issuer;
    let Some(token) = answer.id_token() else { return Err(OidcError::NoIdToken { issuer: issuer.clone() }) };
    let id_token = SecretString::from(token.to_string());
    let verify = |keys| {
        let trust = verify::Trust { issuer, client_id: &settings.client_id, keys, now: oidc.now() };
        verify::verify(&id_token, trust, expected)
    };
    let verified = match verify(&provider.keys) {
        // Providers may rotate keys at any time. Check once whether that is the reason.
        Err(error) if error.doubt.may_be_stale_keys() => {
            let fresh = oidc.with_fresh_keys(settings, provider).await?;
            verify(&fresh.keys)
        }
        outcome => outcome,
    };
    let verified = verified.map_err(|disbelief| match (disbelief.doubt, expected) {
        // A provider may sign with a new key before it lists it. The person isn't there to try again.
        (Doubt::KeyNotListed, Expected::Subject(_)) => OidcError::KeyNotListed { issuer: issuer.clone() },
        _ => disbelief.error,
    })?;
    Ok(OidcProof {
        person: claims::person(&verified.claims),
        subject: verified.subject,
        issuer: issuer.clone(),
        expires_at: verified.expires_at,
        refresh_token: answer.refresh_token().map(|t| t.secret().as_str().into()),
        claims: verified.claims,
        refresh_scopes: Vec::new(),
        id_token,
    })
}

type Client = CoreClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn client(settings: &OidcSettings, oidc: &OidcClient, provider: &Provider) -> Result<Client, OidcError> {
    let metadata = &provider.metadata;
    let unusable = |e: url::ParseError| OidcError::NotAProvider { url: metadata.issuer.clone(), why: e.to_string() };
    let issuer = IssuerUrl::new(metadata.issuer.clone()).map_err(unusable)?;
    let client = CoreClient::new(ClientId::new(settings.client_id.clone()), issuer, provider.keys.clone())
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
        .set_auth_type(metadata.auth_type());
    Ok(match oidc.client_secret() {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned())),
        None => client,
    })
}

type TokenError = RequestTokenError<SendError, StandardErrorResponse<CoreErrorResponseType>>;

/// What a refused refresh means. `status` is that of a refusal: 400, 401 or 403.
fn refresh_refusal(issuer: &str, error: TokenError, status: Option<u16>) -> OidcError {
    let refused = |why| OidcError::RefreshRefused { issuer: issuer.to_owned(), why };
    match (&error, status) {
        (TokenError::ServerResponse(answer), Some(status)) => match answer.error() {
            // The person can't help.
            CoreErrorResponseType::InvalidClient
            | CoreErrorResponseType::UnauthorizedClient
            | CoreErrorResponseType::UnsupportedGrantType
            | CoreErrorResponseType::InvalidScope => refusal(issuer, error),
            // Not errors of RFC 6749, 5.2. They are of other endpoints, and pass.
            CoreErrorResponseType::Extension(code)
                if matches!(code.as_str(), "temporarily_unavailable" | "server_error" | "slow_down") =>
            {
                OidcError::OutOfOrder { url: issuer.to_owned(), status }
            }
            _ => match refusal(issuer, error) {
                OidcError::TokenRefused { error, description, .. } => {
                    refused(description.map_or(error.clone(), |description| format!("{error}: {description}")))
                }
                spent => spent,
            },
        },
        (TokenError::Parse(..) | TokenError::Other(_), Some(status)) => refused(format!("HTTP status {status}")),
        _ => refusal(issuer, error),
    }
}

/// Never shows an answer's body, because it may contain tokens.
fn refusal(issuer: &str, error: TokenError) -> OidcError {
    let issuer = issuer.to_owned();
    match error {
        TokenError::ServerResponse(answer) => {
            let description = answer.error_description().and_then(|text| said(text));
            match answer.error() {
                CoreErrorResponseType::InvalidGrant => OidcError::Spent { issuer, description },
                // Not in RFC 6749, but some providers answer this way when the person has to come back.
                CoreErrorResponseType::Extension(code)
                    if matches!(code.as_str(), "interaction_required" | "login_required" | "consent_required") =>
                {
                    OidcError::Spent { issuer, description }
                }
                other => {
                    let is_scope = *other == CoreErrorResponseType::InvalidScope;
                    let error = said(other.as_ref()).unwrap_or_default();
                    OidcError::TokenRefused { issuer, error, description, is_scope }
                }
            }
        }
        TokenError::Request(SendError::Unanswered(unanswered)) => OidcError::Unreachable(unanswered),
        TokenError::Request(SendError::OutOfOrder { url, status }) => OidcError::OutOfOrder { url, status },
        TokenError::Request(SendError::Request) => {
            OidcError::UnreadableAnswer { issuer, why: "the request could not be made".to_owned() }
        }
        TokenError::Parse(error, _) => {
            let problem = if error.inner().is_data() { "has a field of the wrong form" } else { "is not whole JSON" };
            let path = error.path().to_string();
            let place = if path == "." { String::new() } else { format!(" at {path}") };
            OidcError::UnreadableAnswer { issuer, why: format!("it {problem}{place}") }
        }
        TokenError::Other(_) => OidcError::UnreadableAnswer { issuer, why: "it is empty or not JSON".to_owned() },
    }
}
