//! What ends at a fixed time besides credentials: leases, and elevations of read-only sessions.
//!
//! From that moment on their credentials count as expired (`StoredSession::ends_here`), so the loop takes them out of
//! files and vault as it does with any others. A lease's session stays in the table as long as its program runs: what
//! is below a lease that is over still gets nothing else.

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::lease::Lease;
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;

use super::sessions::{Sessions, unknown_session};
use super::stored_session::StoredSession;

impl Sessions {
    /// Ends an elevation now, or all of them: the full credentials are taken out of files and vault before this
    /// returns, and read-only ones follow. Returns the profiles whose elevations ended.
    pub fn fall_back(&self, profile: Option<&ProfileName>) -> Vec<ProfileName> {
        let now = self.clock().now();
        let mut ended = Vec::new();
        for live in self.table().sessions_mut() {
            let request = &mut live.stored.request;
            let is_meant = profile.is_none_or(|profile| request.has(profile));
            let Some(elevation) = request.elevation.as_mut().filter(|_| is_meant) else { continue };
            elevation.until = elevation.until.min(now);
            ended.push(request.profile.clone());
            live.renew_at_once(now);
        }
        if !ended.is_empty() {
            self.expire();
            self.wake_loop();
        }
        ended
    }

    /// Whether a session is more than read-only for some time.
    #[must_use]
    pub fn any_elevated(&self) -> bool {
        self.table().sessions().any(|live| live.stored.request.elevation.is_some())
    }

    /// Whether this process knows a lease, over or not.
    #[must_use]
    pub fn any_lease(&self) -> bool {
        self.table().sessions().any(|live| live.stored.request.lease.is_some())
    }

    /// The leases that this process knows, over or not, with their sessions' profiles.
    #[must_use]
    pub fn leases(&self) -> Vec<(ProfileName, Lease)> {
        let table = self.table();
        let of = |request: &SessionRequest| Some((request.profile.clone(), request.lease.clone()?));
        table.sessions().filter_map(|live| of(&live.stored.request)).collect()
    }

    /// As [`Sessions::leases`], after a look at what other processes did.
    ///
    /// # Errors
    ///
    /// When the vault can't be opened.
    pub fn current_leases(&self) -> Result<Vec<(ProfileName, Lease)>, Problem> {
        self.compare_with_vault()?;
        Ok(self.leases())
    }

    /// Ends a lease before its time.
    ///
    /// # Errors
    ///
    /// `unknown-session` for a profile that isn't a lease's; as [`Sessions::stop`].
    pub async fn end_lease(&self, profile: &ProfileName) -> Result<(), Problem> {
        self.compare_with_vault()?;
        let stored = self.table().live(profile).map(|live| live.stored.clone());
        let lease = stored.filter(|stored| stored.request.lease.is_some()).ok_or_else(|| unknown_session(profile))?;
        let is_over = lease.request.is_over_lease(self.clock().now());
        self.stop(std::slice::from_ref(profile)).await?;
        if !is_over {
            self.record_end(&lease);
        }
        Ok(())
    }

    /// Writes down that the lease or the elevation of a session ended, if it had one.
    pub(super) fn record_end(&self, session: &StoredSession) {
        let request = &session.request;
        let (event, why, until) = match (&request.lease, &request.elevation) {
            (Some(lease), _) => (AuditEvent::LeaseEnded, &lease.purpose, lease.until),
            (None, Some(elevation)) => (AuditEvent::FellBack, &elevation.why, elevation.until),
            (None, None) => return,
        };
        let line = AuditLine {
            identity: Some(request.identity.clone()),
            profile: Some(request.profile.clone()),
            role: Some(request.role.clone()),
            access_key_id: session.key_id().map(str::to_owned),
            expires_at: Some(until),
            why: Some(why.clone()),
            ..AuditLine::new(self.clock().now(), event)
        };
        self.blocking(|s| s.dependencies.audit.record(line));
    }
}

/// A lease ended, so nothing is handed out for it.
#[must_use]
pub fn lease_over(profile: &ProfileName) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::LeaseOver, format!("lease {profile} is over"))
        .hint("leave the program, and start it again in a new lease: daypass lease ROLE --for 30m -- PROGRAM")
}
