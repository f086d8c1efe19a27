//! Elevations: a read-only session gets full access for a limited time, under the same profile.
//!
//! It falls back by itself when the time is over, when the screen is locked, when the machine is about to sleep and
//! when the vault is locked.

use aws_files::Foreign;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::lease::{Elevation, FALL_BACK_LEAD};
use daypass_core::names::{LeastDuration, ProfileName};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::text::cleaned;
use daypass_core::view::SessionView;

use super::bounds::is_read_only_by_policy;
use super::door::Broker;
use crate::requests::NamedProfiles;

/// The most characters of a reason.
const LONGEST_WHY: usize = 200;

impl Broker {
    /// Makes a session full for some time. `session` is a profile, or a role, which is started.
    ///
    /// # Errors
    ///
    /// `already-full`; `not-allowed-by-policy`; as [`Broker::start`]. The read-only session goes on then.
    pub async fn elevate(&self, session: &str, lasts: LeastDuration, why: &str) -> Result<SessionView, Problem> {
        let why = cleaned(why, LONGEST_WHY);
        if why.is_empty() {
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, "say why you need full access"));
        }
        let request = self.to_elevate(session)?;
        let until = self.0.surroundings.clock.now() + lasts.span();
        let elevated = SessionRequest { elevation: Some(Elevation { until, why: why.clone() }), ..request };
        let session = self.0.sessions.start(elevated, Foreign::Refuse).await?;
        self.0.audit.record(AuditLine {
            identity: Some(session.identity.clone()),
            profile: Some(session.profile.clone()),
            role: Some(session.role.clone()),
            access_key_id: session.access_key_id.clone(),
            expires_at: Some(until),
            why: Some(why),
            ..AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::Elevated)
        });
        self.0.lock.watch();
        Ok(session)
    }

    /// Ends an elevation before its time, and gets the read-only credentials.
    ///
    /// # Errors
    ///
    /// `unknown-session`; `not-elevated`; as [`Broker::renew`]. The full credentials are gone then too.
    pub async fn fall_back(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        let profile = self.0.sessions.find(profile)?.profile;
        if self.0.sessions.fall_back(Some(&profile)).is_empty() {
            return Err(Problem::new(
                ProblemKind::Refused,
                ProblemCode::NotElevated,
                format!("the session of profile {profile} isn't elevated"),
            ));
        }
        self.0.sessions.renew(&profile).await
    }

    /// Ends every elevation, because the person is away.
    pub(super) fn fall_back_all(&self) {
        for profile in self.0.sessions.fall_back(None) {
            tracing::info!(%profile, "full access ended");
        }
    }

    /// The elevation of the session that runs for this request, which starting it again doesn't end.
    pub(super) fn elevation_of(&self, request: &SessionRequest) -> Option<Elevation> {
        let running = self.0.sessions.request(&request.profile)?;
        let is_same = running.role == request.role && running.identity == request.identity;
        running.elevation.filter(|it| is_same && it.until > self.0.surroundings.clock.now() + FALL_BACK_LEAD)
    }

    /// The session's current terms, made read-only if required.
    fn to_elevate(&self, session: &str) -> Result<SessionRequest, Problem> {
        let running = match session.parse::<ProfileName>() {
            Ok(profile) => self.0.sessions.current_request(&profile)?,
            Err(_) => None,
        };
        let request = match running {
            Some(running) => running,
            None => self.request(session, NamedProfiles::default(), None, None, false)?,
        };
        let config = self.config();
        let refused = |code, why: &str| {
            let message = format!("the session of profile {} can't be elevated: {why}", request.profile);
            Err(Problem::new(ProblemKind::Refused, code, message))
        };
        if is_read_only_by_policy(&self.0.policy, &config, &request) {
            return Err(self.0.policy.forbids(&"sessions in production accounts are read-only".to_owned()));
        }
        if request.lease.is_some() {
            return refused(ProblemCode::LeaseLimits, "it's a lease. Start one with more access instead");
        }
        let declared = config.roles.iter().find(|role| role.arn == request.role && role.identity == request.identity);
        if declared.is_some_and(|role| role.terms.read_only) {
            return refused(ProblemCode::TermNotPossible, "config.toml declares the role as read-only");
        }
        if !request.terms.read_only {
            return refused(ProblemCode::AlreadyFull, "it isn't read-only");
        }
        Ok(request)
    }
}
