//! Who is signed in at the identity provider, and who is looking at its page.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::request::Wanted;
use crate::random::{self, Digest};

/// How long a person may take over the sign-in page.
const SIGN_IN_TIME: TimeDelta = TimeDelta::minutes(10);

/// A session behind a cookie.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) username: String,
    /// `SessionIndex` of its assertions: says which session, and does not open it.
    pub(super) index: String,
    pub(super) began: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: HashMap<Digest, Session>,
    pending: HashMap<Digest, (Wanted, DateTime<Utc>)>,
}

impl Sessions {
    /// Remembers what was wanted while the person is looking at the page.
    pub(super) fn begin(&mut self, wanted: Wanted, now: DateTime<Utc>) -> String {
        self.pending.retain(|_, (_, ends)| *ends > now);
        let transaction = random::token();
        self.pending.insert(Digest::of(&transaction), (wanted, now + SIGN_IN_TIME));
        transaction
    }

    pub(super) fn take(&mut self, transaction: &str, now: DateTime<Utc>) -> Option<Wanted> {
        let (wanted, ends) = self.pending.remove(&Digest::of(transaction))?;
        (ends > now).then_some(wanted)
    }

    /// A session, and the cookie's value that opens it.
    pub(super) fn open(&mut self, username: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> (String, Session) {
        self.open.retain(|_, session| session.ends > now);
        let (token, index) = (random::token(), format!("_{}", random::request_id()));
        let session = Session { username: username.to_owned(), index, began: now, ends: now + lifetime };
        self.open.insert(Digest::of(&token), session.clone());
        (token, session)
    }

    pub(super) fn session(&self, token: &str, now: DateTime<Utc>) -> Option<&Session> {
        self.open.get(&Digest::of(token)).filter(|session| session.ends > now)
    }

    pub(super) fn end(&mut self, token: &str) {
        self.open.remove(&Digest::of(token));
    }
}
