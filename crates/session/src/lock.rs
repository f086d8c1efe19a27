//! What happens to sessions when the vault is locked and unlocked.
//!
//! While it is locked, this process holds and renews nothing. What is in the credentials file stays there until it expires, or
//! leaves it at once, as the person chose.

use std::collections::BTreeMap;

use super::sessions::{DELIVERY, Sessions};
use super::slot::LeftBehind;
use daypass_core::delivery::Delivered;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;

impl Sessions {
    /// The vault was locked: forgets every session with its credentials.
    pub fn forget_secrets(&self) {
        self.table().forget_secrets();
    }

    /// Takes the profiles of all sessions out of the files. [`Sessions::unlocked`] writes them again.
    ///
    /// # Errors
    ///
    /// When the sessions can't be read, or a file can't be written.
    pub fn withdraw(&self) -> Result<(), Problem> {
        self.compare_with_vault()?;
        self.blocking(|s| {
            let _delivery = s.dependencies.turns.block(DELIVERY)?;
            let delivered =
                s.table().sessions().map(|live| (live.stored.request.delivery, live.stored.delivered())).collect();
            s.remove(delivered)
        })
    }

    /// The vault was unlocked: takes the sessions in again, and makes the files agree with them.
    pub fn unlocked(&self) {
        self.reconcile_deliveries();
        self.wake_loop();
    }

    /// Removes what is in files of forgotten sessions once it has expired.
    pub(super) fn expire_left(&self) {
        let now = self.clock().now();
        let expired = self.table().take_expired_left(now);
        if expired.is_empty() {
            return;
        }
        let removed = self.blocking(|s| {
            let _delivery = s.dependencies.turns.block(DELIVERY)?;
            s.remove(expired.into_iter().map(|LeftBehind { delivery, delivered, .. }| (delivery, delivered)).collect())
        });
        if let Err(problem) = removed {
            tracing::warn!(code = %problem.code, "expired profiles stay in the files until the vault is unlocked");
        }
    }

    /// Takes back what was delivered, each with its delivery.
    pub(super) fn remove(&self, delivered: Vec<(Delivery, Delivered)>) -> Result<(), Problem> {
        let mut by_delivery = BTreeMap::<Delivery, Vec<Delivered>>::new();
        for (delivery, delivered) in delivered {
            by_delivery.entry(delivery).or_default().push(delivered);
        }
        by_delivery
            .iter()
            .try_for_each(|(delivery, delivered)| self.dependencies.deliveries.of(*delivery).remove(delivered))
    }
}
