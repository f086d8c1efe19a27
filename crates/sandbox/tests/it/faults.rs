//! The knobs, over HTTP and from code, and the journal.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use daypass_sandbox::{Knobs, Options, Sandbox, SandboxError};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{
    Answered, READ_ONLY, VERIFIER, call, claims, code, http, keys_of, redeem, refresh, start, text, tokens, unsigned,
    with_web_identity,
};

async fn turn(sandbox: &Sandbox, method: &str, knobs: Value) -> Answered {
    let url = sandbox.base_url().join("_sandbox/knobs").unwrap();
    let request = http().request(method.parse().unwrap(), url).json(&knobs);
    Answered::from(request.send().await.unwrap()).await
}

#[tokio::test]
async fn faults_come_as_told_and_run_out() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    for (knobs, status, code) in [
        (json!({ "throttle_next": 1 }), 400, "Throttling"),
        (json!({ "fail_next": 1 }), 500, "InternalFailure"),
        (json!({ "fail_next": 1, "fail_status": 503 }), 503, "ServiceUnavailable"),
        (json!({ "deny_next": 1 }), 403, "AccessDenied"),
    ] {
        assert_eq!(turn(&sandbox, "PUT", knobs).await.status, 200);
        call(&sandbox, &user, "GetCallerIdentity", &[]).await.is_error(status, code);
        assert_eq!(call(&sandbox, &user, "GetCallerIdentity", &[]).await.status, 200);
    }
}

#[tokio::test]
async fn put_replaces_and_patch_turns() {
    let sandbox = start().await;
    turn(&sandbox, "PUT", json!({ "latency_ms": 1 })).await;
    assert_eq!(turn(&sandbox, "PATCH", json!({ "throttle_next": 2 })).await.json()["latency_ms"], 1);
    assert_eq!(turn(&sandbox, "PUT", json!({ "throttle_next": 1 })).await.json()["latency_ms"], 0);
    for bad in [json!({ "lifetime": 5 }), json!({ "lifetime_seconds": 0 }), json!([])] {
        assert_eq!(turn(&sandbox, "PATCH", bad.clone()).await.status, 422, "{bad}");
    }
    assert_eq!(sandbox.knobs().throttle_next, 1);
}

#[tokio::test]
async fn lifetimes_are_shortened() {
    let sandbox = start().await;
    sandbox.set_knobs(Knobs { lifetime_seconds: Some(2), id_token_seconds: 7, ..Knobs::default() }).unwrap();
    let tokens = tokens(&sandbox, "maya").await;
    let claims = claims(text(&tokens["id_token"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7);
    let answered = with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await;
    let left = answered.tag("Expiration").parse::<DateTime<Utc>>().unwrap() - Utc::now();
    assert!(left <= chrono::TimeDelta::seconds(2), "{left}");
    let credentials = answered.credentials();
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    call(&sandbox, &credentials, "GetCallerIdentity", &[]).await.is_error(403, "ExpiredToken");
}

#[tokio::test]
async fn a_wrong_clock_shows_in_the_date_and_in_every_check() {
    let sandbox = start().await;
    sandbox.set_knobs(Knobs { skew_seconds: 3_600, ..Knobs::default() }).unwrap();
    let answered = http().get(sandbox.base_url()).send().await.unwrap();
    let date = answered.headers()["date"].to_str().unwrap().to_owned();
    let ahead = DateTime::parse_from_rfc2822(&date).unwrap().to_utc() - Utc::now();
    assert!((3_500..=3_600).contains(&ahead.num_seconds()), "{date}");
    let user = keys_of(&sandbox.users()[0]);
    call(&sandbox, &user, "GetCallerIdentity", &[]).await.is_error(400, "RequestExpired");
}

#[tokio::test]
async fn refresh_can_be_refused_and_latency_added() {
    let sandbox = start().await;
    let tokens = tokens(&sandbox, "maya").await;
    turn(&sandbox, "PUT", json!({ "refresh": "expired", "latency_ms": 150 })).await;
    let start = Instant::now();
    let refused = refresh(&sandbox, text(&tokens["refresh_token"])).await;
    assert_eq!(refused.json()["error"], "invalid_grant");
    assert!(start.elapsed() >= Duration::from_millis(150));
    turn(&sandbox, "PUT", json!({})).await;
    assert_eq!(refresh(&sandbox, text(&tokens["refresh_token"])).await.status, 200);
}

#[tokio::test]
async fn a_hanging_call_holds_nothing_up() {
    let sandbox = start().await;
    sandbox.set_knobs(Knobs { hang_next: 1, ..Knobs::default() }).unwrap();
    let hanging = http().post(sandbox.base_url()).timeout(Duration::from_secs(1)).send().await;
    assert!(hanging.unwrap_err().is_timeout());
    unsigned(&sandbox, &[("Action", "Launch")]).await.is_error(400, "InvalidAction");

    sandbox.set_knobs(Knobs { hang_next: 1, ..Knobs::default() }).unwrap();
    let hanging = tokio::spawn(http().post(sandbox.base_url()).send());
    let hangs = async || {
        while sandbox.knobs().hang_next > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), hangs()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), sandbox.stop()).await.expect("stopping lets hanging calls go");
    assert_eq!(hanging.await.unwrap().unwrap().status(), 503);
}

#[tokio::test]
async fn the_journal_tells_without_telling_secrets() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let code = code(&sandbox, "maya").await;
    let tokens = redeem(&sandbox, &code, VERIFIER).await.json();
    let answered = with_web_identity(&sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await;
    let credentials = answered.credentials();
    call(&sandbox, &user, "GetCallerIdentity", &[]).await;
    unsigned(&sandbox, &[("Action", "GetCallerIdentity")]).await;

    let url = sandbox.base_url().join("_sandbox/log").unwrap();
    let log = Answered::from(http().get(url).send().await.unwrap()).await;
    let told: Vec<(String, String)> =
        sandbox.log().into_iter().map(|entry| (entry.action.unwrap_or_default(), entry.outcome)).collect();
    let expected = [
        ("authorize", "asked"),
        ("sign-in", "ok"),
        ("authorization_code", "ok"),
        ("AssumeRoleWithWebIdentity", "ok"),
        ("GetCallerIdentity", "ok"),
        ("GetCallerIdentity", "MissingAuthenticationToken"),
    ];
    assert_eq!(told, expected.map(|(action, outcome)| (action.to_owned(), outcome.to_owned())));
    let planted = [
        code.as_str(),
        text(&tokens["id_token"]),
        text(&tokens["access_token"]),
        text(&tokens["refresh_token"]),
        credentials.secret_access_key(),
        credentials.session_token().unwrap(),
        sandbox.users()[0].secret_access_key.expose_secret(),
    ];
    let shown = format!("{} {:?} {:?}", log.text, sandbox, sandbox.users());
    assert!(shown.contains(credentials.access_key_id()), "the key id is there to match by");
    for secret in planted {
        assert!(!shown.contains(secret), "a secret is in the journal or a Debug output");
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let sandbox = start().await;
    let port = sandbox.base_url().port().unwrap();
    let second = Sandbox::start(Options { port, ..Options::default() }).await;
    assert!(matches!(second, Err(SandboxError::Listen { port: p, .. }) if p == port));
    sandbox.stop().await;
    assert!(Sandbox::start(Options { port, ..Options::default() }).await.is_ok(), "the port is free again");
}
