//! Writes credentials to the vault and to where tools find them.

use std::path::PathBuf;

use super::claim::{Claim, Work};
use super::obtain::Purpose;
use super::sessions::{DELIVERY, Sessions};
use super::stored_session::StoredSession;
use aws_files::Foreign;
use daypass_core::delivery::Delivered;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;

impl Sessions {
    /// First the vault, then the delivery: a profile that tools find is always known to Daypass. When the delivery of
    /// a start fails, the vault forgets it again, and what ran before is in force. A renewal stays in the vault, where
    /// it serves tools that ask Daypass.
    ///
    /// The caller has the turn of the profile.
    pub(super) fn keep_and_deliver(
        &self,
        session: &StoredSession,
        foreign: Foreign,
        before: Option<&StoredSession>,
        purpose: Purpose,
    ) -> Result<Option<PathBuf>, Problem> {
        let profile = &session.request.profile;
        let _delivery = self.dependencies.turns.block(DELIVERY)?;
        self.table().slot(profile).begin_delivery();
        let _delivering = Claim::new(self, profile, Work::Delivery);
        self.store(session)?;
        let delivered = self.deliver(session, foreign, before);
        if delivered.is_err() {
            match (purpose, before) {
                (Purpose::Renewal, _) => {
                    let mut table = self.table();
                    table.changes += 1;
                    table.slot(profile).take_in_vault_only(session);
                }
                (Purpose::Start, Some(before)) => self.store(before)?,
                (Purpose::Start, None) => self.forget(profile)?,
            }
        }
        delivered
    }

    /// The session with the backup that its delivery made, if it made one: [`Sessions::give_back`] needs that later.
    pub(super) fn with_backup(&self, session: StoredSession, backup: Option<PathBuf>) -> StoredSession {
        if backup.is_none() {
            return session;
        }
        let session = StoredSession { backup, ..session };
        if let Err(problem) = self.store(&session) {
            tracing::warn!(code = %problem.code, profile = %session.request.profile, "the backup's place isn't kept");
        }
        session
    }

    /// The session with the file that its delivery writes to.
    pub(super) fn placed(&self, session: StoredSession) -> StoredSession {
        let delivery = self.dependencies.deliveries.of(session.request.delivery);
        StoredSession { file: delivery.place(session.file.as_deref()), ..session }
    }

    /// Writes the delivery, and removes the one before where that is another one or in another file: it would go stale.
    pub(super) fn deliver(
        &self,
        session: &StoredSession,
        foreign: Foreign,
        before: Option<&StoredSession>,
    ) -> Result<Option<PathBuf>, Problem> {
        let deliveries = &self.dependencies.deliveries;
        let StoredSession { request, credentials, file, .. } = session;
        let new = deliveries.of(request.delivery);
        // The keys that may be in the file so far say that the profile is ours.
        let known = before.map_or_else(|| Delivered::nothing(&request.profile), StoredSession::delivered);
        let is_elsewhere = |old: &StoredSession| {
            old.request.delivery.differs_from(request.delivery)
                || deliveries.of(old.request.delivery).place(old.file.as_deref()) != *file
        };
        // The same write removes names that the session lost. What they replaced is restored first.
        let swaps = before.is_some_and(|old| !is_elsewhere(old) && old.backup.is_none() && credentials.is_some());
        let at = match swaps {
            true => Delivered { file: file.clone(), ..known },
            false => {
                Delivered { profile: request.profile.clone(), also: request.also.clone(), file: file.clone(), ..known }
            }
        };
        let backup = match credentials {
            Some(credentials) => new.put(request, credentials, foreign, &at)?,
            None => None,
        };
        // All of them if the delivery changed, otherwise those that the session lost.
        let left = |old: &StoredSession| {
            let delivered = old.delivered();
            let goes = |profile: &&ProfileName| is_elsewhere(old) || (!swaps && !request.has(profile));
            let gone = delivered.profiles().filter(goes);
            gone.map(|gone| Delivered { profile: gone.clone(), also: Vec::new(), ..delivered.clone() })
                .collect::<Vec<_>>()
        };
        if let Some(old) = before
            && let left = left(old)
            && !left.is_empty()
            && let Err(problem) = self.take_away(old, &left)
        {
            if let Err(also) = new.remove(&[session.delivered()]) {
                tracing::warn!(code = %also.code, profile = %request.profile, "the new delivery couldn't be undone");
            }
            return Err(problem);
        }
        Ok(backup)
    }

    /// Removes what was delivered, and puts back what it had replaced.
    fn take_away(&self, old: &StoredSession, left: &[Delivered]) -> Result<(), Problem> {
        let deliver = self.dependencies.deliveries.of(old.request.delivery);
        if let Some(backup) = &old.backup {
            for one in left {
                deliver.give_back(one, backup)?;
            }
        }
        // What was given back isn't ours any more, and stays.
        deliver.remove(left)
    }
}
