//! "Try it now": the settings field by field, then the provider itself.

use secrecy::SecretString;

use super::claims::check_template;
use super::provider::{OidcClient, discover, parse_issuer};
use super::settings::field_errors;
use super::tokens::show_secret;
use crate::client::{SECRET_STEP, try_secret};
use crate::mix_up::Caution;
use crate::trial::{SETTINGS, Trial};
use daypass_core::problem::Problem;
use daypass_core::settings::OidcSettings;

/// Tries settings, and the client's secret if it has one. Never answers from memory, because the person may just have
/// fixed something there.
pub(super) async fn try_out(
    settings: &OidcSettings,
    oidc: &OidcClient,
    secret: Result<Option<SecretString>, Problem>,
    mix_up: Option<Caution>,
    trial: &Trial<'_>,
) {
    const PROVIDER: &str = "the provider's configuration and its keys";
    let secret = secret.transpose();
    trial.plan([SETTINGS, PROVIDER].into_iter().chain(secret.as_ref().map(|_| SECRET_STEP)));
    let mut wrong: Vec<Problem> = field_errors(settings).iter().map(Problem::from).collect();
    wrong.extend(settings.session_name.as_deref().and_then(|template| check_template(template).err()));
    let trusting = oidc.trusting_now(settings).and_then(|(oidc, _)| Ok((oidc.http(settings)?, oidc)));
    let trusting = match trusting {
        Ok(trusting) => Some(trusting),
        Err(error) => {
            wrong.push(error.into());
            None
        }
    };
    // All at once, because the person fixes them in one form.
    let Some((http, oidc)) = trial.settings(wrong).and(trusting) else { return };
    let asked = async {
        let provider = discover(&http, &parse_issuer(&settings.issuer)?, oidc.now()).await?;
        let caution = mix_up.filter(|_| !provider.names_itself()).map(|caution| caution.message);
        Ok((provider, caution))
    };
    let Some(provider) = trial.step_seeing(PROVIDER, asked).await else { return };
    if let Some(secret) = secret {
        let shown = async { Ok(show_secret(&oidc.with_secret(Some(secret?)), settings, &provider).await?) };
        try_secret(trial, shown).await;
    }
}
