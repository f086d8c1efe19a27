//! Tests that don't need a provider. The rest is tested against oidc-provider's plain OAuth endpoints
//! (tests/cli/test_oauth.py).

#![allow(clippy::unwrap_used)]

use chrono::DateTime;
use oauth2::PkceCodeVerifier;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::check::field_errors;
use super::provider::Provider;
use super::tokens::{Client, http};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::OauthSettings;
use daypass_http::fake::{Fake, Reply};

const CUSTOM: &str = "provider_id = 'idp.example.org'\nclient_id = 'daypass'\n\
    authorization_endpoint = 'https://idp.example.org/auth'\ntoken_endpoint = 'https://idp.example.org/token'\n";

fn settings(text: &str) -> OauthSettings {
    toml_edit::de::from_str(text).unwrap()
}

fn wrong(text: &str) -> Vec<ProblemCode> {
    field_errors(&settings(text)).into_iter().map(|problem| problem.code).collect()
}

#[test]
fn the_two_providers_that_aws_knows_need_a_client_only() {
    for (id, token, scopes) in [
        ("www.amazon.com", "https://api.amazon.com/auth/o2/token", "profile"),
        ("graph.facebook.com", "https://graph.facebook.com/oauth/access_token", "public_profile email"),
    ] {
        let text = format!("provider_id = '{id}'\nclient_id = 'daypass'\n");
        assert_eq!(wrong(&text), [] as [ProblemCode; 0]);
        let provider = Provider::of(&settings(&text)).unwrap();
        assert_eq!((provider.token.as_str(), provider.scopes.join(" ").as_str()), (token, scopes));
        assert!(provider.profile.is_some());
    }
    // What the settings say comes first: a region's own endpoint, another scope.
    let own = "provider_id = 'www.amazon.com'\nclient_id = 'x'\nscopes = ['profile:user_id']\n\
               token_endpoint = 'https://api.amazon.co.jp/auth/o2/token'\n";
    let provider = Provider::of(&settings(own)).unwrap();
    assert_eq!((provider.token.host_str(), provider.scopes.len()), (Some("api.amazon.co.jp"), 1));
}

#[test]
fn what_cannot_be_used_is_named() {
    assert_eq!(wrong(&format!("{CUSTOM}session_name = 'team-laptop'\n")), [] as [ProblemCode; 0]);
    assert_eq!(wrong(&format!("{CUSTOM}userinfo_endpoint = 'https://idp.example.org/me'\n")), [] as [ProblemCode; 0]);
    for (text, code) in [
        (CUSTOM.to_owned(), ProblemCode::BadSessionName),
        (format!("{CUSTOM}session_name = '{{email}}'\n"), ProblemCode::BadSessionName),
        (
            format!("{CUSTOM}session_name = '{{email'\nuserinfo_endpoint = 'https://idp.example.org/me'\n"),
            ProblemCode::BadSessionName,
        ),
        (
            CUSTOM.replace("https://idp.example.org/token", "http://idp.example.org/token"),
            ProblemCode::BadTokenEndpoint,
        ),
        (CUSTOM.replace("https://idp.example.org/auth", "javascript:alert(1)"), ProblemCode::BadAuthorizationEndpoint),
        (CUSTOM.replace("'idp.example.org'", "'https://idp.example.org'"), ProblemCode::BadProviderId),
        (CUSTOM.replace("'daypass'", "' '"), ProblemCode::BadClientId),
        (format!("{CUSTOM}scopes = ['a b']\n"), ProblemCode::BadScopes),
        (format!("{CUSTOM}redirect_port = 0\n"), ProblemCode::BadRedirectPort),
        (format!("{CUSTOM}redirect_path = 'callback'\n"), ProblemCode::BadRedirectPath),
        ("provider_id = 'x.example'\nclient_id = 'x'\n".to_owned(), ProblemCode::BadAuthorizationEndpoint),
    ] {
        assert!(wrong(&text).contains(&code), "{text}: {:?}", wrong(&text));
    }
}

#[test]
fn an_access_token_is_shown_to_the_server_that_gave_it_only() {
    let apart = CUSTOM.replace("https://idp.example.org/auth", "https://login.example.org/auth");
    let judged = |text: &str, userinfo: &str| wrong(&format!("{text}userinfo_endpoint = '{userinfo}'\n"));
    for (text, userinfo) in [
        (CUSTOM, "https://idp.example.org/me"),
        (CUSTOM, "https://IDP.example.org:443/me?fields=id"),
        (apart.as_str(), "https://idp.example.org/me"),
    ] {
        assert_eq!(judged(text, userinfo), [] as [ProblemCode; 0], "{userinfo}");
    }
    // A page at the authorization endpoint can lead on to the real one.
    assert_eq!(judged(&apart, "https://login.example.org/me"), [ProblemCode::BadUserinfoEndpoint]);
    for userinfo in [
        "https://evil.example/me",
        "https://idp.example.org.evil.example/me",
        "https://idp.example.org:8443/me",
        "https://api.idp.example.org/me",
        "http://127.0.0.1:1/me",
    ] {
        let text = format!("{CUSTOM}userinfo_endpoint = '{userinfo}'\n");
        assert_eq!(wrong(&text), [ProblemCode::BadUserinfoEndpoint], "{userinfo}");
        let problem = Problem::from(Provider::of(&settings(&text)).unwrap_err());
        assert_eq!(problem.code, ProblemCode::BadUserinfoEndpoint);
        assert!(problem.message.contains("access token"), "{problem:?}");
    }
    // AWS knows where these two say who owns a token, and so does Daypass.
    for (id, own) in [
        ("www.amazon.com", "https://api.amazon.com/user/profile"),
        ("graph.facebook.com", "https://graph.facebook.com/me?fields=id,name,email"),
    ] {
        let known = format!("provider_id = '{id}'\nclient_id = 'daypass'\n");
        assert_eq!(judged(&known, own), [] as [ProblemCode; 0]);
        for other in ["https://evil.example/me", "https://www.amazon.com/me", "https://graph.facebook.com/v2/me"] {
            assert_eq!(judged(&known, other), [ProblemCode::BadUserinfoEndpoint], "{id} {other}");
        }
        let elsewhere = format!(
            "{known}authorization_endpoint = 'https://evil.example/a'\ntoken_endpoint = 'https://evil.example/t'\n"
        );
        let both = [ProblemCode::BadTokenEndpoint, ProblemCode::BadUserinfoEndpoint];
        assert_eq!(judged(&elsewhere, "https://evil.example/me"), both);
        for endpoint in
            ["http://127.0.0.1:1/t", "https://api.amazon.com:8443/t", "https://graph.facebook.com.evil.example/t"]
        {
            assert_eq!(wrong(&format!("{known}token_endpoint = '{endpoint}'\n")), [ProblemCode::BadTokenEndpoint]);
        }
    }
}

/// A provider that gives the same answer at all addresses. The request is returned too.
async fn asked(status: u16, answer: serde_json::Value, secret: Option<&str>) -> (Result<String, Problem>, String) {
    let fake = Fake::start(move |_, _| Reply::with(status, "application/json", answer.to_string())).await;
    let settings = settings(&CUSTOM.replace("https://idp.example.org", &fake.url));
    let (provider, http, secret) = (
        Provider::of(&settings).unwrap(),
        http(&settings, &daypass_http::Network::plain()).unwrap(),
        secret.map(SecretString::from),
    );
    let client = Client { settings: &settings, provider: &provider, secret: secret.as_ref(), http: &http };
    let verifier = PkceCodeVerifier::new("v".repeat(43));
    let tokens = client.redeem(&"CODE".into(), "http://127.0.0.1:1/callback", verifier, DateTime::UNIX_EPOCH).await;
    let seen = fake.seen.lock().unwrap().iter().map(|(_, body)| body.as_str()).collect();
    (
        tokens
            .map(|t| format!("{} {}", t.access_token.expose_secret(), t.expires_at.timestamp()))
            .map_err(Problem::from),
        seen,
    )
}

#[tokio::test]
async fn a_code_becomes_a_token_or_a_problem_that_says_who_has_to_act() {
    let ok = json!({"access_token": "AT", "token_type": "bearer", "expires_in": 3600});
    let (token, form) = asked(200, ok.clone(), None).await;
    assert_eq!(token.unwrap(), "AT 3600");
    assert!(
        form.contains("code=CODE") && form.contains("code_verifier=vvv") && form.contains("client_id=daypass"),
        "{form}"
    );
    // RFC 6749, 2.3.1: not in the body unless the provider wants it there.
    let (token, form) = asked(200, ok, Some("PLANTED")).await;
    assert!(token.is_ok() && !form.contains("PLANTED"), "{form}");
    // Facebook: no expires_in at times.
    let untold = json!({"access_token": "AT", "token_type": "bearer"});
    assert_eq!(asked(200, untold, None).await.0.unwrap(), "AT 1800");
    for (status, answer, kind, code) in [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "used"}),
            ProblemKind::NeedsSignIn,
            ProblemCode::OauthSignInSpent,
        ),
        (401, json!({"error": "invalid_client"}), ProblemKind::Invalid, ProblemCode::OauthTokenRefused),
        (503, json!({}), ProblemKind::Passing, ProblemCode::OauthOutOfOrder),
        (
            200,
            json!({"access_token": 7, "planted": "PLANTED"}),
            ProblemKind::Failed,
            ProblemCode::OauthUnreadableAnswer,
        ),
        (200, json!("PLANTED"), ProblemKind::Failed, ProblemCode::OauthUnreadableAnswer),
    ] {
        let problem = asked(status, answer, None).await.0.unwrap_err();
        assert_eq!((problem.kind, problem.code), (kind, code), "{problem:?}");
        assert!(problem.hint.is_some() && !format!("{problem:?}").contains("PLANTED"), "{problem:?}");
    }
}

#[tokio::test]
async fn the_next_refresh_token_is_heard_whatever_else_the_answer_has() {
    for answer in [
        json!({"access_token": "AT", "token_type": "bearer", "refresh_token": "NEXT"}),
        json!({"access_token": "AT", "refresh_token": "NEXT"}),
        json!({"access_token": 7, "token_type": "bearer", "refresh_token": "NEXT"}),
        json!({"access_token": "AT", "token_type": "bearer", "expires_in": "soon", "refresh_token": "NEXT"}),
    ] {
        let said = answer.to_string();
        let (_, heard, _) = refreshed(200, said, &["profile"]).await;
        assert_eq!(heard.as_deref(), Some("NEXT"), "{answer}");
    }
}

#[tokio::test]
async fn a_refused_refresh_asks_for_the_person_unless_the_client_is_wrong() {
    for (status, body, kind) in [
        (400, json!({"error": "invalid_grant"}).to_string(), ProblemKind::NeedsSignIn),
        (400, json!({"error": "invalid_request"}).to_string(), ProblemKind::NeedsSignIn),
        (401, json!({"error": "token_inactive"}).to_string(), ProblemKind::NeedsSignIn),
        (403, "<html>".to_owned(), ProblemKind::NeedsSignIn),
        (401, json!({"error": "invalid_client"}).to_string(), ProblemKind::Invalid),
        (400, json!({"error": "invalid_scope"}).to_string(), ProblemKind::Invalid),
        (400, json!({"error": "temporarily_unavailable"}).to_string(), ProblemKind::Passing),
        (500, String::new(), ProblemKind::Passing),
    ] {
        let (outcome, heard, sent) = refreshed(status, body.clone(), &["profile"]).await;
        assert_eq!(outcome.unwrap_err().kind, kind, "{status} {body}");
        assert_eq!(heard, None);
        assert!(sent[0].contains("scope=profile"), "{sent:?}");
        assert_eq!(sent.len() == 2, body.contains("invalid_scope"), "it's asked once more without scopes: {sent:?}");
    }
}

/// The outcome of a refresh, the refresh token that came first, and what was sent.
async fn refreshed(status: u16, answer: String, scopes: &[&str]) -> (Result<(), Problem>, Option<String>, Vec<String>) {
    let fake = Fake::start(move |_, _| Reply::with(status, "application/json", answer.clone())).await;
    let settings = settings(&CUSTOM.replace("https://idp.example.org", &fake.url));
    let (provider, http) =
        (Provider::of(&settings).unwrap(), http(&settings, &daypass_http::Network::plain()).unwrap());
    let client = Client { settings: &settings, provider: &provider, secret: None, http: &http };
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let mut heard = None;
    let rotated = |next: &SecretString| heard = Some(next.expose_secret().to_owned());
    let outcome = client.refresh(&"OLD".into(), &scopes, DateTime::UNIX_EPOCH, rotated).await;
    let sent = fake.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    (outcome.map(drop).map_err(Problem::from), heard, sent)
}
