//! Time is passed in, so that a month of renewals can be lived through in a test.

use chrono::{DateTime, Utc};

/// The wall clock.
pub trait Clock: Send + Sync {
    /// The present moment, as this machine believes it.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    // The one place that asks the machine.
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}
