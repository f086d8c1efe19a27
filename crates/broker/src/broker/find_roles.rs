//! The list of roles for the window, in pieces. The catalog stays here, in few bytes, and its texts are searched here.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use daypass_core::names::{AccountId, FolderName, IdentityName, Target};
use daypass_core::role_list::{
    AccountShown, MOST_OF_SECTION, MoreRolesAsked, RoleLine, RolesAsked, RolesFilter, RolesFound, RolesKnown, RolesNow,
    RolesOfIdentity, RolesRanked,
};
use daypass_core::settings::Config;
use daypass_core::view::{IdentityState, RoleView, SessionCount, SessionView, SignInWay};
use daypass_search::natural;

use super::catalog;
use super::door::Broker;
use super::list::{IndexMaker, Kept, MadeOf, Role, RoleIndex, Search, SearchKey, Shown, named_by_sessions, number};

/// How many searches are kept: the window's, those of its sections, a palette's and a quick switch's.
const MOST_SEARCHES: usize = 6;

/// How many roles can be offered as the one before another.
const MOST_BEFORE: usize = 200;

/// The catalog at one moment.
struct Catalog {
    config: Arc<Config>,
    index: Arc<RoleIndex>,
    running: Vec<SessionView>,
    favourites: HashSet<u32>,
    revision: u32,
}

impl Broker {
    /// The lines of the list that were asked for.
    #[must_use]
    pub fn roles_found(&self, asked: &RolesAsked) -> RolesFound {
        let catalog = self.catalog_now();
        let search = self.search(&catalog, &asked.query, &asked.filter, asked.round);
        let layout = search.layout(&catalog.index, asked.group, &asked.folded);
        let to = (asked.to as usize).min(layout.lines.len());
        let from = (asked.from as usize).min(to);
        let find = asked.find.as_ref().and_then(|id| catalog.index.place_of(id));
        RolesFound {
            revision: catalog.revision,
            roles: number(search.count()),
            accounts: number(layout.accounts),
            lines: number(layout.lines.len()),
            page: search.page.clone(),
            from: number(from),
            shown: catalog.shown(&asked.query).lines(&layout, from..to),
            found: find.and_then(|place| layout.place_of(place)),
        }
    }

    /// More roles of an account's line.
    #[must_use]
    pub fn more_roles(&self, asked: &MoreRolesAsked) -> Vec<RoleLine> {
        let catalog = self.catalog_now();
        let MoreRolesAsked { list, group, partition, account, from, to } = asked;
        let search = self.search(&catalog, &list.query, &list.filter, list.round);
        let layout = search.layout(&catalog.index, list.group, &list.folded);
        let account = catalog.index.account_place(partition, account);
        let slot = account.and_then(|account| layout.slot(account, group.as_deref()));
        let places = slot.map(|slot| layout.roles(slot)).unwrap_or_default();
        let to = (*to as usize).min(places.len());
        let shown = catalog.shown(&list.query);
        places[(*from as usize).min(to)..to].iter().map(|&place| shown.role(place)).collect()
    }

    /// The sections above the accounts.
    #[must_use]
    pub fn roles_now(&self, query: &str, filter: &RolesFilter) -> RolesNow {
        let catalog = self.catalog_now();
        let search = self.search(&catalog, query, filter, 0);
        let matching = |place: &u32| search.in_order().binary_search(place).is_ok();
        let shown = catalog.shown(query);
        let places = |ids: &[String]| -> Vec<u32> { ids.iter().filter_map(|id| catalog.index.place_of(id)).collect() };
        let favourites = places(&catalog.config.favourites).into_iter().filter(matching);
        let recent = places(&self.recent_roles(&catalog.config)).into_iter().filter(matching);
        let recent = recent.filter(|place| !catalog.favourites.contains(place));
        RolesNow {
            revision: catalog.revision,
            favourites: favourites.take(MOST_OF_SECTION).map(|place| shown.alone(place)).collect(),
            recent: recent.take(MOST_OF_SECTION).map(|place| shown.alone(place)).collect(),
        }
    }

    /// Roles by rank, from one place to before another.
    #[must_use]
    pub fn roles_ranked(&self, query: &str, filter: &RolesFilter, from: u32, to: u32) -> RolesRanked {
        let catalog = self.catalog_now();
        // Another order is another round.
        let mut order = DefaultHasher::new();
        self.first_roles(&catalog.config, &catalog.running).hash(&mut order);
        let round = u32::try_from(order.finish() >> 33).unwrap_or(0) | 1 << 31;
        let search = self.search(&catalog, query, filter, round);
        let ranked = search.ranked();
        let to = (to as usize).min(ranked.len());
        let some = &ranked[(from as usize).min(to)..to];
        let shown = catalog.shown(query);
        RolesRanked {
            revision: catalog.revision,
            roles: number(search.count()),
            page: search.page.clone(),
            shown: some.iter().map(|&place| shown.alone(place)).collect(),
        }
    }

    /// All that is known of roles, without those that are gone.
    #[must_use]
    pub fn roles_by_id(&self, ids: &[String]) -> Vec<RoleView> {
        let Catalog { index, .. } = self.catalog_now();
        ids.iter().filter_map(|id| index.place_of(id)).map(|place| index.view(place)).collect()
    }

    /// All roles in the list's order, if they are so few, with whether another identity reaches one too.
    #[must_use]
    pub fn all_roles_of_few(&self, most: usize) -> Option<Vec<(RoleView, bool)>> {
        let Catalog { index, .. } = self.catalog_now();
        let view = |(place, role): (u32, &Role)| (index.view(place), role.several);
        (index.roles.len() <= most).then(|| (0..).zip(&index.roles).map(view).collect())
    }

    /// The favourites in the person's order, with whether another identity reaches one too.
    #[must_use]
    pub fn favourite_roles(&self, most: usize) -> Vec<(RoleView, bool)> {
        let catalog = self.catalog_now();
        catalog.views(catalog.config.favourites.iter()).take(most).collect()
    }

    /// The roles that are used most, don't run and aren't favourites, by rank, with whether another identity reaches
    /// one too.
    #[must_use]
    pub fn first_idle_roles(&self, most: usize) -> Vec<(RoleView, bool)> {
        let catalog = self.catalog_now();
        let first = self.first_roles(&catalog.config, &catalog.running);
        let is_other = |id: &&String| {
            !catalog.config.favourites.contains(*id) && catalog.running.iter().all(|session| session.role_id != **id)
        };
        catalog.views(first.iter().filter(is_other)).take(most).collect()
    }

    /// Roles of an identity whose session can assume this one, or a new one.
    #[must_use]
    pub fn roles_before(&self, identity: &IdentityName, arn: Option<&Target>, query: &str) -> Vec<RoleView> {
        let catalog = self.catalog_now();
        let filter = RolesFilter { identities: vec![identity.clone()], ..RolesFilter::default() };
        let search = self.search(&catalog, query, &filter, 0);
        let comes_before = |role: &RoleView| {
            role.can_assume_roles && arn.is_none_or(|arn| role.arn != *arn && !role.via.contains(arn))
        };
        let views = search.in_order().iter().map(|&place| catalog.index.view(place));
        views.filter(comes_before).take(MOST_BEFORE).collect()
    }

    /// What an account is called, if one of its roles is known.
    #[must_use]
    pub fn account_shown(&self, account: &AccountId) -> Option<AccountShown> {
        let catalog = self.catalog_now();
        let found = catalog.index.accounts.iter().find(|known| known.id == *account)?;
        Some(catalog.shown("").account(found))
    }

    /// How much there is.
    #[must_use]
    pub fn roles_known(&self) -> RolesKnown {
        let catalog = self.catalog_now();
        let index = &catalog.index;
        let mut counts = vec![0; index.identities.len()];
        index.roles.iter().for_each(|role| counts[usize::from(role.identity)] += 1);
        let by_identity = index.identities.iter().cloned().zip(counts);
        let mut folders: Vec<FolderName> = index.accounts.iter().filter_map(|account| account.folder.clone()).collect();
        folders.sort_by_cached_key(|folder| natural(folder.as_str()));
        folders.dedup();
        RolesKnown {
            revision: catalog.revision,
            roles: number(index.roles.len()),
            accounts: number(index.accounts.len()),
            by_identity: by_identity
                .filter(|(_, roles)| *roles > 0)
                .map(|(identity, roles)| RolesOfIdentity { identity, roles })
                .collect(),
            folders,
            favourites: catalog.config.favourites.clone(),
        }
    }

    fn catalog_now(&self) -> Catalog {
        let config = self.config();
        // Every keystroke requests a list, and a locked keyring must not prompt the person each time.
        let running = self.0.sessions.known();
        let made_of = MadeOf::now(&self.0.surroundings.places);
        let mut state = self.0.list.state();
        let index = match state.index(&config, &made_of, &running) {
            Some(index) => index,
            None => {
                state.forget();
                let index = Arc::new(self.role_index(&config, &running));
                state.keep(&index, made_of);
                index
            }
        };
        let favourites = config.favourites.iter().filter_map(|id| index.place_of(id)).collect();
        Catalog { config, index, running, favourites, revision: state.revision }
    }

    fn role_index(&self, config: &Arc<Config>, running: &[SessionView]) -> RoleIndex {
        let _one_question = self.0.key.ask_once();
        let mut unlisted: HashMap<&str, &SessionView> =
            running.iter().rev().map(|session| (session.role_id.as_str(), session)).collect();
        let mut maker = IndexMaker::new(Arc::clone(config), self.named_profiles());
        let found = |name: &IdentityName, settings: &_| self.0.identities.make(settings, self.context(name)).roles();
        catalog::each_role(config, found, |role, declared| {
            unlisted.remove(role.id.as_str());
            maker.push(role, declared);
        });
        let mut unlisted: Vec<&SessionView> = unlisted.into_values().collect();
        unlisted.sort_by_key(|session| &session.role_id);
        unlisted.into_iter().for_each(|session| maker.push(RoleView::of_session(session), None));
        let called = self.0.accounts.now();
        maker.finish(|account| called.label(account))
    }

    /// A search, found before or now. Its round says how long its order counts.
    fn search(&self, catalog: &Catalog, query: &str, filter: &RolesFilter, round: u32) -> Arc<Search> {
        let query = query.trim().to_owned();
        let named = match query.is_empty() {
            true => Vec::new(),
            false => named_by_sessions(&catalog.index, &catalog.running),
        };
        let key = SearchKey { query, filter: filter.clone(), round, kept: self.kept(catalog, filter), named };
        let mut state = self.0.list.state();
        let is_of_this = state.revision == catalog.revision;
        if is_of_this && let Some(at) = state.searches.iter().position(|search| search.key == key) {
            let known = Arc::clone(&state.searches[at]);
            state.searches.swap(0, at);
            return known;
        }
        let before = state.searches.iter().filter(|_| is_of_this).find(|search| {
            !search.key.query.is_empty() && key.query.starts_with(&search.key.query) && search.key.filter == key.filter
        });
        let before = before.cloned();
        let found = self.searched(catalog, key, before.as_deref());
        if is_of_this {
            state.searches.push_front(Arc::clone(&found));
            state.searches.truncate(MOST_SEARCHES);
        }
        found
    }

    fn searched(&self, catalog: &Catalog, key: SearchKey, before: Option<&Search>) -> Arc<Search> {
        let first = self.first_roles(&catalog.config, &catalog.running);
        let places = first.iter().map(|id| catalog.index.place_of(id));
        let boosts = places.zip((0..=u8::MAX).rev()).filter_map(|(place, boost)| Some((place?, boost))).collect();
        Arc::new(Search::new(&catalog.index, key, boosts, before))
    }

    fn kept(&self, catalog: &Catalog, filter: &RolesFilter) -> Kept {
        let index = &catalog.index;
        let runs = |session: &&SessionView| session.state.counts_as() == SessionCount::Running;
        let running = || catalog.running.iter().filter(runs).filter_map(|it| index.place_of(&it.role_id)).collect();
        Kept {
            running: filter.running.then(running),
            favourites: filter.favourites.then(|| catalog.favourites.clone()),
            signed_out: filter.needs_sign_in.then(|| self.signed_out(catalog)),
        }
    }

    /// The identities that the person has to sign in to.
    fn signed_out(&self, catalog: &Catalog) -> HashSet<u16> {
        let views = self.identities(&catalog.config);
        let is_out = |state: IdentityState| match state {
            IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => true,
            IdentityState::SignedIn => false,
        };
        let out: HashSet<&IdentityName> = views
            .iter()
            .filter(|view| view.way != SignInWay::None && is_out(view.state))
            .map(|view| &view.name)
            .collect();
        (0..).zip(&catalog.index.identities).filter(|(_, name)| out.contains(name)).map(|(place, _)| place).collect()
    }
}

impl Catalog {
    /// Those of these roles that exist, and whether another identity can assume each.
    fn views<'a>(&'a self, ids: impl Iterator<Item = &'a String> + 'a) -> impl Iterator<Item = (RoleView, bool)> + 'a {
        let Self { index, .. } = self;
        let places = ids.filter_map(|id| index.place_of(id));
        places.map(|place| (index.view(place), index.roles[place as usize].several))
    }

    fn shown<'a>(&'a self, query: &'a str) -> Shown<'a> {
        Shown { index: &self.index, query, favourites: &self.favourites }
    }
}
