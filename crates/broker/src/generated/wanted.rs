//! Which profiles the roles of the catalog are to have.

use std::collections::{BTreeMap, HashMap, HashSet};

use daypass_core::names::{AccountId, IdentityName, ProfileName, Target};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::profile_template::{NameParts, ProfileTemplate};
use daypass_core::settings::{Config, OutputFormat};
use daypass_core::view::{IdentityState, IdentityView, RoleSource, RoleView, Snapshot};

use super::left_out::LeftOut;
use super::pattern::RolePattern;

/// How the profiles look.
#[derive(Debug, Clone)]
pub struct Style {
    /// Their names, for roles that declare none.
    pub name: ProfileTemplate,
    /// Their output format.
    pub output: Option<OutputFormat>,
}

/// Which roles are meant. Profiles of others are left alone.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// All accounts and roles without any.
    pub patterns: Vec<RolePattern>,
    /// All identities without one.
    pub identity: Option<IdentityName>,
}

/// The roles of a snapshot, and where they can be looked up.
pub(super) struct Catalog<'a> {
    /// By their ids.
    pub(super) roles: HashMap<&'a str, &'a RoleView>,
    accounts: HashMap<&'a AccountId, &'a str>,
    complete: HashSet<&'a str>,
    identities: HashSet<&'a str>,
}

impl<'a> Catalog<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        let is_listed = |role: &&RoleView| match role.source {
            RoleSource::Declared | RoleSource::Discovered => true,
            RoleSource::Session => false,
        };
        let roles = snapshot.roles.iter().filter(is_listed).map(|role| (role.id.as_str(), role));
        let names = snapshot.roles.iter().filter_map(|role| Some((&role.account, role.account_name.as_deref()?)));
        let is_complete = |one: &&IdentityView| is_complete(one, &snapshot.roles);
        let complete = snapshot.identities.iter().filter(is_complete).map(|one| one.name.as_str());
        Self {
            roles: roles.collect(),
            accounts: names.collect(),
            complete: complete.collect(),
            identities: snapshot.identities.iter().map(|one| one.name.as_str()).collect(),
        }
    }

    /// Whether a role is known to exist, or to be gone.
    pub(super) fn knows(&self, id: &str) -> bool {
        let identity = id.split_once(':').map_or("", |(identity, _)| identity);
        self.roles.contains_key(id) || self.complete.contains(identity) || !self.identities.contains(identity)
    }
}

/// Whether all roles of an identity are listed: no listing is under way, failed, or left accounts out.
fn is_complete(identity: &IdentityView, roles: &[RoleView]) -> bool {
    let is_signed_in = match identity.state {
        IdentityState::SignedIn => true,
        IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => false,
    };
    let is_whole = identity.listing.is_none() && identity.problem.is_none();
    let left_out = identity.remarks.iter().any(|remark| remark.code == ProblemCode::IdentityCenterUnlisted);
    // A list that was never made looks like one without roles.
    let mut listed = roles.iter().filter(|role| role.identity == identity.name);
    let was_listed = !identity.lists_roles || listed.any(|role| role.source == RoleSource::Discovered);
    is_signed_in && is_whole && !left_out && was_listed
}

impl Scope {
    pub(super) fn has(&self, catalog: &Catalog<'_>, id: &str) -> bool {
        let Some((identity, arn)) = id.split_once(':') else { return false };
        if self.identity.as_ref().is_some_and(|only| only.as_str() != identity) {
            return false;
        }
        let Ok(target) = arn.parse::<Target>() else { return false };
        let name = catalog.accounts.get(target.account()).copied();
        let accounts = || std::iter::once(target.account().as_str()).chain(name);
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(accounts(), target.name()))
    }
}

impl Scope {
    /// # Errors
    ///
    /// `unknown-role` for a pattern that no role matches: it may be misspelt.
    pub(super) fn must_mean_something(&self, catalog: &Catalog<'_>) -> Result<(), Problem> {
        let means_some = |pattern: &RolePattern| {
            let only = Self { patterns: vec![pattern.clone()], identity: self.identity.clone() };
            catalog.roles.keys().any(|id| only.has(catalog, id))
        };
        let Some(pattern) = self.patterns.iter().find(|pattern| !means_some(pattern)) else { return Ok(()) };
        let message = format!("no role matches {pattern}");
        Err(Problem::new(ProblemKind::NotFound, ProblemCode::UnknownRole, message)
            .hint("write ACCOUNT or ACCOUNT/ROLE, with * for anything. ACCOUNT is a name or 12 digits")
            .next(NextStep::ListRoles))
    }
}

/// The roles in scope with the names of their profiles, in the catalog's order, and those that can't have one.
pub(super) fn wanted<'a>(
    snapshot: &'a Snapshot,
    catalog: &Catalog<'a>,
    config: &Config,
    scope: &Scope,
    style: &Style,
) -> (Vec<(ProfileName, &'a RoleView)>, Vec<LeftOut>) {
    let declared: HashMap<(&IdentityName, &Target), &ProfileName> =
        config.roles.iter().filter_map(|role| Some(((&role.identity, &role.arn), role.profile.as_ref()?))).collect();
    let mut named = BTreeMap::<ProfileName, Vec<&RoleView>>::new();
    let (mut order, mut left_out) = (Vec::new(), Vec::new());
    // Roles out of scope count too: what they are called isn't free.
    for role in snapshot.roles.iter().filter(|role| catalog.roles.contains_key(role.id.as_str())) {
        let own = declared.get(&(&role.identity, &role.arn)).map(|own| Ok((*own).clone()));
        match own.unwrap_or_else(|| style.name.name(&parts(role))) {
            Ok(name) => {
                let of_name = named.entry(name.clone()).or_default();
                if of_name.is_empty() {
                    order.push(name);
                }
                of_name.push(role);
            }
            Err(error) if scope.has(catalog, &role.id) => left_out.push(LeftOut::unnamed(role, &error)),
            Err(_) => {}
        }
    }
    let mut wanted = Vec::new();
    for name in order {
        let roles = named.remove(&name).unwrap_or_default();
        if !roles.iter().any(|role| scope.has(catalog, &role.id)) {
            continue;
        }
        match roles.as_slice() {
            [role] => wanted.push((name, *role)),
            several => left_out.push(LeftOut::collision(&name, several, &style.name)),
        }
    }
    (wanted, left_out)
}

fn parts(role: &RoleView) -> NameParts<'_> {
    NameParts {
        id: role.account.as_str(),
        account: role.account_name.as_deref(),
        alias: role.account_alias.as_ref().map(|alias| alias.as_str()),
        role: &role.name,
        identity: role.identity.as_str(),
    }
}
