//! `daypass leaked`

use clap::Args;
use daypass_core::names::ProfileName;

pub(crate) const FOR_LEAKED: &str = "\
Examples:
  daypass leaked ASIAIOSFODNN7EXAMPLE
  daypass leaked                              paste what leaked, with its secret
  daypass leaked ASIAIOSFODNN7EXAMPLE --sign-out --deny --with admin
  git show HEAD:notes.txt | daypass leaked

It ends the session here, and replaces the key if it is an IAM user's. Keys of a
session work at AWS until they expire: --deny puts a policy on the role that
denies every session issued before now, yours and everyone else's.";

#[derive(Args)]
pub(crate) struct Leaked {
    /// The access key ID: AKIA... or ASIA... Never write a secret here [default: paste it, or read standard input]
    #[arg(value_name = "ACCESS_KEY_ID")]
    pub(crate) access_key_id: Option<String>,
    /// Sign out the identity behind it, too
    #[arg(long)]
    pub(crate) sign_out: bool,
    /// Put the policy AWSRevokeOlderSessions on the role, which denies sessions issued before now
    #[arg(long)]
    pub(crate) deny: bool,
    /// Session to ask CloudTrail and IAM with [default: one that runs in the key's account]
    #[arg(long, value_name = "PROFILE")]
    pub(crate) with: Option<ProfileName>,
}
