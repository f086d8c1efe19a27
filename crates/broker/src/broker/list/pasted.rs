//! A query that contains an ARN or an address, with or without words.

use daypass_core::console::{Place, names_place, read_place};
use daypass_core::link::is_link;
use daypass_core::names::{Target, TargetKind};
use daypass_sts::console;

use super::index::RoleIndex;

/// What was pasted, and the words beside it.
pub(crate) struct Pasted<'a> {
    pub(crate) text: &'a str,
    pub(crate) words: String,
}

/// The roles that a pasted text is about.
pub(crate) enum Meant {
    /// Those whose ARN it is.
    Roles(Vec<u32>),
    /// It is a page of the console, and these reach it.
    Page(Vec<u32>),
    /// Not one: it can't be read, or is a link for which the person is asked.
    Nothing,
}

impl<'a> Pasted<'a> {
    /// What is pasted in a query. `None`: it has words alone.
    pub(crate) fn of(query: &'a str) -> Option<Self> {
        let is_pasted = |word: &&str| names_place(word) || is_link(word);
        let text = query.split_whitespace().find(is_pasted)?;
        let words: Vec<&str> = query.split_whitespace().filter(|word| *word != text).collect();
        Some(Self { text, words: words.join(" ") })
    }

    pub(crate) fn meant(&self, index: &RoleIndex) -> Meant {
        if let Ok(target) = self.text.parse::<Target>() {
            let roles: Vec<u32> = index.of_target(&target).collect();
            if !roles.is_empty() {
                return Meant::Roles(roles);
            }
        }
        match read_place(self.text) {
            Ok(place) => Meant::Page(reaching(index, &place)),
            Err(_) => Meant::Nothing,
        }
    }
}

/// The roles that can open a page. One that names no account, such as a bucket's, may be of any.
fn reaching(index: &RoleIndex, place: &Place) -> Vec<u32> {
    let accounts = index.accounts.iter().filter(|account| {
        place.partition.is_none_or(|partition| account.partition == partition)
            && place.account.as_ref().is_none_or(|id| account.id == *id)
    });
    let opens = |place: &u32| {
        let role = &index.roles[*place as usize];
        match role.kind {
            // Nearly all are, and an ARN is made of each of the others.
            TargetKind::Role => true,
            TargetKind::User | TargetKind::FederatedUser | TargetKind::Root | TargetKind::IdentityPool => {
                console::admits(&index.arn(role)).is_ok()
            }
        }
    };
    accounts.flat_map(|account| account.roles.clone()).filter(opens).collect()
}
