#![allow(clippy::unwrap_used)]

use chrono::{DateTime, Local, TimeDelta, Utc};
use daypass_core::attention::{Attention, AttentionItem, AttentionLevel, AttentionStep};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::view::{IdentityState, RoleView, SessionView};
use serde_json::json;

use super::live;
use super::menu::{self, Entry, Facts, TrayIdentity, TrayRoles, TrayState};
use super::words;

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn role(identity: &str, account: &str, account_name: Option<&str>, name: &str) -> RoleView {
    let arn = format!("arn:aws:iam::{account}:role/{name}");
    serde_json::from_value(json!({
        "id": format!("{identity}:{arn}"), "arn": arn, "kind": "role", "partition": "aws", "account": account,
        "accountName": account_name, "name": name, "identity": identity, "profile": name, "startedAs": [], "region": null,
        "via": [], "terms": {}, "usualDuration": "1h", "canBeReadOnly": true, "canAssumeRoles": true, "source": "declared",
    }))
    .unwrap()
}

fn session(of: &RoleView, profile: &str, seconds: i64, state: &str) -> SessionView {
    let end = now() + TimeDelta::seconds(seconds);
    serde_json::from_value(json!({
        "profile": profile, "role": of.arn, "roleId": of.id, "identity": of.identity, "region": null,
        "accountName": of.account_name, "terms": {}, "via": [], "stsRegion": null, "delivery": "credentials-file",
        "state": state, "expiresAt": end, "expiresHere": end, "issuedAt": now(), "renewsAt": null, "renewals": 0,
        "accessKeyId": null, "assumedRole": null, "problem": null, "backup": null, "replaced": null,
    }))
    .unwrap()
}

fn sign_in(identity: &str) -> AttentionItem {
    AttentionItem {
        id: format!("sign-in:{identity}"),
        level: AttentionLevel::NeedsYou,
        identity: Some(identity.parse().unwrap()),
        what: Attention::SignInNeeded { profiles: Vec::new(), problem: None },
        step: AttentionStep::SignIn { identity: identity.parse().unwrap() },
    }
}

fn failed(level: AttentionLevel) -> AttentionItem {
    let problem = Problem::new(ProblemKind::Failed, ProblemCode::ConfigMistake, "line 3");
    AttentionItem {
        id: "config".to_owned(),
        level,
        identity: None,
        what: Attention::ConfigMistake { problem },
        step: AttentionStep::AsProblem,
    }
}

fn until(seconds: i64) -> String {
    (now() + TimeDelta::seconds(seconds)).with_timezone(&Local).format("until %H:%M").to_string()
}

/// Each entry as a line, submenus indented: `ID  LABEL`.
fn lines(entries: &[Entry], indent: &str) -> Vec<String> {
    entries
        .iter()
        .flat_map(|entry| match entry {
            Entry::Action { id, label } => vec![format!("{indent}{id}  {label}")],
            Entry::Words { label } => vec![format!("{indent}({label})")],
            Entry::Check { id, label, on } => vec![format!("{indent}{id}  {label} {on}")],
            Entry::Separator => vec![format!("{indent}──")],
            Entry::Submenu { id, label, entries } => {
                let mut all = vec![format!("{indent}{id}  {label}")];
                all.extend(lines(entries, &format!("{indent}    ")));
                all
            }
        })
        .collect()
}

#[test]
fn the_menu_has_first_what_needs_the_person_then_what_runs_then_what_can_run() {
    let shop = RoleView { production: true, ..role("work", "111122223333", Some("Shop"), "Admin") };
    let lake = role("work", "444455556666", Some("Data lake"), "Analyst");
    let plain = role("adfs", "777788889999", None, "Dev");
    let facts = Facts {
        attention: vec![sign_in("work"), sign_in("adfs")],
        sessions: vec![session(&lake, "data", 28_795, "active")],
        roles: TrayRoles {
            favourites: vec![plain.clone(), lake.clone()],
            few: vec![shop, lake, plain],
            total: 3,
            ..TrayRoles::default()
        },
        can_lock: true,
        at_login: Some(false),
        ..Facts::default()
    };
    let dev = "adfs:arn:aws:iam::777788889999:role/Dev";
    let admin = "work:arn:aws:iam::111122223333:role/Admin";
    let analyst = "work:arn:aws:iam::444455556666:role/Analyst";
    assert_eq!(
        lines(&menu::menu(&facts, now()), ""),
        [
            "open  Open Daypass",
            "──",
            "sign-in-all  Sign in to 2 identities…",
            "sign-in:work  Sign in to work",
            "sign-in:adfs  Sign in to adfs",
            "──",
            &format!("session:data  Data lake · Analyst · {}", until(28_795)),
            "    (Profile data · work)",
            "    (7 h 59 min left)",
            "    console:data  Open console",
            "    copy:data  Copy as env",
            &format!("    role:{analyst}  Show in Daypass"),
            "    stop:data  Stop",
            "stop-all  Stop all…",
            "──",
            "start  Start",
            &format!("    start:{dev}  777788889999 · Dev"),
            "    ──",
            &format!("    start:{admin}  Shop · Admin · PROD"),
            "consoles  Open console",
            &format!("    console:{dev}  777788889999 · Dev"),
            &format!("    console:{analyst}  Data lake · Analyst"),
            "    ──",
            &format!("    console:{admin}  Shop · Admin · PROD"),
            "──",
            "quick  Quick switch…",
            "settings  Settings…",
            "lock  Lock the vault",
            "start-at-login  Start at login false",
            "quit  Quit",
        ]
    );
}

fn identity(name: &str, state: IdentityState, signed_in_by: Option<&str>) -> TrayIdentity {
    let view = json!({
        "name": name, "settings": { "kind": "oidc", "issuer": "https://idp.example.org", "client_id": "aws" },
        "provider": "idp.example.org", "way": { "by": "browser", "device": false }, "signedInBy": signed_in_by,
        "secrets": [], "state": state, "person": null, "signedInUntil": null, "listsRoles": false, "listing": null,
        "problem": null, "remarks": [],
    });
    TrayIdentity::of(&serde_json::from_value(view).unwrap())
}

#[test]
fn the_menu_signs_in_and_out() {
    let identities = vec![
        identity("work", IdentityState::SignedIn, None),
        identity("home", IdentityState::SignedOut, None),
        identity("adfs", IdentityState::NeedsSignIn, None),
        identity("branch", IdentityState::SignedIn, Some("work")),
    ];
    let facts = Facts { attention: vec![sign_in("adfs")], identities, ..Facts::default() };
    let all = lines(&menu::menu(&facts, now()), "");
    let from = all.iter().position(|line| line == "identities  Identities").unwrap();
    assert_eq!(all[from + 1..from + 3], ["    sign-out:work  Sign out of work…", "    sign-in:home  Sign in to home"]);
    assert_eq!(all[from + 3], "──", "one waits further up, and another is signed in by work: {all:?}");
}

#[test]
fn the_menu_changes_a_session_s_region_where_there_is_a_choice() {
    let dev = role("work", "111122223333", None, "Dev");
    let of = |here: &str, regions: &[&str]| {
        let session = SessionView { region: here.parse().ok(), ..session(&dev, "a:b", 600, "active") };
        let regions = regions.iter().map(|region| region.parse().unwrap()).collect();
        let all = lines(&menu::menu(&Facts { sessions: vec![session], regions, ..Facts::default() }, now()), "");
        all.into_iter().filter(|line| line.contains("region")).collect::<Vec<_>>()
    };
    assert_eq!(of("eu-west-1", &["eu-west-1"]), [""; 0]);
    assert_eq!(of("eu-west-1", &["eu-west-1", "us-gov-west-1"]), [""; 0], "of another partition");
    assert_eq!(
        of("eu-west-1", &["eu-central-1", "eu-west-1"]),
        [
            "    regions:a:b  Region",
            "        region:a:b:eu-central-1  eu-central-1 false",
            "        region:a:b:eu-west-1  eu-west-1 true",
        ]
    );
}

#[test]
fn an_empty_menu_has_what_always_works() {
    assert_eq!(
        lines(&menu::menu(&Facts::default(), now()), ""),
        ["open  Open Daypass", "──", "quick  Quick switch…", "settings  Settings…", "quit  Quit"]
    );
}

#[test]
fn a_long_catalog_shows_favourites_and_what_is_recent_and_leads_to_the_others() {
    let (dev, ops) = (role("work", "111122223333", None, "Dev"), role("work", "111122223333", None, "Ops"));
    let roles = TrayRoles { favourites: vec![ops.clone()], recent: vec![dev], total: 3000, ..TrayRoles::default() };
    let facts = Facts { roles, sessions: vec![session(&ops, "ops", 600, "active")], ..Facts::default() };
    let all = lines(&menu::menu(&facts, now()), "");
    let from = all.iter().position(|line| line == "start  Start").unwrap();
    assert_eq!(
        all[from..from + 7],
        [
            "start  Start",
            "    start:work:arn:aws:iam::111122223333:role/Dev  111122223333 · Dev",
            "    quick  Find one of 3000 roles…",
            "consoles  Open console",
            "    console:work:arn:aws:iam::111122223333:role/Ops  111122223333 · Ops",
            "    ──",
            "    console:work:arn:aws:iam::111122223333:role/Dev  111122223333 · Dev",
        ]
    );
}

#[test]
fn names_of_others_are_bounded_and_change_nothing_around_them() {
    let label = |account: &str| words::role(&role("work", "111122223333", Some(account), "Dev"), false);
    assert_eq!(label("R&D_west & co"), "R&&D_west && co · Dev");
    assert_eq!(label("a\u{202e}b\tc\u{1b}[2J"), "a\\u{202e}b\\u{9}c\\u{1b}[2J · Dev");
    assert_eq!(label(&"x".repeat(300)), format!("{}… · Dev", "x".repeat(36)));
    assert_eq!(label("שלום"), "\u{2068}שלום\u{2069} · Dev");
    assert_eq!(label("日本"), "日本 · Dev");
}

#[test]
fn a_role_that_two_identities_reach_says_which() {
    let both = [role("work", "111122223333", None, "Dev"), role("adfs", "111122223333", None, "Dev")];
    let shared = both.iter().map(|role| role.id.clone()).collect();
    let roles = TrayRoles { few: both.to_vec(), total: 2, shared, ..TrayRoles::default() };
    let all = lines(&menu::menu(&Facts { roles, ..Facts::default() }, now()), "");
    assert!(all.iter().any(|line| line.ends_with("111122223333 · Dev · adfs")), "{all:?}");
}

#[test]
fn the_time_left_is_told_in_minutes_and_changes_once_a_minute() {
    let left = |seconds: i64| words::time_left(Some(now() + TimeDelta::seconds(seconds)), now());
    for (seconds, said) in [
        (-5, "Expired"),
        (0, "Expired"),
        (59, "Less than a minute left"),
        (60, "1 min left"),
        (3119, "51 min left"),
        (5399, "89 min left"),
        (5400, "1 h 30 min left"),
        (28_795, "7 h 59 min left"),
    ] {
        assert_eq!(left(seconds), said, "{seconds}");
    }
    let dev = role("work", "111122223333", None, "Dev");
    let facts = |seconds| Facts { sessions: vec![session(&dev, "dev", seconds, "active")], ..Facts::default() };
    for seconds in [1, 59, 60, 61, 3119, 28_795] {
        let facts = facts(seconds);
        let next = menu::changes_at(&facts, now()).unwrap();
        assert!(next - now() <= TimeDelta::milliseconds(60_010), "{seconds}");
        let just_before = next - TimeDelta::milliseconds(20);
        assert_eq!(menu::menu(&facts, now()), menu::menu(&facts, just_before.max(now())), "{seconds}");
        let (before, after) = (menu::menu(&facts, now()), menu::menu(&facts, next));
        assert_ne!(before, after, "{seconds}");
        assert!(live::do_the_same(&before, &after), "the menu is made again, and closes: {seconds}");
    }
    assert_eq!(menu::changes_at(&facts(-1), now()), None);
    assert_eq!(menu::changes_at(&Facts::default(), now()), None);
}

#[test]
fn the_icon_shows_the_worst() {
    let dev = role("work", "111122223333", None, "Dev");
    let run = |state: &str| vec![session(&dev, "dev", 600, state)];
    let state =
        |attention: Vec<AttentionItem>, sessions| menu::state(&Facts { attention, sessions, ..Facts::default() });
    assert_eq!(state(vec![], vec![]), TrayState::Idle);
    for over in ["expired", "failed", "needs-sign-in"] {
        assert_eq!(state(vec![], run(over)), TrayState::Idle, "{over}: what it needs is among the attention");
    }
    assert_eq!(state(vec![], run("active")), TrayState::Running);
    assert_eq!(state(vec![failed(AttentionLevel::Notice)], run("active")), TrayState::Running);
    assert_eq!(state(vec![sign_in("work")], run("active")), TrayState::NeedsYou);
    assert_eq!(state(vec![sign_in("work"), failed(AttentionLevel::Failed)], vec![]), TrayState::Failed);
    let facts = Facts { attention: vec![sign_in("work")], sessions: run("active"), ..Facts::default() };
    assert_eq!(menu::tooltip(&facts), "Daypass: one session running, one thing needs you");
    let facts = Facts { attention: vec![failed(AttentionLevel::Failed)], sessions: run("failed"), ..Facts::default() };
    assert_eq!(menu::tooltip(&facts), "Daypass, one thing needs you", "a failed session doesn't run");
}
