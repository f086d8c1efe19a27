//! What Daypass knows about a leaked access key, and what was done about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::history::Taker;
use crate::names::{IdentityName, ProfileName, Target};
use crate::problem::Problem;

/// A report on a leaked access key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakReport {
    /// The key's id.
    pub access_key_id: String,
    /// Whose it is, as far as the audit log and the vault tell.
    pub owner: Option<LeakedKey>,
    /// Which programs took it from Daypass, oldest first. Those that read the credentials file aren't among them.
    pub takers: Vec<LeakTaker>,
    /// What was done, in order.
    pub done: Vec<LeakStep>,
    /// What ends the key at AWS before it expires.
    pub revocation: Option<Revocation>,
    /// What CloudTrail says about the key.
    pub trail: Option<Trail>,
}

/// Whose a leaked key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakedKey {
    /// The identity behind it.
    pub identity: Option<IdentityName>,
    /// Who signed in, as the provider says.
    pub person: Option<String>,
    /// The session's profile.
    pub profile: Option<ProfileName>,
    /// Its role.
    pub role: Option<Target>,
    /// What the session was for, if that was said.
    pub why: Option<String>,
    /// When Daypass got the key.
    pub issued_at: Option<DateTime<Utc>>,
    /// When AWS ends it.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A program that took a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakTaker {
    /// When, the first time.
    pub at: DateTime<Utc>,
    /// Which.
    pub taker: Taker,
}

/// Something that was done about a leak, or that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeakStep {
    /// What.
    pub what: LeakAct,
    /// Why it couldn't be done.
    pub problem: Option<Problem>,
}

/// What can be done about a leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum LeakAct {
    /// The session ended: Daypass hands the key out no more.
    SessionEnded {
        /// Its profile.
        profile: ProfileName,
    },
    /// The identity was signed out.
    SignedOut {
        /// The identity.
        identity: IdentityName,
    },
    /// The access key of an IAM user was replaced and deleted.
    KeyRotated {
        /// The identity.
        identity: IdentityName,
        /// The key in use now.
        new: Option<String>,
    },
    /// The policy that denies older sessions was put on the role.
    PolicyPut {
        /// The session with which it was put, if there was one that could be tried.
        profile: Option<ProfileName>,
    },
}

/// What ends every session of a role that was issued before now. IAM's console does the same with *Revoke sessions*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revocation {
    /// The role.
    pub role: Target,
    /// The inline policy's name.
    pub policy_name: String,
    /// The inline policy, JSON.
    pub policy: String,
    /// Whether such a role can have one: those of IAM Identity Center belong to their permission set.
    pub can_be_put: bool,
}

/// The name that IAM's console gives the policy
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html>).
pub const REVOKE_POLICY: &str = "AWSRevokeOlderSessions";

impl Revocation {
    /// Of sessions of this role that were issued before `now`. `None` for what isn't a role.
    #[must_use]
    pub fn of(role: &Target, now: DateTime<Utc>) -> Option<Self> {
        let Target::Role(_) = role else { return None };
        let policy = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": { "DateLessThan": { "aws:TokenIssueTime": now.format("%Y-%m-%dT%H:%M:%SZ").to_string() } },
            }],
        });
        let can_be_put = !role.to_string().contains(":role/aws-reserved/");
        Some(Self { role: role.clone(), policy_name: REVOKE_POLICY.to_owned(), policy: policy.to_string(), can_be_put })
    }
}

/// What CloudTrail's event history says about a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// The session with which it was asked.
    pub asked_with: ProfileName,
    /// The regions that were asked.
    pub regions: Vec<String>,
    /// What the key did, newest first.
    pub events: Vec<TrailEvent>,
    /// Why it couldn't be asked.
    pub problem: Option<Problem>,
}

/// An event of CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// The service, such as `s3.amazonaws.com`.
    pub source: String,
    /// The action.
    pub name: String,
    /// From which address.
    pub from: Option<String>,
    /// Why it was refused, if it was.
    pub error: Option<String>,
}

/// The access key id in a text: `AKIA` or `ASIA` and 16 more capital letters and digits, with nothing of that kind
/// around it.
#[must_use]
pub fn access_key_id_in(text: &str) -> Option<&str> {
    const LENGTH: usize = 20;
    let is_of_id = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_".contains(byte);
    let bytes = text.as_bytes();
    let begins = |at: &usize| {
        let rest = &bytes[*at..];
        (rest.starts_with(b"AKIA") || rest.starts_with(b"ASIA"))
            && rest.len() >= LENGTH
            && rest[..LENGTH].iter().all(is_of_id)
            && rest.get(LENGTH).is_none_or(|after| !is_of_word(after))
            && at.checked_sub(1).is_none_or(|before| !is_of_word(&bytes[before]) || bytes[before] == b'=')
    };
    (0..bytes.len()).find(begins).and_then(|at| text.get(at..at + LENGTH))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_is_found_in_what_was_pasted() {
        const ID: &str = "ASIAIOSFODNN7EXAMPLE";
        for text in [
            ID.to_owned(),
            format!("export AWS_ACCESS_KEY_ID={ID}\nexport AWS_SECRET_ACCESS_KEY=x"),
            format!("{{\"AccessKeyId\": \"{ID}\"}}"),
            format!("aws_access_key_id = {ID}\r\n"),
            format!("ü {ID}."),
        ] {
            assert_eq!(access_key_id_in(&text), Some(ID), "{text}");
        }
        for text in [
            "",
            "ASIA",
            "ASIAIOSFODNN7EXAMPL",
            "xASIAIOSFODNN7EXAMPLE",
            "ASIAIOSFODNN7EXAMPLEx",
            "asiaiosfodnn7example",
        ] {
            assert_eq!(access_key_id_in(text), None, "{text}");
        }
    }

    #[test]
    fn the_policy_denies_what_was_issued_before() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let of = |arn: &str| Revocation::of(&arn.parse().unwrap(), now);
        let policy = of("arn:aws:iam::123456789012:role/Dev").unwrap();
        assert!(
            policy.can_be_put
                && policy.policy.contains(r#"{"DateLessThan":{"aws:TokenIssueTime":"2027-01-15T08:00:00Z"}}"#)
        );
        let reserved = of("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin").unwrap();
        assert!(!reserved.can_be_put);
        assert!(of("arn:aws:iam::123456789012:user/ann").is_none());
    }
}
