//! What limits a session beside its credentials: a lease of one program, and an elevation of a read-only session. Both end
//! by the wall clock, so a machine that slept past the end doesn't go on with them.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An elevated session gets its read-only credentials this long before the elevation ends, so that its profile is never
/// without any.
pub const FALL_BACK_LEAD: TimeDelta = TimeDelta::seconds(3);

/// Names the lease to its program, and to the commands that it runs.
pub const LEASE_VARIABLE: &str = "DAYPASS_LEASE";

/// A session that one program has for some time, narrower than the role. Nothing below that program gets more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// When it ends. No credentials are handed out from then on.
    pub until: DateTime<Utc>,
    /// What it is for, as CloudTrail and lists show it.
    pub purpose: String,
    /// The process that started the program, and serves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<ProcessMark>,
    /// The only program that gets the credentials, with those that it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_for: Option<PathBuf>,
}

/// A process that no later one is taken for: its id may be given again, but not with the same start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProcessMark {
    /// Its id.
    pub id: u32,
    /// When it started, as the system counts.
    pub started: u64,
}

/// More than read access for some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Elevation {
    /// When the session falls back to read access.
    pub until: DateTime<Utc>,
    /// Why, in the person's words.
    pub why: String,
}

/// A lease, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LeaseView {
    /// When it ends.
    pub until: DateTime<Utc>,
    /// What it is for.
    pub purpose: String,
    /// The only program that gets the credentials.
    pub only_for: Option<String>,
}

impl From<&Lease> for LeaseView {
    fn from(lease: &Lease) -> Self {
        let only_for = lease.only_for.as_ref().map(|path| path.display().to_string());
        Self { until: lease.until, purpose: lease.purpose.clone(), only_for }
    }
}
