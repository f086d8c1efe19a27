//! `daypass leaked`

use clap::Args;
use daypass_core::names::ProfileName;

pub(crate) const FOR_LEAKED: &str = "\
Examples:
  daypass leaked ASIAIOSFODNN7EXAMPLE
  daypass leaked                              paste what leaked, with its secret
  daypass leaked ASIAIOSFODNN7EXAMPLE --sign-out --deny --with admin
  git show HEAD:notes.txt | daypass leaked

Daypass ends the session here, and replaces an IAM user's key. A session's keys
keep working at AWS until they expire. --deny adds a policy to the role that
denies every session issued before now, yours and everyone else's.";

#[derive(Args)]
pub(crate) struct Leaked {
    /// The access key ID: AKIA... or ASIA... Never write a secret here [default: paste it, or read standard input]
    #[arg(value_name = "ACCESS_KEY_ID")]
    pub(crate) access_key_id: Option<String>,
    /// Also sign out the identity that it came from
    #[arg(long)]
    pub(crate) sign_out: bool,
    /// Add the policy AWSRevokeOlderSessions to the role, which denies sessions issued before now
    #[arg(long)]
    pub(crate) deny: bool,
    /// Session to call CloudTrail and IAM with [default: a running one in the key's account]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) with: Option<ProfileName>,
}
