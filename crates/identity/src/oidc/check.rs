//! Whether settings can work: each field by itself, then the provider is asked.

use secrecy::SecretString;

use super::claims::check_template;
use super::error::OidcError;
use super::provider::{Oidc, discover, parse_issuer};
use super::tokens::show_secret;
use crate::client::{SECRET_STEP, mistakes, try_secret};
use crate::trial::{SETTINGS, Trial};
use daypass_core::problem::Problem;
use daypass_core::settings::BadSetting;
use daypass_core::settings::OidcSettings;

/// Tries settings, and the client's secret where it has one. Never answers from memory: the person may just have mended
/// something there.
pub(super) async fn try_out(
    settings: &OidcSettings,
    oidc: &Oidc,
    secret: Result<Option<SecretString>, Problem>,
    trial: &Trial<'_>,
) {
    const PROVIDER: &str = "the provider's configuration and its keys";
    let secret = secret.transpose();
    trial.plan([SETTINGS, PROVIDER].into_iter().chain(secret.as_ref().map(|_| SECRET_STEP)));
    let mut wrong: Vec<Problem> = field_errors(settings).iter().map(Problem::from).collect();
    wrong.extend(settings.session_name.as_deref().and_then(|template| check_template(template).err()));
    let http = match oidc.http(settings) {
        Ok(http) => Some(http),
        Err(error) => {
            wrong.push(error.into());
            None
        }
    };
    // All at once: they are mended in one form.
    let Some(http) = trial.settings(wrong).and(http) else { return };
    let asked = async { Ok(discover(&http, &parse_issuer(&settings.issuer)?, oidc.now()).await?) };
    let Some(provider) = trial.step(PROVIDER, asked).await else { return };
    if let Some(secret) = secret {
        let shown = async { Ok(show_secret(&oidc.with_secret(Some(secret?)), settings, &provider).await?) };
        try_secret(trial, shown).await;
    }
}

/// Whether settings are well-formed, before they are saved. No network.
///
/// # Errors
///
/// The first field that cannot be used.
pub(super) fn check_settings(settings: &OidcSettings) -> Result<(), Problem> {
    well_formed(settings)?;
    settings.session_name.as_deref().map_or(Ok(()), check_template)
}

/// The first field that a sign-in cannot do with.
pub(super) fn well_formed(settings: &OidcSettings) -> Result<(), OidcError> {
    field_errors(settings).into_iter().next().map_or(Ok(()), Err)
}

fn field_errors(settings: &OidcSettings) -> Vec<OidcError> {
    let client = mistakes(&settings.client_id, &settings.scopes, settings.redirect_port);
    let mut errors: Vec<OidcError> = client.into_iter().map(OidcError::from).collect();
    if let Some(claim) = &settings.roles_claim
        && claim.trim().is_empty()
    {
        errors.push(BadSetting::new("roles_claim", claim, "write the name of a claim, or leave it out").into());
    }
    if let Err(error) = parse_issuer(&settings.issuer) {
        errors.push(error);
    }
    errors
}
