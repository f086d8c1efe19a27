//! The catalog's index and the last searches in it, kept until the catalog changes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use daypass_core::event::{Event, SessionChange};
use daypass_core::settings::Config;
use daypass_core::surroundings::Places;
use daypass_core::view::SessionView;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::super::names::Stamp;
use super::index::RoleIndex;
use super::search::Search;

/// What is kept.
pub(crate) struct Held {
    events: Mutex<Receiver<Event>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    index: Option<Arc<RoleIndex>>,
    made_of: Option<MadeOf>,
    made_at: Option<Instant>,
    is_stale: bool,
    grew: bool,
    pub(crate) revision: u32,
    /// The last one first.
    pub(crate) searches: VecDeque<Arc<Search>>,
}

/// The files that an index was made of, which other processes write too.
#[derive(PartialEq, Eq)]
pub(crate) struct MadeOf([Option<Stamp>; 2]);

impl MadeOf {
    pub(crate) fn now(places: &Places) -> Self {
        Self(["catalog", "accounts.json"].map(|name| Stamp::of(&places.cache.join(name))))
    }
}

/// While roles are being listed, a new index comes this often.
const WHILE_IT_GROWS: Duration = Duration::from_secs(1);

impl Held {
    pub(crate) fn new(events: Receiver<Event>) -> Self {
        Self { events: Mutex::new(events), state: Mutex::default() }
    }

    /// The state, which knows what happened until now.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match events.try_recv() {
                Ok(event) => state.hear(&event),
                Err(TryRecvError::Lagged(_)) => state.is_stale = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return state,
            }
        }
    }
}

impl State {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::CatalogChanged
            | Event::CatalogListed { .. }
            | Event::SignedIn { .. }
            | Event::SignInFailed { .. }
            | Event::SignedOut { .. } => self.is_stale = true,
            Event::CatalogGrew { .. } => self.grew = true,
            // Its profile starts the role again from now on.
            Event::SessionChanged { change: SessionChange::Stopped, .. } => self.is_stale = true,
            Event::SessionChanged { .. }
            | Event::SignInBegan { .. }
            | Event::SignInCautioned { .. }
            | Event::SignInNeeded { .. }
            | Event::CredentialsTaken { .. }
            | Event::ConsentsChanged
            | Event::TrialWentOn { .. }
            | Event::SettingsChanged => {}
        }
    }

    /// The index, if it is that of this configuration and nothing changed.
    pub(crate) fn index(
        &self,
        config: &Arc<Config>,
        made_of: &MadeOf,
        running: &[SessionView],
    ) -> Option<Arc<RoleIndex>> {
        let is_due = self.grew && self.made_at.is_none_or(|at| at.elapsed() > WHILE_IT_GROWS);
        let index = self.index.as_ref().filter(|index| Arc::ptr_eq(&index.config, config))?;
        let is_fresh = !self.is_stale && !is_due && self.made_of.as_ref() == Some(made_of) && index.has_all(running);
        is_fresh.then(|| Arc::clone(index))
    }

    /// Keeps a new index.
    pub(crate) fn keep(&mut self, index: &Arc<RoleIndex>, made_of: MadeOf) {
        self.index = Some(Arc::clone(index));
        self.made_of = Some(made_of);
        self.made_at = Some(Instant::now());
        (self.is_stale, self.grew) = (false, false);
        self.revision = self.revision.wrapping_add(1);
        self.searches.clear();
    }

    /// Forgets the index before another is made, so that both aren't there at once.
    pub(crate) fn forget(&mut self) {
        self.index = None;
        self.searches.clear();
    }
}
