//! Time is passed in, so that a test can run through a month of renewals.

use chrono::{DateTime, Utc};

/// The wall clock.
pub trait Clock: Send + Sync {
    /// The current time on this machine.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    // The only place that asks the machine.
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
