//! Puts shared catalogs beneath the person's own configuration: what the person says always counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::catalog::{Content, skeleton};
use daypass_core::names::{AccountId, CatalogName, IdentityName, ProfileName, Target};
use daypass_core::settings::{AccountSettings, Chains, Config, DeclaredRole};

/// What is in force, and what of each catalog isn't as the catalog says, as sentences.
pub(super) struct MergedConfig {
    pub(super) config: Config,
    pub(super) notes: BTreeMap<CatalogName, Vec<String>>,
    /// Roles of the person's whose identity is nowhere.
    pub(super) lost: Vec<DeclaredRole>,
}

/// The person's configuration with these catalogs beneath it, the first of them on top.
pub(super) fn merge(own: &Config, catalogs: &[(CatalogName, &Content)]) -> MergedConfig {
    let mut merged = MergedConfig { config: own.clone(), notes: BTreeMap::new(), lost: Vec::new() };
    for (name, content) in catalogs {
        merged.put_identities(name, content);
        merged.put_accounts(name, content);
    }
    // Each may be for an identity of any catalog.
    for (name, content) in catalogs {
        merged.put_roles(name, content);
    }
    merged.leave_out_lost_roles();
    merged
}

/// The most notes about a catalog, which may have thousands of entries.
const MOST_NOTES: usize = 50;

impl MergedConfig {
    fn note(&mut self, catalog: &CatalogName, what: impl Into<String>) {
        let notes = self.notes.entry(catalog.clone()).or_default();
        if notes.len() < MOST_NOTES {
            notes.push(what.into());
        }
    }

    fn put_identities(&mut self, name: &CatalogName, content: &Content) {
        for (identity, settings) in &content.identities {
            if !self.config.identities.contains_key(identity) {
                self.config.identities.insert(identity.clone(), settings.clone());
                self.config.origins.identities.insert(identity.clone(), name.clone());
                continue;
            }
            let whose = match self.config.origins.identities.get(identity) {
                Some(other) => format!("identity {identity} is that of catalog {other}"),
                None => format!("identity {identity} is your own, in config.toml"),
            };
            self.note(name, whose);
        }
    }

    /// Field by field, so that a colour of the person's own doesn't take away the mark of production.
    fn put_accounts(&mut self, catalog: &CatalogName, content: &Content) {
        let mut looks: HashMap<String, AccountId> = HashMap::new();
        let mut aliases: HashMap<String, AccountId> = HashMap::new();
        for (id, account) in &self.config.accounts {
            looks.extend(account.name.as_ref().map(|name| (skeleton(name.as_str()), id.clone())));
            aliases.extend(account.alias.as_ref().map(|alias| (alias.as_str().to_ascii_lowercase(), id.clone())));
        }
        for (id, shared) in &content.accounts {
            let AccountSettings { mut name, mut alias, colour, production, region, delivery, folder, ask } =
                shared.clone();
            let own = self.config.accounts.entry(id.clone()).or_default();
            let before = own.clone();
            let look = name.as_ref().and_then(|name| looks.get(&skeleton(name.as_str()))).filter(|other| *other != id);
            let other = alias.as_ref().and_then(|alias| aliases.get(&alias.as_str().to_ascii_lowercase()));
            let other = other.filter(|other| *other != id);
            name = name.filter(|_| look.is_none());
            alias = alias.filter(|_| other.is_none());
            own.name = own.name.take().or(name);
            own.alias = own.alias.take().or(alias);
            own.colour = own.colour.or(colour);
            own.production |= production;
            own.region = own.region.take().or(region);
            own.delivery = own.delivery.or(delivery);
            own.folder = own.folder.take().or(folder);
            own.ask = own.ask.or(ask);
            let is_news = *own != before;
            let is_empty = *own == AccountSettings::default();
            if is_news {
                self.config.origins.accounts.entry(id.clone()).or_insert_with(|| catalog.clone());
            } else if is_empty {
                self.config.accounts.remove(id);
            }
            if let Some(other) = look {
                let what =
                    format!("the name of account {id} isn't used, because it looks like that of account {other}");
                self.note(catalog, what);
            }
            if let Some(other) = other {
                self.note(catalog, format!("the alias of account {id} isn't used, because account {other} has it"));
            }
        }
    }

    fn put_roles(&mut self, catalog: &CatalogName, content: &Content) {
        let first = self.config.roles.len();
        let known: HashSet<(IdentityName, Target)> =
            self.config.roles.iter().map(|role| (role.identity.clone(), role.arn.clone())).collect();
        let taken: HashSet<ProfileName> = self.config.roles.iter().filter_map(|role| role.profile.clone()).collect();
        let mut without_identity = 0;
        for role in &content.roles {
            if !self.config.identities.contains_key(&role.identity) {
                without_identity += 1;
                continue;
            }
            if known.contains(&(role.identity.clone(), role.arn.clone())) {
                continue;
            }
            let mut role = role.clone();
            if let Some(profile) = role.profile.take_if(|profile| taken.contains(profile)) {
                let what =
                    format!("the profile {profile} of role {} isn't used, because another role has it", role.arn);
                self.note(catalog, what);
            }
            self.config.origins.roles.insert((role.identity.clone(), role.arn.clone()), catalog.clone());
            self.config.roles.push(role);
        }
        if without_identity > 0 {
            let what = format!("roles left out, because their identity isn't there: {without_identity}");
            self.note(catalog, what);
        }
        self.leave_out_loops(catalog, first);
    }

    /// A chain may lead through a role of the person's own, and so back to itself.
    fn leave_out_loops(&mut self, catalog: &CatalogName, first: usize) {
        let roles = &self.config.roles;
        let chained = roles.iter().skip(first).filter(|role| role.via.is_some());
        let mut chains = Chains::of(roles);
        let looped: BTreeSet<(IdentityName, Target)> =
            chained.filter(|role| chains.is_loop(role)).map(|role| (role.identity.clone(), role.arn.clone())).collect();
        if looped.is_empty() {
            return;
        }
        self.config.roles.retain(|role| !looped.contains(&(role.identity.clone(), role.arn.clone())));
        for key in looped {
            self.config.origins.roles.remove(&key);
            self.note(catalog, format!("role {} is left out, because its chain forms a loop", key.1));
        }
    }

    fn leave_out_lost_roles(&mut self) {
        let Config { roles, identities, .. } = &mut self.config;
        if roles.iter().all(|role| identities.contains_key(&role.identity)) {
            return;
        }
        let (kept, lost) = std::mem::take(roles).into_iter().partition(|role| identities.contains_key(&role.identity));
        *roles = kept;
        self.lost = lost;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::parse::parse;

    fn config(text: &str) -> Config {
        parse(text).map_err(|mistake| mistake.placed(text, "config.toml")).unwrap()
    }

    fn merged(own: &Config, shared: &[&str]) -> MergedConfig {
        let contents: Vec<Content> = shared.iter().map(|text| Content::parse(text).ok().unwrap()).collect();
        let names = ["a", "b", "c"].map(|name| name.parse::<CatalogName>().unwrap());
        merge(own, &names.into_iter().zip(&contents).collect::<Vec<_>>())
    }

    fn notes(merged: &MergedConfig) -> String {
        merged.notes.values().flatten().cloned().collect::<Vec<_>>().join("\n")
    }

    /// Without a drive, a path isn't absolute on Windows.
    const HEAD: &str = if cfg!(windows) { "[catalog.a]\nfrom = \"C:/a\"\n" } else { "[catalog.a]\nfrom = \"/a\"\n" };

    #[test]
    fn a_catalog_s_name_never_looks_like_another_account_s() {
        let own = config(&format!("{HEAD}[account.111122223333]\nname = \"Prod\"\nalias = \"prod\"\n"));
        let shared = "[account.444455556666]\nname = \"PROD\"\nalias = \"Prod\"\ncolour = \"red\"\n\
                      [account.111122223333]\nname = \"Other\"\nproduction = true\n";
        let merged = merged(&own, &[shared]);
        let account = |id: &str| merged.config.accounts[&id.parse::<AccountId>().unwrap()].clone();
        let other = account("444455556666");
        assert!(other.name.is_none() && other.alias.is_none() && other.colour.is_some());
        let mine = account("111122223333");
        assert!(mine.name.unwrap().as_str() == "Prod" && mine.production);
        assert!(notes(&merged).contains("looks like that of account 111122223333"), "{}", notes(&merged));
    }

    #[test]
    fn a_role_of_a_catalog_takes_no_profile_and_makes_no_loop() {
        let role = |name: &str, more: &str| {
            format!("[[role]]\narn = \"arn:aws:iam::111122223333:role/{name}\"\nidentity = \"mine\"\n{more}\n")
        };
        let via = |name: &str| format!("via = \"arn:aws:iam::111122223333:role/{name}\"");
        let own = config(&format!(
            "{HEAD}[identity.mine]\nkind = \"iam-user\"\n{}{}",
            role("Own", "profile = \"dev\""),
            role("First", &via("Second"))
        ));
        let shared = format!(
            "{}{}{}",
            role("Own", "read_only = true"),
            role("Other", "profile = \"dev\""),
            role("Second", &via("First"))
        );
        let merged = merged(&own, &[&shared]);
        let roles: Vec<&str> = merged.config.roles.iter().map(|role| role.arn.name()).collect();
        assert_eq!(roles, ["Own", "First", "Other"]);
        assert!(!merged.config.roles[0].terms.read_only && merged.config.roles[2].profile.is_none());
        assert!(notes(&merged).contains("forms a loop"), "{}", notes(&merged));
        assert_eq!(merged.config.origins.roles.len(), 1);
    }

    #[test]
    fn an_own_role_may_be_of_a_catalog_s_identity_and_is_lost_without_it() {
        let text = format!("{HEAD}[[role]]\narn = \"arn:aws:iam::111122223333:role/Dev\"\nidentity = \"work\"\n");
        let own = config(&text);
        assert_eq!(merged(&own, &[]).lost.len(), 1);
        let with = merged(&own, &["[identity.work]\nkind = \"iam-user\"\n"]);
        assert!(with.lost.is_empty() && with.config.roles.len() == 1 && with.config.origins.roles.is_empty());
        assert!(parse(text.strip_prefix(HEAD).unwrap()).is_err(), "without a catalog, it's a mistake of the file");
    }

    /// Pieces of a file of the person's or of a catalog: few names, so that they meet.
    fn piece() -> impl Strategy<Value = String> {
        let id = prop_oneof![Just("111122223333"), Just("444455556666")];
        let name = prop_oneof![Just("work"), Just("home")];
        prop_oneof![
            (name.clone(), "[a-c]").prop_map(|(name, host)| format!(
                "[identity.{name}]\nkind = \"oidc\"\nissuer = \"https://{host}.example\"\nclient_id = \"x\"\n"
            )),
            (id.clone(), name, "[AB]", any::<bool>(), "[pq]").prop_map(|(id, name, role, read_only, profile)| format!(
                "[[role]]\narn = \"arn:aws:iam::{id}:role/{role}\"\nidentity = \"{name}\"\nread_only = {read_only}\n\
                 profile = \"{profile}\"\n"
            )),
            (id, "[AB]", "[a-b]", any::<bool>()).prop_map(|(id, name, alias, production)| format!(
                "[account.{id}]\nname = \"{name}\"\nalias = \"{alias}\"\nproduction = {production}\n"
            )),
        ]
    }

    fn file() -> impl Strategy<Value = String> {
        prop::collection::vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_of_the_person_s_is_overridden(mine in file(), theirs in file(), others in file()) {
            let Ok(own) = parse(&format!("{HEAD}{mine}")) else { return Ok(()) };
            let shared: Vec<&str> =
                [theirs.as_str(), others.as_str()].into_iter().filter(|text| Content::parse(text).is_ok()).collect();
            let MergedConfig { config, lost, .. } = merged(&own, &shared);
            for (name, settings) in &own.identities {
                prop_assert_eq!(&config.identities[name], settings);
                prop_assert!(!config.origins.identities.contains_key(name));
            }
            let kept: Vec<&DeclaredRole> = own.roles.iter().filter(|role| !lost.contains(role)).collect();
            prop_assert_eq!(&config.roles.iter().take(kept.len()).collect::<Vec<_>>(), &kept);
            for role in &own.roles {
                prop_assert!(config.origins.of_role(&role.identity, &role.arn).is_none());
                prop_assert_eq!(config.roles.iter().filter(|it| it.profile == role.profile).count(),
                    own.roles.iter().filter(|it| it.profile == role.profile && !lost.contains(it)).count());
            }
            for (id, account) in &own.accounts {
                let now = &config.accounts[id];
                prop_assert!(account.name.is_none() || account.name == now.name);
                prop_assert!(account.alias.is_none() || account.alias == now.alias);
                prop_assert!(!account.production || now.production);
            }
            prop_assert_eq!(config.roles.len() - kept.len(), config.origins.roles.len());
            prop_assert!(config.roles.iter().all(|role| config.identities.contains_key(&role.identity)));
        }
    }
}
