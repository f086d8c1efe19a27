//! The endpoint, called the way SDKs and other programs call it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
use daypass_deliver::process::ProcessCredentials;
use daypass_endpoint::{
    Asker, Book, Boxed, Consumer, Endpoint, Entry, Fresh, Given, ListenAt, Machine, Process, Protocol, Serves, Source,
    Token,
};
use reqwest::{Client, Method, StatusCode};
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

fn credentials(key: &str, minutes: i64) -> ProcessCredentials {
    let ends = SystemClock.now() + chrono::TimeDelta::minutes(minutes);
    serde_json::from_value(serde_json::json!({
        "Version": 1, "AccessKeyId": key, "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": ends,
        "AccountId": "123456789012",
    }))
    .unwrap()
}

type Answer = Box<dyn Fn(u32) -> Result<ProcessCredentials, Problem> + Send + Sync>;

/// A session that is asked how often it was asked.
#[derive(Clone)]
struct Session {
    asked: Arc<AtomicU32>,
    signed_in: Arc<AtomicBool>,
    answer: Arc<Answer>,
    takers: UnboundedSender<Option<Program>>,
}

impl Session {
    fn new(answer: impl Fn(u32) -> Result<ProcessCredentials, Problem> + Send + Sync + 'static) -> Self {
        Self {
            asked: Arc::default(),
            signed_in: Arc::default(),
            answer: Arc::new(Box::new(answer)),
            takers: unbounded_channel().0,
        }
    }
}

impl Source for Session {
    fn credentials(&self, _: Asker) -> Boxed<Result<Given, Problem>> {
        let answered = (self.answer)(self.asked.fetch_add(1, Ordering::SeqCst) + 1);
        Box::pin(async move {
            tokio::task::yield_now().await;
            answered.map(Given::from)
        })
    }

    fn were_taken(&self, by: Option<Program>) -> Boxed<()> {
        let _ = self.takers.send(by);
        Box::pin(async {})
    }

    fn is_signed_in(&self, _: IdentityName) -> Boxed<bool> {
        let signed_in = self.signed_in.load(Ordering::SeqCst);
        Box::pin(async move { signed_in })
    }
}

struct Running {
    uri: String,
    token: String,
    asked: Arc<AtomicU32>,
    client: Client,
}

impl Running {
    async fn start(answer: impl Fn(u32) -> Result<ProcessCredentials, Problem> + Send + Sync + 'static) -> Running {
        Self::of(Session::new(answer)).await
    }

    async fn of(session: Session) -> Running {
        let endpoint = Endpoint::bind(ListenAt::LOOPBACK, 0).unwrap();
        let (token, asked) = (Token::new(), Arc::clone(&session.asked));
        let consumer = Arc::new(Consumer::new("dev".parse().unwrap(), Some(&token), Fresh::new(session)));
        let uri = endpoint.uri(consumer.name());
        tokio::spawn(endpoint.serve(Serves::Containers(vec![consumer])));
        let client = Client::builder().no_proxy().build().unwrap();
        Running { uri, token: token.secret().expose_secret().to_owned(), asked, client }
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
    let other_path = uri.replace("/credentials/dev", "/credentials/other");
    let by_name = uri.replace("127.0.0.1", "localhost");
    let port = uri.split([':', '/']).nth(4).unwrap();
    let (other_port, port_of_another) = ("127.0.0.1:1".to_owned(), format!("evil.example:{port}"));
    let longer = format!("{token}x");
    for (method, uri, headers, expected) in [
        (Method::GET, uri, vec![], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", "")], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", &token[1..])], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", longer.as_str())], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", token), ("Authorization", token)], StatusCode::UNAUTHORIZED),
        (Method::GET, uri, vec![("Authorization", token), ("Host", "evil.example")], StatusCode::MISDIRECTED_REQUEST),
        (Method::GET, uri, vec![("Authorization", token), ("Host", &port_of_another)], StatusCode::MISDIRECTED_REQUEST),
        (Method::GET, uri, vec![("Authorization", token), ("Host", &other_port)], StatusCode::MISDIRECTED_REQUEST),
        // As the C runtime of the SDKs names it.
        (Method::GET, uri, vec![("Authorization", token), ("Host", "127.0.0.1")], StatusCode::OK),
        (Method::GET, other_path.as_str(), vec![("Authorization", token)], StatusCode::NOT_FOUND),
        (Method::POST, uri, vec![("Authorization", token)], StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, by_name.as_str(), vec![("Authorization", token)], StatusCode::OK),
    ] {
        assert_eq!(running.status(method, uri, &headers).await, expected, "{headers:?}");
    }
    assert_eq!(running.asked.load(Ordering::SeqCst), 1, "a request that is turned away asks for nothing");
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
    let (status, document) = running.get().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "credentials that are over are never answered");
    assert_eq!(document["code"], "credentials-over");
}

fn signed_out() -> Problem {
    Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, "you have to sign in to identity corp first")
        .hint("run `daypass identity login corp`")
        .next(NextStep::SignIn { identity: "corp".parse().unwrap() })
}

/// Sends a request as botocore does, and returns what comes back until the body's end.
async fn raw(running: &Running, reader: &str) -> String {
    let (address, path) = running.uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /{path} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {reader}\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
        running.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_reader_that_waits_gets_credentials_once_the_person_has_signed_in() {
    let session = Session::new(|count| if count == 1 { Err(signed_out()) } else { Ok(credentials("ASIA2", 60)) });
    let signed_in = Arc::clone(&session.signed_in);
    let running = Arc::new(Running::of(session).await);
    let waiting = tokio::spawn({
        let running = Arc::clone(&running);
        async move { raw(&running, "python-urllib3/2.8.0").await }
    });
    // botocore hangs up after two silent seconds.
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(running.asked.load(Ordering::SeqCst), 1, "it doesn't request anything until the person has signed in");
    signed_in.store(true, Ordering::SeqCst);
    let answer = waiting.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\n") && answer.contains("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("ASIA2"), "{answer}");
    assert_eq!(running.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_reader_that_does_not_wait_hears_why() {
    let running = Running::of(Session::new(|_| Err(signed_out()))).await;
    let answer = raw(&running, "aws-sdk-java/2.20").await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("daypass identity login corp"), "{answer}");
    assert_eq!(running.asked.load(Ordering::SeqCst), 1, "the person is asked once");
}

fn entry(name: &str) -> Entry {
    Entry {
        name: name.parse().unwrap(),
        role: "arn:aws:iam::123456789012:role/Dev".parse().unwrap(),
        identity: "work".parse().unwrap(),
        profile: "dev".parse().unwrap(),
        protocol: Protocol::Container,
        address: "127.0.0.1:1".parse().unwrap(),
        token_file: None,
        served_by: Process { id: std::process::id(), program: "test".to_owned() },
        since: SystemClock.now(),
        last_use: None,
        used_by: None,
    }
}

#[tokio::test]
async fn each_consumer_has_its_own_token_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let book = Book::in_folder(folder.path().join("consumers"));
    let endpoint = Endpoint::bind(ListenAt::LOOPBACK, 0).unwrap();
    let tokens = [Token::new(), Token::new()];
    let mut consumers = Vec::new();
    for (token, key) in tokens.iter().zip(["ASIA1", "ASIA2"]) {
        let offered = book.offer(entry("dev"), Some(token), false).unwrap();
        let session = Session::new(move |_| Ok(credentials(key, 60)));
        let consumer = Consumer::new(offered.name().clone(), Some(token), Fresh::new(session));
        consumer.enter(offered);
        consumers.push(Arc::new(consumer));
    }
    let uris: Vec<String> = consumers.iter().map(|consumer| endpoint.uri(consumer.name())).collect();
    let revocable = Arc::clone(&consumers[0]);
    tokio::spawn(endpoint.serve(Serves::Containers(consumers)));
    let client = Client::builder().no_proxy().build().unwrap();
    let get = async |uri: &str, token: &Token| {
        let sent = client.get(uri).header("Authorization", token.secret().expose_secret()).send().await.unwrap();
        let status = sent.status().as_u16();
        let document: serde_json::Value = sent.json().await.unwrap();
        (status, document["AccessKeyId"].as_str().or(document["code"].as_str()).unwrap().to_owned())
    };
    let got = |status: u16, what: &str| (status, what.to_owned());
    assert_eq!(get(&uris[0], &tokens[0]).await, got(200, "ASIA1"));
    assert_eq!(get(&uris[1], &tokens[1]).await, got(200, "ASIA2"));
    assert_eq!(get(&uris[1], &tokens[0]).await, got(404, "NotFound"));
    while book.list().unwrap()[0].last_use.is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if cfg!(target_os = "linux") {
        let mut used_by = None;
        while used_by.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            used_by = book.list().unwrap()[0].used_by.clone();
        }
        assert_eq!(used_by.unwrap().id, std::process::id());
    }
    let (_, next) = book.rotate(revocable.name()).unwrap();
    assert_eq!(get(&uris[0], &tokens[0]).await, got(401, "WrongToken"));
    assert_eq!(get(&uris[0], &next).await, got(200, "ASIA1"));
    book.revoke(&"dev-2".parse().unwrap()).unwrap();
    assert_eq!(get(&uris[1], &tokens[1]).await, got(401, "Revoked"));
    assert!(!revocable.is_revoked());
    assert_eq!(get(&uris[0], &next).await, got(200, "ASIA1"));
}

#[tokio::test]
async fn the_metadata_service_is_version_2_alone() {
    let endpoint = Endpoint::bind(ListenAt::LOOPBACK, 0).unwrap();
    let base = endpoint.imds_uri();
    let session = Session::new(|_| Ok(credentials("ASIA1", 60)));
    let consumer = Arc::new(Consumer::new("dev".parse().unwrap(), None, Fresh::new(session)));
    let region = Some("eu-central-1".parse().unwrap());
    let machine = Machine { account: "123456789012".parse().unwrap(), role: "Dev".to_owned(), region };
    tokio::spawn(endpoint.serve(Serves::Instance(consumer, machine)));
    let client = Client::builder().no_proxy().build().unwrap();
    let send = async |method: Method, path: &str, headers: &[(&str, &str)]| {
        let mut request = client.request(method, format!("{}{path}", base.trim_end_matches('/')));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = request.send().await.unwrap();
        (sent.status().as_u16(), sent.text().await.unwrap())
    };
    const TOKEN: &str = "x-aws-ec2-metadata-token";
    const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
    let roles = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(send(Method::GET, roles, &[]).await.0, 401, "version 1");
    for bad in ["", "0", "21601", "x"] {
        assert_eq!(send(Method::PUT, "/latest/api/token", &[(TTL, bad)]).await.0, 400, "{bad}");
    }
    assert_eq!(send(Method::PUT, "/latest/api/token", &[]).await.0, 400);
    let forwarded = ("X-Forwarded-For", "10.0.0.1");
    assert_eq!(send(Method::PUT, "/latest/api/token", &[(TTL, "60"), forwarded]).await.0, 403);
    let (status, token) = send(Method::PUT, "/latest/api/token", &[(TTL, "21600")]).await;
    assert_eq!(status, 200);
    let with = [(TOKEN, token.as_str())];
    assert_eq!(send(Method::GET, roles, &with).await, (200, "Dev".to_owned()));
    let (status, document) = send(Method::GET, &format!("{roles}Dev"), &with).await;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!((status, &document["Code"], &document["AccessKeyId"]), (200, &"Success".into(), &"ASIA1".into()));
    assert_eq!(send(Method::GET, &format!("{roles}Other"), &with).await.0, 404);
    assert_eq!(send(Method::GET, "/latest/meta-data/placement/region", &with).await.1, "eu-central-1");
    assert_eq!(send(Method::GET, "/latest/meta-data/placement/availability-zone", &with).await.1, "eu-central-1a");
    let (_, document) = send(Method::GET, "/latest/dynamic/instance-identity/document", &with).await;
    assert!(document.contains("\"region\":\"eu-central-1\""), "{document}");
    assert_eq!(send(Method::POST, roles, &with).await.0, 405);
    let mut forged = token.clone().into_bytes();
    forged[0] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    for bad in ["", "x", forged.as_str()] {
        assert_eq!(send(Method::GET, roles, &[(TOKEN, bad)]).await.0, 401, "{bad}");
    }
    assert_eq!(send(Method::GET, roles, &[with[0], with[0]]).await.0, 401);
    assert_eq!(send(Method::GET, roles, &[with[0], forwarded]).await.0, 403);
    let (_, short) = send(Method::PUT, "/latest/api/token", &[(TTL, "1")]).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(send(Method::GET, roles, &[(TOKEN, &short)]).await.0, 401, "it has ended");
}
