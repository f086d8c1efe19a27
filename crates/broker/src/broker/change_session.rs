//! Changes a running session's profiles, delivery or region, without an exchange.

use std::collections::BTreeSet;

use aws_files::Foreign;
use daypass_core::names::{ProfileName, Region};
use daypass_core::policy::PolicyDelivery;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::settings::{IdentitySettings, misplaced};
use daypass_core::view::SessionView;
use daypass_session::{ProfileRegion, Rearrangement};

use super::bounds::not_in_a_file;
use super::catalog;
use super::door::Broker;
use crate::requests::{ChangeSession, RegionChoice};

impl Broker {
    /// The regions that `config.toml` names and those of running sessions: a short list to choose from.
    #[must_use]
    pub fn regions_in_use(&self) -> Vec<Region> {
        let config = self.config();
        let of_accounts = config.accounts.values().filter_map(|account| account.region.as_ref());
        let of_identities = config.identities.values().filter_map(IdentitySettings::default_region);
        let of_roles = config.roles.iter().filter_map(|role| role.region.as_ref());
        let running = self.0.sessions.known();
        let of_sessions = running.iter().filter_map(|session| session.region.as_ref());
        let named = config.region.iter().chain(of_accounts).chain(of_identities).chain(of_roles);
        // Thousands of roles have the same few.
        let all: BTreeSet<&Region> = named.chain(of_sessions).collect();
        all.into_iter().cloned().collect()
    }

    /// Changes a running session as asked, and has the AWS config file follow if this broker [writes
    /// sections](Broker::use_command).
    ///
    /// # Errors
    ///
    /// `unknown-session`; `bad-profile-name` where no profile would be left; `bad-region`; `policy-forbids`; as
    /// [`Sessions::rearrange`](daypass_session::Sessions::rearrange). All is as before then.
    pub async fn change_session(&self, asked: &ChangeSession) -> Result<SessionView, Problem> {
        let before = self.0.sessions.find(&asked.profile)?;
        self.check_sections(&asked.profiles_after(&before)?, asked.delivery.unwrap_or(before.delivery))?;
        let after = self.change_session_alone(asked).await?;
        self.follow_sections(Some(&before), &after)?;
        Ok(after)
    }

    /// As [`Broker::change_session`], for a caller that writes the AWS config file itself.
    ///
    /// # Errors
    ///
    /// As there.
    pub(super) async fn change_session_alone(&self, asked: &ChangeSession) -> Result<SessionView, Problem> {
        let before = self.0.sessions.find(&asked.profile)?;
        if let Some(delivery) = asked.delivery.filter(|delivery| delivery.differs_from(before.delivery)) {
            self.admits_delivery(match delivery {
                Delivery::CredentialsFile => PolicyDelivery::File,
                Delivery::Process => PolicyDelivery::Process,
            })?;
            not_in_a_file(&self.0.policy, &self.config(), &before.identity, &before.role, delivery)?;
        }
        let profiles = asked.profiles_after(&before)?;
        let is_same = before.profiles().eq(&profiles);
        let change = Rearrangement {
            profiles: (!is_same).then_some(profiles),
            delivery: asked.delivery,
            region: asked.region.as_ref().map(|choice| self.chosen_region(choice, &before)).transpose()?,
        };
        let foreign = if asked.replace { Foreign::BackUpAndReplace } else { Foreign::Refuse };
        let after = self.0.sessions.rearrange(&before.profile, &change, foreign).await?;
        self.rename_last_use(&before.profile, &after.profile);
        // What it isn't called any more doesn't start it again.
        let gone: Vec<&ProfileName> =
            before.profiles().filter(|old| after.profiles().all(|kept| kept != *old)).collect();
        if !gone.is_empty() {
            self.forget_profiles(|profile, earlier| {
                gone.iter().any(|old| old.as_str() == profile) && earlier.is_of_session(&after)
            });
        }
        Ok(after)
    }

    fn chosen_region(&self, choice: &RegionChoice, session: &SessionView) -> Result<ProfileRegion, Problem> {
        match choice {
            RegionChoice::Named(region) => {
                if let Some(what) = misplaced(region, &session.role) {
                    return Err(bad_region(what));
                }
                Ok(ProfileRegion { region: Some(region.clone()), named: true })
            }
            RegionChoice::Usual => {
                let region = catalog::region(&self.config(), &session.identity, &session.role);
                Ok(ProfileRegion { region, named: false })
            }
        }
    }
}

/// A region of another partition.
pub(super) fn bad_region(what: String) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadRegion, what).hint("choose a region of the role's partition")
}

impl ChangeSession {
    /// A change that changes nothing yet.
    #[must_use]
    pub fn of(profile: ProfileName) -> Self {
        let (add, drop) = (Vec::new(), Vec::new());
        Self { profile, rename: None, add, drop, region: None, delivery: None, replace: false }
    }

    /// The profiles that the session is to have.
    ///
    /// # Errors
    ///
    /// `bad-profile-name` where none would be left.
    pub fn profiles_after(&self, before: &SessionView) -> Result<Vec<ProfileName>, Problem> {
        let mut profiles: Vec<ProfileName> = Vec::new();
        let renamed = |own: &ProfileName| match &self.rename {
            Some(new) if *own == self.profile => new.clone(),
            _ => own.clone(),
        };
        let kept = before.profiles().filter(|own| !self.drop.contains(own)).map(renamed);
        for profile in kept.chain(self.add.iter().cloned()) {
            if !profiles.contains(&profile) {
                profiles.push(profile);
            }
        }
        if profiles.is_empty() {
            let message = format!("the session of profile {} would have no profile left", before.profile);
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadProfileName, message)
                .hint("keep one of its profiles, or stop the session"));
        }
        Ok(profiles)
    }
}
