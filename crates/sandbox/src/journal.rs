//! The log of recent requests, for people and tests that want to see what a client did. It never contains secrets.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;

const MAX_ENTRIES: usize = 500;

/// One request and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The time by the sandbox's clock, skew included.
    pub at: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query string, which may contain tokens.
    pub path: String,
    /// The requested STS or federation action, or the grant type.
    pub action: Option<String>,
    /// `ok`, or the protocol's error code.
    pub outcome: String,
    /// The HTTP status.
    pub status: u16,
    /// The request ID in the STS response.
    pub request_id: Option<String>,
    /// The access key ID (not the secret) that was issued or used.
    pub access_key_id: Option<String>,
}

/// What a route knows about its answer. It reaches the journal as an extension of the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) action: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) access_key_id: Option<String>,
}

/// Adds the action and the outcome of a request to its response, for the journal.
pub(crate) fn traced(mut response: Response, action: &str, outcome: &str) -> Response {
    response.extensions_mut().insert(Trace {
        action: Some(action.to_owned()),
        outcome: Some(outcome.to_owned()),
        ..Trace::default()
    });
    response
}

/// The most recent entries.
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
        if entries.len() == MAX_ENTRIES {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    pub(crate) fn recent(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
