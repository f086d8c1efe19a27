//! Hold and renew: live sessions, their states, and the one loop that keeps them fresh.
//!
//! Everything here works on the wall clock that was passed in and on the expiry that the service returned.
//! The loop looks at the clock at least every half minute, so a machine that slept notices within that time
//! of waking up; it never trusts a timer to have run while the lid was closed.

mod held;
mod keep;
mod live;
pub mod plan;
#[cfg(test)]
mod simulation;
mod turn;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_vault::Vault;
use secrecy::ExposeSecret;
use tokio::sync::{Notify, broadcast};

pub use aws_files::Foreign;
pub use held::{Credentials, Delivery, Held, Wish};
pub use turn::{Turn, Turns};

use crate::audit::AuditLog;
use crate::clock::Clock;
use crate::deliver::CredentialsFile;
use crate::event::{Event, SessionChange};
use crate::exchange::Minted;
use crate::names::{IdentityName, ProfileName};
use crate::problem::{Problem, ProblemKind};
use crate::view::{SessionState, SessionView};
use live::{Grant, Live};

/// A future in a box: what a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Prove and exchange: how a session comes by new credentials.
pub trait Mint: Send + Sync {
    /// New credentials for what was wished for. Never opens a browser: without a proof in hand it fails with
    /// [`ProblemKind::NeedsSignIn`].
    fn mint<'a>(&'a self, wish: &'a Wish) -> Boxed<'a, Result<Minted, Problem>>;
}

/// What sessions need from outside.
pub struct Parts {
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
    pub mint: Arc<dyn Mint>,
    /// Single flight across processes.
    pub turns: Arc<Turns>,
}

/// All sessions of one person.
pub struct Sessions {
    parts: Parts,
    book: Mutex<Book>,
    /// Rung when something changed that the loop must look at.
    bell: Notify,
}

#[derive(Default)]
struct Book {
    live: BTreeMap<ProfileName, Live>,
    /// The vault's content that `live` was last compared with.
    seen: Option<Arc<daypass_vault::Entries>>,
    /// Identities whose sign-in was asked for already.
    asked: HashSet<IdentityName>,
}

impl Sessions {
    /// Sessions over these parts; nothing is read yet.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self { parts, book: Mutex::default(), bell: Notify::new() })
    }

    /// All sessions, by profile name.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    pub fn list(&self) -> Result<Vec<SessionView>, Problem> {
        self.compare_with_vault()?;
        Ok(self.book().live.values().map(Live::view).collect())
    }

    /// One session.
    ///
    /// # Errors
    ///
    /// `unknown-session`; when the vault cannot be opened.
    pub fn find(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        self.book().live.get(profile).map(Live::view).ok_or_else(|| unknown_session(profile))
    }

    /// What a session was asked to be.
    #[must_use]
    pub fn wish(&self, profile: &ProfileName) -> Option<Wish> {
        self.book().live.get(profile).map(|live| live.held.wish.clone())
    }

    /// Starts a session: exchange, keep, deliver. A session of the same role that is active already is returned
    /// as it is.
    ///
    /// # Errors
    ///
    /// `foreign-profile` before anything is exchanged; what the proof, the exchange or the file refuse.
    pub async fn start(&self, wish: Wish, foreign: Foreign) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let now = self.parts.clock.now();
        if let Some(view) = self.book().live.get(&wish.profile).and_then(|l| l.serves(&wish, now)) {
            return Ok(view);
        }
        if wish.delivery == Delivery::CredentialsFile {
            self.blocking(|s| s.parts.file.check(&wish.profile, foreign))?;
        }
        let seen = match self.request(&wish) {
            Requested::ServedAlready(view) => return Ok(*view),
            Requested::After(seen) => seen,
        };
        let result = self.obtain(&wish, foreign, seen, SessionChange::Started).await;
        if let Err(problem) = &result {
            self.start_failed(&wish.profile, problem);
        }
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
        let seen = self.book().live.get(profile).and_then(Live::grant);
        self.renew_from(profile, seen).await
    }

    /// As [`Sessions::renew`], unless somebody got other credentials than the `seen` ones meanwhile: then those are
    /// what was wanted.
    async fn renew_from(&self, profile: &ProfileName, seen: Option<Grant>) -> Result<SessionView, Problem> {
        let now = self.parts.clock.now();
        let (wish, began) = {
            let mut book = self.book();
            let live = book.live.get_mut(profile).ok_or_else(|| unknown_session(profile))?;
            let wish = live.held.wish.clone();
            if let Some(view) = live.granted_since(&wish, seen.as_ref(), now) {
                return Ok(view);
            }
            live.state = SessionState::Renewing;
            (wish, live.view())
        };
        self.announce(SessionChange::RenewalBegan, began);
        let result = self.obtain(&wish, Foreign::Refuse, seen, SessionChange::Renewed).await;
        if let Err(problem) = &result {
            self.renewal_failed(profile, problem.clone());
        }
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
            (live.valid(now), live.is_due(now), live.grant())
        };
        match (credentials, due) {
            (Some(credentials), false) => Ok(credentials),
            (held, _) => match self.renew_from(profile, seen).await {
                Ok(_) => self
                    .book()
                    .live
                    .get(profile)
                    .and_then(|l| l.valid(now))
                    .ok_or_else(|| unknown_session(profile)),
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
        let mut turns = Vec::new();
        for profile in profiles {
            turns.push(self.parts.turns.take(&Held::entry(profile)).await?);
        }
        self.blocking(|s| {
            s.parts.file.remove(profiles)?;
            s.parts.vault.update(|entries| {
                for profile in profiles {
                    entries.remove(&Held::entry(profile));
                }
                Ok::<_, Problem>(())
            })
        })?;
        let ended: Vec<Live> = {
            let mut book = self.book();
            profiles.iter().filter_map(|profile| book.live.remove(profile)).collect()
        };
        for live in &ended {
            let session = SessionView { state: SessionState::Stopped, renews_at: None, ..live.view() };
            self.announce(SessionChange::Stopped, session);
        }
        self.bell.notify_one();
        Ok(ended.len())
    }

    /// Somebody signed in: what waited for this identity is renewed at once.
    pub fn signed_in(&self, identity: &IdentityName) {
        let now = self.parts.clock.now();
        let mut book = self.book();
        book.asked.remove(identity);
        for live in book.live.values_mut().filter(|l| &l.held.wish.identity == identity) {
            if live.problem.as_ref().is_some_and(|p| p.kind == ProblemKind::NeedsSignIn) {
                live.renews_at = Some(now);
            }
        }
        drop(book);
        self.bell.notify_one();
    }

    /// The one way to credentials: one at a time for a profile, across tasks and processes.
    async fn obtain(
        &self,
        wish: &Wish,
        foreign: Foreign,
        seen: Option<Grant>,
        change: SessionChange,
    ) -> Result<SessionView, Problem> {
        let _turn = self.parts.turns.take(&Held::entry(&wish.profile)).await?;
        self.compare_with_vault()?;
        // Somebody else may have done it while this one waited for its turn.
        let now = self.parts.clock.now();
        if let Some(view) = self.book().live.get(&wish.profile).and_then(|l| l.granted_since(wish, seen.as_ref(), now)) {
            return Ok(view);
        }
        if change == SessionChange::Renewed && !self.book().live.contains_key(&wish.profile) {
            return Err(unknown_session(&wish.profile));
        }
        let minted = self.parts.mint.mint(wish).await?;
        let request_id = minted.request_id.clone();
        let before = self.book().live.get(&wish.profile).map(|l| l.held.clone());
        let renewals = match &before {
            Some(held) if change == SessionChange::Renewed => held.renewals + 1,
            _ => 0,
        };
        let held = Held { wish: wish.clone(), credentials: Some(Credentials::of(minted)), renewals };
        let backup = self.blocking(|s| s.keep_and_deliver(&held, foreign, before.as_ref()))?;
        let live = Live { backup, ..Live::fresh(held, fastrand::f64()) };
        let view = live.view();
        self.book().live.insert(wish.profile.clone(), live);
        self.parts.audit.record_session(self.parts.clock.now(), change, &view, request_id.as_deref());
        let _ = self.parts.events.send(Event::SessionChanged { change, session: view.clone() });
        Ok(view)
    }

    /// First the vault, then the file: a profile that is in the file is always known to Daypass. When the file
    /// refuses the first time, the vault forgets the session again.
    fn keep_and_deliver(
        &self,
        held: &Held,
        foreign: Foreign,
        before: Option<&Held>,
    ) -> Result<Option<PathBuf>, Problem> {
        self.store(held)?;
        let Some(credentials) = held.credentials.as_ref() else { return Ok(None) };
        if held.wish.delivery == Delivery::Process {
            return Ok(None);
        }
        let written = self.parts.file.put(&held.wish, credentials, foreign);
        if written.is_err() {
            match before {
                Some(before) => self.store(before)?,
                None => self.parts.vault.update(|entries| {
                    entries.remove(&Held::entry(&held.wish.profile));
                    Ok::<_, Problem>(())
                })?,
            }
        }
        written
    }

    fn store(&self, held: &Held) -> Result<(), Problem> {
        let text = serde_json::to_string(held).map_err(|e| {
            Problem::new(ProblemKind::Failed, "session-not-kept", format!("session {}: {e}", held.wish.profile))
        })?;
        self.parts.vault.update(|entries| {
            entries.set(Held::entry(&held.wish.profile), text.clone());
            Ok::<_, Problem>(())
        })
    }

    /// Takes in what other processes did to the vault. Cheap when nothing changed.
    fn compare_with_vault(&self) -> Result<(), Problem> {
        let entries = self.parts.vault.read()?;
        let mut book = self.book();
        if book.seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &entries)) {
            return Ok(());
        }
        let now = self.parts.clock.now();
        let mut stored = BTreeMap::new();
        for name in entries.names_under(Held::ENTRIES) {
            let Some(secret) = entries.get(name) else { continue };
            match serde_json::from_str::<Held>(secret.expose_secret()) {
                Ok(held) => drop(stored.insert(held.wish.profile.clone(), held)),
                Err(error) => tracing::warn!(entry = name, place = %error.classify_for_log(), "unreadable session"),
            }
        }
        book.live.retain(|profile, live| stored.contains_key(profile) || live.state == SessionState::Starting);
        for (profile, held) in stored {
            match book.live.get(&profile) {
                Some(live) if live.is_of(&held) => {}
                _ => drop(book.live.insert(profile, Live::restored(held, now, fastrand::f64()))),
            }
        }
        book.seen = Some(entries);
        Ok(())
    }

    /// Takes in that a session is wanted, unless there is one by now.
    fn request(&self, wish: &Wish) -> Requested {
        let now = self.parts.clock.now();
        let mut live = Live::requested(wish.clone());
        let mut book = self.book();
        let old = book.live.get(&wish.profile);
        if let Some(view) = old.and_then(|old| old.serves(wish, now)) {
            return Requested::ServedAlready(Box::new(view));
        }
        let seen = old.and_then(Live::grant);
        // The credentials in hand stay until the new ones are there.
        live.held.credentials = old.and_then(|old| old.held.credentials.clone());
        let session = live.view();
        book.live.insert(wish.profile.clone(), live);
        drop(book);
        self.announce(SessionChange::Requested, session);
        Requested::After(seen)
    }

    /// A start that failed leaves what was there before, or nothing but the message.
    fn start_failed(&self, profile: &ProfileName, problem: &Problem) {
        let mut book = self.book();
        let Some(live) = book.live.remove(profile) else { return };
        book.seen = None;
        drop(book);
        let session = SessionView { state: SessionState::Failed, problem: Some(problem.clone()), ..live.view() };
        self.announce(SessionChange::Failed, session);
    }

    fn set(&self, profile: &ProfileName, change: SessionChange, with: impl FnOnce(&mut Live)) {
        let mut book = self.book();
        let Some(live) = book.live.get_mut(profile) else { return };
        with(live);
        let session = live.view();
        drop(book);
        self.announce(change, session);
    }

    fn announce(&self, change: SessionChange, session: SessionView) {
        self.parts.audit.record_session(self.parts.clock.now(), change, &session, None);
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

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Requested {
    ServedAlready(Box<SessionView>),
    /// With these credentials, or none, in hand.
    After(Option<Grant>),
}

fn unknown_session(profile: &ProfileName) -> Problem {
    Problem::new(ProblemKind::NotFound, "unknown-session", format!("no session is running for profile {profile}"))
        .hint("`daypass status` lists the sessions; start one with `daypass start ROLE`")
}

/// What may be logged of a JSON error: its message quotes the text around the mistake, which is a secret here.
trait ClassifyForLog {
    fn classify_for_log(&self) -> String;
}

impl ClassifyForLog for serde_json::Error {
    fn classify_for_log(&self) -> String {
        format!("{:?} at column {}", self.classify(), self.column())
    }
}
