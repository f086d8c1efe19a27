//! The settings of identities and roles, as `config.toml` holds them and the window sends them: plain data, nothing
//! secret. What they mean, and whether they are right, is known to the crate of identities.

mod account;
mod ask;
mod audit;
mod bad_setting;
mod catalog;
mod chains;
mod chord;
mod cognito;
mod config;
mod console;
mod console_sign_in;
mod declared_role;
mod delivery;
mod directory;
mod field;
mod iam_user;
mod identity_center;
mod lock;
mod network;
mod notifications;
mod oauth;
mod oidc;
mod profile;
mod profiles;
mod redirect_host;
mod saml;
pub mod sharing;
mod shortcuts;
mod window;

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use crate::names::Region;

mod filter;
pub use account::{AccountColour, AccountField, AccountSettings};
pub use ask::{AskSettings, AskWhen};
pub use audit::{AuditSettings, Days, FileSize, RotationAge};
pub use bad_setting::BadSetting;
pub use catalog::{CatalogChange, CatalogFrom, CatalogSettings, CatalogView, Origins};
pub use chains::Chains;
pub use chord::Chord;
pub use cognito::CognitoSettings;
pub use config::{Config, ConfigSource, DesktopSettings, VaultKey};
pub use console::{
    BrowserKind, BrowserName, BrowserPackage, ConsoleLevel, ConsoleRules, ConsoleSettings, ConsoleSignIn,
    ContainerName, OpenIn, OwnProfile,
};
pub use console_sign_in::ConsoleSignInSettings;
pub use declared_role::{DeclaredRole, HandOut, RoleMistake, misplaced};
pub use delivery::DeliverySetting;
pub use directory::{DirectorySettings, Federate, GroupRoles};
pub use field::SettingField;
pub use filter::FilterSettings;
pub use iam_user::IamUserSettings;
pub use identity_center::IdentityCenterSettings;
pub use lock::LockSettings;
pub use network::{CaFile, NetworkSettings, ProxySetting};
pub use notifications::{NotificationSettings, QuietHours, WarningTime};
pub use oauth::OauthSettings;
pub use oidc::OidcSettings;
pub use profile::ProfileSettings;
pub use profiles::{OutputFormat, ProfilesSettings};
pub use redirect_host::RedirectHost;
pub use saml::{Binding, SamlSettings, SignInBrowser};
pub use shortcuts::{Keys, ShortcutId, ShortcutSettings};
pub use window::{Density, TextSize, Theme, WindowSettings};

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

            /// The region for the profiles of its roles, where the role names none.
            #[must_use]
            pub fn default_region(&self) -> Option<&Region> {
                match self { $(Self::$variant(settings) => settings.default_region.as_ref(),)* }
            }

            /// The settings that a table of `config.toml` holds, without its `kind`; `None` for an unknown kind.
            pub fn read<'de, D: Deserializer<'de>>(kind: &str, table: D) -> Option<Result<Self, D::Error>> {
                match kind {
                    $($word => Some(<$settings>::deserialize(table).map(Self::$variant)),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// IAM Identity Center.
    "identity-center" => IdentityCenter(IdentityCenterSettings),
    /// OpenID Connect.
    "oidc" => Oidc(OidcSettings),
    /// SAML 2.0.
    "saml" => Saml(SamlSettings),
    /// An IAM user's access key.
    "iam-user" => IamUser(IamUserSettings),
    /// OAuth 2.0 without OpenID Connect.
    "oauth" => Oauth(OauthSettings),
    /// A directory (LDAP).
    "directory" => Directory(Box<DirectorySettings>),
    /// An AWS profile that works already.
    "profile" => Profile(ProfileSettings),
    /// A Cognito identity pool.
    "cognito" => Cognito(CognitoSettings),
    /// The sign-in of the AWS Management Console.
    "console" => Console(ConsoleSignInSettings),
}
