//! The state that all services of the sandbox share.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::{Clock, journal::Journal, knobs::Panel, world::World};

/// Where the sandbox's IAM Identity Center is.
pub(crate) const REGION: &str = "eu-central-1";

/// The state that all services share. Each service adds its own in a `Shared`, which derefs to this.
pub(crate) struct Common {
    /// With a trailing slash.
    pub(crate) base: String,
    pub(crate) issuer: String,
    pub(crate) start_url: String,
    pub(crate) world: World,
    pub(crate) panel: Panel,
    pub(crate) journal: Journal,
    pub(crate) clock: Clock,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Common {
    /// The sandbox's time, which is the clock's time shifted by the knob.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        // The knob is in range, so only a clock at the end of time can overflow. Such a clock isn't shifted.
        let skew = TimeDelta::try_seconds(self.panel.read().skew_seconds).unwrap_or_default();
        let now = self.clock.now();
        now.checked_add_signed(skew).unwrap_or(now)
    }

    /// Returns once the sandbox is stopped or dropped.
    pub(crate) async fn stopped(&self) {
        // An error means that the sender is gone because the sandbox was dropped.
        _ = self.stopping.clone().wait_for(|stop| *stop).await;
    }
}
