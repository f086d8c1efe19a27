//! The endpoint, asked as an SDK asks it, and as others do.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_deliver::process::ProcessCredentials;
use daypass_endpoint::{Endpoint, Fresh};
use reqwest::{Client, Method, StatusCode};
use secrecy::ExposeSecret as _;

fn credentials(key: &str, minutes: i64) -> ProcessCredentials {
    let ends = SystemClock.now() + chrono::TimeDelta::minutes(minutes);
    serde_json::from_value(serde_json::json!({
        "Version": 1, "AccessKeyId": key, "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": ends,
        "AccountId": "123456789012",
    }))
    .unwrap()
}

struct Running {
    uri: String,
    token: String,
    asked: Arc<AtomicU32>,
    client: Client,
}

impl Running {
    async fn start(answer: impl Fn(u32) -> Result<ProcessCredentials, Problem> + Send + Sync + 'static) -> Running {
        let endpoint = Endpoint::bind().await.unwrap();
        let (uri, token) = (endpoint.uri(), endpoint.token().expose_secret().to_owned());
        let asked = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&asked);
        let fresh = Fresh::new(move || {
            let answered = answer(counted.fetch_add(1, Ordering::SeqCst) + 1);
            async move {
                tokio::task::yield_now().await;
                answered
            }
        });
        tokio::spawn(endpoint.serve(fresh));
        let client = Client::builder().no_proxy().build().unwrap();
        Running { uri, token, asked, client }
    }

    async fn get(&self) -> (StatusCode, serde_json::Value) {
        let sent = self.client.get(&self.uri).header("Authorization", &self.token).send().await.unwrap();
        (sent.status(), sent.json().await.unwrap())
    }

    async fn status(&self, method: Method, uri: &str, headers: &[(&str, &str)]) -> StatusCode {
        let mut request = self.client.request(method, uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status()
    }
}

#[tokio::test]
async fn the_document_is_what_sdks_read() {
    let running = Running::start(|_| Ok(credentials("ASIA1", 60))).await;
    let (status, document) = running.get().await;
    assert_eq!(status, StatusCode::OK);
    let names: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(names, ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "Token"]);
    assert_eq!((&document["AccessKeyId"], &document["Token"]), (&"ASIA1".into(), &"token".into()));
    assert!(document["Expiration"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn only_a_request_with_the_token_and_the_address_is_answered() {
    let running = Running::start(|_| Ok(credentials("ASIA1", 60))).await;
    let (uri, token) = (running.uri.as_str(), running.token.as_str());
    let other_path = uri.replace("/credentials", "/");
    let by_name = uri.replace("127.0.0.1", "localhost");
    let longer = format!("{token}x");
    for (method, uri, headers, expected) in [
        (Method::GET, uri, vec![], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", "")], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", &token[1..])], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", longer.as_str())], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", token), ("Authorization", token)], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", token), ("Host", "evil.example")], StatusCode::MISDIRECTED_REQUEST),
        (Method::GET, other_path.as_str(), vec![("Authorization", token)], StatusCode::NOT_FOUND),
        (Method::POST, uri, vec![("Authorization", token)], StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, by_name.as_str(), vec![("Authorization", token)], StatusCode::OK),
    ] {
        assert_eq!(running.status(method, uri, &headers).await, expected, "{headers:?}");
    }
    assert_eq!(running.asked.load(Ordering::SeqCst), 1, "a request that is turned away asks for nothing");
    let other = Endpoint::bind().await.unwrap();
    assert_ne!(other.token().expose_secret(), running.token);
    assert_eq!(running.token.len(), 43, "256 bits");
}

#[tokio::test]
async fn fifty_at_once_ask_once() {
    let running = Running::start(|_| Ok(credentials("ASIA1", 60))).await;
    let running = Arc::new(running);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let running = Arc::clone(&running);
        asking.spawn(async move { running.get().await.0 });
    }
    while let Some(status) = asking.join_next().await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
    assert_eq!(running.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn credentials_that_are_nearly_over_are_asked_for_again() {
    let running = Running::start(|count| Ok(credentials(&format!("ASIA{count}"), 5))).await;
    assert_eq!(running.get().await.1["AccessKeyId"], "ASIA1");
    assert_eq!(running.get().await.1["AccessKeyId"], "ASIA2");
}

#[tokio::test]
async fn a_failure_is_told_in_words_unless_there_are_credentials_that_work() {
    let problem = || {
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, "you have to sign in to identity corp first")
            .hint("run `daypass identity login corp`")
    };
    let running = Running::start(move |_| Err(problem())).await;
    let (status, document) = running.get().await;
    assert_eq!((status, &document["code"]), (StatusCode::UNAUTHORIZED, &"signed-out".into()));
    let message = document["message"].as_str().unwrap();
    assert!(message.contains("identity corp") && message.contains("daypass identity login corp"), "{message}");

    let passing = || Problem::new(ProblemKind::Passing, ProblemCode::OidcUnreachable, "no network");
    let running =
        Running::start(move |count| if count == 1 { Ok(credentials("ASIA1", 5)) } else { Err(passing()) }).await;
    assert_eq!(running.get().await.0, StatusCode::OK);
    assert_eq!(running.get().await.0, StatusCode::OK, "they still work");
    let running = Running::start(move |_| Err(passing())).await;
    assert_eq!(running.get().await.0, StatusCode::SERVICE_UNAVAILABLE);
    let running =
        Running::start(move |count| if count == 1 { Ok(credentials("ASIA1", -1)) } else { Err(passing()) }).await;
    assert_eq!(running.get().await.0, StatusCode::OK);
    assert_eq!(running.get().await.0, StatusCode::SERVICE_UNAVAILABLE, "they are over");
}
