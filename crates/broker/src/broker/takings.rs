//! What an agent remembers about programs that take credentials.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use daypass_core::history::{LastUse, Taker};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::view::{SessionView, role_id, split_role_id};

/// How often the window hears that the same program goes on taking credentials.
const TELL_EVERY: TimeDelta = TimeDelta::seconds(5);

/// So many programs are written down for one access key. A program can call itself anything.
const MOST_TAKERS: usize = 500;

/// What an agent has seen since it began.
#[derive(Default)]
pub(super) struct Takings {
    /// Whether this process goes on. A command that ends at once has nothing to tell, and must not wait for the disk.
    keeps: AtomicBool,
    latest: Mutex<HashMap<ProfileName, Latest>>,
}

struct Latest {
    last: LastUse,
    told: DateTime<Utc>,
    /// The access key of which these takers are in the log.
    key: Option<String>,
    takers: HashSet<Taker>,
}

/// What is to be done about a taking.
pub(super) struct News {
    pub(super) tell: bool,
    pub(super) record: bool,
}

impl Takings {
    /// This process goes on from now on.
    pub(super) fn begin(&self) {
        self.keeps.store(true, Ordering::Relaxed);
    }

    /// Takes in a taking, and says what is new about it.
    pub(super) fn note(&self, session: &SessionView, last: &LastUse) -> News {
        let mut latest = self.latest();
        let before = latest.remove(&session.profile).filter(|before| before.last.role_id == session.role_id);
        let is_first = before.is_none();
        let key = &session.access_key_id;
        let mut now = before.unwrap_or_else(|| Latest {
            last: last.clone(),
            told: last.at,
            key: key.clone(),
            takers: HashSet::new(),
        });
        if now.key != *key {
            (now.key, now.takers) = (key.clone(), HashSet::new());
        }
        let taker = last.taker.as_started_again();
        let is_other = now.last.taker.as_started_again() != taker;
        let record = now.takers.len() < MOST_TAKERS && now.takers.insert(taker);
        let tell = is_first || is_other || (last.at - now.told).abs() >= TELL_EVERY;
        if tell {
            now.told = last.at;
        }
        now.last = last.clone();
        latest.insert(session.profile.clone(), now);
        News { tell, record }
    }

    /// A session's first profile has another name. Returns its last use.
    pub(super) fn rename(&self, old: &ProfileName, new: &ProfileName) -> Option<LastUse> {
        let mut latest = self.latest();
        let mut of = latest.remove(old)?;
        of.last.profile = new.clone();
        let last = of.last.clone();
        latest.insert(new.clone(), of);
        Some(last)
    }

    /// An identity has another name. Returns the last uses of its sessions.
    pub(super) fn rename_identity(&self, old: &IdentityName, new: &IdentityName) -> Vec<LastUse> {
        let mut renamed = Vec::new();
        for of in self.latest().values_mut() {
            let Some((identity, role)) = split_role_id(&of.last.role_id) else { continue };
            if identity == *old {
                of.last.role_id = role_id(new, &role);
                renamed.push(of.last.clone());
            }
        }
        renamed
    }

    pub(super) fn keeps(&self) -> bool {
        self.keeps.load(Ordering::Relaxed)
    }

    /// The last use of each session that still is one of the same role.
    pub(super) fn of_sessions(&self, is_role: impl Fn(&ProfileName, &str) -> bool) -> Vec<LastUse> {
        // What a session is called can be changing right now, so nothing is forgotten here.
        let latest = self.latest();
        let running = latest.values().filter(|of| is_role(&of.last.profile, &of.last.role_id));
        let mut uses: Vec<LastUse> = running.map(|of| of.last.clone()).collect();
        uses.sort_by(|a, b| a.profile.cmp(&b.profile));
        uses
    }

    fn latest(&self) -> MutexGuard<'_, HashMap<ProfileName, Latest>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
