//! What's known from events but isn't in a snapshot.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::names::{IdentityName, ProfileName};
use crate::problem::{Problem, ProblemKind};

/// What events told of sign-ins since the app started.
#[derive(Debug, Default, Clone)]
pub struct Memory {
    /// Sign-ins that failed, and why.
    pub(super) failed: BTreeMap<IdentityName, Problem>,
    /// Identities that sessions or programs asked for a sign-in.
    pub(super) asked: BTreeMap<IdentityName, (Vec<ProfileName>, Problem)>,
}

impl Memory {
    /// Takes an event in.
    pub fn take_in(&mut self, event: &Event) {
        match event {
            Event::SignInBegan { identity, .. } => {
                self.failed.remove(identity);
            }
            Event::SignedIn { identity, .. } | Event::SignedOut { identity } => {
                self.failed.remove(identity);
                self.asked.remove(identity);
            }
            Event::SignInFailed { identity, problem } => match problem.kind {
                ProblemKind::Cancelled => drop(self.failed.remove(identity)),
                _ => drop(self.failed.insert(identity.clone(), problem.clone())),
            },
            Event::SignInNeeded { identity, profiles, problem } => {
                self.asked.insert(identity.clone(), (profiles.clone(), problem.clone()));
            }
            Event::SignInCautioned { .. }
            | Event::SessionChanged { .. }
            | Event::CatalogGrew { .. }
            | Event::TrialWentOn { .. }
            | Event::CatalogListed { .. }
            | Event::CredentialsTaken { .. }
            | Event::ConsentsChanged
            | Event::CatalogChanged
            | Event::SettingsChanged => {}
        }
    }
}
