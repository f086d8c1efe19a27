//! Gathers what the menu shows. The catalog may be long, so it's read only after it changed.

use daypass_broker::broker::Broker;
use daypass_core::attention::AttentionItem;
use daypass_core::view::{RoleView, Snapshot};
use tauri::{AppHandle, Manager};

use super::menu::{Facts, MOST_RECENT, MOST_ROLES, TrayIdentity, TrayRoles};
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
        let Snapshot { sessions, identities, vault_problem, sandbox, .. } = snapshot;
        Facts {
            attention,
            sessions,
            identities: identities.into_iter().map(|view| TrayIdentity::of(&view)).collect(),
            regions: broker.regions_in_use(),
            roles: self.roles.clone(),
            can_lock: vault_problem.is_none() && broker.vault().path().exists(),
            // The sandbox is gone by then.
            at_login: (!sandbox).then(|| broker.desktop_settings().start_at_login),
        }
    }
}

/// Of a long catalog, only the roles that the menu offers are made into views.
fn roles_of(broker: &Broker) -> TrayRoles {
    let (favourites, recent) = (broker.favourite_roles(MOST_RECENT), broker.first_idle_roles(MOST_RECENT));
    let few = broker.all_roles_of_few(MOST_ROLES).unwrap_or_default();
    let all = favourites.iter().chain(&recent).chain(&few);
    let shared = all.filter(|(_, is_shared)| *is_shared).map(|(role, _)| role.id.clone()).collect();
    let views = |roles: Vec<(RoleView, bool)>| roles.into_iter().map(|(role, _)| role).collect();
    TrayRoles {
        favourites: views(favourites),
        recent: views(recent),
        few: views(few),
        total: broker.roles_known().roles as usize,
        shared,
    }
}
