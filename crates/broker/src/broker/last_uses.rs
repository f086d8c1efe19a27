//! Which programs take a session's credentials, as far as Daypass can see: those that ask the agent. Programs that read
//! the credentials file aren't seen, and neither is what a command answers by itself, without an agent.

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::event::Event;
use daypass_core::history::{LastUse, Taker};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::program::{Program, short_folder};
use daypass_core::view::SessionView;

use super::door::Broker;
use super::takings::News;

impl Broker {
    /// The last time that each running session's credentials were taken, where this process saw it.
    #[must_use]
    pub fn last_uses(&self) -> Vec<LastUse> {
        self.0
            .takings
            .of_sessions(|profile, role| self.0.sessions.peek(profile).is_some_and(|session| session.role_id == role))
    }

    /// A program's folder as a person writes it.
    pub(super) fn shown_folder(&self, taker: &Taker) -> Option<String> {
        let folder = taker.details.as_ref()?.folder.as_ref()?;
        Some(short_folder(folder, self.0.surroundings.places.home.to_str()))
    }

    /// The program that asks: what the agent found out of its client. A command that answers by itself asks who runs
    /// it.
    pub(super) fn asking_program(&self, asked_by: Option<Program>) -> Option<Program> {
        if self.0.takings.keeps() { asked_by } else { daypass_peer::caller() }
    }

    /// A program got the credentials of this profile's session. The log has a line for each program and access key; the
    /// program doesn't wait for that.
    pub fn note_taken(&self, profile: &ProfileName, taker: Taker) {
        if !self.0.takings.keeps() {
            return;
        }
        let main = self.0.sessions.request(profile).map(|request| request.profile);
        let Some(session) = main.and_then(|main| self.0.sessions.peek(&main)) else { return };
        let taken = LastUse {
            profile: session.profile.clone(),
            role_id: session.role_id.clone(),
            at: self.0.surroundings.clock.now(),
            folder: self.shown_folder(&taker),
            taker,
        };
        let News { tell, record } = self.0.takings.note(&session, &taken);
        if record {
            let (audit, line) = (self.0.audit.clone(), line_of(session, &taken));
            drop(tokio::task::spawn_blocking(move || audit.record(line)));
        }
        if tell {
            self.tell_taken([taken]);
        }
    }

    /// A session's first profile has another name: what is known of its last use goes with it.
    pub(super) fn rename_last_use(&self, old: &ProfileName, new: &ProfileName) {
        if old != new {
            self.tell_taken(self.0.takings.rename(old, new));
        }
    }

    /// The same for an identity.
    pub(super) fn rename_last_uses(&self, old: &IdentityName, new: &IdentityName) {
        self.tell_taken(self.0.takings.rename_identity(old, new));
    }

    fn tell_taken(&self, uses: impl IntoIterator<Item = LastUse>) {
        for taken in uses {
            let _ = self.0.events.send(Event::CredentialsTaken { taken });
        }
    }
}

fn line_of(session: SessionView, taken: &LastUse) -> AuditLine {
    AuditLine {
        identity: Some(session.identity),
        profile: Some(session.profile),
        role: Some(session.role),
        access_key_id: session.access_key_id,
        taker: Some(taken.taker.clone()),
        ..AuditLine::new(taken.at, AuditEvent::CredentialsTaken)
    }
}
