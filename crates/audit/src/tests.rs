#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use daypass_core::problem::ProblemCode;
use daypass_core::settings::{AuditSettings, Config};

use super::*;

mod pages;

#[derive(Default)]
struct Heads {
    head: Mutex<Option<Head>>,
    closed: AtomicBool,
}

impl HeadStore for Heads {
    fn head(&self) -> KnownHead {
        self.head.lock().unwrap().clone().map_or(KnownHead::None, KnownHead::Whole)
    }

    fn keep(&self, head: &Head) {
        if !self.closed.load(Ordering::SeqCst) {
            *self.head.lock().unwrap() = Some(head.clone());
        }
    }

    fn forget(&self) {
        *self.head.lock().unwrap() = None;
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    heads: Arc<Heads>,
    log: AuditLog,
}

/// A log with these settings, each as `config.toml` has it.
fn log_with(rotate_size: &str, keep: Option<&str>) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let heads = Arc::new(Heads::default());
    let audit = AuditSettings {
        rotate_size: rotate_size.parse().unwrap(),
        keep: keep.map(|days| days.parse().unwrap()),
        ..AuditSettings::default()
    };
    let config = Arc::new(Config { audit, ..Config::default() });
    let log = AuditLog::new(folder.path().join("audit.jsonl"), Arc::clone(&heads) as Arc<dyn HeadStore>, config);
    Fixture { folder, heads, log }
}

fn log() -> Fixture {
    log_with("1MB", None)
}

fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(number)
}

fn line(number: i64) -> AuditLine {
    AuditLine { person: Some(format!("p{number}")), ..AuditLine::new(day(number), AuditEvent::SignedIn) }
}

impl Fixture {
    fn record(&self, days: impl IntoIterator<Item = i64>) {
        days.into_iter().for_each(|number| self.log.record(line(number)));
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The files of the log, oldest first.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn people(&self) -> Vec<String> {
        let found = self.log.read(&AuditFilter::default(), None).unwrap();
        found.entries.into_iter().filter_map(|entry| entry.line.person).collect()
    }

    fn break_of(&self) -> String {
        let problem = self.log.verify().unwrap_err();
        assert_eq!(problem.code, ProblemCode::AuditBroken);
        problem.message
    }

    /// Replaces a file as another program does it, looks at the log, and puts the file back.
    fn with(&self, name: &str, content: Option<&str>, look: impl FnOnce()) {
        let before = std::fs::read(self.path(name)).unwrap();
        match content {
            Some(content) => std::fs::write(self.path(name), content).unwrap(),
            None => std::fs::remove_file(self.path(name)).unwrap(),
        }
        look();
        std::fs::write(self.path(name), before).unwrap();
        assert!(self.log.verify().is_ok());
    }
}

#[test]
fn a_changed_removed_or_added_line_is_found() {
    let it = log();
    assert_eq!(it.log.verify().unwrap(), Verified::default());
    it.record(0..5);
    assert_eq!(it.log.verify().unwrap(), Verified { files: 1, lines: 5, ..Verified::default() });
    let text = it.text("audit.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    let broken = [
        text.replace("p2", "px"),
        [&lines[..2], &lines[3..]].concat().join("\n"),
        [&lines[..2], &[lines[1]], &lines[2..]].concat().join("\n"),
        // At its end no hash follows.
        text.replace("p4", "px"),
        lines[..4].join("\n"),
        String::new(),
    ];
    for text in broken {
        std::fs::write(it.path("audit.jsonl"), &text).unwrap();
        it.break_of();
        // What Daypass writes later hides nothing.
        it.record([9]);
        it.break_of();
    }
}

#[test]
fn a_log_that_was_taken_away_is_found_for_ever() {
    let it = log();
    it.record(0..3);
    std::fs::remove_file(it.path("audit.jsonl")).unwrap();
    assert!(it.break_of().contains("ends 3 lines before"));
    it.record(3..9);
    it.break_of();
}

#[test]
fn lines_that_came_while_the_vault_was_closed_are_told_for_ever() {
    let it = log();
    it.record([0]);
    it.heads.closed.store(true, Ordering::SeqCst);
    it.record([1, 2]);
    it.heads.closed.store(false, Ordering::SeqCst);
    let expected = Verified { files: 1, lines: 3, unsealed: 2, ..Verified::default() };
    assert_eq!(it.log.verify().unwrap(), expected);
    it.record([3, 4]);
    assert_eq!(it.log.verify().unwrap(), Verified { lines: 5, ..expected }, "told for ever");
}

#[test]
fn the_chain_holds_with_many_writers_through_many_files() {
    let it = log_with("4kB", None);
    // Each its own log: nothing but the files is shared, as between processes.
    let writers = (0..8).map(|writer| {
        let (path, heads) = (it.path("audit.jsonl"), Arc::clone(&it.heads) as Arc<dyn HeadStore>);
        let audit = AuditSettings { rotate_size: "4kB".parse().unwrap(), ..AuditSettings::default() };
        let log = AuditLog::new(path, heads, Arc::new(Config { audit, ..Config::default() }));
        std::thread::spawn(move || (0..25).for_each(|n| log.record(line(writer * 100 + n))))
    });
    writers.collect::<Vec<_>>().into_iter().for_each(|writer| writer.join().unwrap());
    let found = it.log.verify().unwrap();
    assert!(found.files > 4, "{found:?}");
    assert_eq!(found, Verified { lines: 200 + found.files - 1, files: found.files, ..Verified::default() });
    assert_eq!(it.people().len(), 200);
}

#[test]
fn half_a_line_from_a_power_cut_is_found_and_does_not_stop_the_log() {
    let it = log();
    it.record([0]);
    let whole = it.text("audit.jsonl");
    std::fs::write(it.path("audit.jsonl"), format!("{whole}{}", &whole[..20])).unwrap();
    it.record([1]);
    assert_eq!(it.text("audit.jsonl").lines().count(), 3);
    assert!(it.break_of().contains("line 2"));
}

#[test]
fn a_full_file_is_sealed_by_the_first_line_of_the_next() {
    let it = log_with("1kB", None);
    it.record(0..20);
    let found = it.log.verify().unwrap();
    assert!(found.files >= 3 && found.unsealed == 0, "{found:?}");
    assert_eq!(it.people(), (0..20).map(|n| format!("p{n}")).collect::<Vec<_>>());
    let first: serde_json::Value = serde_json::from_str(it.text("audit-000002.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(
        (first["event"].as_str(), first["linesBefore"].as_u64()),
        (Some("continued"), Some(it.text("audit-000001.jsonl").lines().count() as u64))
    );
    assert_eq!(first["fileBefore"], 1);
    let full = it.text("audit-000002.jsonl");
    let cut = full.lines().take(2).map(|line| format!("{line}\n")).collect::<String>();
    for content in [None, Some(full.replace("signed-in", "signed-out")), Some(cut), Some(String::new())] {
        it.with("audit-000002.jsonl", content.as_deref(), || drop(it.break_of()));
    }
    it.with("audit-000001.jsonl", None, || assert!(it.break_of().contains("number 1")));
    let last = it.text("audit.jsonl");
    it.with("audit.jsonl", None, || drop(it.break_of()));
    it.with("audit.jsonl", Some(&last.replace("p19", "p20")), || drop(it.break_of()));
}

#[test]
fn a_file_is_full_by_its_age_too() {
    let it = log();
    it.record([0, 29, 30, 59]);
    assert_eq!(it.names(), ["audit-000001.jsonl", "audit.jsonl"]);
    it.record([60]);
    assert_eq!(it.names(), ["audit-000001.jsonl", "audit-000002.jsonl", "audit.jsonl"]);
    assert_eq!(it.log.verify().unwrap(), Verified { files: 3, lines: 7, ..Verified::default() });
}

/// Every state that a process can leave behind between two steps of a rotation.
#[test]
fn a_rotation_that_was_cut_short_is_finished_by_the_next_line() {
    let cut: [&dyn Fn(&Fixture); 2] = [
        // The file has its number, and the next one doesn't exist.
        &|it| std::fs::rename(it.path("audit.jsonl"), it.path("audit-000001.jsonl")).unwrap(),
        // The next one exists, and is empty.
        &|it| {
            std::fs::rename(it.path("audit.jsonl"), it.path("audit-000001.jsonl")).unwrap();
            std::fs::write(it.path("audit.jsonl"), "").unwrap();
        },
    ];
    for cut in cut {
        let it = log();
        it.record(0..3);
        cut(&it);
        assert_eq!(it.log.verify().unwrap().lines, 3);
        it.record(3..5);
        let expected = Verified { files: 2, lines: 6, ..Verified::default() };
        assert_eq!(it.log.verify().unwrap(), expected);
        assert!(it.text("audit.jsonl").starts_with("{\"at\":\"1970-01-04T00:00:00Z\",\"event\":\"continued\""));
    }

    // The first line of the next file is written, and the head doesn't say so.
    let it = log();
    it.record(0..3);
    it.heads.closed.store(true, Ordering::SeqCst);
    it.record([40]);
    it.heads.closed.store(false, Ordering::SeqCst);
    it.record([41]);
    let expected = Verified { files: 2, lines: 6, unsealed: 2, ..Verified::default() };
    assert_eq!(it.log.verify().unwrap(), expected);
}

#[test]
fn what_is_older_than_it_is_kept_is_removed_and_counted() {
    let it = log_with("1MB", Some("60d"));
    it.record((0..200).step_by(10));
    let names = it.names();
    assert!(names.len() == 3 && !names.contains(&"audit-000001.jsonl".to_owned()), "{names:?}");
    let found = it.log.verify().unwrap();
    assert!(found.removed > 0 && found.unsealed == 0, "{found:?}");
    assert_eq!(found.lines + found.removed, 20 + 6, "with the first line of each file");
    let kept = it.people();
    assert!(kept.first().is_some_and(|oldest| ["p90", "p100", "p110", "p120"].contains(&oldest.as_str())), "{kept:?}");
    assert_eq!(kept.last().map(String::as_str), Some("p190"));

    // A file that should have gone: the process ended before it was removed.
    std::fs::write(it.path("audit-000001.jsonl"), "left behind\n").unwrap();
    assert_eq!((it.log.verify().unwrap(), it.people()), (found, kept));
    it.record([230, 270]);
    assert!(!it.path("audit-000001.jsonl").exists());

    // If a file goes missing before it is old enough to be removed, that is a break.
    let oldest = it.names().swap_remove(0);
    it.with(&oldest, None, || drop(it.break_of()));
}

#[test]
fn nothing_is_removed_while_that_cannot_be_kept() {
    let it = log_with("1MB", Some("1d"));
    it.record([0]);
    it.heads.closed.store(true, Ordering::SeqCst);
    it.record([40, 80, 120]);
    assert_eq!(it.names().len(), 4);
    it.heads.closed.store(false, Ordering::SeqCst);
    it.record([160]);
    assert_eq!(it.names(), ["audit.jsonl"]);
    assert_eq!(it.log.verify().unwrap().files, 1);
    // The numbers go on, although the file before is gone.
    it.record([161, 189, 190]);
    assert_eq!(it.names(), ["audit-000005.jsonl", "audit.jsonl"]);
    assert_eq!(it.log.verify().unwrap().files, 2);
}

#[test]
fn a_broken_log_is_kept_under_another_name_and_the_new_one_says_so() {
    let it = log_with("1kB", None);
    it.record(0..20);
    assert!(it.log.restart(day(99)).unwrap().is_empty(), "a whole log stays");
    let first = it.text("audit-000001.jsonl");
    std::fs::write(it.path("audit-000001.jsonl"), first.replace("p1", "px")).unwrap();
    let kept = it.log.restart(day(100)).unwrap();
    assert!(kept.len() > 2 && kept.iter().all(|file| file.exists()));
    assert!(it.text("audit-000001.broken-19700411T000000Z.jsonl").contains("px"));
    it.record(101..103);
    let expected = Verified { files: 1, lines: 3, restarted: Some(day(100)), ..Verified::default() };
    assert_eq!(it.log.verify().unwrap(), expected);
    it.record(103..140);
    let found = it.log.verify().unwrap();
    assert!(found.files > 2 && found.restarted == Some(day(100)), "{found:?}");
}

#[test]
fn the_log_is_read_by_role_identity_and_day() {
    let it = log();
    let of = |number: i64, identity: &str, profile: &str, role: &str| AuditLine {
        identity: Some(identity.parse().unwrap()),
        profile: Some(profile.parse().unwrap()),
        role: Some(format!("arn:aws:iam::123456789012:role/{role}").parse().unwrap()),
        ..AuditLine::new(day(number), AuditEvent::Started)
    };
    it.log.record(of(0, "work", "dev", "Developer"));
    it.log.record(of(1, "home", "ops", "Admin"));
    it.log.record(AuditLine {
        identity: Some("new".parse().unwrap()),
        former_name: Some("work".parse().unwrap()),
        ..AuditLine::new(day(2), AuditEvent::IdentityRenamed)
    });
    std::fs::write(it.path("audit.jsonl"), it.text("audit.jsonl") + "{\"event\":\"of-a-later-version\"}\n").unwrap();
    let days = |filter: AuditFilter| {
        let found = it.log.read(&filter, None).unwrap();
        assert_eq!(found.unreadable, 1);
        found.entries.iter().map(|entry| (entry.line.at - day(0)).num_days()).collect::<Vec<_>>()
    };
    let role = |part: &str| AuditFilter { role: Some(part.to_owned()), ..AuditFilter::default() };
    assert_eq!(days(AuditFilter::default()), [0, 1, 2]);
    for part in ["developer", "DEV", "123456789012/Dev", "arn:aws:iam::123456789012:role/Developer"] {
        assert_eq!(days(role(part)), [0], "{part}");
    }
    assert_eq!(days(role("123456789012")), [0, 1]);
    assert_eq!(days(AuditFilter { identity: Some("work".parse().unwrap()), ..AuditFilter::default() }), [0, 2]);
    assert_eq!(days(AuditFilter { since: Some(day(1)), until: Some(day(2)), ..AuditFilter::default() }), [1]);
}

#[test]
fn a_line_cannot_control_any_terminal_that_shows_the_file() {
    let it = log();
    it.log.record(AuditLine { person: Some("a\u{9b}2J\u{202e}".to_owned()), ..line(0) });
    assert!(it.text("audit.jsonl").contains("a\\u009b2J\\u202e"));
    assert_eq!(it.people(), ["a\u{9b}2J\u{202e}"]);
    assert!(it.log.verify().is_ok());
}

#[test]
fn a_log_that_does_not_exist_is_read_and_makes_nothing() {
    let it = log();
    assert_eq!(it.log.read(&AuditFilter::default(), None).unwrap().entries, []);
    assert!(it.names().is_empty());
    let nowhere = AuditLog::new(
        Path::new("/nonexistent/audit.jsonl").to_owned(),
        Arc::clone(&it.heads) as Arc<dyn HeadStore>,
        Arc::new(Config::default()),
    );
    assert_eq!(nowhere.verify().unwrap(), Verified::default());
}
