//! What an agent does first: it makes the credentials file agree with the sessions, whatever happened while no agent ran.

use std::collections::BTreeMap;

use super::Sessions;
use super::stored_session::StoredSession;
use aws_files::Foreign;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;
use daypass_deliver::WrittenProfile;

impl Sessions {
    /// Removes profiles that this home wrote and that belong to no session (because the vault was removed, or the
    /// machine crashed at the wrong moment), since they would never be renewed. Writes those that are missing or out of
    /// date.
    ///
    /// Other homes may share the file. The marker of each profile says whose it is.
    pub(super) fn reconcile_files(&self) {
        if let Err(problem) = self.blocking(Self::reconcile) {
            tracing::warn!(code = problem.code, "the credentials file was not compared with the sessions");
        }
    }

    fn reconcile(&self) -> Result<(), Problem> {
        // In this order: a profile that another process writes now is in the vault by then.
        let _delivery = self.parts.turns.block(super::DELIVERY)?;
        self.compare_with_vault()?;
        let in_file = self.parts.file.written()?.into_iter().map(|written| (written.profile.clone(), written));
        let in_file: BTreeMap<ProfileName, WrittenProfile> = in_file.collect();
        let now = self.parts.clock.now();
        let (orphans, outdated) = {
            let book = self.book();
            let known = |profile: &ProfileName| book.live.contains_key(profile) || book.starting.contains_key(profile);
            let orphans = in_file.values().filter(|written| written.is_ours && !known(&written.profile));
            let orphans: Vec<ProfileName> = orphans.map(|written| written.profile.clone()).collect();
            let wanted = book
                .live
                .values()
                .filter(|live| live.held.request.delivery == Delivery::CredentialsFile && live.valid(now).is_some());
            let outdated: Vec<StoredSession> = wanted
                .filter(|live| is_outdated(in_file.get(&live.held.request.profile), &live.held))
                .map(|live| live.held.clone())
                .collect();
            (orphans, outdated)
        };
        self.parts.file.remove(&orphans)?;
        for held in outdated {
            if let Some(credentials) = &held.credentials {
                // If it has become a profile that Daypass did not write, the next renewal says so.
                let written = self.parts.file.put(&held.request, credentials, Foreign::Refuse);
                if let Err(problem) = written {
                    tracing::warn!(code = problem.code, profile = %held.request.profile, "a profile was not written again");
                }
            }
        }
        Ok(())
    }
}

/// Whether the profile must be written again for this session.
fn is_outdated(written: Option<&WrittenProfile>, held: &StoredSession) -> bool {
    let Some(written) = written else { return true };
    if held.key_id() == Some(&written.access_key_id) {
        // STS gives each key once, so it is ours: the home was at another path then, or an early build left no id.
        !written.is_ours
    } else {
        // Of an earlier grant. If another home wrote it, the profile is that home's by now.
        written.is_ours
    }
}
