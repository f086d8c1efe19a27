//! The moments at which a session changes, to the millisecond.

use super::*;
use daypass_core::names::ProfileName;
use daypass_core::problem::ProblemCode;
use daypass_core::session_request::Delivery;

const MOMENT: TimeDelta = TimeDelta::milliseconds(1);
const HOUR: TimeDelta = TimeDelta::hours(1);

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
}

fn stored(key: &str, issued_at: DateTime<Utc>) -> StoredSession {
    let profile: ProfileName = "dev".parse().unwrap();
    let request = SessionRequest::new(
        profile,
        "arn:aws:iam::123456789012:role/dev".parse().unwrap(),
        "work".parse().unwrap(),
        Delivery::Process,
    );
    let credentials = Credentials {
        access_key_id: key.into(),
        secret_access_key: "secret".into(),
        session_token: "token".into(),
        expires_at: issued_at + HOUR,
        issued_at,
        skew_ms: 0,
        fallback_region: None,
        assumed_role: String::new(),
    };
    StoredSession {
        request,
        credentials: Some(credentials),
        renewals: 0,
        backup: None,
        file: None,
        earlier_keys: Vec::new(),
        formerly: Vec::new(),
    }
}

fn fresh() -> LiveSession {
    LiveSession::fresh(stored("ASIA1", now()), 0.0)
}

fn failure(kind: ProblemKind) -> Problem {
    Problem::new(kind, ProblemCode::Interrupted, "it failed")
}

#[test]
fn credentials_are_valid_until_they_end_and_not_at_their_end() {
    assert!(fresh().valid(now() + HOUR - MOMENT).is_some());
    assert!(fresh().valid(now() + HOUR).is_none());
}

#[test]
fn it_is_due_from_the_very_moment() {
    let due = now() + TimeDelta::minutes(40);
    assert_eq!(fresh().renews_at, Some(due));
    assert!(!fresh().is_due(due - MOMENT) && fresh().is_due(due));
    assert!(!LiveSession { renews_at: None, ..fresh() }.is_due(due));
}

#[test]
fn jitter_moves_the_renewal_by_up_to_four_minutes() {
    let late = LiveSession::fresh(stored("ASIA1", now()), 1.0);
    assert_eq!(late.renews_at, Some(now() + TimeDelta::minutes(44)));
}

#[test]
fn restored_credentials_are_active_until_they_end() {
    let at = |at| LiveSession::restored(stored("ASIA1", now()), at, 0.0);
    assert_eq!(at(now() + HOUR - MOMENT).state, SessionState::Active);
    let over = at(now() + HOUR);
    assert_eq!((over.state, over.renews_at), (SessionState::Expired, Some(DateTime::UNIX_EPOCH)));
    assert_eq!(over.view().renews_at, None, "at once is no time to show");
}

#[test]
fn restored_credentials_from_the_future_are_renewed_at_once() {
    let at = |at| LiveSession::restored(stored("ASIA1", now()), at, 0.0).renews_at;
    let planned = Some(now() + TimeDelta::minutes(40));
    assert_eq!(at(now() - CLOCK_TOLERANCE), planned, "clocks are corrected by moments");
    assert_eq!(at(now() - CLOCK_TOLERANCE - MOMENT), Some(DateTime::UNIX_EPOCH));
}

#[test]
fn a_grant_is_the_same_by_key_and_request() {
    let live = fresh();
    assert!(live.is_of(&stored("ASIA1", now()), now()));
    assert!(!live.is_of(&stored("ASIA2", now()), now()));
    let mut other = stored("ASIA1", now());
    other.request.delivery = Delivery::CredentialsFile;
    assert!(!live.is_of(&other, now()));
}

#[test]
fn expired_credentials_in_the_vault_are_nothing_new_to_a_session_without_any() {
    let mut live = fresh();
    live.stored.credentials = None;
    assert!(live.is_of(&stored("ASIA1", now()), now() + HOUR));
    assert!(!live.is_of(&stored("ASIA1", now()), now() + HOUR - MOMENT), "another process renewed it");
    assert!(!fresh().is_of(&stored("ASIA2", now()), now() + HOUR), "what is in hand is another grant");
}

#[test]
fn only_a_well_session_meets_a_request() {
    let request = stored("", now()).request;
    let meets = |live: &LiveSession| live.meets(&request, now()).is_some();
    assert!(meets(&fresh()));
    assert!(!meets(&LiveSession { state: SessionState::Renewing, ..fresh() }));
    assert!(!meets(&LiveSession { problem: Some(failure(ProblemKind::Passing)), ..fresh() }));
    assert!(!meets(&LiveSession { renews_at: Some(now()), ..fresh() }));
    assert!(LiveSession { renews_at: None, ..fresh() }.meets(&request, now() + HOUR).is_none());
    let other = SessionRequest { region: Some("eu-central-1".parse().unwrap()), ..request.clone() };
    assert!(fresh().meets(&other, now()).is_none());
    let file = request.delivered_as(Delivery::CredentialsFile);
    assert!(fresh().meets(&file, now()).is_none() && fresh().lacks_only_delivery(&file, now()));
    assert!(!fresh().lacks_only_delivery(&request, now()));
    assert!(!fresh().lacks_only_delivery(&other.delivered_as(Delivery::CredentialsFile), now()));
    assert!(!LiveSession { renews_at: Some(now()), ..fresh() }.lacks_only_delivery(&file, now()));
}

#[test]
fn another_grant_since_counts_when_it_is_valid_and_well() {
    let before = fresh().seen();
    let request = stored("", now()).request;
    let after = LiveSession::fresh(stored("ASIA2", now()), 0.0);
    assert!(fresh().granted_since(&request, &before, now()).is_none());
    assert!(after.granted_since(&request, &before, now()).is_some());
    assert!(after.granted_since(&request, &before, now() + HOUR).is_none());
    let ill = LiveSession { problem: Some(failure(ProblemKind::Passing)), ..after };
    assert!(ill.granted_since(&request, &before, now()).is_none());
}

#[test]
fn a_miss_counts_for_those_who_asked_before_it() {
    let mut live = fresh();
    let before = live.seen();
    assert!(live.missed_since(&before).is_none());
    live.failed(failure(ProblemKind::Passing), now(), 0.0);
    assert!(live.missed_since(&before).is_some() && live.missed_since(&live.seen()).is_none());
}

#[test]
fn each_kind_of_failure_has_its_state_and_its_next_try() {
    let after = |kind, at: DateTime<Utc>| {
        let mut live = fresh();
        live.failed(failure(kind), at, 0.0);
        (live.state, live.renews_at.map(|due| due - at), live.failures)
    };
    assert_eq!(after(ProblemKind::NeedsSignIn, now()), (SessionState::NeedsSignIn, None, 0));
    assert_eq!(after(ProblemKind::Refused, now()), (SessionState::Failed, None, 0));
    for kind in [ProblemKind::Invalid, ProblemKind::NotFound] {
        assert_eq!(after(kind, now()), (SessionState::Failed, Some(LONG_PAUSE), 0));
    }
    for kind in [ProblemKind::Passing, ProblemKind::Failed, ProblemKind::Cancelled] {
        assert_eq!(after(kind, now()), (SessionState::Active, Some(TimeDelta::seconds(1)), 1));
        let over = now() + HOUR;
        assert_eq!(after(kind, over), (SessionState::Expired, Some(TimeDelta::seconds(1)), 1));
    }
}

#[test]
fn pauses_double_with_each_passing_failure() {
    let mut live = fresh();
    let mut pauses = Vec::new();
    for _ in 0..4 {
        live.failed(failure(ProblemKind::Passing), now(), 1.0);
        pauses.push((live.renews_at.unwrap() - now()).num_seconds());
    }
    assert_eq!((pauses, live.misses), (vec![2, 4, 8, 16], 4));
}

#[test]
fn a_clock_that_is_set_back_moves_what_was_noted_by_it() {
    let mut live = fresh();
    let (due, day) = (live.renews_at.unwrap(), TimeDelta::days(1));
    live.clock_was_set_back(day);
    let credentials = live.stored.credentials.clone().unwrap();
    assert_eq!(credentials.issued_at, now() - day);
    assert_eq!(credentials.expires_here(), now() + HOUR - day);
    assert_eq!(live.renews_at, Some(due - day));
    let mut at_once = LiveSession { renews_at: Some(DateTime::UNIX_EPOCH), ..fresh() };
    at_once.clock_was_set_back(day);
    assert_eq!(at_once.renews_at, Some(DateTime::UNIX_EPOCH), "at once stays at once");
    let mut never = LiveSession { renews_at: None, ..fresh() };
    never.clock_was_set_back(day);
    assert_eq!(never.renews_at, None);
}

#[test]
fn an_end_is_announced_once_and_renewed_at_once_unless_a_try_is_due() {
    let end = now() + HOUR;
    let mut live = fresh();
    assert!(live.expired(&stored("ASIA2", now()), None, end).is_none(), "another grant");
    assert_eq!(live.state, SessionState::Active);
    live.renews_at = None;
    assert!(live.expired(&stored("ASIA1", now()), None, end).is_some());
    assert_eq!((live.state, live.renews_at, live.stored.key_id()), (SessionState::Expired, Some(end), None));
    assert!(live.expired(&live.stored.clone(), None, end).is_none(), "said already");
    let mut due = fresh();
    due.expired(&stored("ASIA1", now()), None, end);
    assert_eq!(due.renews_at, fresh().renews_at, "the planned try stays");
}

#[test]
fn an_end_during_a_renewal_or_with_a_problem() {
    let end = now() + HOUR;
    let mut renewing = LiveSession { state: SessionState::Renewing, renews_at: None, ..fresh() };
    renewing.expired(&stored("ASIA1", now()), None, end);
    assert_eq!((renewing.state, renewing.renews_at), (SessionState::Renewing, None), "it's on its way");
    let problem = failure(ProblemKind::Failed);
    let mut kept = LiveSession { state: SessionState::Renewing, renews_at: None, ..fresh() };
    kept.expired(&stored("ASIA1", now()), Some(&problem), end);
    assert_eq!((kept.state, kept.stored.key_id()), (SessionState::Expired, Some("ASIA1")), "it couldn't be removed");
    assert_eq!((kept.problem, kept.renews_at), (Some(problem), None));
    let earlier = failure(ProblemKind::NeedsSignIn);
    let mut waiting = LiveSession { problem: Some(earlier.clone()), renews_at: None, ..fresh() };
    waiting.expired(&stored("ASIA1", now()), Some(&failure(ProblemKind::Failed)), end);
    assert_eq!((waiting.problem, waiting.renews_at), (Some(earlier), None), "only a sign-in helps");
}

#[test]
fn what_is_due_is_taken_once() {
    let mut live = fresh();
    let due = live.renews_at.unwrap();
    assert!(live.take_due(due - MOMENT).is_none());
    assert!(live.take_due(due).is_some() && live.take_due(due).is_none());
    live.renew_at_once(due);
    assert!(live.take_due(due).is_some());
}

#[test]
fn a_sign_in_wakes_whatever_waits_or_failed() {
    use ProblemKind::{Cancelled, Failed, Invalid, NeedsSignIn, NotFound, Passing, Refused};
    let at = now() + MOMENT;
    for kind in [NeedsSignIn, Refused, Invalid, NotFound, Passing, Failed, Cancelled] {
        let mut live = fresh();
        live.failed(failure(kind), now(), 0.5);
        live.signed_in(at);
        assert_eq!(live.renews_at, Some(at), "{kind:?}");
    }
    let mut over = LiveSession { renews_at: None, ..fresh() };
    over.signed_in(now() + HOUR * 2);
    assert_eq!(over.renews_at, Some(now() + HOUR * 2), "its credentials have ended");
    let mut well = fresh();
    well.signed_in(at);
    assert_eq!(well.renews_at, fresh().renews_at, "nothing is missing");
}

#[test]
fn a_renewal_that_began_before_a_sign_in_is_tried_once_more_when_it_fails() {
    let mut live = LiveSession { state: SessionState::Renewing, renews_at: None, ..fresh() };
    live.signed_in(now());
    assert_eq!(live.renews_at, None, "it's on its way");
    live.failed(failure(ProblemKind::NeedsSignIn), now() + MOMENT, 0.5);
    assert_eq!(live.renews_at, Some(now() + MOMENT));
    live.failed(failure(ProblemKind::NeedsSignIn), now() + MOMENT, 0.5);
    assert_eq!(live.renews_at, None, "only once");
}
