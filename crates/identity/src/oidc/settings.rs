//! Whether settings are well-formed. No network, no files.

use super::claims::{check_template, template_mistake};
use super::error::OidcError;
use super::provider::parse_issuer;
use crate::client::{self, ClientSettings};
use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, OidcSettings, SettingField};

/// Whether settings are well-formed, before they are saved.
///
/// # Errors
///
/// The first field that cannot be used.
pub(super) fn check_settings(settings: &OidcSettings) -> Result<(), Problem> {
    well_formed(settings)?;
    settings.session_name.as_deref().map_or(Ok(()), check_template)
}

/// The first field that a sign-in can't work with.
pub(super) fn well_formed(settings: &OidcSettings) -> Result<(), OidcError> {
    field_errors(settings).into_iter().next().map_or(Ok(()), Err)
}

/// Every field that cannot be used.
pub(super) fn mistakes(settings: &OidcSettings) -> Vec<BadSetting> {
    let setting = |error| if let OidcError::Setting(bad) = error { Some(bad) } else { None };
    let template = settings.session_name.as_deref().and_then(template_mistake);
    field_errors(settings).into_iter().filter_map(setting).chain(template).collect()
}

/// The client's part of the settings.
pub(super) fn client_settings(settings: &OidcSettings) -> ClientSettings<'_> {
    ClientSettings {
        client_id: &settings.client_id,
        scopes: &settings.scopes,
        redirect_port: settings.redirect_port,
        redirect_host: settings.redirect_host,
        redirect_path: settings.redirect_path.as_deref(),
        parameters: &settings.authorization_parameters,
    }
}

/// Everything wrong with settings, checked field by field.
pub(super) fn field_errors(settings: &OidcSettings) -> Vec<OidcError> {
    let client = client::mistakes(&client_settings(settings));
    let mut errors: Vec<OidcError> = client.into_iter().map(OidcError::from).collect();
    if let Some(claim) = &settings.roles_claim
        && claim.trim().is_empty()
    {
        errors.push(
            BadSetting::new(SettingField::RolesClaim, claim, "write the name of a claim, or leave it out").into(),
        );
    }
    if let Err(error) = parse_issuer(&settings.issuer) {
        errors.push(error);
    }
    errors
}
