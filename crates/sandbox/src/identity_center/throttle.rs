//! Limits the requests a second with a token bucket that holds one second's worth.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// The bucket. The knob sets how fast it fills, and may change at any time.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Option<Bucket>>);

#[derive(Debug)]
struct Bucket {
    rate: u32,
    left: f64,
    at: Instant,
}

impl Throttle {
    /// Whether a request now is within `rate` a second. Without a rate there is no limit.
    pub(super) fn admits(&self, rate: Option<u32>, now: Instant) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rate) = rate else {
            *bucket = None;
            return true;
        };
        let full = Bucket { rate, left: f64::from(rate), at: now };
        let bucket = match bucket.as_mut() {
            Some(bucket) if bucket.rate == rate => bucket,
            _ => bucket.insert(full),
        };
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.left = (bucket.left + passed * f64::from(rate)).min(f64::from(rate));
        bucket.at = now;
        let admitted = bucket.left >= 1.0;
        if admitted {
            bucket.left -= 1.0;
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        let admitted = |ms| (0..10).filter(|_| throttle.admits(Some(4), at(ms))).count();
        assert_eq!([admitted(0), admitted(250), admitted(500), admitted(60_000)], [4, 1, 1, 4]);
        assert!((0..100).all(|_| throttle.admits(None, at(60_000))));
    }
}
