//! Against a server that plays AWS's sign-in. How strict the real protocol is, the sandbox's tests show, with botocore
//! as the other client.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::Target;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::ConsoleSignInSettings;
use daypass_core::view::{IdentityState, SignInAsk};
use daypass_http::fake::{Fake, Reply};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use super::kind::ConsoleIdentity;
use crate::fixture::{Fixture, fixture_at};
use crate::visitors::knock;
use crate::{Identity, Kind, SignInRequest, SignIns};

const ARN: &str = "arn:aws:sts::111122223333:assumed-role/Admin/maya";
const ROLE: &str = "arn:aws:iam::111122223333:role/Admin";

/// What the server answers to each grant: the first of these until only one is left.
type Answers = Arc<Mutex<Vec<Reply>>>;

struct Played {
    fixture: Fixture,
    fake: Fake,
    identity: ConsoleIdentity,
    answers: Answers,
}

fn tokens(number: u32) -> Value {
    let claims = BASE64_URL_SAFE_NO_PAD.encode(json!({ "sub": ARN }).to_string());
    json!({
        "accessToken": {
            "accessKeyId": format!("ASIA{number}"),
            "secretAccessKey": format!("PLANTED-SECRET-{number}"),
            "sessionToken": format!("PLANTED-TOKEN-{number}"),
        },
        "tokenType": "aws_sigv4",
        "expiresIn": 900,
        "refreshToken": format!("PLANTED-REFRESH-{number}"),
        "idToken": format!("e30.{claims}.c2ln"),
    })
}

fn refusal(status: u16, error: &str) -> Reply {
    Reply::with(status, "application/json", json!({ "error": error, "message": "In AWS's words." }).to_string())
}

async fn play(answers: Vec<Reply>) -> Played {
    let answers: Answers = Arc::new(Mutex::new(answers));
    let told = Arc::clone(&answers);
    let fake = Fake::start(move |_, (line, _)| {
        assert_eq!(line, "POST /signin/v1/token");
        let mut answers = told.lock().unwrap();
        if answers.len() > 1 {
            return answers.remove(0);
        }
        let Reply(status, headers, body) = &answers[0];
        Reply(*status, headers.clone(), body.clone())
    })
    .await;
    let signin = Some(format!("{}/signin", fake.url).parse().unwrap());
    let fixture = fixture_at(Endpoints { signin, ..Endpoints::default() });
    let identity = ConsoleIdentity::new(ConsoleSignInSettings::example(), fixture.context.clone());
    Played { fixture, fake, identity, answers }
}

impl Played {
    /// Signs in, with a browser that comes back with this query and the state.
    async fn sign_in(&self, query: &str) -> (Result<String, Problem>, Url) {
        let sign_ins = SignIns::new(Arc::clone(&self.fixture.context.services));
        let (opened, given) = (Mutex::new(None::<Url>), TypedSecrets::none());
        let show = |ask: &SignInAsk| {
            *opened.lock().unwrap() = ask.url().map(|url| url.parse().unwrap());
            true
        };
        let asked = SignInRequest {
            limit: Duration::from_secs(60),
            device: false,
            given: &given,
            show: &show,
            caution: &|_| (),
        };
        let browser = async {
            let url = loop {
                if let Some(url) = opened.lock().unwrap().clone() {
                    break url;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            };
            let back: Url = value(&url, "redirect_uri").parse().unwrap();
            let port = back.port().unwrap();
            let target = format!("{}?{query}&state={}", back.path(), value(&url, "state"));
            let _ = knock(port, &format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")).await;
            url
        };
        let name = &self.fixture.context;
        tokio::join!(sign_ins.sign_in(name, &self.identity, asked), browser)
    }

    /// Signs in on another device: asks where to go, or brings the code.
    async fn elsewhere(&self, given: &TypedSecrets) -> (Result<String, Problem>, Option<Url>) {
        let sign_ins = SignIns::new(Arc::clone(&self.fixture.context.services));
        let opened = Mutex::new(None::<Url>);
        let show = |ask: &SignInAsk| {
            *opened.lock().unwrap() = ask.url().map(|url| url.parse().unwrap());
            true
        };
        let asked =
            SignInRequest { limit: Duration::from_secs(60), device: true, given, show: &show, caution: &|_| () };
        let result = sign_ins.sign_in(&self.fixture.context, &self.identity, asked).await;
        (result, opened.into_inner().unwrap())
    }

    async fn signed_in(self) -> Self {
        assert_eq!(self.sign_in("code=PLANTED-CODE").await.0.unwrap(), "maya as Admin");
        self
    }

    fn then(&self, answer: Reply) {
        *self.answers.lock().unwrap() = vec![answer];
    }

    async fn issue(&self, role: &str) -> Result<String, Problem> {
        let request = wanted(role);
        let issued = self.identity.issue(&request).await?;
        assert_eq!(issued.assumed_role_arn, ARN);
        assert!(issued.credentials.secret_access_key.expose_secret().starts_with("PLANTED-SECRET"));
        Ok(issued.credentials.access_key_id)
    }

    /// The body of each grant, and the claims of its proof.
    fn asked(&self) -> Vec<(Value, Value)> {
        let bodies = self.fake.seen.lock().unwrap();
        let heads = self.fake.heads.lock().unwrap();
        let claims = |head: &String| {
            let proof = head.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap();
            let claims = BASE64_URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).unwrap()).unwrap();
            serde_json::from_slice(&claims).unwrap()
        };
        let body = |(_, body): &(String, String)| serde_json::from_str(body).unwrap();
        bodies.iter().map(body).zip(heads.iter().map(claims)).collect()
    }

    fn state(&self) -> IdentityState {
        self.identity.standing().unwrap().state
    }
}

fn wanted(role: &str) -> SessionRequest {
    let (profile, identity) = ("dev".parse().unwrap(), "ann".parse().unwrap());
    SessionRequest::new(profile, role.parse().unwrap(), identity, Delivery::Process)
}

fn value(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_sign_in_asks_as_the_aws_cli_does_and_delivers_the_one_who_signed_in() {
    let played = play(vec![Reply::json(&tokens(1))]).await;
    assert_eq!(played.state(), IdentityState::SignedOut);
    let (person, url) = played.sign_in("code=PLANTED-CODE").await;
    assert_eq!(person.unwrap(), "maya as Admin");
    assert_eq!(url.path(), "/signin/v1/authorize");
    for (name, wanted) in [
        ("response_type", "code"),
        ("client_id", "arn:aws:signin:::devtools/same-device"),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
    ] {
        assert_eq!(value(&url, name), wanted);
    }
    let redirect = value(&url, "redirect_uri");
    assert!(redirect.starts_with("http://127.0.0.1:") && redirect.ends_with("/oauth/callback"), "{redirect}");

    let (body, claims) = played.asked().remove(0);
    assert_eq!(body["grantType"], "authorization_code");
    assert_eq!((&body["code"], &body["redirectUri"]), (&json!("PLANTED-CODE"), &json!(redirect)));
    assert!((43..=128).contains(&body["codeVerifier"].as_str().unwrap().len()));
    assert_eq!(claims["htu"], json!(format!("{}/signin/v1/token", played.fake.url)));

    let roles = played.identity.roles();
    assert_eq!(roles[0].target, ROLE.parse::<Target>().unwrap());
    let standing = played.identity.standing().unwrap();
    assert_eq!((standing.state, standing.person.as_deref()), (IdentityState::SignedIn, Some("maya as Admin")));
    assert!(standing.until.is_some(), "AWS renews for twelve hours");
    assert_eq!(played.issue(ROLE).await.unwrap(), "ASIA1");
    assert_eq!(played.asked().len(), 1, "what is fresh is delivered as it is");

    assert!(played.identity.sign_out().await.unwrap());
    assert_eq!(played.issue(ROLE).await.unwrap_err().code, ProblemCode::SignedOut);
}

#[tokio::test(start_paused = true)]
async fn credentials_are_renewed_with_the_newest_refresh_token_and_the_same_key() {
    let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
    for (number, waited) in [(2, 600), (3, 600), (4, 100_000)] {
        tokio::time::advance(Duration::from_secs(waited)).await;
        played.then(Reply::json(&tokens(number)));
        assert_eq!(played.issue(ROLE).await.unwrap(), format!("ASIA{number}"));
        let (body, _) = played.asked().pop().unwrap();
        assert_eq!(body["grantType"], "refresh_token");
        assert_eq!(body["refreshToken"], json!(format!("PLANTED-REFRESH-{}", number - 1)));
    }
    let heads = played.fake.heads.lock().unwrap().clone();
    let keys: Vec<String> = heads
        .iter()
        .map(|head| head.lines().find_map(|line| line.strip_prefix("dpop: ")).unwrap())
        .map(|proof| proof.split('.').next().unwrap().to_owned())
        .collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "the refresh token is bound to one key");
}

#[tokio::test(start_paused = true)]
async fn each_refusal_says_what_to_do_and_keeps_what_may_still_be_good() {
    use ProblemKind::{Failed, NeedsSignIn, Passing, Refused};
    let over = (ProblemCode::ConsoleSignInOver, NeedsSignIn, IdentityState::NeedsSignIn);
    for (reply, (code, kind, state), words, is_spent) in [
        (refusal(401, "TOKEN_EXPIRED"), over, "TOKEN_EXPIRED", true),
        (refusal(403, "USER_CREDENTIALS_CHANGED"), over, "In AWS's words", true),
        (refusal(400, "INVALID_REQUEST"), over, "INVALID_REQUEST", false),
        (refusal(400, "SOMETHING_NEW"), over, "unknown code", false),
        (
            refusal(403, "INSUFFICIENT_PERMISSIONS"),
            (ProblemCode::ConsoleSignInNotAllowed, Refused, IdentityState::SignedIn),
            "INSUFFICIENT_PERMISSIONS",
            false,
        ),
        (
            refusal(429, "INVALID_REQUEST"),
            (ProblemCode::ConsoleOutOfOrder, Passing, IdentityState::SignedIn),
            "429",
            false,
        ),
        (
            refusal(500, "server_error"),
            (ProblemCode::ConsoleOutOfOrder, Passing, IdentityState::SignedIn),
            "500",
            false,
        ),
        (
            Reply::with(200, "text/html", "PLANTED"),
            (ProblemCode::ConsoleUnreadableAnswer, Failed, IdentityState::SignedIn),
            "credentials",
            false,
        ),
        (
            Reply::with(404, "text/html", "PLANTED"),
            (ProblemCode::ConsoleUnreadableAnswer, Failed, IdentityState::SignedIn),
            "404",
            false,
        ),
    ] {
        let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
        tokio::time::advance(Duration::from_secs(600)).await;
        played.then(reply);
        let problem = played.issue(ROLE).await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (code, kind), "{problem:?}");
        assert!(problem.message.contains(words) && problem.hint.is_some(), "{problem:?}");
        assert!(!format!("{problem:?}").contains("PLANTED"), "{problem:?}");
        // While its credentials live, they still sign.
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(played.state(), state, "{words}");
        assert_eq!(played.identity.standing().unwrap().person.as_deref(), Some("maya as Admin"));

        // AWS may change its mind about a token that isn't spent.
        played.then(Reply::json(&tokens(2)));
        match played.issue(ROLE).await {
            Ok(key) => assert!(!is_spent && key == "ASIA2", "{words}"),
            Err(problem) => assert!(is_spent && problem.code == ProblemCode::SignInOver, "{problem:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_rotated_refresh_token_is_kept_when_the_rest_of_the_answer_is_useless() {
    let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
    tokio::time::advance(Duration::from_secs(600)).await;
    for useless in [
        json!({ "refreshToken": "PLANTED-REFRESH-2" }),
        {
            let mut bearer = tokens(2);
            bearer["tokenType"] = "Bearer".into();
            bearer
        },
        {
            let mut odd = tokens(2);
            odd["accessToken"]["sessionToken"] = "PLANTED\nregion = x".into();
            odd
        },
    ] {
        played.then(Reply::json(&useless));
        assert_eq!(played.issue(ROLE).await.unwrap_err().code, ProblemCode::ConsoleUnreadableAnswer);
    }
    played.then(Reply::json(&tokens(3)));
    assert_eq!(played.issue(ROLE).await.unwrap(), "ASIA3");
    assert_eq!(played.asked().pop().unwrap().0["refreshToken"], "PLANTED-REFRESH-2");
}

/// A proof is good near its own time, by AWS's clock (RFC 9449, section 11.1).
#[tokio::test]
async fn a_machine_whose_clock_is_wrong_signs_in_by_awss_clock() {
    let fast = chrono::TimeDelta::minutes(7);
    let date = (fixture_at(Endpoints::default()).context.now() + fast).to_rfc2822().replace("+0000", "GMT");
    let dated = |Reply(status, headers, body): Reply| Reply(status, format!("{headers}date: {date}\r\n"), body);
    let played = play(vec![dated(refusal(400, "INVALID_REQUEST")), dated(Reply::json(&tokens(1)))]).await;
    let (person, _) = played.sign_in("code=PLANTED-CODE").await;
    assert_eq!(person.unwrap(), "maya as Admin");
    let asked = played.asked();
    let time = |at: usize| asked[at].1["iat"].as_i64().unwrap();
    assert!(time(1) - time(0) >= fast.num_seconds() - 2, "{asked:?}");
    let request = wanted(ROLE);
    let issued = played.identity.issue(&request).await.unwrap();
    let ends = issued.credentials.expires_at - issued.issued_at;
    assert!(ends > chrono::TimeDelta::minutes(20), "they end by AWS's clock: {ends}");

    // A refusal that is right in time is final.
    let played = play(vec![refusal(400, "INVALID_REQUEST")]).await;
    let (refused, _) = played.sign_in("code=PLANTED-CODE").await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::ConsoleSignInRefused);
    assert_eq!(played.asked().len(), 1);
}

#[tokio::test]
async fn what_ends_in_the_browser_is_told_and_changes_nothing() {
    let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
    for (query, words) in
        [("error=access_denied&error_description=No%20way", "No way"), ("error=server_error", "server_error")]
    {
        let (refused, _) = played.sign_in(query).await;
        let problem = refused.unwrap_err();
        assert_eq!(problem.code, ProblemCode::ConsoleSignInRefused, "{problem:?}");
        assert!(problem.message.contains(words), "{problem:?}");
    }
    let (late, _) = {
        played.then(refusal(401, "AUTHCODE_EXPIRED"));
        played.sign_in("code=x").await
    };
    assert!(late.unwrap_err().hint.unwrap().contains("too late"));
    let mut nobody = tokens(2);
    nobody["idToken"] = Value::Null;
    played.then(Reply::json(&nobody));
    assert_eq!(played.sign_in("code=x").await.0.unwrap_err().code, ProblemCode::ConsoleUnreadableAnswer);
    assert_eq!(played.issue(ROLE).await.unwrap(), "ASIA1", "the earlier sign-in is as it was");
}

#[tokio::test]
async fn only_the_one_who_signed_in_is_delivered_and_with_no_terms() {
    let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
    for other in ["arn:aws:iam::111122223333:user/kim", "arn:aws:iam::111122223333:root"] {
        let problem = played.issue(other).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::ConsoleOtherPrincipal);
        assert!(problem.message.contains(ARN) && problem.message.contains(other), "{problem:?}");
    }
    let mut request = wanted(ROLE);
    request.terms.read_only = true;
    let refused = Problem::from(played.identity.issue(&request).await.unwrap_err());
    assert_eq!(refused.code, ProblemCode::TermNotPossible);
}

/// As on a host without a browser. Each call may be another process: what is between them is in the vault.
#[tokio::test(start_paused = true)]
async fn a_code_from_another_device_ends_the_sign_in_that_asked_for_it() {
    let played = play(vec![Reply::json(&tokens(1))]).await;
    let nothing = TypedSecrets::none();
    let code = |state: &str| {
        let shown = base64::prelude::BASE64_STANDARD.encode(format!("state={state}&code=PLANTED-CODE"));
        TypedSecrets::none().and("code", shown.into())
    };
    let (early, _) = played.elsewhere(&code("s")).await;
    assert_eq!(early.unwrap_err().code, ProblemCode::ConsoleSignInRefused, "nothing waits for it");

    let (asked, url) = played.elsewhere(&nothing).await;
    assert_eq!(asked.unwrap_err().code, ProblemCode::ConsoleCodeWanted);
    let url = url.unwrap();
    assert_eq!(value(&url, "client_id"), "arn:aws:signin:::devtools/cross-device");
    let confirmation = format!("{}/signin/v1/sessions/confirmation", played.fake.url);
    assert_eq!(value(&url, "redirect_uri"), confirmation);

    for wrong in [code("another"), TypedSecrets::none().and("code", "123456".into())] {
        let problem = played.elsewhere(&wrong).await.0.unwrap_err();
        assert_eq!(problem.code, ProblemCode::ConsoleSignInRefused);
        assert!(!format!("{problem:?}").contains("PLANTED"), "{problem:?}");
    }
    assert!(played.asked().is_empty(), "nothing of it was sent");
    let good = code(&value(&url, "state"));
    assert_eq!(played.elsewhere(&good).await.0.unwrap(), "maya as Admin");
    let (body, _) = played.asked().pop().unwrap();
    assert_eq!((&body["clientId"], &body["redirectUri"]), (&json!(value(&url, "client_id")), &json!(confirmation)));
    assert_eq!(played.elsewhere(&good).await.0.unwrap_err().code, ProblemCode::ConsoleSignInRefused, "it works once");

    // It goes on being good while another sign-in waits, and is renewed as the client that it was.
    let (_, waits) = played.elsewhere(&nothing).await;
    tokio::time::advance(Duration::from_secs(599)).await;
    played.then(Reply::json(&tokens(2)));
    assert_eq!(played.issue(ROLE).await.unwrap(), "ASIA2");
    assert_eq!(played.asked().pop().unwrap().0["clientId"], "arn:aws:signin:::devtools/cross-device");
    let late = code(&value(&waits.unwrap(), "state"));
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(played.elsewhere(&late).await.0.unwrap_err().code, ProblemCode::ConsoleSignInRefused, "too late");
}

/// A shared `config.toml` that someone changed must not send a refresh token elsewhere.
#[tokio::test]
async fn a_sign_in_is_good_where_it_was_made_only() {
    let played = play(vec![Reply::json(&tokens(1))]).await.signed_in().await;
    let context = played.fixture.context.clone();
    let mut proof: Value = context.kept().unwrap().unwrap();
    proof["sign_in"]["service"] = "https://eu-west-1.signin.aws.amazon.com".into();
    context.keep(&proof).unwrap();
    assert_eq!(played.state(), IdentityState::SignedOut);
    assert_eq!(played.issue(ROLE).await.unwrap_err().code, ProblemCode::SignedOut);
    assert_eq!(played.asked().len(), 1, "nothing was sent");
}
