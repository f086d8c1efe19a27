//! The sign-in tokens of the console's federation endpoint.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::held::Principal;
use crate::random::{self, Digest};

/// "The SignIn token is valid for 15 minutes."
const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The sign-in tokens that were issued and not used yet.
#[derive(Debug, Default)]
pub(crate) struct SigninTokens(Mutex<HashMap<Digest, (ConsoleSession, DateTime<Utc>)>>);

/// What a token opens.
#[derive(Debug, Clone)]
pub(super) struct ConsoleSession {
    pub(super) principal: Principal,
    pub(super) ends: DateTime<Utc>,
}

impl SigninTokens {
    pub(super) fn issue(&self, session: ConsoleSession, now: DateTime<Utc>) -> String {
        let token = random::token();
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, (_, end)| *end > now);
        tokens.insert(Digest::of(&token), (session, now + TOKEN_LIFETIME));
        token
    }

    /// A token works once.
    pub(super) fn take(&self, token: &str, now: DateTime<Utc>) -> Option<ConsoleSession> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.remove(&Digest::of(token)).filter(|(_, end)| *end > now).map(|(session, _)| session)
    }
}
