//! All sessions of one person, and what they need from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daypass_vault::Vault;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, broadcast};

use super::slot::SessionTable;
use super::stored_session::StoredSession;
use daypass_audit::AuditLog;
use daypass_core::Boxed;
use daypass_core::account::LabelAccounts;
use daypass_core::clock::Clock;
use daypass_core::credentials::{Credentials, IssuedCredentials};
use daypass_core::delivery::Deliveries;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::view::SessionView;
use single_flight::Turns;

/// Prove and exchange: where the credentials of sessions come from.
pub trait CredentialSource: Send + Sync {
    /// New credentials for a request. Never opens a browser. Without a usable proof it fails with
    /// [`ProblemKind::NeedsSignIn`].
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>>;
}

/// What sessions need from outside.
pub struct SessionDependencies {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where sessions are kept.
    pub vault: Vault,
    /// How tools get the credentials.
    pub deliveries: Deliveries,
    /// Where events are recorded.
    pub audit: AuditLog,
    /// Where events are announced.
    pub events: broadcast::Sender<Event>,
    /// Where credentials come from.
    pub source: Arc<dyn CredentialSource>,
    /// What the accounts of roles are called.
    pub accounts: Arc<dyn LabelAccounts>,
    /// Single flight across processes.
    pub turns: Arc<Turns>,
}

/// All sessions of one person.
pub struct Sessions {
    pub(super) dependencies: SessionDependencies,
    table: Mutex<SessionTable>,
    /// Rung when something changed that the loop must look at.
    pub(super) bell: Notify,
    /// Rung when a stop begins.
    pub(super) stop_bell: Notify,
    /// How often the loop looked at the clock.
    #[cfg(test)]
    pub(super) rounds: std::sync::atomic::AtomicUsize,
}

/// The turn to change the vault and what is delivered together. It takes milliseconds.
pub(super) const DELIVERY: &str = "delivery";

impl Sessions {
    /// Sessions with these dependencies. Nothing is read yet.
    #[must_use]
    pub fn new(dependencies: SessionDependencies) -> Arc<Self> {
        Arc::new(Self {
            dependencies,
            table: Mutex::default(),
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
        let now = self.clock().now();
        let (views, is_over) = self.table().views(now);
        if is_over {
            // The loop hasn't noticed yet. It clears the files.
            self.wake_loop();
        }
        Ok(views.into_iter().map(|view| self.labelled(view)).collect())
    }

    /// The sessions that this process knows of by now. The vault isn't asked, and so neither is the person.
    #[must_use]
    pub fn known(&self) -> Vec<SessionView> {
        let (views, _) = self.table().views(self.clock().now());
        views.into_iter().map(|view| self.labelled(view)).collect()
    }

    /// The session with what its account is called now, as callers and events have it.
    pub(super) fn labelled(&self, view: SessionView) -> SessionView {
        let label = self.dependencies.accounts.label(view.role.account());
        view.labelled(label)
    }

    /// One session, by any of its profiles.
    ///
    /// # Errors
    ///
    /// `unknown-session`; when the vault cannot be opened.
    pub fn find(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        let sessions = self.list()?;
        let main = self.table().main_of(profile);
        let view = sessions.into_iter().find(|session| session.profile == main);
        view.ok_or_else(|| unknown_session(profile))
    }

    /// One session as this process holds it, without a look at the vault.
    #[must_use]
    pub fn peek(&self, profile: &ProfileName) -> Option<SessionView> {
        let now = self.clock().now();
        self.table().get(profile)?.view(now)
    }

    /// The credentials in hand, without a renewal.
    #[must_use]
    pub fn held_credentials(&self, profile: &ProfileName) -> Option<Credentials> {
        let now = self.clock().now();
        self.table().live(profile)?.valid(now)
    }

    /// The profile of the session that has or had this key.
    #[must_use]
    pub fn holder_of(&self, access_key_id: &str) -> Option<ProfileName> {
        let table = self.table();
        let has = |stored: &StoredSession| {
            stored.key_id() == Some(access_key_id) || stored.earlier_keys.iter().any(|key| key == access_key_id)
        };
        table.sessions().find(|live| has(&live.stored)).map(|live| live.stored.request.profile.clone())
    }

    /// The id of the key whose secret or token is in a text.
    ///
    /// # Errors
    ///
    /// When the vault can't be opened.
    pub fn key_with_secret_in(&self, text: &str) -> Result<Option<String>, Problem> {
        self.compare_with_vault()?;
        let table = self.table();
        let is_in = |secret: &SecretString| text.contains(secret.expose_secret());
        let mut held = table.sessions().filter_map(|live| live.stored.credentials.as_ref());
        let found = held.find(|held| is_in(&held.secret_access_key) || is_in(&held.session_token));
        Ok(found.map(|credentials| credentials.access_key_id.clone()))
    }

    /// What the person asked for when they started the session.
    #[must_use]
    pub fn request(&self, profile: &ProfileName) -> Option<SessionRequest> {
        let table = self.table();
        table.live(&table.main_of(profile)).map(|live| live.stored.request.clone())
    }

    /// As [`Sessions::request`], after a look at what other processes did.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    pub fn current_request(&self, profile: &ProfileName) -> Result<Option<SessionRequest>, Problem> {
        self.compare_with_vault()?;
        Ok(self.request(profile))
    }

    /// The person signed in: sessions of this identity that wait or failed are renewed at once. With `all`, every session
    /// of it, because the proof works for minutes only.
    pub fn signed_in(&self, identity: &IdentityName, all: bool) {
        let now = self.clock().now();
        let mut table = self.table();
        table.asked.remove(identity);
        let of_identity = table.sessions_mut().filter(|live| &live.stored.request.identity == identity);
        for live in of_identity {
            live.signed_in(now);
            if all {
                live.renew_at_once(now);
            }
        }
        drop(table);
        self.wake_loop();
    }

    /// The request with the name by which its session is known, if it runs under another one of its profiles.
    ///
    /// # Errors
    ///
    /// `profile-in-use` when a profile is one of another session's. (The first may be: that session ends.)
    pub(super) fn settled(&self, request: SessionRequest) -> Result<SessionRequest, Problem> {
        let table = self.table();
        let main = table.main_of(&request.profile);
        let running = table.live(&main).map(|live| &live.stored.request);
        let known = running.filter(|running| running.profile != request.profile);
        let settled = match known {
            Some(running) => {
                let same = SessionRequest { profile: main.clone(), also: running.also.clone(), ..request.clone() };
                if !same.wants_credentials_of(running) {
                    return Err(profile_in_use(&request.profile, &main));
                }
                same
            }
            None => request,
        };
        for profile in &settled.also {
            let main = table.main_of(profile);
            if main != settled.profile && table.live(&main).is_some() {
                return Err(profile_in_use(profile, &main));
            }
        }
        Ok(settled)
    }

    pub(super) fn announce(&self, change: SessionChange, session: SessionView) {
        self.record(change, &session, None);
        self.send(Event::SessionChanged { change, session: self.labelled(session) });
    }

    pub(super) fn record(&self, change: SessionChange, session: &SessionView, request_id: Option<&str>) {
        self.blocking(|s| s.dependencies.audit.record_session(s.clock().now(), change, session, request_id));
    }

    pub(super) fn send(&self, event: Event) {
        let _ = self.dependencies.events.send(event);
    }

    pub(super) fn wake_loop(&self) {
        self.bell.notify_one();
    }

    /// File work on a thread that may block, where the runtime has such threads.
    pub(super) fn blocking<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        use tokio::runtime::{Handle, RuntimeFlavor};
        match Handle::try_current().map(|h| h.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(|| work(self)),
            _ => work(self),
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.dependencies.clock.as_ref()
    }

    pub(super) fn table(&self) -> MutexGuard<'_, SessionTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another session has this profile.
pub(super) fn profile_in_use(profile: &ProfileName, main: &ProfileName) -> Problem {
    let message = format!("profile {profile} belongs to the session of profile {main}");
    Problem::new(ProblemKind::Refused, ProblemCode::ProfileInUse, message)
        .hint(format!("choose another name, or end that session first: daypass stop {main}"))
}

/// No session runs for this profile.
#[must_use]
pub fn unknown_session(profile: &ProfileName) -> Problem {
    Problem::new(
        ProblemKind::NotFound,
        ProblemCode::UnknownSession,
        format!("no session is running for profile {profile}"),
    )
    .hint("start a role under this profile, or name a running session")
    .next(NextStep::ListSessions)
}
