//! Gives credentials to a program. If the settings say to ask, the person has to allow it first.

use std::time::Duration;

use daypass_core::credentials::Credentials;
use daypass_core::history::{TakenBy, Taker};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::program::Program;
use daypass_core::view::role_id;
use daypass_deliver::process::ProcessCredentials;

use super::consent::{Access, Asking};
use super::door::Broker;
use crate::requests::{GetCredentials, HandedOut, SessionKeys};

impl Broker {
    /// Credentials for `credential_process` and for endpoints.
    pub(super) async fn hand_out(&self, profile: &ProfileName, asked: GetCredentials) -> Result<HandedOut, Problem> {
        let GetCredentials { role, by_endpoint, consumer, visitor, patience, asked_by, .. } = asked;
        let credentials = self.credentials_for(profile, role.as_deref()).await?;
        let by = if by_endpoint { TakenBy::Endpoint } else { TakenBy::Process };
        let program = if by_endpoint { visitor_of(asked_by.as_ref(), visitor) } else { asked_by.clone() };
        let patience = patience.map(|milliseconds| Duration::from_millis(milliseconds.into()));
        let access = self.may_have(profile, Asking { by, program, consumer, patience }).await?;
        let (profile, credentials) = match access {
            Access::Unasked => (profile.clone(), credentials),
            // The person may have taken longer than the credentials lasted.
            Access::Allowed => (profile.clone(), self.credentials_for(profile, role.as_deref()).await?),
            Access::ReadOnly => self.reading(profile).await?,
        };
        // An endpoint says for each program that it answers.
        if !by_endpoint {
            self.note_taken(&profile, Taker::new(by, asked_by, None));
        }
        let is_for_this_program = access != Access::Unasked;
        Ok(HandedOut { credentials: ProcessCredentials::from(&credentials), is_for_this_program })
    }

    /// Keys for the variables of a program or a shell.
    pub(super) async fn hand_out_keys(
        &self,
        taken: SessionKeys,
        program: Option<Program>,
        consumer: Option<String>,
    ) -> Result<SessionKeys, Problem> {
        let profile = taken.session.profile.clone();
        let (by, details) = (TakenBy::Variables, program.clone());
        let asking = Asking { by, program, consumer: consumer.clone(), patience: None };
        let taken = match self.may_have(&profile, asking).await? {
            Access::Unasked => taken,
            Access::Allowed => self.keys(&profile).await?,
            Access::ReadOnly => {
                let (profile, _) = self.reading(&profile).await?;
                self.keys(&profile).await?
            }
        };
        self.note_taken(&taken.session.profile, Taker::new(by, details, consumer));
        Ok(taken)
    }

    async fn credentials_for(&self, profile: &ProfileName, role: Option<&str>) -> Result<Credentials, Problem> {
        match role {
            Some(role) => self.credentials_of_role(profile, role).await,
            None => self.provide_credentials(profile).await,
        }
    }

    /// Credentials of the same role that only read, from a session of their own.
    async fn reading(&self, profile: &ProfileName) -> Result<(ProfileName, Credentials), Problem> {
        let request = self.0.sessions.find(profile)?;
        let role = role_id(&request.identity, &request.role);
        let profile = self.use_role(&role, None, true, None).await?.session.profile;
        let credentials = self.0.sessions.fresh_credentials(&profile).await?;
        Ok((profile, credentials))
    }
}

impl Broker {
    /// The program that gets the credentials, as far as that is certain. Without an agent, this process is the endpoint
    /// that found it out.
    pub(super) fn program_that_gets(&self, asked: &GetCredentials) -> Option<Program> {
        match (asked.by_endpoint, self.0.takings.keeps()) {
            (true, true) => visitor_of(asked.asked_by.as_ref(), asked.visitor.clone()),
            (true, false) => asked.visitor.clone(),
            (false, _) => self.asking_program(asked.asked_by.clone()),
        }
    }
}

/// The program that asked an endpoint. Only Daypass's own command is believed about that, and only a process that is
/// there: another program that speaks for one speaks for itself.
fn visitor_of(asked_by: Option<&Program>, visitor: Option<Program>) -> Option<Program> {
    let server = asked_by?;
    if server.via.is_none() {
        return Some(server.clone());
    }
    let visitor = visitor?;
    daypass_peer::program_of(visitor.process).filter(|now| now.is_process(&visitor))
}
