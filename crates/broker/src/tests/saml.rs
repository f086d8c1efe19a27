//! A broker with one SAML identity: its window brings what a test says, its STS takes what a test says.

use std::collections::VecDeque;
use std::future::pending;
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use flate2::read::DeflateDecoder;
use secrecy::SecretString;

use crate::broker::Broker;
use crate::rehearsal;
use aws_files::Foreign;
use daypass_core::Boxed;
use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::event::Event;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::proxy::PageProxies;
use daypass_core::secret::TypedSecrets;
use daypass_core::service::Service;
use daypass_core::session_request::Delivery;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::SamlSettings;
use daypass_core::view::{IdentityState, IdentityView, SessionView, SignInAsk};
use daypass_http::fake::{Fake, Reply};
use daypass_identity::{SamlPage, SamlWindow, SignInRequest};
use daypass_saml::PageStart;
use daypass_saml::samples::{ADMIN, CORP, DEV, OTHER_CORP, Sample, encoded};

const START: &str = "start_url = \"https://idp.example.org/aws\"";

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// What happens when the page is opened.
enum Turnout {
    Posts(String),
    Fails(Problem),
    /// The person doesn't respond, and the page waits.
    Waits,
    /// The request is answered, by the identity provider that it was sent to or another one.
    Answers(fn(&str) -> String),
}

#[derive(Default)]
struct FakeWindow {
    next: Mutex<VecDeque<Turnout>>,
    pages: Mutex<Vec<SamlPage>>,
    forgotten: Mutex<usize>,
}

impl SamlWindow for FakeWindow {
    fn catch_assertion<'a>(&'a self, page: &'a SamlPage) -> Boxed<'a, Result<SecretString, Problem>> {
        Box::pin(async move {
            self.pages.lock().unwrap().push(page.clone());
            let turnout = self.next.lock().unwrap().pop_front().expect("the window wasn't to be opened");
            match turnout {
                Turnout::Posts(field) => Ok(field.into()),
                Turnout::Fails(problem) => Err(problem),
                Turnout::Waits => pending().await,
                Turnout::Answers(answer) => Ok(encoded(&answer(&id_of(&request_in(page)))).into()),
            }
        })
    }

    fn forget<'a>(&'a self, _: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        *self.forgotten.lock().unwrap() += 1;
        Box::pin(async { Ok(()) })
    }
}

/// The AuthnRequest that a page is opened with.
fn request_in(page: &SamlPage) -> String {
    let (encoded, is_deflated) = match &page.start {
        PageStart::Get(url) => {
            (url.query_pairs().find(|(name, _)| name == "SAMLRequest").unwrap().1.into_owned(), true)
        }
        PageStart::Post { fields, .. } => (fields[0].1.clone(), false),
    };
    let bytes = STANDARD.decode(encoded).unwrap();
    if !is_deflated {
        return String::from_utf8(bytes).unwrap();
    }
    let mut xml = String::new();
    DeflateDecoder::new(bytes.as_slice()).read_to_string(&mut xml).unwrap();
    xml
}

fn id_of(request: &str) -> String {
    request.split(" ID=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

struct World {
    home: tempfile::TempDir,
    clock: Arc<Hand>,
    broker: Broker,
    window: Option<Arc<FakeWindow>>,
    sts: Fake,
}

impl World {
    async fn new(settings: &str, with_window: bool) -> Self {
        Self::with_sts(settings, with_window, |_| None).await
    }

    /// `refuse` is the code and message with which STS refuses, by how many exchanges there were before.
    async fn with_sts(
        settings: &str,
        with_window: bool,
        refuse: impl Fn(usize) -> Option<&'static str> + Send + Sync + 'static,
    ) -> Self {
        let asked = Mutex::new(0);
        let sts = Fake::start(move |_, _| {
            let mut asked = asked.lock().unwrap();
            *asked += 1;
            match refuse(*asked - 1) {
                Some(code) => Reply::with(400, "text/xml", refusal(code)),
                None => Reply::with(200, "text/xml", success()),
            }
        })
        .await;
        // Wherever the tests run, no browser starts.
        let config = format!("[identity.corp]\nkind = \"saml\"\nbrowser = \"window\"\n{settings}\n");
        let clock = Arc::new(Hand(Mutex::new(at("2026-11-22T08:15:10Z"))));
        let endpoints = Endpoints { sts: Some(sts.url.parse().unwrap()), ..Endpoints::default() };
        let (home, broker) = rehearsal::broker(Arc::clone(&clock) as Arc<dyn Clock>, endpoints, &config);
        let window = with_window.then(Arc::<FakeWindow>::default);
        if let Some(window) = &window {
            broker.use_window(Arc::clone(window) as Arc<dyn SamlWindow>);
        }
        Self { home, clock, broker, window, sts }
    }

    fn window(&self) -> &FakeWindow {
        self.window.as_ref().unwrap()
    }

    /// Says what the window will bring next.
    fn next(&self, turnout: Turnout) {
        self.window().next.lock().unwrap().push_back(turnout);
    }

    /// The window will bring an assertion that is made now.
    fn posts_now(&self) {
        self.next(Turnout::Posts(encoded(&self.made_now())));
    }

    /// A response that is made now.
    fn made_now(&self) -> String {
        let (now, text) =
            (self.clock.now() - TimeDelta::seconds(10), |t: DateTime<Utc>| t.format("%FT%TZ").to_string());
        Sample::default()
            .xml()
            .replace("2026-11-22T08:15:00Z", &text(now))
            .replace("2026-11-22T08:14:30Z", &text(now - TimeDelta::seconds(30)))
            .replace("2026-11-22T08:20:00Z", &text(now + TimeDelta::minutes(5)))
            .replace(" InResponseTo=\"_r1\"", "")
    }

    async fn sign_in(&self, given: TypedSecrets) -> Result<String, Problem> {
        let show =
            |ask: &SignInAsk| matches!(ask, SignInAsk::Window { host, browser: None } if host == "idp.example.org");
        let asked = SignInRequest {
            limit: Duration::from_secs(60),
            device: false,
            given: &given,
            show: &show,
            caution: &|_| (),
        };
        self.broker.sign_in(&"corp".parse().unwrap(), asked).await
    }

    /// Signs in with an assertion that is made now, through the window or by hand.
    async fn signed_in(&self) {
        let given = match &self.window {
            Some(_) => {
                self.posts_now();
                TypedSecrets::none()
            }
            None => TypedSecrets::none().and("assertion", encoded(&self.made_now()).into()),
        };
        assert_eq!(self.sign_in(given).await.unwrap(), "ann@example.org");
    }

    async fn start(&self, role: &str) -> Result<SessionView, Problem> {
        self.broker.start(role, Some(profile("dev")), None, Foreign::Refuse, Delivery::Process, false).await
    }

    fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock().unwrap() += time;
    }

    fn view(&self) -> IdentityView {
        self.broker.snapshot().identities[0].clone()
    }

    fn roles(&self) -> Vec<String> {
        self.broker.snapshot().roles.into_iter().map(|role| role.arn.to_string()).collect()
    }

    /// What STS was sent in its last exchange.
    fn asked(&self) -> std::collections::HashMap<String, String> {
        let (_, body) = self.sts.seen.lock().unwrap().last().unwrap().clone();
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
    }
}

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn profile(name: &str) -> ProfileName {
    name.parse().unwrap()
}

fn success() -> String {
    "<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult><AssumedRoleUser>\
     <Arn>arn:aws:sts::123456789012:assumed-role/Dev/ann@example.org</Arn><AssumedRoleId>AROA1:ann@example.org</AssumedRoleId>\
     </AssumedRoleUser><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>PLANTED-KEY</SecretAccessKey>\
     <SessionToken>PLANTED-SESSION</SessionToken><Expiration>2026-11-22T20:05:00Z</Expiration></Credentials>\
     </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>"
        .to_owned()
}

/// `CODE: MESSAGE`
fn refusal(text: &str) -> String {
    let (code, message) = text.split_once(": ").unwrap();
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>request-1</RequestId></ErrorResponse>"
    )
}

const EXPIRED: &str = "ExpiredTokenException: Token must be redeemed within 5 minutes of issuance";

fn needs_person() -> Turnout {
    Turnout::Fails(Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInNeedsPerson, "the page needs the person"))
}

#[tokio::test]
async fn an_assertion_that_is_given_lists_roles_and_is_exchanged_for_the_right_one() {
    let world = World::new(START, false).await;
    assert_eq!(world.view().state, IdentityState::SignedOut);
    let problem = world.sign_in(TypedSecrets::none()).await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlNoWindow, ProblemKind::Invalid));
    assert!(problem.hint.unwrap().contains("--assertion-file"));

    world.signed_in().await;
    let view = world.view();
    assert_eq!((view.state, view.person.as_deref()), (IdentityState::SignedIn, Some("ann@example.org")));
    assert_eq!(view.signed_in_until, Some(at("2026-11-22T08:20:00Z")));
    assert_eq!(view.provider, "https://idp.example.org/aws");
    assert_eq!(world.roles(), [DEV, ADMIN]);

    world.start(ADMIN).await.unwrap();
    let asked = world.asked();
    assert_eq!(asked["Action"], "AssumeRoleWithSAML");
    assert_eq!((asked["RoleArn"].as_str(), asked["PrincipalArn"].as_str()), (ADMIN, OTHER_CORP));
    assert_eq!(asked["SAMLAssertion"], encoded(&world.made_now()));
    assert_eq!(asked["DurationSeconds"], "7200");
    world.start(DEV).await.unwrap();
    assert_eq!(world.asked()["PrincipalArn"], CORP);
}

#[tokio::test]
async fn a_spent_assertion_asks_for_the_person_and_its_roles_stay() {
    let world = World::new(START, false).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    world.pass(TimeDelta::minutes(6));
    assert_eq!(world.view().state, IdentityState::NeedsSignIn);
    assert_eq!(world.roles(), [DEV, ADMIN]);
    let problem = world.broker.renew(&profile("dev")).await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlAssertionSpent, ProblemKind::NeedsSignIn));
    assert_eq!(problem.next, Some(daypass_core::problem::NextStep::SignIn { identity: "corp".parse().unwrap() }));
    assert_eq!(world.sts.count("POST /"), 1);
    world.signed_in().await;
    world.broker.renew(&profile("dev")).await.unwrap();
}

#[tokio::test]
async fn bad_assertions_change_nothing() {
    let world = World::new(START, false).await;
    world.signed_in().await;
    for (code, text) in [
        (ProblemCode::SamlUnreadable, "PLANTED".to_owned()),
        (ProblemCode::SamlNoRoles, encoded(&Sample::with_roles(&[]).xml())),
        (ProblemCode::SamlExpired, encoded(&world.made_now().replace("08:1", "03:1"))),
        (ProblemCode::SamlTooLong, "A".repeat(100_004)),
    ] {
        let problem = world.sign_in(TypedSecrets::none().and("assertion", text.into())).await.unwrap_err();
        assert_eq!(problem.code, code);
        assert!(!format!("{problem:?}").contains("PLANTED"));
    }
    assert_eq!(world.view().state, IdentityState::SignedIn);
    world.start(DEV).await.unwrap();
}

#[tokio::test]
async fn the_window_brings_the_first_assertion_and_quietly_the_next() {
    let world = World::new(START, true).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    assert_eq!(world.view().signed_in_until, None);
    world.pass(TimeDelta::minutes(6));
    assert_eq!(world.view().state, IdentityState::SignedIn);
    world.posts_now();
    world.broker.renew(&profile("dev")).await.unwrap();
    assert_eq!(world.asked()["SAMLAssertion"], encoded(&world.made_now()));

    let pages = world.window().pages.lock().unwrap().clone();
    let page = |quietly| SamlPage {
        identity: "corp".parse().unwrap(),
        start: PageStart::Get("https://idp.example.org/aws".parse().unwrap()),
        proxies: PageProxies::System,
        keep_cookies: true,
        quietly,
    };
    assert_eq!(pages, [page(false), page(true)]);
    // Before the first sign-in, and never after it.
    assert_eq!(*world.window().forgotten.lock().unwrap(), 1);
}

#[tokio::test]
async fn once_the_person_is_wanted_the_window_stays_closed_until_they_come() {
    let world = World::new(START, true).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    world.pass(TimeDelta::minutes(6));
    world.next(needs_person());
    for _ in 0..3 {
        let problem = world.broker.renew(&profile("dev")).await.unwrap_err();
        assert_eq!((problem.code, problem.kind), (ProblemCode::SamlAssertionSpent, ProblemKind::NeedsSignIn));
    }
    assert_eq!(world.window().pages.lock().unwrap().len(), 2);
    assert_eq!(world.view().state, IdentityState::NeedsSignIn);
    world.signed_in().await;
    world.pass(TimeDelta::minutes(6));
    world.posts_now();
    world.broker.renew(&profile("dev")).await.unwrap();
}

#[tokio::test]
async fn a_network_that_is_away_is_no_reason_to_ask_the_person() {
    let world = World::new(START, true).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    world.pass(TimeDelta::minutes(6));
    world.next(Turnout::Fails(Problem::new(ProblemKind::Passing, ProblemCode::SignInPageUnreachable, "no network")));
    assert_eq!(world.broker.renew(&profile("dev")).await.unwrap_err().kind, ProblemKind::Passing);
    world.posts_now();
    world.broker.renew(&profile("dev")).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_a_moment_signs_no_one_out() {
    for wrong in [TimeDelta::minutes(-3), TimeDelta::hours(1)] {
        let world = World::new(START, true).await;
        world.signed_in().await;
        world.start(DEV).await.unwrap();
        world.pass(TimeDelta::hours(2));
        world.posts_now();
        world.pass(wrong);
        let problem = world.broker.renew(&profile("dev")).await.unwrap_err();
        assert_eq!(problem.kind, ProblemKind::Failed, "{problem:?}");
        assert_eq!(world.view().state, IdentityState::SignedIn);
        world.pass(-wrong);
        world.posts_now();
        world.broker.renew(&profile("dev")).await.unwrap();
    }
}

#[tokio::test]
async fn another_person_is_not_signed_in_silently() {
    let world = World::new(START, true).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    world.pass(TimeDelta::minutes(6));
    world.next(Turnout::Posts(encoded(&world.made_now().replace("ann@example.org", "bob@example.org"))));
    let problem = world.broker.renew(&profile("dev")).await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlAnotherPerson, ProblemKind::NeedsSignIn));
    assert_eq!(world.view().person.as_deref(), Some("ann@example.org"));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_needs_the_person_is_not_waited_for() {
    let world = World::new(START, true).await;
    world.signed_in().await;
    world.pass(TimeDelta::minutes(6));
    world.next(Turnout::Waits);
    let began = tokio::time::Instant::now();
    let problem = world.start(DEV).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::SamlAssertionSpent);
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn without_cookies_or_with_a_forced_sign_in_nothing_is_tried_quietly() {
    let forced = "sso_url = \"https://idp.example.org/sso\"\nforce_sign_in = true";
    for settings in [format!("{START}\nforget_cookies = true"), forced.to_owned()] {
        let world = World::new(&settings, true).await;
        world.signed_in().await;
        assert_eq!(world.window().pages.lock().unwrap()[0].keep_cookies, !settings.contains("forget"));
        world.pass(TimeDelta::minutes(6));
        assert_eq!(world.view().state, IdentityState::NeedsSignIn);
        assert_eq!(world.start(DEV).await.unwrap_err().code, ProblemCode::SamlAssertionSpent);
    }
}

#[tokio::test]
async fn an_assertion_that_sts_finds_spent_is_replaced_where_that_is_possible() {
    let world = World::with_sts(START, true, |asked| (asked == 0).then_some(EXPIRED)).await;
    world.signed_in().await;
    world.posts_now();
    world.start(DEV).await.unwrap();
    assert_eq!(world.sts.count("POST /"), 2);

    let world = World::with_sts(START, false, |_| Some(EXPIRED)).await;
    world.signed_in().await;
    let problem = world.start(DEV).await.unwrap_err();
    assert_eq!(
        (problem.code, problem.kind),
        (ProblemCode::Aws(Service::Sts, AwsProblem::ExpiredToken), ProblemKind::NeedsSignIn)
    );
    assert!(problem.message.contains("within 5 minutes"), "{}", problem.message);
    assert_eq!(world.view().state, IdentityState::NeedsSignIn);
    assert_eq!(world.start(DEV).await.unwrap_err().code, ProblemCode::SamlAssertionSpent);
    assert_eq!(world.sts.count("POST /"), 1);
}

#[tokio::test]
async fn what_another_sign_in_would_not_mend_asks_for_none() {
    for message in ["Response signature invalid", "Issuer not present in specified provider"] {
        let refusal: &'static str = format!("InvalidIdentityToken: {message}").leak();
        let world = World::with_sts(START, true, move |_| Some(refusal)).await;
        world.signed_in().await;
        let problem = world.start(DEV).await.unwrap_err();
        assert_eq!(
            (problem.code, problem.kind),
            (ProblemCode::Aws(Service::Sts, AwsProblem::InvalidIdentityToken), ProblemKind::Refused)
        );
        assert!(problem.hint.unwrap().contains("metadata"), "{message}");
        // The other roles may be set up well.
        assert_eq!(world.view().state, IdentityState::SignedIn);
    }
}

#[tokio::test]
async fn the_duration_is_the_roles_else_the_identitys_else_the_identity_providers() {
    let declared = format!("[[role]]\narn = \"{DEV}\"\nidentity = \"corp\"\nduration = \"30m\"");
    let world = World::new(&format!("{START}\nduration = \"2h30m\"").replace("2h30m", "150m"), false).await;
    world.signed_in().await;
    world.start(ADMIN).await.unwrap();
    assert_eq!(world.asked()["DurationSeconds"], "9000");
    let world = World::new(&format!("{START}\nduration = \"150m\"\n{declared}"), false).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    assert_eq!(world.asked()["DurationSeconds"], "1800");
}

const TOO_LONG: &str =
    "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";

#[tokio::test]
async fn what_the_identity_provider_wants_gives_way_to_what_the_role_allows() {
    let world = World::with_sts(START, false, |before| (before == 0).then_some(TOO_LONG)).await;
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    // An hour is what every role allows.
    assert_eq!((world.sts.count("POST /"), world.asked()["DurationSeconds"].as_str()), (2, "3600"));
    // What a person asked for does not: they would wonder why it is less.
    let world = World::with_sts(&format!("{START}\nduration = \"150m\""), false, |_| Some(TOO_LONG)).await;
    world.signed_in().await;
    assert_eq!(world.start(DEV).await.unwrap_err().code, ProblemCode::Aws(Service::Sts, AwsProblem::ValidationError));
    assert_eq!(world.sts.count("POST /"), 1);
}

#[tokio::test]
async fn a_role_that_is_not_listed_is_not_asked_for() {
    let other = "arn:aws:iam::123456789012:role/Other";
    let world = World::new(&format!("{START}\n[[role]]\narn = \"{other}\"\nidentity = \"corp\""), false).await;
    assert_eq!(world.start(other).await.unwrap_err().code, ProblemCode::SignedOut);
    world.signed_in().await;
    let problem = world.start(other).await.unwrap_err();
    assert_eq!((problem.code, problem.kind), (ProblemCode::SamlRoleNotListed, ProblemKind::Refused));
    assert!(problem.message.contains("ann@example.org") && problem.message.contains(other));
    assert_eq!(world.sts.count("POST /"), 0);
}

#[tokio::test]
async fn a_request_goes_out_in_awss_name_and_only_its_answer_is_taken() {
    let settings = "sso_url = \"https://idp.example.org/sso\"\nregion = \"us-gov-east-1\"\nbinding = \"post\"";
    let world = World::new(settings, true).await;
    world.next(Turnout::Answers(|_| Sample::default().xml()));
    assert_eq!(world.sign_in(TypedSecrets::none()).await.unwrap_err().code, ProblemCode::SamlAnotherRequest);
    world.next(Turnout::Answers(|id| Sample::default().xml().replace("_r1", id)));
    assert_eq!(world.sign_in(TypedSecrets::none()).await.unwrap(), "ann@example.org");
    let pages = world.window().pages.lock().unwrap().clone();
    let request = request_in(&pages[1]);
    assert!(request.contains("AssertionConsumerServiceURL=\"https://us-gov-east-1.signin.amazonaws-us-gov.com/saml\""));
    assert!(request.contains("<saml:Issuer>urn:amazon:webservices:govcloud</saml:Issuer>"), "{request}");
    assert_ne!(id_of(&request), id_of(&request_in(&pages[0])));

    let world = World::new("sso_url = \"https://idp.example.org/sso\"\nissuer = \"urn:mine\"", true).await;
    world.next(Turnout::Answers(|id| Sample::default().xml().replace("_r1", id)));
    world.sign_in(TypedSecrets::none()).await.unwrap();
    let request = request_in(&world.window().pages.lock().unwrap()[0]);
    assert!(request.contains("\"https://signin.aws.amazon.com/saml\"") && request.contains(">urn:mine<"), "{request}");
}

#[tokio::test]
async fn signing_out_forgets_proof_roles_and_cookies() {
    let world = World::new(START, true).await;
    let corp = "corp".parse().unwrap();
    world.signed_in().await;
    assert!(world.broker.sign_out(&corp).await.unwrap());
    assert_eq!(*world.window().forgotten.lock().unwrap(), 2);
    assert_eq!((world.view().state, world.roles().len()), (IdentityState::SignedOut, 0));
    let problem = world.broker.role(DEV).unwrap_err();
    assert_eq!(problem.code, ProblemCode::UnknownRole);
    assert!(problem.hint.is_some_and(|hint| hint.contains("you aren't signed in to corp")));
}

#[tokio::test]
async fn another_address_is_another_identity_provider() {
    let world = World::new(START, true).await;
    let corp = "corp".parse().unwrap();
    world.signed_in().await;
    let settings = SamlSettings { start_url: Some("https://other.example.org/".to_owned()), ..SamlSettings::default() };
    world.broker.put_identity(&corp, &IdentitySettings::Saml(settings), &TypedSecrets::none(), false).unwrap();
    assert_eq!((world.view().state, world.roles().len()), (IdentityState::SignedOut, 0));
}

#[tokio::test]
async fn no_proof_is_written_where_it_can_be_read() {
    let world = World::new(START, true).await;
    let mut events = world.broker.subscribe();
    let assertion = encoded(&world.made_now());
    world.signed_in().await;
    world.start(DEV).await.unwrap();
    let mut told = format!("{:?}", world.broker.snapshot());
    while let Ok(event) = events.try_recv() {
        told.push_str(&serde_json::to_string(&event).unwrap());
    }
    for entry in std::fs::read_dir(world.home.path()).unwrap() {
        told.push_str(&String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap_or_default()));
    }
    assert!(told.contains("ann@example.org"));
    assert!(!told.contains(&assertion[..60]) && !told.contains("PLANTED"));
}

#[tokio::test]
async fn trying_it_knocks_at_the_identity_provider() {
    let idp = Fake::start(|_, (line, _)| match line {
        "GET /gone" => Reply::with(404, "text/html", ""),
        "GET /busy" => Reply::with(503, "text/html", ""),
        "GET /strict" => Reply::with(400, "text/html", "<pre>Traceback: no SAMLRequest</pre>"),
        "GET /slow-down" => Reply::with(429, "text/html", ""),
        _ => Reply::with(403, "text/html", "sign in"),
    })
    .await;
    for (path, with_window, codes) in [
        ("aws", true, vec![None, None, None]),
        ("aws", false, vec![None, None, None]),
        ("gone", true, vec![None, Some(ProblemCode::SamlNoPage)]),
        ("busy", true, vec![None, Some(ProblemCode::SamlOutOfOrder)]),
        ("strict", true, vec![None, Some(ProblemCode::SamlNoPage)]),
        ("slow-down", true, vec![None, Some(ProblemCode::SamlOutOfOrder)]),
    ] {
        let world = World::new(&format!("start_url = \"{}/{path}\"", idp.url), with_window).await;
        let steps = world.broker.try_identity(&"corp".parse().unwrap(), &|_| ()).await.unwrap();
        let seen: Vec<Option<ProblemCode>> = steps.iter().map(|s| s.problem.as_ref().map(|p| p.code)).collect();
        assert_eq!(seen, codes, "{path}");
    }
    let settings = SamlSettings { start_url: Some("https://idp.invalid/".to_owned()), ..SamlSettings::default() };
    let world = World::new(START, false).await;
    let (new, settings) = ("new".parse().unwrap(), IdentitySettings::Saml(settings));
    let steps = world.broker.try_settings(&new, &settings, TypedSecrets::none(), false, &|_| ()).await;
    assert_eq!(steps[1].problem.as_ref().unwrap().code, ProblemCode::SamlUnreachable);
}

/// A provider that shows an error page without a request, as it comes from the window.
#[tokio::test]
async fn trying_it_asks_as_the_window_does() {
    let idp = Fake::start(|_, (line, body)| match line.split_once(" /sso") {
        Some(("GET", query)) if query.starts_with("?tenant=7&SAMLRequest=") => Reply::with(200, "text/html", "sign in"),
        Some(("POST", "?tenant=7")) if body.starts_with("SAMLRequest=") => Reply::with(200, "text/html", "sign in"),
        _ => Reply::with(400, "text/html", "<pre>Traceback</pre>"),
    })
    .await;
    for (more, code) in [("", None), ("binding = \"post\"", None)] {
        let world = World::new(&format!("sso_url = \"{}/sso?tenant=7\"\n{more}", idp.url), true).await;
        let steps = world.broker.try_identity(&"corp".parse().unwrap(), &|_| ()).await.unwrap();
        assert_eq!(steps[1].problem.as_ref().map(|problem| problem.code), code, "{more}");
        assert!(world.window().pages.lock().unwrap().is_empty(), "no window opens");
    }
    let heads = idp.heads.lock().unwrap().join("\n").to_lowercase();
    assert!(heads.contains("accept: text/html") && !heads.contains("application/json"), "{heads}");
}

#[tokio::test]
async fn what_a_sign_in_skips_is_told_there_and_by_a_trial() {
    let world = World::new(START, false).await;
    let mut events = world.broker.subscribe();
    let xml = world
        .made_now()
        .replace(&format!("{OTHER_CORP},{ADMIN}"), "Admin")
        .replace(">ann@example.org<", ">Ann Example<")
        .replace(">7200<", ">10 hours<");
    let given = TypedSecrets::none().and("assertion", encoded(&xml).into());
    assert_eq!(world.sign_in(given).await.unwrap(), "ann");
    assert_eq!(world.roles(), [DEV]);
    let told = loop {
        if let Event::SignedIn { remarks, .. } = events.recv().await.unwrap() {
            break remarks;
        }
    };
    let steps = world.broker.try_identity(&"corp".parse().unwrap(), &|_| ()).await.unwrap();
    let tried = steps.into_iter().filter_map(|step| step.problem).find(|it| it.code == ProblemCode::SamlSkipped);
    assert_eq!(told, world.view().remarks);
    for remark in told.into_iter().chain(tried) {
        assert_eq!(remark.code, ProblemCode::SamlSkipped);
        for what in ["Role value \"Admin\"", "RoleSessionName \"Ann Example\"", "SessionDuration \"10 hours\""] {
            assert!(remark.message.contains(what), "{}", remark.message);
        }
    }
    // A good one takes it back.
    world.signed_in().await;
    assert!(world.view().remarks.is_empty());
}
