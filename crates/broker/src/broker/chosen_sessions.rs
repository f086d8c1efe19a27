//! Starts the sessions that `start_sessions` in `config.toml` lists, when Daypass starts.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_files::Foreign;
use daypass_core::event::Event;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::door::Broker;
use crate::outcome::Outcome;
use crate::requests::Person;

/// At login, the network may come up after us.
const RETRY: Duration = Duration::from_secs(15);

/// What's left to do for a session.
enum Left {
    /// It runs, or it can't.
    Nothing,
    /// The network, AWS or the vault's key isn't there yet.
    TryAgain,
    /// The list of roles isn't there yet.
    ListRoles,
    /// The person has to sign in.
    SignIn(IdentityName),
}

impl Broker {
    /// Starts the chosen sessions that don't run already, and returns when that's done. Those that need a sign-in start
    /// after it: it's asked for by one event for each identity, and no browser opens. `failed` hears what can't start.
    pub async fn start_chosen_sessions(&self, failed: impl Fn(&Problem) + Send + Sync) {
        let mut events = self.subscribe();
        let mut waiting = self.0.config.best().0.start_sessions.clone();
        let mut has_waited = false;
        loop {
            let mut later = Vec::new();
            let mut signers = BTreeMap::<IdentityName, Vec<ProfileName>>::new();
            let mut soon = false;
            for name in waiting {
                match self.start_chosen(&name, has_waited, &failed).await {
                    Left::Nothing => continue,
                    Left::TryAgain => soon = true,
                    Left::ListRoles => {}
                    Left::SignIn(identity) => signers.entry(identity).or_default().extend(self.profile_of(&name)),
                }
                later.push(name);
            }
            for (identity, profiles) in signers {
                if let Err(problem) = Outcome::<()>::SignInFirst(identity.clone()).done() {
                    self.0.sessions.ask_for_sign_in(identity, &profiles, problem);
                }
            }
            if later.is_empty() {
                return;
            }
            waiting = later;
            has_waited = true;
            tokio::select! {
                may_start = more_may_start(&mut events) => {
                    if !may_start {
                        return;
                    }
                }
                () = tokio::time::sleep(RETRY), if soon => {}
            }
        }
    }

    /// `has_waited`: whether the person may have signed in a moment ago, after which their roles are listed.
    async fn start_chosen(&self, name: &str, has_waited: bool, failed: &(impl Fn(&Problem) + Sync)) -> Left {
        if self.has_session(name) {
            return Left::Nothing;
        }
        match self.start_or_sign_in(name, None, None, Foreign::Refuse, false, Person::CanSignIn).await {
            Ok(Outcome::Done(_)) => Left::Nothing,
            Ok(Outcome::SignInFirst(identity)) => Left::SignIn(identity),
            Err(problem) if problem.is_passing() || waits_for_key(&problem) => Left::TryAgain,
            Err(problem) if problem.code == ProblemCode::UnknownRole => match self.or_sign_in_first(problem) {
                Problem { next: Some(NextStep::SignIn { identity }), .. } => Left::SignIn(identity),
                _ if has_waited => Left::ListRoles,
                unknown => {
                    failed(&unknown);
                    Left::Nothing
                }
            },
            Err(problem) => {
                failed(&problem);
                Left::Nothing
            }
        }
    }

    /// Whether a session runs for it, or another one would end for it.
    fn has_session(&self, name: &str) -> bool {
        let sessions = self.0.sessions.list().unwrap_or_default();
        let role = self.role(name).ok();
        sessions.iter().any(|session| {
            let is_named = session.profile.as_str() == name;
            is_named || role.as_ref().is_some_and(|role| role.id == session.role_id || role.profile == session.profile)
        })
    }

    fn profile_of(&self, name: &str) -> Option<ProfileName> {
        self.role(name).map(|role| role.profile).ok().or_else(|| name.parse().ok())
    }
}

/// Whether the vault is still closed. Another place asks the person to open it.
fn waits_for_key(problem: &Problem) -> bool {
    matches!(problem.code, ProblemCode::PassphraseNeeded | ProblemCode::VaultLocked | ProblemCode::KeyringLocked)
}

/// Waits until the person signed in, or more roles are known. Returns false if no more events come.
async fn more_may_start(events: &mut Receiver<Event>) -> bool {
    loop {
        match events.recv().await {
            Ok(Event::SignedIn { .. } | Event::CatalogChanged | Event::CatalogGrew { .. }) => return true,
            // It may have been among those that were missed.
            Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}
