//! The lines of a list: accounts with their roles, in groups.

use std::collections::HashMap;

use daypass_core::role_list::{Grouping, PlaceInList};
use daypass_search::natural;

use super::index::RoleIndex;

/// The lines that a search has when its accounts are grouped in one way.
pub(crate) struct Layout {
    group: Grouping,
    folded: Vec<String>,
    pub(crate) lines: Vec<Line>,
    pub(crate) groups: Vec<Group>,
    pub(crate) slots: Vec<Slot>,
    /// How many accounts match.
    pub(crate) accounts: usize,
    /// The roles of all slots, one slot after another.
    roles: Vec<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Group(usize),
    Slot(usize),
}

/// A group of accounts.
pub(crate) struct Group {
    /// What it is called, and its key.
    pub(crate) name: String,
    pub(crate) slots: Vec<usize>,
    pub(crate) roles: usize,
    pub(crate) folded: bool,
}

/// An account in a group.
pub(crate) struct Slot {
    pub(crate) account: u32,
    pub(crate) group: Option<usize>,
    from: usize,
    to: usize,
}

impl Layout {
    /// `order`: the roles that match, best first if `is_ranked`.
    pub(crate) fn new(index: &RoleIndex, order: &[u32], is_ranked: bool, group: Grouping, folded: &[String]) -> Self {
        let (of_role, mut slots) = slots(index, order, group);
        let mut roles = vec![0; order.len()];
        let mut end = 0;
        for slot in &mut slots {
            let count = slot.to;
            (slot.from, slot.to) = (end, end);
            end += count;
        }
        for (&place, &slot) in order.iter().zip(&of_role) {
            let slot = &mut slots[slot as usize];
            roles[slot.to] = place;
            slot.to += 1;
        }
        let mut accounts: Vec<u32> = slots.iter().map(|slot| slot.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let groups = groups(index, &mut slots, &roles, group, folded, is_ranked);
        let lines = lines(&slots, &groups);
        Self { group, folded: folded.to_vec(), lines, groups, accounts: accounts.len(), slots, roles }
    }

    pub(crate) fn is_of(&self, group: Grouping, folded: &[String]) -> bool {
        self.group == group && self.folded == folded
    }

    /// The roles of an account's line.
    pub(crate) fn roles(&self, slot: &Slot) -> &[u32] {
        &self.roles[slot.from..slot.to]
    }

    /// The account's line in a group.
    pub(crate) fn slot(&self, account: u32, group: Option<&str>) -> Option<&Slot> {
        self.slots
            .iter()
            .find(|slot| slot.account == account && slot.group.map(|group| self.groups[group].name.as_str()) == group)
    }

    /// Where a role is.
    pub(crate) fn place_of(&self, role: u32) -> Option<PlaceInList> {
        let at = self.roles.iter().position(|&place| place == role)?;
        let slot = self.slots.iter().position(|slot| (slot.from..slot.to).contains(&at))?;
        let group = self.slots[slot].group.filter(|&group| self.groups[group].folded);
        let wanted = group.map_or(Line::Slot(slot), Line::Group);
        let line = self.lines.iter().position(|line| *line == wanted)?;
        let role = if group.is_some() { 0 } else { at - self.slots[slot].from };
        Some(PlaceInList { line: u32::try_from(line).ok()?, role: u32::try_from(role).ok()? })
    }
}

/// The slot of each role, and the slots in the order in which their first role comes, with the number of roles in `to`.
fn slots(index: &RoleIndex, order: &[u32], group: Grouping) -> (Vec<u32>, Vec<Slot>) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut known: HashMap<u64, u32> = HashMap::new();
    let mut last = None;
    let mut slot_of = |place: &u32| {
        let role = &index.roles[*place as usize];
        let apart = match group {
            Grouping::Account | Grouping::Folder => 0,
            Grouping::Identity => u64::from(role.identity),
        };
        let key = apart << 32 | u64::from(role.account);
        let slot = match last {
            // Neighbours mostly are in one account.
            Some((before, slot)) if before == key => slot,
            _ => *known.entry(key).or_insert_with(|| {
                slots.push(Slot { account: role.account, group: None, from: 0, to: 0 });
                u32::try_from(slots.len() - 1).unwrap_or(u32::MAX)
            }),
        };
        last = Some((key, slot));
        slots[slot as usize].to += 1;
        slot
    };
    let of_role = order.iter().map(&mut slot_of).collect();
    (of_role, slots)
}

/// The groups in order, and each slot's place in it.
fn groups(
    index: &RoleIndex,
    slots: &mut [Slot],
    roles: &[u32],
    group: Grouping,
    folded: &[String],
    is_ranked: bool,
) -> Vec<Group> {
    let name_of = |slot: &Slot| match group {
        Grouping::Account => None,
        Grouping::Identity => Some(index.identity_of(&index.roles[roles[slot.from] as usize]).as_str()),
        Grouping::Folder => {
            Some(index.accounts[slot.account as usize].folder.as_ref().map_or("", |folder| folder.as_str()))
        }
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (place, slot) in slots.iter().enumerate() {
        let Some(name) = name_of(slot) else { return Vec::new() };
        let at = *known.entry(name).or_insert_with(|| {
            let folded = folded.iter().any(|id| id == name);
            groups.push(Group { name: name.to_owned(), slots: Vec::new(), roles: 0, folded });
            groups.len() - 1
        });
        groups[at].slots.push(place);
        groups[at].roles += slot.to - slot.from;
    }
    if !is_ranked {
        sort(index, &mut groups, group);
    }
    for (at, group) in groups.iter().enumerate() {
        group.slots.iter().for_each(|&slot| slots[slot].group = Some(at));
    }
    groups
}

/// Identities in the order of `config.toml`, folders by name, and what is in no folder last.
fn sort(index: &RoleIndex, groups: &mut [Group], group: Grouping) {
    match group {
        Grouping::Account => {}
        Grouping::Identity => {
            groups.sort_by_key(|group| index.identities.iter().position(|name| name.as_str() == group.name));
        }
        Grouping::Folder => groups.sort_by_cached_key(|group| (group.name.is_empty(), natural(&group.name))),
    }
}

fn lines(slots: &[Slot], groups: &[Group]) -> Vec<Line> {
    if groups.is_empty() {
        return (0..slots.len()).map(Line::Slot).collect();
    }
    let mut lines = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        lines.push(Line::Group(at));
        if !group.folded {
            lines.extend(group.slots.iter().copied().map(Line::Slot));
        }
    }
    lines
}
