//! The token endpoint: exchanges a code or a refresh token for an ID token.

use std::sync::Arc;

use openidconnect::{Nonce, PkceCodeVerifier};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::claims;
use super::error::OidcError;
use super::proof::OidcProof;
use super::provider::{OidcClient, Provider};
use super::renewal;
use super::settings::well_formed;
use super::verify::{self, Doubt, Expected};
use crate::client::refresh_scopes;
use crate::token_endpoint::{Grant, NoTokens, NotRefreshed, RefusalCode, TokenEndpoint, Tokens, shown};
use daypass_core::settings::OidcSettings;
use daypass_http::Http;

/// What the browser brought, and what only this process knows.
pub(super) struct Brought<'a> {
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
    brought: Brought<'_>,
) -> Result<OidcProof, OidcError> {
    let issuer = &provider.metadata.issuer;
    let Brought { code, redirect_uri, verifier, nonce, scopes } = brought;
    let http = oidc.http(settings)?;
    let grant = Grant::Code { code, redirect_uri, verifier: &verifier };
    let answer = endpoint(settings, oidc, &provider, &http).ask(grant).await;
    let answer = answer.map_err(|error| OidcError::without_tokens(issuer, error))?;
    let Some(id_token) = &answer.id_token else { return Err(OidcError::NoIdToken { issuer: issuer.clone() }) };
    let proof = proof(oidc, settings, &provider, id_token, Expected::Nonce(nonce)).await?;
    let refresh_scopes = refresh_scopes(scopes, answer.scopes);
    let is_offline_left_out = renewal::leaves_out_offline(settings, &provider.metadata);
    Ok(OidcProof { refresh_token: answer.refresh_token, refresh_scopes, is_offline_left_out, ..proof })
}

/// Whether the provider accepts the client's secret, and what it answered ([`shown`]).
pub(super) async fn show_secret(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: &Provider,
) -> Result<String, OidcError> {
    let http = oidc.http(settings)?;
    let answer = endpoint(settings, oidc, provider, &http).ask(Grant::MadeUp).await;
    shown(answer).map_err(|error| OidcError::without_tokens(&provider.metadata.issuer, error))
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
    let http = oidc.http(settings)?;
    let endpoint = endpoint(settings, oidc, &provider, &http);
    let answer = match ask_again(&endpoint, held.refresh_token, held.scopes).await {
        // RFC 6749, 6: it should be as broad as what was granted. A refusal spends nothing.
        Err(NoTokens::Refused(no)) if no.code == RefusalCode::InvalidScope && !held.scopes.is_empty() => {
            ask_again(&endpoint, held.refresh_token, &[]).await
        }
        answer => answer,
    };
    let issuer = &provider.metadata.issuer;
    let answer = answer.map_err(|error| OidcError::not_refreshed(issuer, NotRefreshed::of(error)))?;
    if let Some(next) = &answer.refresh_token {
        rotated(next);
    }
    let Some(id_token) = &answer.id_token else {
        return Err(OidcError::NoIdTokenOnRefresh { issuer: issuer.clone() });
    };
    let proof = proof(oidc, settings, &provider, id_token, Expected::Subject(held.subject)).await?;
    let mut claims = held.claims.clone();
    claims.extend(proof.claims);
    Ok(OidcProof {
        person: claims::person(&claims),
        claims,
        refresh_token: answer.refresh_token.or_else(|| Some(held.refresh_token.clone())),
        refresh_scopes: held.scopes.to_vec(),
        ..proof
    })
}

async fn ask_again(endpoint: &TokenEndpoint<'_>, token: &SecretString, scopes: &[String]) -> Result<Tokens, NoTokens> {
    endpoint.ask(Grant::Refresh { token, scopes }).await
}

async fn proof(
    oidc: &OidcClient,
    settings: &OidcSettings,
    provider: &Provider,
    id_token: &SecretString,
    expected: Expected<'_>,
) -> Result<OidcProof, OidcError> {
    let issuer = &provider.metadata.issuer;
    if !verify::is_jwt(id_token) {
        let why = "its id_token isn't a JWT".to_owned();
        return Err(OidcError::UnreadableAnswer { issuer: issuer.clone(), why });
    }
    let verify = |keys| {
        let trust = verify::Trust { issuer, client_id: &settings.client_id, keys, now: oidc.now() };
        verify::verify(id_token, trust, expected)
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
        refresh_token: None,
        is_offline_left_out: false,
        claims: verified.claims,
        refresh_scopes: Vec::new(),
        id_token: id_token.clone(),
    })
}

fn endpoint<'a>(
    settings: &'a OidcSettings,
    oidc: &'a OidcClient,
    provider: &'a Provider,
    http: &'a Http,
) -> TokenEndpoint<'a> {
    let metadata = &provider.metadata;
    TokenEndpoint {
        url: &metadata.token_endpoint,
        client_id: &settings.client_id,
        secret: oidc.client_secret(),
        secret_in: metadata.secret_in(),
        http,
    }
}
