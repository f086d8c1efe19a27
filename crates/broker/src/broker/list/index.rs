//! The catalog in few bytes, ready to be searched: what a list needs of each role, with each text once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use daypass_core::account::AccountLabel;
use daypass_core::names::{AccountId, FolderName, IdentityName, Partition, ProfileName, Target, TargetKind};
use daypass_core::settings::Config;
use daypass_core::view::{RoleSource, RoleView, SessionView, split_role_id};
use daypass_search::{Index, IndexBuilder, TextId, natural};

use super::super::catalog::{self, NamedProfiles};

/// All roles, in the order of a list that isn't searched: by account, then by name.
pub(crate) struct RoleIndex {
    /// The configuration that it was made from.
    pub(crate) config: Arc<Config>,
    pub(crate) identities: Vec<IdentityName>,
    pub(crate) accounts: Vec<Account>,
    names: Vec<Box<str>>,
    /// Of a role the path in its ARN, of anything else the whole ARN.
    paths: Vec<Box<str>>,
    pub(crate) roles: Vec<Role>,
    /// By role: a profile other than the usual one.
    profiles: HashMap<u32, ProfileName>,
    /// By role.
    started_as: HashMap<u32, Vec<ProfileName>>,
    /// Roles of sessions that the catalog doesn't list.
    unlisted: HashMap<u32, RoleView>,
    account_places: HashMap<(Partition, AccountId), u32>,
    pub(crate) search: Index,
}

/// An account with the roles in it.
pub(crate) struct Account {
    pub(crate) partition: Partition,
    pub(crate) id: AccountId,
    pub(crate) label: AccountLabel,
    pub(crate) folder: Option<FolderName>,
    pub(crate) roles: Range<u32>,
}

/// A role, by the places of its texts.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    pub(crate) account: u32,
    name: u32,
    path: u32,
    pub(crate) identity: u16,
    pub(crate) kind: TargetKind,
    pub(crate) several: bool,
    pub(crate) can_be_read_only: bool,
    pub(crate) read_only: bool,
    source: Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// At this place of `config.toml`.
    Declared(u32),
    Found,
    Session,
}

impl RoleIndex {
    pub(crate) fn name(&self, role: &Role) -> &str {
        &self.names[role.name as usize]
    }

    pub(crate) fn account_of(&self, role: &Role) -> &Account {
        &self.accounts[role.account as usize]
    }

    pub(crate) fn identity_of(&self, role: &Role) -> &IdentityName {
        &self.identities[usize::from(role.identity)]
    }

    pub(crate) fn profile(&self, place: u32) -> ProfileName {
        match self.profiles.get(&place) {
            Some(profile) => profile.clone(),
            None => catalog::default_profile(&self.arn(&self.roles[place as usize])),
        }
    }

    pub(crate) fn started_as(&self, place: u32) -> &[ProfileName] {
        self.started_as.get(&place).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn arn(&self, role: &Role) -> Target {
        let Account { partition, id, .. } = self.account_of(role);
        let (path, name) = (&self.paths[role.path as usize], self.name(role));
        let text = match role.kind {
            TargetKind::Role => format!("arn:{partition}:iam::{id}:role/{path}{name}"),
            TargetKind::User | TargetKind::FederatedUser | TargetKind::Root | TargetKind::IdentityPool => {
                path.to_string()
            }
        };
        text.parse().unwrap_or_else(|_| unreachable!("{text} was an ARN"))
    }

    /// The place of a role, by its id.
    pub(crate) fn place_of(&self, id: &str) -> Option<u32> {
        let (identity, target) = split_role_id(id)?;
        self.of_target(&target).find(|&place| *self.identity_of(&self.roles[place as usize]) == identity)
    }

    /// The roles of this ARN, by whichever identities.
    pub(crate) fn of_target<'a>(&'a self, target: &'a Target) -> impl Iterator<Item = u32> + 'a {
        let account = self.account_places.get(&(target.partition(), target.account().clone()));
        let roles = account.map(|&account| self.accounts[account as usize].roles.clone()).unwrap_or_default();
        roles.filter(|&place| {
            let role = &self.roles[place as usize];
            self.name(role) == target.name() && self.arn(role) == *target
        })
    }

    pub(crate) fn account_place(&self, partition: &str, account: &AccountId) -> Option<u32> {
        let is_it = |known: &Account| known.id == *account && known.partition.id() == partition;
        self.accounts.iter().position(is_it).map(number)
    }

    /// Whether it has the roles of these sessions, and of no others that the catalog doesn't list.
    pub(crate) fn has_all(&self, running: &[SessionView]) -> bool {
        let ids: HashSet<&str> = running.iter().map(|session| session.role_id.as_str()).collect();
        ids.iter().all(|id| self.place_of(id).is_some())
            && self.unlisted.values().all(|role| ids.contains(role.id.as_str()))
    }

    /// All that is known of a role.
    pub(crate) fn view(&self, place: u32) -> RoleView {
        let role = &self.roles[place as usize];
        let account = self.account_of(role);
        let mut view = match role.source {
            Source::Declared(at) => catalog::declared_role(&self.config, at as usize, None),
            Source::Found => catalog::found_role(&self.config, self.identity_of(role), self.arn(role), None),
            Source::Session => self.unlisted[&place].clone(),
        };
        view.put_label(account.label.clone());
        view.started_as = self.started_as(place).to_vec();
        view
    }
}

/// Takes in roles one by one.
pub(crate) struct IndexMaker {
    config: Arc<Config>,
    identities: Known<IdentityName>,
    names: Known<Box<str>>,
    paths: Known<Box<str>>,
    accounts: Known<(Partition, AccountId)>,
    /// What sign-ins call accounts.
    found_names: HashMap<u32, String>,
    roles: Vec<(Role, Extra)>,
    named: NamedProfiles,
}

/// What few roles have.
#[derive(Default)]
struct Extra {
    profile: Option<ProfileName>,
    started_as: Vec<ProfileName>,
    unlisted: Option<Box<RoleView>>,
}

impl IndexMaker {
    pub(crate) fn new(config: Arc<Config>, named: NamedProfiles) -> Self {
        let mut identities = Known::default();
        // In the order of `config.toml`.
        for name in config.identities.keys() {
            identities.place(name.clone());
        }
        Self {
            config,
            identities,
            names: Known::default(),
            paths: Known::default(),
            accounts: Known::default(),
            found_names: HashMap::new(),
            roles: Vec::new(),
            named,
        }
    }

    pub(crate) fn push(&mut self, view: RoleView, declared: Option<usize>) {
        let account = self.accounts.place((view.arn.partition(), view.account.clone()));
        let is_session = view.source == RoleSource::Session;
        if let Some(name) = view.account_name.as_ref().filter(|_| !is_session) {
            self.found_names.entry(account).or_insert_with(|| name.clone());
        }
        let arn = view.arn.to_string();
        let path = match view.kind {
            TargetKind::Role => {
                let path = arn.split_once(":role/").map_or("", |(_, rest)| rest);
                path.strip_suffix(view.name.as_str()).unwrap_or_default()
            }
            TargetKind::User | TargetKind::FederatedUser | TargetKind::Root | TargetKind::IdentityPool => arn.as_str(),
        };
        let role = Role {
            account,
            name: self.names.place(view.name.as_str().into()),
            path: self.paths.place(path.into()),
            identity: u16::try_from(self.identities.place(view.identity.clone())).unwrap_or(u16::MAX),
            kind: view.kind,
            several: false,
            can_be_read_only: view.can_be_read_only,
            read_only: view.terms.read_only,
            source: match declared {
                Some(at) => Source::Declared(number(at)),
                None if is_session => Source::Session,
                None => Source::Found,
            },
        };
        let is_usual = view.profile == catalog::default_profile(&view.arn);
        let started_as = match self.named.is_empty() {
            true => Vec::new(),
            false => self.named.remove(&(view.arn.clone(), view.identity.clone())).unwrap_or_default(),
        };
        let extra = Extra {
            started_as: started_as.into_iter().filter(|name| *name != view.profile).collect(),
            profile: (!is_usual).then(|| view.profile.clone()),
            unlisted: is_session.then(|| Box::new(view)),
        };
        self.roles.push((role, extra));
    }

    /// `label` says what an account is called, but for what sign-ins say.
    pub(crate) fn finish(self, label: impl Fn(&AccountId) -> AccountLabel) -> RoleIndex {
        let Self { config, identities, names, paths, accounts, mut found_names, mut roles, .. } = self;
        let account = |(place, (partition, id)): (usize, (Partition, AccountId))| {
            let written = config.accounts.get(&id);
            let found = found_names.remove(&number(place));
            let found = found.filter(|_| written.is_none_or(|account| account.name.is_none()));
            let label = label(&id);
            let label = AccountLabel { name: found.or(label.name), ..label };
            let folder = written.and_then(|account| account.folder.clone());
            Account { partition, id, label, folder, roles: 0..0 }
        };
        let mut accounts: Vec<Account> = accounts.items.into_iter().enumerate().map(account).collect();
        let called = |account: &Account| natural(account.label.name.as_deref().unwrap_or(account.id.as_str()));
        let order = places_in_order(&accounts, |account| (called(account), account.id.clone(), account.partition.id()));
        let name_order = places_in_order(&names.items, |name| natural(name));
        roles.iter_mut().for_each(|(role, _)| role.account = order[role.account as usize]);
        roles.sort_by_key(|(role, _)| {
            (role.account, name_order[role.name as usize], role.name, role.identity, role.path)
        });
        sort_by_places(&mut accounts, &order);
        let mut index = RoleIndex {
            account_places: (0..).zip(&accounts).map(|(place, a)| ((a.partition, a.id.clone()), place)).collect(),
            config,
            identities: identities.items,
            accounts,
            names: names.items,
            paths: paths.items,
            roles: Vec::with_capacity(roles.len()),
            profiles: HashMap::new(),
            started_as: HashMap::new(),
            unlisted: HashMap::new(),
            search: Index::new::<()>(&[], |()| Vec::new()),
        };
        for (role, extra) in roles {
            index.add(role, extra);
        }
        index.mark_several();
        index.search = index.searchable();
        index
    }
}

impl RoleIndex {
    fn add(&mut self, role: Role, extra: Extra) {
        let place = number(self.roles.len());
        let account = &mut self.accounts[role.account as usize];
        account.roles = if account.roles.is_empty() { place..place + 1 } else { account.roles.start..place + 1 };
        self.profiles.extend(extra.profile.map(|profile| (place, profile)));
        if !extra.started_as.is_empty() {
            self.started_as.insert(place, extra.started_as);
        }
        self.unlisted.extend(extra.unlisted.map(|view| (place, *view)));
        self.roles.push(role);
    }

    /// Roles of one name in an account stand together.
    fn mark_several(&mut self) {
        for alike in self.roles.chunk_by_mut(|one, other| (one.account, one.name) == (other.account, other.name)) {
            let several = alike.iter().any(|role| role.identity != alike[0].identity);
            alike.iter_mut().for_each(|role| role.several = several);
        }
    }

    fn searchable(&self) -> Index {
        let mut index = IndexBuilder::default();
        let names: Vec<TextId> = self.names.iter().map(|name| index.text(name)).collect();
        let identities: Vec<TextId> = self.identities.iter().map(|name| index.text(name.as_str())).collect();
        for account in &self.accounts {
            let id = index.text(account.id.as_str());
            let name = index.text(account.label.name.as_deref().unwrap_or_default());
            let alias = index.text(account.label.alias.as_ref().map(|alias| alias.as_str()).unwrap_or_default());
            for place in account.roles.clone() {
                let role = &self.roles[place as usize];
                let profile = match self.profiles.get(&place) {
                    Some(profile) => index.text(profile.as_str()),
                    None => index.text(&format!("{}-{}", account.id, self.name(role))),
                };
                let own = [names[role.name as usize], name, alias, profile, id, identities[usize::from(role.identity)]];
                let before = self.started_as(place).iter().take(2).map(|profile| index.text(profile.as_str()));
                let fields: Vec<TextId> = before.collect();
                index.item(&[own.as_slice(), &fields].concat());
            }
        }
        index.build()
    }

    /// What these roles are found by if they go by other profiles.
    pub(crate) fn searchable_as(&self, named: &[(u32, Vec<ProfileName>)]) -> Index {
        Index::new(named, |(place, profiles)| {
            let role = &self.roles[*place as usize];
            let Account { id, label, .. } = self.account_of(role);
            let called = [label.name.as_deref(), label.alias.as_ref().map(|alias| alias.as_str())];
            let mut fields = vec![self.name(role), called[0].unwrap_or_default(), called[1].unwrap_or_default()];
            fields.extend(profiles.iter().take(3).map(|profile| profile.as_str()));
            fields.extend([id.as_str(), self.identity_of(role).as_str()]);
            fields.into_iter().map(str::to_owned).collect()
        })
    }
}

/// Things that are met again and again, each with a place.
struct Known<T> {
    places: HashMap<T, u32>,
    items: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), items: Vec::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Known<T> {
    fn place(&mut self, item: T) -> u32 {
        if let Some(place) = self.places.get(&item) {
            return *place;
        }
        let place = number(self.items.len());
        self.items.push(item.clone());
        self.places.insert(item, place);
        place
    }
}

/// The place that each item has once they are in order.
fn places_in_order<T, K: Ord>(items: &[T], key: impl Fn(&T) -> K) -> Vec<u32> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_cached_key(|&at| key(&items[at]));
    let mut places = vec![0; items.len()];
    order.into_iter().enumerate().for_each(|(place, at)| places[at] = number(place));
    places
}

fn sort_by_places<T>(items: &mut Vec<T>, places: &[u32]) {
    let mut placed: Vec<(u32, T)> = places.iter().copied().zip(items.drain(..)).collect();
    placed.sort_unstable_by_key(|(place, _)| *place);
    items.extend(placed.into_iter().map(|(_, item)| item));
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
