//! Every event in every phase.

use super::*;
use chrono::TimeDelta;
use daypass_core::credentials::Credentials;
use daypass_core::problem::ProblemCode;

/// What can happen to a profile.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Asked,
    AskerLeft,
    RenewalBegan,
    RenewalLeft,
    DeliveryBegan,
    DeliveryEnded,
    Delivered,
    NotDelivered,
    SignInNeeded,
    Refused,
    Ended,
    StopBegan,
    StopEnded,
    Stopped,
}

use Happens::*;

const ALL: [Happens; 14] = [
    Asked,
    AskerLeft,
    RenewalBegan,
    RenewalLeft,
    DeliveryBegan,
    DeliveryEnded,
    Delivered,
    NotDelivered,
    SignInNeeded,
    Refused,
    Ended,
    StopBegan,
    StopEnded,
    Stopped,
];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
}

fn request() -> SessionRequest {
    SessionRequest::new(
        "dev".parse().unwrap(),
        "arn:aws:iam::123456789012:role/dev".parse().unwrap(),
        "work".parse().unwrap(),
        Delivery::CredentialsFile,
    )
}

fn session(key: &str) -> StoredSession {
    let credentials = Credentials {
        access_key_id: key.into(),
        secret_access_key: "secret".into(),
        session_token: "token".into(),
        expires_at: now() + TimeDelta::hours(1),
        issued_at: now(),
        skew_ms: 0,
        fallback_region: None,
        assumed_role: String::new(),
    };
    StoredSession {
        request: request(),
        credentials: Some(credentials),
        renewals: 0,
        backup: None,
        file: None,
        earlier_keys: Vec::new(),
        formerly: Vec::new(),
    }
}

fn live() -> LiveSession {
    LiveSession::fresh(session("ASIA1"), 0.0)
}

fn failure(kind: ProblemKind) -> Problem {
    Problem::new(kind, ProblemCode::Interrupted, "it failed")
}

fn apply(slot: &mut Slot, what: Happens) {
    match what {
        Asked => drop(slot.ask(&request())),
        AskerLeft => drop(slot.leave_start()),
        RenewalBegan => drop(slot.begin_renewal()),
        RenewalLeft => drop(slot.leave_renewal(now(), 0.0)),
        DeliveryBegan => slot.begin_delivery(),
        DeliveryEnded => slot.end_delivery(),
        Delivered => slot.deliver(live()),
        NotDelivered => slot.keep_undelivered(Undelivered { session: session("ASIA2"), request_id: None }),
        SignInNeeded => fail(slot, ProblemKind::NeedsSignIn),
        Refused => fail(slot, ProblemKind::Refused),
        Ended => slot.live.iter_mut().for_each(|live| live.state = SessionState::Expired),
        StopBegan => slot.begin_stop(),
        StopEnded => slot.end_stop(),
        Stopped => drop(slot.stopped()),
    }
}

fn fail(slot: &mut Slot, kind: ProblemKind) {
    slot.live.iter_mut().for_each(|live| live.failed(failure(kind), now(), 0.0));
}

/// A slot in this phase, the shortest way.
fn slot_in(phase: Phase) -> Slot {
    let way: &[Happens] = match phase {
        Phase::Vacant => &[],
        Phase::Starting => &[Asked],
        Phase::Active => &[Delivered],
        Phase::Renewing => &[Delivered, RenewalBegan],
        Phase::Undelivered => &[Delivered, RenewalBegan, NotDelivered, RenewalLeft],
        Phase::Delivering => &[Delivered, RenewalBegan, DeliveryBegan],
        Phase::NeedsSignIn => &[Delivered, RenewalBegan, SignInNeeded],
        Phase::Failed => &[Delivered, RenewalBegan, Refused],
        Phase::Expired => &[Delivered, Ended],
        Phase::Stopping => &[Delivered, StopBegan],
    };
    let mut slot = Slot::default();
    way.iter().for_each(|what| apply(&mut slot, *what));
    assert_eq!(slot.phase(), phase);
    slot
}

const PHASES: [Phase; 10] = [
    Phase::Vacant,
    Phase::Starting,
    Phase::Active,
    Phase::Renewing,
    Phase::Undelivered,
    Phase::Delivering,
    Phase::NeedsSignIn,
    Phase::Failed,
    Phase::Expired,
    Phase::Stopping,
];

/// The phase after this event. `None` where it cannot happen: the turn of the profile and the claims keep it from that.
fn next(phase: Phase, what: Happens) -> Option<Phase> {
    use Phase as P;
    let runs = !matches!(phase, P::Vacant | P::Starting);
    Some(match (phase, what) {
        // One delivery at a time, and an end only of what began.
        (P::Delivering, DeliveryBegan) => return None,
        (P::Delivering, DeliveryEnded) => P::Renewing,
        (_, DeliveryEnded) => phase,
        (P::Stopping, StopEnded) => P::Active,
        (_, StopEnded) => return None,
        // A stop is seen by everything else.
        (P::Stopping, _) | (_, StopBegan) => P::Stopping,
        (P::Delivering, _) | (_, DeliveryBegan) => P::Delivering,
        // A start is shown before what runs until then.
        (_, Asked) => P::Starting,
        (P::Starting, AskerLeft) => P::Vacant,
        (P::Starting, Delivered) => P::Active,
        (P::Starting, _) => P::Starting,
        (_, AskerLeft) => phase,
        (_, Delivered) => P::Active,
        (_, Stopped) => P::Vacant,
        // A renewal's steps do nothing where no session runs.
        _ if !runs => phase,
        (_, RenewalBegan) => P::Renewing,
        (P::Renewing, RenewalLeft) => P::Active,
        (_, RenewalLeft) => phase,
        // A new try is under way until it ends; what could not be delivered is seen then.
        (P::Renewing, NotDelivered) => P::Renewing,
        (_, NotDelivered) => P::Undelivered,
        (P::Undelivered, SignInNeeded | Refused | Ended) => P::Undelivered,
        (_, SignInNeeded) => P::NeedsSignIn,
        (_, Refused) => P::Failed,
        (_, Ended) => P::Expired,
    })
}

#[test]
fn every_event_in_every_phase_leads_where_the_table_says() {
    for phase in PHASES {
        for what in ALL {
            let Some(wanted) = next(phase, what) else { continue };
            let mut slot = slot_in(phase);
            apply(&mut slot, what);
            assert_eq!(slot.phase(), wanted, "{phase:?}, {what:?}");
        }
    }
}

#[test]
#[cfg(debug_assertions)]
fn what_cannot_happen_is_asserted() {
    for phase in PHASES {
        for what in ALL {
            if next(phase, what).is_none() {
                let happened = std::panic::catch_unwind(|| apply(&mut slot_in(phase), what));
                assert!(happened.is_err(), "{phase:?}, {what:?}");
            }
        }
    }
}

#[test]
fn a_start_is_announced_once_and_its_end_by_the_last_who_leaves() {
    let mut slot = Slot::default();
    assert!(slot.ask(&request()).1.is_some());
    assert!(slot.ask(&request()).1.is_none());
    assert_eq!(slot.leave_start(), Left::Nothing);
    assert_eq!(slot.leave_start(), Left::Abandoned);
    assert!(slot.is_vacant());
    slot.ask(&request());
    slot.start_failed(&failure(ProblemKind::Passing));
    assert_eq!(slot.leave_start(), Left::Nothing, "the failure was announced");
    slot.ask(&request());
    slot.deliver(live());
    assert!(slot.ask(&request()).1.is_some(), "a new start while the askers of the last one leave");
    assert_eq!(slot.leave_start(), Left::Nothing);
    assert!(slot.is_starting(), "an asker of the last start ends nothing of the new one");
    assert_eq!(slot.leave_start(), Left::Abandoned);
    assert_eq!(slot.leave_start(), Left::Nothing);
}

#[test]
fn a_renewal_does_not_end_the_start_of_another_role() {
    let mut slot = slot_in(Phase::Renewing);
    let other = SessionRequest { role: "arn:aws:iam::123456789012:role/other".parse().unwrap(), ..request() };
    slot.ask(&other);
    slot.deliver(live());
    assert_eq!(slot.phase(), Phase::Starting);
    assert_eq!(slot.view(now()).unwrap().role, other.role);
    assert_eq!(slot.leave_start(), Left::Abandoned);
    assert_eq!(slot.phase(), Phase::Active);
}

#[test]
fn two_stops_are_over_when_both_are() {
    let mut slot = slot_in(Phase::Stopping);
    slot.begin_stop();
    slot.end_stop();
    assert!(slot.phase().is_stopping());
    assert!(slot.stopped().is_some() && slot.stopped().is_none());
    slot.end_stop();
    assert!(slot.is_vacant());
}

#[test]
fn what_was_not_delivered_waits_for_its_own_request_while_it_is_worth_it() {
    let mut slot = slot_in(Phase::Undelivered);
    assert!(slot.undelivered(&request(), now()).is_some());
    assert!(slot.undelivered(&request(), now() + TimeDelta::minutes(40)).is_none(), "a new exchange is due");
    assert!(slot.undelivered(&request(), now() + TimeDelta::minutes(40) - TimeDelta::milliseconds(1)).is_some());
    let process = request().delivered_as(Delivery::Process);
    assert!(slot.undelivered(&process, now()).is_none());
    slot.deliver(live());
    assert!(slot.undelivered(&request(), now()).is_none());
}

#[test]
fn a_renamed_session_leaves_its_slot_with_what_waits_there_and_is_renewed_under_its_new_name() {
    let mut table = SessionTable::default();
    let (old, new) = (request().profile, "new".parse::<ProfileName>().unwrap());
    *table.slot(&old) = slot_in(Phase::Undelivered);
    table.slot(&old).begin_renewal();
    let renamed = SessionRequest { profile: new.clone(), ..request() }.delivered_as(Delivery::Process);
    let after = StoredSession { request: renamed.clone(), formerly: vec![old.clone()], ..session("ASIA1") };
    let view = table.rearranged(&old, &after, now()).unwrap();
    assert_eq!((view.profile, view.renamed_from), (new.clone(), Some(old.clone())));
    assert!(table.live(&old).is_none());
    let slot = table.get(&new).unwrap();
    assert!(slot.undelivered(&renamed, now()).is_some(), "it's delivered the new way");
    // The renewal that waits for the old name's turn finds nothing there.
    assert_eq!(slot.live.as_ref().unwrap().renews_at, Some(now()));
    assert_eq!(table.now_called(&old), Some(new.clone()));
    table.slot(&old).deliver(live());
    assert_eq!(table.now_called(&old), None, "another session has that name now");
    let (again, gone) = (table.rearranged(&new, &after, now()), table.rearranged(&"x".parse().unwrap(), &after, now()));
    assert!(again.unwrap().renamed_from.is_none() && gone.is_none());
}

#[test]
fn a_table_forgets_what_is_over_and_keeps_what_is_under_way() {
    let mut table = SessionTable::default();
    let name = |name: &str| name.parse::<ProfileName>().unwrap();
    table.slot(&name("gone")).deliver(live());
    table.slot(&name("kept")).deliver(live());
    table.slot(&name("starting")).ask(&request());
    assert!(table.keep_only(|profile| profile == &name("kept")));
    assert!(!table.keep_only(|profile| profile == &name("kept")));
    assert!(table.get(&name("gone")).is_none() && table.get(&name("starting")).is_some());
    assert_eq!((table.sessions().count(), table.views(now()).0.len()), (1, 2));
    table.slot(&name("starting")).leave_start();
    table.tidy(&name("starting"));
    table.tidy(&name("kept"));
    assert!(table.get(&name("starting")).is_none() && table.live(&name("kept")).is_some());
}
