//! IAM Identity Center as a kind of identity.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::access::Access;
use super::center::Center;
use super::error::CenterError;
use super::memory::PortalMemory;
use super::portal::Portal;
use super::registration::{Grant, register};
use super::settings::PortalSettings;
use super::sign_in::{SignIn, SignedIn};
use super::{discovery, start_url::StartUrl};
use crate::trial::{SETTINGS, Trial};
use crate::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{IdentityName, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, IdentityCenterSettings};
use daypass_core::view::CatalogProgress;
use daypass_core::view::{IdentityState, SignInWay};
use daypass_sts::Operation;

/// After this, a caller that waits for credentials gets a problem that says AWS is busy.
const PATIENCE_FOR_CREDENTIALS: Duration = Duration::from_secs(30);
/// A discovery may take long, but a request that is turned away for this long is refused rather than throttled.
const PATIENCE_FOR_LISTS: Duration = Duration::from_secs(300);
/// A catalog is listed again when it is this old.
const OLD: TimeDelta = TimeDelta::hours(6);
/// The same, if some accounts could not be listed.
const OLD_WITH_GAPS: TimeDelta = TimeDelta::minutes(10);
/// How long a sign-out waits for AWS.
const LOGOUT_LIMIT: Duration = Duration::from_secs(5);

/// An IAM Identity Center identity.
pub(crate) struct IdentityCenterIdentity {
    access: Access,
    memory: Arc<PortalMemory>,
}

impl Kind for IdentityCenterSettings {
    fn check(&self) -> Result<(), Problem> {
        Ok(self.well_formed()?)
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        PortalSettings::mistakes(self)
    }

    fn example() -> Self {
        Self {
            start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
            region: Region::example(),
            second_start_url: None,
            second_region: None,
            scopes: Vec::new(),
            redirect_port: None,
            default_region: None,
        }
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::GetRoleCredentials
    }
}

impl Identity for IdentityCenterIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: true }
    }

    fn provider(&self) -> String {
        self.portal_url().map_or_else(|_| self.access.settings.start_url.clone(), |url| url.to_string())
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let (kept, now) = (self.access.kept()?, self.access.context.now());
        let state = kept.as_ref().map_or(IdentityState::SignedOut, |kept| kept.state(now));
        let person = kept.as_ref().and_then(|_| self.portal_url().ok()).map(|url| person(&url));
        Ok(Standing { state, person, until: kept.and_then(|kept| kept.until(now)) })
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(portal) = self.portal_url() else { return Vec::new() };
        let Access { settings, context } = &self.access;
        self.memory.catalogs.roles(&context.name, &portal, &settings.region).to_vec()
    }

    fn remarks(&self) -> Vec<Problem> {
        let Access { settings, context } = &self.access;
        let Ok(portal) = self.portal_url() else { return Vec::new() };
        let catalog = self.memory.catalogs.get(&context.name, &portal, &settings.region);
        catalog.and_then(|catalog| catalog.remark()).into_iter().collect()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let Access { settings, context } = &self.access;
            settings.well_formed()?;
            let mut places = settings.places()?.into_iter().peekable();
            while let Some(place) = places.next() {
                match self.sign_in_at(place, call).await {
                    Err(error) if error.is_passing() && places.peek().is_some() => {
                        tracing::warn!(identity = %context.name, %error, "signing in in the second region");
                    }
                    result => return Ok(result?),
                }
            }
            // There is always a first place, and the last one returns.
            Err(context.signed_out())
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let role = permission_set(&request.role).ok_or_else(|| not_a_permission_set(&request.role))?;
            // The permission set decides everything, so no terms are possible.
            let order = self.access.context.services.aws.order(&request.role, request.region.as_ref(), &request.terms);
            Operation::GetRoleCredentials.check(&order)?;
            Ok(self.portal(PATIENCE_FOR_CREDENTIALS)?.credentials(&request.role, role).await?)
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(async move {
            let Access { context, .. } = &self.access;
            // Best effort. What is forgotten here can't be used from here, whatever AWS answers.
            if let Err(_elapsed) = tokio::time::timeout(LOGOUT_LIMIT, self.log_out()).await {
                tracing::warn!(identity = %context.name, "IAM Identity Center didn't confirm the sign-out in time");
            }
            let had = context.forget().await?;
            self.memory.catalogs.forget(&context.name)?;
            Ok(had)
        })
    }

    fn renamed<'a>(&'a self, old: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move { self.memory.catalogs.rename(old, &self.access.context.name) })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const TLS: &str = "TLS and the certificates in AWS_CA_BUNDLE";
            const REGISTERED: &str = "IAM Identity Center in this region registers Daypass for this start URL";
            const LISTED: &str = "the portal lists accounts";
            let (Access { settings, context }, is_signed_in) = (&self.access, self.is_signed_in());
            trial.plan([SETTINGS, TLS, REGISTERED].into_iter().chain(is_signed_in.then_some(LISTED)));
            if trial.settings(settings.well_formed().err().map(Problem::from).into_iter().collect()).is_none() {
                return;
            }
            let tls = async { Ok(Center::at(settings, context, settings.region.clone()).map(drop)?) };
            if trial.step(TLS, tls).await.is_none() {
                return;
            }
            let registered = async {
                for place in settings.places()? {
                    let center = Center::to_sign_in(settings, context, place).await?;
                    register(&center, context, &settings.all_scopes(), Grant::AuthorizationCode).await?;
                }
                Ok(())
            };
            if trial.step(REGISTERED, registered).await.is_some() && is_signed_in {
                let first_page = async { Ok(self.portal(PATIENCE_FOR_CREDENTIALS)?.accounts(None).await.map(drop)?) };
                trial.step(LISTED, first_page).await;
            }
        })
    }

    fn lists_roles(&self) -> bool {
        true
    }

    fn is_catalog_old(&self) -> bool {
        let Access { settings, context } = &self.access;
        let Ok(portal) = self.portal_url() else { return false };
        let known = self.memory.catalogs.get(&context.name, &portal, &settings.region);
        let is_old = known.is_none_or(|catalog| {
            let age = context.now() - catalog.discovered_at;
            let old = if catalog.unlisted.is_empty() { OLD } else { OLD_WITH_GAPS };
            age > old || age < -old
        });
        is_old && self.is_signed_in()
    }

    fn discover<'a>(&'a self, tell: &'a (dyn Fn(CatalogProgress) + Send + Sync)) -> Boxed<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let portal = self.portal(PATIENCE_FOR_LISTS)?;
            Ok(discovery::discover(&portal, &self.memory.catalogs, tell).await?)
        })
    }
}

impl IdentityCenterIdentity {
    pub(crate) fn new(settings: IdentityCenterSettings, context: IdentityContext, memory: Arc<PortalMemory>) -> Self {
        Self { access: Access { settings, context }, memory }
    }

    async fn sign_in_at(&self, place: (StartUrl, Region), call: &SignInCall<'_>) -> Result<String, CenterError> {
        let Access { settings, context } = &self.access;
        let center = Center::to_sign_in(settings, context, place).await?;
        let sign_in = SignIn { center: &center, settings, context, call };
        let SignedIn { client, tokens, _spending } = sign_in.run().await?;
        self.access.keep(&center, client, tokens).await?;
        Ok(person(&center.start_url))
    }

    fn portal_url(&self) -> Result<StartUrl, CenterError> {
        self.access.settings.portal()
    }

    fn is_signed_in(&self) -> bool {
        self.standing().is_ok_and(|standing| standing.is_signed_in())
    }

    fn portal(&self, patience: Duration) -> Result<Portal, CenterError> {
        let center = self.access.center()?;
        let pace = self.memory.pace(&center.start_url);
        Ok(Portal { access: self.access.clone(), center, pace, patience })
    }

    async fn log_out(&self) {
        if !self.is_signed_in() {
            return;
        }
        let told = async {
            let portal = self.portal(LOGOUT_LIMIT)?;
            // A refresh token outlives the access token, and AWS needs a valid access token to end the session.
            let token = self.access.token(None).await?;
            portal.log_out(&token).await
        };
        if let Err(error) = told.await {
            tracing::warn!(identity = %self.access.context.name, %error, "IAM Identity Center didn't get the sign-out");
        }
    }
}

/// AWS does not say who signed in: neither the token nor the portal names the user.
fn person(portal: &StartUrl) -> String {
    format!("a user of {}", portal.name())
}

/// The permission set that a role stands for, in the catalog's spelling or in IAM's
/// (`AWSReservedSSO_NAME_0123456789abcdef`, below a path that may have a region in it)
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>).
fn permission_set(target: &Target) -> Option<&str> {
    let role = target.role()?;
    if !role.to_string().contains(":role/aws-reserved/sso.amazonaws.com/") {
        return None;
    }
    let of_iam = role.name().strip_prefix("AWSReservedSSO_").and_then(|rest| rest.rsplit_once('_'));
    match of_iam {
        Some((set, suffix)) if suffix.len() == 16 && suffix.bytes().all(|b| b.is_ascii_hexdigit()) => Some(set),
        _ => Some(role.name()),
    }
}

fn not_a_permission_set(target: &Target) -> Problem {
    let message = format!("{target} isn't a permission set of IAM Identity Center");
    Problem::new(ProblemKind::Invalid, ProblemCode::IdentityCenterNotAPermissionSet, message).hint(
        "a role that is assumed from a permission set is declared with `via`: the ARN of the permission set's role, \
         arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/NAME",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_set_is_known_by_either_of_its_arns() {
        let set = |arn: &str| permission_set(&arn.parse().unwrap()).map(str::to_owned);
        let path = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com";
        assert_eq!(set(&format!("{path}/Read_Only")).unwrap(), "Read_Only");
        assert_eq!(set(&format!("{path}/AWSReservedSSO_Read_Only_0123456789abcdef")).unwrap(), "Read_Only");
        assert_eq!(set(&format!("{path}/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef")).unwrap(), "Admin");
        assert_eq!(set("arn:aws:iam::111122223333:role/Admin"), None);
        assert_eq!(set("arn:aws:iam::111122223333:root"), None);
    }
}
