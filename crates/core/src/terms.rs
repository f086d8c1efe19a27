//! Terms: what an exchange requests besides the role itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{Partition, SessionDuration, SessionName, is_session_name_char};

/// What to request. Everything is optional. Before a call, we check which ones the operation supports.
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
    /// Narrow the session with the AWS managed policy ReadOnlyAccess. Of a chain, its last session only: the policy
    /// does not allow a session to assume the next role.
    pub read_only: bool,
    /// Inline session policy, JSON; 2,048 characters at most.
    pub policy: Option<String>,
    /// Managed session policies, ARNs; 10 at most.
    pub policy_arns: Vec<String>,
    /// Session tags; 50 at most, keys to 128 characters, values to 256.
    pub tags: BTreeMap<String, String>,
    /// Keys of `tags` that are handed on through a chain. The sessions after it must not have tags of the same keys.
    pub transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`: 2 to 64 characters of `[\w+=,.@-]`. It stays through a chain and cannot be changed in it.
    pub source_identity: Option<String>,
    /// `ExternalId`: 2 to 1,224 characters of `[\w+=,.@:/-]`. Not a secret.
    pub external_id: Option<String>,
    /// `ProvidedContexts`: five at most.
    pub provided_contexts: Vec<ProvidedContext>,
    /// `TaskPolicyArn` of AssumeRoot, by its name: `IAMAuditRootUserCredentials` and the like.
    pub task_policy: Option<String>,
    /// `MinimumSessionTokenSize`: STS makes the session token at least so many bytes long, 4,096 at most. For tests of
    /// what must take long tokens.
    pub minimum_session_token_size: Option<u16>,
    /// What Daypass adds to the session's name: the lease or the elevation that it is for. Not a setting.
    #[serde(skip)]
    #[ts(skip)]
    pub session_label: Option<String>,
}

/// The longest `RoleSessionName`.
const LONGEST_SESSION_NAME: usize = 64;

impl Terms {
    /// The session's name for AWS: the one that the terms name or else `usual`, which says whose it is, and then what
    /// it is for.
    pub fn session_name(&self, usual: &str) -> String {
        let name = self.session_name.as_ref().map_or(usual, SessionName::as_str);
        let Some(label) = &self.session_label else { return name.to_owned() };
        let label: String = label.chars().map(|c| if is_session_name_char(c) { c } else { '-' }).collect();
        // Both parts are shown, however long they are.
        let label: String = label.chars().take(LONGEST_SESSION_NAME / 2).collect();
        let kept = LONGEST_SESSION_NAME - 1 - label.chars().count();
        format!("{},{label}", name.chars().take(kept).collect::<String>())
    }

    /// The terms that are set, in the order of `config.toml`.
    pub fn given(&self) -> Vec<Term> {
        [
            (Term::Duration, self.duration.is_some()),
            (Term::SessionName, self.session_name.is_some()),
            (Term::ReadOnly, self.read_only),
            (Term::Policy, self.policy.is_some()),
            (Term::PolicyArns, !self.policy_arns.is_empty()),
            (Term::Tags, !self.tags.is_empty()),
            (Term::TransitiveTagKeys, !self.transitive_tag_keys.is_empty()),
            (Term::SourceIdentity, self.source_identity.is_some()),
            (Term::ExternalId, self.external_id.is_some()),
            (Term::ProvidedContexts, !self.provided_contexts.is_empty()),
            (Term::TaskPolicy, self.task_policy.is_some()),
            (Term::MinimumSessionTokenSize, self.minimum_session_token_size.is_some()),
        ]
        .into_iter()
        .filter_map(|(term, is_given)| is_given.then_some(term))
        .collect()
    }

    /// The managed session policies: those that are named, or ReadOnlyAccess for `read_only`, which goes alone.
    pub fn managed_policies(&self, partition: Partition) -> Vec<String> {
        let mut arns = self.policy_arns.clone();
        if self.read_only {
            arns.push(format!("arn:{partition}:iam::aws:policy/ReadOnlyAccess"));
        }
        arns
    }
}

/// A field of [`Terms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Term {
    /// `duration`
    Duration,
    /// `session_name`
    SessionName,
    /// `read_only`
    ReadOnly,
    /// `policy`
    Policy,
    /// `policy_arns`
    PolicyArns,
    /// `tags`
    Tags,
    /// `transitive_tag_keys`
    TransitiveTagKeys,
    /// `source_identity`
    SourceIdentity,
    /// `external_id`
    ExternalId,
    /// `provided_contexts`
    ProvidedContexts,
    /// `task_policy`
    TaskPolicy,
    /// `minimum_session_token_size`
    MinimumSessionTokenSize,
}

impl Term {
    /// Its name in `config.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::SessionName => "session_name",
            Self::ReadOnly => "read_only",
            Self::Policy => "policy",
            Self::PolicyArns => "policy_arns",
            Self::Tags => "tags",
            Self::TransitiveTagKeys => "transitive_tag_keys",
            Self::SourceIdentity => "source_identity",
            Self::ExternalId => "external_id",
            Self::ProvidedContexts => "provided_contexts",
            Self::TaskPolicy => "task_policy",
            Self::MinimumSessionTokenSize => "minimum_session_token_size",
        }
    }

    /// As a sentence about it begins.
    pub fn words(self) -> &'static str {
        match self {
            Self::Duration => "a duration",
            Self::SessionName => "a session name (session_name)",
            Self::ReadOnly => "read-only access (read_only)",
            Self::Policy => "a session policy (policy)",
            Self::PolicyArns => "managed session policies (policy_arns)",
            Self::Tags => "session tags (tags)",
            Self::TransitiveTagKeys => "transitive session tags (transitive_tag_keys)",
            Self::SourceIdentity => "a source identity (source_identity)",
            Self::ExternalId => "an external id (external_id)",
            Self::ProvidedContexts => "a provided context (provided_contexts)",
            Self::TaskPolicy => "a task policy (task_policy)",
            Self::MinimumSessionTokenSize => "a size of the session token (minimum_session_token_size)",
        }
    }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_says_whose_it_is_and_what_for() {
        let labelled = |label: &str| Terms { session_label: Some(label.to_owned()), ..Terms::default() };
        assert_eq!(Terms::default().session_name("ann@acme.example"), "ann@acme.example");
        assert_eq!(labelled("lease=claude").session_name("ann@acme.example"), "ann@acme.example,lease=claude");
        let named = Terms { session_name: Some("ops".parse().unwrap()), ..labelled("lease=a b/ü") };
        assert_eq!(named.session_name("ann"), "ops,lease=a-b--");
        let long = labelled(&"l".repeat(200)).session_name(&"n".repeat(64));
        assert_eq!(long, format!("{},{}", "n".repeat(31), "l".repeat(32)));
    }
}
