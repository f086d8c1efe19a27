//! A short, unambiguous text for each role.

use std::collections::HashMap;

use daypass_core::names::AccountId;
use daypass_core::view::RoleView;

use super::fold::folded;

/// What to type for each role of a catalog: `ALIAS/ROLE`, `NAME/ROLE`, or `ACCOUNT/ROLE`, with `IDENTITY:` before it
/// where several identities reach the role.
pub struct Spellings<'a> {
    accounts: HashMap<&'a AccountId, String>,
    counts: HashMap<(&'a AccountId, &'a str), Reached<'a>>,
}

/// Who reaches the roles of a name in an account.
struct Reached<'a> {
    by: &'a str,
    /// Whether another identity does too.
    by_others: bool,
    /// Whether an identity reaches two roles of that name, with different paths.
    twice: bool,
}

impl<'a> Spellings<'a> {
    /// Of these roles, which are the whole catalog: what means one role among few may mean two among more.
    #[must_use]
    pub fn of(roles: impl IntoIterator<Item = &'a RoleView>) -> Self {
        let mut labels: HashMap<&AccountId, Vec<String>> = HashMap::new();
        let mut counts: HashMap<(&AccountId, &str), Reached<'_>> = HashMap::new();
        for role in roles {
            labels.entry(&role.account).or_insert_with(|| names(role));
            counts
                .entry((&role.account, role.name.as_str()))
                .and_modify(|known| {
                    let is_same = known.by == role.identity.as_str();
                    known.twice |= is_same;
                    known.by_others |= !is_same;
                })
                .or_insert(Reached { by: role.identity.as_str(), by_others: false, twice: false });
        }
        let mut owners: HashMap<String, usize> = HashMap::new();
        for label in labels.values().flatten() {
            *owners.entry(folded(label)).or_default() += 1;
        }
        let own = |labels: Vec<String>| labels.into_iter().find(|label| owners.get(&folded(label)) == Some(&1));
        let accounts = labels.into_iter().filter_map(|(account, labels)| Some((account, own(labels)?))).collect();
        Self { accounts, counts }
    }

    /// What to type for this one.
    #[must_use]
    pub fn spell(&self, role: &RoleView) -> String {
        let reached = self.counts.get(&(&role.account, role.name.as_str()));
        if reached.is_some_and(|reached| reached.twice) {
            return role.id.clone();
        }
        let account = self.accounts.get(&role.account).map_or(role.account.as_str(), String::as_str);
        match reached {
            Some(Reached { by_others: true, .. }) => format!("{}:{account}/{}", role.identity, role.name),
            _ => format!("{account}/{}", role.name),
        }
    }
}

/// The names of a role's account that can be typed, the shortest first. A name is typed as it is read aloud.
fn names(role: &RoleView) -> Vec<String> {
    let alias = role.account_alias.as_ref().map(ToString::to_string);
    let name = role.account_name.as_deref().map(folded).filter(|name| !name.is_empty());
    let mut names: Vec<String> = alias.into_iter().chain(name).collect();
    // The same word twice is one name.
    names.dedup_by(|later, earlier| folded(later) == folded(earlier));
    names
}

/// `Shop – production/ReadOnly (111122223333)`, or `111122223333/ReadOnly` in an account without a name.
#[must_use]
pub fn in_words(account: &AccountId, called: Option<&str>, role: &str) -> String {
    match called {
        Some(name) => format!("{name}/{role} ({account})"),
        None => format!("{account}/{role}"),
    }
}
