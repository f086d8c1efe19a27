//! Starts, renews and stops sessions, and hands out their credentials.

use super::bounds::{bounded, starts_read_only};
use super::change_session::bad_region;
use super::door::Broker;
use super::profiles::AskedBefore;
use super::sign_in_first::Needs;
use crate::naming::Reach;
use crate::outcome::Outcome;
use crate::requests::{NamedProfiles, Person};
use aws_files::Foreign;
use daypass_core::credentials::Credentials;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::{NextStep, Problem, ProblemCode};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::misplaced;
use daypass_core::view::{RoleView, SessionView, role_id};

impl Broker {
    /// Starts a session of a role. One that is named by a profile is started as it was before.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`] and [`Sessions::start`]; `bad-region` for a region of another partition.
    pub async fn start(
        &self,
        role: &str,
        profiles: impl Into<NamedProfiles>,
        region: Option<Region>,
        foreign: Foreign,
        delivery: Delivery,
        read_only: bool,
    ) -> Result<SessionView, Problem> {
        let request = self.request(role, profiles.into(), region, Some(delivery), read_only)?;
        self.0.sessions.start(request, foreign).await
    }

    /// The terms for a role. Without a delivery, the one in `config.toml` applies.
    pub(super) fn request(
        &self,
        role: &str,
        profiles: NamedProfiles,
        region: Option<Region>,
        delivery: Option<Delivery>,
        read_only: bool,
    ) -> Result<SessionRequest, Problem> {
        Ok(self.request_and_role(role, profiles, region, delivery, read_only)?.0)
    }

    /// As [`Broker::request`], with the role that the text means.
    pub(super) fn request_and_role(
        &self,
        role: &str,
        profiles: NamedProfiles,
        region: Option<Region>,
        delivery: Option<Delivery>,
        read_only: bool,
    ) -> Result<(SessionRequest, RoleView), Problem> {
        // A profile that is its own role's name isn't a part of another's.
        let is_profile = profiles.first.as_ref().is_some_and(|profile| profile.as_str() == role);
        let reach = if is_profile { Reach::Whole } else { Reach::Part };
        let (role, before) = self.role_as_before(role, reach)?;
        let mut request = self.request_for(role.clone(), before, profiles, delivery)?;
        request.terms.read_only |= read_only;
        if let Some(region) = region {
            if let Some(what) = misplaced(&region, &request.role) {
                return Err(bad_region(what));
            }
            request.region = Some(region);
            request.region_named = true;
        }
        Ok((request, role))
    }

    /// The request for a role. If the text is a profile that has or had its session, also what was asked for then.
    pub(super) fn request_as_before(
        &self,
        role: &str,
        profiles: NamedProfiles,
        delivery: Option<Delivery>,
        reach: Reach,
    ) -> Result<SessionRequest, Problem> {
        let (role, before) = self.role_as_before(role, reach)?;
        self.request_for(role, before, profiles, delivery)
    }

    fn request_for(
        &self,
        role: RoleView,
        before: Option<AskedBefore>,
        profiles: NamedProfiles,
        delivery: Option<Delivery>,
    ) -> Result<SessionRequest, Problem> {
        let delivery = match delivery {
            Some(delivery) => delivery,
            None => self.usual_delivery(&*self.0.config.good()?, &role),
        };
        let NamedProfiles { first, mut also } = profiles;
        // Who names the profile names all of them.
        also.extend(before.iter().filter(|_| first.is_none()).flat_map(|before| before.also.clone()));
        let mut request = session_request(role, first, delivery);
        for profile in also {
            if request.profiles().all(|known| *known != profile) {
                request.also.push(profile);
            }
        }
        if let Some(before) = before {
            request.terms.read_only |= before.read_only;
            if let Some(region) = before.region {
                request.region = Some(region);
                request.region_named = true;
            }
        }
        let config = self.config();
        request.terms.read_only |= starts_read_only(&config, &request);
        request.elevation = self.elevation_of(&request);
        bounded(&self.0.policy, &config, &request)
    }

    /// As [`Broker::start`], delivered as `config.toml` says, or says whom the person has to sign in first. Profiles
    /// that are delivered by process get their sections, if this broker [writes any](Broker::use_command).
    ///
    /// # Errors
    ///
    /// As [`Broker::start`]; `foreign-profile` for a section that another tool wrote.
    pub async fn start_or_sign_in(
        &self,
        role: &str,
        profiles: impl Into<NamedProfiles>,
        region: Option<Region>,
        foreign: Foreign,
        read_only: bool,
        person: Person,
    ) -> Result<Outcome<SessionView>, Problem> {
        let profiles = profiles.into();
        // A role that isn't known is refused below.
        if let Ok(request) = self.request(role, profiles.clone(), region.clone(), None, read_only) {
            self.check_sections(&request.profiles().cloned().collect::<Vec<_>>(), request.delivery)?;
        }
        let outcome = self.start_alone_or_sign_in(role, profiles, region, foreign, read_only, person).await?;
        match &outcome {
            Outcome::Done(session) => self.follow_sections(None, session)?,
            Outcome::SignInFirst(_) => {}
        }
        Ok(outcome)
    }

    /// As [`Broker::start_or_sign_in`], for a caller that writes the AWS config file itself. It doesn't send the person
    /// through a sign-in for a profile that can't be written.
    ///
    /// # Errors
    ///
    /// As [`Broker::start`].
    pub(super) async fn start_alone_or_sign_in(
        &self,
        role: &str,
        profiles: impl Into<NamedProfiles>,
        region: Option<Region>,
        foreign: Foreign,
        read_only: bool,
        person: Person,
    ) -> Result<Outcome<SessionView>, Problem> {
        let profiles = profiles.into();
        let start = async {
            let request = self.request(role, profiles.clone(), region, None, read_only)?;
            self.0.sessions.start(request, foreign).await
        };
        let outcome = self.sign_in_first(person, Needs::Role(role), start).await?;
        match &outcome {
            // A sign-in may list a role that isn't known yet.
            Outcome::SignInFirst(_) => {
                if let Ok(request) = self.request_as_before(role, profiles, None, Reach::Part) {
                    self.0.sessions.check(&request, foreign)?;
                    if let Delivery::CredentialsFile = request.delivery {
                        let file = &self.0.surroundings.places.credentials_file;
                        drop(durable_file::reserve(file).map_err(aws_files::Error::from)?);
                    }
                }
            }
            Outcome::Done(_) => {}
        }
        Ok(outcome)
    }

    /// Renews a session now.
    ///
    /// # Errors
    ///
    /// As [`Sessions::renew`].
    pub async fn renew(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.0.sessions.renew(profile).await
    }

    /// Ends the session of a profile, or all. Returns how many there were. The profiles can be started again by name.
    ///
    /// # Errors
    ///
    /// `unknown-session`; as [`Sessions::stop`].
    pub async fn stop(&self, profile: Option<&ProfileName>) -> Result<usize, Problem> {
        let profiles = self.profiles_of(profile)?;
        let requests = self.requests_of(&profiles);
        let ended = self.0.sessions.stop(&profiles).await?;
        self.remember_profiles(requests);
        Ok(ended)
    }

    /// Ends the session of a profile that replaced another tool's, and puts that one back. Returns whether there was
    /// one that could be put back.
    ///
    /// # Errors
    ///
    /// As [`Broker::stop`] and [`Sessions::give_back`].
    pub async fn stop_and_give_back(&self, profile: &ProfileName) -> Result<bool, Problem> {
        let profile = self.0.sessions.find(profile)?.profile;
        let given_back = self.0.sessions.give_back(&profile)?;
        self.stop(Some(&profile)).await?;
        Ok(given_back)
    }

    /// As [`Broker::stop`], so that [`Broker::undo_stop`] can take it back for a while.
    ///
    /// # Errors
    ///
    /// As [`Broker::stop`].
    pub async fn stop_for_now(&self, profile: Option<&ProfileName>) -> Result<usize, Problem> {
        let profiles = self.profiles_of(profile)?;
        let requests = self.requests_of(&profiles);
        let ended = self.0.sessions.stop_for_now(&profiles).await?;
        self.remember_profiles(requests);
        Ok(ended)
    }

    /// Takes back [`Broker::stop_for_now`].
    ///
    /// # Errors
    ///
    /// As [`Sessions::undo_stop`].
    pub async fn undo_stop(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.0.sessions.undo_stop(profile).await
    }

    fn requests_of(&self, profiles: &[ProfileName]) -> Vec<SessionRequest> {
        profiles.iter().filter_map(|profile| self.0.sessions.request(profile)).collect()
    }

    /// The profile of one session, or of all.
    fn profiles_of(&self, profile: Option<&ProfileName>) -> Result<Vec<ProfileName>, Problem> {
        match profile {
            Some(profile) => Ok(vec![self.0.sessions.find(profile)?.profile]),
            None => Ok(self.0.sessions.list()?.into_iter().map(|session| session.profile).collect()),
        }
    }

    /// Valid credentials for a profile, from its session. Where none runs, starts one for the role with that profile,
    /// delivered by process.
    ///
    /// # Errors
    ///
    /// As [`Sessions::fresh_credentials`] and [`Sessions::start`].
    pub async fn provide_credentials(&self, profile: &ProfileName) -> Result<Credentials, Problem> {
        match self.0.sessions.fresh_credentials(profile).await {
            Err(problem) if problem.code == ProblemCode::UnknownSession => {
                // Report a mistake in config.toml, not that the role is unknown because of it.
                let request = self
                    .request_as_before(
                        profile.as_str(),
                        Some(profile.clone()).into(),
                        Some(Delivery::Process),
                        Reach::Known,
                    )
                    .map_err(|e| match (e.code, e.next) {
                        // It was mistyped, so no sign-in helps.
                        (ProblemCode::UnknownRole, Some(next @ NextStep::NameRole { .. })) => {
                            problem.hint("write the whole name of a profile or a role").next(next)
                        }
                        (ProblemCode::UnknownRole, _) => self.or_sign_in_first(problem),
                        (_, next) => Problem { next, ..e },
                    })?;
                self.0.sessions.start(request, Foreign::Refuse).await?;
                self.0.sessions.fresh_credentials(profile).await
            }
            result => result,
        }
    }

    /// The profile by which a program's session is known now. A program that was given a profile keeps its session when
    /// the person renames that: an endpoint whatever the name means by now, `credential_process` unless it means
    /// another role.
    pub(super) fn for_program(
        &self,
        profile: ProfileName,
        role: Option<&str>,
        by_endpoint: bool,
    ) -> Result<ProfileName, Problem> {
        if self.0.sessions.current_request(&profile)?.is_some() {
            return Ok(profile);
        }
        let Some(now) = self.0.sessions.now_called(&profile) else { return Ok(profile) };
        let id = self.0.sessions.request(&now).map(|request| role_id(&request.identity, &request.role));
        let is_its = match role {
            Some(role) => id.as_deref() == Some(role),
            None if by_endpoint => true,
            None => {
                let meant = self.role_as_before(profile.as_str(), Reach::Known);
                meant.map_or(true, |(role, _)| id.as_ref() == Some(&role.id))
            }
        };
        Ok(if is_its { now } else { profile })
    }

    /// Asks the person to sign in if that is what keeps a tool from the credentials of a profile.
    pub(super) fn ask_for_sign_in(&self, profile: &ProfileName, problem: &Problem) {
        if let Some(NextStep::SignIn { identity }) = &problem.next {
            let of_session = self.0.sessions.request(profile).map(|request| request.identity);
            let identity = of_session.unwrap_or_else(|| identity.clone());
            self.0.sessions.ask_for_sign_in(identity, std::slice::from_ref(profile), problem.clone());
        }
    }

    /// As [`Broker::provide_credentials`], for a person, who may name the role instead: by whole names, because the
    /// answer doesn't say which role was meant. Returns the profile too.
    ///
    /// # Errors
    ///
    /// As there; `ambiguous-role`.
    pub(super) async fn provide_named(&self, name: &ProfileName) -> Result<(ProfileName, Credentials), Problem> {
        let problem = match self.provide_credentials(name).await {
            Ok(credentials) => return Ok((name.clone(), credentials)),
            Err(problem) => problem,
        };
        match (problem.code, self.role_as_before(name.as_str(), Reach::Whole)) {
            (ProblemCode::UnknownSession | ProblemCode::SignedOut, Ok((role, _))) => {
                let standing = self.use_role(&role.id, None, false, None).await?;
                let credentials = self.0.sessions.fresh_credentials(&standing.session.profile).await?;
                Ok((standing.session.profile, credentials))
            }
            (ProblemCode::UnknownSession, Err(named)) if named.code == ProblemCode::AmbiguousRole => Err(named),
            _ => Err(problem),
        }
    }
}

pub(super) fn session_request(role: RoleView, profile: Option<ProfileName>, delivery: Delivery) -> SessionRequest {
    let RoleView { arn, identity, via, region, terms, .. } = role;
    let profile = profile.unwrap_or(role.profile);
    SessionRequest { via, region, terms, ..SessionRequest::new(profile, arn, identity, delivery) }
}
