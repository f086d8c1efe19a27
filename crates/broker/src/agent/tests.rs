//! Both ends of a real socket, with a broker behind it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod life;
mod owners;
mod place;

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use tokio::task::JoinHandle;

use super::reply::Reply as AgentReply;
use super::{Host, Listening, Shown, Unanswered, connect, listen, serve};
use crate::broker::Broker;
use crate::rehearsal;
use crate::requests::{
    AgentInfo, Answers, Ask, GetMfaCode, Hello, OpenLink, Person, Request, Retire, ShowQuickSwitch, ShowWindow,
    StartSession, TryIdentity,
};
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::event::Event;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::OidcSettings;
use daypass_core::testing::Log;
use daypass_core::view::{IdentityState, TrialNews};
use daypass_http::fake::{Fake, Reply};

struct Agent {
    home: tempfile::TempDir,
    broker: Broker,
    program: Arc<Program>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Program {
    retired: AtomicBool,
}

impl Host for Program {
    fn show(&self, _: Shown, _: Option<String>) -> bool {
        false
    }

    fn retire(&self) -> bool {
        !self.retired.swap(true, Ordering::SeqCst)
    }

    fn has_window(&self) -> bool {
        false
    }
}

impl Agent {
    fn run() -> Self {
        Self::with(Endpoints::default())
    }

    fn with(endpoints: Endpoints) -> Self {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), endpoints, "");
        let program = Arc::new(Program::default());
        let host: Arc<dyn Host> = Arc::clone(&program) as Arc<dyn Host>;
        let serving = tokio::spawn(serve(listen(&socket_of(home.path())).unwrap(), broker.clone(), host));
        Self { home, broker, program, serving }
    }

    fn socket(&self) -> PathBuf {
        socket_of(self.home.path())
    }

    async fn ask<R: Ask + 'static>(&self, request: R) -> Result<R::Answer, Problem>
    where
        R::Answer: 'static,
    {
        let socket = self.socket();
        let talk = move || connect(&socket)?.unwrap().ask(request, |_| ()).map_err(Problem::from);
        tokio::task::spawn_blocking(talk).await.unwrap()
    }

    /// Says something that no `daypass` says; what comes back until the agent hangs up.
    async fn say(&self, bytes: Vec<u8>) -> String {
        let socket = self.socket();
        let talk = move || {
            let mut stream = UnixStream::connect(socket).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let _ = stream.write_all(&bytes);
            let mut reply = Vec::new();
            let _ = stream.read_to_end(&mut reply);
            String::from_utf8(reply).unwrap()
        };
        tokio::task::spawn_blocking(talk).await.unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn settings(issuer: String) -> IdentitySettings {
    IdentitySettings::Oidc(OidcSettings::new(issuer, "daypass"))
}

async fn provider() -> Fake {
    provider_where(|| ()).await
}

/// A provider that does something before it answers at its token endpoint.
async fn provider_where(before_tokens: impl Fn() + Send + Sync + 'static) -> Fake {
    Fake::start(move |url, (line, _)| match line {
        "GET /jwks" => Reply::json(&json!({ "keys": [{
            // RFC 8037, appendix A.2.
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "1",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }] })),
        "POST /token" => {
            before_tokens();
            Reply::with(400, "application/json", "{\"error\":\"invalid_grant\"}")
        }
        "POST /" => Reply::with(
            400,
            "text/xml",
            "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code><Message>Token expired</Message>\
             </Error><RequestId>request-1</RequestId></ErrorResponse>",
        ),
        _ => Reply::json(&json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })),
    })
    .await
}

fn socket_of(home: &Path) -> PathBuf {
    home.join("run/agent.sock")
}

fn refusal(socket: &Path) -> Problem {
    listen(socket).err().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn folder_and_socket_are_the_owners_alone() {
    let agent = Agent::run();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&agent.socket()), 0o600);
    assert_eq!(mode(agent.socket().parent().unwrap()), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_others_may_write_to_is_closed_first() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("run");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
    let _listening = listen(&socket_of(home.path())).unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_is_answered_and_does_no_harm() {
    let agent = Agent::run();
    let unknown = b"{\"ask\":\"from-the-future\"}\n".to_vec();
    let garbage = b"\xff\xfe\x00 GET / HTTP/1.1\n".to_vec();
    for bytes in [unknown, garbage, vec![b'x'; 2 * 1024 * 1024], b"\n".to_vec()] {
        let reply = agent.say(bytes).await;
        assert!(reply.contains("agent-version") && reply.contains("a different version"), "{reply}");
    }
    // More than a request can be: cut off, whatever is heard of the answer.
    agent.say(vec![b'x'; 4 * 1024 * 1024]).await;
    assert!(!agent.ask(Hello).await.unwrap().window);
}

/// Requests without fields too: each is one object with its name.
#[test]
fn a_request_is_one_line_with_its_name_and_its_fields() {
    let line = |request: Request| serde_json::to_value(request).unwrap();
    assert_eq!(line(Hello.into()), json!({"ask": "hello"}));
    let identity = "kim".parse().unwrap();
    assert_eq!(line(GetMfaCode { identity }.into()), json!({"ask": "get-mfa-code", "identity": "kim"}));
    assert!(matches!(serde_json::from_value(json!({"ask": "hello"})).unwrap(), Request::Hello(Hello)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_of_another_version() {
    let home = tempfile::tempdir().unwrap();
    let socket = socket_of(home.path());
    std::fs::create_dir(socket.parent().unwrap()).unwrap();
    let old = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let talk = tokio::task::spawn_blocking(move || connect(&socket).err().unwrap());
    tokio::task::spawn_blocking(move || {
        let (mut stream, _) = old.accept().unwrap();
        let old_answer = b"{\"answer\":{\"answer\":\"hello\",\"value\":{\"pid\":1}}}\n";
        stream.write_all(old_answer).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let problem = talk.await.unwrap();
    assert_eq!(problem.code, ProblemCode::AgentVersion);
    assert!(problem.hint.unwrap().contains("a different version"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_agent_and_a_dead_ones_socket_is_no_obstacle() {
    let agent = Agent::run();
    let socket = agent.socket();
    let problem = tokio::task::spawn_blocking(move || refusal(&socket)).await.unwrap();
    assert_eq!(problem.code, ProblemCode::AgentRunning);
    assert!(problem.message.contains(&std::process::id().to_string()), "{}", problem.message);

    // As after `kill -9`: the socket exists, but no process listens on it.
    let home = tempfile::tempdir().unwrap();
    let stale = socket_of(home.path());
    std::fs::create_dir(stale.parent().unwrap()).unwrap();
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    assert!(stale.exists() && connect(&stale).unwrap().is_none());
    let listening: Listening = listen(&stale).unwrap();
    assert!(UnixStream::connect(&stale).is_ok());
    drop(listening);
    assert!(!stale.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_takes_over_once() {
    let agent = Agent::run();
    agent.ask(Retire).await.unwrap();
    assert!(agent.program.retired.load(Ordering::SeqCst));
    assert_eq!(agent.ask(Retire).await.unwrap_err().code, ProblemCode::AgentCannot);
    assert_eq!(agent.ask(ShowWindow::default()).await.unwrap_err().code, ProblemCode::AgentCannot);
    assert_eq!(agent.ask(ShowQuickSwitch::default()).await.unwrap_err().code, ProblemCode::AgentCannot);
    let link = OpenLink { link: "daypass://start/dev".to_owned(), activation_token: None };
    assert_eq!(agent.ask(link).await.unwrap_err().code, ProblemCode::AgentCannot);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_cancels_the_sign_in_and_watchers_hear_of_it() {
    let agent = Agent::run();
    let settings = settings(provider().await.url);
    let name: daypass_core::names::IdentityName = "work".parse().unwrap();
    agent.broker.put_identity(&name, &settings, &TypedSecrets::none(), true).unwrap();
    let mut events = agent.broker.subscribe();
    let mut stream = UnixStream::connect(agent.socket()).unwrap();
    stream
        .write_all(
            b"{\"ask\":\"sign-in\",\"identity\":\"work\",\"timeout_seconds\":300,\"device\":false,\"given\":{}}\n",
        )
        .unwrap();
    let heard = async |events: &mut tokio::sync::broadcast::Receiver<Event>, wanted: fn(&Event) -> bool| {
        let wait = async {
            loop {
                let event = events.recv().await.unwrap();
                if wanted(&event) {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
    };
    heard(&mut events, |event| matches!(event, Event::SignInBegan { .. })).await;
    assert_eq!(agent.broker.snapshot().identities[0].state, IdentityState::SigningIn);
    drop(stream);
    heard(
        &mut events,
        |event| matches!(event, Event::SignInFailed { problem, .. } if problem.code == ProblemCode::SignInCancelled),
    )
    .await;
    assert_eq!(agent.broker.snapshot().identities[0].state, IdentityState::SignedOut);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_steps_of_a_trial_cross_the_socket_as_they_end_and_to_who_asked_only() {
    let agent = Agent::run();
    let (go_on, wait) = std::sync::mpsc::channel();
    let wait = Mutex::new(wait);
    let hesitate = move || {
        // What waits on this worker's own queue must not wait with it.
        tokio::task::block_in_place(|| {
            let _ = wait.lock().unwrap().recv_timeout(Duration::from_secs(20));
        });
    };
    let slow = provider_where(hesitate).await;
    let (work, home) = ("work".parse().unwrap(), "home".parse().unwrap());
    let secret = TypedSecrets::none().and("client_secret", "s".into());
    agent.broker.put_identity(&work, &settings(slow.url.clone()), &secret, true).unwrap();
    agent.broker.put_identity(&home, &settings(provider().await.url), &TypedSecrets::none(), true).unwrap();
    let mut watching = agent.broker.subscribe();

    let (heard, mut hearing) = tokio::sync::mpsc::unbounded_channel();
    let socket = agent.socket();
    let trial = tokio::task::spawn_blocking(move || {
        let told = |event| drop(heard.send(event));
        connect(&socket).unwrap().unwrap().ask(TryIdentity { name: work }, told).map_err(Problem::from)
    });
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(20), hearing.recv()).await.unwrap();
        let Some(Event::TrialWentOn { news }) = event else { panic!("{event:?}") };
        news
    };
    let TrialNews::Began { steps } = next().await else { panic!("the plan comes first") };
    assert_eq!(steps.len(), 3);
    for what in &steps[..2] {
        assert!(matches!(next().await, TrialNews::StepEnded { step } if &step.what == what));
    }
    // The third waits; another trial is not held up by it, and neither hears of the other.
    let others = agent.ask(TryIdentity { name: home }).await.unwrap();
    assert_eq!(others.len(), 2);
    assert!(!trial.is_finished());
    go_on.send(()).unwrap();
    assert!(matches!(next().await, TrialNews::StepEnded { step } if step.what == steps[2]));
    let all = trial.await.unwrap().unwrap();
    assert_eq!(all.iter().map(|step| &step.what).collect::<Vec<_>>(), steps.iter().collect::<Vec<_>>());
    assert!(hearing.recv().await.is_none());
    assert!(watching.try_recv().is_err());
}

/// On one thread, so that the log of everything, the SDK's included, is heard.
#[tokio::test]
async fn no_token_is_in_a_log_an_event_a_snapshot_or_the_config() {
    let (log, _log) = Log::listen();
    let fake = provider().await;
    let agent = Agent::with(Endpoints { sts: Some(fake.url.parse().unwrap()), ..Endpoints::default() });
    let (name, arn) = ("work".parse().unwrap(), "arn:aws:iam::123456789012:role/Dev".parse().unwrap());
    agent.broker.put_identity(&name, &settings(fake.url.clone()), &TypedSecrets::none(), true).unwrap();
    let role = daypass_core::settings::DeclaredRole {
        arn,
        identity: name,
        via: None,
        profile: None,
        region: None,
        delivery: None,
        terms: daypass_core::terms::Terms::default(),
    };
    agent.broker.put_role(&role, None, true).unwrap();
    let kept = json!({
        "issuer": fake.url, "client_id": "daypass", "person": "me@example.com", "subject": "me",
        "refresh_token": "planted-refresh-token", "id_token": "planted-id-token",
        "expires_at": "2099-01-01T00:00:00Z", "claims": {"sub": "me", "email": "me@example.com"},
    });
    let keep = |entries: &mut daypass_vault::Entries| {
        entries.set("identity/work", kept.to_string());
        Ok::<_, Problem>(())
    };
    agent.broker.vault().update(keep).unwrap();
    let mut events = agent.broker.subscribe();
    let mut all = serde_json::to_string(&agent.broker.snapshot()).unwrap();
    let role = "123456789012/Dev".into();
    let start = StartSession {
        role,
        profile: None,
        also: Vec::new(),
        region: None,
        replace: false,
        read_only: false,
        person: Person::Away,
    };
    let problem = agent.broker.answer(start, &|_| ()).await.unwrap_err();
    assert_eq!((fake.count("POST /"), fake.count("POST /token")), (1, 1), "{problem:?}");
    let sent: String = fake.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    assert!(sent.contains("planted-id-token") && sent.contains("planted-refresh-token"), "both were used");
    all += &format!("{problem:?} {:?} {:?}", agent.broker.snapshot(), agent.broker.vault().read().unwrap());
    while let Ok(event) = events.try_recv() {
        all += &format!("{event:?} {}", serde_json::to_string(&event).unwrap());
    }
    for file in ["config.toml", "audit.jsonl"] {
        all += &std::fs::read_to_string(agent.home.path().join(file)).unwrap();
    }
    let log = log.text();
    assert!(log.contains("TRACE"), "the log is on");
    all += &log;
    for line in all.lines() {
        assert!(!line.contains("planted-"), "a token is in: {line}");
    }
}

proptest! {
    #[test]
    fn any_line_can_be_read(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = (serde_json::from_slice::<Request>(&line), serde_json::from_slice::<AgentReply<AgentInfo>>(&line));
    }

    #[test]
    fn any_values_can_be_asked_for(text in "\\PC{0,80}", number: i64, at in 0usize..60, byte: u8) {
        for request in [
            json!({"ask": "sign-in", "identity": text, "timeout_seconds": number, "device": false, "given": {text.clone(): text}}),
            json!({"ask": "sign-out", "identity": text}),
            json!({"ask": "put-identity", "name": text, "settings": {"kind": text, "url": number}, "secrets": {}, "new": true}),
        ] {
            let mut line = serde_json::to_vec(&request).unwrap();
            let _ = serde_json::from_slice::<Request>(&line);
            let at = at % line.len();
            line[at] = byte;
            let _ = serde_json::from_slice::<Request>(&line);
        }
    }
}
