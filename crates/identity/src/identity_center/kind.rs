//! IAM Identity Center as a kind of identity.

use std::time::Duration;

use chrono::TimeDelta;

use super::access::Access;
use super::center::Center;
use super::error::CenterError;
use super::portal::Portal;
use super::registration::{Grant, register};
use super::settings::PortalSettings;
use super::sign_in::SignIn;
use super::{discovery, start_url::StartUrl};
use crate::trial::{SETTINGS, Trial};
use crate::{Desk, FoundRole, Identity, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::Target;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::IdentityCenterSettings;
use daypass_core::view::CatalogProgress;
use daypass_core::view::{IdentityState, SignInWay};
use daypass_sts::Operation;

/// Whoever waits for credentials gets them, or is told that AWS is busy.
const PATIENCE_FOR_CREDENTIALS: Duration = Duration::from_secs(30);
/// A discovery takes as long as it takes; a request that is turned away for so long is not throttled but refused.
const PATIENCE_FOR_LISTS: Duration = Duration::from_secs(300);
/// A catalog is listed anew when it is this old.
const OLD: TimeDelta = TimeDelta::hours(6);
/// What a sign-out waits for AWS.
const LOGOUT_LIMIT: Duration = Duration::from_secs(5);

/// An IAM Identity Center identity at its desk.
struct IdentityCenter(Access);

impl Kind for IdentityCenterSettings {
    fn check(&self) -> Result<(), Problem> {
        Ok(self.well_formed()?)
    }

    fn operation(&self, _: &Target) -> Operation {
        Operation::GetRoleCredentials
    }

    fn at(&self, desk: Desk) -> Box<dyn Identity> {
        Box::new(IdentityCenter(Access { settings: self.clone(), desk }))
    }
}

impl Identity for IdentityCenter {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: true }
    }

    fn provider(&self) -> String {
        self.portal_url().map_or_else(|_| self.0.settings.start_url.clone(), |url| url.to_string())
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let (kept, now) = (self.0.kept()?, self.0.desk.now());
        let state = kept.as_ref().map_or(IdentityState::SignedOut, |kept| kept.state(now));
        let person = kept.as_ref().and_then(|_| self.portal_url().ok()).map(|url| person(&url));
        Ok(Standing { state, person, until: kept.and_then(|kept| kept.until(now)) })
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(portal) = self.portal_url() else { return Vec::new() };
        let Access { settings, desk } = &self.0;
        desk.shared.identity_centers.catalogs.roles(&desk.name, &portal, &settings.region).to_vec()
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let Access { settings, desk } = &self.0;
            settings.well_formed()?;
            let center = Center::at(settings, desk)?;
            let (client, tokens) = SignIn { center: &center, settings, desk, call }.run().await?;
            self.0.keep(&center, client, tokens).await?;
            Ok(person(&center.start_url))
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>> {
        Box::pin(async move {
            let role = permission_set(&request.role).ok_or_else(|| not_a_permission_set(&request.role))?;
            // The permission set settles everything: no term is possible.
            let order = self.0.desk.shared.aws.order(&request.role, request.region.as_ref(), &request.terms);
            Operation::GetRoleCredentials.check(&order)?;
            Ok(self.portal(PATIENCE_FOR_CREDENTIALS)?.credentials(&request.role, role).await?)
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        Box::pin(async move {
            let Access { desk, .. } = &self.0;
            // As good as it goes: what is forgotten here cannot be used from here, whatever AWS answers.
            if let Err(_elapsed) = tokio::time::timeout(LOGOUT_LIMIT, self.log_out()).await {
                tracing::warn!(identity = %desk.name, "IAM Identity Center was not told of the sign-out: no answer in time");
            }
            let had = desk.forget().await?;
            desk.shared.identity_centers.catalogs.forget(&desk.name)?;
            Ok(had)
        })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const TLS: &str = "TLS and the certificates in AWS_CA_BUNDLE";
            const REGISTERED: &str = "IAM Identity Center in this region registers Daypass for this start URL";
            const LISTED: &str = "the portal lists accounts";
            let (Access { settings, desk }, is_signed_in) = (&self.0, self.is_signed_in());
            trial.plan([SETTINGS, TLS, REGISTERED].into_iter().chain(is_signed_in.then_some(LISTED)));
            if trial.settings(settings.well_formed().err().map(Problem::from).into_iter().collect()).is_none() {
                return;
            }
            let center = async { Ok(Center::at(settings, desk)?) };
            let Some(center) = trial.step(TLS, center).await else { return };
            let registered = async {
                register(&center, desk, &settings.all_scopes(), Grant::AuthorizationCode).await?;
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
        let Access { settings, desk } = &self.0;
        let Ok(portal) = self.portal_url() else { return false };
        let known = desk.shared.identity_centers.catalogs.get(&desk.name, &portal, &settings.region);
        let is_old = known.is_none_or(|catalog| {
            let age = desk.now() - catalog.discovered_at;
            age > OLD || age < -OLD
        });
        is_old && self.is_signed_in()
    }

    fn discover<'a>(&'a self, tell: &'a (dyn Fn(CatalogProgress) + Send + Sync)) -> Boxed<'a, Result<usize, Problem>> {
        Box::pin(async move {
            let portal = self.portal(PATIENCE_FOR_LISTS)?;
            Ok(discovery::discover(&portal, &self.0.desk.shared.identity_centers.catalogs, tell).await?)
        })
    }
}

impl IdentityCenter {
    fn portal_url(&self) -> Result<StartUrl, CenterError> {
        self.0.settings.portal()
    }

    fn is_signed_in(&self) -> bool {
        self.standing().is_ok_and(|standing| standing.state == IdentityState::SignedIn)
    }

    fn portal(&self, patience: Duration) -> Result<Portal, CenterError> {
        let Access { settings, desk } = &self.0;
        let center = Center::at(settings, desk)?;
        let pace = desk.shared.identity_centers.pace(&center.start_url);
        Ok(Portal { access: self.0.clone(), center, pace, patience })
    }

    async fn log_out(&self) {
        if !self.is_signed_in() {
            return;
        }
        let told = async {
            let portal = self.portal(LOGOUT_LIMIT)?;
            // A refresh token outlives the access token: to end the session, AWS wants one that is good.
            let token = self.0.token(None).await?;
            portal.log_out(&token).await
        };
        if let Err(error) = told.await {
            tracing::warn!(identity = %self.0.desk.name, %error, "IAM Identity Center was not told of the sign-out");
        }
    }
}

/// AWS does not say who signed in: neither the token nor the portal names the user.
fn person(portal: &StartUrl) -> String {
    format!("a user of {}", portal.name())
}

/// The permission set that a role stands for: as the catalog writes it, or as IAM does
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
    let message = format!("{target} is not a permission set of IAM Identity Center");
    Problem::new(ProblemKind::Invalid, "identity-center-not-a-permission-set", message).hint(
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
