//! A broker against a service that answers as the test says. Whether the real one does is up to the tests with the
//! AWS CLI's judgement (`tests/cli/test_identity_center.py`).

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod changed;
mod discovery;
mod running;
mod sign_in;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use crate::broker::Broker;
use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentityCenterSettings;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{IdentityView, SignInAsk};
use daypass_http::fake::{Fake, Reply};
use daypass_identity::SignInRequest;

/// What is answered to `METHOD /path`, one after the other; the last one again and again.
type Answers = Arc<Mutex<HashMap<String, VecDeque<(u16, Value)>>>>;

/// A person's machine, with an IAM Identity Center that answers as the test says.
struct World {
    _home: tempfile::TempDir,
    broker: Broker,
    service: Fake,
    answers: Answers,
}

impl World {
    /// Someone can sign in, but doesn't have any assignments.
    async fn new() -> Self {
        let answers: Answers = Arc::default();
        let told = Arc::clone(&answers);
        let service = Fake::start(move |_, (line, _)| {
            let mut told = told.lock().unwrap();
            let path = line.split('?').next().unwrap_or_default();
            // `METHOD /path ACCOUNT` is about that account only.
            let about = told
                .keys()
                .find(|key| key.strip_prefix(path).is_some_and(|id| id.len() > 1 && line.contains(id.trim())));
            let key = about.cloned().unwrap_or_else(|| path.to_owned());
            let Some(queue) = told.get_mut(&key) else { return Reply::with(404, "text/html", "<h1>Not here</h1>") };
            let (status, body) = if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() };
            match body {
                Value::String(html) => Reply::with(status, "text/html", html),
                body => Reply(
                    status,
                    format!(
                        "content-type: application/json\r\nx-amzn-requestid: req-1\r\n{}",
                        body["x"].as_str().map(|code| format!("x-amzn-errortype: {code}\r\n")).unwrap_or_default()
                    ),
                    body.to_string(),
                ),
            }
        })
        .await;
        let endpoint = service.url.clone();
        let endpoints = Endpoints::from_env(|name| (name == "AWS_ENDPOINT_URL").then(|| endpoint.clone())).unwrap();
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), endpoints, "");
        let world = Self { _home: home, broker, service, answers };
        world.settings("https://d-9067642ac7.awsapps.com/start#/");
        world.say("POST /client/register", &[(200, client("one"))]);
        world.say("POST /token", &[(200, tokens("one"))]);
        world.say("GET /assignment/accounts", &[(200, json!({ "accountList": [] }))]);
        world.say("POST /logout", &[(200, json!({}))]);
        world
    }

    fn settings(&self, start_url: &str) {
        self.settings_with(start_url, None);
    }

    /// `second`: the portal in an additional region, eu-west-1.
    fn settings_with(&self, start_url: &str, second: Option<&str>) {
        let settings = IdentitySettings::IdentityCenter(IdentityCenterSettings {
            start_url: start_url.into(),
            region: "eu-central-1".parse().unwrap(),
            second_start_url: second.map(str::to_owned),
            second_region: second.map(|_| "eu-west-1".parse().unwrap()),
            scopes: Vec::new(),
            redirect_port: None,
            default_region: None,
        });
        self.broker
            .put_identity(&work(), &settings, &TypedSecrets::none(), false)
            .or_else(|_| self.broker.put_identity(&work(), &settings, &TypedSecrets::none(), true))
            .unwrap();
    }

    fn say(&self, request: &str, answers: &[(u16, Value)]) {
        self.answers.lock().unwrap().insert(request.to_owned(), answers.iter().cloned().collect());
    }

    /// The bodies of all such requests.
    fn asked(&self, request: &str) -> Vec<Value> {
        let seen = self.service.seen.lock().unwrap();
        let such = seen.iter().filter(|(line, _)| line.split('?').next() == Some(request));
        such.map(|(_, body)| serde_json::from_str(body).unwrap_or_default()).collect()
    }

    /// A person at a browser, who says yes.
    async fn sign_in(&self) -> Result<String, Problem> {
        self.sign_in_with(false, true, "code=the-code").await
    }

    /// `opens`: whether there is a browser; `answer`: what it brings back beside the state.
    async fn sign_in_with(&self, device: bool, opens: bool, answer: &'static str) -> Result<String, Problem> {
        let show = move |ask: &SignInAsk| {
            if let SignInAsk::Browser { url } = ask
                && opens
            {
                let url: Url = url.parse().unwrap();
                tokio::spawn(bring_back(url, answer));
            }
            opens
        };
        let (limit, given) = (Duration::from_secs(20), TypedSecrets::none());
        self.broker
            .sign_in(&work(), SignInRequest { limit, device, given: &given, show: &show, caution: &|_| () })
            .await
    }

    fn identity(&self) -> IdentityView {
        self.broker.snapshot().identities.remove(0)
    }

    async fn credentials(&self) -> Result<String, Problem> {
        self.broker.provide_credentials(&"123456789012-Dev".parse().unwrap()).await.map(|c| c.access_key_id)
    }

    /// Someone signed in, and one role is known.
    async fn with_a_role() -> Self {
        let world = Self::new().await;
        world.say("GET /assignment/accounts", &[(200, accounts(&["123456789012"], None))]);
        world.say("GET /assignment/roles", &[(200, roles(&["Dev"], None))]);
        world.say("GET /federation/credentials", &[(200, credentials("ASIAONE"))]);
        world.sign_in().await.unwrap();
        world.broker.list_roles(&work(), &|_| ()).await.unwrap();
        world
    }

    /// Someone signed in, and listing the roles takes as long as a rejected request.
    async fn with_a_slow_portal() -> Self {
        let world = Self::new().await;
        world.say("GET /assignment/accounts", &[(200, accounts(&["111111111111", "222222222222"], None))]);
        let answers = [(200, roles(&["Dev"], None)), (429, portal_refusal("TooManyRequestsException"))];
        world.say("GET /assignment/roles", &[&answers[..], &answers[..1]].concat());
        world.sign_in().await.unwrap();
        world
    }
}

async fn bring_back(url: Url, answer: &'static str) {
    let field = |name: &str| url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned()).unwrap();
    let back: Url = format!("{}?{answer}&state={}", field("redirect_uri"), field("state")).parse().unwrap();
    reqwest::Client::builder().no_proxy().build().unwrap().get(back).send().await.unwrap();
}

fn work() -> IdentityName {
    "work".parse().unwrap()
}

fn client(id: &str) -> Value {
    let end = 4_000_000_000_i64;
    json!({ "clientId": id, "clientSecret": format!("PLANTED-client-{id}"), "clientSecretExpiresAt": end })
}

fn tokens(which: &str) -> Value {
    json!({
        "accessToken": format!("PLANTED-access-{which}"),
        "refreshToken": format!("PLANTED-refresh-{which}"),
        "tokenType": "Bearer",
        "expiresIn": 3600,
    })
}

fn accounts(ids: &[&str], next: Option<&str>) -> Value {
    let account = |id: &&str| json!({ "accountId": id, "accountName": format!("Account {id}"), "emailAddress": "x@y" });
    json!({ "accountList": ids.iter().map(account).collect::<Vec<_>>(), "nextToken": next })
}

fn roles(names: &[&str], next: Option<&str>) -> Value {
    let role = |name: &&str| json!({ "roleName": name, "accountId": "123456789012" });
    json!({ "roleList": names.iter().map(role).collect::<Vec<_>>(), "nextToken": next })
}

fn credentials(id: &str) -> Value {
    json!({ "roleCredentials": {
        "accessKeyId": id, "secretAccessKey": "PLANTED-secret", "sessionToken": "PLANTED-session",
        "expiration": 4_000_000_000_000_i64,
    }})
}

/// As `sso-oidc` words it.
fn refusal(exception: &str) -> Value {
    json!({ "x": exception, "error": "an_error", "error_description": "In the words of the service." })
}

/// As the portal words it.
fn portal_refusal(exception: &str) -> Value {
    json!({ "x": exception, "message": "In the words of the portal." })
}
