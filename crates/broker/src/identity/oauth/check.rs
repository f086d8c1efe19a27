//! Whether settings can work: each field by itself, then the provider is asked.

use secrecy::SecretString;

use super::provider::Provider;
use super::settings::OauthSettings;
use super::tokens::{self, Client};
use crate::identity::BadSetting;
use crate::identity::oidc::check_template;
use crate::identity::trial::{SECRET, SETTINGS, Trial};
use crate::identity::words::is_scope;
use crate::problem::Problem;

/// Tries settings, and the client's secret where it has one.
pub(super) async fn try_out(
    settings: &OauthSettings,
    secret: Result<Option<SecretString>, Problem>,
    trial: &Trial<'_>,
) {
    const TLS: &str = "TLS and the certificates in ca_file";
    const ANSWERS: &str = "the provider's token endpoint answers";
    let secret = secret.transpose();
    trial.plan([SETTINGS, TLS, ANSWERS].into_iter().chain(secret.as_ref().map(|_| SECRET)));
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
        trial.step(SECRET, shown).await;
    }
}

/// What is wrong with settings, each field by itself. No network.
pub(super) fn field_errors(settings: &OauthSettings) -> Vec<Problem> {
    let mut errors = Vec::new();
    let mut wrong = |field, value: &str, why: &str| errors.push(BadSetting::new(field, value, why).into());
    let id = &settings.provider_id;
    // What IAM takes as the host of a web identity provider.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
        wrong("provider_id", id, "write the provider's host without https://: www.amazon.com or graph.facebook.com");
    }
    let client = &settings.client_id;
    if client.trim().is_empty() || client.trim() != client || client.contains(char::is_control) {
        wrong(
            "client_id",
            client,
            "write the id of the client that was registered for Daypass, without blanks around it",
        );
    }
    for scope in &settings.scopes {
        if !is_scope(scope) {
            wrong("scopes", scope, "a scope is one word without blanks, quotes and backslashes");
        }
    }
    if settings.redirect_port == Some(0) {
        wrong("redirect_port", "0", "use a port from 1024 to 65535, or leave it out for a free one");
    }
    let name = settings.session_name.as_deref().unwrap_or_default();
    match Provider::of(settings) {
        Ok(provider) if provider.profile.is_none() && (name.is_empty() || name.contains('{')) => wrong(
            "session_name",
            name,
            "without userinfo_endpoint nobody says who signed in, so write a fixed text of 2 to 64 characters",
        ),
        Ok(_) => {}
        Err(error) => errors.push(error.into()),
    }
    errors.extend(settings.session_name.as_deref().and_then(|template| check_template(template).err()));
    errors
}
