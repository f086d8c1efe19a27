//! Finds chains of roles that form a loop.

use std::collections::{HashMap, HashSet};

use super::DeclaredRole;
use crate::names::{IdentityName, Target};

type Key<'a> = (&'a IdentityName, &'a Target);

/// The roles that assume each other. Every role is walked once, however long the chains of a shared file are.
pub struct Chains<'a> {
    via: HashMap<Key<'a>, &'a Target>,
    known: HashMap<Key<'a>, bool>,
}

impl<'a> Chains<'a> {
    /// Of all roles. Where a role is declared twice, the first counts.
    #[must_use]
    pub fn of(roles: &'a [DeclaredRole]) -> Self {
        let mut via = HashMap::new();
        let mut seen = HashSet::new();
        for role in roles {
            if let (true, Some(next)) = (seen.insert(key(role)), &role.via) {
                via.insert(key(role), next);
            }
        }
        Self { via, known: HashMap::new() }
    }

    /// Whether the roles that assume this one lead back to one of themselves.
    pub fn is_loop(&mut self, role: &'a DeclaredRole) -> bool {
        let mut way = Vec::new();
        let mut passed = HashSet::new();
        let mut next = role.via.as_ref();
        // The role itself may not be in the list yet, or in another form.
        passed.insert(key(role));
        let loops = loop {
            let Some(via) = next else { break false };
            let at = (&role.identity, via);
            if let Some(loops) = self.known.get(&at) {
                break *loops;
            }
            if !passed.insert(at) {
                break true;
            }
            way.push(at);
            next = self.via.get(&at).copied();
        };
        self.known.extend(way.into_iter().map(|at| (at, loops)));
        loops
    }

    /// The way from a role to the first one that comes twice.
    #[must_use]
    pub fn loop_of(&mut self, role: &'a DeclaredRole) -> Option<Vec<&'a Target>> {
        if !self.is_loop(role) {
            return None;
        }
        let mut way = vec![&role.arn];
        let mut passed = HashSet::from([&role.arn]);
        let mut next = role.via.as_ref();
        while let Some(via) = next {
            way.push(via);
            if !passed.insert(via) {
                break;
            }
            next = self.via.get(&(&role.identity, via)).copied();
        }
        Some(way)
    }
}

fn key(role: &DeclaredRole) -> Key<'_> {
    (&role.identity, &role.arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(identity: &str, name: &str, via: Option<&str>) -> DeclaredRole {
        let arn = |name: &str| format!("arn:aws:iam::111122223333:role/{name}").parse().unwrap();
        DeclaredRole {
            arn: arn(name),
            identity: identity.parse().unwrap(),
            via: via.map(arn),
            profile: None,
            region: None,
            delivery: None,
            terms: crate::terms::Terms::default(),
        }
    }

    fn way(roles: &[DeclaredRole], at: usize) -> Option<Vec<String>> {
        let found = Chains::of(roles).loop_of(&roles[at])?;
        Some(found.into_iter().map(|arn| arn.name().to_owned()).collect())
    }

    #[test]
    fn a_loop_is_found_from_every_role_that_leads_into_it() {
        let roles =
            [role("a", "A", Some("B")), role("a", "B", Some("C")), role("a", "C", Some("B")), role("a", "D", None)];
        assert_eq!(way(&roles, 0).unwrap(), ["A", "B", "C", "B"]);
        assert_eq!(way(&roles, 1).unwrap(), ["B", "C", "B"]);
        assert_eq!(way(&roles, 3), None);
        let mut chains = Chains::of(&roles);
        let found: Vec<bool> = roles.iter().map(|role| chains.is_loop(role)).collect();
        assert_eq!(found, [true, true, true, false]);
    }

    #[test]
    fn a_chain_belongs_to_one_identity() {
        let roles = [role("a", "A", Some("B")), role("b", "B", Some("A")), role("a", "Self", Some("Self"))];
        assert_eq!(way(&roles, 0), None);
        assert_eq!(way(&roles, 1), None);
        assert_eq!(way(&roles, 2).unwrap(), ["Self", "Self"]);
    }

    #[test]
    fn a_role_that_is_not_declared_yet_can_close_a_loop() {
        let roles = [role("a", "A", Some("B"))];
        let new = role("a", "B", Some("A"));
        assert!(Chains::of(&roles).is_loop(&new));
    }

    /// With a walk for each role, these would be 5 thousand million steps.
    #[test]
    fn a_hundred_thousand_roles_in_one_chain_are_walked_once() {
        let names: Vec<String> = (0..100_000).map(|n| format!("R{n}")).collect();
        let next = |n: usize| names.get(n + 1).map(String::as_str);
        let roles: Vec<DeclaredRole> = names.iter().enumerate().map(|(n, name)| role("a", name, next(n))).collect();
        let mut chains = Chains::of(&roles);
        assert!(!roles.iter().any(|role| chains.is_loop(role)));
    }
}
