//! A consumer, while this process serves it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::program::Program;
use daypass_peer::Process;
use tokio::sync::Notify;

use crate::book::{Offered, Standing, Version};
use crate::fresh::Fresh;
use crate::name::ConsumerName;
use crate::token::{Token, TokenDigest};

/// How often the source hears that the same program goes on taking the same credentials.
pub(crate) const TELL_EVERY: Duration = Duration::from_secs(5);

/// So many programs are remembered. A program can call itself anything.
const MOST_TOLD: usize = 500;

/// Who gets the credentials of one session.
pub struct Consumer {
    name: ConsumerName,
    /// The token that it has, or had until it was revoked.
    token: Mutex<Option<TokenDigest>>,
    pub(crate) fresh: Fresh,
    entry: OnceLock<Offered>,
    /// The last look at the entry.
    seen: Mutex<Option<(Version, Standing)>>,
    last_use: Mutex<Option<DateTime<Utc>>>,
    used_by: Mutex<Option<Process>>,
    /// Which programs got which credentials, by when those end, and when the source was last told.
    told: Mutex<HashMap<Option<Program>, Told>>,
    used: Notify,
}

/// What the source heard last of a program.
struct Told {
    /// The end of the credentials that it got.
    ends: DateTime<Utc>,
    at: Instant,
}

/// What a token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted,
    Revoked,
    Refused,
}

impl Consumer {
    /// One that has to show a token, if there is one.
    #[must_use]
    pub fn new(name: ConsumerName, token: Option<&Token>, fresh: Fresh) -> Self {
        Self {
            name,
            token: Mutex::new(token.map(Token::digest)),
            fresh,
            entry: OnceLock::new(),
            seen: Mutex::default(),
            last_use: Mutex::default(),
            used_by: Mutex::default(),
            told: Mutex::default(),
            used: Notify::new(),
        }
    }

    /// Follows its entry in the list from now on.
    pub fn enter(&self, entry: Offered) {
        let _ = self.entry.set(entry);
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &ConsumerName {
        &self.name
    }

    /// Whether its entry was taken out.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        matches!(self.standing(), Standing::Revoked)
    }

    /// What a given token is worth. Takes the same time for every wrong one.
    pub(crate) fn admits(&self, given: &TokenDigest) -> Admission {
        let standing = self.standing();
        let is_its = locked(&self.token).is_some_and(|token| token.is(given));
        match standing {
            Standing::Served(_) if is_its => Admission::Admitted,
            Standing::Revoked if is_its => Admission::Revoked,
            Standing::Served(_) | Standing::Revoked => Admission::Refused,
        }
    }

    fn standing(&self) -> Standing {
        let Some(entry) = self.entry.get() else { return Standing::Served(*locked(&self.token)) };
        let version = entry.version();
        let mut seen = locked(&self.seen);
        match &*seen {
            Some((before, standing)) if *before == version => *standing,
            _ => {
                let standing = entry.standing();
                if let Standing::Served(token) = standing {
                    *locked(&self.token) = token;
                }
                *seen = Some((version, standing));
                standing
            }
        }
    }

    /// It is being used.
    pub(crate) fn note_use(&self) {
        *locked(&self.last_use) = Some(SystemClock.now());
        self.used.notify_one();
    }

    /// It is being used by this program.
    pub(crate) fn note_program(&self, program: Option<&Program>) {
        if let Some(Program { name, process, .. }) = program {
            *locked(&self.used_by) = Some(Process { id: *process, program: name.clone() });
            self.used.notify_one();
        }
    }

    /// Whether the source has to hear that a program took the credentials with this end: for the first time, or again
    /// now and then.
    pub(crate) fn is_news(&self, program: Option<&Program>, ends: DateTime<Utc>) -> bool {
        let program = program.map(Program::as_started_again);
        let mut told = locked(&self.told);
        let is_old = |before: &Told| before.ends == ends && before.at.elapsed() < TELL_EVERY;
        if told.get(&program).is_some_and(is_old) {
            return false;
        }
        if told.len() >= MOST_TOLD {
            told.clear();
        }
        told.insert(program, Told { ends, at: Instant::now() });
        true
    }

    /// Completes after a use.
    pub(crate) async fn is_used(&self) {
        self.used.notified().await;
    }

    /// Writes the last use into its entry. Blocks.
    pub(crate) fn write_use(&self) {
        let last_use = *locked(&self.last_use);
        let used_by = locked(&self.used_by).clone();
        if let (Some(entry), Some(at)) = (self.entry.get(), last_use) {
            entry.note_use(at, used_by.as_ref());
        }
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
