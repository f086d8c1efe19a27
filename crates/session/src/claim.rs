//! A task's claim on a profile, released when the task ends, fails, panics or is cancelled.

use super::sessions::Sessions;
use super::slot::Left;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::ProfileName;

/// What a task does with a profile.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// It waits for a session to start.
    Start,
    /// It waits for a renewal.
    Renewal,
    /// It writes new credentials to vault and file.
    Delivery,
    /// It ends the session.
    Stop,
}

/// A task's claim on a profile, until dropped.
pub(super) struct Claim<'a> {
    sessions: &'a Sessions,
    profile: ProfileName,
    work: Work,
}

impl<'a> Claim<'a> {
    /// The claim of a task that has just entered its work in the slot of the profile.
    pub(super) fn new(sessions: &'a Sessions, profile: &ProfileName, work: Work) -> Self {
        Self { sessions, profile: profile.clone(), work }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let now = self.sessions.clock().now();
        let mut table = self.sessions.table();
        let slot = table.slot(&self.profile);
        match self.work {
            Work::Start => {
                let left = slot.leave_start();
                table.tidy(&self.profile);
                drop(table);
                match left {
                    Left::Nothing => {}
                    // A window that shows the start has nothing to wait for any more.
                    Left::Abandoned => self.sessions.send(Event::CatalogChanged),
                }
            }
            Work::Renewal => {
                let left = slot.leave_renewal(now, fastrand::f64());
                table.tidy(&self.profile);
                drop(table);
                if let Some(session) = left {
                    self.sessions.announce(SessionChange::RenewalDelayed, session);
                    self.sessions.wake_loop();
                }
            }
            Work::Delivery => {
                slot.end_delivery();
                table.tidy(&self.profile);
            }
            Work::Stop => {
                slot.end_stop();
                table.tidy(&self.profile);
            }
        }
    }
}
