//! Signed calls that STS accepts, and every way that it refuses one.

use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use chrono::{DateTime, Utc};
use daypass_sandbox::{Account, Allowed, Options, Role, Sandbox};

use crate::support::{ADMIN, DEPLOY, READ_ONLY, call, http, keys_of, send, signed, start, start_with_clock, unsigned};

const WHO: &[(&str, &str)] = &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];

fn role<'a>(arn: &'a str, session: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("RoleArn", arn), ("RoleSessionName", session)]
}

#[tokio::test]
async fn a_user_becomes_a_role_and_is_known_as_such() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let who = call(&sandbox, &user, "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), sandbox.users()[0].arn());

    let before = Utc::now();
    let assumed = call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, "nightly+build=1,2.3@x-y_z")).await;
    let credentials = assumed.credentials();
    assert!(credentials.access_key_id().starts_with("ASIA"));
    assert_eq!(credentials.access_key_id().len(), 20);
    let expiration: DateTime<Utc> = assumed.tag("Expiration").parse().unwrap();
    assert!((3_595..=3_601).contains(&(expiration - before).num_seconds()));

    let who = call(&sandbox, &credentials, "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), "arn:aws:sts::111122223333:assumed-role/ReadOnly/nightly+build=1,2.3@x-y_z");
    assert_eq!(who.tag("Account"), "111122223333");
    assert_eq!(who.tag("UserId"), assumed.tag("AssumedRoleId"));
    assert!(who.text.contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\""));
}

#[tokio::test]
async fn signatures_are_verified() {
    let sandbox = start().await;
    let base = sandbox.base_url();
    let user = keys_of(&sandbox.users()[0]);
    let fresh = || signed(&base, &user, SystemTime::now(), WHO);
    assert_eq!(send(fresh()).await.status, 200, "the untampered request is good");

    let wrong_secret = Credentials::new(user.access_key_id(), "wrong", None, None, "test");
    send(signed(&base, &wrong_secret, SystemTime::now(), WHO)).await.is_error(403, "SignatureDoesNotMatch");

    let mut body = fresh();
    body.body_mut().push_str("&Extra=1");
    send(body).await.is_error(403, "SignatureDoesNotMatch");

    let mut header = fresh();
    header.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    send(header).await.is_error(403, "SignatureDoesNotMatch");

    let mut query = fresh();
    *query.uri_mut() = format!("{base}?Extra=1").parse().unwrap();
    send(query).await.is_error(403, "SignatureDoesNotMatch");

    let edited = |from: &str, to: &str| {
        let mut request = fresh();
        let authorization = request.headers()["authorization"].to_str().unwrap().replacen(from, to, 1);
        request.headers_mut().insert("authorization", authorization.parse().unwrap());
        request
    };
    send(edited("/eu-west-1/", "/us-east-1/")).await.is_error(403, "SignatureDoesNotMatch");
    send(edited("/sts/", "/s3/")).await.is_error(403, "SignatureDoesNotMatch");
    send(edited("host;", "")).await.is_error(403, "SignatureDoesNotMatch");
    send(edited("Signature=", "Signatur=")).await.is_error(400, "IncompleteSignature");
    send(edited("Credential=", "Credential=x/")).await.is_error(400, "IncompleteSignature");
    send(edited("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")).await.is_error(400, "IncompleteSignature");
    send(edited(user.access_key_id(), "AKIAAAAAAAAAAAAAAAAA")).await.is_error(403, "InvalidClientTokenId");
    let mut undated = fresh();
    undated.headers_mut().remove("x-amz-date");
    send(undated).await.is_error(400, "IncompleteSignature");

    unsigned(&sandbox, WHO).await.is_error(403, "MissingAuthenticationToken");
}

#[tokio::test]
async fn session_tokens_belong_to_their_keys() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let one = call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, "one")).await.credentials();
    let two = call(&sandbox, &user, "AssumeRole", &role(READ_ONLY, "two")).await.credentials();
    let mixed = |token: Option<&str>| {
        Credentials::new(one.access_key_id(), one.secret_access_key(), token.map(str::to_owned), None, "test")
    };
    for wrong in [mixed(two.session_token()), mixed(None), mixed(Some("x"))] {
        call(&sandbox, &wrong, "GetCallerIdentity", &[]).await.is_error(403, "InvalidClientTokenId");
    }
    assert_eq!(call(&sandbox, &mixed(one.session_token()), "GetCallerIdentity", &[]).await.status, 200);
}

#[tokio::test]
async fn old_and_future_requests_are_refused() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let quarter = Duration::from_secs(15 * 60 + 30);
    let almost = Duration::from_secs(14 * 60);
    let now = SystemTime::now();
    for (at, good) in [(now - quarter, false), (now + quarter, false), (now - almost, true), (now + almost, true)] {
        let answered = send(signed(&sandbox.base_url(), &user, at, WHO)).await;
        if good {
            assert_eq!(answered.status, 200, "{}", answered.text);
        } else {
            answered.is_error(400, "RequestExpired");
        }
    }
}

#[tokio::test]
async fn credentials_expire_when_they_say() {
    let (sandbox, ahead) = start_with_clock().await;
    let user = keys_of(&sandbox.users()[0]);
    let mut asked = role(READ_ONLY, "short");
    asked.push(("DurationSeconds", "900"));
    let credentials = call(&sandbox, &user, "AssumeRole", &asked).await.credentials();
    ahead.store(890, Ordering::SeqCst);
    assert_eq!(call(&sandbox, &credentials, "GetCallerIdentity", &[]).await.status, 200);
    ahead.store(899, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let at = SystemTime::now() + Duration::from_secs(899);
    send(signed(&sandbox.base_url(), &credentials, at, WHO)).await.is_error(403, "ExpiredToken");
}

#[tokio::test]
async fn a_chained_session_is_limited_to_an_hour() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let mut asked = role(READ_ONLY, "first");
    asked.push(("DurationSeconds", "43200"));
    let first = call(&sandbox, &user, "AssumeRole", &asked).await.credentials();
    let mut asked = role(DEPLOY, "second");
    assert_eq!(call(&sandbox, &first, "AssumeRole", &asked).await.status, 200);
    asked.push(("DurationSeconds", "3601"));
    let refused = call(&sandbox, &first, "AssumeRole", &asked).await;
    refused.is_error(400, "ValidationError");
    assert!(refused.text.contains("role chaining"), "{}", refused.text);
}

#[tokio::test]
async fn trust_is_checked() {
    let mut guarded = Role::new("Guarded");
    guarded.external_id = Some("key:1/2".into());
    let only_guarded = Role::new("Inner").assume(Allowed::Only(vec!["arn:aws:iam::111122223333:role/Guarded".into()]));
    let roles = vec![guarded, only_guarded];
    let accounts = vec![Account { id: "111122223333".into(), name: "One".into(), roles }];
    let sandbox = Sandbox::start(Options { accounts, ..Options::default() }).await.unwrap();
    let user = keys_of(&sandbox.users()[0]);
    let (guarded, inner) =
        (role("arn:aws:iam::111122223333:role/Guarded", "me"), role("arn:aws:iam::111122223333:role/Inner", "me"));
    let refused = call(&sandbox, &user, "AssumeRole", &guarded).await;
    refused.is_error(403, "AccessDenied");
    assert_eq!(
        refused.tag("Message"),
        "User: arn:aws:iam::111122223333:user/build-robot is not authorized to perform: sts:AssumeRole on \
         resource: arn:aws:iam::111122223333:role/Guarded"
    );
    let named = [guarded, vec![("ExternalId", "key:1/2")]].concat();
    let credentials = call(&sandbox, &user, "AssumeRole", &named).await.credentials();
    call(&sandbox, &user, "AssumeRole", &inner).await.is_error(403, "AccessDenied");
    assert_eq!(call(&sandbox, &credentials, "AssumeRole", &inner).await.status, 200);
    let gone = role("arn:aws:iam::111122223333:role/Gone", "me");
    call(&sandbox, &user, "AssumeRole", &gone).await.is_error(403, "AccessDenied");
}

#[tokio::test]
async fn parameters_are_held_to_the_limits() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let with = |arn, session, more: &[(&'static str, &'static str)]| [role(arn, session), more.to_vec()].concat();
    let long = "x".repeat(65);
    for (params, words) in [
        (with(READ_ONLY, "x", &[]), "Member must have length greater than or equal to 2"),
        (role(READ_ONLY, &long), "Member must have length less than or equal to 64"),
        (with(READ_ONLY, "a b", &[]), r"pattern: [\w+=,.@-]*"),
        (with(READ_ONLY, "me", &[("DurationSeconds", "899")]), "greater than or equal to 900"),
        (with(READ_ONLY, "me", &[("DurationSeconds", "43201")]), "less than or equal to 43200"),
        (with(DEPLOY, "me", &[("DurationSeconds", "7201")]), "exceeds the MaxSessionDuration set for this role"),
        (with("arn:aws:iam::1:role/ReadOnly", "me", &[]), "Request ARN is invalid"),
        (with("short", "me", &[]), "at &apos;roleArn&apos;"),
        (vec![("RoleSessionName", "me")], "Value null at"),
    ] {
        let refused = call(&sandbox, &user, "AssumeRole", &params).await;
        refused.is_error(400, "ValidationError");
        let words = words.replace("&apos;", "'");
        assert!(refused.text.contains(&words), "{words}: {}", refused.text);
    }
    let bad_policy = with(READ_ONLY, "me", &[("Policy", "{")]);
    call(&sandbox, &user, "AssumeRole", &bad_policy).await.is_error(400, "MalformedPolicyDocument");
    let mfa = with(READ_ONLY, "me", &[("SerialNumber", "arn:aws:iam::1:mfa/x"), ("TokenCode", "123456")]);
    call(&sandbox, &user, "AssumeRole", &mfa).await.is_error(403, "AccessDenied");
    call(&sandbox, &user, "AssumeRole", &role(ADMIN, "me")).await.is_error(403, "AccessDenied");
}

#[tokio::test]
async fn session_tokens_for_users_only() {
    let sandbox = start().await;
    let user = keys_of(&sandbox.users()[0]);
    let session = call(&sandbox, &user, "GetSessionToken", &[]).await.credentials();
    let who = call(&sandbox, &session, "GetCallerIdentity", &[]).await;
    assert_eq!(who.tag("Arn"), sandbox.users()[0].arn());
    call(&sandbox, &session, "GetSessionToken", &[]).await.is_error(403, "AccessDenied");
    call(&sandbox, &user, "GetSessionToken", &[("DurationSeconds", "129601")]).await.is_error(400, "ValidationError");
}

#[tokio::test]
async fn other_questions() {
    let sandbox = start().await;
    unsigned(&sandbox, &[("Action", "Launch")]).await.is_error(400, "InvalidAction");
    unsigned(&sandbox, &[("Action", "GetCallerIdentity"), ("Version", "2010-01-01")])
        .await
        .is_error(400, "NoSuchVersion");
    unsigned(&sandbox, &[]).await.is_error(400, "MissingAction");
    let elsewhere = http().get(sandbox.base_url().join("bucket/key").unwrap()).send().await.unwrap();
    assert_eq!(elsewhere.status(), 404);
    let rebound = http()
        .get(sandbox.base_url().join("_sandbox/log").unwrap())
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(rebound.status(), 421);
    let answered = http().get(sandbox.base_url()).send().await.unwrap();
    assert!(answered.headers().contains_key("x-amzn-requestid"));
    assert!(answered.headers().contains_key("date"));
}
