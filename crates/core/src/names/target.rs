//! What credentials belong to: everything that AWS issues temporary credentials for, by its ARN.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{AccountId, NameError, NameKind, Partition, Region, RoleArn, is_session_name_char};

/// What a session is of. Most often a role; the others have no role behind them.
///
/// A permission set of IAM Identity Center is a role too:
/// `arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/NAME`, which is the ARN of the role that Identity Center
/// makes for it, without the suffix that only AWS knows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub enum Target {
    /// An IAM role.
    Role(RoleArn),
    /// An IAM user, by GetSessionToken: `arn:aws:iam::ACCOUNT:user/[PATH/]NAME`.
    User(AccountPrincipal),
    /// A federated user, by GetFederationToken: `arn:aws:sts::ACCOUNT:federated-user/NAME`.
    FederatedUser(AccountPrincipal),
    /// The root of a member account, by AssumeRoot: `arn:aws:iam::ACCOUNT:root`.
    Root(AccountPrincipal),
    /// A Cognito identity pool: `arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/REGION:ID`.
    IdentityPool(PoolArn),
}

/// Which form a [`Target`] has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum TargetKind {
    /// An IAM role.
    Role,
    /// An IAM user.
    User,
    /// A federated user.
    FederatedUser,
    /// The root of a member account.
    Root,
    /// A Cognito identity pool.
    IdentityPool,
}

impl TargetKind {
    /// Whether its session may assume a role. AWS does not let one of a federated user or of a root
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>).
    #[must_use]
    pub fn can_assume_roles(self) -> bool {
        match self {
            Self::Role | Self::User | Self::IdentityPool => true,
            Self::FederatedUser | Self::Root => false,
        }
    }

    /// Whether another role's session can come before it: AssumeRole, AssumeRoot.
    #[must_use]
    pub fn can_be_assumed_by_a_role(self) -> bool {
        match self {
            Self::Role | Self::Root => true,
            Self::User | Self::FederatedUser | Self::IdentityPool => false,
        }
    }
}

/// A principal of an account that is not a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountPrincipal {
    partition: Partition,
    account: AccountId,
    /// With its path, for a user.
    name: String,
}

/// The ARN of an identity pool.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolArn {
    partition: Partition,
    region: Region,
    account: AccountId,
    /// `REGION:UUID`.
    id: String,
}

impl Target {
    /// The form that it has, as a sentence for the person.
    pub const EXPECTED: &'static str = "an ARN of a role, a user, a federated user, an account's root or an identity pool: \
                                    arn:aws:iam::123456789012:role/Developer";

    /// One that can be used, for forms and messages.
    #[must_use]
    pub fn example() -> Self {
        Self::Role(RoleArn::example())
    }

    /// A federated user.
    ///
    /// # Errors
    ///
    /// A name that STS does not take: 2 to 32 characters of `[\w+=,.@-]`.
    pub fn federated_user(partition: Partition, account: AccountId, name: &str) -> Result<Self, NameError> {
        let wrong = || {
            NameError::new(
                NameKind::FederatedUser,
                name,
                "AWS allows 2 to 32 characters: letters, digits and _ + = , . @ -",
            )
        };
        if !(2..=32).contains(&name.len()) || !name.chars().all(is_session_name_char) {
            return Err(wrong());
        }
        Ok(Self::FederatedUser(AccountPrincipal { partition, account, name: name.to_owned() }))
    }

    /// Which form it has.
    #[must_use]
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Role(_) => TargetKind::Role,
            Self::User(_) => TargetKind::User,
            Self::FederatedUser(_) => TargetKind::FederatedUser,
            Self::Root(_) => TargetKind::Root,
            Self::IdentityPool(_) => TargetKind::IdentityPool,
        }
    }

    /// The partition.
    #[must_use]
    pub fn partition(&self) -> Partition {
        match self {
            Self::Role(role) => role.partition(),
            Self::User(who) | Self::FederatedUser(who) | Self::Root(who) => who.partition,
            Self::IdentityPool(pool) => pool.partition,
        }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        match self {
            Self::Role(role) => role.account(),
            Self::User(who) | Self::FederatedUser(who) | Self::Root(who) => &who.account,
            Self::IdentityPool(pool) => &pool.account,
        }
    }

    /// The name of the role or user without its path; `root`; the id of the pool without its region.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Role(role) => role.name(),
            Self::User(who) | Self::FederatedUser(who) | Self::Root(who) => {
                who.name.rsplit_once('/').map_or(who.name.as_str(), |(_, name)| name)
            }
            Self::IdentityPool(pool) => pool.id.rsplit_once(':').map_or(pool.id.as_str(), |(_, id)| id),
        }
    }

    /// The role, if it is one.
    #[must_use]
    pub fn role(&self) -> Option<&RoleArn> {
        match self {
            Self::Role(role) => Some(role),
            _ => None,
        }
    }
}

impl From<RoleArn> for Target {
    fn from(role: RoleArn) -> Self {
        Self::Role(role)
    }
}

impl FromStr for Target {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let wrong = || NameError::new(NameKind::Arn, text, Self::EXPECTED);
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &["arn", partition, service, region, account, resource] = parts.as_slice() else { return Err(wrong()) };
        if service == "iam" && resource.starts_with("role/") {
            return text.parse().map(Self::Role);
        }
        let partition = Partition::of_id(partition).ok_or_else(wrong)?;
        let account: AccountId = account.parse().map_err(|_| wrong())?;
        let who = |name: &str| AccountPrincipal { partition, account: account.clone(), name: name.to_owned() };
        match (service, region) {
            ("iam", "") if resource == "root" => Ok(Self::Root(who("root"))),
            ("iam", "") => {
                let name = resource.strip_prefix("user/").ok_or_else(wrong)?;
                // A user's name has the form of a role's, and so does its path.
                format!("arn:{partition}:iam::{account}:role/{name}").parse::<RoleArn>().map_err(|_| wrong())?;
                Ok(Self::User(who(name)))
            }
            ("sts", "") => {
                let name = resource.strip_prefix("federated-user/").ok_or_else(wrong)?;
                Self::federated_user(partition, account, name).map_err(|_| wrong())
            }
            ("cognito-identity", region) => {
                let id = resource.strip_prefix("identitypool/").ok_or_else(wrong)?;
                let region: Region = region.parse().map_err(|_| wrong())?;
                let uuid = id.strip_prefix(region.as_str()).and_then(|rest| rest.strip_prefix(':'));
                let good = |uuid: &str| {
                    (1..=55).contains(&uuid.len()) && uuid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
                };
                if !uuid.is_some_and(good) {
                    return Err(wrong());
                }
                Ok(Self::IdentityPool(PoolArn { partition, region, account, id: id.to_owned() }))
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::User(u) => write!(f, "arn:{}:iam::{}:user/{}", u.partition, u.account, u.name),
            Self::FederatedUser(u) => write!(f, "arn:{}:sts::{}:federated-user/{}", u.partition, u.account, u.name),
            Self::Root(r) => write!(f, "arn:{}:iam::{}:root", r.partition, r.account),
            Self::IdentityPool(p) => {
                write!(f, "arn:{}:cognito-identity:{}:{}:identitypool/{}", p.partition, p.region, p.account, p.id)
            }
        }
    }
}

impl TryFrom<String> for Target {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> String {
        target.to_string()
    }
}
