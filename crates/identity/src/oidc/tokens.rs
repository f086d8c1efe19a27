//! The token endpoint: exchanges a code or a refresh token for an ID token.

use std::sync::Arc;

use openidconnect::core::{CoreClient, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, StandardErrorResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};

use super::claims;
use super::error::OidcError;
use super::proof::OidcProof;
use super::provider::{OidcClient, Provider};
use super::settings::well_formed;
use super::verify::{self, Expected};
use crate::client::{SendError, Sender, shown};
use daypass_core::settings::OidcSettings;
use daypass_core::text::said;

/// What the browser brought, and what only this process knows.
pub(super) struct Grant<'a> {
    pub(super) code: &'a SecretString,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: PkceCodeVerifier,
    pub(super) nonce: &'a Nonce,
}

/// Exchanges an authorization code (OpenID Connect Core, 3.1.3).
pub(super) async fn redeem(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: Arc<Provider>,
    grant: Grant<'_>,
) -> Result<OidcProof, OidcError> {
    let issuer = provider.metadata.issuer.clone();
    let sender = Sender(oidc.http(settings)?);
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
    proof(oidc, settings, &provider, &answer, Expected::Nonce(grant.nonce)).await
}

/// Whether the provider accepts the client's secret, and what it answered ([`shown`]).
pub(super) async fn show_secret(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: &Provider,
) -> Result<String, OidcError> {
    let sender = Sender(oidc.http(settings)?);
    let client = client(settings, oidc, provider)?;
    let answer = client.exchange_code(AuthorizationCode::new("daypass-trial".to_owned())).request_async(&sender).await;
    shown(answer, |no| no.error().as_ref().to_owned()).map_err(|error| refusal(&provider.metadata.issuer, error))
}

/// Gets a new ID token without the person (OpenID Connect Core, section 12).
///
/// The refresh token of the proof is the new one if the provider rotates them, and the given one otherwise. Store it
/// before anything else: if refresh tokens are rotated, the given one is spent from now on, and using it again ends the
/// sign-in at many providers. `subject` is the `sub` of the sign-in, which must stay the same.
///
/// # Errors
///
/// [`OidcError::Spent`] and [`OidcError::NoIdTokenOnRefresh`] when the person has to sign in again; otherwise as
/// for a sign-in.
pub async fn refresh(
    settings: &OidcSettings,
    oidc: &OidcClient,
    refresh_token: &SecretString,
    subject: Option<&str>,
) -> Result<OidcProof, OidcError> {
    well_formed(settings)?;
    let provider = oidc.provider(settings).await?;
    let issuer = provider.metadata.issuer.clone();
    let sender = Sender(oidc.http(settings)?);
    let answer = client(settings, oidc, &provider)?
        .exchange_refresh_token(&RefreshToken::new(refresh_token.expose_secret().to_owned()))
        .request_async(&sender)
        .await
        .map_err(|error| refusal(&issuer, error))?;
    if answer.id_token().is_none() {
        return Err(OidcError::NoIdTokenOnRefresh { issuer });
    }
    let mut proof = proof(oidc, settings, &provider, &answer, Expected::Subject(subject)).await?;
    proof.refresh_token.get_or_insert_with(|| refresh_token.clone());
    Ok(proof)
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
        Err(error) if error.may_be_stale_keys => {
            let fresh = oidc.with_fresh_keys(settings, provider).await?;
            verify(&fresh.keys)
        }
        outcome => outcome,
    };
    let verified = verified.map_err(|e| e.error)?;
    Ok(OidcProof {
        person: claims::person(&verified.claims),
        subject: verified.subject,
        issuer: issuer.clone(),
        expires_at: verified.expires_at,
        refresh_token: answer.refresh_token().map(|t| t.secret().as_str().into()),
        claims: verified.claims,
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
                    let error = said(other.as_ref()).unwrap_or_default();
                    OidcError::TokenRefused { issuer, error, description }
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
