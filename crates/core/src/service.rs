//! The services of AWS, and what messages, codes and variables call them.

use ts_rs::TS;

/// The services of AWS that Daypass calls through the SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TS)]
#[ts(export, rename = "AwsService")]
pub enum Service {
    /// The Security Token Service.
    #[ts(rename = "sts")]
    Sts,
    /// The portal of IAM Identity Center.
    #[ts(rename = "sso")]
    Sso,
    /// The OpenID provider of IAM Identity Center.
    #[ts(rename = "sso-oidc")]
    SsoOidc,
    /// Identity and Access Management.
    #[ts(rename = "iam")]
    Iam,
    /// Account Management.
    #[ts(rename = "account")]
    Account,
    /// Organizations.
    #[ts(rename = "organizations")]
    Organizations,
    /// Cognito's identity pools.
    #[ts(rename = "cognito")]
    CognitoIdentity,
    /// CloudTrail's event history.
    #[ts(rename = "cloudtrail")]
    CloudTrail,
}

impl Service {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Sts,
        Self::Sso,
        Self::SsoOidc,
        Self::Iam,
        Self::Account,
        Self::Organizations,
        Self::CognitoIdentity,
        Self::CloudTrail,
    ];

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sts => "STS",
            Self::Sso => "the portal of IAM Identity Center",
            Self::SsoOidc => "the OIDC service of IAM Identity Center",
            Self::Iam => "IAM",
            Self::Account => "Account Management",
            Self::Organizations => "Organizations",
            Self::CognitoIdentity => "Cognito",
            Self::CloudTrail => "CloudTrail",
        }
    }

    /// The prefix of its problem codes.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Sso => "sso",
            Self::SsoOidc => "sso-oidc",
            Self::Iam => "iam",
            Self::Account => "account",
            Self::Organizations => "organizations",
            Self::CognitoIdentity => "cognito",
            Self::CloudTrail => "cloudtrail",
        }
    }

    /// The variable that replaces its endpoint: the service id of its SDK, as
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html> lists them.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::Sso => "AWS_ENDPOINT_URL_SSO",
            Self::SsoOidc => "AWS_ENDPOINT_URL_SSO_OIDC",
            Self::Iam => "AWS_ENDPOINT_URL_IAM",
            Self::Account => "AWS_ENDPOINT_URL_ACCOUNT",
            Self::Organizations => "AWS_ENDPOINT_URL_ORGANIZATIONS",
            Self::CognitoIdentity => "AWS_ENDPOINT_URL_COGNITO_IDENTITY",
            Self::CloudTrail => "AWS_ENDPOINT_URL_CLOUDTRAIL",
        }
    }
}
