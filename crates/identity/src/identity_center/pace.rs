//! Limits the rate of requests to the portal.
//!
//! AWS allows 20 requests a second for all of IAM Identity Center's APIs together
//! (<https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html#ssothrottlelimits>), to all programs of an
//! organization, so the share that is left may be lower at any time. Requests therefore leave evenly and no faster than
//! that. When one is throttled, all slow down. While none is, they speed up again gradually.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests a second, as AWS documents.
const FASTEST: f64 = 20.0;
const SLOWEST: f64 = 0.2;
/// How many requests may leave at once after lost time or a pause.
const CATCH_UP: f64 = 5.0;
/// The rate after a refusal, as a share of the rate before.
const AFTER_REFUSAL: f64 = 0.85;
/// The same after many refusals in a row, because the limit is far lower.
const AFTER_MANY: f64 = 0.6;
/// Requests that were under way together are throttled together. That counts once.
const ONE_REFUSAL: Duration = Duration::from_millis(500);
/// What each answer adds to the rate. At any rate, it grows by a fiftieth a second.
const GAIN: f64 = 0.02;
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The rate that all requests of this process to one portal share.
#[derive(Debug)]
pub(super) struct Pace(Mutex<Rate>);

#[derive(Debug)]
struct Rate {
    a_second: f64,
    /// When the next request may leave.
    next: Instant,
    slowed: Option<Instant>,
    refusals_in_a_row: u32,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Rate { a_second: FASTEST, next: Instant::now(), slowed: None, refusals_in_a_row: 0 }))
    }

    /// Waits until a request may leave. First come, first served.
    pub(super) async fn turn(&self) {
        let at = self.rate().take(Instant::now());
        tokio::time::sleep_until(at).await;
    }

    /// A request was answered.
    pub(super) fn went_well(&self) {
        let mut rate = self.rate();
        rate.refusals_in_a_row = 0;
        rate.a_second = (rate.a_second + GAIN).min(FASTEST);
    }

    /// A request was throttled.
    pub(super) fn too_fast(&self) {
        let now = Instant::now();
        let mut rate = self.rate();
        rate.refusals_in_a_row += 1;
        if rate.slowed.is_some_and(|at| now - at < ONE_REFUSAL) {
            return;
        }
        let left = if rate.refusals_in_a_row > 3 { AFTER_MANY } else { AFTER_REFUSAL };
        rate.a_second = (rate.a_second * left).max(SLOWEST);
        rate.slowed = Some(now);
        // With jitter, because the person's other programs were throttled at the same moment.
        let pause = rate.interval().mul_f64(fastrand::f64()) * rate.refusals_in_a_row.min(8);
        rate.next = rate.next.max(now + pause.min(LONGEST_PAUSE));
    }

    fn rate(&self) -> MutexGuard<'_, Rate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rate {
    fn take(&mut self, now: Instant) -> Instant {
        let interval = self.interval();
        // Makes up for time lost to a late timer, but doesn't save up idle time.
        let earliest = now.checked_sub(interval.mul_f64(CATCH_UP)).unwrap_or(now);
        let at = self.next.max(earliest);
        self.next = at + interval;
        at.max(now)
    }

    fn interval(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.a_second)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// A service with a bucket as deep as its rate; `latency` passes before each answer.
    struct Service {
        limit: f64,
        left: f64,
        at: Instant,
        answered: u32,
        turned_away: u32,
    }

    impl Service {
        fn admits(&mut self, now: Instant) -> bool {
            self.left = (self.left + (now - self.at).as_secs_f64() * self.limit).min(self.limit);
            self.at = now;
            let admitted = self.left >= 1.0;
            self.left -= f64::from(u8::from(admitted));
            if admitted {
                self.answered += 1;
            } else {
                self.turned_away += 1;
            }
            admitted
        }
    }

    /// How long `requests` take at a service that answers `limit` a second, and how many were turned away.
    async fn run(limit: f64, requests: u32) -> (Duration, u32) {
        let (pace, began) = (Pace::new(), Instant::now());
        let mut service = Service { limit, left: limit, at: began, answered: 0, turned_away: 0 };
        // Sixteen at once, each answered 100 ms after it left.
        let mut under_way: VecDeque<(Instant, bool)> = VecDeque::new();
        while service.answered < requests {
            if under_way.len() >= 16 {
                let (at, admitted) = under_way.pop_front().unwrap_or((began, true));
                tokio::time::sleep_until(at).await;
                if admitted {
                    pace.went_well()
                } else {
                    pace.too_fast()
                }
                continue;
            }
            pace.turn().await;
            let now = Instant::now();
            under_way.push_back((now + Duration::from_millis(100), service.admits(now)));
            while under_way.front().is_some_and(|(at, _)| *at <= now) {
                if let Some((_, admitted)) = under_way.pop_front() {
                    if admitted { pace.went_well() } else { pace.too_fast() }
                }
            }
        }
        (began.elapsed(), service.turned_away)
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_the_limit_is_it_is_found_and_nearly_used_up() {
        for (limit, most_turned_away) in [(100.0, 0), (20.0, 5), (15.0, 40), (10.0, 60), (4.0, 120)] {
            let (took, turned_away) = run(limit, 1010).await;
            // The bucket is full at first, so that many are answered at once.
            let best = (1010.0 - f64::min(limit, FASTEST)) / f64::min(limit, FASTEST);
            let ratio = took.as_secs_f64() / best;
            assert!(ratio < 1.10, "limit {limit}: {took:?}, {ratio:.3} of the least, which is {best} s");
            assert!(turned_away <= most_turned_away, "limit {limit}: {turned_away} turned away");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_is_not_saved_up() {
        let pace = Pace::new();
        tokio::time::advance(Duration::from_secs(3600)).await;
        let began = Instant::now();
        for _ in 0..26 {
            pace.turn().await;
        }
        let took = began.elapsed();
        assert!((Duration::from_millis(990)..Duration::from_millis(1300)).contains(&took), "{took:?}");
    }
}
