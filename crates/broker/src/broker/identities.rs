//! Identities: added and removed, tried, signed in and out.

use daypass_vault::HealthState;

use super::Broker;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::event::Event;
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::Given;
use daypass_core::settings::Config;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{IdentityState, IdentityView, SignInAsk, TrialStep};
use daypass_identity::{Asked, Desk, Draft, Identity, TellTrial, Trial};

impl Broker {
    /// Adds an identity, or changes one.
    ///
    /// # Errors
    ///
    /// `identity-exists` when it must be new and is not; `unknown-identity` for one that it builds on; settings that
    /// cannot be right; a file that cannot be written.
    pub fn put_identity(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: &Given,
        new: bool,
    ) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        match (config.identities.contains_key(name), new) {
            (true, true) => {
                let message = format!("there is an identity named {name} already");
                return Err(Problem::new(ProblemKind::Refused, "identity-exists", message)
                    .hint("choose another name, or remove that one first"));
            }
            (false, false) => drop(config.identity(name)?),
            _ => {}
        }
        daypass_identity::check(settings)?;
        if let Some(other) = daypass_identity::identity(settings, self.desk(name)).signed_in_by() {
            config.identity(&other)?;
        }
        // First the vault: an identity without the secrets that it needs is of no use.
        self.desk(name).put_secrets(secrets)?;
        self.0.mint.forget_links(name);
        self.0.config.replace(self.config_file().put_identity(name, settings)?);
        self.catalog_changed();
        Ok(())
    }

    /// Removes an identity with its roles, ends its sessions and throws its proof away.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; files that cannot be written.
    pub async fn remove_identity(&self, name: &IdentityName) -> Result<(), Problem> {
        self.0.config.good()?.identity(name)?;
        let sessions = self.0.sessions.list()?;
        let its: Vec<ProfileName> = sessions.into_iter().filter(|s| &s.identity == name).map(|s| s.profile).collect();
        self.0.sessions.stop(&its).await?;
        self.end_sign_in(name).await?;
        self.desk(name).clear()?;
        self.0.config.replace(self.config_file().remove_identity(name)?);
        self.catalog_changed();
        Ok(())
    }

    /// Tries an identity without the person. `tell` hears each step as it ends; all of them are returned. Dropping the
    /// future ends the trial.
    ///
    /// # Errors
    ///
    /// `unknown-identity`.
    pub async fn try_identity(&self, name: &IdentityName, tell: TellTrial<'_>) -> Result<Vec<TrialStep>, Problem> {
        let identity = self.identity(name)?;
        let trial = Trial::new(tell);
        identity.try_out(&trial).await;
        Ok(trial.into_steps())
    }

    /// As [`Broker::try_identity`], with settings that are not saved yet and secrets that were just typed, which are
    /// kept nowhere. `name` is what messages call it. Secrets that were not typed are those of the identity of that name
    /// in the vault if it `exists`, and none otherwise: a new identity has nothing of another's.
    pub async fn try_settings(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: Given,
        exists: bool,
        tell: TellTrial<'_>,
    ) -> Vec<TrialStep> {
        let desk = self.desk(name).for_draft(Draft { typed: secrets, exists });
        let trial = Trial::new(tell);
        daypass_identity::identity(settings, desk).try_out(&trial).await;
        trial.into_steps()
    }

    /// Signs a person in; see [`SignIns::sign_in`]. Sessions that waited for it are renewed.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; what the provider or the person refused; `sign-in-cancelled`, `sign-in-timed-out`.
    pub async fn sign_in(&self, name: &IdentityName, asked: Asked<'_>) -> Result<String, Problem> {
        let (name, identity) = self.signer(name)?;
        // Where proofs cannot be kept, the person should not be sent through a sign-in first.
        if let HealthState::Fails(error) = self.0.vault.check().state {
            return Err(error.into());
        }
        let person = self.0.sign_ins.sign_in(&self.desk(&name), &*identity, asked).await?;
        let config = self.0.config.best().0;
        for other in config.identities.keys() {
            let is_it = other == &name || self.identity(other).is_ok_and(|i| i.signed_in_by().as_ref() == Some(&name));
            if is_it {
                self.0.mint.forget_links(other);
                self.0.sessions.signed_in(other, identity.proof_is_short_lived());
            }
        }
        self.catalog_changed();
        Ok(person)
    }

    /// Ends a sign-in that waits for the person.
    #[must_use]
    pub fn cancel_sign_in(&self, identity: &IdentityName) -> bool {
        self.signer(identity).is_ok_and(|(name, _)| self.0.sign_ins.cancel(&name))
    }

    /// What the person has to do for a sign-in that is under way.
    #[must_use]
    pub fn sign_in_ask(&self, identity: &IdentityName) -> Option<SignInAsk> {
        self.signer(identity).ok().and_then(|(name, _)| self.0.sign_ins.ask(&name))
    }

    /// Throws a proof away. Sessions live on until they expire.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when the vault cannot be written.
    pub async fn sign_out(&self, identity: &IdentityName) -> Result<bool, Problem> {
        let (name, _) = self.signer(identity)?;
        let had = self.end_sign_in(&name).await?;
        self.catalog_changed();
        Ok(had)
    }

    async fn end_sign_in(&self, name: &IdentityName) -> Result<bool, Problem> {
        self.0.sign_ins.cancel(name);
        self.stop_listing(name);
        let had = self.identity(name)?.sign_out().await?;
        self.0.mint.forget_links(name);
        if had {
            let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::SignedOut);
            self.0.audit.record(AuditLine { identity: Some(name.clone()), ..line });
            let _ = self.0.events.send(Event::SignedOut { identity: name.clone() });
        }
        Ok(had)
    }

    /// The identity that signs in for this one: most often itself.
    fn signer(&self, name: &IdentityName) -> Result<(IdentityName, Box<dyn Identity>), Problem> {
        let identity = self.identity(name)?;
        match identity.signed_in_by() {
            Some(other) => Ok((other.clone(), self.identity(&other)?)),
            None => Ok((name.clone(), identity)),
        }
    }

    pub(super) fn identities(&self, config: &Config) -> Vec<IdentityView> {
        config.identities.iter().map(|(name, settings)| self.identity_view(name, settings)).collect()
    }

    /// A role that nobody knows may be one that a sign-in would list.
    pub(super) fn or_not_signed_in(&self, config: &Config, problem: Problem) -> Problem {
        let waiting = |view: &IdentityView| matches!(view.state, IdentityState::SignedOut | IdentityState::NeedsSignIn);
        let names: Vec<String> =
            self.identities(config).into_iter().filter(waiting).map(|view| view.name.to_string()).collect();
        if names.is_empty() {
            return problem;
        }
        let known = problem.hint.clone().unwrap_or_default();
        problem.hint(format!("nobody is signed in to {}, and a sign-in may list it; or {known}", names.join(", ")))
    }

    fn identity_view(&self, name: &IdentityName, settings: &IdentitySettings) -> IdentityView {
        let identity = daypass_identity::identity(settings, self.desk(name));
        let (standing, problem) = match identity.standing() {
            Ok(standing) => (Some(standing), None),
            Err(problem) => (None, Some(problem)),
        };
        let signed_in_by = identity.signed_in_by();
        let signing_in = self.0.sign_ins.is_under_way(signed_in_by.as_ref().unwrap_or(name));
        let state = standing.as_ref().map_or(IdentityState::SignedOut, |s| s.state);
        IdentityView {
            name: name.clone(),
            settings: settings.clone(),
            provider: identity.provider(),
            way: identity.way(),
            secrets: identity.secrets(),
            signed_in_by,
            state: if signing_in { IdentityState::SigningIn } else { state },
            person: standing.as_ref().and_then(|s| s.person.clone()),
            signed_in_until: standing.and_then(|s| s.until),
            lists_roles: identity.lists_roles(),
            listing: self.listing(name),
            problem: problem.or_else(|| self.listing_problem(name)),
        }
    }

    pub(super) fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        Ok(daypass_identity::identity(self.0.config.good()?.identity(name)?, self.desk(name)))
    }

    pub(super) fn desk(&self, name: &IdentityName) -> Desk {
        Desk::of(name, &self.0.shared)
    }
}
