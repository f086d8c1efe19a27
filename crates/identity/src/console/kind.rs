//! The console's sign-in as a kind of identity.

use super::error::ConsoleError;
use super::principal::Principal;
use super::proof::{Access, For, StoredSignIn};
use super::sign_in::SignIn;
use super::token::{Client, TokenRequest};
use super::{address::SignInService, dpop::DpopKey};
use crate::trial::{SETTINGS, Trial};
use crate::{FoundRole, Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use chrono::TimeDelta;
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{Partition, Region, Target, TargetKind};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, ConsoleSignInSettings};
use daypass_core::view::{Caution, SignInWay};
use daypass_sts::{Caller, Operation};

/// An identity that signs in with the console.
#[derive(Clone)]
pub(crate) struct ConsoleIdentity {
    access: Access,
}

impl Kind for ConsoleSignInSettings {
    fn check(&self) -> Result<(), Problem> {
        // Its region is checked when it is read.
        Ok(())
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        Vec::new()
    }

    fn example() -> Self {
        Self { region: Region::example(), default_region: None }
    }

    fn delivers_as_found(&self) -> bool {
        true
    }

    fn operation(&self, target: &Target) -> Operation {
        match target.kind() {
            // Another role than the one that is signed in, with its credentials.
            TargetKind::Role => Operation::AssumeRole,
            TargetKind::User | TargetKind::FederatedUser | TargetKind::Root | TargetKind::IdentityPool => {
                Operation::CreateOAuth2Token
            }
        }
    }
}

impl Identity for ConsoleIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::Browser { device: false }
    }

    fn provider(&self) -> String {
        format!("the AWS console in {}", self.access.settings.region)
    }

    fn standing(&self) -> Result<Standing, Problem> {
        let now = self.access.context.now();
        Ok(self.access.kept()?.map_or_else(Standing::signed_out, |kept| kept.standing(now)))
    }

    fn roles(&self) -> Vec<FoundRole> {
        let Ok(Some(kept)) = self.access.kept() else { return Vec::new() };
        vec![FoundRole { target: kept.principal.target, account_name: None }]
    }

    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let service = self.access.service()?;
            let sign_in = SignIn { service: &service, access: &self.access, call };
            let (kept, _spending) = if call.device { sign_in.elsewhere().await? } else { sign_in.here().await? };
            let person = kept.principal.person();
            self.access.keep(kept).await?;
            Ok(person)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            let own = self.access.kept()?.ok_or_else(|| self.access.context.signed_out())?.principal;
            let aws = &self.access.context.services.aws;
            let order = aws.order(&request.role, request.region.as_ref(), &request.terms);
            if own.is(&request.role) {
                // The console session decides everything, so no terms are possible.
                Operation::CreateOAuth2Token.check(&order)?;
                let kept = self.access.good(For::Session).await?;
                // Another sign-in may have come in between.
                return if kept.principal.is(&request.role) {
                    Ok(kept.issued())
                } else {
                    Err(self.another(&kept.principal, &request.role).into())
                };
            }
            if request.role.kind() != TargetKind::Role {
                return Err(self.another(&own, &request.role).into());
            }
            let kept = self.access.good(For::Request).await?;
            match self.assume(request, &kept).await {
                // AWS revoked them early. New ones show whether the person is needed.
                Err(error) if error.kind() == ProblemKind::NeedsSignIn => {
                    self.assume(request, &self.access.other_than(&kept).await?).await
                }
                result => result,
            }
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        // AWS has no operation that ends it. `aws logout` forgets it too.
        Box::pin(async {
            let had = self.access.kept()?.is_some();
            self.access.context.forget().await?;
            Ok(had)
        })
    }

    fn caution(&self) -> Boxed<'_, Option<Caution>> {
        Box::pin(async {
            let kept = self.access.kept().ok().flatten()?;
            let Target::Root(_) = kept.principal.target else { return None };
            Some(Caution {
                message: "you signed in as the root user, so your tools can do anything in the account".to_owned(),
                hint: "sign in as a user or a role with the permissions that you need".to_owned(),
            })
        })
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const TLS: &str = "TLS and the certificates in AWS_CA_BUNDLE";
            const ANSWERS: &str = "AWS's sign-in in this region answers";
            const KNOWN: &str = "AWS knows the credentials of the sign-in";
            let is_signed_in = self.standing().is_ok_and(|standing| standing.is_signed_in());
            trial.plan([SETTINGS, TLS, ANSWERS].into_iter().chain(is_signed_in.then_some(KNOWN)));
            if trial.settings(Vec::new()).is_none() {
                return;
            }
            let service = async {
                self.access.context.services.aws.http()?;
                Ok(self.access.service()?)
            };
            let Some(service) = trial.step(TLS, service).await else { return };
            if trial.step(ANSWERS, self.look_at(&service)).await.is_some() && is_signed_in {
                let known = async { self.caller().await.map(|caller| ((), Some(caller.arn))) };
                trial.step_seeing(KNOWN, known).await;
            }
        })
    }
}

impl ConsoleIdentity {
    pub(crate) fn new(settings: ConsoleSignInSettings, context: IdentityContext) -> Self {
        Self { access: Access { settings, context } }
    }

    /// A role, assumed with the credentials of the one who signed in.
    async fn assume(&self, request: &SessionRequest, kept: &StoredSignIn) -> Result<IssuedCredentials, IdentityError> {
        let context = &self.access.context;
        let aws = &context.services.aws;
        let order = aws.order(&request.role, request.region.as_ref(), &request.terms).asked_by(&kept.principal.target);
        let name = kept.principal.session_name(&context.name);
        Ok(aws.sts()?.with_keys(&order, &kept.keys(), &name).await?)
    }

    /// Whether the service responds: it refuses a made-up token in its own words.
    async fn look_at(&self, service: &SignInService) -> Result<(), Problem> {
        let context = &self.access.context;
        let (key, skew) = (DpopKey::generate().map_err(ConsoleError::from)?, TimeDelta::zero());
        let http = context.services.aws.http()?;
        let request = TokenRequest { service, context, http: &http, client: Client::SameDevice, key: &key, skew };
        match request.refresh("made-up", |_| ()).await {
            Ok(_) | Err(ConsoleError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn caller(&self) -> Result<Caller, Problem> {
        let kept = self.access.good(For::Request).await?;
        let aws = &self.access.context.services.aws;
        let region = &self.access.settings.region;
        let at = aws.regions(Partition::of_region(region), Some(region));
        Ok(aws.sts()?.get_caller_identity(&at, &kept.keys()).await?)
    }

    fn another(&self, own: &Principal, wanted: &Target) -> Problem {
        let name = &self.access.context.name;
        let message = format!("identity {name} is signed in to the console as {}, not as {wanted}", own.arn);
        Problem::new(ProblemKind::Refused, ProblemCode::ConsoleOtherPrincipal, message)
            .hint("sign in again, and choose that user or role in the browser; or start the session of the one you're signed in as")
            .next(NextStep::SignIn { identity: name.clone() })
    }
}
