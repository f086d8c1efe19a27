//! The menu as data: what it says and does, decided from facts alone.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use daypass_core::attention::{AttentionItem, AttentionLevel, AttentionStep};
use daypass_core::names::{IdentityName, Partition, Region};
use daypass_core::session_request::Delivery;
use daypass_core::view::{IdentityState, IdentityView, RoleView, SessionCount, SessionState, SessionView, SignInWay};

use super::words;

/// The id of the mark for the start at login.
pub(super) const AT_LOGIN: &str = "start-at-login";

/// People read a menu from top to bottom. With more roles than this, the window is faster.
pub(super) const MOST_ROLES: usize = 20;
/// So many favourites and so many of the roles that are used most come first.
pub(super) const MOST_RECENT: usize = 8;
/// More than this is in the window.
const MOST_ATTENTION: usize = 6;

/// All that the menu tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) attention: Vec<AttentionItem>,
    pub(super) sessions: Vec<SessionView>,
    pub(super) roles: TrayRoles,
    /// In the order of `config.toml`.
    pub(super) identities: Vec<TrayIdentity>,
    /// What a session's region can be changed to here. Others are in the window.
    pub(super) regions: Vec<Region>,
    /// Whether there is a vault, and it's open.
    pub(super) can_lock: bool,
    /// Whether the app starts at login. `None` where it can't.
    pub(super) at_login: Option<bool>,
}

/// An identity, as far as the menu tells of it.
#[derive(Debug, Clone)]
pub(super) struct TrayIdentity {
    name: IdentityName,
    state: IdentityState,
    /// Whether a person signs in to it, and not to another one.
    has_sign_in: bool,
}

impl TrayIdentity {
    pub(super) fn of(view: &IdentityView) -> Self {
        let has_sign_in = view.way != SignInWay::None && view.signer() == &view.name;
        Self { name: view.name.clone(), state: view.state, has_sign_in }
    }
}

/// The roles that the menu offers.
#[derive(Debug, Clone, Default)]
pub(super) struct TrayRoles {
    /// Favourites, also those that run, in the person's order.
    pub(super) favourites: Vec<RoleView>,
    /// Those that are used most, without favourites.
    pub(super) recent: Vec<RoleView>,
    /// All of them if they are few.
    pub(super) few: Vec<RoleView>,
    pub(super) total: usize,
    /// Ids of roles in the menu that another identity reaches too.
    pub(super) shared: HashSet<String>,
}

/// One entry of the menu. `id` says what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Action {
        id: String,
        label: String,
    },
    /// Words that can't be chosen.
    Words {
        label: String,
    },
    Check {
        id: String,
        label: String,
        on: bool,
    },
    Submenu {
        id: String,
        label: String,
        entries: Vec<Entry>,
    },
    Separator,
}

impl Entry {
    fn action(id: impl Into<String>, label: impl Into<String>) -> Self {
        Self::Action { id: id.into(), label: label.into() }
    }

    fn submenu(id: &str, label: &str, entries: Vec<Self>) -> Option<Self> {
        (!entries.is_empty()).then(|| Self::Submenu { id: id.to_owned(), label: label.to_owned(), entries })
    }
}

/// The whole menu.
pub(super) fn menu(facts: &Facts, now: DateTime<Utc>) -> Vec<Entry> {
    let groups = [
        vec![Entry::action("open", "Open Daypass")],
        attention(&facts.attention),
        running(facts, now),
        to_start(facts),
        identities(facts),
        whole(facts),
    ];
    let mut entries = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        if !entries.is_empty() {
            entries.push(Entry::Separator);
        }
        entries.extend(group);
    }
    entries
}

/// When time alone changes the menu.
pub(super) fn changes_at(facts: &Facts, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    facts.sessions.iter().filter_map(|session| words::changes_at(session.expires_here?, now)).min()
}

fn attention(items: &[AttentionItem]) -> Vec<Entry> {
    let sign_ins = items.iter().filter(|item| matches!(item.step, AttentionStep::SignIn { .. })).count();
    let mut entries = Vec::new();
    if sign_ins > 1 {
        entries.push(Entry::action("sign-in-all", format!("Sign in to {sign_ins} identities…")));
    }
    let shown = items.iter().take(MOST_ATTENTION);
    entries.extend(shown.map(|item| Entry::action(words::attention_id(&item.step), words::attention(item))));
    if items.len() > MOST_ATTENTION {
        entries.push(Entry::action("attention", format!("{} more in the window…", items.len() - MOST_ATTENTION)));
    }
    entries
}

fn running(facts: &Facts, now: DateTime<Utc>) -> Vec<Entry> {
    let sessions = &facts.sessions;
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    for session in sessions {
        *runs.entry(&session.role_id).or_default() += 1;
    }
    let twice = |session: &SessionView| runs.get(session.role_id.as_str()).is_some_and(|runs| *runs > 1);
    let mut entries: Vec<Entry> =
        sessions.iter().map(|session| running_session(session, &facts.regions, twice(session), now)).collect();
    if !entries.is_empty() {
        entries.push(Entry::action("stop-all", "Stop all…"));
    }
    entries
}

fn running_session(session: &SessionView, regions: &[Region], runs_twice: bool, now: DateTime<Utc>) -> Entry {
    let profile = &session.profile;
    let who = format!("Profile {} · {}", words::name(profile.as_str()), words::name(session.identity.as_str()));
    // Its words change each minute, and those of the submenu must not: for that, the menu would be made again.
    let mut entries = vec![
        Entry::Words { label: words::label(&who) },
        Entry::Words { label: words::time_left(session.expires_here, now) },
    ];
    if session.state == SessionState::NeedsSignIn {
        let label = words::label(&format!("Sign in to {}", words::name(session.identity.as_str())));
        entries.push(Entry::action(format!("sign-in:{}", session.identity), label));
    }
    if session.expires_at.is_some() {
        entries.push(Entry::action(format!("console:{profile}"), "Open console"));
        entries.push(Entry::action(format!("copy:{profile}"), "Copy as env"));
    }
    match session.delivery {
        Delivery::CredentialsFile => {}
        Delivery::Process => {
            // Tools that only read the file don't find this one.
            entries.push(Entry::action(format!("write:{profile}"), "Write to the credentials file"));
        }
    }
    entries.extend(Entry::submenu(&format!("regions:{profile}"), "Region", regions_of(session, regions)));
    entries.push(Entry::action(format!("role:{}", session.role_id), "Show in Daypass"));
    entries.push(Entry::action(format!("stop:{profile}"), "Stop"));
    Entry::Submenu { id: format!("session:{profile}"), label: words::session(session, runs_twice), entries }
}

/// The regions of its partition, the session's own marked. None where there is nothing to choose.
fn regions_of(session: &SessionView, regions: &[Region]) -> Vec<Entry> {
    let fits = |region: &&Region| Partition::of_region(region) == session.role.partition();
    let fitting: Vec<&Region> = regions.iter().filter(fits).collect();
    let is_choice = fitting.iter().any(|region| session.region.as_ref() != Some(region));
    let entry = |region: &Region| Entry::Check {
        id: format!("region:{}:{region}", session.profile),
        label: region.to_string(),
        on: session.region.as_ref() == Some(region),
    };
    if is_choice { fitting.into_iter().map(entry).collect() } else { Vec::new() }
}

/// To sign in and out. What waits for a sign-in is further up already.
fn identities(facts: &Facts) -> Vec<Entry> {
    let waits =
        |identity: &TrayIdentity| facts.attention.iter().any(|item| item.identity.as_ref() == Some(&identity.name));
    let entry = |identity: &TrayIdentity| {
        let name = words::name(identity.name.as_str());
        match identity.state {
            IdentityState::SignedIn => Some((format!("sign-out:{}", identity.name), format!("Sign out of {name}…"))),
            IdentityState::SignedOut | IdentityState::NeedsSignIn if !waits(identity) => {
                Some((format!("sign-in:{}", identity.name), format!("Sign in to {name}")))
            }
            IdentityState::SignedOut | IdentityState::NeedsSignIn | IdentityState::SigningIn => None,
        }
    };
    let signers = facts.identities.iter().filter(|identity| identity.has_sign_in);
    let all = signers.filter_map(entry).map(|(id, label)| Entry::action(id, words::label(&label))).collect();
    Entry::submenu("identities", "Identities", all).into_iter().collect()
}

/// Roles to start, and those whose console can be opened. What runs has an entry for that of its own.
fn to_start(facts: &Facts) -> Vec<Entry> {
    let TrayRoles { favourites, recent, few, total, .. } = &facts.roles;
    let others = if few.is_empty() { recent } else { few };
    let offered = |what: &str, favourites: Vec<&RoleView>| {
        let is_favourite = |role: &&RoleView| facts.roles.favourites.iter().any(|other| other.id == role.id);
        let rest: Vec<&RoleView> = idle(facts, others).into_iter().filter(|role| !is_favourite(role)).collect();
        let mut all = entries(what, &favourites, facts);
        if !all.is_empty() && !rest.is_empty() {
            all.push(Entry::Separator);
        }
        all.extend(entries(what, &rest, facts));
        if few.is_empty() && *total > 0 {
            all.push(Entry::action("quick", format!("Find one of {total} roles…")));
        }
        all
    };
    let start = offered("start", idle(facts, favourites));
    let consoles = offered("console", favourites.iter().collect());
    let submenus = [Entry::submenu("start", "Start", start), Entry::submenu("consoles", "Open console", consoles)];
    submenus.into_iter().flatten().collect()
}

fn idle<'a>(facts: &Facts, roles: &'a [RoleView]) -> Vec<&'a RoleView> {
    roles.iter().filter(|role| facts.sessions.iter().all(|session| session.role_id != role.id)).collect()
}

fn entries(what: &str, roles: &[&RoleView], facts: &Facts) -> Vec<Entry> {
    roles.iter().map(|role| Entry::action(format!("{what}:{}", role.id), label_of(role, facts))).collect()
}

fn label_of(role: &RoleView, facts: &Facts) -> String {
    words::role(role, facts.roles.shared.contains(&role.id))
}

fn whole(facts: &Facts) -> Vec<Entry> {
    let mut entries = vec![Entry::action("quick", "Quick switch…"), Entry::action("settings", "Settings…")];
    if facts.can_lock {
        entries.push(Entry::action("lock", "Lock the vault"));
    }
    if let Some(on) = facts.at_login {
        entries.push(Entry::Check { id: AT_LOGIN.to_owned(), label: "Start at login".to_owned(), on });
    }
    entries.push(Entry::action("quit", "Quit"));
    entries
}

/// What the icon shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TrayState {
    Idle,
    Running,
    NeedsYou,
    Failed,
}

/// The worst of all.
pub(super) fn state(facts: &Facts) -> TrayState {
    let has = |level| facts.attention.iter().any(|item| item.level == level);
    if has(AttentionLevel::Failed) {
        TrayState::Failed
    } else if has(AttentionLevel::NeedsYou) {
        TrayState::NeedsYou
    } else if running_count(facts) > 0 {
        TrayState::Running
    } else {
        TrayState::Idle
    }
}

/// What the icon says to those who point at it, where the system shows it.
pub(super) fn tooltip(facts: &Facts) -> String {
    let running = match running_count(facts) {
        0 => "Daypass".to_owned(),
        1 => "Daypass: one session running".to_owned(),
        several => format!("Daypass: {several} sessions running"),
    };
    match facts.attention.iter().filter(|item| item.level != AttentionLevel::Notice).count() {
        0 => running,
        1 => format!("{running}, one thing needs you"),
        several => format!("{running}, {several} things need you"),
    }
}

fn running_count(facts: &Facts) -> usize {
    facts.sessions.iter().filter(|session| session.state.counts_as() == SessionCount::Running).count()
}
