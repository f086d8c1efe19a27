//! Credentials for a profile that names its role, as generated ones do.

use daypass_core::credentials::Credentials;
use daypass_core::names::ProfileName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::view::role_id;

use super::door::Broker;
use crate::naming::Reach;

impl Broker {
    /// Valid credentials of a role, for the tools that use this profile. They never get those of another role, whatever
    /// session has the profile.
    ///
    /// # Errors
    ///
    /// As [`Broker::start`].
    pub async fn credentials_of_role(&self, profile: &ProfileName, role: &str) -> Result<Credentials, Problem> {
        let running = self.0.sessions.current_request(profile)?;
        if running.is_some_and(|request| role_id(&request.identity, &request.role) == role) {
            return self.0.sessions.fresh_credentials(profile).await;
        }
        // A part of a name may mean another role tomorrow, and no person sees which.
        let request = self.request_as_before(role, Some(profile.clone()).into(), Some(Delivery::Process), Reach::Known);
        let request = request.map_err(|problem| self.or_signed_out(role, problem))?;
        let session = self.session_of(request, None).await?;
        self.0.sessions.fresh_credentials(&session.profile).await
    }

    /// A role that isn't known is listed after a sign-in to the identity that is named with it.
    fn or_signed_out(&self, role: &str, problem: Problem) -> Problem {
        let named = role.split_once(':').and_then(|(identity, _)| identity.parse().ok());
        match named.and_then(|identity| self.waits_for_sign_in(&identity)) {
            Some(identity) if problem.code == ProblemCode::UnknownRole => {
                let message = format!("you aren't signed in to {identity}, which lists {role}");
                Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, message)
                    .hint("sign in, and try again")
                    .next(NextStep::SignIn { identity })
            }
            _ => problem,
        }
    }
}
