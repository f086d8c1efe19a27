//! The ARN of a role.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AccountId, NameError, NameKind, Partition, is_session_name_char};

/// The ARN of an IAM role: `arn:PARTITION:iam::ACCOUNT:role/[PATH/]NAME`.
///
/// Role names have 1 to 64 characters of `[\w+=,.@-]`; the path up to 512
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct RoleArn {
    partition: Partition,
    account: AccountId,
    /// `/` or `/some/path/`.
    path: String,
    name: String,
}

impl RoleArn {
    /// The form that it has, as a sentence for the person.
    pub const EXPECTED: &'static str = "a role ARN looks like arn:aws:iam::123456789012:role/Developer";

    /// One that can be used, for forms and messages.
    #[must_use]
    pub fn example() -> Self {
        let (path, name) = ("/".to_owned(), "Developer".to_owned());
        Self { partition: Partition::standard(), account: AccountId::example(), path, name }
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The account that owns the role.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The role's name without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for RoleArn {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new(NameKind::RoleArn, text, Self::EXPECTED);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return Err(wrong()) };
        let partition = Partition::of_id(partition).ok_or_else(wrong)?;
        let account = account.parse().map_err(|_| wrong())?;
        let full = resource.strip_prefix("role/").ok_or_else(wrong)?;
        let (path, name) = match full.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), full),
        };
        let name_is_good = (1..=64).contains(&name.len()) && name.chars().all(is_session_name_char);
        let path_is_good = path.len() <= 512 && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if !name_is_good || !path_is_good || path.contains("//") {
            return Err(wrong());
        }
        Ok(Self { partition, account, path, name: name.to_owned() })
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:iam::{}:role{}{}", self.partition, self.account, self.path, self.name)
    }
}

impl TryFrom<String> for RoleArn {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> String {
        arn.to_string()
    }
}
