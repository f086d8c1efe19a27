//! Credentials on their way to the vault and to where tools find them.

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
    fn deliver(
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
        let at = Delivered { also: request.also.clone(), file: file.clone(), ..known };
        let backup = match credentials {
            Some(credentials) => new.put(request, credentials, foreign, &at)?,
            None => None,
        };
        // All of them where the delivery is another one, and otherwise those that the session no longer has.
        let left = |old: &StoredSession| {
            let is_elsewhere = old.request.delivery.differs_from(request.delivery)
                || deliveries.of(old.request.delivery).place(old.file.as_deref()) != *file;
            let delivered = old.delivered();
            let goes = |profile: &&ProfileName| is_elsewhere || !request.profiles().any(|kept| kept == *profile);
            let gone = delivered.profiles().filter(goes);
            gone.map(|gone| Delivered { profile: gone.clone(), also: Vec::new(), ..delivered.clone() })
                .collect::<Vec<_>>()
        };
        if let Some(old) = before
            && let left = left(old)
            && !left.is_empty()
            && let Err(problem) = deliveries.of(old.request.delivery).remove(&left)
        {
            if let Err(also) = new.remove(&[session.delivered()]) {
                tracing::warn!(code = %also.code, profile = %request.profile, "the new delivery could not be undone");
            }
            return Err(problem);
        }
        Ok(backup)
    }
}
