//! Which parts of a sign-in stay in the vault, whatever a refresh returns.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use tokio::sync::Notify;

use super::*;
use crate::fixture::{Fixture, fixture};
use crate::{Identity, IdentityError};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::IdentityState;

/// The provider's clock is right. This is ours, in seconds off it.
struct Ours(Arc<AtomicI64>);

impl Clock for Ours {
    fn now(&self) -> DateTime<Utc> {
        Stopped.now() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// A person who signed in before, with a token that has ended.
struct World {
    fixture: Fixture,
    identity: OidcIdentity,
    clock: Arc<AtomicI64>,
}

fn world(url: &str) -> World {
    let fixture = fixture();
    let clock = Arc::new(AtomicI64::new(0));
    let oidc = OidcClient::new(Arc::new(Ours(Arc::clone(&clock))), daypass_http::Network::plain());
    let stored = json!({
        "issuer": url, "client_id": "daypass", "person": "ann@example.org", "subject": "u-1",
        "refresh_token": "PLANTED-OLD", "id_token": null, "expires_at": "2020-01-01T00:00:00Z",
        "claims": {"sub": "u-1", "email": "ann@example.org", "groups": ["a"], "roles": "arn:aws:iam::123456789012:role/Dev"},
        "refresh_scopes": ["openid", "email", "offline_access"],
    });
    fixture.context.keep(&stored).unwrap();
    let settings = OidcSettings { roles_claim: Some("roles".into()), ..settings(url) };
    let identity = OidcIdentity::new(settings, fixture.context.clone(), oidc);
    World { fixture, identity, clock }
}

impl World {
    /// The claims of the token that an exchange would get.
    async fn claims(&self) -> Result<Map<String, Value>, Problem> {
        let got = Mutex::new(None);
        let exchange = |token: Token| {
            *got.lock().unwrap() = Some(token.claims);
            std::future::ready(Err(IdentityError::Before(Problem::new(
                ProblemKind::Failed,
                ProblemCode::Interrupted,
                "that far",
            ))))
        };
        let problem = Problem::from(self.identity.with_token(exchange, |_| false).await.unwrap_err());
        got.into_inner().unwrap().ok_or(problem)
    }

    fn stored(&self) -> Value {
        self.fixture.context.kept().unwrap().unwrap()
    }

    fn in_vault(&self) -> String {
        use secrecy::ExposeSecret;
        let entries = self.fixture.context.services.vault.read().unwrap();
        entries.get("identity/ann").unwrap().expose_secret().to_owned()
    }

    /// As a full disk or a read-only folder does, to root as well: something is where the lock must go.
    fn set_writable(&self, writable: bool) {
        set_writable(self.fixture.context.services.vault.path().to_owned(), writable);
    }

    fn state(&self) -> IdentityState {
        self.identity.standing().unwrap().state
    }
}

/// Whether [`set_writable`] works. On Windows, a folder in the lock's place counts as another user's lock, and is waited for.
const CAN_REFUSE: bool = cfg!(unix);

#[allow(clippy::disallowed_methods)]
fn set_writable(vault: PathBuf, writable: bool) {
    let name = format!(".{}.daypass-lock", vault.file_name().unwrap().display());
    let lock = vault.with_file_name(name);
    if writable { std::fs::remove_dir(lock) } else { std::fs::create_dir(lock) }.unwrap();
}

#[tokio::test]
async fn a_token_that_cannot_be_verified_now_never_costs_the_next_refresh_token() {
    use ProblemKind::{Failed, NeedsSignIn, Refused};
    type Change = fn(&mut Value);
    let same: Change = |_| ();
    let no_id_token: Change = |answer| drop(answer.as_object_mut().unwrap().remove("id_token"));
    let cases: [(&str, i64, Change, Change, ProblemKind, ProblemCode); 10] = [
        ("slow clock", -180, same, same, Failed, ProblemCode::OidcTokenWrongTime),
        ("fast clock", 3600, same, same, Failed, ProblemCode::OidcTokenWrongTime),
        ("not yet", 0, |c| c["nbf"] = json!(NOW + 600), same, Failed, ProblemCode::OidcTokenWrongTime),
        ("issuer", 0, |c| c["iss"] = json!("https://x.example"), same, Refused, ProblemCode::OidcTokenInvalid),
        ("audience", 0, |c| c["aud"] = json!("other"), same, Refused, ProblemCode::OidcTokenInvalid),
        ("empty", 0, |c| c["sub"] = json!(""), same, Refused, ProblemCode::OidcTokenInvalid),
        ("person", 0, |c| c["sub"] = json!("u-2"), same, NeedsSignIn, ProblemCode::OidcAnotherPerson),
        ("none", 0, same, no_id_token, NeedsSignIn, ProblemCode::OidcNoIdTokenOnRefresh),
        ("no JWT", 0, same, |a| a["id_token"] = json!("PLANTED"), Failed, ProblemCode::OidcUnreadableAnswer),
        ("a number", 0, same, |a| a["id_token"] = json!(7), Failed, ProblemCode::OidcUnreadableAnswer),
    ];
    for (what, off, token, answer, kind, code) in cases {
        let played = play_with(token, answer).await;
        let world = world(&played.fake.url);
        world.clock.store(off, Ordering::SeqCst);
        let problem = world.claims().await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (kind, code), "{what}: {problem:?}");
        let stored = world.stored();
        assert_eq!(stored["refresh_token"], "PLANTED-REFRESH", "{what}");
        assert_eq!(stored["claims"]["email"], "ann@example.org", "{what}");
        let state = if kind == NeedsSignIn { IdentityState::NeedsSignIn } else { IdentityState::SignedIn };
        assert_eq!(world.state(), state, "{what}");
    }
}

#[tokio::test]
async fn when_the_clock_is_right_again_the_next_token_is_the_one_that_is_sent() {
    let played = play(|_| {}).await;
    let world = world(&played.fake.url);
    world.clock.store(-180, Ordering::SeqCst);
    assert_eq!(world.claims().await.unwrap_err().code, ProblemCode::OidcTokenWrongTime);
    world.clock.store(0, Ordering::SeqCst);
    world.claims().await.unwrap();
    let sent: Vec<String> = played.fake.seen.lock().unwrap().iter().map(|(_, body)| body.clone()).collect();
    let sent: Vec<&String> = sent.iter().filter(|body| body.contains("refresh_token=")).collect();
    assert!(sent[0].contains("PLANTED-OLD") && sent[1].contains("PLANTED-REFRESH"), "{sent:?}");
}

/// The provider signs with a new key: first its list of keys can't be had, then it lacks the new one, then it has it.
#[tokio::test]
async fn keys_that_are_rotated_during_a_refresh_only_delay_it() {
    let stage = Arc::new(Mutex::new("old"));
    let at = Arc::clone(&stage);
    let fake = Fake::start(move |url, (line, _)| {
        let stage = *at.lock().unwrap();
        match (line, stage) {
            ("GET /.well-known/openid-configuration", _) => Reply::json(&metadata(url)),
            ("GET /jwks", "out of order") => Reply::with(503, "text/html", ""),
            ("GET /jwks", "listed") => Reply::json(&jwks(2, "k2")),
            ("GET /jwks", _) => Reply::json(&jwks(1, "k1")),
            ("POST /token", _) => {
                let (seed, id) = if stage == "old" { (1, "k1") } else { (2, "k2") };
                let mut claims = claims(url);
                // Falls due at once.
                claims["exp"] = json!(NOW + 20);
                let id_token = jwt(&json!({"alg": "ES256", "kid": id}), &claims, seed);
                Reply::json(&json!({
                    "access_token": "A", "token_type": "Bearer", "id_token": id_token,
                    "refresh_token": format!("PLANTED {stage}"),
                }))
            }
            _ => Reply::with(404, "text/plain", ""),
        }
    })
    .await;
    let world = world(&fake.url);
    let now = |is: &'static str| *stage.lock().unwrap() = is;
    world.claims().await.unwrap();
    world
        .fixture
        .context
        .keep(&{
            let mut stored = world.stored();
            stored["expires_at"] = json!("2020-01-01T00:00:00Z");
            stored
        })
        .unwrap();
    for (is, code) in [("out of order", ProblemCode::OidcOutOfOrder), ("not listed", ProblemCode::OidcKeyNotListed)] {
        now(is);
        let problem = world.claims().await.unwrap_err();
        assert_eq!((problem.kind, problem.code), (ProblemKind::Passing, code), "{problem:?}");
        assert_eq!(world.stored()["refresh_token"], format!("PLANTED {is}"));
    }
    now("listed");
    world.claims().await.unwrap();
}

#[tokio::test]
async fn claims_that_a_refresh_leaves_out_are_those_of_the_sign_in() {
    let played = play(|claims| {
        claims.as_object_mut().unwrap().remove("email");
        claims["groups"] = json!([]);
    })
    .await;
    let world = world(&played.fake.url);
    let claims = world.claims().await.unwrap();
    assert_eq!((&claims["email"], &claims["groups"]), (&json!("ann@example.org"), &json!([])));
    assert_eq!(session_name(Some("{email}"), &claims).unwrap().as_str(), "ann@example.org");
    assert_eq!(world.identity.roles().len(), 1, "the claim with the roles was left out");
    assert_eq!(world.stored()["person"], "ann@example.org");
}

#[tokio::test]
async fn a_refresh_asks_for_what_was_granted_and_for_nothing_where_that_is_refused() {
    let played = play(|_| {}).await;
    let world = world(&played.fake.url);
    world.claims().await.unwrap();
    let sent = |fake: &Fake| -> Vec<String> {
        fake.seen.lock().unwrap().iter().filter(|(line, _)| line == "POST /token").map(|(_, b)| b.clone()).collect()
    };
    assert!(sent(&played.fake)[0].contains("scope=openid+email+offline_access"), "{:?}", sent(&played.fake));

    let strict = Fake::start(|url, (line, body)| match line {
        "GET /.well-known/openid-configuration" => Reply::json(&metadata(url)),
        "GET /jwks" => Reply::json(&jwks(1, "k1")),
        _ if body.contains("scope=") => {
            Reply::with(400, "application/json", json!({"error": "invalid_scope"}).to_string())
        }
        _ => Reply::json(&json!({
            "access_token": "A", "token_type": "Bearer",
            "id_token": jwt(&json!({"alg": "ES256", "kid": "k1"}), &claims(url), 1),
        })),
    })
    .await;
    let world = self::world(&strict.url);
    world.claims().await.unwrap();
    assert_eq!(sent(&strict).len(), 2);
    assert_eq!(world.stored()["refresh_token"], "PLANTED-OLD", "it isn't rotated");
}

#[test]
fn what_was_granted_counts_and_openid_is_never_left_out() {
    use crate::client::refresh_scopes;
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let scopes = |asked: &str, granted: Option<&str>| refresh_scopes(&list(asked), granted.map(list)).join(" ");
    assert_eq!(scopes("openid email", None), "openid email");
    assert_eq!(scopes("openid email", Some("")), "openid email");
    assert_eq!(scopes("openid email groups", Some("openid email")), "openid email");
    assert_eq!(scopes("openid email offline_access", Some("email profile")), "email profile openid offline_access");
}

#[tokio::test]
async fn a_refused_refresh_asks_for_the_person_unless_the_client_is_wrong() {
    use ProblemKind::{Invalid, NeedsSignIn, Passing};
    for (status, body, kind) in [
        (400, json!({"error": "invalid_grant"}).to_string(), NeedsSignIn),
        (400, json!({"error": "invalid_request", "error_description": "so be it"}).to_string(), NeedsSignIn),
        (401, json!({"error": "token_inactive"}).to_string(), NeedsSignIn),
        (403, json!({"error": "access_denied"}).to_string(), NeedsSignIn),
        (401, json!({"message": "who are you"}).to_string(), NeedsSignIn),
        (403, "<html>".to_owned(), NeedsSignIn),
        (400, String::new(), NeedsSignIn),
        (401, json!({"error": "invalid_client"}).to_string(), Invalid),
        (400, json!({"error": "unauthorized_client"}).to_string(), Invalid),
        (400, json!({"error": "unsupported_grant_type"}).to_string(), Invalid),
        (400, json!({"error": "invalid_scope"}).to_string(), Invalid),
        (400, json!({"error": "temporarily_unavailable"}).to_string(), Passing),
        (503, String::new(), Passing),
    ] {
        let answer = body.clone();
        let fake = Fake::start(move |url, (line, _)| match line {
            "GET /.well-known/openid-configuration" => Reply::json(&metadata(url)),
            "GET /jwks" => Reply::json(&jwks(1, "k1")),
            _ => Reply::with(status, "application/json", answer.clone()),
        })
        .await;
        let world = world(&fake.url);
        let problem = world.claims().await.unwrap_err();
        assert_eq!(problem.kind, kind, "{status} {body}: {problem:?}");
        let state = if kind == NeedsSignIn { IdentityState::NeedsSignIn } else { IdentityState::SignedIn };
        assert_eq!(world.state(), state, "{status} {body}");
        let is_spent = body.contains("invalid_grant");
        assert_eq!(world.stored()["refresh_token"].is_null(), is_spent, "{status} {body}");
    }
}

#[tokio::test]
async fn no_token_is_spent_while_the_vault_cannot_be_written() {
    if !CAN_REFUSE {
        return;
    }
    let played = play(|_| {}).await;
    let world = world(&played.fake.url);
    world.set_writable(false);
    let problem = world.claims().await.unwrap_err();
    assert_eq!((problem.kind, problem.code), (ProblemKind::Failed, ProblemCode::VaultUnwritable), "{problem:?}");
    assert_eq!(played.fake.count("POST /token"), 0);
    world.set_writable(true);
    world.claims().await.unwrap();
    assert!(world.in_vault().contains("PLANTED-REFRESH"));
}

#[tokio::test]
async fn a_token_that_comes_when_the_disk_is_full_is_held_and_written_later() {
    if !CAN_REFUSE {
        return;
    }
    let vault = Arc::new(Mutex::new(None::<PathBuf>));
    let fills = Arc::clone(&vault);
    // The disk fills up while the provider answers.
    let played = play_with(
        |_| {},
        move |_| {
            if let Some(vault) = fills.lock().unwrap().take() {
                set_writable(vault, false);
            }
        },
    )
    .await;
    let world = world(&played.fake.url);
    *vault.lock().unwrap() = Some(world.fixture.context.services.vault.path().to_owned());
    world.claims().await.unwrap();
    assert!(!world.in_vault().contains("PLANTED-REFRESH"));
    assert_eq!(world.stored()["refresh_token"], "PLANTED-REFRESH", "it counts from memory");

    let services = Arc::clone(&world.fixture.context.services);
    services.unfinished.write_held(&services.vault);
    assert!(!world.in_vault().contains("PLANTED-REFRESH"), "the disk is still full");
    world.set_writable(true);
    assert!(services.unfinished.end(&services.vault).await, "nothing is lost");
    assert!(world.in_vault().contains("PLANTED-REFRESH"));
}

#[tokio::test]
async fn a_process_that_ends_tries_again_while_the_vault_cannot_be_written() {
    if !CAN_REFUSE {
        return;
    }
    let world = world("https://login.example.org");
    world.set_writable(false);
    world.fixture.context.keep_or_hold(&json!({"held": true})).unwrap();
    let services = Arc::clone(&world.fixture.context.services);
    let end = services.unfinished.end(&services.vault);
    tokio::pin!(end);
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(end.as_mut().poll(cx).is_pending())).await, "it waits");
    assert!(!services.unfinished.end(&services.vault).await, "a second request doesn't wait");
    world.set_writable(true);
    assert!(end.await, "nothing is lost");
    assert!(world.in_vault().contains("held"));
}

#[tokio::test]
async fn what_is_held_gives_way_to_a_newer_sign_in_of_another_process() {
    if !CAN_REFUSE {
        return;
    }
    let world = world("https://login.example.org");
    world.set_writable(false);
    world.fixture.context.keep_or_hold(&json!({"held": true})).unwrap();
    assert_eq!(world.stored(), json!({"held": true}));
    world.set_writable(true);
    world
        .fixture
        .context
        .services
        .vault
        .update(|entries| {
            entries.set("identity/ann", json!({"newer": true}).to_string());
            Ok::<_, daypass_vault::VaultError>(())
        })
        .unwrap();
    assert_eq!(world.stored(), json!({"newer": true}));
    let services = &world.fixture.context.services;
    services.unfinished.write_held(&services.vault);
    assert!(world.in_vault().contains("newer"));
}

#[tokio::test]
async fn a_process_that_ends_lets_a_refresh_finish_and_begins_no_other() {
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(std::sync::Barrier::new(2)));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&go));
    let played = play_with(
        |_| {},
        move |_| {
            tell.notify_one();
            tokio::task::block_in_place(|| _ = wait.wait());
        },
    );
    // The provider blocks its thread until it is let go.
    let provider = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        (runtime.block_on(played).fake.url, runtime)
    });
    let (url, runtime) = provider.join().unwrap();
    let world = world(&url);
    {
        let asked = world.claims();
        tokio::pin!(asked);
        tokio::select! {
            _ = &mut asked => unreachable!("the provider hasn't answered"),
            () = arrived.notified() => {}
        }
        // The caller hangs up here.
    }
    let services = Arc::clone(&world.fixture.context.services);
    let end = services.unfinished.end(&services.vault);
    tokio::pin!(end);
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(end.as_mut().poll(cx).is_pending())).await, "it waits");
    go.wait();
    assert!(end.await, "nothing is lost");
    assert!(world.in_vault().contains("PLANTED-REFRESH"));
    let stored = json!({"refresh_token": "PLANTED-NEXT", "id_token": null});
    let mut now = world.stored();
    now.as_object_mut().unwrap().extend(stored.as_object().unwrap().clone());
    world.fixture.context.keep(&now).unwrap();
    assert_eq!(world.claims().await.unwrap_err().code, ProblemCode::RefreshEnded);
    runtime.shutdown_background();
}

#[tokio::test]
async fn a_process_that_ends_stores_the_sign_in_whose_code_is_being_exchanged() {
    use crate::{SignInRequest, SignIns};
    use daypass_core::secret::TypedSecrets;
    use daypass_core::view::SignInAsk;

    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(std::sync::Barrier::new(2)));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&go));
    let played = play_with(
        |_| {},
        move |_| {
            tell.notify_one();
            tokio::task::block_in_place(|| wait.wait());
        },
    );
    let provider = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        (runtime.block_on(played), runtime)
    });
    let (played, runtime) = provider.join().unwrap();
    let world = world(&played.fake.url);
    let services = Arc::clone(&world.fixture.context.services);
    let sign_ins = SignIns::new(Arc::clone(&services));
    let (addresses, mut came) = tokio::sync::mpsc::unbounded_channel();
    let show = |ask: &SignInAsk| match ask {
        SignInAsk::Browser { url } => addresses.send(url.parse::<url::Url>().unwrap()).is_ok(),
        SignInAsk::Device { .. } | SignInAsk::Window { .. } => false,
    };
    let given = TypedSecrets::none();
    let asked =
        SignInRequest { limit: Duration::from_secs(60), device: false, given: &given, show: &show, caution: &|_| () };
    let signing_in = sign_ins.sign_in(&world.fixture.context, &world.identity, asked);
    let ending = async {
        let url = came.recv().await.unwrap();
        let field = |name: &str| url.query_pairs().find(|(n, _)| n == name).unwrap().1.into_owned();
        *played.nonce.lock().unwrap() = Some(field("nonce"));
        let port = field("redirect_uri").parse::<url::Url>().unwrap().port().unwrap();
        let target = format!("/callback?code=PLANTED-CODE&state={}", field("state"));
        let browser = tokio::spawn(async move { knock(port, &get(port, &target)).await });
        arrived.notified().await;
        let end = services.unfinished.end(&services.vault);
        tokio::pin!(end);
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(end.as_mut().poll(cx).is_pending())).await,
            "it waits"
        );
        go.wait();
        assert!(end.await, "nothing is lost");
        browser.await.unwrap()
    };
    let (signed_in, page) = tokio::join!(signing_in, ending);
    assert_eq!(signed_in.unwrap(), "ann@example.org");
    assert!(page.contains("Signed in") && world.in_vault().contains("PLANTED-REFRESH"), "{page}");
    runtime.shutdown_background();
}

#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn a_sign_in_belongs_to_the_certificates_that_its_provider_was_trusted_with() {
    let played = play_with(|_| {}, |_| {}).await;
    let url = &played.fake.url;
    let mut world = world(url);
    let path = world.fixture.folder.path().join("ca.pem");
    let path = path.to_str().unwrap();
    std::fs::write(path, "one").unwrap();
    let mut stored = world.stored();
    stored["ca_file"] = json!(crate::ca_file::fingerprint(Some(path)).unwrap());
    world.fixture.context.keep(&stored).unwrap();

    // No ca_file, another one, and the same one with another content.
    let other = world.fixture.folder.path().join("other.pem");
    std::fs::write(&other, "other").unwrap();
    let clock = Arc::clone(&world.clock);
    let oidc = OidcClient::new(Arc::new(Ours(clock)), daypass_http::Network::plain());
    let context = world.fixture.context.clone();
    let with = |ca_file: Option<&str>| {
        let settings = OidcSettings { ca_file: ca_file.map(str::to_owned), ..settings(url) };
        OidcIdentity::new(settings, context.clone(), oidc.clone())
    };
    assert_eq!(with(Some(path)).standing().unwrap().state, IdentityState::SignedIn);
    for ca_file in [None, other.to_str()] {
        assert_eq!(with(ca_file).standing().unwrap().state, IdentityState::SignedOut, "{ca_file:?}");
    }
    world.identity = with(None);
    assert_eq!(world.claims().await.unwrap_err().code, ProblemCode::SignedOut);
    std::fs::write(path, "two").unwrap();
    assert_eq!(with(Some(path)).standing().unwrap().state, IdentityState::SignedOut);
    assert_eq!(
        with(Some("/no/such/file.pem")).standing().map(|standing| standing.state).unwrap_err().code,
        ProblemCode::CaFileUnreadable
    );
    assert_eq!(played.fake.count("POST /token"), 0, "nothing was sent");
}

#[tokio::test]
async fn a_sign_in_from_before_takes_the_certificates_of_its_first_refresh() {
    let played = play_with(|_| {}, |_| {}).await;
    let world = world(&played.fake.url);
    assert_eq!(world.stored()["ca_file"], Value::Null);
    world.claims().await.unwrap();
    assert_eq!(world.stored()["ca_file"], "", "there is none");
}
