//! What must hold at every moment of a month, and what a thousand sessions cost.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_month_has_no_gap_no_stale_key_and_no_needless_exchange() {
    let world = World::new();
    let agent = Agent::of(world.process());
    let days = 30;
    for (profile, life) in [("quarter", 900), ("hour", 3600), ("half-day", 43_200)] {
        agent.start(profile, life).await;
    }
    for _ in 0..days * 24 * 12 {
        pass(minutes(5)).await;
        for profile in ["quarter", "hour", "half-day"] {
            assert!(world.is_good(profile), "{profile} at {}", world.sky.true_time());
        }
    }
    for (profile, life) in [("quarter", 900_i64), ("hour", 3600), ("half-day", 43_200)] {
        let asked = world.service.asked(profile);
        let lead = (life / 3).min(20 * 60);
        for pair in asked.windows(2) {
            let left = life - (pair[1] - pair[0]).num_seconds();
            assert!(left <= lead + 2 && left >= lead * 4 / 5 - 2, "{profile}: renewed with {left} s left");
        }
        let fewest = days as i64 * 86_400 / (life - lead * 4 / 5 + 1);
        let most = days as i64 * 86_400 / (life - lead) + 2;
        let count = asked.len() as i64;
        assert!((fewest..=most).contains(&count), "{profile}: {count} exchanges, {fewest} to {most} are needed");
    }
}
