//! When to renew, when to try again, when to give up: arithmetic on the wall clock and nothing else.

use chrono::{DateTime, TimeDelta, Utc};

/// Renewal begins at most this long before expiry. SDKs begin to ask again at 15 minutes (botocore's
/// `_advisory_refresh_timeout`), so fresh credentials are in place before they ask.
const LONGEST_LEAD: TimeDelta = TimeDelta::minutes(20);

/// The part of the lead over which renewals are spread: 4 of 20 minutes, so the latest is 16 before expiry.
const SPREAD: f64 = 0.2;

/// Successful renewals of a session are at least this far apart. Only a server that gives credentials for seconds
/// comes near it.
pub(super) const SHORTEST_LIFE: TimeDelta = TimeDelta::seconds(3);

const FIRST_RETRY: TimeDelta = TimeDelta::seconds(2);
const LONGEST_RETRY: TimeDelta = TimeDelta::seconds(60);
const LONGEST_RETRY_WHEN_EXPIRED: TimeDelta = TimeDelta::minutes(5);

/// The moment at which credentials are due for renewal: when a third of their life is left, at most
/// 20 minutes before expiry, and up to a fifth of that later, so that a thousand sessions started together
/// don't renew together. Never earlier than [`SHORTEST_LIFE`] after they were issued.
///
/// `jitter` is between 0 and 1.
#[must_use]
pub fn renewal_due(issued_at: DateTime<Utc>, expires_at: DateTime<Utc>, jitter: f64) -> DateTime<Utc> {
    let lifetime = (expires_at - issued_at).max(TimeDelta::zero());
    let lead = (lifetime / 3).min(LONGEST_LEAD);
    (expires_at - lead + scale(lead, SPREAD * jitter.clamp(0.0, 1.0))).max(issued_at + SHORTEST_LIFE)
}

/// The moment of the next try after `failures` (at least 1) passing failures in a row.
///
/// Doubles from 2 s to a minute (five minutes once the credentials have expired and nothing can be saved any
/// more), with the later half of each pause at random. Before expiry it never overshoots by more than the pause
/// would leave: at least one try falls into the last tenth.
#[must_use]
pub fn retry_due(now: DateTime<Utc>, expires_at: DateTime<Utc>, failures: u32, jitter: f64) -> DateTime<Utc> {
    let longest = if now >= expires_at { LONGEST_RETRY_WHEN_EXPIRED } else { LONGEST_RETRY };
    let doubled = FIRST_RETRY * 2_i32.pow(failures.saturating_sub(1).min(10));
    let pause = doubled.min(longest);
    let at = now + scale(pause, 0.5 + 0.5 * jitter.clamp(0.0, 1.0));
    let last_chance = now + scale(expires_at - now, 0.9);
    if now < expires_at && at > last_chance && last_chance - now > TimeDelta::seconds(1) { last_chance } else { at }
}

fn scale(span: TimeDelta, factor: f64) -> TimeDelta {
    // Spans here are hours at most: milliseconds fit a f64 exactly.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    TimeDelta::milliseconds((span.num_milliseconds() as f64 * factor) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap_or_default()
    }

    #[test]
    fn an_hour_is_renewed_between_20_and_16_minutes_before_its_end() {
        assert_eq!(renewal_due(at(0), at(3600), 0.0), at(3600 - 20 * 60));
        assert_eq!(renewal_due(at(0), at(3600), 1.0), at(3600 - 16 * 60));
    }

    #[test]
    fn a_short_life_is_renewed_when_a_third_is_left() {
        assert_eq!(renewal_due(at(0), at(900), 0.0), at(600));
        assert_eq!(renewal_due(at(0), at(15), 0.0), at(10));
    }

    #[test]
    fn a_life_of_moments_is_not_renewed_without_pause() {
        for life in [-50_000, -1, 0, 1, 2, 3] {
            assert_eq!(renewal_due(at(0), at(life), 0.5), at(3), "{life}");
        }
    }

    proptest! {
        #[test]
        fn renewal_lies_within_the_life(life in 5_i64..50_000, jitter in 0.0_f64..1.0) {
            let due = renewal_due(at(0), at(life), jitter);
            prop_assert!(due >= at(0) && due < at(life));
            prop_assert!(at(life) - due <= LONGEST_LEAD);
        }

        #[test]
        fn a_retry_is_later_than_now_and_before_expiry_while_there_is_time(
            left in -10_000_i64..10_000, failures in 1_u32..40, jitter in 0.0_f64..1.0,
        ) {
            let due = retry_due(at(0), at(left), failures, jitter);
            prop_assert!(due >= at(1) && due <= at(300));
            if left > 10 { prop_assert!(due < at(left)); }
        }
    }
}
