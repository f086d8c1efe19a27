//! Prove and exchange: the identity's own way, or a chain of roles that begins with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::bounds::{bounded, check_lifetime};
use super::shape::{shaped, without_labels};
use crate::config::PolicyFile;
use daypass_core::Boxed;
use daypass_core::credentials::Credentials;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{IdentityName, SessionName, Target};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::Config;
use daypass_core::terms::Terms;
use daypass_identity::{Identity, IdentityContext, IdentityError, IdentityFactory, Services, naming_the_way};
use daypass_session::CredentialSource;
use daypass_sts::ExchangeRequest;

/// The one [`CredentialSource`] of the product.
pub(super) struct RoleExchange {
    services: Arc<Services>,
    identities: IdentityFactory,
    policy: Arc<PolicyFile>,
    links: Mutex<HashMap<(IdentityName, Target), Link>>,
}

/// Credentials of a role within the chain, kept in memory only.
#[derive(Clone)]
struct Link {
    /// The request that got them. `config.toml` may have changed since.
    request: SessionRequest,
    credentials: Credentials,
}

impl CredentialSource for RoleExchange {
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, Problem>> {
        Box::pin(async move {
            let config = self.services.config.current();
            let shaped = shaped(&config, request, self.services.clock.now());
            let mut request = bounded(&self.policy, &config, &shaped)?;
            let mut pauses = PAUSES.into_iter();
            loop {
                match self.once(&request).await {
                    Ok(issued) => return check_lifetime(&self.policy, &request, &issued).map(|()| issued),
                    // Its trust policy may not let sessions have tags, or names of their own.
                    Err(broken) if broken.is_denied() && without_labels(&request) != request => {
                        request = without_labels(&request);
                    }
                    Err(broken) if is_hiccup(&broken.error) => match pauses.next() {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => return Err(broken.into()),
                    },
                    Err(broken) => {
                        let problem = naming_the_way(&request.identity, broken.into());
                        return Err(naming_the_catalog(&config, &request.identity, problem));
                    }
                }
            }
        })
    }
}

/// A problem of an identity says which shared catalog the identity comes from.
pub(super) fn naming_the_catalog(config: &Config, identity: &IdentityName, problem: Problem) -> Problem {
    match config.origins.identities.get(identity) {
        Some(catalog) => {
            let message = format!("{} (identity {identity} is from catalog {catalog})", problem.message);
            Problem { message, ..problem }
        }
        None => problem,
    }
}

/// Pauses between tries when STS can't answer now. You would otherwise try again by hand.
/// With the SDK's own second try, six requests in about three seconds.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// A link of a chain is reused while it is valid for this long. The role assumed with it doesn't end with it.
const LEAST_LIFE: TimeDelta = TimeDelta::minutes(2);

/// AWS answers, but asks for patience. A server that doesn't answer isn't asked again: waiting took long enough.
fn is_hiccup(error: &IdentityError) -> bool {
    use Service::{Account, CloudTrail, CognitoIdentity, Iam, Organizations, Sso, SsoOidc, Sts};
    let is_asked_again = match error.code() {
        ProblemCode::Aws(_, AwsProblem::Unreachable) => false,
        ProblemCode::Aws(Sts | Sso | SsoOidc | CognitoIdentity, _) => true,
        ProblemCode::Aws(Iam | Account | Organizations | CloudTrail, _) => false,
        _ => false,
    };
    is_asked_again && error.kind() == ProblemKind::Passing
}

/// A role in the chain that couldn't be assumed.
#[derive(Debug)]
struct Broken {
    /// The role at which the chain breaks: the first one that failed. `None` for the role that was asked for.
    at: Option<Target>,
    error: IdentityError,
}

impl Broken {
    fn is_denied(&self) -> bool {
        self.at.is_none() && self.error.code() == ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied)
    }

    fn at(self, role: &Target) -> Self {
        Self { at: self.at.or_else(|| Some(role.clone())), ..self }
    }
}

impl<E: Into<IdentityError>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self { at: None, error: error.into() }
    }
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        let problem = Problem::from(broken.error);
        match broken.at {
            Some(role) => Problem { message: format!("the chain breaks at {role}: {}", problem.message), ..problem },
            None => problem,
        }
    }
}

impl RoleExchange {
    pub(super) fn new(services: Arc<Services>, identities: IdentityFactory, policy: Arc<PolicyFile>) -> Self {
        Self { services, identities, policy, links: Mutex::default() }
    }

    /// Forgets the credentials of every link.
    pub(super) fn forget_all_links(&self) {
        self.links.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn once(&self, request: &SessionRequest) -> Result<IssuedCredentials, Broken> {
        match parent(request, &self.services) {
            None => Ok(self.identity(&request.identity)?.issue(request).await?),
            Some(parent) => {
                // Before any request for the roles in between.
                let order = self.services.aws.order(&request.role, request.region.as_ref(), &request.terms);
                let order = order.asked_by(&parent.role);
                order.check_for_keys(true)?;
                self.check_inherited(request)?;
                self.chained(&order, &parent).await
            }
        }
    }

    async fn chained(&self, order: &ExchangeRequest, parent: &SessionRequest) -> Result<IssuedCredentials, Broken> {
        let sts = self.services.aws.sts()?;
        let (link, is_new) = Box::pin(self.link(parent)).await?;
        match sts.with_keys(order, &link.keys().into(), &session_name(&link, &parent.identity)).await {
            Err(error) if error.is_of_spent_keys() && !is_new => {
                // The link was revoked early. Get a new one, once.
                self.forget(parent);
                let (link, _) = Box::pin(self.link(parent)).await?;
                Ok(sts.with_keys(order, &link.keys().into(), &session_name(&link, &parent.identity)).await?)
            }
            result => Ok(result?),
        }
    }

    /// Credentials of a role within the chain, and whether they are new.
    async fn link(&self, request: &SessionRequest) -> Result<(Credentials, bool), Broken> {
        let key = (request.identity.clone(), request.role.clone());
        let _turn = self
            .services
            .turns
            .take(&format!("link/{}/{}", request.identity, request.role))
            .await
            .map_err(Problem::from)?;
        let now = self.services.clock.now();
        let is_good = |known: &&Link| {
            known.credentials.expires_here() - LEAST_LIFE > now
                // The link is the same for every session.
                && known.request == SessionRequest { profile: known.request.profile.clone(), ..request.clone() }
        };
        if let Some(known) = self.links().get(&key).filter(is_good) {
            return Ok((known.credentials.clone(), false));
        }
        tracing::debug!(identity = %request.identity, role = %request.role, "credentials of a role on the way are exchanged");
        let issued = self.once(request).await.map_err(|broken| broken.at(&request.role))?;
        let credentials = Credentials::of(issued);
        let mut links = self.links();
        links.retain(|_, known| known.credentials.expires_here() > now);
        links.insert(key, Link { request: request.clone(), credentials: credentials.clone() });
        Ok((credentials, true))
    }

    /// Checks what this session inherits from those before it: its source identity can't change, and a transitive tag
    /// can't be passed again
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>).
    fn check_inherited(&self, request: &SessionRequest) -> Result<(), Problem> {
        let mut next = parent(request, &self.services);
        while let Some(before) = next {
            let clash = |code: ProblemCode, what: String| {
                let message = format!("{} can't be assumed from {}: {what}", request.role, before.role);
                Problem::new(ProblemKind::Invalid, code, message)
                    .hint(format!("leave it out at {}. Nothing was sent to AWS", request.role))
            };
            if let (Some(own), Some(given)) = (&request.terms.source_identity, &before.terms.source_identity)
                && own != given
            {
                let what =
                    format!("SourceIdentity {given:?} applies to the whole chain and can't be changed to {own:?}");
                return Err(clash(ProblemCode::LimitSourceIdentity, what));
            }
            let handed_on = &before.terms.transitive_tag_keys;
            let again = request.terms.tags.keys().find(|key| handed_on.iter().any(|k| k.eq_ignore_ascii_case(key)));
            if let Some(key) = again {
                return Err(clash(
                    ProblemCode::LimitTags,
                    format!("the tag {key:?} is inherited and can't be passed again"),
                ));
            }
            next = parent(&before, &self.services);
        }
        Ok(())
    }

    /// Until when the credentials of a role within a chain work, if there are any.
    pub(super) fn link_expires(&self, identity: &IdentityName, role: &Target) -> Option<DateTime<Utc>> {
        let now = self.services.clock.now();
        let links = self.links();
        let link = links.get(&(identity.clone(), role.clone()))?;
        Some(link.credentials.expires_here()).filter(|expires| *expires > now)
    }

    /// Discards an identity's links, because you signed out or changed it.
    pub(super) fn forget_links(&self, identity: &IdentityName) {
        self.links().retain(|(of, _), _| of != identity);
    }

    fn forget(&self, request: &SessionRequest) {
        self.links().remove(&(request.identity.clone(), request.role.clone()));
    }

    fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        let settings = self.services.config.current().identity(name)?.clone();
        Ok(self.identities.make(&settings, IdentityContext::of(name, &self.services)))
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<(IdentityName, Target), Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request for the role before this one in a chain, on the terms that are declared for it. Not read-only: these
/// credentials stay in Daypass, and ReadOnlyAccess does not allow them to assume the next role.
fn parent(request: &SessionRequest, services: &Services) -> Option<SessionRequest> {
    let (role, via) = request.via.split_last()?;
    let config = services.config.current();
    let declared = config.roles.iter().find(|declared| &declared.arn == role && declared.identity == request.identity);
    let (profile, identity) = (request.profile.clone(), request.identity.clone());
    Some(SessionRequest {
        via: via.to_vec(),
        region: declared.and_then(|d| d.region.clone()).or_else(|| request.region.clone()),
        terms: Terms { read_only: false, ..declared.map(|d| d.terms.clone()).unwrap_or_default() },
        ..SessionRequest::new(profile, role.clone(), identity, Delivery::Process)
    })
}

/// The session name of the session before this one, so that CloudTrail shows the same person through the whole chain.
/// The identity's name if that isn't known (IAM Identity Center doesn't tell).
fn session_name(parent: &Credentials, identity: &IdentityName) -> String {
    let own = parent.assumed_role.rsplit('/').next().unwrap_or_default();
    // An identity's name may be a single letter. A session's may not.
    own.parse::<SessionName>().map_or_else(|_| format!("daypass-{identity}"), Into::into).chars().take(64).collect()
}

#[cfg(test)]
pub(super) mod tests;
