//! Roles with a spelling close to what was typed.

use std::collections::HashMap;

use daypass_core::view::RoleView;

use super::fold::{Typed, folded};

/// Roles whose names differ from what was typed in a letter or two, the nearest first. Without any, those of the
/// account that was named.
pub(super) fn near<'a>(among: &[&'a RoleView], text: &str) -> Vec<&'a RoleView> {
    let mut distances = Distances::default();
    let mut found: Vec<(usize, &RoleView)> = match text.rsplit_once('/') {
        Some((account, name)) => {
            let (account, name) = (folded(account), folded(name));
            let both = |role: &&'a RoleView| {
                let distance = distances.of_account(&account, role)? + distances.of(&name, &role.name)?;
                Some((distance, *role))
            };
            among.iter().filter_map(both).collect()
        }
        None => {
            let typed = folded(text);
            let either = |role: &&'a RoleView| {
                let by_profile = role.declares_profile().then(|| distances.of(&typed, role.profile.as_str())).flatten();
                let by_name = distances.of(&typed, &role.name);
                let by_account = distances.of_account(&typed, role);
                Some((by_profile.into_iter().chain(by_name).chain(by_account).min()?, *role))
            };
            among.iter().filter_map(either).collect()
        }
    };
    if found.is_empty() {
        return of_account(among, text);
    }
    found.sort_by_key(|(distance, role)| (*distance, role.id.as_str()));
    found.into_iter().map(|(_, role)| role).collect()
}

fn of_account<'a>(among: &[&'a RoleView], text: &str) -> Vec<&'a RoleView> {
    let Some((account, _)) = text.rsplit_once('/') else { return Vec::new() };
    let typed = Typed::new(account);
    let mut known: HashMap<&str, bool> = HashMap::new();
    let mut is_it = |role: &&&'a RoleView| {
        *known.entry(role.account.as_str()).or_insert_with(|| names(role).any(|name| typed.fit(name).is_some()))
    };
    among.iter().filter(|role| is_it(role)).copied().collect()
}

fn names(role: &RoleView) -> impl Iterator<Item = &str> {
    let alias = role.account_alias.as_ref().map(|alias| alias.as_str());
    [Some(role.account.as_str()), alias, role.account_name.as_deref()].into_iter().flatten()
}

/// Each name is compared once.
#[derive(Default)]
struct Distances<'a> {
    accounts: HashMap<&'a str, Option<usize>>,
    names: HashMap<&'a str, Option<usize>>,
}

impl<'a> Distances<'a> {
    fn of_account(&mut self, typed: &str, role: &'a RoleView) -> Option<usize> {
        let nearest = || names(role).filter_map(|name| distance(typed, name)).min();
        *self.accounts.entry(role.account.as_str()).or_insert_with(nearest)
    }

    fn of(&mut self, typed: &str, name: &'a str) -> Option<usize> {
        *self.names.entry(name).or_insert_with(|| distance(typed, name))
    }
}

/// How far a name is from what was typed, in halves of a letter, if it could be a slip. The beginning of a name is
/// enough.
fn distance(typed: &str, name: &str) -> Option<usize> {
    let (name, length) = (folded(name), typed.chars().count());
    let beginning: String = name.chars().take(length).collect();
    let whole = strsim::osa_distance(typed, &name) * 2;
    let begun = strsim::osa_distance(typed, &beginning) * 2 + 1;
    let most = match length {
        0..=2 => return None,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    Some(whole.min(begun)).filter(|halves| *halves <= most * 2 + 1)
}
