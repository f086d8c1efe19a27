//! Makes identities from their settings. Only this module knows every kind.

use std::sync::Arc;

use crate::cognito::CognitoIdentity;
use crate::context::IdentityContext;
use crate::directory::DirectoryIdentity;
use crate::iam_user::IamUserIdentity;
use crate::identity_center::{IdentityCenterIdentity, PortalMemory};
use crate::kind::{Identity, Kind};
use crate::oauth::OauthIdentity;
use crate::oidc::{OidcClient, OidcIdentity};
use crate::profile::ProfileIdentity;
use crate::saml::SamlIdentity;
use daypass_core::names::Target;
use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, IdentitySettings};
use daypass_core::surroundings::Surroundings;
use daypass_core::terms::Term;
use daypass_core::view::SecretField;
use daypass_sts::Operation;

/// See [`Kind::check`].
///
/// # Errors
///
/// Same as there.
pub fn check(settings: &IdentitySettings) -> Result<(), Problem> {
    kind(settings).check()
}

/// See [`Kind::secrets`]. Doesn't say whether they are set.
#[must_use]
pub fn secrets(settings: &IdentitySettings) -> Vec<SecretField> {
    kind(settings).secrets()
}

/// See [`Kind::mistakes`].
#[must_use]
pub fn mistakes(settings: &IdentitySettings) -> Vec<BadSetting> {
    kind(settings).mistakes()
}

/// Valid settings of a kind, see [`Kind::example`]. `None` for an unknown kind.
#[must_use]
pub fn example(kind: &str) -> Option<IdentitySettings> {
    let all = [
        IdentitySettings::IdentityCenter(Kind::example()),
        IdentitySettings::Oidc(Kind::example()),
        IdentitySettings::Saml(Kind::example()),
        IdentitySettings::IamUser(Kind::example()),
        IdentitySettings::Oauth(Kind::example()),
        IdentitySettings::Directory(Box::new(Kind::example())),
        IdentitySettings::Profile(Kind::example()),
        IdentitySettings::Cognito(Kind::example()),
    ];
    all.into_iter().find(|settings| settings.kind() == kind)
}

/// See [`Kind::terms`].
#[must_use]
pub fn terms(settings: &IdentitySettings, target: &Target) -> Vec<Term> {
    kind(settings).terms(target)
}

/// See [`Kind::operation`].
#[must_use]
pub fn operation(settings: &IdentitySettings, target: &Target) -> Operation {
    kind(settings).operation(target)
}

/// Makes identities, and keeps what a process remembers for them between requests.
#[derive(Clone)]
pub struct IdentityFactory {
    /// What OpenID providers said about themselves.
    oidc: OidcClient,
    /// How fast each AWS access portal may be asked, and what it listed.
    portals: Arc<PortalMemory>,
}

impl IdentityFactory {
    /// Nothing is remembered yet. Reads nothing.
    #[must_use]
    pub fn new(surroundings: &Surroundings) -> Self {
        Self {
            oidc: OidcClient::new(Arc::clone(&surroundings.clock)),
            portals: Arc::new(PortalMemory::new(&surroundings.places.cache)),
        }
    }

    /// The identity with these settings.
    #[must_use]
    pub fn make(&self, settings: &IdentitySettings, context: IdentityContext) -> Box<dyn Identity> {
        match settings.clone() {
            IdentitySettings::IdentityCenter(settings) => {
                Box::new(IdentityCenterIdentity::new(settings, context, Arc::clone(&self.portals)))
            }
            IdentitySettings::Oidc(settings) => Box::new(OidcIdentity::new(settings, context, self.oidc.clone())),
            IdentitySettings::Saml(settings) => Box::new(SamlIdentity::new(settings, context)),
            IdentitySettings::IamUser(settings) => Box::new(IamUserIdentity::new(settings, context)),
            IdentitySettings::Oauth(settings) => Box::new(OauthIdentity::new(settings, context)),
            IdentitySettings::Directory(settings) => Box::new(DirectoryIdentity::new(*settings, context)),
            IdentitySettings::Profile(settings) => Box::new(ProfileIdentity::new(settings, context)),
            IdentitySettings::Cognito(settings) => Box::new(CognitoIdentity::new(settings, context, self.oidc.clone())),
        }
    }
}

fn kind(settings: &IdentitySettings) -> &dyn Kind {
    match settings {
        IdentitySettings::IdentityCenter(settings) => settings,
        IdentitySettings::Oidc(settings) => settings,
        IdentitySettings::Saml(settings) => settings,
        IdentitySettings::IamUser(settings) => settings,
        IdentitySettings::Oauth(settings) => settings,
        IdentitySettings::Directory(settings) => settings.as_ref(),
        IdentitySettings::Profile(settings) => settings,
        IdentitySettings::Cognito(settings) => settings,
    }
}
