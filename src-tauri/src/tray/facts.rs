//! Gathers what the menu tells. The catalog may be long, so it's read only after it changed.

use std::collections::{HashMap, HashSet};

use daypass_broker::broker::Broker;
use daypass_core::attention::AttentionItem;
use daypass_core::view::{RoleView, Snapshot};
use tauri::{AppHandle, Manager};

use super::menu::{Facts, MOST_RECENT, MOST_ROLES, TrayRoles};
use crate::attention::AttentionList;

/// What was gathered of the catalog.
#[derive(Default)]
pub(super) struct Gatherer {
    roles: TrayRoles,
    /// The recent roles, and those that run, that it was gathered for.
    recent: Vec<String>,
    running: Vec<String>,
    is_there: bool,
}

/// Gathers everything, off the threads that serve the window.
pub(super) async fn gather(app: &AppHandle, gatherer: Gatherer, roles_changed: bool) -> (Gatherer, Facts) {
    let broker = app.state::<Broker>().inner().clone();
    let attention = app.state::<AttentionList>().items();
    let gathering = tauri::async_runtime::spawn_blocking(move || {
        let mut gatherer = gatherer;
        let facts = gatherer.gather(&broker, attention, roles_changed);
        (gatherer, facts)
    });
    gathering.await.unwrap_or_default()
}

impl Gatherer {
    fn gather(&mut self, broker: &Broker, attention: Vec<AttentionItem>, roles_changed: bool) -> Facts {
        let mut snapshot = broker.snapshot_without_roles();
        snapshot.recent_roles.truncate(MOST_RECENT);
        let running: Vec<String> = snapshot.sessions.iter().map(|session| session.role_id.clone()).collect();
        if roles_changed || !self.is_there || self.recent != snapshot.recent_roles || self.running != running {
            self.roles = roles_of(broker);
            self.recent.clone_from(&snapshot.recent_roles);
            self.running = running;
            self.is_there = true;
        }
        let Snapshot { sessions, vault_problem, sandbox, .. } = snapshot;
        Facts {
            attention,
            sessions,
            roles: self.roles.clone(),
            can_lock: vault_problem.is_none() && broker.vault().path().exists(),
            // The sandbox is gone by then.
            at_login: (!sandbox).then(|| broker.desktop_settings().start_at_login),
        }
    }
}

/// Of a long catalog, only the roles that the menu offers are made into views.
fn roles_of(broker: &Broker) -> TrayRoles {
    let total = broker.roles_known().roles as usize;
    let (recent, shared): (Vec<RoleView>, Vec<bool>) = broker.first_idle_roles(MOST_RECENT).into_iter().unzip();
    if total <= MOST_ROLES {
        let first: Vec<String> = recent.into_iter().map(|role| role.id).collect();
        return of_catalog(&broker.snapshot().roles, &first);
    }
    let shared = recent.iter().zip(shared).filter(|(_, shared)| *shared).map(|(role, _)| role.id.clone()).collect();
    TrayRoles { total, recent, few: Vec::new(), shared }
}

/// All of a short one.
fn of_catalog(roles: &[RoleView], recent: &[String]) -> TrayRoles {
    let by_id: HashMap<&str, &RoleView> = roles.iter().map(|role| (role.id.as_str(), role)).collect();
    let recent: Vec<RoleView> = recent.iter().filter_map(|id| by_id.get(id.as_str()).copied().cloned()).collect();
    let few = roles.to_vec();
    let mut identities: HashMap<(&str, &str), HashSet<&str>> = HashMap::new();
    for role in roles {
        identities.entry((role.account.as_str(), &role.name)).or_default().insert(role.identity.as_str());
    }
    let is_shared =
        |role: &&RoleView| identities.get(&(role.account.as_str(), &*role.name)).is_some_and(|it| it.len() > 1);
    let shared = recent.iter().chain(&few).filter(is_shared).map(|role| role.id.clone()).collect();
    TrayRoles { total: roles.len(), recent, few, shared }
}
