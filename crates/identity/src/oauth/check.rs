//! Checks whether settings can work: field by field, then by asking the provider.

use secrecy::SecretString;

use super::provider::{self, Provider};
use super::tokens::{self, Client};
use crate::client::{self, ClientSettings, SECRET_STEP, try_secret};
use crate::oidc::{check_template, template_mistake};
use crate::trial::{SETTINGS, Trial};
use daypass_core::problem::Problem;
use daypass_core::settings::OauthSettings;
use daypass_core::settings::{BadSetting, SettingField};
use daypass_core::view::Caution;
use daypass_http::Network;

/// Tries settings, and the client's secret if it has one.
pub(super) async fn try_out(
    settings: &OauthSettings,
    network: &Network,
    secret: Result<Option<SecretString>, Problem>,
    caution: Option<Caution>,
    trial: &Trial<'_>,
) {
    const TLS: &str = "TLS and the certificates in ca_file";
    const ANSWERS: &str = "the provider's token endpoint answers";
    let secret = secret.transpose();
    trial.plan([SETTINGS, TLS, ANSWERS].into_iter().chain(secret.as_ref().map(|_| SECRET_STEP)));
    if trial.settings(field_errors(settings)).is_none() {
        return;
    }
    let http = async { Ok(tokens::http(settings, network)?) };
    let Some(http) = trial.step(TLS, http).await else { return };
    let answers = async {
        let provider = Provider::of(settings)?;
        tokens::look_at(&http, &provider).await?;
        Ok((provider, caution.map(|caution| caution.message)))
    };
    let Some(provider) = trial.step_seeing(ANSWERS, answers).await else { return };
    if let Some(secret) = secret {
        let shown = async {
            let client = Client { settings, provider: &provider, secret: Some(&secret?), http: &http };
            Ok(client.show_secret().await?)
        };
        try_secret(trial, shown).await;
    }
}

/// Everything wrong with settings, checked field by field. No network.
pub(super) fn field_errors(settings: &OauthSettings) -> Vec<Problem> {
    let template = settings.session_name.as_deref().and_then(|template| check_template(template).err());
    apart_from_the_template(settings).into_iter().map(Problem::from).chain(template).collect()
}

/// The same, by the fields.
pub(super) fn mistakes(settings: &OauthSettings) -> Vec<BadSetting> {
    let template = settings.session_name.as_deref().and_then(template_mistake);
    apart_from_the_template(settings).into_iter().chain(template).collect()
}

/// The client's part of the settings.
pub(super) fn client_settings(settings: &OauthSettings) -> ClientSettings<'_> {
    ClientSettings {
        client_id: &settings.client_id,
        scopes: &settings.scopes,
        redirect_port: settings.redirect_port,
        redirect_host: settings.redirect_host,
        redirect_path: settings.redirect_path.as_deref(),
        parameters: &settings.authorization_parameters,
    }
}

fn apart_from_the_template(settings: &OauthSettings) -> Vec<BadSetting> {
    let mut mistakes = Vec::new();
    let id = &settings.provider_id;
    // What IAM accepts as the host of a web identity provider.
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
        let why = "write the provider's host without https://: www.amazon.com or graph.facebook.com";
        mistakes.push(BadSetting::new(SettingField::ProviderId, id, why));
    }
    mistakes.extend(client::mistakes(&client_settings(settings)));
    let name = settings.session_name.as_deref().unwrap_or_default();
    let endpoints = provider::wrong_endpoints(settings);
    let names_nobody = || Provider::of(settings).is_ok_and(|provider| provider.profile.is_none());
    if endpoints.is_empty() && (name.is_empty() || name.contains('{')) && names_nobody() {
        let why =
            "without userinfo_endpoint, Daypass can't tell who signs in, so write a fixed name of 2 to 64 characters";
        mistakes.push(BadSetting::new(SettingField::SessionName, name, why));
    }
    mistakes.extend(endpoints);
    mistakes
}
