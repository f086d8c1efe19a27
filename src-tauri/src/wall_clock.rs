//! Waits for a wall-clock time, even if the machine sleeps in between.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daypass_core::clock::{Clock, SystemClock};

/// A timer stands still while the machine sleeps, so the clock is looked at this often at least.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Waits until then. Without a moment, for ever.
pub(crate) async fn sleep_until(moment: Option<DateTime<Utc>>) {
    let Some(moment) = moment else { return std::future::pending().await };
    while let Ok(left) = (moment - SystemClock.now()).to_std() {
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
    }
}
