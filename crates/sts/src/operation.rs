//! The operations that grant credentials, and the terms that each supports.

use std::fmt;

use super::ExchangeRequest;
use daypass_core::names::{SessionDuration, Target, TargetKind};
use daypass_core::terms::Term;

/// An operation that grants temporary credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    AssumeRole,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>
    AssumeRoleWithSaml,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
    AssumeRoleWithWebIdentity,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html>
    AssumeRoot,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
    GetSessionToken,
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
    GetFederationToken,
    /// Identity Center's:
    /// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>
    GetRoleCredentials,
    /// Cognito's:
    /// <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html>
    GetCredentialsForIdentity,
    /// The console sign-in's:
    /// <https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html>
    CreateOAuth2Token,
}

impl Operation {
    /// As the API calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AssumeRole => "AssumeRole",
            Self::AssumeRoleWithSaml => "AssumeRoleWithSAML",
            Self::AssumeRoleWithWebIdentity => "AssumeRoleWithWebIdentity",
            Self::AssumeRoot => "AssumeRoot",
            Self::GetSessionToken => "GetSessionToken",
            Self::GetFederationToken => "GetFederationToken",
            Self::GetRoleCredentials => "GetRoleCredentials",
            Self::GetCredentialsForIdentity => "GetCredentialsForIdentity",
            Self::CreateOAuth2Token => "CreateOAuth2Token",
        }
    }

    /// The terms that it has parameters for.
    #[must_use]
    pub fn terms(self) -> &'static [Term] {
        use Term::{
            Duration, ExternalId, MinimumSessionTokenSize, Policy, PolicyArns, ProvidedContexts, ReadOnly, SessionName,
            SourceIdentity, Tags, TaskPolicy, TransitiveTagKeys,
        };
        match self {
            Self::AssumeRole => &[
                Duration,
                SessionName,
                ReadOnly,
                Policy,
                PolicyArns,
                Tags,
                TransitiveTagKeys,
                SourceIdentity,
                ExternalId,
                ProvidedContexts,
                MinimumSessionTokenSize,
            ],
            // The assertion has the session name, tags and source identity.
            Self::AssumeRoleWithSaml => &[Duration, ReadOnly, Policy, PolicyArns, MinimumSessionTokenSize],
            // The token has the tags and source identity.
            Self::AssumeRoleWithWebIdentity => {
                &[Duration, SessionName, ReadOnly, Policy, PolicyArns, MinimumSessionTokenSize]
            }
            Self::AssumeRoot => &[Duration, TaskPolicy, MinimumSessionTokenSize],
            Self::GetSessionToken => &[Duration, MinimumSessionTokenSize],
            Self::GetFederationToken => &[Duration, ReadOnly, Policy, PolicyArns, Tags, MinimumSessionTokenSize],
            // The permission set, the identity pool or the sign-in sets the duration and permissions.
            Self::GetRoleCredentials | Self::GetCredentialsForIdentity | Self::CreateOAuth2Token => &[],
        }
    }

    /// The durations that it allows, in seconds.
    pub(super) fn durations(self, is_chained: bool) -> std::ops::RangeInclusive<u32> {
        match self {
            Self::AssumeRole if is_chained => 900..=3600,
            Self::AssumeRole | Self::AssumeRoleWithSaml | Self::AssumeRoleWithWebIdentity => 900..=43_200,
            Self::GetSessionToken | Self::GetFederationToken => 900..=129_600,
            Self::AssumeRoot => 0..=900,
            Self::GetRoleCredentials | Self::GetCredentialsForIdentity | Self::CreateOAuth2Token => 0..=0,
        }
    }

    /// How long a session of a target lasts when its terms don't say. `None` where AWS decides by a setting that is not
    /// shown to us.
    #[must_use]
    pub fn usual_duration(self, target: &Target) -> Option<SessionDuration> {
        match self {
            // The permission set has it, or AWS's sign-in.
            Self::GetRoleCredentials | Self::CreateOAuth2Token => None,
            Self::AssumeRole
            | Self::AssumeRoleWithSaml
            | Self::AssumeRoleWithWebIdentity
            | Self::AssumeRoot
            | Self::GetSessionToken
            | Self::GetFederationToken
            | Self::GetCredentialsForIdentity => Some(SessionDuration::usual(target.kind())),
        }
    }

    /// `DurationSeconds` for a request that was checked.
    pub(super) fn duration(self, order: &ExchangeRequest) -> i32 {
        let duration = order.terms.duration.unwrap_or_else(|| SessionDuration::usual(order.target.kind()));
        // Its type allows 129,600 at most.
        i32::try_from(duration.seconds()).unwrap_or(i32::MAX)
    }

    /// Whether it grants credentials of such a target.
    #[must_use]
    pub fn grants(self, target: TargetKind) -> bool {
        let only = match self {
            Self::AssumeRole
            | Self::AssumeRoleWithSaml
            | Self::AssumeRoleWithWebIdentity
            | Self::GetRoleCredentials => TargetKind::Role,
            Self::AssumeRoot => TargetKind::Root,
            Self::GetSessionToken => TargetKind::User,
            Self::GetFederationToken => TargetKind::FederatedUser,
            Self::GetCredentialsForIdentity => TargetKind::IdentityPool,
            // Everyone who signs in to the console.
            Self::CreateOAuth2Token => return target != TargetKind::IdentityPool,
        };
        target == only
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
