#![allow(clippy::unwrap_used)]

mod failover;
mod grants;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use secrecy::ExposeSecret;

use super::*;
use daypass_core::clock::Clock;
use daypass_core::credentials::{IssuedCredentials, SessionCredentials};
use daypass_core::endpoints::Endpoints;
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_http::fake::{Fake, Reply, closed};
use daypass_http::{Network, Trouble};

const DATE: &str = "date: Sun, 22 Nov 2026 10:05:00 GMT\r\n";

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }
}

fn sts(url: &str) -> Sts {
    let endpoints = Endpoints { sts: Some(url.parse().unwrap()), ..Endpoints::default() };
    Sts::new(endpoints, Arc::new(Stopped), Network::plain()).unwrap()
}

fn frankfurt() -> StsRegions {
    StsRegions { regions: vec!["eu-central-1".parse().unwrap()], last_resort: None, endpoint: StsEndpoint::default() }
}

async fn assume(sts: &Sts) -> Result<IssuedCredentials, ExchangeError> {
    let order = ExchangeRequest {
        target: "arn:aws:iam::123456789012:role/Dev".parse().unwrap(),
        at: frankfurt(),
        terms: Terms::default(),
        is_chained: false,
    };
    let (token, session_name) = ("PLANTED-TOKEN".into(), "ann@example.org".parse().unwrap());
    let identity = WebIdentity { token: &token, provider_id: None, session_name: &session_name };
    sts.assume_role_with_web_identity(&order, identity).await
}

fn success() -> String {
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><AssumedRoleUser>\
     <Arn>arn:aws:sts::123456789012:assumed-role/Dev/ann@example.org</Arn><AssumedRoleId>AROA1:ann@example.org</AssumedRoleId>\
     </AssumedRoleUser><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>PLANTED-KEY</SecretAccessKey>\
     <SessionToken>PLANTED-SESSION</SessionToken><Expiration>2026-11-22T11:05:00Z</Expiration></Credentials>\
     </AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>not read by the SDK</RequestId></ResponseMetadata>\
     </AssumeRoleWithWebIdentityResponse>"
        .to_owned()
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>not read by the SDK</RequestId></ErrorResponse>"
    )
}

#[tokio::test]
async fn a_token_becomes_credentials_and_no_debug_output_shows_them() {
    let fake = Fake::start(|_, _| {
        Reply(200, format!("content-type: text/xml\r\nx-amzn-requestid: req-7\r\n{DATE}"), success())
    })
    .await;
    let sts = sts(&fake.url);
    let issued = assume(&sts).await.unwrap();
    assert_eq!(issued.credentials.expires_at, "2026-11-22T11:05:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(issued.credentials.session_token.expose_secret(), "PLANTED-SESSION");
    assert_eq!(issued.assumed_role_arn, "arn:aws:sts::123456789012:assumed-role/Dev/ann@example.org");
    assert_eq!(issued.request_id.as_deref(), Some("req-7"));
    assert_eq!(issued.clock_skew, Some(TimeDelta::minutes(5)));
    assert_eq!(issued.issued_at, Stopped.now());
    let shown = format!("{issued:?} {sts:?}");
    assert!(!shown.contains("PLANTED"), "{shown}");

    let (line, body) = fake.seen.lock().unwrap()[0].clone();
    assert_eq!(line, "POST /");
    let fields: HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(fields["Action"], "AssumeRoleWithWebIdentity");
    assert_eq!(fields["DurationSeconds"], "3600");
    assert_eq!(fields["RoleSessionName"], "ann@example.org");
    assert_eq!(fields["WebIdentityToken"], "PLANTED-TOKEN");
}

#[tokio::test]
async fn refusals_keep_the_services_words_and_are_asked_once() {
    for (status, code, kind, tries) in [
        (403, "AccessDenied", ProblemKind::Refused, 1),
        (400, "ExpiredTokenException", ProblemKind::NeedsSignIn, 1),
        (400, "InvalidIdentityToken", ProblemKind::NeedsSignIn, 1),
        (400, "Throttling", ProblemKind::Passing, 2),
        (503, "ServiceUnavailable", ProblemKind::Passing, 2),
    ] {
        let fake = Fake::start(move |_, _| {
            let head = "content-type: text/xml\r\nx-amzn-requestid: req-8\r\n".to_owned();
            Reply(status, head, refusal(code, "because of &lt;that&gt;"))
        })
        .await;
        let error = assume(&sts(&fake.url)).await.unwrap_err();
        let problem = Problem::from(&error);
        assert_eq!(problem.kind, kind, "{code}");
        assert_eq!(error.is_passing(), kind == ProblemKind::Passing);
        assert_eq!(error.needs_sign_in(), kind == ProblemKind::NeedsSignIn);
        assert!(problem.message.contains(&format!("{code}: because of <that>")), "{problem:?}");
        assert_eq!(problem.request_id.as_deref(), Some("req-8"));
        assert_eq!(fake.count("POST /"), tries, "{code}");
        assert!(!format!("{error:?} {problem:?}").contains("PLANTED"));
    }
}

#[tokio::test]
async fn what_is_not_sts_is_told_apart_from_sts_being_away() {
    let page = Fake::start(|_, _| Reply::with(200, "text/html", "<html>Please log in to the proxy</html>")).await;
    let problem = Problem::from(assume(&sts(&page.url)).await.unwrap_err());
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::Invalid, ProblemCode::Aws(Service::Sts, AwsProblem::NotTheService)),
        "{problem:?}"
    );

    let not_found = Fake::start(|_, _| Reply::with(404, "text/plain", "nothing here")).await;
    let problem = Problem::from(assume(&sts(&not_found.url)).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::NotTheService), "{problem:?}");

    let busy = Fake::start(|_, _| Reply::with(502, "text/html", "<html>Bad gateway</html>")).await;
    let problem = Problem::from(assume(&sts(&busy.url)).await.unwrap_err());
    assert_eq!(
        (problem.kind, problem.code),
        (ProblemKind::Passing, ProblemCode::Aws(Service::Sts, AwsProblem::Http502)),
        "{problem:?}"
    );

    let error = assume(&sts(&closed())).await.unwrap_err();
    assert!(matches!(&error, ExchangeError::Unreachable { trouble: Trouble::Refused, .. }), "{error:?}");
    let error = assume(&sts("http://sts.invalid")).await.unwrap_err();
    assert!(matches!(&error, ExchangeError::Unreachable { trouble: Trouble::NoSuchHost, .. }), "{error:?}");
    assert!(error.is_passing());
}

/// Ceph's STS answers with S3's form of errors.
#[tokio::test]
async fn a_refusal_in_another_form_is_a_refusal() {
    for (status, code, kind, shown) in [
        (403, "AccessDenied", ProblemKind::Refused, AwsProblem::AccessDenied),
        (400, "ExpiredToken", ProblemKind::NeedsSignIn, AwsProblem::ExpiredToken),
        (404, "NoSuchBucket", ProblemKind::Refused, AwsProblem::Refused),
        (503, "SlowDown", ProblemKind::Passing, AwsProblem::SlowDown),
    ] {
        let fake = Fake::start(move |_, _| {
            let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><RequestId>tx1</RequestId></Error>");
            Reply::with(status, "application/xml", body)
        })
        .await;
        let problem = Problem::from(assume(&sts(&fake.url)).await.unwrap_err());
        assert_eq!((problem.kind, problem.code), (kind, ProblemCode::Aws(Service::Sts, shown)), "{problem}");
        assert_eq!((problem.service_code.as_deref(), problem.request_id.as_deref()), (Some(code), Some("tx1")));
        assert!(problem.message.contains(code), "{problem}");
    }
}

#[tokio::test]
async fn an_answer_that_lacks_credentials_is_not_taken() {
    let empty = success().replace("PLANTED-KEY", "");
    let fake = Fake::start(move |_, _| Reply::with(200, "text/xml", empty.clone())).await;
    let error = assume(&sts(&fake.url)).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Incomplete { .. }), "{error:?}");
}

#[tokio::test]
async fn the_caller_is_asked_with_a_signature_and_a_wrong_clock_is_corrected() {
    let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/Dev/ann</Arn>\
        <UserId>AROA1:ann</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let tries = Arc::new(Mutex::new(0));
    let fake = Fake::start(move |_, _| {
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        let head = format!("content-type: text/xml\r\n{DATE}");
        if *tries == 1 {
            return Reply(403, head, refusal("SignatureDoesNotMatch", "Signature expired"));
        }
        Reply(200, head, answer.to_owned())
    })
    .await;
    let credentials = SessionCredentials::new("ASIA1", "PLANTED-KEY", "PLANTED-SESSION", Stopped.now()).unwrap();
    let caller = sts(&fake.url).get_caller_identity(&frankfurt(), &credentials.into()).await.unwrap();
    assert_eq!(caller.account, "123456789012");
    assert_eq!(caller.arn, "arn:aws:sts::123456789012:assumed-role/Dev/ann");
    assert_eq!(fake.count("POST /"), 2);
}

#[tokio::test]
async fn an_answer_without_an_end_is_not_read_into_memory() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    for status in ["200 OK", "400 Bad Request"] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 16 * 1024]).await;
                let head = format!("HTTP/1.1 {status}\r\ncontent-type: text/xml\r\nconnection: close\r\n\r\n<a>");
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&[b' '; 64 * 1024]).await.is_ok() {
                    counted.fetch_add(64 * 1024, Ordering::Relaxed);
                }
            }
        });
        let problem = Problem::from(assume(&sts(&url)).await.unwrap_err());
        assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::NotTheService), "{problem}");
        // The kernel holds some megabytes on the way.
        assert!(sent.load(Ordering::Relaxed) < 64 << 20, "{} bytes", sent.load(Ordering::Relaxed));
    }
}
