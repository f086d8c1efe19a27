//! Roles by what people call them.

use std::collections::{BTreeMap, HashMap};

use daypass_core::names::{AccountId, Target};
use daypass_core::problem::Problem;
use daypass_core::settings::AccountSettings;
use daypass_core::view::{RoleView, SessionView};

use super::fold::{Fit, Typed};
use super::known::{find as find_known, of_identity};
use super::near::near;
use super::refusal;

/// How far a text may be from the name of the role that it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It means a role to the letter: ARN, `ACCOUNT/ROLE` with 12 digits, or a profile. For programs.
    Known,
    /// The names are whole. For what can't be taken back.
    Whole,
    /// A part of the names is enough, if only one role has it.
    Part,
}

/// The roles and their names.
pub(crate) struct Names<'a> {
    pub(crate) roles: &'a [RoleView],
    pub(crate) running: &'a [SessionView],
    /// What the person wrote of accounts, which counts more than what AWS or an identity provider says.
    pub(crate) written: &'a BTreeMap<AccountId, AccountSettings>,
}

/// How well a role fits what was typed of its account and of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fits {
    account: Fit,
    role: Fit,
}

impl Fits {
    /// Whole names beat beginnings, and those beat parts. Of two roles, each better in one of its names, neither wins.
    fn beats(self, other: Self) -> bool {
        self != other && self.account <= other.account && self.role <= other.role
    }

    fn is_whole(self) -> bool {
        self.account.max(self.role) <= Fit::Equal
    }
}

impl<'a> Names<'a> {
    /// The role that a text means.
    ///
    /// # Errors
    ///
    /// `unknown-role`, with those that are spelled nearly so; `ambiguous-role`, with those it could mean.
    pub(crate) fn find(&self, text: &str, reach: Reach) -> Result<&'a RoleView, Problem> {
        let all: Vec<&RoleView> = self.roles.iter().collect();
        let (among, rest) = of_identity(&all, text).unwrap_or_else(|| (all.clone(), text));
        if rest.parse::<Target>().is_ok() {
            return Err(refusal::unknown(text));
        }
        let fitting = self.fitting(&among, rest);
        let best: Vec<(Fits, &RoleView)> = {
            let mut kinds: Vec<Fits> = Vec::new();
            fitting.iter().for_each(|(fits, _)| {
                if !kinds.contains(fits) {
                    kinds.push(*fits)
                }
            });
            let is_best = |fits: &Fits| !kinds.iter().any(|other| other.beats(*fits));
            fitting.into_iter().filter(|(fits, _)| is_best(fits)).collect()
        };
        let is_near_enough = |fits: &Fits| match reach {
            Reach::Part => true,
            Reach::Whole => fits.is_whole(),
            Reach::Known => false,
        };
        let roles: Vec<&RoleView> = best.iter().map(|(_, role)| *role).collect();
        match best.as_slice() {
            [] => Err(refusal::unknown_but(text, &near(&among, rest), &all)),
            [(fits, role)] if is_near_enough(fits) => Ok(role),
            [_] => Err(refusal::unknown_but(text, &roles, &all)),
            _ => Err(refusal::ambiguous(text, &roles, &all)),
        }
    }

    fn fitting(&self, among: &[&'a RoleView], text: &str) -> Vec<(Fits, &'a RoleView)> {
        // Role names have no `/`, and account names may.
        match text.rsplit_once('/') {
            Some((account, role)) => self.fitting_both(among, &Typed::new(account), &Typed::new(role)),
            None => self.fitting_either(among, &Typed::new(text)),
        }
    }

    fn fitting_both(&self, among: &[&'a RoleView], account: &Typed<'_>, role: &Typed<'_>) -> Vec<(Fits, &'a RoleView)> {
        let (mut accounts, mut names) = (Memory::default(), Memory::default());
        let any_role = role.folded.is_empty().then_some(Fit::Same);
        let fits = |of: &&'a RoleView| {
            let role = any_role.or_else(|| names.of(of.name.as_str(), || role.fit(&of.name)))?;
            let account = accounts.of(of.account.as_str(), || self.fit_of_account(account, of))?;
            Some((Fits { account, role }, *of))
        };
        among.iter().filter_map(fits).collect()
    }

    fn fitting_either(&self, among: &[&'a RoleView], typed: &Typed<'_>) -> Vec<(Fits, &'a RoleView)> {
        let (mut accounts, mut names) = (Memory::default(), Memory::default());
        let profiles = self.profiles_of_sessions();
        let fits = |of: &&'a RoleView| {
            let by_role = names.of(of.name.as_str(), || typed.fit(&of.name));
            let by_account = accounts.of(of.account.as_str(), || self.fit_of_account(typed, of));
            let running = profiles.get(of.id.as_str()).into_iter().flatten().copied();
            let named = of.started_as.iter().chain(of.declares_profile().then_some(&of.profile));
            let by_profile = named.map(|name| name.as_str()).chain(running).filter_map(|name| typed.fit(name));
            let best = by_profile.chain(by_role).chain(by_account).min()?;
            Some((Fits { account: best, role: Fit::Same }, *of))
        };
        among.iter().filter_map(fits).collect()
    }

    fn profiles_of_sessions(&self) -> HashMap<&'a str, Vec<&'a str>> {
        let mut profiles: HashMap<&str, Vec<&str>> = HashMap::new();
        for session in self.running {
            profiles.entry(session.role_id.as_str()).or_default().push(session.profile.as_str());
        }
        profiles
    }

    fn fit_of_account(&self, typed: &Typed<'_>, role: &RoleView) -> Option<Fit> {
        let written = self.written.get(&role.account);
        let by = |name: Option<&str>, is_written: bool| {
            let fit = typed.fit(name?)?;
            // Nothing that others choose takes the place of what the person chose.
            Some(match fit {
                Fit::Same | Fit::Equal if is_written => Fit::Same,
                Fit::Same => Fit::Equal,
                fit => fit,
            })
        };
        let id = by(Some(role.account.as_str()), true);
        let alias = by(role.account_alias.as_ref().map(|it| it.as_str()), written.is_some_and(|it| it.alias.is_some()));
        let name = by(role.account_name.as_deref(), written.is_some_and(|it| it.name.is_some()));
        id.into_iter().chain(alias).chain(name).min()
    }
}

/// Each name is compared once: ten thousand roles have few accounts, and fewer names.
#[derive(Default)]
struct Memory<'a>(HashMap<&'a str, Option<Fit>>);

impl<'a> Memory<'a> {
    fn of(&mut self, name: &'a str, fit: impl FnOnce() -> Option<Fit>) -> Option<Fit> {
        *self.0.entry(name).or_insert_with(fit)
    }
}

/// Whether a text names this role whole, so that it means the same whatever other roles there will be of other names.
#[must_use]
pub fn is_whole(text: &str, role: &RoleView, session: Option<&SessionView>) -> bool {
    let running = session.map(std::slice::from_ref).unwrap_or_default();
    if find_known(&[role], running, text).is_ok() {
        return true;
    }
    let names = Names { roles: std::slice::from_ref(role), running, written: &BTreeMap::new() };
    names.find(text, Reach::Whole).is_ok()
}
