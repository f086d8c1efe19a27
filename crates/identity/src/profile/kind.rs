//! A profile as a kind of identity.

use super::program;
use super::source::{Found, Source, find};
use crate::trial::Trial;
use crate::{Identity, IdentityContext, IdentityError, Kind, SignInCall, Standing};
use daypass_core::Boxed;
use daypass_core::credentials::{IssuedCredentials, Keys};
use daypass_core::names::{Partition, ProfileName, SessionName, TargetKind};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::{BadSetting, ProfileSettings};
use daypass_core::view::{IdentityState, SignInWay};
use daypass_sts::{Caller, StsRegions};

/// A profile.
#[derive(Clone)]
pub(crate) struct ProfileIdentity {
    settings: ProfileSettings,
    context: IdentityContext,
}

impl Kind for ProfileSettings {
    fn check(&self) -> Result<(), Problem> {
        // Its name and region are checked when they are read.
        Ok(())
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        Vec::new()
    }

    fn example() -> Self {
        Self { profile: ProfileName::example(), region: None, default_region: None }
    }
}

impl Identity for ProfileIdentity {
    fn way(&self) -> SignInWay {
        SignInWay::None
    }

    fn provider(&self) -> String {
        format!("AWS profile {}", self.settings.profile)
    }

    /// A profile that isn't there is a typing mistake, and one that leads back to Daypass never works. What else is
    /// wrong with it may be right when it is used.
    fn ready(&self) -> Result<(), Problem> {
        use ProblemCode::{ProfileIsDaypass, ProfileLoop, ProfileNotFound};
        match self.find() {
            Err(problem) if matches!(problem.code, ProfileNotFound | ProfileIsDaypass | ProfileLoop) => Err(problem),
            _ => Ok(()),
        }
    }

    fn standing(&self) -> Result<Standing, Problem> {
        self.find()?;
        let person = Some(self.settings.profile.to_string());
        Ok(Standing { state: IdentityState::SignedIn, person, until: None })
    }

    fn sign_in<'a>(&'a self, _: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
        Box::pin(async move {
            let found = self.find()?;
            let keys = self.keys(&found).await?;
            Ok(self.caller(&found, &keys).await?.arn)
        })
    }

    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>> {
        Box::pin(async move {
            if !matches!(request.role.kind(), TargetKind::Role | TargetKind::Root) {
                let message = format!("a profile can only assume roles, and {} isn't a role", request.role);
                return Err(Problem::new(ProblemKind::Invalid, ProblemCode::ProfileNotARole, message)
                    .hint("put the user's access key into an identity of kind iam-user")
                    .into());
            }
            let found = self.find()?;
            let keys = self.keys(&found).await?;
            let aws = &self.context.services.aws;
            let order = aws.order(&request.role, request.region.as_ref(), &request.terms);
            let issued = aws.sts()?.with_keys(&order, &keys, &self.session_name()).await;
            issued.map_err(|error| IdentityError::explained(error, |problem| self.refused(problem)))
        })
    }

    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
        // Daypass stores nothing for it.
        Box::pin(std::future::ready(Ok(false)))
    }

    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()> {
        Box::pin(async move {
            const FOUND: &str = "the profile exists and another tool keeps it";
            const KEYS: &str = "it gives credentials";
            const KNOWN: &str = "AWS knows them";
            trial.plan([FOUND, KEYS, KNOWN]);
            let Some(found) = trial.step(FOUND, async { self.find() }).await else { return };
            let Some(keys) = trial.step(KEYS, self.keys(&found)).await else { return };
            trial.step(KNOWN, self.caller(&found, &keys)).await;
        })
    }
}

impl ProfileIdentity {
    pub(crate) fn new(settings: ProfileSettings, context: IdentityContext) -> Self {
        Self { settings, context }
    }

    fn find(&self) -> Result<Found, Problem> {
        find(&self.context.services.aws.surroundings.places, &self.settings.profile)
    }

    /// The profile's keys, one request at a time, because a program that runs ten times at once may open ten browsers.
    async fn keys(&self, found: &Found) -> Result<Keys, Problem> {
        let (profile, now) = (&self.settings.profile, self.context.now());
        match &found.source {
            Source::Keys(keys) => Ok(keys.clone()),
            Source::Process(command) => {
                let _turn = self.context.turn().await?;
                program::run(profile, command, now).await
            }
            Source::AwsCli { login } => {
                let _turn = self.context.turn().await?;
                program::ask_aws_cli(profile, *login, now).await
            }
        }
    }

    async fn caller(&self, found: &Found, keys: &Keys) -> Result<Caller, Problem> {
        let caller = self.context.services.aws.sts()?.get_caller_identity(&self.at(found), keys).await;
        caller.map_err(|error| self.refused(error.into()))
    }

    /// Which STS to ask who it is.
    fn at(&self, found: &Found) -> StsRegions {
        let region = self.settings.region.clone().or_else(|| found.region.clone());
        let region = region.or_else(|| self.context.services.config.current().region.clone());
        let partition = region.as_ref().map(Partition::of_region).or_else(|| Partition::all().next());
        let partition = partition.unwrap_or_else(|| unreachable!("there are partitions"));
        self.context.services.aws.regions(partition, region.as_ref())
    }

    /// Problems with the keys are for the tool that manages the profile to fix.
    fn refused(&self, problem: Problem) -> Problem {
        let profile = &self.settings.profile;
        let (code, hint) = match problem.code {
            ProblemCode::Aws(Service::Sts, AwsProblem::ExpiredToken) => (
                ProblemCode::ProfileExpired,
                format!("the credentials of profile {profile} have expired: renew them with the tool that manages it"),
            ),
            ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId | AwsProblem::SignatureDoesNotMatch) => (
                ProblemCode::ProfileKeysRefused,
                format!(
                    "AWS doesn't accept the keys of profile {profile}: `aws sts get-caller-identity --profile {profile}`"
                ),
            ),
            _ => return problem,
        };
        Problem { code, kind: ProblemKind::Refused, ..problem }.hint(hint)
    }

    /// What CloudTrail shows for its roles: the profile's name, if AWS allows it.
    fn session_name(&self) -> String {
        let allowed = |c: char| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' };
        let name: String = self.settings.profile.as_str().chars().map(allowed).take(64).collect();
        if name.parse::<SessionName>().is_ok() { name } else { format!("daypass-{name}") }
    }
}
