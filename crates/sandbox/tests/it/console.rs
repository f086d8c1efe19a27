//! The console's federation endpoint.

use std::sync::atomic::Ordering;

use aws_credential_types::Credentials;
use chrono::{DateTime, Utc};
use daypass_sandbox::{Knobs, Sandbox};
use serde_json::json;
use url::Url;

use crate::support::{
    Answered, READ_ONLY, call, form, http, keys_of, post, start, start_with_clock, text, tokens, with_web_identity,
};

const DESTINATION: &str = "https://eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1";

fn endpoint(sandbox: &Sandbox) -> String {
    format!("{}/federation", sandbox.signin_url())
}

fn session(credentials: &Credentials) -> String {
    json!({
        "sessionId": credentials.access_key_id(),
        "sessionKey": credentials.secret_access_key(),
        "sessionToken": credentials.session_token(),
    })
    .to_string()
}

async fn signed_in(sandbox: &Sandbox) -> Credentials {
    let tokens = tokens(sandbox, "maya").await;
    with_web_identity(sandbox, READ_ONLY, text(&tokens["id_token"]), &[]).await.credentials()
}

async fn signin_token(sandbox: &Sandbox, session: &str, more: &[(&str, &str)]) -> Answered {
    let params = [&[("Action", "getSigninToken"), ("Session", session)], more].concat();
    post(endpoint(sandbox), &params).await
}

async fn login(sandbox: &Sandbox, token: &str, destination: &str) -> Answered {
    let query = form(&[
        ("Action", "login"),
        ("Issuer", "https://daypass.example"),
        ("Destination", destination),
        ("SigninToken", token),
    ]);
    let url = Url::parse(&format!("{}?{query}", endpoint(sandbox))).unwrap();
    Answered::from(http().get(url).send().await.unwrap()).await
}

#[tokio::test]
async fn a_session_opens_the_console_once() {
    let sandbox = start().await;
    let credentials = signed_in(&sandbox).await;
    let answered = signin_token(&sandbox, &session(&credentials), &[("SessionDuration", "43200")]).await;
    let body = answered.json();
    let token = text(&body["SigninToken"]);
    assert_eq!(login(&sandbox, token, "https://evil.example/").await.status, 400);
    let page = login(&sandbox, token, DESTINATION).await;
    assert_eq!(page.status, 200);
    for words in ["Signed in to the sandbox console as ReadOnly in Shop – production", "s3", "eu-west-1"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert_eq!(login(&sandbox, token, DESTINATION).await.status, 400, "used before");
    assert_eq!(login(&sandbox, "wrong", DESTINATION).await.status, 400);
}

async fn visit(url: &str, cookie: Option<&str>) -> reqwest::Response {
    let mut request = http().get(url);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    request.send().await.unwrap()
}

fn cookie_of(response: &reqwest::Response) -> String {
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_second_console_in_one_browser_asks_to_log_out_first() {
    let sandbox = start().await;
    let session = session(&signed_in(&sandbox).await);
    let url = async || {
        let body = signin_token(&sandbox, &session, &[]).await.json();
        let query =
            form(&[("Action", "login"), ("Destination", DESTINATION), ("SigninToken", text(&body["SigninToken"]))]);
        format!("{}?{query}", endpoint(&sandbox))
    };
    let cookie = cookie_of(&visit(&url().await, None).await);
    let second = url().await;
    let refused = visit(&second, Some(&cookie)).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("You must first log out"));
    let log_out = |onward: &str| {
        format!("{}/oauth?{}", sandbox.signin_url(), form(&[("Action", "logout"), ("redirect_uri", onward)]))
    };
    let away = visit(&log_out("https://evil.example/"), Some(&cookie)).await;
    assert_eq!(away.status(), 400);
    let on_the_way = visit(&log_out(&second), Some(&cookie)).await;
    assert_eq!((on_the_way.status().as_u16(), on_the_way.headers()["location"].to_str().unwrap()), (303, &*second));
    assert!(on_the_way.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(visit(&second, None).await.status(), 200);

    sandbox.set_knobs(Knobs { console_multi_session: true, ..Knobs::default() }).unwrap();
    assert_eq!(visit(&url().await, Some(&cookie)).await.status(), 200);
}

#[tokio::test]
async fn the_console_ends_with_its_credentials_or_when_it_was_asked_to() {
    let sandbox = start().await;
    let session = session(&signed_in(&sandbox).await);
    for (more, hours) in [(vec![], 1), (vec![("SessionDuration", "43200")], 12)] {
        let body = signin_token(&sandbox, &session, &more).await.json();
        let page = login(&sandbox, text(&body["SigninToken"]), DESTINATION).await;
        let (_, rest) = page.text.split_once("<dt>Ends</dt><dd>").unwrap();
        let ends: DateTime<Utc> = rest.split_once('<').unwrap().0.parse().unwrap();
        let minutes = (ends - Utc::now()).num_minutes();
        assert!((hours * 60 - 2..=hours * 60).contains(&minutes), "{minutes}");
    }
}

#[tokio::test]
async fn get_works_as_well() {
    let sandbox = start().await;
    let credentials = signed_in(&sandbox).await;
    let query = form(&[("Action", "getSigninToken"), ("Session", &session(&credentials))]);
    let url = format!("{}?{query}", endpoint(&sandbox));
    let answered = Answered::from(http().get(url).send().await.unwrap()).await;
    assert!(answered.json()["SigninToken"].is_string());
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let sandbox = start().await;
    let credentials = signed_in(&sandbox).await;
    let token = credentials.session_token().map(str::to_owned);
    let wrong = Credentials::new(credentials.access_key_id(), "wrong", token, None, "test");
    assert_eq!(signin_token(&sandbox, &session(&wrong), &[]).await.status, 400);
    assert_eq!(signin_token(&sandbox, "{}", &[]).await.status, 400);
    for seconds in ["899", "43201", "1h"] {
        let answered = signin_token(&sandbox, &session(&credentials), &[("SessionDuration", seconds)]).await;
        assert_eq!(answered.status, 400, "{seconds}");
    }
    let deploy = [("RoleArn", "arn:aws:iam::444455556666:role/Deploy"), ("RoleSessionName", "me")];
    let chained = call(&sandbox, &credentials, "AssumeRole", &deploy).await.credentials();
    let with_duration = signin_token(&sandbox, &session(&chained), &[("SessionDuration", "900")]).await;
    assert_eq!(with_duration.status, 400);
    assert!(with_duration.text.contains("role chaining"));
    assert_eq!(signin_token(&sandbox, &session(&chained), &[]).await.status, 200);
    let user = keys_of(&sandbox.users()[0]);
    let of_user = call(&sandbox, &user, "GetSessionToken", &[]).await.credentials();
    assert_eq!(signin_token(&sandbox, &session(&of_user), &[]).await.status, 400);
}

#[tokio::test]
async fn signin_tokens_live_a_quarter_of_an_hour() {
    let (sandbox, ahead) = start_with_clock().await;
    let credentials = signed_in(&sandbox).await;
    let body = signin_token(&sandbox, &session(&credentials), &[]).await.json();
    ahead.store(15 * 60 + 1, Ordering::SeqCst);
    assert_eq!(login(&sandbox, text(&body["SigninToken"]), DESTINATION).await.status, 400);
}
