//! The recent requests, for people and tests that want to see what a client did. Never a secret.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;

const KEPT: usize = 500;

/// One request and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// By the sandbox's clock, skew included.
    pub at: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query string, which may carry tokens.
    pub path: String,
    /// What was asked for: an STS or federation action, or a grant type.
    pub action: Option<String>,
    /// `ok`, or the error code of the protocol.
    pub outcome: String,
    /// The HTTP status.
    pub status: u16,
    /// The request id that STS answered with.
    pub request_id: Option<String>,
    /// The access key id (not the secret) that was issued or used.
    pub access_key_id: Option<String>,
}

/// What a route knows about its answer; it travels to the journal as an extension of the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) action: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) access_key_id: Option<String>,
}

/// Says in the journal what was asked for, and how it ended.
pub(crate) fn traced(mut response: Response, action: &str, outcome: &str) -> Response {
    response.extensions_mut().insert(Trace {
        action: Some(action.to_owned()),
        outcome: Some(outcome.to_owned()),
        ..Trace::default()
    });
    response
}

/// The last few hundred entries.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<Entry>>);

impl Journal {
    pub(crate) fn add(&self, entry: Entry) {
        tracing::debug!(
            method = entry.method,
            path = entry.path,
            action = entry.action,
            outcome = entry.outcome,
            status = entry.status,
            "answered"
        );
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == KEPT {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn recent(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
