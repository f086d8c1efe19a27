//! The first thing an agent does: it makes every delivery match the sessions, whatever happened while no agent was
//! running.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::sessions::{DELIVERY, Sessions};
use super::slot::Slot;
use super::stored_session::StoredSession;
use aws_files::Foreign;
use daypass_core::delivery::{Deliver, Delivered, WrittenProfile};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;

/// The sessions of one delivery, and whether their credentials are valid.
type OfDelivery = BTreeMap<ProfileName, (StoredSession, bool)>;

impl Sessions {
    /// Removes profiles that this home wrote and that no session is delivered by (because the vault was removed, or the
    /// machine crashed at the wrong moment), since they would never be renewed. Writes those that are missing or out of
    /// date.
    ///
    /// Other homes may share the file. The marker of each profile says whose it is.
    pub(super) fn reconcile_deliveries(&self) {
        if let Err(problem) = self.blocking(Self::reconcile) {
            tracing::warn!(code = %problem.code, "the deliveries weren't compared with the sessions");
        }
    }

    fn reconcile(&self) -> Result<(), Problem> {
        // In this order: a profile that another process writes now is in the vault by then.
        let _delivery = self.dependencies.turns.block(DELIVERY)?;
        self.compare_with_vault()?;
        let mut sessions = self.sessions_by_delivery();
        for (delivery, deliver) in self.dependencies.deliveries.all() {
            self.reconcile_one(deliver, &sessions.remove(&delivery).unwrap_or_default())?;
        }
        Ok(())
    }

    fn reconcile_one(&self, deliver: &dyn Deliver, sessions: &OfDelivery) -> Result<(), Problem> {
        let Some(here) = deliver.place(None) else { return Ok(()) };
        // A session may have been started from an environment that names another file.
        let place_of = |session: &StoredSession| deliver.place(session.file.as_deref());
        let elsewhere = sessions.values().filter_map(|(session, _)| place_of(session)).filter(|file| *file != here);
        for file in std::iter::once(here.clone()).chain(elsewhere.collect::<BTreeSet<_>>()) {
            let in_file = |(session, _): &&(StoredSession, bool)| place_of(session).as_ref() == Some(&file);
            let sessions: Vec<&(StoredSession, bool)> = sessions.values().filter(in_file).collect();
            match self.reconcile_file(deliver, &file, &sessions) {
                Ok(()) => {}
                Err(problem) if file == here => return Err(problem),
                Err(problem) => {
                    tracing::warn!(code = %problem.code, file = %file.display(), "profiles weren't compared")
                }
            }
        }
        Ok(())
    }

    fn reconcile_file(
        &self,
        deliver: &dyn Deliver,
        file: &Path,
        sessions: &[&(StoredSession, bool)],
    ) -> Result<(), Problem> {
        let Some(written) = deliver.written(Some(file))? else { return Ok(()) };
        let has_session = |profile: &ProfileName| sessions.iter().any(|(session, _)| session.request.has(profile));
        let orphans: Vec<Delivered> = {
            let table = self.table();
            let is_starting = |profile: &ProfileName| table.get(profile).is_some_and(Slot::is_starting);
            let is_orphan = |profile: &ProfileName| !has_session(profile) && !is_starting(profile);
            let ours = written.iter().filter(|(profile, written)| written.is_ours && is_orphan(profile));
            ours.map(|(profile, _)| Delivered { file: Some(file.to_owned()), ..Delivered::nothing(profile) }).collect()
        };
        deliver.remove(&orphans)?;
        for (session, is_valid) in sessions {
            let profile = &session.request.profile;
            if let Some(credentials) = session.credentials.as_ref().filter(|_| *is_valid)
                && session.request.profiles().any(|profile| is_outdated(written.get(profile), session))
                // If it has become a profile that Daypass did not write, the next renewal says so.
                && let Err(problem) = deliver.put(&session.request, credentials, Foreign::Refuse, &session.delivered())
            {
                tracing::warn!(code = %problem.code, %profile, "a profile wasn't written again");
            }
        }
        Ok(())
    }

    fn sessions_by_delivery(&self) -> BTreeMap<Delivery, OfDelivery> {
        let now = self.clock().now();
        let mut sessions = BTreeMap::<Delivery, OfDelivery>::new();
        for live in self.table().sessions() {
            let StoredSession { request, .. } = &live.stored;
            let found = (live.stored.clone(), live.valid(now).is_some());
            sessions.entry(request.delivery).or_default().insert(request.profile.clone(), found);
        }
        sessions
    }
}

/// Whether the profile must be written again for this session.
fn is_outdated(written: Option<&WrittenProfile>, session: &StoredSession) -> bool {
    let Some(written) = written else { return true };
    if session.key_id() == Some(&written.access_key_id) {
        // STS gives each key once, so it is ours: the home was at another path then, or an early build left no id.
        !written.is_ours
    } else {
        // Of an earlier grant. If another home wrote it, the profile is that home's by now.
        written.is_ours
    }
}
