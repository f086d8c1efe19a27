//! Opens the AWS console as a role.

use chrono::TimeDelta;

use super::bounds::admits_assertion;
use super::door::Broker;
use super::sessions::session_request;
use crate::naming::several_reach;
use crate::requests::{ConsoleAddress, ConsolePage, ConsoleSignInPage};
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::console::{Asked, Destination, DestinationError, names_place, read_place};
use daypass_core::credentials::Credentials;
use daypass_core::history::Taker;
use daypass_core::names::{ConsoleDuration, ProfileName, Target, TargetKind};
use daypass_core::policy::PolicyDelivery;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::{ConfigSource as _, ConsoleSignIn};
use daypass_core::view::RoleView;
use daypass_http::Http;
use daypass_session::CredentialSource as _;
use daypass_sts::console::{self, ConsoleError, Opening, SignInUrl};
use daypass_sts::region_of;
use secrecy::SecretString;

/// The credentials to open it with: those of a running session, or of an exchange that is not kept.
struct Opener<'a> {
    broker: &'a Broker,
    http: Http,
    request: SessionRequest,
    running: Option<ProfileName>,
    taker: Option<Taker>,
}

impl Broker {
    /// The role to open a page of the console with, and the page. An ARN or an address may stand for the role: then it
    /// is the only role that reaches its account.
    ///
    /// # Errors
    ///
    /// `bad-arn`, `bad-console-page`; `page-without-account`; `unknown-role` and `ambiguous-role` where not exactly one
    /// role reaches the account.
    pub fn reaching(&self, role: String, page: ConsolePage) -> Result<(String, ConsolePage), Problem> {
        if !names_place(&role) {
            return Ok((role, page));
        }
        match role.parse::<Target>() {
            Ok(Target::Role(_)) => return Ok((role, page)),
            // Another principal is meant as one only if it has credentials here.
            Ok(_) if self.role(&role).is_ok() => return Ok((role, page)),
            _ => {}
        }
        let several = self.roles_reaching(&role)?;
        match several.as_slice() {
            [only] => Ok((only.id.clone(), ConsolePage { to: page.to.or(Some(role)), ..page })),
            _ => {
                let several: Vec<&RoleView> = several.iter().collect();
                Err(several_reach(&role, &several, &self.known_roles()?.iter().collect::<Vec<_>>()))
            }
        }
    }

    /// The roles that reach the account of a page, by an address of the console or an ARN. At least one.
    ///
    /// # Errors
    ///
    /// `bad-arn`, `bad-console-page`; `page-without-account`; `unknown-role` where none does.
    pub fn roles_reaching(&self, page: &str) -> Result<Vec<RoleView>, Problem> {
        let place = read_place(page).map_err(|error| Problem::from(DestinationError::from(error)))?;
        let Some(account) = &place.account else { return Err(without_account(page)) };
        let opens = |known: &RoleView| known.account == *account && console::admits(&known.arn).is_ok();
        let roles: Vec<RoleView> = self.known_roles()?.into_iter().filter(opens).collect();
        if roles.is_empty() {
            let message = format!("none of your roles can reach account {account}");
            let problem = Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, message)
                .hint("if no identity lists the role, add it first")
                .next(NextStep::ListRoles);
            let config = self.0.config.good()?;
            return Err(self.or_not_signed_in(&config, problem));
        }
        Ok(roles)
    }

    /// The catalog and the roles of sessions, with the names of their accounts.
    fn known_roles(&self) -> Result<Vec<RoleView>, Problem> {
        let config = self.0.config.good()?;
        let running = self.0.sessions.list().unwrap_or_default();
        let mut all = self.roles_with(&config, &running);
        self.label(&mut all);
        Ok(all)
    }

    /// What signs a browser in to the console as a role, and where it opens. Credentials come from the running session,
    /// or from an exchange that is not kept.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`]; `console-not-for-users`, `console-not-for-root`; `bad-console-service`, `bad-console-page` and
    /// others of a page that can't be opened; `term-not-possible` for a duration where AWS takes none;
    /// `console-no-assertion`; what proof, exchange or the federation endpoint refuse.
    pub async fn console(&self, role: &str, page: ConsolePage) -> Result<ConsoleAddress, Problem> {
        self.admits_delivery(PolicyDelivery::Console)?;
        let mut role = self.role(role)?;
        self.label(std::slice::from_mut(&mut role));
        console::admits(&role.arn)?;
        let ConsolePage { service, to, region, .. } = &page;
        let asked = Asked { service: service.as_deref(), to: to.as_deref(), region: region.as_ref() };
        let usual = region_of(&role.arn, role.region.as_ref());
        let destination = Destination::find(role.arn.partition(), role.arn.account(), &usual, asked)?;
        let open = self.opens_in(&role, &page.browser)?;
        let page = match self.signs_in_with(&role, page.sign_in) {
            ConsoleSignIn::Federation => {
                let url = self.federated(&role, &destination, &page).await?;
                ConsoleSignInPage::Url(SecretString::from(url.expose()).into())
            }
            ConsoleSignIn::Assertion => self.by_assertion(&role, &destination, &page).await?,
        };
        self.used(role.id.clone());
        Ok(ConsoleAddress { page, role, open })
    }

    /// With what a role signs a browser in: what was asked for, or else what the settings say.
    pub(super) fn signs_in_with(&self, role: &RoleView, asked: Option<ConsoleSignIn>) -> ConsoleSignIn {
        let of_settings = || self.0.config.current().console.of_role(&role.identity, &role.arn).sign_in;
        asked.or_else(of_settings).unwrap_or(ConsoleSignIn::Federation)
    }

    async fn federated(
        &self,
        role: &RoleView,
        destination: &Destination,
        page: &ConsolePage,
    ) -> Result<SignInUrl, Problem> {
        let sessions = self.0.sessions.list()?;
        let running = sessions.into_iter().find(|session| {
            session.role == role.arn && session.identity == role.identity && session.expires_at.is_some()
        });
        let running = running.map(|session| session.profile);
        // On the session's own terms: it may be narrower than the role.
        let of_session = running.as_ref().and_then(|profile| self.0.sessions.request(profile));
        let request = of_session.unwrap_or_else(|| session_request(role.clone(), None, Delivery::Process));
        let opener =
            Opener { broker: self, http: self.0.services.aws.http()?, request, running, taker: page.taker.clone() };
        let settings = self.0.config.current().console.of_role(&role.identity, &role.arn);
        let may_last = console::admits_duration(&opener.request.role, opener.is_chained());
        if page.duration.is_some() {
            may_last.clone()?;
        }
        let log_out_first = page.log_out_first || settings.log_out_first == Some(true);
        let first = opener.credentials(may_last.is_err()).await?;
        let duration =
            may_last.is_ok().then(|| page.duration.or(settings.duration).unwrap_or_else(|| whole_life(&first)));
        let longest = self.0.policy.policy()?.longest_session;
        let longest = longest.map(|it| ConsoleDuration::of_credentials(TimeDelta::seconds(it.seconds().into())));
        let duration = duration.map(|it| longest.filter(|longest| longest.seconds() < it.seconds()).unwrap_or(it));
        match opener.open(destination, first, Opening { duration, log_out_first }).await {
            // Only AWS knows whether another tool's credentials are a chained role's.
            Err(ConsoleError::Refused { status: 400..=499, with_duration: true, .. }) if page.duration.is_none() => {
                let fresh = opener.credentials(true).await?;
                Ok(opener.open(destination, fresh, Opening { duration: None, log_out_first }).await?)
            }
            result => Ok(result?),
        }
    }

    /// The identity's own assertion, which needs neither STS nor the federation endpoint.
    async fn by_assertion(
        &self,
        role: &RoleView,
        destination: &Destination,
        page: &ConsolePage,
    ) -> Result<ConsoleSignInPage, Problem> {
        admits_assertion(&self.0.policy, &self.config(), role)?;
        if page.as_url {
            let why = "an assertion has to be posted, so it can't be in an address";
            return Err(no_assertion(why, "open the console instead, or use --sign-in federation"));
        }
        if page.duration.is_some() {
            let why = "with an assertion, the console stays signed in as long as the assertion says (SessionDuration)";
            return Err(no_assertion(why, "leave the duration out, or use --sign-in federation"));
        }
        if page.log_out_first {
            let why = "a browser can't be logged out first when an assertion is posted";
            return Err(no_assertion(why, "log out in the browser, or use --sign-in federation"));
        }
        if !role.via.is_empty() {
            let why = "an assertion only opens the roles in it, not roles that another role assumes";
            return Err(no_assertion(why, "use --sign-in federation for this role"));
        }
        let post = self.identity(&role.identity)?.console_post(&role.arn).await?.ok_or_else(|| {
            let why = format!("identity {} doesn't have an assertion for AWS's sign-in", role.identity);
            no_assertion(&why, "only a SAML identity has one: use --sign-in federation")
        })?;
        self.0.audit.record(AuditLine {
            identity: Some(role.identity.clone()),
            role: Some(role.arn.clone()),
            taker: page.taker.clone(),
            ..AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::ConsoleOpened)
        });
        Ok(ConsoleSignInPage::Assertion {
            action: post.action.into(),
            response: post.assertion.into(),
            relay_state: destination.url().to_string(),
            asks_for_role: post.has_several_roles,
        })
    }
}

fn no_assertion(why: &str, hint: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::ConsoleNoAssertion, why).hint(hint)
}

impl Opener<'_> {
    /// Whether AWS calls it role chaining. A user's session isn't a role's.
    fn is_chained(&self) -> bool {
        self.request.via.last().is_some_and(|parent| parent.kind() != TargetKind::User)
    }

    /// Credentials for the console. If it ends with them, they are new unless those in hand last nearly as long.
    async fn credentials(&self, it_ends_with_them: bool) -> Result<Credentials, Problem> {
        let core = &self.broker.0;
        let Some(profile) = &self.running else {
            return Ok(Credentials::of(core.exchange.issue(&self.request).await?));
        };
        let in_hand = core.sessions.fresh_credentials(profile).await?;
        let left = in_hand.expires_here() - core.surroundings.clock.now();
        if !it_ends_with_them || left * 4 >= (in_hand.expires_here() - in_hand.issued_at) * 3 {
            return Ok(in_hand);
        }
        match core.exchange.issue(&self.request).await {
            Ok(issued) => Ok(Credentials::of(issued)),
            Err(problem) => {
                tracing::warn!(%profile, code = %problem.code, "the console opens with the credentials in hand");
                Ok(in_hand)
            }
        }
    }

    async fn open(
        &self,
        destination: &Destination,
        credentials: Credentials,
        opening: Opening,
    ) -> Result<SignInUrl, ConsoleError> {
        let core = &self.broker.0;
        let endpoint = core.surroundings.endpoints.signin.as_ref();
        let url = console::sign_in_url(&self.http, endpoint, &credentials.keys(), destination, opening).await?;
        core.audit.record(AuditLine {
            identity: Some(self.request.identity.clone()),
            role: Some(self.request.role.clone()),
            access_key_id: Some(credentials.access_key_id),
            taker: self.taker.clone(),
            ..AuditLine::new(core.surroundings.clock.now(), AuditEvent::ConsoleOpened)
        });
        Ok(url)
    }
}

fn without_account(page: &str) -> Problem {
    Problem::new(
        ProblemKind::Invalid,
        ProblemCode::PageWithoutAccount,
        format!("{page:?} doesn't say in which account it is"),
    )
    .hint("name the role too: daypass console ROLE --to PAGE")
}

fn whole_life(credentials: &Credentials) -> ConsoleDuration {
    ConsoleDuration::of_credentials(credentials.expires_here() - credentials.issued_at)
}

#[cfg(test)]
mod tests;
