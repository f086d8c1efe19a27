//! Lines as the window shows them, with what the query matched.

use std::collections::HashSet;
use std::ops::Range;

use daypass_core::role_list::{
    AccountMarks, AccountShown, ListLine, MOST_ROLES_IN_LINE, RoleAlone, RoleLine, RoleMarks,
};
use daypass_core::view::role_id;
use daypass_search::ranges;

use super::index::{Account, RoleIndex};
use super::layout::{Layout, Line};

/// Makes lines of places.
pub(crate) struct Shown<'a> {
    pub(crate) index: &'a RoleIndex,
    pub(crate) query: &'a str,
    /// By id.
    pub(crate) favourites: &'a HashSet<u32>,
}

impl Shown<'_> {
    pub(crate) fn lines(&self, layout: &Layout, range: Range<usize>) -> Vec<ListLine> {
        let lines = layout.lines.get(range).unwrap_or_default();
        lines.iter().map(|line| self.line(layout, *line)).collect()
    }

    fn line(&self, layout: &Layout, line: Line) -> ListLine {
        match line {
            Line::Group(at) => {
                let group = &layout.groups[at];
                ListLine::Group {
                    id: group.name.clone(),
                    name: group.name.clone(),
                    accounts: number(group.slots.len()),
                    roles: number(group.roles),
                    folded: group.folded,
                }
            }
            Line::Slot(at) => {
                let slot = &layout.slots[at];
                let places = layout.roles(slot);
                let some = &places[..places.len().min(MOST_ROLES_IN_LINE)];
                ListLine::Account {
                    group: slot.group.map(|group| layout.groups[group].name.clone()),
                    account: self.account(&self.index.accounts[slot.account as usize]),
                    roles: some.iter().map(|&place| self.role(place)).collect(),
                    more: number(places.len() - some.len()),
                }
            }
        }
    }

    pub(crate) fn alone(&self, place: u32) -> RoleAlone {
        let role = &self.index.roles[place as usize];
        RoleAlone { account: self.account(self.index.account_of(role)), role: self.role(place) }
    }

    pub(crate) fn account(&self, account: &Account) -> AccountShown {
        let label = &account.label;
        let of_text = |text: Option<&str>| text.map(|text| self.marks(text)).unwrap_or_default();
        AccountShown {
            partition: account.partition.id().to_owned(),
            account: account.id.clone(),
            name: label.name.clone(),
            alias: label.alias.clone(),
            colour: label.colour,
            production: label.production,
            folder: account.folder.clone(),
            marks: AccountMarks {
                account: self.marks(account.id.as_str()),
                name: of_text(label.name.as_deref()),
                alias: of_text(label.alias.as_ref().map(|alias| alias.as_str())),
            },
        }
    }

    pub(crate) fn role(&self, place: u32) -> RoleLine {
        let role = &self.index.roles[place as usize];
        let (arn, identity) = (self.index.arn(role), self.index.identity_of(role));
        let (name, profile) = (self.index.name(role), self.index.profile(place));
        RoleLine {
            id: role_id(identity, &arn),
            marks: RoleMarks {
                name: self.marks(name),
                profile: self.marks(profile.as_str()),
                identity: self.marks(identity.as_str()),
            },
            name: name.to_owned(),
            kind: role.kind,
            identity: identity.clone(),
            several: role.several,
            profile,
            started_as: self.index.started_as(place).to_vec(),
            favourite: self.favourites.contains(&place),
            can_be_read_only: role.can_be_read_only,
            read_only: role.read_only,
            arn,
        }
    }

    fn marks(&self, text: &str) -> Vec<(u32, u32)> {
        ranges(text, self.query).into_iter().map(|(from, to)| (number(from), number(to))).collect()
    }
}

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
