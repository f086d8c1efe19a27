//! A session as an endpoint asks for it: from the agent, or in this process.

use daypass_broker::broker::Broker;
use daypass_broker::requests::{Answers, Ask, GetCredentials, GetSnapshot};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::view::IdentityState;
use daypass_deliver::process::ProcessCredentials;
use daypass_endpoint::{Boxed, Source};

use crate::ask::ask_quietly;
use crate::say;

/// The session of a profile.
pub(super) struct SessionSource {
    pub(super) profile: ProfileName,
    /// The role that the profile is for, if the caller knows better than the catalog.
    pub(super) role: Option<String>,
    /// The program or consumer that they are for.
    pub(super) program: Option<String>,
}

impl SessionSource {
    pub(super) fn of(profile: ProfileName, program: String) -> Self {
        Self { profile, role: None, program: Some(program) }
    }
}

impl Source for SessionSource {
    fn credentials(&self) -> Boxed<Result<ProcessCredentials, Problem>> {
        let (profile, role, program) = (self.profile.clone(), self.role.clone(), self.program.clone());
        Box::pin(async move {
            let answered = ask_aside(GetCredentials { profile, role, by_endpoint: true, program }).await;
            if let Err(Problem { next: Some(NextStep::SignIn { identity }), .. }) = &answered {
                // The program waits meanwhile, and doesn't say for what.
                say::note(&format!(
                    "A program waits until you sign in to {identity}: daypass identity login {identity}"
                ));
            }
            answered
        })
    }

    fn is_signed_in(&self, identity: IdentityName) -> Boxed<bool> {
        Box::pin(async move {
            let snapshot = ask_aside(GetSnapshot { with_roles: false }).await;
            let identities = snapshot.map(|snapshot| snapshot.identities).unwrap_or_default();
            identities.iter().any(|one| one.name == identity && one.state == IdentityState::SignedIn)
        })
    }
}

/// Asks without holding up what else is served. (A client of the agent blocks, and the work itself has a runtime.)
async fn ask_aside<R: Ask + 'static>(request: R) -> Result<R::Answer, Problem>
where
    R::Answer: 'static,
    Broker: Answers<R>,
{
    let asked = tokio::task::spawn_blocking(move || ask_quietly(request)).await;
    asked.unwrap_or_else(|_| {
        let message = "the question to the session ended without an answer";
        Err(Problem::new(ProblemKind::Failed, ProblemCode::Interrupted, message))
    })
}
