//! Hold and renew: live sessions, their states, and the one loop that keeps them fresh.
//!
//! Everything here works on the wall clock that was passed in and on the expiry that the service returned.
//! The loop looks at the clock at least every half minute, so a machine that slept notices within that time
//! of waking up; it never trusts a timer to have run while the lid was closed.

mod keep;
mod live;
mod obtain;
pub mod plan;
mod reconcile;
#[cfg(test)]
mod simulation;
mod stored_session;
mod vault;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_vault::Vault;
use tokio::sync::{Notify, broadcast};

pub use aws_files::Foreign;
pub use stored_session::StoredSession;

use daypass_audit::AuditLog;
use daypass_core::Boxed;
use daypass_core::clock::Clock;
use daypass_core::credentials::{Credentials, IssuedCredentials};
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::{SessionState, SessionView};
use daypass_deliver::CredentialsFile;
use live::{LiveSession, SeenAttempt};
use obtain::{Asked, Starting};
use single_flight::Turns;

/// Prove and exchange: how a session comes by new credentials.
pub trait CredentialSource: Send + Sync {
    /// New credentials for what was wished for. Never opens a browser: without a proof in hand it fails with
    /// [`ProblemKind::NeedsSignIn`].
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>>;
}

/// What sessions need from outside.
pub struct SessionDependencies {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where sessions are kept.
    pub vault: Vault,
    /// Where profiles are written.
    pub file: CredentialsFile,
    /// Where events are recorded.
    pub audit: AuditLog,
    /// Where events are announced.
    pub events: broadcast::Sender<Event>,
    /// How credentials are come by.
    pub source: Arc<dyn CredentialSource>,
    /// Single flight across processes.
    pub turns: Arc<Turns>,
}

/// All sessions of one person.
pub struct Sessions {
    parts: SessionDependencies,
    book: Mutex<SessionTable>,
    /// Rung when something changed that the loop must look at.
    bell: Notify,
    /// Rung when a profile was put into `stopping`.
    stop_bell: Notify,
    /// How often the loop looked at the clock.
    #[cfg(test)]
    rounds: std::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct SessionTable {
    live: BTreeMap<ProfileName, LiveSession>,
    /// Sessions whose first exchange is under way; beside `live`, because what runs under the profile until then
    /// goes on.
    starting: BTreeMap<ProfileName, Starting>,
    /// Profiles that are being ended: an exchange for one of them is not waited for.
    stopping: HashSet<ProfileName>,
    /// Credentials that came and could not be kept or delivered, with the request's id. They are tried again before
    /// new ones are asked for.
    undelivered: HashMap<ProfileName, (StoredSession, Option<String>)>,
    /// Profiles whose new credentials this process is putting into vault and file. What lies in the vault already is not
    /// told yet: whoever hears of it may read the file at once.
    delivering: HashSet<ProfileName>,
    /// Counts what this process put into `live` or took from it.
    changes: u64,
    /// The vault's content that `live` was last compared with.
    seen: Option<Arc<daypass_vault::Entries>>,
    /// Identities whose sign-in was asked for already.
    asked: HashSet<IdentityName>,
}

/// The turn to change the file and the vault together. It takes milliseconds.
pub(crate) const DELIVERY: &str = "delivery";

/// A turn is an open file, and some systems allow a process 256.
const STOPPED_AT_ONCE: usize = 32;

impl Sessions {
    /// Sessions over these parts; nothing is read yet.
    #[must_use]
    pub fn new(parts: SessionDependencies) -> Arc<Self> {
        Arc::new(Self {
            parts,
            book: Mutex::default(),
            bell: Notify::new(),
            stop_bell: Notify::new(),
            #[cfg(test)]
            rounds: Default::default(),
        })
    }

    /// All sessions, by profile name.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    pub fn list(&self) -> Result<Vec<SessionView>, Problem> {
        self.compare_with_vault()?;
        Ok(self.book().views())
    }

    /// One session.
    ///
    /// # Errors
    ///
    /// `unknown-session`; when the vault cannot be opened.
    pub fn find(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let view = self.book().views().into_iter().find(|session| &session.profile == profile);
        view.ok_or_else(|| unknown_session(profile))
    }

    /// What a session was asked to be.
    #[must_use]
    pub fn request(&self, profile: &ProfileName) -> Option<SessionRequest> {
        self.book().live.get(profile).map(|live| live.held.request.clone())
    }

    /// Starts a session: exchange, keep, deliver. A session of the same role that is active already is returned
    /// as it is.
    ///
    /// # Errors
    ///
    /// `foreign-profile` before anything is exchanged; what the proof, the exchange or the file refuse.
    pub async fn start(&self, request: SessionRequest, foreign: Foreign) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let now = self.parts.clock.now();
        if let Some(view) = self.book().live.get(&request.profile).and_then(|l| l.serves(&request, now)) {
            return Ok(view);
        }
        if request.delivery == Delivery::CredentialsFile {
            self.blocking(|s| s.parts.file.check(&request.profile, foreign))?;
        }
        let asker = match self.ask_for(&request) {
            Asked::ServedAlready(view) => return Ok(*view),
            Asked::After(asker) => asker,
        };
        let result = self.obtain(&request, foreign, &asker.seen, SessionChange::Started).await;
        drop(asker);
        self.bell.notify_one();
        result
    }

    /// New credentials now, whatever is left of the old ones. Two who ask at once share one exchange.
    ///
    /// # Errors
    ///
    /// As [`Sessions::start`]; the credentials in hand stay in place then.
    pub async fn renew(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let seen = self.book().live.get(profile).map(LiveSession::seen).ok_or_else(|| unknown_session(profile))?;
        self.renew_from(profile, &seen).await
    }

    /// As [`Sessions::renew`], unless somebody else tried it since `seen`: what they got is what was wanted then.
    async fn renew_from(&self, profile: &ProfileName, seen: &SeenAttempt) -> Result<SessionView, Problem> {
        let now = self.parts.clock.now();
        let (request, began) = {
            let mut book = self.book();
            let live = book.live.get_mut(profile).ok_or_else(|| unknown_session(profile))?;
            let request = live.held.request.clone();
            if let Some(view) = live.granted_since(&request, seen, now) {
                return Ok(view);
            }
            let before = std::mem::replace(&mut live.state, SessionState::Renewing);
            (request, (before != SessionState::Renewing).then(|| live.view()))
        };
        if let Some(session) = began {
            self.announce(SessionChange::RenewalBegan, session);
        }
        let renewing = self.renewing(profile);
        let result = self.obtain(&request, Foreign::Refuse, seen, SessionChange::Renewed).await;
        drop(renewing);
        self.bell.notify_one();
        result
    }

    /// Valid credentials of a session, renewed first when they are due.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what a renewal refuses, when nothing valid is in hand.
    pub async fn credentials(&self, profile: &ProfileName) -> Result<Credentials, Problem> {
        self.compare_with_vault()?;
        let now = self.parts.clock.now();
        let (credentials, due, seen) = {
            let book = self.book();
            let live = book.live.get(profile).ok_or_else(|| unknown_session(profile))?;
            (live.valid(now), live.is_due(now), live.seen())
        };
        match (credentials, due) {
            (Some(credentials), false) => Ok(credentials),
            (held, _) => match self.renew_from(profile, &seen).await {
                Ok(_) => {
                    self.book().live.get(profile).and_then(|l| l.valid(now)).ok_or_else(|| unknown_session(profile))
                }
                // What is in hand still works: better than an error.
                Err(problem) => held.ok_or(problem),
            },
        }
    }

    /// Ends sessions: their profiles leave the file, their secrets the vault. Returns how many there were.
    ///
    /// # Errors
    ///
    /// When the file or the vault cannot be written; the session stays then.
    pub async fn stop(&self, profiles: &[ProfileName]) -> Result<usize, Problem> {
        self.compare_with_vault()?;
        // Always in the same order, and each once: two who stop the same sessions must not wait for each other.
        let profiles: Vec<ProfileName> = profiles.iter().collect::<BTreeSet<_>>().into_iter().cloned().collect();
        let _stopping = self.stopping(&profiles);
        let mut ended = 0;
        for some in profiles.chunks(STOPPED_AT_ONCE) {
            ended += self.stop_some(some).await?;
        }
        self.bell.notify_one();
        Ok(ended)
    }

    async fn stop_some(&self, profiles: &[ProfileName]) -> Result<usize, Problem> {
        let mut turns = Vec::new();
        for profile in profiles {
            turns.push(self.parts.turns.take(&StoredSession::entry(profile)).await?);
        }
        self.blocking(|s| {
            let _delivery = s.parts.turns.block(DELIVERY)?;
            s.parts.file.remove(profiles)?;
            s.parts.vault.update(|entries| {
                for profile in profiles {
                    entries.remove(&StoredSession::entry(profile));
                }
                Ok::<_, Problem>(())
            })
        })?;
        let ended: Vec<LiveSession> = {
            let mut book = self.book();
            book.changes += 1;
            book.undelivered.retain(|profile, _| !profiles.contains(profile));
            profiles.iter().filter_map(|profile| book.live.remove(profile)).collect()
        };
        for live in &ended {
            let session = SessionView { state: SessionState::Stopped, renews_at: None, ..live.view() };
            self.announce(SessionChange::Stopped, session);
        }
        Ok(ended.len())
    }

    /// Somebody signed in: what waited for this identity is renewed at once; with `all`, whatever it has, because the
    /// proof will be spent in minutes.
    pub fn signed_in(&self, identity: &IdentityName, all: bool) {
        let now = self.parts.clock.now();
        let mut book = self.book();
        book.asked.remove(identity);
        for live in book.live.values_mut().filter(|l| &l.held.request.identity == identity) {
            if all || live.problem.as_ref().is_some_and(|p| p.kind == ProblemKind::NeedsSignIn) {
                live.renews_at = Some(now);
            }
        }
        drop(book);
        self.bell.notify_one();
    }

    fn announce(&self, change: SessionChange, session: SessionView) {
        self.blocking(|s| s.parts.audit.record_session(s.parts.clock.now(), change, &session, None));
        let _ = self.parts.events.send(Event::SessionChanged { change, session });
    }

    /// File work on a thread that may block, where the runtime has such threads.
    fn blocking<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        use tokio::runtime::{Handle, RuntimeFlavor};
        match Handle::try_current().map(|h| h.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| work(self)),
            _ => work(self),
        }
    }

    fn book(&self) -> MutexGuard<'_, SessionTable> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionTable {
    fn views(&self) -> Vec<SessionView> {
        let mut views: BTreeMap<_, _> = self.live.iter().map(|(profile, live)| (profile, live.view())).collect();
        views.extend(self.starting.iter().map(|(profile, starting)| (profile, starting.view())));
        views.into_values().collect()
    }
}

/// There is no session for this profile.
#[must_use]
pub fn unknown_session(profile: &ProfileName) -> Problem {
    Problem::new(ProblemKind::NotFound, "unknown-session", format!("no session is running for profile {profile}"))
        .hint("`daypass status` lists the sessions; start one with `daypass start ROLE`")
}
