//! When a trial reports steps, and what happens to the secrets that were typed for it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use daypass_core::problem::ProblemCode;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::broker::Broker;
use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::IdentitySettings;
use daypass_core::testing::Log;
use daypass_core::view::TrialNews;
use daypass_http::fake::{Fake, Reply};

const KEY: &str = "AKIAPLANTEDPLANTED01";
const OTHER_KEY: &str = "AKIAPLANTEDPLANTED02";
const TOTP: &str = "JBSWY3DPEHPK3PXP";

/// A broker whose STS and OpenID provider say yes to everybody but to the client secret `wrong`.
struct World {
    home: tempfile::TempDir,
    broker: Broker,
    fake: Fake,
}

impl World {
    async fn new() -> Self {
        let fake = Fake::start(|url, (line, body)| match line {
            "GET /.well-known/openid-configuration" => Reply::json(&json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"),
                "jwks_uri": format!("{url}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })),
            "GET /jwks" => Reply::json(&json!({ "keys": [{
                // RFC 8037, appendix A.2.
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "1",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            }] })),
            "POST /token" if body.contains("client_secret=wrong") => {
                Reply::with(401, "application/json", json!({ "error": "invalid_client" }).to_string())
            }
            "POST /token" => Reply::with(400, "application/json", json!({ "error": "invalid_grant" }).to_string()),
            _ => Reply::with(
                200,
                "text/xml",
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ann</Arn>\
                 <UserId>AIDAIOSFODNN7EXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
            ),
        })
        .await;
        let endpoints = Endpoints { sts: Some(fake.url.parse().unwrap()), ..Endpoints::default() };
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), endpoints, "");
        Self { home, broker, fake }
    }

    fn put(&self, name: &str, settings: &IdentitySettings, secrets: TypedSecrets) {
        self.broker.put_identity(&name.parse().unwrap(), settings, &secrets, true).unwrap();
    }

    /// The code of what failed, if anything did, and how many steps there were.
    async fn tried(
        &self,
        name: &str,
        settings: &IdentitySettings,
        secrets: TypedSecrets,
        exists: bool,
    ) -> (usize, Option<ProblemCode>) {
        let steps = self.broker.try_settings(&name.parse().unwrap(), settings, secrets, exists, &|_| ()).await;
        let code = steps.iter().find_map(|step| step.problem.as_ref()).map(|problem| problem.code);
        (steps.len(), code)
    }

    fn sent(&self) -> String {
        let seen = self.fake.seen.lock().unwrap();
        let bodies = seen.iter().map(|(_, body)| body.clone());
        bodies.chain(self.fake.heads.lock().unwrap().drain(..)).collect()
    }

    /// Every file below the home.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    collect(&path, files);
                } else {
                    files.insert(path.clone(), std::fs::read(path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        collect(self.home.path(), &mut files);
        files
    }

    fn oidc(&self) -> IdentitySettings {
        of(json!({ "kind": "oidc", "issuer": self.fake.url, "client_id": "daypass" }))
    }
}

fn of(settings: serde_json::Value) -> IdentitySettings {
    serde_json::from_value(settings).unwrap()
}

fn user() -> IdentitySettings {
    of(json!({ "kind": "iam-user", "mfa_serial": "arn:aws:iam::123456789012:mfa/ann" }))
}

fn key(id: &str) -> TypedSecrets {
    TypedSecrets::none().and("access_key_id", id.into()).and("secret_access_key", "planted/secret".into())
}

#[tokio::test]
async fn what_was_typed_is_tried_before_it_is_saved() {
    let world = World::new().await;
    assert_eq!(world.tried("new", &user(), TypedSecrets::none(), false).await, (2, Some(ProblemCode::IamUserNoKey)));
    assert_eq!(world.tried("new", &user(), key(KEY), false).await, (3, None));
    assert!(world.sent().contains(KEY));
    let with_totp = |secret: &str| key(KEY).and("totp_secret", secret.into());
    assert_eq!(world.tried("new", &user(), with_totp(TOTP), false).await, (4, None));
    let (steps, code) = world.tried("new", &user(), with_totp("10101"), false).await;
    assert!(steps == 4 && code.is_some(), "{code:?}");

    let secret = |text: &str| TypedSecrets::none().and("client_secret", text.into());
    assert_eq!(world.tried("new", &world.oidc(), TypedSecrets::none(), false).await, (2, None));
    assert_eq!(world.tried("new", &world.oidc(), secret("planted"), false).await, (3, None));
    assert!(world.sent().contains("client_secret=planted"));
    assert_eq!(
        world.tried("new", &world.oidc(), secret("wrong"), false).await,
        (3, Some(ProblemCode::OidcTokenRefused))
    );
    let url = &world.fake.url;
    let oauth = of(json!({
        "kind": "oauth", "provider_id": "idp.example.org", "client_id": "daypass", "session_name": "team-laptop",
        "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
    }));
    assert_eq!(world.tried("new", &oauth, secret("planted"), false).await, (4, None));
    assert_eq!(world.tried("new", &oauth, TypedSecrets::none(), false).await, (3, None));

    // A provider's answer about the code doesn't say anything about the secret, and the trial says so.
    for settings in [&world.oidc(), &oauth] {
        let name = "new".parse().unwrap();
        let steps = world.broker.try_settings(&name, settings, secret("planted"), false, &|_| ()).await;
        let seen = steps.last().and_then(|step| step.seen.clone()).unwrap();
        assert!(seen.starts_with("invalid_grant for a made-up code"), "{seen}");
    }
}

#[tokio::test]
async fn the_mfa_device_of_a_typed_key_is_likely_named_after_its_user() {
    let world = World::new().await;
    let likely = async |settings: &IdentitySettings, secrets, exists| {
        world.broker.likely_mfa_serial(&"new".parse().unwrap(), settings, secrets, exists).await
    };
    let before = world.files();
    let serial = likely(&user(), key(KEY), false).await.unwrap();
    assert_eq!(serial.as_deref(), Some("arn:aws:iam::123456789012:mfa/ann"));
    assert_eq!(world.files(), before, "the key was used and is kept nowhere");
    let without = likely(&user(), TypedSecrets::none(), false).await.unwrap_err();
    assert_eq!(without.code, ProblemCode::IamUserNoKey);
    assert_eq!(likely(&world.oidc(), key(KEY), false).await.unwrap(), None);
}

#[tokio::test]
async fn what_was_not_typed_comes_from_the_vault_of_the_identity_that_is_edited_and_of_no_other() {
    let world = World::new().await;
    world.put("ann", &user(), key(KEY));
    assert_eq!(world.tried("ann", &user(), TypedSecrets::none(), true).await, (3, None));
    assert!(world.sent().contains(KEY));
    // Half of it is typed again.
    let other = TypedSecrets::none().and("access_key_id", OTHER_KEY.into());
    assert_eq!(world.tried("ann", &user(), other, true).await, (3, None));
    assert!(world.sent().contains(OTHER_KEY));
    // Emptied: as if it were removed already.
    let emptied = TypedSecrets::none().and("access_key_id", "".into());
    assert_eq!(world.tried("ann", &user(), emptied, true).await, (2, Some(ProblemCode::IamUserNoKey)));
    // A new one by the name of another has nothing of it.
    assert_eq!(world.tried("ann", &user(), TypedSecrets::none(), false).await, (2, Some(ProblemCode::IamUserNoKey)));
    assert_eq!(world.tried("bea", &user(), TypedSecrets::none(), true).await, (2, Some(ProblemCode::IamUserNoKey)));
}

/// On one thread, so that the log of everything, the SDK's included, is heard.
#[tokio::test]
async fn what_was_typed_is_kept_nowhere() {
    let (log, _log) = Log::listen();
    let world = World::new().await;
    let kept = TypedSecrets::none()
        .and("access_key_id", "AKIAIOSFODNN7EXAMPLE".into())
        .and("secret_access_key", "kept".into());
    world.put("ann", &user(), kept);
    let (before, mut events) = (world.files(), world.broker.subscribe());

    let told = Mutex::new(String::new());
    let tell = |news: TrialNews| {
        *told.lock().unwrap() += &format!("{news:?} {}", serde_json::to_string(&news).unwrap());
    };
    let client = TypedSecrets::none().and("client_secret", "planted-client-secret".into());
    let wrong =
        TypedSecrets::none().and("access_key_id", "planted".into()).and("secret_access_key", "planted ü".into());
    let totp = TypedSecrets::none().and("totp_secret", "PLANTED1".into());
    for (name, settings, secrets, exists) in [
        ("ann", user(), key(KEY), true),
        ("ann", user(), wrong, true),
        ("ann", user(), totp, true),
        ("new", user(), key(KEY), false),
        ("new", world.oidc(), client, false),
    ] {
        let began = told.lock().unwrap().len();
        let name = name.parse().unwrap();
        world.broker.try_settings(&name, &settings, secrets, exists, &tell).await;
        assert!(told.lock().unwrap().len() > began);
    }
    assert!(world.sent().contains("planted-client-secret"), "it was used");
    assert_eq!(world.files(), before, "the vault, and every other file, is byte for byte as it was");
    assert!(events.try_recv().is_err(), "others don't hear about a trial");

    let log = log.text();
    assert!(log.contains("TRACE"), "the log is on");
    let all = format!("{log}{}{:?}", told.lock().unwrap(), world.broker.snapshot());
    for line in all.lines() {
        // The id of a key is none of its secrets, and is in the signature of requests.
        let line = line.replace(KEY, "");
        assert!(!line.to_lowercase().contains("planted"), "a secret is in: {line}");
    }
}

#[tokio::test]
async fn a_trial_that_is_dropped_leaves_nothing() {
    let world = World::new().await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = of(json!({
        "kind": "oidc", "client_id": "daypass", "issuer": format!("http://{}", silent.local_addr().unwrap()),
    }));
    let (before, name) = (world.files(), "new".parse().unwrap());
    let secrets = TypedSecrets::none().and("client_secret", "planted".into());
    let trial = world.broker.try_settings(&name, &settings, secrets, false, &|_| ());
    assert!(tokio::time::timeout(Duration::from_millis(100), trial).await.is_err(), "an answer never comes");
    assert_eq!(world.files(), before);
}
