//! Tokens from another provider. A second sandbox plays this provider over HTTP.

use daypass_sandbox::{Options, Sandbox, TrustedIssuer};

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
