//! The parameters that AWS limits.

use daypass_core::problem::ProblemCode;

macro_rules! limited_parameters {
    ($($variant:ident = $word:literal => $code:ident,)*) => {
        /// A parameter that AWS limits.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Limited {
            $(#[doc = concat!("`", $word, "`")] $variant,)*
        }

        impl Limited {
            /// Its name in `config.toml`, where it is a term.
            #[must_use]
            pub fn name(self) -> String {
                match self {
                    $(Self::$variant => $word.replace('-', "_"),)*
                }
            }

            /// The code of a problem with it.
            #[must_use]
            pub fn code(self) -> ProblemCode {
                match self {
                    $(Self::$variant => ProblemCode::$code,)*
                }
            }
        }
    };
}

limited_parameters! {
    AccessKeyId = "access-key-id" => LimitAccessKeyId,
    Duration = "duration" => LimitDuration,
    EncodedMessage = "encoded-message" => LimitEncodedMessage,
    ExternalId = "external-id" => LimitExternalId,
    FederatedUserName = "federated-user-name" => LimitFederatedUserName,
    MfaCode = "mfa-code" => LimitMfaCode,
    MfaSerial = "mfa-serial" => LimitMfaSerial,
    MinimumSessionTokenSize = "minimum-session-token-size" => LimitMinimumSessionTokenSize,
    Policy = "policy" => LimitPolicy,
    PolicyArns = "policy-arns" => LimitPolicyArns,
    ProvidedContexts = "provided-contexts" => LimitProvidedContexts,
    SamlAssertion = "saml-assertion" => LimitSamlAssertion,
    SessionName = "session-name" => LimitSessionName,
    SourceIdentity = "source-identity" => LimitSourceIdentity,
    Tags = "tags" => LimitTags,
    TaskPolicy = "task-policy" => LimitTaskPolicy,
    TransitiveTagKeys = "transitive-tag-keys" => LimitTransitiveTagKeys,
    WebIdentityToken = "web-identity-token" => LimitWebIdentityToken,
}
