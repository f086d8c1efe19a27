//! Chains over an STS that grants every request, or refuses what a test says.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use daypass_core::problem::{AwsProblem, ProblemCode};
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::*;
use crate::broker::Broker;
use crate::rehearsal;
use aws_files::Foreign;
use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::service::Service;
use daypass_http::fake::{Fake, Reply};

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// The code with which STS refuses a role, by its name and how often it was asked before.
pub(in crate::broker) type Refuse = fn(&str, usize) -> Option<&'static str>;

pub(in crate::broker) struct World {
    _home: tempfile::TempDir,
    clock: Arc<Hand>,
    pub(in crate::broker) broker: Broker,
    /// And the console's sign-in.
    pub(in crate::broker) sts: Fake,
}

pub(in crate::broker) const CHAIN: &str = "
[[role]]
arn = \"arn:aws:iam::123456789012:role/A\"
identity = \"corp\"
duration = \"1h\"
read_only = true
[[role]]
arn = \"arn:aws:iam::210987654321:role/B\"
identity = \"corp\"
via = \"arn:aws:iam::123456789012:role/A\"
external_id = \"door-7\"
source_identity = \"ann\"
tags = { Team = \"blue\" }
transitive_tag_keys = [\"Team\"]
[[role]]
arn = \"arn:aws:iam::333333333333:role/C\"
identity = \"corp\"
via = \"arn:aws:iam::210987654321:role/B\"
read_only = true
";

impl World {
    /// Signed in with an OIDC identity, as the vault has it.
    pub(in crate::broker) async fn new(roles: &str, refuse: Refuse) -> Self {
        let clock = Arc::new(Hand(Mutex::new("2026-11-22T10:00:00Z".parse().unwrap())));
        let (of_sts, asked) = (Arc::clone(&clock), Mutex::new(HashMap::<String, usize>::new()));
        let sts = Fake::start(move |_, (line, body)| {
            if line.contains("/federation") {
                return Reply::json(&serde_json::json!({ "SigninToken": "PLANTED-TOKEN" }));
            }
            let fields = fields(body);
            let role = fields["RoleArn"].rsplit('/').next().unwrap().to_owned();
            let mut asked = asked.lock().unwrap();
            let count = asked.entry(role.clone()).or_default();
            *count += 1;
            match refuse(&role, *count - 1) {
                Some(code) => Reply::with(403, "text/xml", refusal(code)),
                None => Reply::with(200, "text/xml", granted(&fields, &role, *count, of_sts.now())),
            }
        })
        .await;
        let config = format!(
            "[identity.corp]\nkind = \"oidc\"\nissuer = \"https://idp.example.org\"\nclient_id = \"aws\"\n{roles}"
        );
        let url = || Some(sts.url.parse().unwrap());
        let endpoints = Endpoints { sts: url(), signin: url(), ..Endpoints::default() };
        let (home, broker) = rehearsal::broker(Arc::clone(&clock) as Arc<dyn Clock>, endpoints, &config);
        let proof = serde_json::json!({
            "issuer": "https://idp.example.org", "client_id": "aws", "person": "ann@example.org", "subject": "s1",
            "refresh_token": null, "id_token": "PLANTED", "expires_at": "2026-11-23T10:00:00Z",
            "claims": { "sub": "s1", "email": "ann@example.org" },
        });
        let keep = |entries: &mut daypass_vault::Entries| {
            entries.set("identity/corp".to_owned(), proof.to_string());
            Ok::<_, Problem>(())
        };
        broker.0.services.vault.update(keep).unwrap();
        Self { _home: home, clock, broker, sts }
    }

    pub(in crate::broker) async fn start(&self, role: &str, profile: &str) -> Result<(), Problem> {
        let profile = Some(profile.parse().unwrap());
        self.broker.start(role, profile, None, Foreign::Refuse, Delivery::Process, false).await.map(drop)
    }

    /// What was asked since the last time: operation and role.
    fn asked(&self) -> Vec<String> {
        let mut seen = self.sts.seen.lock().unwrap();
        let asked = seen.drain(..).map(|(_, body)| {
            let fields = fields(&body);
            format!("{} {}", fields["Action"], fields["RoleArn"].rsplit('/').next().unwrap())
        });
        asked.collect()
    }

    fn request(&self, role: &str) -> SessionRequest {
        super::super::sessions::session_request(self.broker.role(role).unwrap(), None, Delivery::Process)
    }

    pub(in crate::broker) fn pass(&self, minutes: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::minutes(minutes);
    }
}

fn fields(body: &str) -> HashMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn granted(fields: &HashMap<String, String>, role: &str, count: usize, now: DateTime<Utc>) -> String {
    let (action, name) = (&fields["Action"], &fields["RoleSessionName"]);
    let account = fields["RoleArn"].split(':').nth(4).unwrap();
    let ends = (now + TimeDelta::seconds(fields["DurationSeconds"].parse().unwrap())).format("%FT%TZ");
    format!(
        "<{action}Response><{action}Result><AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/{role}/{name}</Arn>\
         <AssumedRoleId>AROA{role}:{name}</AssumedRoleId></AssumedRoleUser><Credentials>\
         <AccessKeyId>ASIA{role}{count}</AccessKeyId><SecretAccessKey>PLANTED-KEY</SecretAccessKey>\
         <SessionToken>PLANTED-SESSION</SessionToken><Expiration>{ends}</Expiration></Credentials>\
         </{action}Result></{action}Response>"
    )
}

fn refusal(code: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message>as the test says</Message></Error></ErrorResponse>")
}

const ALL: [&str; 3] = ["AssumeRoleWithWebIdentity A", "AssumeRole B", "AssumeRole C"];

#[tokio::test]
async fn a_chain_is_walked_once_with_one_name_and_is_read_only_at_its_end() {
    let world = World::new(CHAIN, |_, _| None).await;
    world.start("333333333333/C", "c").await.unwrap();
    let seen: Vec<HashMap<String, String>> =
        world.sts.seen.lock().unwrap().iter().map(|(_, body)| fields(body)).collect();
    assert_eq!(world.asked(), ALL);
    for link in &seen {
        assert_eq!(link["RoleSessionName"], "ann@example.org");
        assert_eq!(link["DurationSeconds"], "3600");
    }
    assert!(!seen[0].contains_key("PolicyArns.member.1.arn"), "A is only on the way: {:?}", seen[0]);
    assert_eq!((seen[1]["ExternalId"].as_str(), seen[1]["SourceIdentity"].as_str()), ("door-7", "ann"));
    assert_eq!(seen[1]["TransitiveTagKeys.member.1"], "Team");
    assert_eq!(seen[2]["PolicyArns.member.1.arn"], "arn:aws:iam::aws:policy/ReadOnlyAccess");

    let session = world.broker.snapshot().sessions.remove(0);
    assert_eq!(session.assumed_role.as_deref(), Some("arn:aws:sts::333333333333:assumed-role/C/ann@example.org"));
    assert_eq!(session.via.iter().map(Target::name).collect::<Vec<_>>(), ["A", "B"]);

    // Another session through the same roles uses them as they are; A itself is another session than the link.
    world.start("333333333333/C", "c2").await.unwrap();
    assert_eq!(world.asked(), ["AssumeRole C"]);
    world.start("123456789012/A", "a").await.unwrap();
    assert_eq!(world.asked(), ["AssumeRoleWithWebIdentity A"]);
}

#[tokio::test]
async fn a_link_that_ends_is_renewed_from_the_one_before() {
    let world = World::new(CHAIN, |_, _| None).await;
    let c = world.request("333333333333/C");
    world.broker.0.exchange.issue(&c).await.unwrap();
    world.asked();
    world.pass(57);
    world.broker.0.exchange.issue(&c).await.unwrap();
    assert_eq!(world.asked(), ["AssumeRole C"], "three minutes are enough for an exchange");
    world.pass(2);
    world.broker.0.exchange.issue(&c).await.unwrap();
    assert_eq!(world.asked(), ALL, "a minute isn't");
    world.broker.0.exchange.forget_links(&"corp".parse().unwrap());
    world.broker.0.exchange.issue(&c).await.unwrap();
    assert_eq!(world.asked(), ALL, "the next sign-in may be another person's");
}

#[tokio::test]
async fn a_link_that_was_ended_before_its_time_is_replaced_once() {
    let world = World::new(CHAIN, |role, before| (role == "C" && before == 1).then_some("ExpiredToken")).await;
    let c = world.request("333333333333/C");
    world.broker.0.exchange.issue(&c).await.unwrap();
    world.asked();
    world.broker.0.exchange.issue(&c).await.unwrap();
    assert_eq!(world.asked(), ["AssumeRole C", "AssumeRole B", "AssumeRole C"]);

    // Keys that were made a moment ago are not made again.
    let world = World::new(CHAIN, |role, _| (role == "C").then_some("InvalidClientTokenId")).await;
    let problem = world.broker.0.exchange.issue(&world.request("333333333333/C")).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId));
    assert_eq!(world.asked(), ALL);
}

#[tokio::test]
async fn what_breaks_a_chain_is_named_by_its_link() {
    for (broken, role) in [("A", "123456789012:role/A"), ("B", "210987654321:role/B")] {
        let refuse: Refuse = match broken {
            "A" => |role, _| (role == "A").then_some("AccessDenied"),
            _ => |role, _| (role == "B").then_some("AccessDenied"),
        };
        let world = World::new(CHAIN, refuse).await;
        let problem = world.start("333333333333/C", "c").await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied));
        let words = format!("the chain breaks at arn:aws:iam::{role}: STS refused AssumeRole");
        assert!(problem.message.starts_with(&words), "{problem}");
        assert_eq!(problem.message.matches("the chain breaks").count(), 1, "{problem}");
    }
    let world = World::new(CHAIN, |role, _| (role == "C").then_some("AccessDenied")).await;
    let problem = world.start("333333333333/C", "c").await.unwrap_err();
    assert!(problem.message.starts_with("STS refused AssumeRole for arn:aws:iam::333333333333:role/C"), "{problem}");
}

#[tokio::test]
async fn what_a_chain_cannot_have_is_refused_before_anything_is_asked() {
    let world = World::new(CHAIN, |_, _| None).await;
    let with = |change: fn(&mut Terms)| {
        let mut request = world.request("333333333333/C");
        change(&mut request.terms);
        request
    };
    for (request, code, words) in [
        (with(|terms| terms.duration = Some("2h".parse().unwrap())), ProblemCode::LimitDuration, "900 to 3600 seconds"),
        (
            with(|terms| terms.source_identity = Some("eve".into())),
            ProblemCode::LimitSourceIdentity,
            "\"ann\" applies to the whole chain",
        ),
        (
            with(|terms| drop(terms.tags.insert("team".into(), "red".into()))),
            ProblemCode::LimitTags,
            "\"team\" is inherited",
        ),
    ] {
        let problem = world.broker.0.exchange.issue(&request).await.unwrap_err();
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains(words), "{problem}");
    }
    let mut guest = world.request("333333333333/C");
    guest.role = "arn:aws:sts::333333333333:federated-user/ann".parse().unwrap();
    guest.terms = Terms::default();
    assert_eq!(world.broker.0.exchange.issue(&guest).await.unwrap_err().code, ProblemCode::UserKeysNeeded);
    assert!(world.asked().is_empty());
    // The same source identity again isn't a change.
    world.broker.0.exchange.issue(&with(|terms| terms.source_identity = Some("ann".into()))).await.unwrap();
}
