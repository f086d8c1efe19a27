#![allow(clippy::unwrap_used)]

use chrono::{DateTime, TimeDelta, Utc};
use daypass_core::attention::{Attention, AttentionItem, AttentionLevel, AttentionSession, AttentionStep};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::NotificationSettings;

use super::note::{LeadsTo, Note, NoteAction, notes};

fn now() -> DateTime<Utc> {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn problem(message: &str) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::SessionStopped, message)
}

fn item(id: &str, identity: Option<&str>, what: Attention) -> AttentionItem {
    let identity = identity.map(|name| name.parse().unwrap());
    AttentionItem { id: id.to_owned(), level: AttentionLevel::Failed, identity, what, step: AttentionStep::Nothing }
}

fn sign_in(identity: &str, profiles: &[&str]) -> AttentionItem {
    let profiles = profiles.iter().map(|name| name.parse().unwrap()).collect();
    item(&format!("sign-in:{identity}"), Some(identity), Attention::SignInNeeded { profiles, problem: None })
}

fn failed(profile: &str) -> AttentionItem {
    let session = AttentionSession {
        profile: profile.parse().unwrap(),
        role_id: format!("work:{profile}"),
        role: "Admin".to_owned(),
        account: "Shop".to_owned(),
        expires_here: None,
    };
    let what = Attention::SessionFailed { session, problem: problem("AccessDenied") };
    item(&format!("session:{profile}"), Some("work"), what)
}

fn all(items: &[AttentionItem]) -> Vec<Note> {
    notes(items, &NotificationSettings::default(), now())
}

#[test]
fn one_identity_has_one_note() {
    let [work, adfs] = &all(&[sign_in("work", &["dev", "ops"]), failed("prod"), sign_in("adfs", &["x"])])[..] else {
        panic!("two")
    };
    assert_eq!((work.key.as_str(), work.summary.as_str()), ("identity:work", "Sign in to work"));
    assert_eq!(work.body, "Can't get credentials for profiles dev, ops\nShop · Admin (prod): AccessDenied");
    assert_eq!(work.action, Some(NoteAction::SignIn("work".parse().unwrap())));
    assert_eq!(work.leads_to, LeadsTo::Attention);
    assert_eq!(adfs.leads_to, LeadsTo::SignIn("adfs".parse().unwrap()));
}

#[test]
fn a_failed_renewal_leads_to_its_role_and_several_to_the_list() {
    let [one] = &all(&[failed("prod")])[..] else { panic!("one") };
    assert_eq!((one.summary.as_str(), &one.action), ("Can't renew profile prod", &None));
    assert_eq!(one.leads_to, LeadsTo::Role("work:prod".to_owned()));
    let many: Vec<AttentionItem> = (0..7).map(|i| failed(&format!("p{i}"))).collect();
    let [several] = &all(&many)[..] else { panic!("one") };
    assert_eq!(several.summary, "Can't renew 7 profiles of work");
    assert_eq!(several.body.lines().count(), 5);
    assert!(several.body.ends_with("3 more in Daypass"), "{}", several.body);
    assert_eq!(several.leads_to, LeadsTo::Attention);
}

#[test]
fn an_end_says_when_it_is() {
    let ends = |profiles: &[&str]| {
        let profiles = profiles.iter().map(|name| name.parse().unwrap()).collect();
        let at = now() + TimeDelta::minutes(14) + TimeDelta::seconds(30);
        all(&[item("sign-in:work", Some("work"), Attention::SignInEnds { profiles, at })]).remove(0).body
    };
    assert_eq!(ends(&["dev"]), "Profile dev ends in 14 min. Sign in to keep it running");
    assert_eq!(ends(&["dev", "ops"]), "The first of profiles dev, ops ends in 14 min. Sign in to keep them running");
}

#[test]
fn each_kind_can_be_switched_off_and_the_rest_never_rings() {
    let catalog = || {
        let what = Attention::CatalogWaits { catalog: "team".parse().unwrap(), changes: 2 };
        item("catalog:team", None, what)
    };
    let ends =
        || item("sign-in:b", Some("b"), Attention::SignInEnds { profiles: vec!["dev".parse().unwrap()], at: now() });
    let items = [sign_in("a", &["dev"]), ends(), failed("prod"), catalog()];
    let keys = |settings: &NotificationSettings| -> Vec<String> {
        notes(&items, settings, now()).into_iter().map(|note| note.key).collect()
    };
    let on = NotificationSettings::default();
    assert_eq!(keys(&on), ["identity:a", "identity:b", "identity:work", "catalog:team"]);
    assert_eq!(keys(&NotificationSettings { sign_in: false, ..on }), ["identity:b", "identity:work", "catalog:team"]);
    assert_eq!(keys(&NotificationSettings { ending: false, ..on }), ["identity:a", "identity:work", "catalog:team"]);
    assert_eq!(keys(&NotificationSettings { failed: false, ..on }), ["identity:a", "identity:b", "catalog:team"]);
    assert_eq!(keys(&NotificationSettings { catalog: false, ..on }), ["identity:a", "identity:b", "identity:work"]);
    let calm = [
        sign_in("no-one-waits", &[]),
        item("sign-in:x", Some("x"), Attention::SignInWaits),
        item("sign-in:y", Some("y"), Attention::SignInFailed { problem: problem("no") }),
        item("vault", None, Attention::VaultLocked { problem: problem("locked") }),
        item("clock", None, Attention::ClockWrong { seconds: 90 }),
    ];
    assert!(all(&calm).is_empty());
}
