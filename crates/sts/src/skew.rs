//! How far this machine's clock is from the server's.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use chrono::{DateTime, TimeDelta, Utc};

use daypass_core::clock::Clock;

/// Reads the `Date` of each answer of one call; the last one counts.
#[derive(Clone)]
pub struct SkewReader {
    clock: Arc<dyn Clock>,
    read: Arc<Mutex<Option<TimeDelta>>>,
}

impl SkewReader {
    /// Has read no answer yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, read: Arc::default() }
    }

    /// The server's clock minus this machine's.
    pub fn read(&self) -> Option<TimeDelta> {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for SkewReader {
    fn name(&self) -> &'static str {
        "SkewReader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        if let Some(skew) = date.and_then(|date| skew(date, self.clock.now())) {
            *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
        Ok(())
    }
}

impl fmt::Debug for SkewReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SkewReader").field(&self.read()).finish()
    }
}

fn skew(date: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let server = DateTime::parse_from_rfc2822(date).ok()?.with_timezone(&Utc);
    // A date has whole seconds; the fraction of ours would only look exact.
    let ours = DateTime::from_timestamp(now.timestamp(), 0)?;
    Some(server - ours)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn skew_is_the_servers_time_minus_ours() {
        let now = "2026-11-22T10:00:00.9Z".parse().unwrap();
        assert_eq!(skew("Sun, 22 Nov 2026 10:00:00 GMT", now), Some(TimeDelta::zero()));
        assert_eq!(skew("Sun, 22 Nov 2026 10:05:00 GMT", now), Some(TimeDelta::minutes(5)));
        assert_eq!(skew("Sun, 22 Nov 2026 09:59:00 GMT", now), Some(TimeDelta::minutes(-1)));
        assert_eq!(skew("yesterday", now), None);
    }
}
