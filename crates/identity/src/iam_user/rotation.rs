//! Rotation of the access key: create, verify, use, deactivate, delete.
//!
//! Each step is recorded in the vault before the next one begins, so if the process ends in between, the next run
//! resumes from there. The key in use is always one that AWS accepts: the old one until the new one has been seen to
//! work. The old key is deleted only once the new one works without it.

use daypass_core::service::Service;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::access_key::{AccessKey, KEY_ID, KEY_SECRET};
use super::key_ring::{KeyRing, ListedKey, Used};
use crate::IdentityContext;
use crate::context::exposed;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::Boxed;
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;

/// A new key is known everywhere within seconds, and AWS promises nothing
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>).
const PATIENCE: Duration = Duration::from_secs(60);

/// CreateAccessKey is answered within 35 s or given up, and clocks may differ a little. A key created outside this
/// window is not ours.
const BIRTH: TimeDelta = TimeDelta::minutes(3);

/// The vault entry, next to the secrets that the person gave.
const STATE: &str = "rotation";

/// A finished rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotatedKey {
    /// The key that was deleted.
    pub old: String,
    /// The key that is in use.
    pub new: String,
    /// Whether it resumed an interrupted rotation.
    pub resumed: bool,
}

/// How far a rotation has come.
#[derive(Clone, Serialize, Deserialize)]
struct Rotation {
    old: String,
    began: DateTime<Utc>,
    stage: Stage,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    /// A key may have been created whose secret is lost.
    Creating,
    /// The new key exists; whether it works is not known.
    Created {
        new: String,
        #[serde(serialize_with = "exposed")]
        secret: SecretString,
    },
    /// The new key works and is in use; the old one still works.
    InUse { new: String },
    /// The old key is switched off.
    Deactivated { new: String },
}

/// Rotates the key `current` of the user `arn`, or resumes an interrupted rotation. `keep` receives the keys that stand
/// for the user from then on, in the identity's turn.
pub(super) async fn rotate(
    context: &IdentityContext,
    ring: &dyn KeyRing,
    arn: &str,
    current: &AccessKey,
    keep: &(dyn Fn(Vec<String>) -> Result<(), Problem> + Send + Sync),
) -> Result<RotatedKey, Problem> {
    let work = Work { context, ring, arn };
    let begun = work.begun(current)?;
    let resumed = begun.is_some();
    let mut state = match begun {
        Some(state) => state,
        None => Rotation { old: current.id.clone(), began: context.now(), stage: Stage::Creating },
    };
    loop {
        let old = state.old.clone();
        state.stage = match state.stage.clone() {
            Stage::Creating => {
                work.make_room(&state, current, resumed).await?;
                state.began = context.now();
                work.save(&state)?;
                let key = ring.create(current).await?;
                work.record(AuditEvent::AccessKeyCreated, &key.id);
                let stage = Stage::Created { new: key.id, secret: key.secret };
                // No await between the answer and this, because AWS shows the secret only once.
                work.save(&Rotation { stage: stage.clone(), ..state.clone() })?;
                stage
            }
            Stage::Created { new, secret } => {
                if resumed && !ring.list(current).await?.iter().any(|key| key.id == new) {
                    // The key was deleted elsewhere.
                    state.stage = Stage::Creating;
                    continue;
                }
                let key = AccessKey::new(&new, secret.expose_secret())?;
                work.verify(&key).await?;
                let _turn = context.turn().await?;
                keep(vec![old.clone(), new.clone()])?;
                let stage = Stage::InUse { new };
                work.put_into_use(&key, &Rotation { stage: stage.clone(), ..state.clone() })?;
                stage
            }
            Stage::InUse { new } => {
                let key = work.in_use(&new)?;
                patiently(|| ring.deactivate(&old, &key)).await?;
                work.record(AuditEvent::AccessKeyDeactivated, &old);
                let stage = Stage::Deactivated { new };
                work.save(&Rotation { stage: stage.clone(), ..state.clone() })?;
                stage
            }
            Stage::Deactivated { new } => {
                let key = work.in_use(&new)?;
                work.verify(&key).await.map_err(|problem| {
                    let hint = format!(
                        "the old key {old} is switched off, not deleted: the IAM console can switch it on again"
                    );
                    problem.hint(hint)
                })?;
                patiently(|| ring.delete(&old, &key)).await?;
                work.record(AuditEvent::AccessKeyDeleted, &old);
                let _turn = context.turn().await?;
                keep(vec![new.clone()])?;
                context.put_secrets(&TypedSecrets::none().and(STATE, SecretString::default()))?;
                return Ok(RotatedKey { old, new, resumed });
            }
        };
    }
}

struct Work<'a> {
    context: &'a IdentityContext,
    ring: &'a dyn KeyRing,
    arn: &'a str,
}

impl Work<'_> {
    /// A rotation that was begun for the key in use.
    fn begun(&self, current: &AccessKey) -> Result<Option<Rotation>, Problem> {
        let Some(text) = self.context.secret(STATE)? else { return Ok(None) };
        let state: Option<Rotation> = serde_json::from_str(text.expose_secret()).ok();
        Ok(state.filter(|state| match &state.stage {
            Stage::Creating | Stage::Created { .. } => state.old == current.id,
            Stage::InUse { new } | Stage::Deactivated { new } => new == &current.id,
        }))
    }

    /// Makes sure that the user has only the old key, because IAM allows two.
    async fn make_room(&self, state: &Rotation, current: &AccessKey, resumed: bool) -> Result<(), Problem> {
        let keys = self.ring.list(current).await?;
        if !keys.iter().any(|key| key.id == state.old) {
            let message = format!("IAM doesn't list the access key {} among those of {}", state.old, self.arn);
            return Err(Problem::new(ProblemKind::Failed, ProblemCode::IamUserKeyNotListed, message)
                .hint("check AWS_ENDPOINT_URL_IAM; nothing was changed"));
        }
        let others: Vec<&ListedKey> = keys.iter().filter(|key| key.id != state.old).collect();
        match others.as_slice() {
            [] => Ok(()),
            // The interrupted run created this key and could not record it.
            [orphan] if resumed && orphan.used == Used::Never && is_born_at(orphan, state.began) => {
                tracing::info!(
                    key = orphan.id,
                    "deleted the key of an interrupted rotation, because its secret is lost"
                );
                patiently(|| self.ring.delete(&orphan.id, current)).await?;
                self.record(AuditEvent::AccessKeyDeleted, &orphan.id);
                Ok(())
            }
            others => Err(two_keys(self.arn, &state.old, others)),
        }
    }

    /// Waits until STS knows the new key, and checks that it is the user's.
    async fn verify(&self, key: &AccessKey) -> Result<(), Problem> {
        let arn = patiently(|| self.ring.caller(key)).await?;
        if arn != self.arn {
            let message = format!("the new access key {} belongs to {arn}, not to {}", key.id, self.arn);
            return Err(Problem::new(ProblemKind::Failed, ProblemCode::IamUserOtherUser, message)
                .hint("check AWS_ENDPOINT_URL_IAM and AWS_ENDPOINT_URL_STS; the old key stays in use"));
        }
        Ok(())
    }

    /// Puts the new key in the old one's place in the vault, and records that in the same write.
    fn put_into_use(&self, key: &AccessKey, state: &Rotation) -> Result<(), Problem> {
        let secrets = TypedSecrets::none().and(KEY_ID, key.id.as_str().into()).and(KEY_SECRET, key.secret.clone());
        self.context.put_secrets(&secrets.and(STATE, written(state)?))
    }

    fn in_use(&self, id: &str) -> Result<AccessKey, Problem> {
        let secret = self.context.secret(KEY_SECRET)?.ok_or_else(|| super::error::no_key(&self.context.name))?;
        AccessKey::new(id, secret.expose_secret())
    }

    fn save(&self, state: &Rotation) -> Result<(), Problem> {
        self.context.put_secrets(&TypedSecrets::none().and(STATE, written(state)?))
    }

    fn record(&self, event: AuditEvent, key: &str) {
        self.context.services.audit.record(AuditLine {
            identity: Some(self.context.name.clone()),
            person: Some(self.arn.to_owned()),
            access_key_id: Some(key.to_owned()),
            ..AuditLine::new(self.context.now(), event)
        });
    }
}

fn written(state: &Rotation) -> Result<SecretString, Problem> {
    let text = serde_json::to_string(state).map_err(|_| {
        Problem::new(ProblemKind::Failed, ProblemCode::ProofNotKept, "the state of the rotation can't be written")
    })?;
    Ok(text.into())
}

fn is_born_at(key: &ListedKey, began: DateTime<Utc>) -> bool {
    key.created.is_some_and(|created| (created - began).abs() <= BIRTH)
}

fn two_keys(arn: &str, old: &str, others: &[&ListedKey]) -> Problem {
    let listed: Vec<String> = others.iter().map(|key| describe(key)).collect();
    let message = format!("{arn} has another access key besides {old}: {}; IAM allows two", listed.join(", "));
    let other = others.first().map_or("", |key| key.id.as_str());
    Problem::new(ProblemKind::Refused, ProblemCode::IamUserTwoKeys, message).hint(format!(
        "find out who uses {other}, then delete it (`aws iam delete-access-key --access-key-id {other}`) and rotate again"
    ))
}

fn describe(key: &ListedKey) -> String {
    let state = if key.active { "active" } else { "inactive" };
    let created = key.created.map(|at| format!(", created {}", at.format("%Y-%m-%d"))).unwrap_or_default();
    let used = match key.used {
        Used::Unknown => String::new(),
        Used::Never => ", never used".to_owned(),
        Used::At(at) => format!(", last used {}", at.format("%Y-%m-%d")),
    };
    format!("{} ({state}{created}{used})", key.id)
}

/// Tries again while AWS doesn't know the new key everywhere yet.
async fn patiently<'a, T>(work: impl Fn() -> Boxed<'a, Result<T, Problem>>) -> Result<T, Problem> {
    let began = tokio::time::Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        match work().await {
            Err(problem) if is_not_known_yet(&problem) && began.elapsed() < PATIENCE => {
                tracing::debug!(code = %problem.code, "the new access key isn't known everywhere yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            result => return result,
        }
    }
}

fn is_not_known_yet(problem: &Problem) -> bool {
    use ProblemCode::{Aws, IamUserKeyUnknown};
    let is_unknown = matches!(problem.code, IamUserKeyUnknown | Aws(Service::Sts | Service::Iam, AwsProblem::InvalidClientTokenId))
            // It isn't known where it was asked for, and that may still come.
            || problem.code == Aws(Service::Sts, AwsProblem::OptInRequired);
    is_unknown || problem.is_passing()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
