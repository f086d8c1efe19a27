//! Whether settings can work: each field by itself, then the provider is asked.

use secrecy::SecretString;

use super::claims::check_template;
use super::error::OidcError;
use super::provider::{Oidc, discover, parse_issuer};
use super::settings::OidcSettings;
use super::tokens::show_secret;
use crate::identity::BadSetting;
use crate::identity::trial::{SECRET, SETTINGS, Trial};
use crate::identity::words::is_scope;
use crate::problem::Problem;

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
    trial.plan([SETTINGS, PROVIDER].into_iter().chain(secret.as_ref().map(|_| SECRET)));
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
        trial.step(SECRET, shown).await;
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
    let mut errors = Vec::new();
    let mut wrong = |field, value: &str, why: &str| {
        errors.push(BadSetting::new(field, value, why).into());
    };
    let id = &settings.client_id;
    if id.trim().is_empty() {
        wrong("client_id", id, "write the id of the client that was registered for Daypass at the provider");
    } else if id.trim() != id || id.chars().any(char::is_control) {
        wrong("client_id", id, "there are blanks or control characters in it");
    }
    for scope in &settings.scopes {
        if !is_scope(scope) {
            wrong("scopes", scope, "a scope is one word without blanks, quotes and backslashes");
        }
    }
    if settings.redirect_port == Some(0) {
        wrong("redirect_port", "0", "use a port from 1024 to 65535, or leave it out for a free one");
    }
    if let Some(claim) = &settings.roles_claim
        && claim.trim().is_empty()
    {
        wrong("roles_claim", claim, "write the name of a claim, or leave it out");
    }
    if let Err(error) = parse_issuer(&settings.issuer) {
        errors.push(error);
    }
    errors
}
