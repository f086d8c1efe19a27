//! Pages of the log, from its end.

use super::*;
use daypass_core::history::{HistoryCursor, TakenBy, Taker};

fn hour(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(number)
}

impl Fixture {
    /// The people of one page, and where the next one continues.
    fn page(
        &self,
        filter: &AuditFilter,
        most: usize,
        from: Option<&HistoryCursor>,
    ) -> (Vec<String>, Option<HistoryCursor>) {
        let page = self.log.page(filter, most, from).unwrap();
        (page.entries.into_iter().filter_map(|placed| placed.entry.line.person).collect(), page.more)
    }

    /// All pages of `most` lines, newest first.
    fn pages(&self, filter: &AuditFilter, most: usize) -> Vec<String> {
        let (mut all, mut more) = self.page(filter, most, None);
        while let Some(cursor) = more {
            let next = self.page(filter, most, Some(&cursor.to_string().parse().unwrap()));
            all.extend(next.0);
            more = next.1;
        }
        all
    }
}

#[test]
fn pages_go_backwards_through_all_files_whatever_their_size() {
    let it = log_with("1kB", None);
    it.record(0..40);
    assert!(it.names().len() > 4, "{:?}", it.names());
    let expected: Vec<String> = (0..40).rev().map(|n| format!("p{n}")).collect();
    let events = AuditFilter { events: vec![AuditEvent::SignedIn], ..AuditFilter::default() };
    for most in [1, 2, 3, 7, 39, 40, 1000] {
        assert_eq!(it.pages(&events, most), expected, "{most} a page");
        assert_eq!(it.pages(&AuditFilter::default(), most), expected, "{most} a page, with the first lines of files");
    }
    assert_eq!(it.people(), expected.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn a_page_goes_on_where_it_ended_though_the_log_grew_and_its_file_got_a_number() {
    let it = log_with("1kB", None);
    it.record(0..3);
    let (first, more) = it.page(&AuditFilter::default(), 2, None);
    assert_eq!(first, ["p2", "p1"]);
    it.record(3..20);
    assert!(it.path("audit-000001.jsonl").exists());
    assert_eq!(it.page(&AuditFilter::default(), 9, more.as_ref()).0, ["p0"]);
}

#[test]
fn each_line_has_a_place_of_its_own_that_stays() {
    let it = log_with("1kB", None);
    it.record(0..12);
    let places = || -> Vec<(u32, u64)> {
        let page = it.log.page(&AuditFilter::default(), 1000, None).unwrap();
        page.entries.iter().map(|placed| (placed.file, placed.offset)).collect()
    };
    let before = places();
    assert!(before.is_sorted_by(|a, b| a > b), "{before:?}");
    it.record(12..24);
    assert!(places().ends_with(&before));
}

#[test]
fn a_torn_last_line_and_foreign_bytes_are_counted_and_hide_nothing() {
    let it = log();
    it.record(0..2);
    let text = it.text("audit.jsonl");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"\xff\xfe not ours\n{\"at\":\"1970-01-03T00:00:00Z\",\"event\":\"signed-in\",\"per");
    std::fs::write(it.path("audit.jsonl"), bytes).unwrap();
    let page = it.log.page(&AuditFilter::default(), 10, None).unwrap();
    assert_eq!((page.entries.len(), page.unreadable, page.more), (2, 2, None));
}

#[test]
fn days_are_found_though_the_clock_was_wrong_for_a_while() {
    let it = log();
    it.record([10, 11]);
    // The battery was empty: the clock began in 1970 until it was set.
    it.record([0, 0, 0]);
    it.record([12, 13]);
    let since = |first: i64| AuditFilter { since: Some(day(first)), ..AuditFilter::default() };
    assert_eq!(it.pages(&since(11), 10), ["p13", "p12", "p11"]);
    let until = AuditFilter { until: Some(day(12)), since: Some(day(1)), ..AuditFilter::default() };
    assert_eq!(it.pages(&until, 10), ["p11", "p10"]);
}

#[test]
fn a_role_is_followed_under_every_name_of_its_identity() {
    let it = log();
    let role = |name: &str| format!("arn:aws:iam::123456789012:role/{name}").parse().unwrap();
    let started = |at: i64, identity: &str, name: &str| {
        let (identity, role) = (Some(identity.parse().unwrap()), Some(role(name)));
        it.log.record(AuditLine {
            identity,
            role,
            person: Some(format!("{at}")),
            ..AuditLine::new(hour(at), AuditEvent::Started)
        });
    };
    let renamed = |at: i64, from: &str, to: &str| {
        let (identity, former_name) = (Some(to.parse().unwrap()), Some(from.parse().unwrap()));
        it.log.record(AuditLine { identity, former_name, ..AuditLine::new(hour(at), AuditEvent::IdentityRenamed) });
    };
    started(0, "work", "Dev");
    started(1, "work", "Admin");
    started(2, "home", "Dev");
    renamed(3, "work", "acme");
    started(4, "acme", "Dev");
    // Another identity has the name now.
    started(5, "work", "Dev");
    let of = |identity: &str| AuditFilter {
        of_role: Some(OfRole { identity: identity.parse().unwrap(), role: role("Dev") }),
        ..AuditFilter::default()
    };
    for most in [1, 9] {
        assert_eq!(it.pages(&of("acme"), most), ["4", "0"]);
        assert_eq!(it.pages(&of("home"), most), ["2"]);
    }
    let identity = AuditFilter { identity: Some("acme".parse().unwrap()), ..AuditFilter::default() };
    assert_eq!(it.pages(&identity, 9), ["4", "1", "0"]);
}

#[test]
fn lines_are_found_by_account_by_event_and_by_text() {
    let it = log();
    let program = Some(Taker::new(TakenBy::Process, None, Some("terraform".to_owned())));
    let role = Some("arn:aws:iam::123456789012:role/Dev".parse().unwrap());
    it.log.record(AuditLine {
        role,
        taker: program,
        person: Some("a".into()),
        ..AuditLine::new(hour(0), AuditEvent::CredentialsTaken)
    });
    it.log.record(AuditLine {
        problem: Some("sts-access-denied".into()),
        person: Some("b".into()),
        ..AuditLine::new(hour(1), AuditEvent::Failed)
    });
    let all = AuditFilter::default();
    let text = |text: &str| AuditFilter { text: Some(text.to_owned()), ..AuditFilter::default() };
    assert_eq!(it.pages(&text("TERRA"), 9), ["a"]);
    assert_eq!(it.pages(&text("access-denied"), 9), ["b"]);
    assert_eq!(it.pages(&text("123456789012/dev"), 9), ["a"]);
    assert!(it.pages(&text("nothing"), 9).is_empty());
    assert_eq!(it.pages(&AuditFilter { account: Some("123456789012".parse().unwrap()), ..all.clone() }, 9), ["a"]);
    assert_eq!(it.pages(&AuditFilter { events: vec![AuditEvent::Failed], ..all }, 9), ["b"]);
}

/// A gigabyte in one file, as `audit.rotate_size` allows. `--run-ignored all --no-capture` prints what it took.
#[test]
#[ignore = "writes 1 GB"]
#[allow(clippy::print_stdout)]
fn a_day_of_a_log_of_years_is_near() {
    let it = log();
    let text = AuditLine {
        identity: Some("work".parse().unwrap()),
        profile: Some("shop-production".parse().unwrap()),
        role: Some("arn:aws:iam::123456789012:role/Developer".parse().unwrap()),
        access_key_id: Some("ASIAQ3EGRIXFAKE7XYZA".into()),
        request_id: Some("7f3b9c1e-aaaa-4bbb-8ccc-1234567890ab".into()),
        expires_at: Some(day(0)),
        before: "0".repeat(64),
        ..AuditLine::new(day(0), AuditEvent::Renewed)
    };
    let file = std::fs::File::create(it.path("audit.jsonl")).unwrap();
    let mut out = std::io::BufWriter::new(file);
    let (mut written, mut seconds) = (0, 0);
    while written < 1_000_000_000 {
        let line =
            AuditLine { at: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds), ..text.clone() }.written().unwrap();
        std::io::Write::write_all(&mut out, format!("{line}\n").as_bytes()).unwrap();
        (written, seconds) = (written + line.len() + 1, seconds + 15);
    }
    drop(out);
    let end = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
    let measured = |what: &str, filter: AuditFilter, most: usize| {
        let began = std::time::Instant::now();
        let found = it.log.page(&filter, most, None).unwrap().entries.len();
        let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = peak.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
        println!("{what}: {found} lines in {:?}, {peak}", began.elapsed());
        found
    };
    let all = AuditFilter::default();
    let since = |days: i64| AuditFilter { since: Some(end - TimeDelta::days(days)), ..AuditFilter::default() };
    assert_eq!(measured("the last day", since(1), 20_000), 5760);
    assert_eq!(measured("the last week", since(7), 20_000), 20_000);
    let other = Some(OfRole {
        identity: "work".parse().unwrap(),
        role: "arn:aws:iam::123456789012:role/Other".parse().unwrap(),
    });
    assert_eq!(measured("a role that is nowhere", AuditFilter { of_role: other, ..all.clone() }, 50), 0);
    let first = AuditFilter { until: Some(day(1)), ..all };
    assert_eq!(measured("the first day", first, 20_000), 5760);
}
