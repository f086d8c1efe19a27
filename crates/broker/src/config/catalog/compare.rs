//! Decides which changes of a catalog apply at once, and which wait until the person accepts them.
//!
//! Everything is compared with what was in force before. So a change that waits keeps waiting, and what the catalog had
//! once and took away comes back only as it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::content::Content;
use daypass_core::names::{AccountId, IdentityName, ProfileName, Target};
use daypass_core::settings::sharing::{SharedField, SharingClass, account_fields, identity_fields, role_fields};
use daypass_core::settings::{AccountSettings, CatalogChange, DeclaredRole, IdentitySettings};

/// What is in force of a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    pub(crate) content: Content,
    /// The accounts that its roles may be in.
    scope: BTreeSet<AccountId>,
    /// Roles that the catalog dropped, and that restricted their sessions or had a profile.
    gone: Vec<DeclaredRole>,
}

/// How many roles that are gone are remembered, the last ones.
const MOST_GONE: usize = 1_000;

pub(super) struct Compared {
    pub(super) agreed: Agreed,
    pub(super) waiting: Vec<CatalogChange>,
}

impl Agreed {
    /// All of a catalog, because the person or a trusted key says so.
    pub(super) fn to_all_of(content: Content) -> Self {
        let scope = content.roles.iter().map(|role| role.arn.account().clone()).collect();
        Self { content, scope, gone: Vec::new() }
    }
}

/// What of the latest version is in force, after another.
pub(super) fn compare(before: &Agreed, latest: &Content) -> Compared {
    let mut waiting = Vec::new();
    let identities = identities(&before.content.identities, &latest.identities, &mut waiting);
    let accounts = accounts(&before.content.accounts, &latest.accounts, &mut waiting);
    let (roles, gone) = roles(before, latest, &mut waiting);
    let content = Content { serial: latest.serial, identities, roles, accounts };
    Compared { agreed: Agreed { content, scope: before.scope.clone(), gone }, waiting }
}

/// The fields that differ and that the person has to accept. `of` names what they belong to.
fn differences(of: &str, before: &[SharedField], after: &[SharedField]) -> Vec<CatalogChange> {
    let value =
        |fields: &[SharedField], name| fields.iter().find(|field| field.name == name).and_then(SharedField::words);
    let mut names: Vec<&'static str> = Vec::new();
    for field in before.iter().chain(after) {
        if field.class != SharingClass::Harmless && !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    let change = |name: &'static str| {
        let (before, after) = (value(before, name), value(after, name));
        (before != after).then(|| CatalogChange { of: of.to_owned(), field: name.to_owned(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

fn identities(
    before: &BTreeMap<IdentityName, IdentitySettings>,
    latest: &BTreeMap<IdentityName, IdentitySettings>,
    waiting: &mut Vec<CatalogChange>,
) -> BTreeMap<IdentityName, IdentitySettings> {
    let mut in_force = BTreeMap::new();
    for (name, settings) in latest {
        let known = before.get(name);
        let of = format!("identity {name}");
        let kind = |settings: &IdentitySettings| settings.kind().to_owned();
        let mut changes = Vec::new();
        if known.map(kind).as_deref() != Some(settings.kind()) {
            let (before, after) = (known.map(kind), Some(kind(settings)));
            changes.push(CatalogChange { of: of.clone(), field: "kind".to_owned(), before, after });
        }
        changes.extend(differences(&of, &known.map(identity_fields).unwrap_or_default(), &identity_fields(settings)));
        match known {
            _ if changes.is_empty() => drop(in_force.insert(name.clone(), settings.clone())),
            Some(known) => drop(in_force.insert(name.clone(), known.clone())),
            None => {}
        }
        waiting.extend(changes);
    }
    in_force
}

fn accounts(
    before: &BTreeMap<AccountId, AccountSettings>,
    latest: &BTreeMap<AccountId, AccountSettings>,
    waiting: &mut Vec<CatalogChange>,
) -> BTreeMap<AccountId, AccountSettings> {
    let mut in_force = BTreeMap::new();
    let ids: BTreeSet<&AccountId> = before.keys().chain(latest.keys()).collect();
    let nothing = AccountSettings::default();
    for id in ids {
        let (known, new) = (before.get(id).unwrap_or(&nothing), latest.get(id));
        let of = format!("account {id}");
        let mut settings = match new {
            // The catalog dropped this account. Its mark as production stays, below.
            None => nothing.clone(),
            Some(new) => {
                let changes = differences(&of, &account_fields(known), &account_fields(new));
                let AccountSettings { name, alias, delivery, ask, .. } = if changes.is_empty() { new } else { known };
                waiting.extend(changes);
                AccountSettings {
                    name: name.clone(),
                    alias: alias.clone(),
                    delivery: *delivery,
                    ask: *ask,
                    colour: new.colour,
                    production: new.production,
                    region: new.region.clone(),
                    folder: new.folder.clone(),
                }
            }
        };
        if known.production && !settings.production {
            settings.production = true;
            let (field, before) = ("production".to_owned(), Some("true".to_owned()));
            waiting.push(CatalogChange { of, field, before, after: None });
        }
        if settings != nothing {
            in_force.insert(id.clone(), settings);
        }
    }
    in_force
}

type RoleKey<'a> = (&'a IdentityName, &'a Target);

fn key(role: &DeclaredRole) -> RoleKey<'_> {
    (&role.identity, &role.arn)
}

fn roles(
    before: &Agreed,
    latest: &Content,
    waiting: &mut Vec<CatalogChange>,
) -> (Vec<DeclaredRole>, Vec<DeclaredRole>) {
    let known: HashMap<RoleKey<'_>, &DeclaredRole> =
        before.gone.iter().chain(&before.content.roles).map(|role| (key(role), role)).collect();
    let profiles: HashMap<&ProfileName, RoleKey<'_>> =
        known.values().filter_map(|role| Some((role.profile.as_ref()?, key(role)))).collect();
    let (mut in_force, mut elsewhere) = (Vec::with_capacity(latest.roles.len()), BTreeMap::new());
    for role in &latest.roles {
        if !before.scope.contains(role.arn.account()) {
            *elsewhere.entry(role.arn.account()).or_insert(0_usize) += 1;
            continue;
        }
        let of = format!("role {}:{}", role.identity, role.arn);
        match known.get(&key(role)) {
            Some(known) => {
                // Most of thousands are as they were.
                let changes = if **known == *role {
                    Vec::new()
                } else {
                    differences(&of, &role_fields(known), &role_fields(role))
                };
                in_force.push(if changes.is_empty() { role.clone() } else { (*known).clone() });
                waiting.extend(changes);
            }
            None => {
                let mut role = role.clone();
                // A profile that stood for another role would lead those who type it to this one.
                if let Some(profile) = role.profile.take_if(|profile| profiles.contains_key(profile)) {
                    let (field, after) = ("profile".to_owned(), Some(profile.to_string()));
                    waiting.push(CatalogChange { of, field, before: None, after });
                }
                in_force.push(role);
            }
        }
    }
    for (account, count) in elsewhere {
        let (of, field, after) = (format!("account {account}"), "roles".to_owned(), Some(count.to_string()));
        waiting.push(CatalogChange { of, field, before: None, after });
    }
    let still: BTreeSet<RoleKey<'_>> = in_force.iter().map(key).collect();
    let is_bound = |role: &&DeclaredRole| {
        role_fields(role).iter().any(|field| field.class != SharingClass::Harmless && field.is_set())
    };
    let lost = before.gone.iter().chain(&before.content.roles).filter(|role| !still.contains(&key(role)));
    let mut gone: Vec<DeclaredRole> = lost.filter(is_bound).cloned().collect();
    gone.drain(..gone.len().saturating_sub(MOST_GONE));
    (in_force, gone)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::content::tests::content;
    use super::*;

    const WORK: &str = "[identity.work]\nkind = \"oidc\"\nissuer = \"https://login.acme.example\"\nclient_id = \"x\"\n";

    fn role(account: &str, name: &str, more: &str) -> String {
        format!("[[role]]\narn = \"arn:aws:iam::{account}:role/{name}\"\nidentity = \"work\"\n{more}\n")
    }

    fn account(more: &str) -> String {
        format!("[account.111122223333]\n{more}\n")
    }

    fn agreed(text: &str) -> Agreed {
        Agreed::to_all_of(content(text))
    }

    /// What is in force after a change of a catalog that was accepted, and the fields that wait.
    fn after(first: &str, then: &str) -> (Content, Vec<String>) {
        let Compared { agreed, waiting } = compare(&agreed(first), &content(then));
        (agreed.content, waiting.into_iter().map(|change| format!("{} {}", change.of, change.field)).collect())
    }

    #[test]
    fn at_first_nothing_is_in_force_that_says_where_a_secret_goes_or_what_an_account_is_called() {
        let first = content(&format!(
            "{WORK}{}{}",
            role("111122223333", "Dev", ""),
            account("name = \"Shop\"\ncolour = \"red\"\nproduction = true")
        ));
        let Compared { agreed, waiting } = compare(&Agreed::default(), &first);
        assert!(agreed.content.identities.is_empty() && agreed.content.roles.is_empty());
        let shop = &agreed.content.accounts[&"111122223333".parse().unwrap()];
        assert!(shop.name.is_none() && shop.colour.is_some() && shop.production, "what warns needs no consent");
        let waits: Vec<String> = waiting.iter().map(|change| format!("{} {}", change.of, change.field)).collect();
        assert_eq!(
            waits,
            [
                "identity work kind",
                "identity work issuer",
                "identity work client_id",
                "account 111122223333 name",
                "account 111122223333 roles"
            ]
        );
        assert_eq!(compare(&Agreed::to_all_of(first.clone()), &first).waiting, []);
    }

    #[test]
    fn a_new_role_in_an_account_that_was_accepted_comes_by_itself() {
        let first = format!("{WORK}{}", role("111122223333", "Dev", ""));
        let (content, waits) = after(
            &first,
            &format!(
                "{first}{}{}",
                role("111122223333", "Ops", "profile = \"ops\"\n"),
                role("999999999999", "Dev", "")
            ),
        );
        assert_eq!(content.roles.len(), 2);
        assert_eq!(waits, ["account 999999999999 roles"]);
    }

    #[test]
    fn a_change_of_where_a_secret_goes_waits_and_the_old_one_stays() {
        let first = format!("{WORK}default_region = \"eu-west-1\"\n");
        let (content, waits) = after(&first, &first.replace("acme", "evil").replace("eu-west-1", "eu-north-1"));
        assert!(serde_json::to_string(&content).unwrap().contains("https://login.acme.example"));
        assert_eq!(waits, ["identity work issuer"]);
        let (content, waits) = after(&first, &first.replace("eu-west-1", "eu-north-1"));
        assert!(serde_json::to_string(&content).unwrap().contains("eu-north-1") && waits.is_empty());
        let saml = "[identity.work]\nkind = \"saml\"\nstart_url = \"https://idp.evil.example/\"\n";
        let (content, waits) = after(WORK, saml);
        assert_eq!(content.identities[&"work".parse().unwrap()].kind(), "oidc");
        assert_eq!(waits[0], "identity work kind");
    }

    #[test]
    fn the_mark_of_production_goes_only_with_consent_also_if_the_whole_account_goes() {
        let marked = account("name = \"Shop\"\nproduction = true");
        for then in [account("name = \"Shop\""), String::new()] {
            let (content, waits) = after(&marked, &then);
            assert!(content.accounts[&"111122223333".parse().unwrap()].production);
            assert_eq!(waits, ["account 111122223333 production"]);
            // It waits for as long as the catalog says so.
            let again = compare(&compare(&agreed(&marked), &self::content(&then)).agreed, &self::content(&then));
            assert_eq!(again.waiting.len(), 1);
        }
    }

    #[test]
    fn names_of_accounts_are_not_swapped() {
        let named = |a: &str, b: &str| {
            format!(
                "[account.111122223333]\nname = \"{a}\"\nalias = \"{a}\"\n[account.444455556666]\nname = \"{b}\"\nalias = \"{b}\"\n"
            )
        };
        let (content, waits) = after(&named("prod", "test"), &named("test", "prod"));
        assert_eq!(content.accounts[&"111122223333".parse().unwrap()].alias.as_ref().unwrap().as_str(), "prod");
        assert_eq!(waits.len(), 4);
    }

    #[test]
    fn what_narrows_a_role_stays_also_if_the_role_goes_and_comes_back() {
        let narrow = format!(
            "{WORK}{}{}",
            role("111122223333", "Dev", "read_only = true\nprofile = \"dev\""),
            role("111122223333", "Ops", "")
        );
        let (wide, gone) =
            (narrow.replace("read_only = true", ""), format!("{WORK}{}", role("111122223333", "Ops", "")));
        let (content, waits) = after(&narrow, &wide);
        assert!(content.roles[0].terms.read_only);
        assert_eq!(waits, ["role work:arn:aws:iam::111122223333:role/Dev read_only"]);
        let without = compare(&agreed(&narrow), &self::content(&gone)).agreed;
        assert_eq!(without.content.roles.len(), 1);
        let back = compare(&without, &self::content(&wide));
        assert!(back.agreed.content.roles[0].terms.read_only && back.waiting.len() == 1);
        // Its profile doesn't lead to another role either.
        let other =
            format!("{WORK}{}{}", role("111122223333", "Ops", ""), role("111122223333", "New", "profile = \"dev\""));
        let taken = compare(&without, &self::content(&other));
        assert!(taken.agreed.content.roles[1].profile.is_none() && taken.waiting.len() == 1);
    }
}
