//! "Try it now": the settings field by field, then the provider itself.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::claims::check_template;
use super::provider::{OidcClient, discover, parse_issuer};
use super::renewal::remark;
use super::roles::{self, Listed, listed};
use super::settings::field_errors;
use super::tokens::show_secret;
use crate::client::{SECRET_STEP, try_secret};
use crate::trial::{SETTINGS, Trial};
use daypass_core::problem::Problem;
use daypass_core::settings::OidcSettings;
use daypass_core::view::Caution;

/// The step of a trial for settings that name a claim with roles.
const ROLES: &str = "the roles in the claim that roles_claim names";

/// Tries settings, and the client's secret if it has one. Never answers from memory, because the person may just have
/// fixed something there.
pub(super) async fn try_out(
    settings: &OidcSettings,
    oidc: &OidcClient,
    secret: Result<Option<SecretString>, Problem>,
    mix_up: Option<Caution>,
    claims: Option<Map<String, Value>>,
    trial: &Trial<'_>,
) {
    const PROVIDER: &str = "the provider's configuration and its keys";
    let secret = secret.transpose();
    let claim = settings.roles_claim.as_deref();
    let more = secret.as_ref().map(|_| SECRET_STEP).into_iter().chain(claim.map(|_| ROLES));
    trial.plan([SETTINGS, PROVIDER].into_iter().chain(more));
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
        provider.metadata.check_signing()?;
        let mix_up = mix_up.filter(|_| !provider.names_itself()).map(|caution| caution.message);
        let remarks: Vec<String> = mix_up.into_iter().chain(remark(settings, &provider.metadata)).collect();
        Ok((provider, (!remarks.is_empty()).then(|| remarks.join(". "))))
    };
    let Some(provider) = trial.step_seeing(PROVIDER, asked).await else { return };
    if let Some(secret) = secret {
        let shown = async { Ok(show_secret(&oidc.with_secret(Some(secret?)), settings, &provider).await?) };
        if try_secret(trial, shown).await.is_none() {
            return;
        }
    }
    if let Some(claim) = claim {
        trial.step_seeing(ROLES, async { seen(claim, claims.as_ref()) }).await;
    }
}

/// What the claim of the last sign-in comes to.
fn seen(claim: &str, claims: Option<&Map<String, Value>>) -> Result<((), Option<String>), Problem> {
    let Some(claims) = claims else {
        return Ok(((), Some("you aren't signed in, so what it lists isn't known yet".to_owned())));
    };
    match listed(claim, claims) {
        Listed::Roles(found) => Ok(((), Some(roles::in_words(&found)))),
        Listed::Nothing(problem) => Err(problem),
    }
}
