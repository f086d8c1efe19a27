//! A month of sessions in seconds: virtual timers, a clock that can be set and put to sleep, a service that does as
//! it is told; the vault, the credentials file, the turns and the audit log are the real ones.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout)]

mod delivery;
mod ends;
mod month;
mod once;
mod outages;
mod rearranged;
mod secrecy;
mod several;
mod sharing;
mod undo;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_files::{AwsFile, FileKind};
use chrono::{DateTime, TimeDelta, Utc};
use daypass_vault::{Key, KeyStore, Vault, VaultError};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{CredentialSource, Foreign, SessionDependencies, Sessions, StoredSession};
use daypass_audit::{AuditEvent, AuditLine, AuditLog, HeadFile};
use daypass_core::Boxed;
use daypass_core::clock::Clock;
use daypass_core::credentials::{Credentials, IssuedCredentials, SessionCredentials};
use daypass_core::delivery::Delivered;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::ProfileName;
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::Config;
use daypass_core::terms::Terms;
use daypass_core::view::{SessionState, SessionView};
use single_flight::Turns;

/// One person's machine, and the service.
struct World {
    folder: tempfile::TempDir,
    sky: Arc<Sky>,
    service: Arc<Service>,
    key: Arc<KeyInMemory>,
    events: broadcast::Sender<Event>,
}

impl World {
    fn new() -> Self {
        // In memory where there is such a place: a month has thousands of durable writes.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
        let sky = Arc::new(Sky { dawn: Instant::now(), slept_ms: AtomicI64::new(0), wrong_ms: AtomicI64::new(0) });
        let service = Arc::new(Service::new(Arc::clone(&sky)));
        Self { folder, sky, service, key: Arc::default(), events: broadcast::channel(65_536).0 }
    }

    /// Sessions as one process has them: its own memory, everything on disk shared.
    fn process(&self) -> Arc<Sessions> {
        self.process_of_home(&self.path("home"))
    }

    fn process_of_home(&self, home: &Path) -> Arc<Sessions> {
        self.process_in(home, self.credentials_file())
    }

    /// In an environment whose AWS_SHARED_CREDENTIALS_FILE names another file.
    fn process_with_file(&self, file: &str) -> Arc<Sessions> {
        self.process_in(&self.path("home"), self.path(file))
    }

    fn process_in(&self, home: &Path, credentials_file: PathBuf) -> Arc<Sessions> {
        let vault = Vault::with_key_store(home.join("vault.age"), Arc::clone(&self.key) as Arc<dyn KeyStore>);
        Sessions::new(SessionDependencies {
            clock: Arc::clone(&self.sky) as Arc<dyn Clock>,
            vault: vault.clone(),
            deliveries: daypass_deliver::deliveries(credentials_file, self.path("aws/config"), &home.join("vault.age")),
            audit: AuditLog::new(
                home.join("audit.jsonl"),
                Arc::new(HeadFile::of(&home.join("audit.jsonl"), vault)),
                Arc::new(Config::default()),
            ),
            events: self.events.clone(),
            source: Arc::clone(&self.service) as Arc<dyn CredentialSource>,
            accounts: Arc::new(Config::default()),
            turns: Arc::new(Turns::new(home.join("turns"))),
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The lines of the audit log.
    fn log(&self) -> Vec<AuditLine> {
        let text = std::fs::read_to_string(self.path("home/audit.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn credentials_file(&self) -> PathBuf {
        self.path("aws/credentials")
    }

    /// Key ids by profile, as a tool reads them now.
    fn in_file(&self) -> BTreeMap<String, String> {
        let profiles = AwsFile::new(self.credentials_file(), FileKind::Credentials).profiles().unwrap();
        profiles.iter().filter_map(|p| Some((p.name.clone(), p.get("aws_access_key_id")?.to_owned()))).collect()
    }

    /// What a full disk or a read-only folder does, to root as well: something is where the lock must go.
    fn set_writable(&self, file: &str, writable: bool) {
        let path = self.path(file);
        let lock = path.with_file_name(format!(".{}.daypass-lock", path.file_name().unwrap().display()));
        if writable { std::fs::remove_dir(lock) } else { std::fs::create_dir(lock) }.unwrap();
    }

    /// How long ago the profile's key in the file ended; negative while it is good; none when it is not there.
    fn over_since(&self, profile: &str) -> Option<TimeDelta> {
        let key = self.in_file().remove(profile)?;
        Some(self.sky.true_time() - self.service.granted.lock().unwrap()[&key])
    }

    /// When a key ends, by the service's clock.
    fn ends(&self, key: &str) -> DateTime<Utc> {
        self.service.granted.lock().unwrap()[key]
    }

    /// A session that runs already, as it lies in the vault.
    fn held(&self, profile: &str, seconds: u32, issued_at: DateTime<Utc>) -> StoredSession {
        let expires_at = issued_at + TimeDelta::seconds(seconds.into());
        let access_key_id = format!("ASIAHELD{profile}");
        self.service.granted.lock().unwrap().insert(access_key_id.clone(), expires_at);
        let credentials = Credentials {
            access_key_id,
            secret_access_key: SECRET_KEY.into(),
            session_token: SESSION_TOKEN.repeat(40).into(),
            expires_at,
            issued_at,
            skew_ms: 0,
            fallback_region: None,
            assumed_role: "arn:aws:sts::123456789012:assumed-role/x/me".into(),
        };
        StoredSession {
            request: request(profile, seconds),
            credentials: Some(credentials),
            renewals: 0,
            backup: None,
            file: None,
            earlier_keys: Vec::new(),
            formerly: Vec::new(),
        }
    }

    fn keep_in_vault(&self, sessions: &Sessions, count: usize, issued_at: DateTime<Utc>) {
        let held: Vec<StoredSession> = (0..count).map(|n| self.held(&format!("p{n:04}"), 3600, issued_at)).collect();
        let keep = |entries: &mut daypass_vault::Entries| {
            for held in &held {
                entries.set(StoredSession::entry(&held.request.profile), serde_json::to_string(held).unwrap());
            }
            Ok::<_, Problem>(())
        };
        sessions.dependencies.vault.update(keep).unwrap();
    }

    fn is_good(&self, profile: &str) -> bool {
        self.over_since(profile).is_some_and(|since| since < TimeDelta::zero())
    }
}

/// A process with its loop running.
struct Agent {
    sessions: Arc<Sessions>,
    keeping: JoinHandle<()>,
}

impl Agent {
    fn of(sessions: Arc<Sessions>) -> Self {
        Self { keeping: tokio::spawn(Arc::clone(&sessions).keep()), sessions }
    }

    async fn start(&self, profile: &str, seconds: u32) -> SessionView {
        self.sessions.start(request(profile, seconds), Foreign::Refuse).await.unwrap()
    }

    async fn start_again(&self, profile: &str, foreign: Foreign) -> Result<SessionView, Problem> {
        self.sessions.start(request(profile, 3600), foreign).await
    }

    fn view(&self, profile: &str) -> SessionView {
        self.sessions.find(&name(profile)).unwrap()
    }

    fn state(&self, profile: &str) -> SessionState {
        self.view(profile).state
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.keeping.abort();
    }
}

/// The machine's clock: real time, plus what it was set wrong by. Timers stand still while it sleeps.
struct Sky {
    dawn: Instant,
    slept_ms: AtomicI64,
    wrong_ms: AtomicI64,
}

impl Sky {
    /// The service's clock, which is right.
    fn true_time(&self) -> DateTime<Utc> {
        let begin = DateTime::from_timestamp(1_795_305_600, 0).unwrap();
        let awake = TimeDelta::from_std(self.dawn.elapsed()).unwrap();
        begin + awake + TimeDelta::milliseconds(self.slept_ms.load(Ordering::SeqCst))
    }

    fn suspend(&self, hours: i64) {
        self.slept_ms.fetch_add(hours * 3_600_000, Ordering::SeqCst);
    }

    fn set_wrong(&self, by: TimeDelta) {
        self.wrong_ms.store(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for Sky {
    fn now(&self) -> DateTime<Utc> {
        self.true_time() + TimeDelta::milliseconds(self.wrong_ms.load(Ordering::SeqCst))
    }
}

/// Identity provider and STS in one.
struct Service {
    sky: Arc<Sky>,
    latency: Mutex<Duration>,
    /// The answer to everyone instead of credentials.
    trouble: Mutex<Option<Problem>>,
    /// The answers to single profiles.
    refused: Mutex<HashMap<String, Problem>>,
    /// How long before now credentials end, instead of when they should.
    ending: Mutex<Option<TimeDelta>>,
    granted: Mutex<HashMap<String, DateTime<Utc>>>,
    asked: Mutex<Vec<(DateTime<Utc>, String)>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
}

impl Service {
    fn new(sky: Arc<Sky>) -> Self {
        Self {
            sky,
            latency: Mutex::new(Duration::from_millis(200)),
            trouble: Mutex::default(),
            refused: Mutex::default(),
            ending: Mutex::default(),
            granted: Mutex::default(),
            asked: Mutex::default(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
        }
    }

    fn asked(&self, profile: &str) -> Vec<DateTime<Utc>> {
        self.asked.lock().unwrap().iter().filter(|(_, p)| p == profile).map(|(at, _)| *at).collect()
    }

    fn set_trouble(&self, trouble: Option<Problem>) {
        *self.trouble.lock().unwrap() = trouble;
    }

    fn set_ending(&self, before_now: Option<TimeDelta>) {
        *self.ending.lock().unwrap() = before_now;
    }

    fn set_latency(&self, latency: Duration) {
        *self.latency.lock().unwrap() = latency;
    }
}

impl CredentialSource for Service {
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>> {
        Box::pin(async move {
            let profile = request.profile.to_string();
            let number = {
                let mut asked = self.asked.lock().unwrap();
                asked.push((self.sky.true_time(), profile.clone()));
                asked.len()
            };
            let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
            let _leaves = Leaves(&self.under_way);
            let latency = *self.latency.lock().unwrap();
            tokio::time::sleep(latency).await;
            let refusal = self.refused.lock().unwrap().get(&profile).cloned();
            if let Some(problem) = refusal.or_else(|| self.trouble.lock().unwrap().clone()) {
                assert_ne!(problem.code, ProblemCode::Interrupted, "a fault of ours, as the test wants it");
                return Err(problem);
            }
            let access_key_id = format!("ASIA{number:016}");
            // STS gives whole seconds.
            let life = TimeDelta::seconds(request.terms.duration.unwrap().seconds().into());
            let life = self.ending.lock().unwrap().map_or(life, |before_now| -before_now);
            let expires_at = DateTime::from_timestamp((self.sky.true_time() + life).timestamp(), 0).unwrap();
            self.granted.lock().unwrap().insert(access_key_id.clone(), expires_at);
            let issued_at = self.sky.now();
            Ok(IssuedCredentials {
                fallback_region: None,
                credentials: SessionCredentials::new(access_key_id, SECRET_KEY, SESSION_TOKEN.repeat(40), expires_at)
                    .unwrap(),
                assumed_role_arn: format!("arn:aws:sts::123456789012:assumed-role/{}/me", request.role.name()),
                assumed_role_id: "AROAEXAMPLE:me".into(),
                request_id: Some(format!("request-{number}")),
                issued_at,
                clock_skew: Some(TimeDelta::seconds((self.sky.true_time() - issued_at).num_seconds())),
            })
        })
    }
}

struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

const SECRET_KEY: &str = "planted-secret-access-key";
const SESSION_TOKEN: &str = "planted-session-token";

/// A keyring that can be locked.
#[derive(Default)]
struct KeyInMemory {
    key: Mutex<Option<Key>>,
    locked: AtomicBool,
}

impl KeyStore for KeyInMemory {
    fn fetch(&self) -> Result<Option<Key>, VaultError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(VaultError::KeyringLocked { reason: "by the test".into() });
        }
        Ok(self.key.lock().unwrap().clone())
    }

    fn keep(&self, key: &Key) -> Result<Key, VaultError> {
        Ok(self.key.lock().unwrap().get_or_insert_with(|| key.clone()).clone())
    }

    fn remove(&self) -> Result<(), VaultError> {
        *self.key.lock().unwrap() = None;
        Ok(())
    }

    fn describe(&self) -> String {
        "a key in memory".into()
    }
}

fn name(profile: &str) -> ProfileName {
    profile.parse().unwrap()
}

fn request(profile: &str, seconds: u32) -> SessionRequest {
    let role = format!("arn:aws:iam::123456789012:role/{profile}").parse().unwrap();
    SessionRequest {
        terms: Terms { duration: Some(seconds.to_string().parse().unwrap()), ..Terms::default() },
        ..SessionRequest::new(name(profile), role, "work".parse().unwrap(), Delivery::CredentialsFile)
    }
}

fn down() -> Problem {
    Problem::new(
        ProblemKind::Passing,
        ProblemCode::Aws(daypass_core::service::Service::Sts, AwsProblem::Unreachable),
        "STS can't be reached",
    )
}

async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

/// What of a kind was announced since `events` was last looked at.
fn changes(events: &mut broadcast::Receiver<Event>, wanted: SessionChange) -> Vec<SessionView> {
    let mut found = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let Event::SessionChanged { change, session } = event
            && change == wanted
        {
            found.push(session);
        }
    }
    found
}
