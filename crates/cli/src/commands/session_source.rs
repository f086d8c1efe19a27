//! A session as an endpoint asks for it: from the agent, or in this process.

use daypass_broker::broker::Broker;
use daypass_broker::requests::{Answers, Ask, GetCredentials, GetSnapshot, HandedOut, NoteTaken};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
use daypass_core::view::IdentityState;
use daypass_endpoint::{Asker, Boxed, Given, Source};

use crate::ask::ask_quietly;
use crate::say;

/// The session of a profile.
pub(super) struct SessionSource {
    pub(super) profile: ProfileName,
    /// The role that the profile is for, if the caller knows better than the catalog.
    pub(super) role: Option<String>,
    /// The consumer that they are for, if an endpoint serves them.
    pub(super) consumer: Option<String>,
}

impl SessionSource {
    pub(super) fn of(profile: ProfileName, consumer: String) -> Self {
        Self { profile, role: None, consumer: Some(consumer) }
    }
}

impl Source for SessionSource {
    fn credentials(&self, asker: Asker) -> Boxed<Result<Given, Problem>> {
        let (role, consumer) = (self.role.clone(), self.consumer.clone());
        let by_endpoint = consumer.is_some();
        let Asker { program: visitor, patience } = asker;
        let patience = u32::try_from(patience.as_millis()).ok();
        let asked = GetCredentials {
            role,
            by_endpoint,
            consumer,
            visitor,
            patience,
            ..GetCredentials::of(self.profile.clone())
        };
        Box::pin(async move {
            let answered = ask_aside(asked).await;
            if let Err(Problem { next: Some(NextStep::SignIn { identity }), .. }) = &answered {
                // The program waits meanwhile, and doesn't say for what.
                say::note(&format!(
                    "A program is waiting for you to sign in to {identity}: daypass identity login {identity}"
                ));
            }
            let HandedOut { credentials, is_for_this_program } = answered?;
            Ok(Given { credentials, is_for_this_program })
        })
    }

    fn were_taken(&self, by: Option<Program>) -> Boxed<()> {
        let Some(consumer) = self.consumer.clone() else { return Box::pin(async {}) };
        let taken = NoteTaken { profile: self.profile.clone(), consumer, visitor: by };
        Box::pin(async move {
            if let Err(problem) = ask_aside(taken).await {
                tracing::debug!(%problem, "the agent doesn't hear which program took credentials");
            }
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
