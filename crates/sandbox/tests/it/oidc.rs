//! The OpenID provider, with valid sign-ins and with those that it must refuse.

use daypass_sandbox::headless::{self, Answer};

use crate::support::{
    Answered, VERIFIER, authorization_url, claims, code, http, param, post, redeem, refresh, start, text, tokens,
};

#[tokio::test]
async fn code_flow_yields_verified_claims() {
    let sandbox = start().await;
    let back = headless::sign_in(&authorization_url(&sandbox, &[]), Answer::SignIn("maya".into())).await.unwrap();
    assert_eq!(param(&back, "state").as_deref(), Some("the state"));
    assert_eq!(param(&back, "iss").as_deref(), Some(sandbox.issuer().as_str()));
    let answered = redeem(&sandbox, &param(&back, "code").unwrap(), VERIFIER).await;
    let tokens = answered.json();
    let claims = claims(text(&tokens["id_token"]));
    assert_eq!(claims["nonce"], "the nonce");
    assert_eq!(claims["aud"], "daypass-sandbox");
    assert_eq!(claims["email"], "maya@shop.example");
    assert_eq!(claims["https://aws.amazon.com/roles"].as_array().unwrap().len(), 8);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);

    let userinfo = |token: String| async {
        let url = format!("{}/userinfo", sandbox.issuer());
        Answered::from(http().get(url).bearer_auth(token).send().await.unwrap()).await
    };
    let info = userinfo(text(&tokens["access_token"]).to_owned()).await;
    assert_eq!(info.json()["name"], "Maya Okafor");
    assert_eq!(userinfo("wrong".into()).await.status, 401);
}

#[tokio::test]
async fn a_verifier_and_a_code_work_once() {
    let sandbox = start().await;
    let code = code(&sandbox, "maya").await;
    let wrong = redeem(&sandbox, &code, "another-verifier-of-43-characters-or-more-xx").await;
    assert_eq!((wrong.status, wrong.json()["error"].as_str()), (400, Some("invalid_grant")));

    let tokens = redeem(&sandbox, &code, VERIFIER).await.json();
    assert_eq!(redeem(&sandbox, &code, VERIFIER).await.json()["error"], "invalid_grant");
    // Replaying the code has revoked all tokens from it.
    assert_eq!(refresh(&sandbox, text(&tokens["refresh_token"])).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_replay_ends_the_family() {
    let sandbox = start().await;
    let first = tokens(&sandbox, "maya").await;
    let second = refresh(&sandbox, text(&first["refresh_token"])).await.json();
    let third = refresh(&sandbox, text(&second["refresh_token"])).await.json();
    assert_eq!(claims(text(&third["id_token"]))["sub"], "maya");
    assert!(claims(text(&third["id_token"])).get("nonce").is_none());

    let replay = refresh(&sandbox, text(&first["refresh_token"])).await;
    assert_eq!(replay.json()["error"], "invalid_grant");
    let newest = refresh(&sandbox, text(&third["refresh_token"])).await;
    assert_eq!(newest.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn no_refresh_token_without_offline_access() {
    let sandbox = start().await;
    let url = authorization_url(&sandbox, &[("scope", "openid")]);
    let back = headless::sign_in(&url, Answer::SignIn("sam".into())).await.unwrap();
    let tokens = redeem(&sandbox, &param(&back, "code").unwrap(), VERIFIER).await.json();
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn mistakes_go_to_the_client_or_to_the_person() {
    let sandbox = start().await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "email", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
    ] {
        let url = authorization_url(&sandbox, &[(name, value)]);
        let back = headless::sign_in(&url, Answer::Deny).await.unwrap();
        assert_eq!(param(&back, "error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(param(&back, "state").as_deref(), Some("the state"));
    }
    for (name, value) in [
        ("client_id", "another"),
        ("redirect_uri", "http://127.0.0.1:9/elsewhere"),
        ("redirect_uri", "https://evil.example/callback"),
    ] {
        let page = http().get(authorization_url(&sandbox, &[(name, value)])).send().await.unwrap();
        assert_eq!(page.status(), 400, "{name}={value}");
        assert!(page.headers().get("location").is_none());
    }
    let back = headless::sign_in(&authorization_url(&sandbox, &[]), Answer::Deny).await.unwrap();
    assert_eq!(param(&back, "error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn the_page_is_guarded_and_a_wrong_password_can_be_corrected() {
    let sandbox = start().await;
    let page = http().get(authorization_url(&sandbox, &[])).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' http://127.0.0.1:9;"), "{policy}");
    assert_eq!(page.headers()["cache-control"], "no-store");
    let html = page.text().await.unwrap();
    let transaction = html.split_once("name=\"transaction\" value=\"").unwrap().1.split('"').next().unwrap();

    let url = format!("{}/sign-in", sandbox.issuer());
    let with =
        |password| [("transaction", transaction), ("username", "maya"), ("password", password), ("decision", "allow")];
    let wrong = post(&url, &with("guess")).await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.text.contains("role=\"alert\""));
    assert_eq!(post(&url, &with("sandbox")).await.status, 303);
    assert_eq!(post(&url, &with("sandbox")).await.status, 400, "a finished sign-in can't be repeated");
}

#[tokio::test]
async fn revocation_ends_the_session() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "maya").await;
    let token = text(&tokens["refresh_token"]);
    let url = format!("{}/revoke", sandbox.issuer());
    let params = [("client_id", "daypass-sandbox"), ("token", token)];
    assert_eq!(post(&url, &params).await.status, 200);
    assert_eq!(post(&url, &params).await.status, 200);
    assert_eq!(refresh(&sandbox, token).await.json()["error"], "invalid_grant");
}
