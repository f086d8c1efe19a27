//! Signing in, tokens, credentials.

use serde_json::{Value, json};

use super::{World, accounts, client, credentials, portal_refusal, refusal, roles, tokens, work};
use daypass_core::problem::ProblemKind::{Cancelled, Invalid, NeedsSignIn, Passing, Refused};
use daypass_core::problem::{ProblemCode, ProblemKind};
use daypass_core::view::{IdentityState, SignInAsk};

#[tokio::test]
async fn a_person_signs_in_and_the_client_is_registered_once() {
    let world = World::new().await;
    assert_eq!(world.identity().state, IdentityState::SignedOut);
    assert_eq!(world.sign_in().await.unwrap(), "a user of d-9067642ac7");
    assert_eq!(world.identity().state, IdentityState::SignedIn);
    assert_eq!(world.identity().person.as_deref(), Some("a user of d-9067642ac7"));
    assert!(world.broker.sign_out(&work()).await.unwrap());
    assert_eq!(world.identity().state, IdentityState::SignedOut);
    world.sign_in().await.unwrap();

    let registrations = world.asked("POST /client/register");
    assert_eq!(registrations.len(), 1, "it outlives a sign-out");
    assert_eq!(
        registrations[0],
        json!({
            "clientName": "Daypass", "clientType": "public", "scopes": ["sso:account:access"],
            "redirectUris": ["http://127.0.0.1/oauth/callback"], "grantTypes": ["authorization_code", "refresh_token"],
            "issuerUrl": "https://d-9067642ac7.awsapps.com/start",
        })
    );
    let redeemed = &world.asked("POST /token")[0];
    assert_eq!((&redeemed["grantType"], &redeemed["code"]), (&json!("authorization_code"), &json!("the-code")));
    let back = redeemed["redirectUri"].as_str().unwrap();
    assert!(back.starts_with("http://127.0.0.1:") && back.ends_with("/oauth/callback"), "{back}");
    assert!(redeemed["codeVerifier"].as_str().unwrap().len() >= 43);
    assert_eq!(world.service.count("POST /logout"), 1, "AWS hears about a sign-out");

    // Another portal has a client of its own.
    world.settings("https://other.awsapps.com/start");
    assert_eq!(world.identity().state, IdentityState::SignedOut);
    world.sign_in().await.unwrap();
    assert_eq!(world.asked("POST /client/register").len(), 2);
}

#[tokio::test]
async fn where_no_browser_opens_a_code_is_shown() {
    let world = World::new().await;
    let mut events = world.broker.subscribe();
    let device = json!({
        "deviceCode": "PLANTED-device", "userCode": "BCDF-GHJK", "verificationUri": "https://x/device",
        "verificationUriComplete": "https://x/device?user_code=BCDF-GHJK", "expiresIn": 600, "interval": 1,
    });
    world.say("POST /device_authorization", &[(200, device)]);
    world.say("POST /token", &[(400, refusal("AuthorizationPendingException")), (200, tokens("one"))]);
    world.sign_in_with(false, false, "").await.unwrap();
    let asks: Vec<SignInAsk> = std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| match event {
            daypass_core::event::Event::SignInBegan { ask, .. } => Some(ask),
            _ => None,
        })
        .collect();
    let [SignInAsk::Browser { .. }, SignInAsk::Device { url, short_url, code, .. }] = asks.as_slice() else {
        panic!("{asks:?}")
    };
    assert_eq!((short_url.as_str(), code.as_str()), ("https://x/device", "BCDF-GHJK"));
    assert!(url.contains("user_code"));
    let grants: Vec<Value> = world.asked("POST /client/register").iter().map(|r| r["grantTypes"].clone()).collect();
    let of_device = "urn:ietf:params:oauth:grant-type:device_code";
    assert_eq!(grants, [json!(["authorization_code", "refresh_token"]), json!([of_device, "refresh_token"])]);

    for (answer, code, kind) in [
        (refusal("AccessDeniedException"), ProblemCode::IdentityCenterDeviceDenied, Refused),
        (refusal("ExpiredTokenException"), ProblemCode::IdentityCenterDeviceExpired, Cancelled),
        (refusal("InvalidGrantException"), ProblemCode::IdentityCenterGrantRefused, NeedsSignIn),
    ] {
        world.say("POST /token", &[(400, answer)]);
        let problem = world.sign_in_with(true, true, "").await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (code, kind), "{problem:?}");
        assert!(problem.hint.is_some());
    }
}

#[tokio::test]
async fn an_address_that_is_no_web_page_is_not_shown_for_a_code() {
    for (plain, complete) in [
        ("file:///etc/passwd", None),
        ("javascript:alert(1)", None),
        ("http://device.example/", None),
        ("nonsense", None),
        ("https://x/device", Some("file:///bin/sh")),
        ("https://x/device", Some("JavaScript:alert(1)")),
    ] {
        let world = World::new().await;
        let mut events = world.broker.subscribe();
        let device = json!({
            "deviceCode": "d", "userCode": "BCDF-GHJK", "verificationUri": plain,
            "verificationUriComplete": complete, "expiresIn": 600, "interval": 1,
        });
        world.say("POST /device_authorization", &[(200, device)]);
        let problem = world.sign_in_with(true, true, "").await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (ProblemCode::IdentityCenterUnsafeAddress, Refused), "{problem:?}");
        assert!(problem.hint.is_some());
        let began = |event| matches!(event, daypass_core::event::Event::SignInBegan { .. });
        assert!(!std::iter::from_fn(|| events.try_recv().ok()).any(began), "{plain} was shown");
    }
}

#[tokio::test]
async fn a_registration_that_aws_forgot_is_made_again() {
    let world = World::new().await;
    let device = json!({
        "deviceCode": "d", "userCode": "BCDF-GHJK", "verificationUri": "https://x", "expiresIn": 600, "interval": 1,
    });
    world.say("POST /device_authorization", &[(200, device.clone())]);
    world.sign_in_with(true, true, "").await.unwrap();
    world.say("POST /device_authorization", &[(401, refusal("InvalidClientException")), (200, device)]);
    world.say("POST /client/register", &[(200, client("two"))]);
    world.sign_in_with(true, true, "").await.unwrap();
    assert_eq!(world.asked("POST /token").last().unwrap()["clientId"], "two");

    // The browser doesn't report that the client is unknown there, so a failed sign-in starts over.
    world.sign_in().await.unwrap();
    let registered = world.asked("POST /client/register").len();
    world.sign_in_with(false, true, "error=invalid_client").await.unwrap_err();
    world.sign_in().await.unwrap();
    assert_eq!(world.asked("POST /client/register").len(), registered + 1);
}

#[tokio::test]
async fn what_ends_a_sign_in_is_told_apart() {
    let world = World::new().await;
    let problem = world.sign_in_with(false, true, "error=access_denied&error_description=No%21").await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::IdentityCenterConsentRefused, Refused));
    assert!(problem.message.contains("No!"), "{problem:?}");
    let problem = world.sign_in_with(false, true, "error=server_error").await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::IdentityCenterSignInFailed);
    for (status, answer, code, kind) in [
        (400, refusal("InvalidRequestException"), ProblemCode::IdentityCenterSettingsRefused, Invalid),
        (400, refusal("InvalidScopeException"), ProblemCode::IdentityCenterScopeRefused, Invalid),
        (500, refusal("InternalServerException"), ProblemCode::IdentityCenterBusy, Passing),
        (503, json!("<h1>Unavailable</h1>"), ProblemCode::IdentityCenterBusy, Passing),
        (403, json!("<h1>Proxy</h1>"), ProblemCode::IdentityCenterNotThere, Invalid),
        (200, json!("<h1>Welcome</h1>"), ProblemCode::IdentityCenterNotThere, Invalid),
        (200, json!({}), ProblemCode::IdentityCenterIncompleteAnswer, ProblemKind::Failed),
    ] {
        let fresh = World::new().await;
        fresh.say("POST /client/register", &[(status, answer)]);
        let problem = fresh.sign_in().await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (code, kind), "{problem:?}");
        assert!(problem.hint.is_some());
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_then_the_person_is_needed() {
    let world = World::with_a_role().await;
    world.say("POST /token", &[(200, tokens("two"))]);
    world.say(
        "GET /federation/credentials",
        &[(401, portal_refusal("UnauthorizedException")), (200, credentials("ASIATWO"))],
    );
    assert_eq!(world.credentials().await.unwrap(), "ASIATWO");
    let refresh = world.asked("POST /token").pop().unwrap();
    assert_eq!(
        (&refresh["grantType"], &refresh["refreshToken"]),
        (&json!("refresh_token"), &json!("PLANTED-refresh-one"))
    );

    // Revoked: what is refreshed is refused as well.
    let world = World::with_a_role().await;
    world.say("GET /federation/credentials", &[(401, portal_refusal("UnauthorizedException"))]);
    let problem = world.credentials().await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::IdentityCenterSignInOver, NeedsSignIn), "{problem:?}");
    assert_eq!(world.service.count("GET /federation/credentials?role_name=Dev&account_id=123456789012"), 2);

    // The session ended: the refresh token is refused, and not tried again.
    let world = World::with_a_role().await;
    world.say("GET /federation/credentials", &[(401, portal_refusal("UnauthorizedException"))]);
    world.say("POST /token", &[(400, refusal("InvalidGrantException"))]);
    let tried = world.asked("POST /token").len();
    for _ in 0..2 {
        let problem = world.credentials().await.unwrap_err();
        assert_eq!(problem.kind, NeedsSignIn, "{problem:?}");
        assert_eq!(problem.next, Some(daypass_core::problem::NextStep::SignIn { identity: "work".parse().unwrap() }));
    }
    assert_eq!(world.asked("POST /token").len(), tried + 1);
    assert_eq!(world.identity().state, IdentityState::NeedsSignIn);
}

#[tokio::test]
async fn the_next_refresh_token_is_kept_whatever_else_the_answer_has() {
    let world = World::with_a_role().await;
    world.say("GET /federation/credentials", &[(401, portal_refusal("UnauthorizedException"))]);
    world.say("POST /token", &[(200, json!({ "refreshToken": "PLANTED-refresh-two", "expiresIn": 3600 }))]);
    let problem = world.credentials().await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::IdentityCenterIncompleteAnswer, "{problem:?}");
    world.say("POST /token", &[(200, tokens("three"))]);
    world.say(
        "GET /federation/credentials",
        &[(401, portal_refusal("UnauthorizedException")), (200, credentials("ASIATWO"))],
    );
    assert_eq!(world.credentials().await.unwrap(), "ASIATWO");
    assert_eq!(world.asked("POST /token").pop().unwrap()["refreshToken"], "PLANTED-refresh-two");
}

#[tokio::test]
async fn a_refused_refresh_asks_for_the_person_unless_the_client_is_wrong() {
    for (status, exception, state) in [
        (400, "InvalidGrantException", IdentityState::NeedsSignIn),
        (400, "InvalidRequestException", IdentityState::NeedsSignIn),
        (401, "ExpiredTokenException", IdentityState::NeedsSignIn),
        (403, "SomethingNewException", IdentityState::NeedsSignIn),
        (400, "UnsupportedGrantTypeException", IdentityState::SignedIn),
        (503, "InternalServerException", IdentityState::SignedIn),
    ] {
        let world = World::with_a_role().await;
        world.say("GET /federation/credentials", &[(401, portal_refusal("UnauthorizedException"))]);
        world.say("POST /token", &[(status, refusal(exception))]);
        let problem = world.credentials().await.unwrap_err();
        assert_eq!(problem.kind == NeedsSignIn, state == IdentityState::NeedsSignIn, "{exception}: {problem:?}");
        assert_eq!(world.identity().state, state, "{exception}");
    }
}

#[tokio::test]
async fn what_keeps_credentials_back_is_told_apart() {
    let world = World::with_a_role().await;
    for (status, answer, code, kind) in [
        (403, portal_refusal("ForbiddenException"), ProblemCode::IdentityCenterNoAccess, Refused),
        (404, portal_refusal("ResourceNotFoundException"), ProblemCode::IdentityCenterNoAccess, Refused),
        (400, portal_refusal("InvalidRequestException"), ProblemCode::IdentityCenterRefused, Refused),
        (500, portal_refusal("InternalServerException"), ProblemCode::IdentityCenterBusy, Passing),
        (
            200,
            json!({ "roleCredentials": { "accessKeyId": "ASIA" } }),
            ProblemCode::IdentityCenterIncompleteAnswer,
            ProblemKind::Failed,
        ),
    ] {
        world.say("GET /federation/credentials", &[(status, answer)]);
        let problem = world.credentials().await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (code, kind), "{problem:?}");
        assert!(!problem.message.contains("PLANTED"));
    }
    assert!(world.credentials().await.is_err());
    // Too many requests are not the person's trouble.
    let busy = || (429, portal_refusal("TooManyRequestsException"));
    world.say("GET /federation/credentials", &[busy(), busy(), busy(), (200, credentials("ASIATHREE"))]);
    assert_eq!(world.credentials().await.unwrap(), "ASIATHREE");
}

#[tokio::test]
async fn the_second_region_signs_in_while_the_first_is_away() {
    const SECOND: &str = "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws";
    let world = World::new().await;
    world.settings_with("https://d-9067642ac7.awsapps.com/start", Some(SECOND));
    world.say("GET /assignment/accounts", &[(200, accounts(&["123456789012"], None))]);
    world.say("GET /assignment/roles", &[(200, roles(&["Dev"], None))]);
    world.say("POST /client/register", &[(503, json!({})), (200, client("two"))]);
    world.sign_in().await.unwrap();
    let registered = world.asked("POST /client/register");
    let issuers: Vec<_> = registered.iter().map(|request| request["issuerUrl"].as_str().unwrap()).collect();
    assert_eq!(issuers, ["https://d-9067642ac7.awsapps.com/start", SECOND]);
    // What was signed in there is used there, and belongs to the identity.
    assert_eq!(world.broker.list_roles(&work(), &|_| ()).await.unwrap(), 1);
    assert_eq!(world.identity().state, IdentityState::SignedIn);
    // A refusal isn't an outage.
    world.say("POST /client/register", &[(400, refusal("InvalidRequestException"))]);
    world.settings_with("https://d-9067642ac8.awsapps.com/start", Some(SECOND));
    let problem = world.sign_in().await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::IdentityCenterSettingsRefused);
}
