//! Tokens from another provider. A second sandbox plays this provider over HTTP.

use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use daypass_sandbox::{Options, Sandbox, TrustedIssuer};
use p521::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Value, json};

use crate::support::{READ_ONLY, start, text, tokens, with_web_identity};

async fn trusting(issuer: &Sandbox, audience: &str) -> Sandbox {
    let trusted_issuers = vec![TrustedIssuer { issuer: issuer.issuer(), audiences: vec![audience.to_owned()] }];
    Sandbox::start(Options { trusted_issuers, ..Options::default() }).await.unwrap()
}

#[tokio::test]
async fn keys_are_found_by_discovery() {
    let issuer = start().await;
    let sandbox = trusting(&issuer, "daypass-sandbox").await;
    let tokens = tokens(&issuer, "maya").await;
    let answered = with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    assert_eq!(
        answered.tag("Provider"),
        format!("arn:aws:iam::111122223333:oidc-provider/{}", &issuer.issuer().as_str()["http://".len()..])
    );
    let refused_to_all = "arn:aws:iam::111122223333:role/BreakGlass";
    with_web_identity(&sandbox, refused_to_all, text(&tokens["id_token"]), &[]).await.is_error(403, "AccessDenied");
}

#[tokio::test]
async fn wrong_audience_forgery_and_silence() {
    let issuer = start().await;
    let tokens = tokens(&issuer, "maya").await;
    let id_token = text(&tokens["id_token"]).to_owned();

    let strict = trusting(&issuer, "another-client").await;
    let refused = with_web_identity(&strict, READ_ONLY, &id_token, &[]).await;
    refused.is_error(400, "InvalidIdentityToken");
    assert_eq!(refused.tag("Message"), "Incorrect token audience");

    let sandbox = trusting(&issuer, "daypass-sandbox").await;
    let mut forged = id_token.clone().into_bytes();
    let middle = id_token.rfind('.').unwrap() + 20;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    with_web_identity(&sandbox, READ_ONLY, &forged, &[]).await.is_error(400, "InvalidIdentityToken");

    let unreached = trusting(&issuer, "daypass-sandbox").await;
    issuer.stop().await;
    with_web_identity(&unreached, READ_ONLY, &id_token, &[]).await.is_error(400, "IDPCommunicationError");
}

/// A provider that only has discovery and this key. Returns its issuer.
async fn with_key(key: Value) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let document = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") });
    let answering = |document: Value| get(move || std::future::ready(Json(document.clone())));
    let app = Router::new()
        .route("/.well-known/openid-configuration", answering(document))
        .route("/jwks", answering(json!({ "keys": [key] })));
    tokio::spawn(async move { axum::serve(listener, app).await });
    issuer
}

/// STS accepts RS256, RS384, RS512, ES256, ES384 and ES512.
#[tokio::test]
async fn es512_is_accepted() {
    let signing = SigningKey::from_slice(&[&[0; 1][..], &[7; 65]].concat()).unwrap();
    let point = signing.verifying_key().to_sec1_point(false);
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (x, y) = (encode(&point.as_bytes()[1..67]), encode(&point.as_bytes()[67..]));
    let issuer = with_key(json!({ "kty": "EC", "crv": "P-521", "kid": "k", "use": "sig", "x": x, "y": y })).await;
    let trusted = TrustedIssuer { issuer: issuer.parse().unwrap(), audiences: vec!["a-client".to_owned()] };
    let sandbox = Sandbox::start(Options { trusted_issuers: vec![trusted], ..Options::default() }).await.unwrap();

    let now = Utc::now().timestamp();
    let header = encode(json!({ "alg": "ES512", "kid": "k" }).to_string().as_bytes());
    let claims = json!({ "iss": issuer, "sub": "maya", "aud": "a-client", "iat": now, "exp": now + 600 });
    let text = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let signature: Signature = signing.sign(text.as_bytes());
    let token = format!("{text}.{}", encode(&signature.to_bytes()));
    with_web_identity(&sandbox, READ_ONLY, &token, &[]).await.credentials();

    let forged: Signature = signing.sign(b"another text");
    let forged = format!("{text}.{}", encode(&forged.to_bytes()));
    with_web_identity(&sandbox, READ_ONLY, &forged, &[]).await.is_error(400, "InvalidIdentityToken");
}
