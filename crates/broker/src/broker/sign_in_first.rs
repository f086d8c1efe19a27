//! Decides whether the person has to sign in first. The window, the tray and the command all ask here.

use super::door::Broker;
use crate::outcome::Outcome;
use crate::requests::Person;
use daypass_core::names::{IdentityName, ProfileName, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::ConsoleSignIn;
use daypass_core::view::{IdentityState, SessionView, SignInWay};

/// What needs credentials.
#[derive(Debug, Clone, Copy)]
pub enum Needs<'a> {
    /// A role: `ACCOUNT/ROLE`, ARN, or profile. The credentials of its running session will do.
    Role(&'a str),
    /// A profile. The credentials of its running session, or of the role with that profile.
    Profile(&'a ProfileName),
    /// The console as a role. With an assertion, a running session won't do.
    Console(&'a str, Option<ConsoleSignIn>),
    /// A session that gets new credentials now.
    Renewal(&'a ProfileName),
}

impl Broker {
    /// Does work that needs credentials, or says whom the person has to sign in first. If the person is
    /// [away](Person::Away), it is the work's own problem instead.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub async fn sign_in_first<T>(
        &self,
        person: Person,
        needs: Needs<'_>,
        work: impl Future<Output = Result<T, Problem>> + Send,
    ) -> Result<Outcome<T>, Problem> {
        let identity = match person {
            Person::Away => None,
            Person::CanSignIn => self.identity_for(needs),
        };
        if let Some((identity, HasCredentials(false))) = &identity
            && let Some(signer) = self.waits_for_sign_in(identity)
        {
            return Ok(Outcome::SignInFirst(signer));
        }
        match (work.await, identity) {
            (Err(problem), Some((identity, _))) if problem.kind == ProblemKind::NeedsSignIn => {
                self.can_sign_in(&identity).map(Outcome::SignInFirst).ok_or(problem)
            }
            (result, _) => result.map(Outcome::Done),
        }
    }

    /// The identity that signs in for this one, which is often itself.
    ///
    /// # Errors
    ///
    /// `unknown-identity`.
    pub fn signer_of(&self, name: &IdentityName) -> Result<IdentityName, Problem> {
        Ok(self.identity(name)?.signed_in_by().unwrap_or_else(|| name.clone()))
    }

    /// The identity whose proof is needed. None if the work will say better what is wrong.
    fn identity_for(&self, needs: Needs<'_>) -> Option<(IdentityName, HasCredentials)> {
        let sessions = self.0.sessions.list().ok()?;
        let session = |profile: &ProfileName| sessions.iter().find(|session| &session.profile == profile);
        match needs {
            Needs::Renewal(profile) => session(profile).map(|s| (s.identity.clone(), HasCredentials(false))),
            Needs::Profile(profile) => match session(profile) {
                Some(s) => Some((s.identity.clone(), HasCredentials(s.expires_at.is_some()))),
                None => self.role(profile.as_str()).ok().map(|role| (role.identity, HasCredentials(false))),
            },
            Needs::Role(text) | Needs::Console(text, _) => match self.role(text) {
                Ok(role) => {
                    let needs_proof = match needs {
                        Needs::Console(_, asked) => self.signs_in_with(&role, asked) == ConsoleSignIn::Assertion,
                        Needs::Role(_) | Needs::Profile(_) | Needs::Renewal(_) => false,
                    };
                    let has =
                        !needs_proof && sessions.iter().any(|session| is_held(session, &role.identity, &role.arn));
                    Some((role.identity, HasCredentials(has)))
                }
                Err(problem) if problem.code == ProblemCode::UnknownRole => {
                    self.may_list(text).map(|identity| (identity, HasCredentials(false)))
                }
                Err(_) => None,
            },
        }
    }

    /// The identity whose sign-in may list a role that isn't known: the one that is named with it, or the only one that
    /// waits. A single word may be mistyped, so it names none. What IAM Identity Center lists is a permission set, and no
    /// other role's ARN.
    fn may_list(&self, role: &str) -> Option<IdentityName> {
        let (named, rest) = match role.split_once(':') {
            Some((identity, rest)) if role.parse::<Target>().is_err() => (Some(identity), rest),
            _ => (None, role),
        };
        if !rest.contains('/') {
            return None;
        }
        let is_other_arn = role.parse::<Target>().is_ok() && !role.contains("/aws-reserved/sso.amazonaws.com/");
        let (config, _) = self.0.config.best();
        let mut waiting = self.identities(&config).into_iter().filter(|view| {
            named.is_none_or(|name| view.name.as_str() == name)
                && matches!(view.state, IdentityState::SignedOut | IdentityState::NeedsSignIn)
                && daypass_identity::finds_roles(&view.settings)
                && !(view.lists_roles && is_other_arn)
        });
        match (waiting.next(), waiting.next()) {
            (Some(only), None) => Some(only.name),
            _ => None,
        }
    }

    /// Who has to sign in before this identity can give credentials, as far as is known without trying.
    pub(super) fn waits_for_sign_in(&self, name: &IdentityName) -> Option<IdentityName> {
        let standing = self.identity(name).ok()?.standing().ok()?;
        match standing.state {
            IdentityState::SignedIn => None,
            IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => self.can_sign_in(name),
        }
    }

    /// Who signs in for this identity. None if signing in happens outside Daypass.
    fn can_sign_in(&self, name: &IdentityName) -> Option<IdentityName> {
        match self.identity(name).ok()?.way() {
            SignInWay::None => None,
            SignInWay::Browser { .. } | SignInWay::Window | SignInWay::Form { .. } => self.signer_of(name).ok(),
        }
    }
}

/// Whether a session has credentials in hand.
struct HasCredentials(bool);

fn is_held(session: &SessionView, identity: &IdentityName, role: &Target) -> bool {
    &session.identity == identity && &session.role == role && session.lease.is_none() && session.expires_at.is_some()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
