//! Filters a list of roles.

use std::collections::HashMap;

use daypass_core::view::RoleView;

use super::fold::folded;

/// Words that each have to be somewhere in the names of a role: its own, its account's, its profiles', its identity's.
pub struct Filter(Vec<String>);

impl Filter {
    /// What was typed, in words.
    #[must_use]
    pub fn new(typed: &[String]) -> Self {
        let words = typed.iter().flat_map(|text| text.split(|c: char| c.is_whitespace() || c == '/' || c == ':'));
        Self(words.map(folded).filter(|word| !word.is_empty()).collect())
    }

    /// The roles that have all of them.
    #[must_use]
    pub fn pick(&self, roles: Vec<RoleView>) -> Vec<RoleView> {
        if self.0.is_empty() {
            return roles;
        }
        let mut accounts: HashMap<String, String> = HashMap::new();
        let has_all = |role: &RoleView| {
            let account = accounts.entry(role.account.to_string()).or_insert_with(|| account_names(role));
            let own: Vec<String> = own_names(role).map(folded).collect();
            self.0
                .iter()
                .all(|word| account.contains(word.as_str()) || own.iter().any(|name| name.contains(word.as_str())))
        };
        let mut has_all = has_all;
        roles.into_iter().filter(|role| has_all(role)).collect()
    }
}

/// One text, with what no word can have in it between them.
fn account_names(role: &RoleView) -> String {
    let alias = role.account_alias.as_ref().map(|alias| alias.as_str());
    let names = [Some(role.account.as_str()), alias, role.account_name.as_deref()];
    names.into_iter().flatten().map(folded).collect::<Vec<_>>().join("\n")
}

fn own_names(role: &RoleView) -> impl Iterator<Item = &str> {
    let profiles = std::iter::once(&role.profile).chain(&role.started_as);
    [role.name.as_str(), role.identity.as_str()].into_iter().chain(profiles.map(|profile| profile.as_str()))
}
