//! A session of a role for one program, which gets the credentials without a file.

use aws_files::Foreign;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::SessionView;

use super::door::Broker;

impl Broker {
    /// The session of a role that runs, or a new one, delivered by process. It never takes a profile over: if another
    /// session has the role's, the new one gets a profile of its own.
    ///
    /// # Errors
    ///
    /// As [`Broker::start`].
    pub async fn use_role(&self, role: &str, region: Option<Region>, read_only: bool) -> Result<SessionView, Problem> {
        let request = self.request(role, None, region, Delivery::Process, read_only)?;
        let running = self.0.sessions.list()?;
        if let Some(session) = running.iter().find(|session| is_of(&request, session)) {
            self.0.sessions.fresh_credentials(&session.profile).await?;
            return self.0.sessions.find(&session.profile);
        }
        let is_taken = |profile: &ProfileName| running.iter().any(|session| &session.profile == profile);
        let profile = names(&request).find(|profile| !is_taken(profile)).unwrap_or_else(|| request.profile.clone());
        self.0.sessions.start(SessionRequest { profile, ..request }, Foreign::Refuse).await
    }
}

/// Whether the session gives what is asked for. The region of its profile doesn't matter: the program is told its own.
fn is_of(request: &SessionRequest, session: &SessionView) -> bool {
    session.role == request.role
        && session.identity == request.identity
        && session.terms == request.terms
        && session.via == request.via
        && session.expires_at.is_some()
}

/// The profile that is asked for, and others that tell what they are for.
fn names(request: &SessionRequest) -> impl Iterator<Item = ProfileName> {
    let SessionRequest { profile, terms, .. } = request;
    let first = if terms.read_only { format!("{profile}-read-only") } else { profile.to_string() };
    let others = (2..100).map({
        let first = first.clone();
        move |number| format!("{first}-{number}")
    });
    std::iter::once(first).chain(others).filter_map(|name| name.parse().ok())
}
