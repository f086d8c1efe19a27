//! Keeps a running profile's region the same as its role's.

use super::catalog;
use super::door::Broker;
use daypass_core::names::Region;
use daypass_core::settings::Config;
use daypass_core::view::SessionView;

impl Broker {
    /// Writes the region that a role has now to its running profiles, if it had another one in the configuration
    /// `before`. A profile whose session was started with a region of its own keeps it, and so does one whose role
    /// isn't declared any more: it has no region to follow.
    pub(crate) async fn follow_regions(&self, before: &Config) {
        let after = self.0.config.best().0;
        if *before == *after {
            return;
        }
        let sessions = match self.0.sessions.list() {
            Ok(sessions) => sessions,
            Err(problem) => return tracing::warn!(code = %problem.code, "sessions can't be read from the vault"),
        };
        let outdated: Vec<(SessionView, Option<Region>)> = sessions
            .into_iter()
            .filter_map(|session| {
                let region_in = |config| catalog::region(config, &session.identity, &session.role);
                let (old, new) = (region_in(before), region_in(&after));
                if is_declared(before, &session) && !is_declared(&after, &session) {
                    return None;
                }
                let request = self.0.sessions.request(&session.profile)?;
                (old != new && request.region == old && !request.region_named).then_some((session, new))
            })
            .collect();
        for (before, region) in outdated {
            let profile = &before.profile;
            let changed = self.0.sessions.change_region(profile, region).await;
            if let Err(problem) = changed.and_then(|after| self.follow_sections(Some(&before), &after)) {
                tracing::warn!(code = %problem.code, %profile, "the profile's region couldn't be changed");
            }
        }
    }
}

fn is_declared(config: &Config, session: &SessionView) -> bool {
    config.roles.iter().any(|role| role.arn == session.role && role.identity == session.identity)
}
