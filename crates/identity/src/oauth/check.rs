//! Whether settings can work: each field by itself, then the provider is asked.

use secrecy::SecretString;

use super::provider::Provider;
use super::tokens::{self, Client};
use crate::client::{SECRET_STEP, mistakes, try_secret};
use crate::oidc::check_template;
use crate::trial::{SETTINGS, Trial};
use daypass_core::problem::Problem;
use daypass_core::settings::BadSetting;
use daypass_core::settings::OauthSettings;

/// Tries settings, and the client's secret where it has one.
pub(super) async fn try_out(
    settings: &OauthSettings,
    secret: Result<Option<SecretString>, Problem>,
    trial: &Trial<'_>,
) {
    const TLS: &str = "TLS and the certificates in ca_file";
    const ANSWERS: &str = "the provider's token endpoint answers";
    let secret = secret.transpose();
    trial.plan([SETTINGS, TLS, ANSWERS].into_iter().chain(secret.as_ref().map(|_| SECRET_STEP)));
    if trial.settings(field_errors(settings)).is_none() {
        return;
    }
    let http = async { Ok(tokens::http(settings)?) };
    let Some(http) = trial.step(TLS, http).await else { return };
    let answers = async {
        let provider = Provider::of(settings)?;
        tokens::look_at(&http, &provider).await?;
        Ok(provider)
    };
    let Some(provider) = trial.step(ANSWERS, answers).await else { return };
    if let Some(secret) = secret {
        let shown = async {
            let client = Client { settings, provider: &provider, secret: Some(&secret?), http: &http };
            Ok(client.show_secret().await?)
        };
        try_secret(trial, shown).await;
    }
}

/// What is wrong with settings, each field by itself. No network.
pub(super) fn field_errors(settings: &OauthSettings) -> Vec<Problem> {
    let mut errors: Vec<Problem> = Vec::new();
    let id = &settings.provider_id;
    // What IAM takes as the host of a web identity provider.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
        let why = "write the provider's host without https://: www.amazon.com or graph.facebook.com";
        errors.push(BadSetting::new("provider_id", id, why).into());
    }
    errors.extend(mistakes(&settings.client_id, &settings.scopes, settings.redirect_port).iter().map(Problem::from));
    let name = settings.session_name.as_deref().unwrap_or_default();
    match Provider::of(settings) {
        Ok(provider) if provider.profile.is_none() && (name.is_empty() || name.contains('{')) => {
            let why =
                "without userinfo_endpoint nobody says who signed in, so write a fixed text of 2 to 64 characters";
            errors.push(BadSetting::new("session_name", name, why).into());
        }
        Ok(_) => {}
        Err(error) => errors.push(error.into()),
    }
    errors.extend(settings.session_name.as_deref().and_then(|template| check_template(template).err()));
    errors
}
