//! A sign-in with the `openidconnect` crate as the client, which verifies the answers itself.

use daypass_sandbox::headless::{self, Answer};
use openidconnect::{
    AuthorizationCode, ClientId, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl,
    Scope,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata},
};

use crate::support::{CALLBACK, param, start};

#[tokio::test]
async fn openidconnect_signs_in_and_verifies() {
    let sandbox = start().await;
    let http = crate::support::http();
    let issuer = IssuerUrl::from_url(sandbox.issuer());
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.unwrap();
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new(sandbox.client_id().into()), None)
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("offline_access".into()))
        .set_pkce_challenge(challenge)
        .url();
    let back = headless::sign_in(&url, Answer::SignIn("maya".into())).await.unwrap();
    assert_eq!(param(&back, "state").as_deref(), Some(state.secret().as_str()));

    let code = AuthorizationCode::new(param(&back, "code").unwrap());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    let id_token = tokens.extra_fields().id_token().unwrap();
    let id_verifier = client.id_token_verifier();
    let claims = id_token.claims(&id_verifier, &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "maya");
    assert!(id_token.claims(&id_verifier, &Nonce::new("another".into())).is_err());

    let refreshed =
        client.exchange_refresh_token(tokens.refresh_token().unwrap()).unwrap().request_async(&http).await.unwrap();
    let renewed = refreshed.extra_fields().id_token().unwrap();
    let any_nonce = |_: Option<&Nonce>| Ok(());
    assert_eq!(renewed.claims(&id_verifier, any_nonce).unwrap().subject().as_str(), "maya");
}
