//! Terms: what is asked for in an exchange beside the role itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{SessionDuration, SessionName};

/// What is asked for. Everything may be left out. Which of them an operation knows is checked before it is called.
///
/// The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct Terms {
    /// Lifetime; [`SessionDuration::usual`] when absent.
    pub duration: Option<SessionDuration>,
    /// `RoleSessionName`, where the person chooses it (AssumeRole from a key or from another role).
    pub session_name: Option<SessionName>,
    /// Narrow the session with the AWS managed policy ReadOnlyAccess.
    pub read_only: bool,
    /// Inline session policy, JSON.
    pub policy: Option<String>,
    /// Managed session policies, ARNs; 10 at most.
    pub policy_arns: Vec<String>,
    /// Session tags; 50 at most, keys to 128 characters, values to 256.
    pub tags: BTreeMap<String, String>,
    /// Keys of `tags` that are handed on through a chain.
    pub transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`: 2 to 64 characters of `[\w+=,.@-]`.
    pub source_identity: Option<String>,
    /// `ExternalId`: 2 to 1,224 characters of `[\w+=,.@:/-]`. Not a secret.
    pub external_id: Option<String>,
    /// `ProvidedContexts`: five at most.
    pub provided_contexts: Vec<ProvidedContext>,
    /// `TaskPolicyArn` of AssumeRoot, by its name: `IAMAuditRootUserCredentials` and the like.
    pub task_policy: Option<String>,
}

/// A context assertion of a trusted provider (trusted identity propagation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct ProvidedContext {
    /// ARN of the context provider.
    pub provider_arn: String,
    /// The signed context assertion.
    pub assertion: String,
}
