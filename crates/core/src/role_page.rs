//! What the window shows of one role beside its session: the services of its console, and the steps that lead to it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::console::services;
use crate::names::{Partition, Target};

/// A service whose pages the console of a role has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ConsoleService {
    /// What opens it.
    pub id: &'static str,
    /// What AWS calls it.
    pub name: &'static str,
    /// What else people call it.
    pub aliases: Vec<&'static str>,
}

/// The services of a partition's console, by their names.
#[must_use]
pub fn console_services(partition: Partition) -> Vec<ConsoleService> {
    let known = services().iter().filter(|service| service.is_in(partition));
    let mut found: Vec<ConsoleService> = known
        .map(|service| ConsoleService { id: service.id, name: service.name, aliases: service.aliases.to_vec() })
        .collect();
    found.sort_by_key(|service| service.name.to_lowercase());
    found
}

/// A role on the way to another one, or that one itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChainStep {
    /// Its ARN.
    pub arn: Target,
    /// Until when the credentials in hand for it work, by this machine's clock. Absent where there are none, because it is
    /// assumed only when it is needed.
    pub expires_here: Option<DateTime<Utc>>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_has_its_own_services_by_name() {
        let standard = console_services(Partition::standard());
        assert!(standard.len() >= 60);
        assert!(standard.is_sorted_by_key(|service| service.name.to_lowercase()));
        let china = console_services("arn:aws-cn:iam::123456789012:role/x".parse::<Target>().unwrap().partition());
        assert!(china.len() < standard.len() && !china.is_empty());
    }
}
