//! What each kind of settings is: the one place that knows them all.

use daypass_core::names::Target;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::SecretField;
use daypass_sts::Operation;

use super::{Desk, Identity, Kind};

/// See [`Kind::check`].
///
/// # Errors
///
/// As there.
pub fn check(settings: &IdentitySettings) -> Result<(), Problem> {
    kind(settings).check()
}

/// See [`Kind::secrets`]. Whether they are set is not known here.
#[must_use]
pub fn secrets(settings: &IdentitySettings) -> Vec<SecretField> {
    kind(settings).secrets()
}

/// See [`Kind::operation`].
#[must_use]
pub fn operation(settings: &IdentitySettings, target: &Target) -> Operation {
    kind(settings).operation(target)
}

/// The identity with these settings.
#[must_use]
pub fn identity(settings: &IdentitySettings, desk: Desk) -> Box<dyn Identity> {
    kind(settings).at(desk)
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
