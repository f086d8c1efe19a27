//! Opens the AWS console as a role.

use super::door::Broker;
use super::sessions::session_request;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::credentials::Credentials;
use daypass_core::names::{ConsoleDuration, ProfileName, Region, TargetKind};
use daypass_core::problem::Problem;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::ConfigSource as _;
use daypass_core::view::RoleView;
use daypass_http::Http;
use daypass_session::CredentialSource as _;
use daypass_sts::console::{self, ConsoleError, Destination, Opening, SignInUrl};
use daypass_sts::region_of;

/// The page of the console to open, and how. The settings say what isn't here.
#[derive(Debug, Clone, Default)]
pub struct ConsolePage {
    /// Service to land on, e.g. `s3`.
    pub service: Option<String>,
    /// Region to land in.
    pub region: Option<Region>,
    /// How long the console stays signed in.
    pub duration: Option<ConsoleDuration>,
    /// Logs the browser out of the console first, even if the settings don't.
    pub log_out_first: bool,
}

/// The credentials to open it with: those of a running session, or of an exchange that is not kept.
struct Opener<'a> {
    broker: &'a Broker,
    http: &'a Http,
    request: SessionRequest,
    running: Option<ProfileName>,
}

impl Broker {
    /// An address that signs in to the console as a role. Its credentials come from the running session, or from
    /// an exchange that is not kept. And the role that the text means.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`]; `console-not-for-users`, `console-not-for-root`; `term-not-possible` for a duration where AWS
    /// takes none; what proof, exchange or the federation endpoint refuse.
    pub async fn console_url(&self, role: &str, page: ConsolePage) -> Result<(SignInUrl, RoleView), Problem> {
        let mut role = self.role(role)?;
        self.label(std::slice::from_mut(&mut role));
        let id = role.id.clone();
        console::admits(&role.arn)?;
        let region = page.region.unwrap_or_else(|| region_of(&role.arn, role.region.as_ref()));
        let destination = Destination::new(role.arn.partition(), region, page.service.as_deref())?;
        let sessions = self.0.sessions.list()?;
        let running = sessions.into_iter().find(|session| {
            session.role == role.arn && session.identity == role.identity && session.expires_at.is_some()
        });
        let running = running.map(|session| session.profile);
        // On the session's own terms: it may be narrower than the role.
        let of_session = running.as_ref().and_then(|profile| self.0.sessions.request(profile));
        let request = of_session.unwrap_or_else(|| session_request(role.clone(), None, Delivery::Process));
        let opener = Opener { broker: self, http: self.0.services.aws.http()?, request, running };
        let settings = self.0.config.current().console;
        let may_last = console::admits_duration(&opener.request.role, opener.is_chained());
        if page.duration.is_some() {
            may_last.clone()?;
        }
        let log_out_first = page.log_out_first || settings.log_out_first;
        let first = opener.credentials(may_last.is_err()).await?;
        let duration =
            may_last.is_ok().then(|| page.duration.or(settings.duration).unwrap_or_else(|| whole_life(&first)));
        self.used(id);
        match opener.open(&destination, first, Opening { duration, log_out_first }).await {
            // Only AWS knows whether another tool's credentials are a chained role's.
            Err(ConsoleError::Refused { status: 400..=499, with_duration: true, .. }) if page.duration.is_none() => {
                let fresh = opener.credentials(true).await?;
                Ok((opener.open(&destination, fresh, Opening { duration: None, log_out_first }).await?, role))
            }
            result => Ok((result?, role)),
        }
    }
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
        let url = console::sign_in_url(self.http, endpoint, &credentials.keys(), destination, opening).await?;
        core.audit.record(AuditLine {
            identity: Some(self.request.identity.clone()),
            role: Some(self.request.role.clone()),
            access_key_id: Some(credentials.access_key_id),
            ..AuditLine::new(core.surroundings.clock.now(), AuditEvent::ConsoleOpened)
        });
        Ok(url)
    }
}

fn whole_life(credentials: &Credentials) -> ConsoleDuration {
    ConsoleDuration::of_credentials(credentials.expires_here() - credentials.issued_at)
}

#[cfg(test)]
mod tests;
