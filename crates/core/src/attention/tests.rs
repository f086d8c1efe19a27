#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;
use crate::event::Event;
use crate::problem::{ProblemCode, ProblemKind};
use crate::view::{IdentityView, SessionView, Snapshot};

const WARN: TimeDelta = TimeDelta::minutes(15);

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn problem(kind: ProblemKind, code: ProblemCode) -> Problem {
    Problem::new(kind, code, "why")
}

fn identity(name: &str, state: &str, change: Value) -> IdentityView {
    let mut view = json!({
        "name": name, "settings": { "kind": "profile", "profile": "x" }, "provider": "p",
        "way": { "by": "browser", "device": false }, "signedInBy": null, "secrets": [], "state": state, "person": null,
        "signedInUntil": null, "listsRoles": false, "listing": null, "problem": null, "remarks": [],
    });
    merge(&mut view, change);
    serde_json::from_value(view).unwrap()
}

/// A session that ends in so many minutes.
fn session(profile: &str, identity: &str, state: &str, minutes: i64, problem: Option<Problem>) -> SessionView {
    let end = now() + TimeDelta::minutes(minutes);
    let role = "arn:aws:iam::111122223333:role/Dev";
    serde_json::from_value(json!({
        "profile": profile, "role": role, "roleId": format!("{identity}:{role}"), "identity": identity, "region": null,
        "accountName": "Shop", "terms": {}, "via": [], "stsRegion": null, "delivery": "credentials-file", "state": state,
        "expiresAt": end, "expiresHere": end, "issuedAt": now(), "renewsAt": null, "renewals": 0, "accessKeyId": null,
        "assumedRole": null, "problem": problem, "backup": null, "replaced": null,
    }))
    .unwrap()
}

fn merge(into: &mut Value, change: Value) {
    for (key, value) in change.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn of(identities: Vec<IdentityView>, sessions: Vec<SessionView>) -> Snapshot {
    Snapshot { identities, sessions, ..Snapshot::default() }
}

/// `ID LEVEL WHAT STEP` of each item.
fn found(snapshot: &Snapshot, memory: &Memory) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |item: AttentionItem| {
        let item = serde_json::to_value(item).unwrap();
        [&item["id"], &item["level"], &item["what"]["is"], &item["step"]["is"]].map(word).join(" ")
    };
    look(snapshot, memory, WARN, now()).items.into_iter().map(line).collect()
}

#[test]
fn a_calm_day_needs_no_one() {
    let signed_in = identity("work", "signed-in", json!({}));
    let snapshot =
        of(vec![signed_in, identity("home", "signed-out", json!({}))], vec![session("dev", "work", "active", 5, None)]);
    assert_eq!(found(&snapshot, &Memory::default()), Vec::<String>::new());
}

#[test]
fn sessions_that_wait_for_one_identity_are_one_item() {
    let spent = || Some(problem(ProblemKind::NeedsSignIn, ProblemCode::OidcSignInSpent));
    let pool = identity("pool", "needs-sign-in", json!({ "signedInBy": "work" }));
    let snapshot = of(
        vec![identity("work", "needs-sign-in", json!({})), pool],
        vec![
            session("dev", "work", "needs-sign-in", 5, spent()),
            session("app", "pool", "needs-sign-in", 5, spent()),
            session("old", "work", "expired", -5, spent()),
        ],
    );
    assert_eq!(found(&snapshot, &Memory::default()), ["sign-in:work needs-you sign-in-needed sign-in"]);
    let items = look(&snapshot, &Memory::default(), WARN, now()).items;
    let Attention::SignInNeeded { profiles, problem } = &items[0].what else { panic!("{items:?}") };
    assert_eq!(profiles.iter().map(ToString::to_string).collect::<Vec<_>>(), ["dev", "app", "old"]);
    assert_eq!(problem.as_ref().unwrap().code, ProblemCode::OidcSignInSpent);
}

#[test]
fn a_sign_in_is_one_item_through_its_life() {
    let mut memory = Memory::default();
    let work: IdentityName = "work".parse().unwrap();
    let at = |state: &str, memory: &Memory| found(&of(vec![identity("work", state, json!({}))], Vec::new()), memory);
    assert!(at("signed-out", &memory).is_empty());

    let why = problem(ProblemKind::NeedsSignIn, ProblemCode::SignedOut);
    memory.take_in(&Event::SignInNeeded {
        identity: work.clone(),
        profiles: vec!["dev".parse().unwrap()],
        problem: why,
    });
    assert_eq!(at("signed-out", &memory), ["sign-in:work needs-you sign-in-needed sign-in"]);
    assert_eq!(at("signing-in", &memory), ["sign-in:work needs-you sign-in-waits continue-sign-in"]);

    let failed =
        |kind| Event::SignInFailed { identity: work.clone(), problem: problem(kind, ProblemCode::OidcUnreachable) };
    memory.take_in(&failed(ProblemKind::Passing));
    assert_eq!(at("signed-out", &memory), ["sign-in:work failed sign-in-failed sign-in"]);
    // The person gave up, and knows.
    memory.take_in(&failed(ProblemKind::Cancelled));
    assert_eq!(at("signed-out", &memory), ["sign-in:work needs-you sign-in-needed sign-in"]);

    memory.take_in(&Event::SignedIn { identity: work, person: "mara".to_owned(), remarks: Vec::new() });
    assert!(at("signed-in", &memory).is_empty());
    assert!(at("signed-out", &memory).is_empty());
}

#[test]
fn an_end_is_told_before_it_comes_and_only_where_no_renewal_can() {
    let later = now() + TimeDelta::minutes(40);
    let until = |at: DateTime<Utc>| json!({ "signedInUntil": at });
    let cases = [
        // The sign-in lasts longer than the credentials, so they are renewed until then.
        (identity("work", "signed-in", until(later)), 10, false, Some(25)),
        (identity("work", "signed-in", until(now())), 10, true, None),
        (identity("work", "signed-in", json!({})), 10, false, None),
        (identity("work", "signed-out", json!({})), 10, true, None),
        (identity("work", "signed-out", json!({})), 60, false, Some(45)),
        (identity("work", "signed-out", json!({ "way": { "by": "none" } })), 10, false, None),
    ];
    for (identity, minutes, is_told, again_in) in cases {
        let case = format!("{:?} {:?} {minutes}", identity.state, identity.signed_in_until);
        let snapshot = of(vec![identity], vec![session("dev", "work", "active", minutes, None)]);
        let Look { items, again_at } = look(&snapshot, &Memory::default(), WARN, now());
        assert_eq!(again_at, again_in.map(|in_minutes| now() + TimeDelta::minutes(in_minutes)), "{case}");
        assert_eq!(!items.is_empty(), is_told, "{case}: {items:?}");
    }
}

#[test]
fn what_failed_comes_first_and_what_passes_last() {
    let refused = problem(ProblemKind::Refused, ProblemCode::SessionStopped);
    let passing = problem(ProblemKind::Passing, ProblemCode::OidcUnreachable);
    let mut snapshot = of(
        vec![
            identity("work", "signed-in", json!({ "listsRoles": true, "problem": passing })),
            identity("adfs", "signing-in", json!({})),
        ],
        vec![
            session("slow", "work", "active", 50, Some(passing.clone())),
            session("gone", "work", "failed", 50, Some(refused)),
        ],
    );
    snapshot.config_problem = Some(problem(ProblemKind::Invalid, ProblemCode::ConfigMistake));
    assert_eq!(
        found(&snapshot, &Memory::default()),
        [
            "config failed config-mistake as-problem",
            "session:gone failed session-failed show-role",
            "sign-in:adfs needs-you sign-in-waits continue-sign-in",
            "session:slow notice renewal-delayed renew",
            "identity:work notice roles-not-listed list-roles",
        ]
    );
}

#[test]
fn a_locked_vault_is_told_once() {
    let locked = problem(ProblemKind::Failed, ProblemCode::VaultLocked);
    let identity = identity("work", "signed-out", json!({ "problem": locked }));
    let snapshot = Snapshot { vault_problem: Some(locked), ..of(vec![identity], Vec::new()) };
    assert_eq!(found(&snapshot, &Memory::default()), ["vault needs-you vault-locked unlock"]);
}

#[test]
fn a_wrong_clock_is_told_from_a_minute_on() {
    let mut wrong = session("dev", "work", "active", 50, None);
    let snapshot = |wrong: &SessionView| of(vec![identity("work", "signed-in", json!({}))], vec![wrong.clone()]);
    wrong.expires_at = wrong.expires_here.map(|at| at + TimeDelta::seconds(59));
    assert!(found(&snapshot(&wrong), &Memory::default()).is_empty());
    wrong.expires_at = wrong.expires_here.map(|at| at - TimeDelta::minutes(3));
    assert_eq!(found(&snapshot(&wrong), &Memory::default()), ["clock needs-you clock-wrong nothing"]);
}
