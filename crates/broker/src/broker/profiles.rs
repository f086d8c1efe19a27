//! Profiles that the person named: they start the same role again after their session was stopped.

use daypass_vault::Entries;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::bounds::imposes_reading;
use super::catalog::{self, NamedProfiles};
use super::door::Broker;
use crate::naming::find_known;
use daypass_core::names::{IdentityName, ProfileName, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::Config;
use daypass_core::view::{RoleSource, RoleView, SessionView};

/// What the names of these profiles in the vault begin with.
const ENTRIES: &str = "profile/";

/// What the person asked for when they started a profile's session, as far as the role doesn't say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AskedBefore {
    role: Target,
    identity: IdentityName,
    /// The roles on the way, for a role that no identity lists now.
    #[serde(default)]
    via: Vec<Target>,
    /// The region that they named.
    #[serde(default)]
    pub(super) region: Option<Region>,
    #[serde(default)]
    pub(super) read_only: bool,
    /// More profiles of the session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) also: Vec<ProfileName>,
}

impl AskedBefore {
    fn of(request: SessionRequest) -> Self {
        let SessionRequest { role, identity, via, region, region_named, terms, also, .. } = request;
        Self { role, identity, via, region: region.filter(|_| region_named), read_only: terms.read_only, also }
    }

    pub(super) fn is_of(&self, role: &RoleView) -> bool {
        self.role == role.arn && self.identity == role.identity
    }

    pub(super) fn is_of_session(&self, session: &SessionView) -> bool {
        self.role == session.role && self.identity == session.identity
    }

    pub(super) fn is_of_identity(&self, identity: &IdentityName) -> bool {
        &self.identity == identity
    }

    /// Whether the profile's earlier session says what the catalog doesn't.
    pub(super) fn decides(&self, code: ProblemCode) -> bool {
        matches!(code, ProblemCode::UnknownRole | ProblemCode::AmbiguousRole)
    }

    /// Its role, unless the identity is gone.
    pub(super) fn role_in(&self, config: &Config, roles: &[RoleView]) -> Option<RoleView> {
        config.identities.get(&self.identity)?;
        let listed = roles.iter().find(|role| self.is_of(role)).cloned();
        Some(listed.unwrap_or_else(|| catalog::unlisted(config, &self.identity, &self.role, self.via.clone())))
    }
}

impl Broker {
    /// What was asked for the profile's session, of the one that runs or else the last one that was stopped.
    pub(super) fn asked_before(&self, profile: &ProfileName) -> Option<AskedBefore> {
        if let Some(request) = self.0.sessions.request(profile) {
            return Some(AskedBefore::of(request));
        }
        let entries = self.0.vault.read().ok()?;
        read(entries.get(&format!("{ENTRIES}{profile}"))?)
    }

    /// Keeps what these sessions were asked for, so that their profiles start them again.
    pub(super) fn remember_profiles(&self, stopped: Vec<SessionRequest>) {
        let Ok(config) = self.0.config.good() else { return };
        let roles = self.roles(&config);
        let named: Vec<(ProfileName, AskedBefore)> = stopped
            .into_iter()
            .filter(|request| request.lease.is_none())
            .map(|request| {
                // The person didn't ask for what the policy imposes.
                let is_imposed = imposes_reading(&self.0.policy, &config, &request);
                let (profile, before) = (request.profile.clone(), AskedBefore::of(request));
                let read_only = before.read_only && !is_imposed;
                (profile, AskedBefore { read_only, ..before })
            })
            .filter(|(profile, before)| !is_told_by_config(&roles, profile, before))
            .collect();
        if named.is_empty() {
            return;
        }
        let kept = self.0.vault.update(|entries| {
            for (profile, before) in &named {
                let text = serde_json::to_string(before).map_err(|error| not_kept(profile, &error))?;
                entries.set(format!("{ENTRIES}{profile}"), text);
            }
            Ok::<_, Problem>(())
        });
        if let Err(problem) = kept {
            tracing::warn!(code = %problem.code, "the stopped profiles aren't remembered");
        }
    }

    /// Forgets profiles, because what they were for is gone.
    pub(super) fn forget_profiles(&self, gone: impl Fn(&str, &AskedBefore) -> bool) {
        let forgotten = self.0.vault.update(|entries| {
            let names: Vec<String> = entries.names_under(ENTRIES).map(str::to_owned).collect();
            for name in names {
                let profile = name.strip_prefix(ENTRIES).unwrap_or_default();
                if entries.get(&name).and_then(read).is_none_or(|before| gone(profile, &before)) {
                    entries.remove(&name);
                }
            }
            Ok::<_, Problem>(())
        });
        if let Err(problem) = forgotten {
            tracing::warn!(code = %problem.code, "the profiles of what was removed are still remembered");
        }
    }

    /// Tells each role which profiles its sessions had.
    pub(super) fn name_profiles(&self, roles: &mut [RoleView]) {
        let mut named = self.named_profiles();
        if named.is_empty() {
            return;
        }
        for role in roles {
            let names = named.remove(&(role.arn.clone(), role.identity.clone())).unwrap_or_default();
            role.started_as = names.into_iter().filter(|name| *name != role.profile).collect();
        }
    }

    /// The profiles that sessions of roles had.
    pub(super) fn named_profiles(&self) -> NamedProfiles {
        let mut named = NamedProfiles::new();
        // Whether the vault opens is reported elsewhere.
        let Ok(entries) = self.0.vault.read() else { return named };
        for name in entries.names_under(ENTRIES) {
            let profile = name.strip_prefix(ENTRIES).and_then(|profile| profile.parse().ok());
            if let (Some(profile), Some(before)) = (profile, entries.get(name).and_then(read)) {
                named.entry((before.role, before.identity)).or_default().push(profile);
            }
        }
        named
    }
}

/// Gives an identity another name in the entries of the vault.
pub(super) fn rename_identity(entries: &mut Entries, old: &IdentityName, new: &IdentityName) -> Result<(), Problem> {
    let names: Vec<String> = entries.names_under(ENTRIES).map(str::to_owned).collect();
    for name in names {
        let Some(before) = entries.get(&name).and_then(read).filter(|it| &it.identity == old) else { continue };
        let renamed = AskedBefore { identity: new.clone(), ..before };
        let text = serde_json::to_string(&renamed).map_err(|error| not_kept(&name, &error))?;
        entries.set(name, text);
    }
    Ok(())
}

/// Whether the profile would start the same without being remembered. A role that a sign-in lists may not be listed
/// then.
fn is_told_by_config(roles: &[RoleView], profile: &ProfileName, before: &AskedBefore) -> bool {
    let roles: Vec<&RoleView> = roles.iter().collect();
    let found = find_known(&roles, &[], profile.as_str());
    let is_declared = found.is_ok_and(|role| before.is_of(role) && role.source == RoleSource::Declared);
    is_declared && before.region.is_none() && !before.read_only && before.also.is_empty()
}

fn read(text: &SecretString) -> Option<AskedBefore> {
    serde_json::from_str(text.expose_secret()).ok()
}

fn not_kept(name: impl std::fmt::Display, error: &serde_json::Error) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::SessionNotKept, format!("profile {name}: {error}"))
}
