//! Which roles come first among equally good matches: one order for the window's list, the quick switch, the tray and the
//! command's list.

use std::collections::HashSet;

use super::door::Broker;
use super::names::Recent;
use daypass_core::settings::Config;
use daypass_core::view::SessionView;

/// How many roles come before the others at most.
const MOST: usize = 255;

impl Broker {
    /// The roles that come first, `IDENTITY:ARN`.
    pub(super) fn first_roles(&self, config: &Config, running: &[SessionView]) -> Vec<String> {
        first(&config.favourites, running, &self.often_used())
    }

    /// The roles that are used often and were used lately, the first one first.
    fn often_used(&self) -> Vec<String> {
        let now = self.0.surroundings.clock.now();
        let used = self.0.unwritten.changes().used.clone();
        Recent::read(&self.0.surroundings.places).used_since(&used, now).often_used(now)
    }
}

/// Favourites in the person's order, then running roles, then those that are used often. Running ones are among
/// themselves in the order of their use.
fn first(favourites: &[String], running: &[SessionView], often_used: &[String]) -> Vec<String> {
    let runs: HashSet<&str> = running.iter().map(|session| session.role_id.as_str()).collect();
    let (used_and_running, used): (Vec<&String>, Vec<&String>) =
        often_used.iter().partition(|id| runs.contains(id.as_str()));
    let running = running.iter().map(|session| &session.role_id);
    let mut known = HashSet::new();
    let all = favourites.iter().chain(used_and_running).chain(running).chain(used);
    all.filter(|id| known.insert(id.as_str())).take(MOST).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn favourites_come_first_in_their_order_and_then_what_is_used() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let (favourites, used) = (ids(&["w:c", "w:a"]), ids(&["w:b", "w:a", "w:d"]));
        assert_eq!(first(&favourites, &[], &used), ids(&["w:c", "w:a", "w:b", "w:d"]));
        let many: Vec<String> = (0..300).map(|n| format!("w:{n}")).collect();
        assert_eq!(first(&favourites, &[], &many).len(), MOST);
    }
}
