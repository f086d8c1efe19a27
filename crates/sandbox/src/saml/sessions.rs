//! The people who are signed in at the identity provider, and those who are looking at its page.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::request::Wanted;
use crate::random::{self, Digest};
use crate::sign_in::Pending;

/// A session that a cookie opens.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) username: String,
    /// The `SessionIndex` in its assertions, which names the session and doesn't open it.
    pub(super) index: String,
    pub(super) began: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: HashMap<Digest, Session>,
    /// Requests that wait for the person to answer the page.
    pub(super) pending: Pending<Wanted>,
}

impl Sessions {
    /// Starts a session and returns the cookie value that opens it.
    pub(super) fn open(&mut self, username: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> (String, Session) {
        self.open.retain(|_, session| session.ends > now);
        let (token, index) = (random::token(), format!("_{}", random::request_id()));
        let session = Session { username: username.to_owned(), index, began: now, ends: now + lifetime };
        self.open.insert(Digest::of(&token), session.clone());
        (token, session)
    }

    /// The session that a cookie value opens, unless it's older than `lifetime`, even if it was meant to last longer.
    pub(super) fn session(&self, token: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> Option<&Session> {
        let lasts = |session: &&Session| session.ends.min(session.began + lifetime) > now;
        self.open.get(&Digest::of(token)).filter(lasts)
    }

    pub(super) fn end(&mut self, token: &str) {
        self.open.remove(&Digest::of(token));
    }
}
