//! Finds what needs the person in a snapshot. It decides from data alone, so every interface shows the same.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Attention, AttentionItem, AttentionLevel, AttentionSession, AttentionStep, Memory};
use crate::names::{IdentityName, ProfileName};
use crate::problem::{Problem, ProblemCode, ProblemKind};
use crate::standing::{Renewable, SessionStanding};
use crate::view::{IdentityState, IdentityView, SessionState, SessionView, SignInWay, Snapshot};

/// From this error on, a clock is called wrong.
const CLOCK_ERROR: TimeDelta = TimeDelta::minutes(1);

/// What needs the person now, and when to look again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// The worst first; items of one level in the order of the identities.
    pub items: Vec<AttentionItem>,
    /// When time alone may change the list.
    pub again_at: Option<DateTime<Utc>>,
}

/// Finds what needs the person. Warns about sessions that end by themselves `warn` before they do.
#[must_use]
pub fn look(snapshot: &Snapshot, memory: &Memory, warn: TimeDelta, now: DateTime<Utc>) -> Look {
    let mut found = Found { items: whole(snapshot), again_at: None };
    let mut sign_ins = SignIns::default();
    for session in &snapshot.sessions {
        sign_ins.take_session(snapshot, session, &mut found.items);
    }
    for identity in &snapshot.identities {
        found.items.extend(of_identity(snapshot, identity));
        if identity.signer() == &identity.name {
            let waiting = sign_ins.waiting.remove(&identity.name).unwrap_or_default();
            let asked = of_sign_in(identity, memory, waiting);
            let ends = || found_end(snapshot, identity, warn, now, &mut found.again_at);
            found.items.extend(asked.or_else(ends));
        }
    }
    found.items.sort_by_key(|item| item.level);
    Look { items: found.items, again_at: found.again_at }
}

struct Found {
    items: Vec<AttentionItem>,
    again_at: Option<DateTime<Utc>>,
}

/// What concerns the whole of Daypass.
fn whole(snapshot: &Snapshot) -> Vec<AttentionItem> {
    use AttentionLevel::{Failed, NeedsYou, Notice};
    let item = |id: &str, level, what, step| AttentionItem { id: id.to_owned(), level, identity: None, what, step };
    let mut items = Vec::new();
    if let Some(problem) = snapshot.vault_problem.clone() {
        items.push(match problem.code {
            ProblemCode::VaultLocked | ProblemCode::PassphraseNeeded => {
                item("vault", NeedsYou, Attention::VaultLocked { problem }, AttentionStep::Unlock)
            }
            _ => item("vault", Failed, Attention::VaultUnusable { problem }, AttentionStep::AsProblem),
        });
    }
    if let Some(problem) = snapshot.config_problem.clone() {
        items.push(item("config", Failed, Attention::ConfigMistake { problem }, AttentionStep::AsProblem));
    }
    if let Some(problem) = snapshot.policy.as_ref().and_then(|policy| policy.problem.clone()) {
        items.push(item("policy", Failed, Attention::PolicyUnusable { problem }, AttentionStep::Nothing));
    }
    if let Some(problem) = snapshot.credentials_problem.clone() {
        items.push(item("aws-files", NeedsYou, Attention::AwsFiles { problem }, AttentionStep::AsProblem));
    }
    for view in &snapshot.catalogs {
        let (id, catalog) = (format!("catalog:{}", view.name), view.name.clone());
        match view.problem.clone() {
            Some(problem) => {
                let what = Attention::CatalogUnusable { catalog, problem };
                items.push(item(&id, Notice, what, AttentionStep::AsProblem));
            }
            None if !view.waiting.is_empty() => {
                let step = AttentionStep::ReviewCatalog { catalog: catalog.clone() };
                let what = Attention::CatalogWaits { catalog, changes: view.waiting.len() };
                items.push(item(&id, NeedsYou, what, step));
            }
            None => {}
        }
    }
    let wrong = snapshot.sessions.iter().filter_map(|it| Some(it.expires_at? - it.expires_here?));
    if let Some(by) = wrong.max_by_key(TimeDelta::abs).filter(|by| by.abs() >= CLOCK_ERROR) {
        let what = Attention::ClockWrong { seconds: by.num_seconds() };
        items.push(item("clock", NeedsYou, what, AttentionStep::Nothing));
    }
    items
}

/// What waits for a sign-in, by the identity that signs in.
#[derive(Default)]
struct SignIns {
    waiting: BTreeMap<IdentityName, Waiting>,
}

#[derive(Default)]
struct Waiting {
    profiles: Vec<ProfileName>,
    problem: Option<Problem>,
}

impl SignIns {
    /// Sorts a session: it waits for a sign-in, has failed, or is delayed.
    fn take_session(&mut self, snapshot: &Snapshot, session: &SessionView, items: &mut Vec<AttentionItem>) {
        let needs_sign_in = session.problem.as_ref().is_some_and(|it| it.kind == ProblemKind::NeedsSignIn);
        match session.state {
            SessionState::NeedsSignIn => self.wait(snapshot, session),
            SessionState::Expired | SessionState::Failed if needs_sign_in => self.wait(snapshot, session),
            SessionState::Expired | SessionState::Failed => items.extend(session_failed(session)),
            SessionState::Active | SessionState::Renewing => items.extend(delayed(session)),
            SessionState::Starting | SessionState::Stopped => {}
        }
    }

    fn wait(&mut self, snapshot: &Snapshot, session: &SessionView) {
        let identity = snapshot.identities.iter().find(|view| view.name == session.identity);
        let signer = identity.map_or(&session.identity, IdentityView::signer).clone();
        let waiting = self.waiting.entry(signer).or_default();
        waiting.profiles.push(session.profile.clone());
        waiting.problem = waiting.problem.take().or_else(|| session.problem.clone());
    }
}

fn session_failed(session: &SessionView) -> Option<AttentionItem> {
    let what = Attention::SessionFailed { session: about(session), problem: session.problem.clone()? };
    Some(AttentionItem {
        id: format!("session:{}", session.profile),
        level: AttentionLevel::Failed,
        identity: Some(session.identity.clone()),
        what,
        step: AttentionStep::ShowRole { role: session.role_id.clone() },
    })
}

fn delayed(session: &SessionView) -> Option<AttentionItem> {
    let what = Attention::RenewalDelayed { session: about(session), problem: session.problem.clone()? };
    Some(AttentionItem {
        id: format!("session:{}", session.profile),
        level: AttentionLevel::Notice,
        identity: Some(session.identity.clone()),
        what,
        step: AttentionStep::Renew { profile: session.profile.clone() },
    })
}

fn about(session: &SessionView) -> AttentionSession {
    AttentionSession {
        profile: session.profile.clone(),
        role_id: session.role_id.clone(),
        role: session.role.name().to_owned(),
        account: session.account_name.clone().unwrap_or_else(|| session.role.account().to_string()),
        expires_here: session.expires_here,
    }
}

/// What is wrong with an identity, besides its sign-in.
fn of_identity(snapshot: &Snapshot, view: &IdentityView) -> Option<AttentionItem> {
    let problem = view.problem.clone()?;
    // What the vault says is said once.
    if snapshot.vault_problem.as_ref().is_some_and(|of_vault| of_vault.code == problem.code) {
        return None;
    }
    let identity = view.name.clone();
    let item = |level, what, step| {
        Some(AttentionItem { id: format!("identity:{identity}"), level, identity: Some(identity.clone()), what, step })
    };
    match view.state {
        IdentityState::SignedIn if view.lists_roles => {
            let step = AttentionStep::ListRoles { identity: identity.clone() };
            item(AttentionLevel::Notice, Attention::RolesNotListed { problem }, step)
        }
        // It is with the sign-in.
        IdentityState::NeedsSignIn | IdentityState::SigningIn => None,
        IdentityState::SignedIn | IdentityState::SignedOut => {
            item(AttentionLevel::NeedsYou, Attention::IdentityUnusable { problem }, AttentionStep::AsProblem)
        }
    }
}

/// A sign-in that waits, failed or is needed: one item for each identity.
fn of_sign_in(view: &IdentityView, memory: &Memory, waiting: Waiting) -> Option<AttentionItem> {
    let name = &view.name;
    let sign_in = AttentionStep::SignIn { identity: name.clone() };
    match view.state {
        IdentityState::SigningIn => {
            let step = AttentionStep::ContinueSignIn { identity: name.clone() };
            return Some(sign_in_item(name, AttentionLevel::NeedsYou, Attention::SignInWaits, step));
        }
        IdentityState::SignedIn if waiting.profiles.is_empty() => return None,
        IdentityState::SignedIn | IdentityState::SignedOut | IdentityState::NeedsSignIn => {}
    }
    if let Some(problem) = memory.failed.get(name).cloned() {
        return Some(sign_in_item(name, AttentionLevel::Failed, Attention::SignInFailed { problem }, sign_in));
    }
    let Waiting { mut profiles, mut problem } = waiting;
    if let Some((asked, why)) = memory.asked.get(name) {
        profiles.extend(asked.iter().filter(|asked| !profiles.contains(asked)).cloned().collect::<Vec<_>>());
        problem = problem.or_else(|| Some(why.clone()));
    }
    if profiles.is_empty() && problem.is_none() && view.state != IdentityState::NeedsSignIn {
        return None;
    }
    let what = Attention::SignInNeeded { profiles, problem: problem.or_else(|| view.problem.clone()) };
    Some(sign_in_item(name, AttentionLevel::NeedsYou, what, sign_in))
}

/// Sessions that end soon because no one signs in. Otherwise, notes when they will.
fn found_end(
    snapshot: &Snapshot,
    signer: &IdentityView,
    warn: TimeDelta,
    now: DateTime<Utc>,
    again_at: &mut Option<DateTime<Utc>>,
) -> Option<AttentionItem> {
    let mut ends: Vec<(DateTime<Utc>, &ProfileName)> = Vec::new();
    for session in snapshot.sessions.iter().filter(|session| has_credentials(session)) {
        let identity = snapshot.identities.iter().find(|view| view.name == session.identity);
        let Some(identity) = identity.filter(|view| view.signer() == &signer.name) else { continue };
        let Some(end) = fresh_until(session, identity).filter(|end| *end > now) else { continue };
        match end - now <= warn {
            true => ends.push((end, &session.profile)),
            false => *again_at = Some(again_at.map_or(end - warn, |at| at.min(end - warn))),
        }
    }
    let (at, _) = ends.iter().min()?;
    let profiles = ends.iter().map(|(_, profile)| (*profile).clone()).collect();
    let what = Attention::SignInEnds { profiles, at: *at };
    let step = AttentionStep::SignIn { identity: signer.name.clone() };
    Some(sign_in_item(&signer.name, AttentionLevel::NeedsYou, what, step))
}

fn sign_in_item(name: &IdentityName, level: AttentionLevel, what: Attention, step: AttentionStep) -> AttentionItem {
    AttentionItem { id: format!("sign-in:{name}"), level, identity: Some(name.clone()), what, step }
}

fn has_credentials(session: &SessionView) -> bool {
    match session.state {
        SessionState::Active | SessionState::Renewing => true,
        SessionState::Starting
        | SessionState::NeedsSignIn
        | SessionState::Failed
        | SessionState::Expired
        | SessionState::Stopped => false,
    }
}

/// When a session ends unless the person signs in, as [`SessionStanding::fresh_until`] says.
fn fresh_until(session: &SessionView, identity: &IdentityView) -> Option<DateTime<Utc>> {
    let renewable = match (&identity.way, identity.state) {
        (SignInWay::None, _) => Renewable::Always,
        (_, IdentityState::SignedIn) => identity.signed_in_until.map_or(Renewable::WhileSignedIn, Renewable::Until),
        (_, IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn) => Renewable::AfterSignIn,
    };
    SessionStanding { session: session.clone(), renewable }.fresh_until()
}
