//! `AssumeRoleWithWebIdentity` with tokens from the sandbox's own provider.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::{
    ADMIN, READ_ONLY, call, claims, post, refresh, start, start_with_clock, text, tokens, with_web_identity,
};

#[tokio::test]
async fn a_person_becomes_a_role() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "maya").await;
    let answered = with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await;
    let credentials = answered.credentials();
    assert_eq!(answered.tag("SubjectFromWebIdentityToken"), "maya");
    assert_eq!(answered.tag("Audience"), "daypass-sandbox");
    let who = call(&sandbox, &credentials, "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), "arn:aws:sts::111122223333:assumed-role/ReadOnly/maya@shop.example");
}

#[tokio::test]
async fn only_the_roles_of_the_claim_are_open() {
    let sandbox = start().await;
    for person in sandbox.people() {
        let tokens = tokens(&sandbox, &person).await;
        let id_token = text(&tokens["id_token"]);
        let claims = claims(id_token);
        let mine: Vec<&str> = claims["https://aws.amazon.com/roles"].as_array().unwrap().iter().map(text).collect();
        for role in sandbox.roles() {
            let answered = with_web_identity(&sandbox, &role, id_token, &[]).await;
            if mine.contains(&role.as_str()) {
                assert_eq!(answered.status, 200, "{person} {role}");
            } else {
                answered.is_error(403, "AccessDenied");
                assert_eq!(answered.tag("Message"), "Not authorized to perform sts:AssumeRoleWithWebIdentity");
            }
        }
    }
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "sam").await;
    let good = text(&tokens["id_token"]);
    let parts: Vec<&str> = good.split('.').collect();
    let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());

    let mut promoted = claims(good);
    promoted["sub"] = json!("maya");
    let unsigned_header = encode(&json!({ "alg": "none" }));
    let (header, forged) = (parts[0], encode(&promoted));
    for token in [
        format!("{header}.{forged}.{}", parts[2]),
        format!("{unsigned_header}.{forged}."),
        format!("{}.{forged}.{}", encode(&json!({ "alg": "HS256" })), parts[2]),
        format!("{}.{}.{}", encode(&json!({ "alg": "RS256", "kid": "other" })), parts[1], parts[2]),
        text(&tokens["access_token"]).to_owned(),
        "a.b.c".to_owned(),
    ] {
        with_web_identity(&sandbox, ADMIN, &token, &[]).await.is_error(400, "InvalidIdentityToken");
    }
    let mut foreign = claims(good);
    foreign["iss"] = json!("https://idp.example");
    let foreign = format!("{header}.{}.{}", encode(&foreign), parts[2]);
    let refused = with_web_identity(&sandbox, READ_ONLY, &foreign, &[]).await;
    refused.is_error(400, "InvalidIdentityToken");
    assert!(refused.text.contains("No OpenIDConnect provider found in your account for https://idp.example"));
}

#[tokio::test]
async fn expired_tokens_are_refused() {
    let (sandbox, ahead) = start_with_clock().await;
    let tokens = tokens(&sandbox, "maya").await;
    ahead.store(3_601, Ordering::SeqCst);
    let refused = with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await;
    refused.is_error(400, "ExpiredTokenException");
    assert!(refused.text.contains("must be before the expiration date/time"), "{}", refused.text);
    ahead.store(-3_600, Ordering::SeqCst);
    with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await.is_error(400, "InvalidIdentityToken");
}

#[tokio::test]
async fn tokens_of_an_ended_session_are_rejected() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "maya").await;
    let id_token = text(&tokens["id_token"]);
    assert_eq!(with_web_identity(&sandbox, READ_ONLY, id_token, &[]).await.status, 200);
    let end = format!("{}/end-session", sandbox.issuer());
    assert_eq!(post(&end, &[("id_token_hint", "x.y.z")]).await.status, 400);
    assert_eq!(post(&end, &[("id_token_hint", id_token)]).await.status, 200);
    with_web_identity(&sandbox, READ_ONLY, id_token, &[]).await.is_error(403, "IDPRejectedClaim");
    assert_eq!(refresh(&sandbox, text(&tokens["refresh_token"])).await.status, 400);
}

#[tokio::test]
async fn limits_hold_here_too() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "maya").await;
    let id_token = text(&tokens["id_token"]);
    let long = "x".repeat(20_001);
    with_web_identity(&sandbox, READ_ONLY, &long, &[]).await.is_error(400, "ValidationError");
    for seconds in ["899", "43201"] {
        with_web_identity(&sandbox, READ_ONLY, id_token, &[("DurationSeconds", seconds)])
            .await
            .is_error(400, "ValidationError");
    }
    with_web_identity(&sandbox, ADMIN, id_token, &[("DurationSeconds", "7200")]).await.is_error(400, "ValidationError");
    with_web_identity(&sandbox, READ_ONLY, id_token, &[("DurationSeconds", "1h")])
        .await
        .is_error(400, "MalformedInput");
}
