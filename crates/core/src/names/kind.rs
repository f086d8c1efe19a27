//! Which kind of name a text is meant to be.

use std::fmt;

/// What a text that was read as a name was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// An identity's name in `config.toml`.
    Identity,
    /// The name of a shared catalog in `config.toml`.
    Catalog,
    /// An AWS account's id.
    Account,
    /// What people call an AWS account.
    AccountName,
    /// A short name for an AWS account.
    AccountAlias,
    /// A person's folder of accounts.
    Folder,
    /// A filter of the list of roles.
    Filter,
    /// A region's code.
    Region,
    /// An AWS profile's name.
    Profile,
    /// `RoleSessionName`.
    RoleSession,
    /// A session's duration.
    Duration,
    /// The name of a federated user.
    FederatedUser,
    /// A role's ARN.
    RoleArn,
    /// The ARN of anything that can have a session.
    Arn,
    /// The ARN of a SAML provider in IAM.
    SamlProviderArn,
}

/// As a message calls it.
impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity name",
            Self::Catalog => "catalog name",
            Self::Account => "account id",
            Self::AccountName => "account name",
            Self::AccountAlias => "account alias",
            Self::Folder => "folder name",
            Self::Filter => "filter name",
            Self::Region => "region",
            Self::Profile => "profile name",
            Self::RoleSession => "role session name",
            Self::Duration => "duration",
            Self::FederatedUser => "federated user name",
            Self::RoleArn => "role ARN",
            Self::Arn => "ARN",
            Self::SamlProviderArn => "SAML provider ARN",
        })
    }
}
