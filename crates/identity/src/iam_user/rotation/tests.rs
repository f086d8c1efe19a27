use daypass_core::problem::{AwsProblem, ProblemCode};
use daypass_core::service::Service;
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::fixture::{Fixture, fixture};

const ARN: &str = "arn:aws:iam::123456789012:user/ann";
const OLD: &str = "AKIAOLDOLDOLDOLDOLD1";

/// IAM, as a map of keys, which fails when it is told to.
struct Cloud {
    now: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    keys: Mutex<BTreeMap<String, (ListedKey, String)>>,
    calls: Mutex<usize>,
    /// Which call fails, and whether what it asked for is done all the same.
    fails: Option<(usize, bool)>,
    /// How often a new key is not known yet.
    unknown: Mutex<usize>,
    made: Mutex<usize>,
}

impl Cloud {
    fn new(fixture: &Fixture) -> Self {
        let clock = std::sync::Arc::clone(&fixture.context.services.clock);
        let old = ListedKey { id: OLD.into(), active: true, created: None, used: Used::At(fixture.context.now()) };
        Self {
            now: Box::new(move || clock.now()),
            keys: Mutex::new([(OLD.to_owned(), (old, "old-secret".to_owned()))].into()),
            calls: Mutex::new(0),
            fails: None,
            unknown: Mutex::new(0),
            made: Mutex::new(0),
        }
    }

    fn call<T>(&self, by: Option<&AccessKey>, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        if by.is_some_and(|key| !self.takes(key)) {
            return Err(Problem::new(
                ProblemKind::Refused,
                ProblemCode::Aws(Service::Iam, AwsProblem::InvalidClientTokenId),
                "",
            ));
        }
        match self.fails {
            Some((at, false)) if at == *calls => Err(crash()),
            Some((at, true)) if at == *calls => work().and_then(|_| Err(crash())),
            _ => work(),
        }
    }

    fn add(&self, id: &str, secret: &str, created: DateTime<Utc>, used: Used) {
        let key = ListedKey { id: id.to_owned(), active: true, created: Some(created), used };
        self.keys.lock().unwrap().insert(id.to_owned(), (key, secret.to_owned()));
    }

    fn ids(&self) -> Vec<String> {
        self.keys.lock().unwrap().keys().cloned().collect()
    }

    /// Whether AWS takes this key.
    fn takes(&self, key: &AccessKey) -> bool {
        let keys = self.keys.lock().unwrap();
        keys.get(&key.id).is_some_and(|(k, secret)| k.active && secret == key.secret.expose_secret())
    }
}

fn crash() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, "the process ended")
}

impl KeyRing for Cloud {
    fn list<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<Vec<ListedKey>, Problem>> {
        let listed =
            self.call(Some(by), || Ok(self.keys.lock().unwrap().values().map(|(key, _)| key.clone()).collect()));
        Box::pin(std::future::ready(listed))
    }

    fn create<'a>(&'a self, by: &'a AccessKey) -> Boxed<'a, Result<AccessKey, Problem>> {
        let created = self.call(Some(by), || {
            if self.keys.lock().unwrap().len() == 2 {
                return Err(Problem::new(
                    ProblemKind::Refused,
                    ProblemCode::Aws(Service::Iam, AwsProblem::LimitExceeded),
                    "",
                ));
            }
            let mut made = self.made.lock().unwrap();
            *made += 1;
            let (id, secret) = (format!("AKIANEWNEWNEWNEWNEW{made}"), format!("new-secret-{made}"));
            self.add(&id, &secret, (self.now)(), Used::Never);
            AccessKey::new(&id, &secret)
        });
        Box::pin(std::future::ready(created))
    }

    fn deactivate<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>> {
        let done = self.call(Some(by), || {
            if let Some((key, _)) = self.keys.lock().unwrap().get_mut(id) {
                key.active = false;
            }
            Ok(())
        });
        Box::pin(std::future::ready(done))
    }

    fn delete<'a>(&'a self, id: &'a str, by: &'a AccessKey) -> Boxed<'a, Result<(), Problem>> {
        let done = self.call(Some(by), || {
            self.keys.lock().unwrap().remove(id);
            Ok(())
        });
        Box::pin(std::future::ready(done))
    }

    fn caller<'a>(&'a self, key: &'a AccessKey) -> Boxed<'a, Result<String, Problem>> {
        let known = self.call(None, || {
            let mut unknown = self.unknown.lock().unwrap();
            if *unknown > 0 || !self.takes(key) {
                *unknown = unknown.saturating_sub(1);
                return Err(Problem::new(ProblemKind::Refused, ProblemCode::IamUserKeyUnknown, ""));
            }
            self.keys.lock().unwrap().get_mut(&key.id).unwrap().0.used = Used::At((self.now)());
            Ok(ARN.to_owned())
        });
        Box::pin(std::future::ready(known))
    }
}

fn bench_with_key() -> Fixture {
    let fixture = fixture();
    let secrets = TypedSecrets::none().and(KEY_ID, OLD.into()).and(KEY_SECRET, "old-secret".into());
    fixture.context.put_secrets(&secrets).unwrap();
    fixture
}

fn in_use(context: &IdentityContext) -> AccessKey {
    let secret = |field| context.secret(field).unwrap().unwrap();
    AccessKey::new(secret(KEY_ID).expose_secret(), secret(KEY_SECRET).expose_secret()).unwrap()
}

async fn run(fixture: &Fixture, cloud: &Cloud) -> Result<RotatedKey, Problem> {
    rotate(&fixture.context, cloud, ARN, &in_use(&fixture.context), &|_| cloud.call(None, || Ok(()))).await
}

#[tokio::test(start_paused = true)]
async fn a_new_key_takes_the_place_of_the_old_one() {
    let fixture = bench_with_key();
    let cloud = Cloud { unknown: Mutex::new(3), ..Cloud::new(&fixture) };
    let rotated = run(&fixture, &cloud).await.unwrap();
    assert_eq!(rotated, RotatedKey { old: OLD.into(), new: "AKIANEWNEWNEWNEWNEW1".into(), resumed: false });
    assert_eq!(cloud.ids(), ["AKIANEWNEWNEWNEWNEW1"]);
    assert!(cloud.takes(&in_use(&fixture.context)));
    assert!(fixture.context.secret(STATE).unwrap().is_none());
    let log = std::fs::read_to_string(fixture.folder.path().join("home/audit.jsonl")).unwrap();
    let events = ["access-key-created", "access-key-deactivated", "access-key-deleted"];
    assert!(log.lines().zip(events).all(|(line, event)| line.contains(event)), "{log}");
    assert!(!log.contains("secret-1"));
}

#[tokio::test(start_paused = true)]
async fn wherever_it_is_interrupted_the_next_run_ends_it() {
    let mut interrupted = 0;
    for at in 1.. {
        let mut failed = false;
        for done_all_the_same in [false, true] {
            let fixture = bench_with_key();
            let mut cloud = Cloud { fails: Some((at, done_all_the_same)), ..Cloud::new(&fixture) };
            let first = run(&fixture, &cloud).await;
            failed |= first.is_err();
            interrupted += usize::from(first.is_err());
            // Whatever happened: what the vault has in use works.
            assert!(cloud.takes(&in_use(&fixture.context)), "call {at}");
            if first.is_ok() {
                continue;
            }
            cloud.fails = None;
            let rotated =
                run(&fixture, &cloud).await.unwrap_or_else(|e| panic!("call {at} {done_all_the_same}: {e:?}"));
            assert_eq!(rotated.old, OLD, "call {at}");
            assert_eq!(cloud.ids().join(" "), rotated.new, "call {at} {done_all_the_same}");
            assert_eq!(in_use(&fixture.context).id, rotated.new);
            assert!(cloud.takes(&in_use(&fixture.context)));
            assert!(fixture.context.secret(STATE).unwrap().is_none());
        }
        if !failed {
            break;
        }
    }
    // List, create, verify, keep, deactivate, verify, delete, keep; each before and after.
    assert_eq!(interrupted, 16);
}

#[tokio::test(start_paused = true)]
async fn interrupted_twice_is_no_worse() {
    for first in 1..=8 {
        for second in 1..=8 {
            let fixture = bench_with_key();
            let mut cloud = Cloud { fails: Some((first, true)), ..Cloud::new(&fixture) };
            let _ = run(&fixture, &cloud).await;
            cloud.fails = Some((second, true));
            *cloud.calls.lock().unwrap() = 0;
            let _ = run(&fixture, &cloud).await;
            assert!(cloud.takes(&in_use(&fixture.context)), "{first} {second}");
            cloud.fails = None;
            run(&fixture, &cloud).await.unwrap_or_else(|e| panic!("{first} {second}: {e:?}"));
            assert_eq!(cloud.ids(), [in_use(&fixture.context).id], "{first} {second}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_key_is_never_deleted() {
    let fixture = bench_with_key();
    let cloud = Cloud::new(&fixture);
    let day = "2026-01-02T10:00:00Z".parse().unwrap();
    cloud.add("AKIAOTHEROTHEROTHER1", "x", day, Used::At(day));
    let problem = run(&fixture, &cloud).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::IamUserTwoKeys);
    for words in [OLD, "AKIAOTHEROTHEROTHER1 (active, created 2026-01-02, last used 2026-01-02)"] {
        assert!(problem.message.contains(words), "{problem:?}");
    }
    assert_eq!(cloud.ids().len(), 2);
    assert_eq!(in_use(&fixture.context).id, OLD);
}

#[tokio::test(start_paused = true)]
async fn a_key_created_after_the_interruption_is_left_alone() {
    for (later, used) in [(TimeDelta::days(1), Used::Never), (TimeDelta::zero(), Used::Unknown)] {
        let fixture = bench_with_key();
        // Ends before the key is created.
        let mut cloud = Cloud { fails: Some((2, false)), ..Cloud::new(&fixture) };
        run(&fixture, &cloud).await.unwrap_err();
        cloud.fails = None;
        cloud.add("AKIAOTHEROTHEROTHER1", "x", fixture.context.now() + later, used);
        assert_eq!(run(&fixture, &cloud).await.unwrap_err().code, ProblemCode::IamUserTwoKeys);
        assert_eq!(cloud.ids().len(), 2);
        // It is gone: the rotation goes on.
        cloud.keys.lock().unwrap().remove("AKIAOTHEROTHEROTHER1");
        run(&fixture, &cloud).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_that_never_works_is_not_put_into_use() {
    let fixture = bench_with_key();
    let cloud = Cloud { unknown: Mutex::new(1000), ..Cloud::new(&fixture) };
    assert_eq!(run(&fixture, &cloud).await.unwrap_err().code, ProblemCode::IamUserKeyUnknown);
    assert_eq!(in_use(&fixture.context).id, OLD);
    assert!(cloud.takes(&in_use(&fixture.context)));
    // It works after all.
    *cloud.unknown.lock().unwrap() = 0;
    let rotated = run(&fixture, &cloud).await.unwrap();
    assert!(rotated.resumed && rotated.new == "AKIANEWNEWNEWNEWNEW1");
}

#[tokio::test(start_paused = true)]
async fn a_key_stored_by_hand_meanwhile_starts_over() {
    let fixture = bench_with_key();
    let mut cloud = Cloud { fails: Some((5, false)), ..Cloud::new(&fixture) };
    run(&fixture, &cloud).await.unwrap_err();
    cloud.fails = None;
    let key = TypedSecrets::none().and(KEY_ID, "AKIABYHANDBYHANDBY01".into()).and(KEY_SECRET, "by-hand".into());
    fixture.context.put_secrets(&key).unwrap();
    cloud.keys.lock().unwrap().clear();
    cloud.add("AKIABYHANDBYHANDBY01", "by-hand", fixture.context.now(), Used::Never);
    let rotated = run(&fixture, &cloud).await.unwrap();
    assert!(!rotated.resumed && rotated.old == "AKIABYHANDBYHANDBY01", "{rotated:?}");
}
