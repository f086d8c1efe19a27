//! The permission sets that a person has in each account. These are the world's roles, and as many made-up accounts as
//! the knob sets, to try out discovery at any size.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::shared::Shared;
use crate::{
    Person,
    aws::{Principal, RoleSession},
};

/// The roles in each made-up account.
const MADE_UP_ROLES: [(&str, u32); 3] =
    [("ReadOnlyAccess", 43_200), ("PowerUserAccess", 14_400), ("AdministratorAccess", 3_600)];
const FIRST_MADE_UP: u64 = 200_000_000_000;
/// Primes, so that the numbers look like AWS's and never repeat.
const STRIDE: u64 = 7_919_317;

/// An account in the portal's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AssignedAccount {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) email: String,
    /// Role names, and how many seconds their sessions last.
    pub(super) roles: Vec<(String, u32)>,
}

/// All accounts assigned to this person, the world's first. People without a role in the world get no made-up ones.
pub(super) fn of(shared: &Shared, person: &Person) -> Vec<AssignedAccount> {
    let mut accounts: BTreeMap<String, AssignedAccount> = BTreeMap::new();
    for placed in shared.world.roles_of(person) {
        let entry = accounts.entry(placed.account.clone()).or_insert_with(|| AssignedAccount {
            id: placed.account.clone(),
            name: shared.world.account_name(&placed.account).unwrap_or_default().to_owned(),
            email: format!("aws+{}@shop.example", placed.account),
            roles: Vec::new(),
        });
        entry.roles.push((placed.role.name.clone(), placed.role.max_session_seconds));
    }
    if accounts.is_empty() {
        return Vec::new();
    }
    accounts.into_values().chain((0..shared.panel.read().sso_accounts).map(made_up)).collect()
}

/// The role session that the portal's credentials belong to.
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
pub(super) fn principal(person: &Person, account: &str, role: &str) -> Principal {
    let suffix = hex::encode(&Sha256::digest(format!("{account}/{role}"))[..8]);
    let role_name = format!("AWSReservedSSO_{role}_{suffix}");
    Principal::Role(RoleSession {
        account: account.to_owned(),
        role_arn: format!("arn:aws:iam::{account}:role/aws-reserved/sso.amazonaws.com/{role_name}"),
        role_name,
        session_name: person.email.clone(),
        ..RoleSession::default()
    })
}

fn made_up(n: u32) -> AssignedAccount {
    const TEAMS: [&str; 8] =
        ["Payments", "Search", "Logistics", "Mobile", "Research", "Finance", "Warehouse", "Identity"];
    const STAGES: [&str; 3] = ["production", "staging", "sandbox"];
    let pick = n as usize;
    let (team, stage) = (TEAMS[pick / STAGES.len() % TEAMS.len()], STAGES[pick % STAGES.len()]);
    let id = format!("{:012}", FIRST_MADE_UP + u64::from(n) * STRIDE);
    AssignedAccount {
        name: format!("{team} {:04} – {stage}", n + 1),
        email: format!("aws+{id}@shop.example"),
        id,
        roles: MADE_UP_ROLES.iter().map(|(name, seconds)| ((*name).to_owned(), *seconds)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn made_up_accounts_are_distinct_and_the_same_each_time() {
        let accounts: Vec<_> = (0..20_000).map(made_up).collect();
        let ids: HashSet<_> = accounts.iter().map(|a| &a.id).collect();
        let names: HashSet<_> = accounts.iter().map(|a| &a.name).collect();
        assert_eq!((ids.len(), names.len()), (20_000, 20_000));
        assert!(ids.iter().all(|id| id.len() == 12));
        assert_eq!(made_up(4711), accounts[4711]);
    }
}
