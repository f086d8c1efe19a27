//! What must hold at every moment of a month, and what a thousand sessions cost.

use super::*;

#[tokio::test(start_paused = true)]
async fn two_days_have_no_gap_no_stale_key_and_no_needless_exchange() {
    live_through(2).await;
}

#[tokio::test(start_paused = true)]
#[ignore = "5,400 durable renewals take minutes: `cargo test -p daypass-session -- --ignored month`"]
async fn a_month_has_no_gap_no_stale_key_and_no_needless_exchange() {
    live_through(30).await;
}

async fn live_through(days: i64) {
    let world = World::new();
    let agent = Agent::of(world.process());
    for (profile, life) in [("quarter", 900), ("hour", 3600), ("half-day", 43_200)] {
        agent.start(profile, life).await;
    }
    for _ in 0..days * 24 * 12 {
        pass(minutes(5)).await;
        let in_file = world.in_file();
        for profile in ["quarter", "hour", "half-day"] {
            assert!(world.ends(&in_file[profile]) > world.sky.true_time(), "{profile} at {}", world.sky.true_time());
        }
    }
    for (profile, life) in [("quarter", 900_i64), ("hour", 3600), ("half-day", 43_200)] {
        let asked = world.service.asked(profile);
        let lead = (life / 3).min(20 * 60);
        for pair in asked.windows(2) {
            let left = life - (pair[1] - pair[0]).num_seconds();
            assert!(left <= lead + 2 && left >= lead * 4 / 5 - 2, "{profile}: renewed with {left} s left");
        }
        let fewest = days * 86_400 / (life - lead * 4 / 5 + 1);
        let most = days * 86_400 / (life - lead) + 2;
        let count = asked.len() as i64;
        assert!((fewest..=most).contains(&count), "{profile}: {count} exchanges, {fewest} to {most} are needed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_sessions_are_due_spread_out_and_take_little_memory() {
    const COUNT: usize = 1000;
    let world = World::new();
    let sessions = world.process();
    let issued = world.sky.now();
    world.keep_in_vault(&sessions, COUNT, issued);
    let before = resident();
    let views = sessions.list().unwrap();
    let each = resident().saturating_sub(before) / COUNT;
    let mut minutes = BTreeMap::new();
    for view in &views {
        *minutes.entry((view.renews_at.unwrap() - issued).num_minutes()).or_insert(0_usize) += 1;
    }
    println!("due by minute: {minutes:?}; {each} bytes resident a session");
    assert!(
        minutes.keys().eq(&[40, 41, 42, 43]) && minutes.values().all(|count| *count < COUNT * 35 / 100),
        "{minutes:?}"
    );
    assert!(each < 10_000, "{each} bytes a session");
}

#[tokio::test(start_paused = true)]
async fn sessions_that_started_together_are_renewed_once_each_and_a_few_at_a_time() {
    const COUNT: usize = 60;
    let world = World::new();
    let sessions = world.process();
    world.keep_in_vault(&sessions, COUNT, world.sky.now());
    let agent = Agent::of(sessions);
    let rounds = agent.sessions.rounds.load(Ordering::SeqCst);
    pass(minutes(39)).await;
    assert_eq!(world.service.asked.lock().unwrap().len(), 0, "nothing is due in 39 minutes");
    let idle = agent.sessions.rounds.load(Ordering::SeqCst) - rounds;
    assert!(idle <= 39 * 2 + 2, "{idle} looks at the clock in 39 minutes");
    world.service.set_latency(seconds(10));
    pass(minutes(6)).await;
    assert_eq!(world.service.asked.lock().unwrap().len(), COUNT, "each once");
    assert!(world.service.most_under_way.load(Ordering::SeqCst) <= 8);
    assert!(agent.sessions.list().unwrap().iter().all(|session| session.renewals == 1));
}

fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4096
}

#[tokio::test(start_paused = true)]
#[ignore = "a measurement, not a claim: run it with --no-capture"]
async fn what_a_renewal_costs_among_few_and_among_many() {
    const RENEWALS: u64 = 500;
    for count in [10, 1000] {
        let world = World::new();
        let sessions = world.process();
        world.keep_in_vault(&sessions, count, world.sky.now());
        sessions.list().unwrap();
        sessions.renew(&name("p0000")).await.unwrap();
        let before = cpu_ticks();
        for _ in 0..RENEWALS {
            sessions.renew(&name("p0001")).await.unwrap();
        }
        println!(
            "{count} sessions: {} us of CPU a renewal, {} kB resident",
            (cpu_ticks() - before) * 10_000 / RENEWALS,
            resident() / 1024
        );
    }
}

fn cpu_ticks() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    text.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2).map(|n| n.parse::<u64>().unwrap()).sum()
}
