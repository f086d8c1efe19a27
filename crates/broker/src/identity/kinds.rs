//! All kinds of identity: the one list.

use serde::{Deserialize, Serialize};
use toml_edit::de::Error;
use ts_rs::TS;

use super::{Desk, Identity, Kind};
use crate::exchange::Operation;
use crate::names::Target;
use crate::problem::Problem;

macro_rules! kinds {
    ($($(#[$doc:meta])* $word:literal => $variant:ident($settings:ty),)*) => {
        /// The settings of an identity, by kind. The same form is sent by the window to add or change one.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(tag = "kind")]
        #[ts(export)]
        pub enum IdentitySettings {
            $($(#[$doc])* #[serde(rename = $word)] $variant($settings),)*
        }

        impl IdentitySettings {
            /// The words of `kind` in `config.toml`.
            pub const KINDS: &'static [&'static str] = &[$($word),*];

            /// The word of `kind`.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }

            /// The settings that a table of `config.toml` holds, without its `kind`; `None` for a kind that there is not.
            pub(crate) fn read(kind: &str, table: toml_edit::de::ValueDeserializer) -> Option<Result<Self, Error>> {
                match kind {
                    $($word => Some(<$settings>::deserialize(table).map(Self::$variant)),)*
                    _ => None,
                }
            }

            fn as_kind(&self) -> &dyn Kind {
                match self { $(Self::$variant(settings) => settings,)* }
            }
        }
    };
}

kinds! {
    /// IAM Identity Center.
    "identity-center" => IdentityCenter(super::identity_center::IdentityCenterSettings),
    /// OpenID Connect.
    "oidc" => Oidc(super::oidc::OidcSettings),
    /// SAML 2.0.
    "saml" => Saml(super::saml::SamlSettings),
    /// An IAM user's access key.
    "iam-user" => IamUser(super::iam_user::IamUserSettings),
    /// OAuth 2.0 without OpenID Connect.
    "oauth" => Oauth(super::oauth::OauthSettings),
    /// A directory (LDAP).
    "directory" => Directory(Box<super::directory::DirectorySettings>),
    /// An AWS profile that works already.
    "profile" => Profile(super::profile::ProfileSettings),
    /// A Cognito identity pool.
    "cognito" => Cognito(super::cognito::CognitoSettings),
}

impl IdentitySettings {
    /// See [`Kind::check`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check(&self) -> Result<(), Problem> {
        self.as_kind().check()
    }

    /// See [`Kind::operation`].
    pub(crate) fn operation(&self, target: &Target) -> Operation {
        self.as_kind().operation(target)
    }

    /// The identity with these settings.
    pub(crate) fn at(&self, desk: Desk) -> Box<dyn Identity> {
        self.as_kind().at(desk)
    }
}
