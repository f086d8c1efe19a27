//! The requests about sessions that are limited, for some time or because their keys leaked.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use daypass_core::lease::ProcessMark;
use daypass_core::names::{LeastDuration, ProfileName, Region};

use super::given::{Person, SecretText};

/// A session for one program and some time, which is narrower than the role. Its profile is the lease's name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BeginLease {
    /// As [`Broker::role`](crate::broker::Broker::role) reads it.
    pub role: String,
    /// Region for the program, instead of the role's own.
    pub region: Option<Region>,
    /// How the role is narrowed.
    pub narrowed: Narrowed,
    /// How long it lasts.
    pub lasts: LeastDuration,
    /// What it is for.
    pub purpose: String,
    /// The process that starts the program and serves it.
    pub holder: Option<ProcessMark>,
    /// The only program that gets the credentials.
    pub only_for: Option<PathBuf>,
    /// Whether the caller can sign the person in.
    pub person: Person,
}

/// How a lease's session is narrower than its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", content = "policy", rename_all = "kebab-case")]
pub enum Narrowed {
    /// As the role's own sessions are.
    AsUsual,
    /// To read access.
    ReadOnly,
    /// By this session policy, JSON.
    Policy(String),
}

/// The leases that aren't over, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListLeases;

/// End a lease before its time. Its program gets nothing from then on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndLease {
    /// Its name.
    pub name: ProfileName,
}

/// A program below a lease asked for more. It is written down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoteBeyondLease {
    /// The lease's name.
    pub name: ProfileName,
}

/// Make a read-only session full for some time. A role without a session is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Elevate {
    /// A profile of the session, or its role as [`Broker::role`](crate::broker::Broker::role) reads it.
    pub session: String,
    /// For how long.
    pub lasts: LeastDuration,
    /// Why, for the audit log and CloudTrail.
    pub why: String,
    /// Whether the caller can sign the person in.
    pub person: Person,
}

/// End an elevation before its time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FallBack {
    /// A profile of the session.
    pub profile: ProfileName,
}

/// An access key has leaked. Says whose it is and which programs had it, and ends it here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReportLeak {
    /// What leaked: the key's id, or a text with it or with a session's secret. It isn't kept.
    pub text: SecretText,
    /// Sign the identity out.
    pub sign_out: bool,
    /// Put a policy on the role that denies sessions issued before now.
    pub deny: bool,
    /// The session to ask AWS with.
    pub with: Option<ProfileName>,
}
