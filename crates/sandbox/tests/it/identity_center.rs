//! Checks Identity Center with the official SDK's clients.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sso::{Client as Portal, operation::get_role_credentials::GetRoleCredentialsError};
use aws_sdk_ssooidc::{
    Client as Oidc,
    config::{BehaviorVersion, Region, SharedHttpClient},
    error::ProvideErrorMetadata,
    operation::{
        create_token::{CreateTokenOutput, builders::CreateTokenFluentBuilder},
        register_client::RegisterClientOutput,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use daypass_sandbox::{
    Knobs, Options, Refresh, Sandbox,
    headless::{self, Answer},
};
use sha2::{Digest, Sha256};
use url::Url;

use crate::support::{VERIFIER, call, http, param, start, start_with_clock};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CALLBACK: &str = "http://127.0.0.1:9/oauth/callback";

fn maya() -> Answer {
    Answer::SignIn("maya".into())
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_http()
}

fn oidc(sandbox: &Sandbox) -> Oidc {
    let config = aws_sdk_ssooidc::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .endpoint_url(sandbox.base_url())
        .http_client(http_client())
        .retry_config(aws_sdk_ssooidc::config::retry::RetryConfig::disabled());
    Oidc::from_conf(config.build())
}

fn portal(sandbox: &Sandbox) -> Portal {
    let config = aws_sdk_sso::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .endpoint_url(sandbox.base_url())
        .http_client(http_client())
        .retry_config(aws_sdk_sso::config::retry::RetryConfig::disabled());
    Portal::from_conf(config.build())
}

/// Registers a client as the AWS CLI does, which has one for each grant.
async fn register(sandbox: &Sandbox, grant: &str) -> RegisterClientOutput {
    let registered = oidc(sandbox)
        .register_client()
        .client_name("a test")
        .client_type("public")
        .scopes("sso:account:access")
        .grant_types(grant)
        .grant_types("refresh_token")
        .redirect_uris("http://127.0.0.1/oauth/callback")
        .issuer_url(sandbox.start_url());
    registered.send().await.unwrap()
}

fn create(sandbox: &Sandbox, client: &RegisterClientOutput, grant: &str) -> CreateTokenFluentBuilder {
    let (id, secret) = (client.client_id().unwrap(), client.client_secret().unwrap());
    oidc(sandbox).create_token().client_id(id).client_secret(secret).grant_type(grant)
}

/// The error code of a refused call.
async fn refused(call: CreateTokenFluentBuilder) -> String {
    call.send().await.unwrap_err().into_service_error().code().unwrap().to_owned()
}

/// The device code, and the URL to answer it at.
async fn device(sandbox: &Sandbox, client: &RegisterClientOutput) -> (String, Url) {
    let started = oidc(sandbox)
        .start_device_authorization()
        .client_id(client.client_id().unwrap())
        .client_secret(client.client_secret().unwrap())
        .start_url(sandbox.start_url())
        .send()
        .await
        .unwrap();
    assert_eq!((started.interval(), started.expires_in() > 0), (1, true));
    assert!(started.verification_uri_complete().unwrap().contains(started.user_code().unwrap()));
    let page = started.verification_uri_complete().unwrap().parse().unwrap();
    (started.device_code().unwrap().to_owned(), page)
}

async fn signed_in(sandbox: &Sandbox, client: &RegisterClientOutput, person: &str) -> CreateTokenOutput {
    let (code, page) = device(sandbox, client).await;
    headless::answer_device(&page, Answer::SignIn(person.into())).await.unwrap();
    create(sandbox, client, DEVICE).device_code(code).send().await.unwrap()
}

fn authorize_url(sandbox: &Sandbox, client: &RegisterClientOutput, changed: &[(&str, &str)]) -> Url {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut url = sandbox.base_url().join("authorize").unwrap();
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", client.client_id().unwrap()),
        ("redirect_uri", CALLBACK),
        ("state", "the state"),
        ("code_challenge_method", "S256"),
        ("code_challenge", &challenge),
        ("scopes", "sso:account:access"),
    ] {
        let value = changed.iter().find(|(n, _)| *n == name).map_or(value, |(_, v)| v);
        url.query_pairs_mut().append_pair(name, value);
    }
    url
}

#[tokio::test]
async fn a_device_code_is_pending_until_answered_and_good_once() {
    let (sandbox, ahead) = start_with_clock().await;
    let wait = |seconds| ahead.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    let client = register(&sandbox, DEVICE).await;
    let (code, page) = device(&sandbox, &client).await;
    let poll = || create(&sandbox, &client, DEVICE).device_code(&code);
    assert_eq!(refused(poll()).await, "AuthorizationPendingException");
    sandbox.set_knobs(Knobs { slow_down_next: 1, ..Knobs::default() }).unwrap();
    wait(1);
    assert_eq!(refused(poll()).await, "SlowDownException");
    wait(6);
    assert_eq!(refused(poll()).await, "AuthorizationPendingException");
    headless::answer_device(&page, maya()).await.unwrap();
    headless::answer_device(&page, maya()).await.unwrap_err();
    wait(6);
    let token = poll().send().await.unwrap();
    assert_eq!((token.token_type(), token.expires_in()), (Some("Bearer"), 3_600));
    assert!(token.refresh_token().is_some());
    assert_eq!(refused(poll()).await, "InvalidGrantException");

    let (code, page) = device(&sandbox, &client).await;
    headless::answer_device(&page, Answer::Deny).await.unwrap();
    assert_eq!(refused(create(&sandbox, &client, DEVICE).device_code(code)).await, "AccessDeniedException");
}

/// RFC 8628, 3.5. The interval is one second at first.
#[tokio::test]
async fn a_client_that_polls_too_often_is_slowed_down_more_and_more() {
    let (sandbox, ahead) = start_with_clock().await;
    let wait = |seconds| ahead.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    let client = register(&sandbox, DEVICE).await;
    let (code, page) = device(&sandbox, &client).await;
    let poll = || create(&sandbox, &client, DEVICE).device_code(&code);
    assert_eq!(refused(poll()).await, "AuthorizationPendingException", "the first poll may come at once");
    assert_eq!(refused(poll()).await, "SlowDownException");
    wait(5);
    assert_eq!(refused(poll()).await, "SlowDownException", "6 s from now on, and then 11 s");
    headless::answer_device(&page, maya()).await.unwrap();
    wait(10);
    assert_eq!(refused(poll()).await, "SlowDownException", "also for a code that was confirmed");
    wait(16);
    assert!(poll().send().await.unwrap().access_token().is_some());
}

#[tokio::test]
async fn codes_tokens_and_registrations_run_out() {
    let (sandbox, ahead) = start_with_clock().await;
    let wait = |seconds| ahead.fetch_add(seconds, std::sync::atomic::Ordering::SeqCst);
    sandbox.set_knobs(Knobs { device_code_seconds: 30, sso_token_seconds: 60, ..Knobs::default() }).unwrap();
    let client = register(&sandbox, DEVICE).await;
    let (code, page) = device(&sandbox, &client).await;
    wait(31);
    assert_eq!(refused(create(&sandbox, &client, DEVICE).device_code(code)).await, "ExpiredTokenException");
    headless::answer_device(&page, maya()).await.unwrap_err();

    let token = signed_in(&sandbox, &client, "maya").await;
    let list = |token: &CreateTokenOutput| portal(&sandbox).list_accounts().access_token(token.access_token().unwrap());
    assert_eq!(token.expires_in(), 60);
    list(&token).send().await.unwrap();
    wait(61);
    assert!(list(&token).send().await.unwrap_err().into_service_error().is_unauthorized_exception());
    let refresh = |token: &CreateTokenOutput| {
        create(&sandbox, &client, "refresh_token").refresh_token(token.refresh_token().unwrap())
    };
    let fresh = refresh(&token).send().await.unwrap();
    list(&fresh).send().await.unwrap();
    assert_eq!(refused(refresh(&token)).await, "InvalidGrantException", "a refresh token works once");

    sandbox.set_knobs(Knobs { refresh: Refresh::Expired, ..Knobs::default() }).unwrap();
    assert_eq!(refused(refresh(&fresh)).await, "InvalidGrantException");
    sandbox.set_knobs(Knobs { sso_revoked: true, ..Knobs::default() }).unwrap();
    assert!(list(&fresh).send().await.unwrap_err().into_service_error().is_unauthorized_exception());
    sandbox.set_knobs(Knobs::default()).unwrap();
    list(&fresh).send().await.unwrap();
    wait(28_800);
    assert_eq!(refused(refresh(&fresh)).await, "InvalidGrantException", "the session itself has ended");
    wait(90 * 86_400);
    assert_eq!(refused(refresh(&fresh)).await, "InvalidClientException");
}

#[tokio::test]
async fn a_code_with_pkce_is_redeemed_once_by_its_client() {
    let sandbox = start().await;
    let client = register(&sandbox, "authorization_code").await;
    let url = authorize_url(&sandbox, &client, &[]);
    let callback = headless::sign_in(&url, maya()).await.unwrap();
    assert_eq!(param(&callback, "state").as_deref(), Some("the state"));
    let code = param(&callback, "code").unwrap();
    assert!(code.len() > 1_000, "as long as at AWS, where it is an encrypted token");
    let other = register(&sandbox, "authorization_code").await;
    let redeem = |client, verifier| {
        let call = create(&sandbox, client, "authorization_code").code(&code);
        call.redirect_uri(CALLBACK).code_verifier(verifier)
    };
    assert_eq!(refused(redeem(&client, "another verifier")).await, "InvalidGrantException");
    assert_eq!(refused(redeem(&other, VERIFIER)).await, "InvalidGrantException");
    let token = redeem(&client, VERIFIER).send().await.unwrap();
    assert_eq!(refused(redeem(&client, VERIFIER)).await, "InvalidGrantException");
    portal(&sandbox).list_accounts().access_token(token.access_token().unwrap()).send().await.unwrap();

    let denied = headless::sign_in(&url, Answer::Deny).await.unwrap();
    assert_eq!(param(&denied, "error").as_deref(), Some("access_denied"));
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scopes", "another", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
    ] {
        let url = authorize_url(&sandbox, &client, &[(name, value)]);
        let back = headless::sign_in(&url, maya()).await.unwrap();
        assert_eq!(param(&back, "error").as_deref(), Some(error), "{name}");
    }
    for (name, value) in [("client_id", "unknown"), ("redirect_uri", "http://127.0.0.1:9/other")] {
        let page = http().get(authorize_url(&sandbox, &client, &[(name, value)])).send().await.unwrap();
        assert_eq!(page.status(), 400, "{name}: never redirects");
    }
}

#[tokio::test]
async fn a_client_registers_what_it_will_do() {
    let sandbox = start().await;
    let usual = || oidc(&sandbox).register_client().client_name("a test").client_type("public");
    let code = async |call: aws_sdk_ssooidc::operation::register_client::builders::RegisterClientFluentBuilder| {
        call.send().await.unwrap_err().into_service_error().code().unwrap().to_owned()
    };
    assert_eq!(code(usual().client_type("private")).await, "InvalidClientMetadataException");
    assert_eq!(code(usual().scopes("everything")).await, "InvalidScopeException");
    assert_eq!(code(usual().grant_types("password")).await, "UnsupportedGrantTypeException");
    assert_eq!(code(usual().redirect_uris("https://evil.example/")).await, "InvalidRedirectUriException");
    assert_eq!(code(usual().grant_types("authorization_code")).await, "InvalidRequestException");
    let both = usual().grant_types("authorization_code").grant_types(DEVICE).issuer_url(sandbox.start_url());
    assert_eq!(code(both.redirect_uris(CALLBACK)).await, "InternalServerException", "one client for each grant");

    let old = usual().send().await.unwrap();
    let token = signed_in(&sandbox, &old, "sam").await;
    assert_eq!(token.refresh_token(), None, "no scope, no refresh token");
    let call = create(&sandbox, &old, "authorization_code").code("x");
    assert_eq!(refused(call).await, "UnauthorizedClientException");
    let wrong = create(&sandbox, &old, DEVICE).client_secret("wrong").device_code("x");
    assert_eq!(refused(wrong).await, "InvalidClientException");
    let elsewhere = oidc(&sandbox)
        .start_device_authorization()
        .client_id(old.client_id().unwrap())
        .client_secret(old.client_secret().unwrap())
        .start_url("https://other.awsapps.com/start");
    assert!(elsewhere.send().await.unwrap_err().into_service_error().is_invalid_request_exception());
}

#[tokio::test]
async fn a_thousand_accounts_come_in_pages_and_their_credentials_work() {
    let options = Options { knobs: Knobs { sso_accounts: 1_000, ..Knobs::default() }, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let client = register(&sandbox, DEVICE).await;
    let token = signed_in(&sandbox, &client, "maya").await;
    let (portal, token) = (portal(&sandbox), token.access_token().unwrap());
    let accounts = portal.list_accounts().access_token(token).max_results(100).into_paginator().items().send();
    let accounts = accounts.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(accounts.len(), 1_003);
    let made_up = accounts[777].account_id().unwrap();
    let roles = portal.list_account_roles().access_token(token).account_id(made_up).into_paginator().items().send();
    assert_eq!(roles.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 3);

    for (account, role) in [(made_up, "PowerUserAccess"), ("111122223333", "ReadOnly")] {
        let get = portal.get_role_credentials().access_token(token).account_id(account).role_name(role);
        let given = get.send().await.unwrap().role_credentials.unwrap();
        let credentials = Credentials::new(
            given.access_key_id().unwrap(),
            given.secret_access_key().unwrap(),
            given.session_token().map(str::to_owned),
            None,
            "test",
        );
        let who = call(&sandbox, &credentials, "GetCallerIdentity", &[]).await;
        let arn = who.tag("Arn");
        let start = format!("arn:aws:sts::{account}:assumed-role/AWSReservedSSO_{role}_");
        assert!(arn.starts_with(&start) && arn.ends_with("/maya@shop.example"), "{arn}");
    }
    let foreign = portal.get_role_credentials().access_token(token).account_id("999999999999").role_name("ReadOnly");
    let error: GetRoleCredentialsError = foreign.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ForbiddenException"));

    portal.logout().access_token(token).send().await.unwrap();
    let after = portal.list_accounts().access_token(token).send().await;
    assert!(after.unwrap_err().into_service_error().is_unauthorized_exception());
}

#[tokio::test]
async fn the_portal_limits_the_rate() {
    let sandbox = start().await;
    let client = register(&sandbox, DEVICE).await;
    let token = signed_in(&sandbox, &client, "sam").await;
    let list = || portal(&sandbox).list_accounts().access_token(token.access_token().unwrap()).send();
    sandbox.set_knobs(Knobs { portal_requests_per_second: Some(2), ..Knobs::default() }).unwrap();
    list().await.unwrap();
    let mut too_many = 0;
    for _ in 0..10 {
        if let Err(error) = list().await {
            assert!(error.into_service_error().is_too_many_requests_exception());
            too_many += 1;
        }
    }
    assert!(too_many > 0, "twelve at once are more than two a second");
    tokio::time::sleep(Duration::from_millis(600)).await;
    list().await.unwrap();
}
