//! One search in the list: which roles match, in which order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use daypass_core::names::ProfileName;
use daypass_core::role_list::{Grouping, RolesFilter};
use daypass_core::view::SessionView;
use daypass_search::Hits;

use super::index::RoleIndex;
use super::layout::Layout;
use super::pasted::{Meant, Pasted};

/// What decides what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SearchKey {
    pub(crate) query: String,
    pub(crate) filter: RolesFilter,
    pub(crate) round: u32,
    /// The roles that the filter keeps by what changes from moment to moment.
    pub(crate) kept: Kept,
    /// The profiles of sessions that the index doesn't know, by role. Without a query there are none.
    pub(crate) named: Vec<(u32, Vec<ProfileName>)>,
}

/// What a filter depends on besides the catalog. `None`: not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The roles with a session.
    pub(crate) running: Option<HashSet<u32>>,
    /// The favourites.
    pub(crate) favourites: Option<HashSet<u32>>,
    /// The identities that the person has to sign in to.
    pub(crate) signed_out: Option<HashSet<u16>>,
}

/// A search and what it found.
pub(crate) struct Search {
    pub(crate) key: SearchKey,
    /// The pasted page of the console that the roles reach.
    pub(crate) page: Option<String>,
    hits: Hits,
    boosts: HashMap<u32, u8>,
    ranked: OnceLock<Vec<u32>>,
    layouts: Mutex<Vec<Arc<Layout>>>,
}

/// A window has one way to look at a search, or changes it back and forth.
const MOST_LAYOUTS: usize = 3;

impl Search {
    /// Searches. `before`: an earlier search, whose query may be the beginning of this one.
    pub(crate) fn new(index: &RoleIndex, key: SearchKey, boosts: HashMap<u32, u8>, before: Option<&Self>) -> Self {
        let (mut hits, page) = match Pasted::of(&key.query) {
            Some(pasted) => pasted_hits(index, &pasted),
            None => (typed_hits(index, &key, before), None),
        };
        if key.filter != RolesFilter::default() {
            hits.retain(counting(index, &key));
        }
        Self { key, page, hits, boosts, ranked: OnceLock::new(), layouts: Mutex::default() }
    }

    /// How many match.
    pub(crate) fn count(&self) -> usize {
        self.hits.items().len()
    }

    /// Those that match, in the list's order.
    pub(crate) fn in_order(&self) -> &[u32] {
        self.hits.items()
    }

    /// Those that match, best first.
    pub(crate) fn ranked(&self) -> &[u32] {
        self.ranked.get_or_init(|| self.hits.by_rank(|place| self.boosts.get(&place).copied().unwrap_or(0)))
    }

    /// The lines of its list.
    pub(crate) fn layout(&self, index: &RoleIndex, group: Grouping, folded: &[String]) -> Arc<Layout> {
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = layouts.iter().find(|layout| layout.is_of(group, folded)) {
            return Arc::clone(known);
        }
        // Without a query, nothing is better than anything else, and accounts stay where they are.
        let is_ranked = !self.key.query.is_empty();
        let order = if is_ranked { self.ranked() } else { self.in_order() };
        let layout = Arc::new(Layout::new(index, order, is_ranked, group, folded));
        layouts.truncate(MOST_LAYOUTS - 1);
        layouts.insert(0, Arc::clone(&layout));
        layout
    }
}

fn typed_hits(index: &RoleIndex, key: &SearchKey, before: Option<&Search>) -> Hits {
    let within = before.filter(|before| {
        // Longer terms and more terms only ever match fewer roles.
        let is_longer = !before.key.query.is_empty() && key.query.starts_with(&before.key.query);
        let is_alike = before.key.filter == key.filter && before.key.kept == key.kept && before.key.named == key.named;
        is_longer && is_alike
    });
    let mut hits = index.search.hits(&key.query, within.map(|before| before.hits.items()));
    if !key.named.is_empty() {
        let by_profile = index.searchable_as(&key.named).hits(&key.query, None);
        hits.join(&by_profile, |item| key.named[item as usize].0);
    }
    hits
}

/// The roles that a pasted text is about, and the page that they reach.
fn pasted_hits(index: &RoleIndex, pasted: &Pasted<'_>) -> (Hits, Option<String>) {
    let (roles, page) = match pasted.meant(index) {
        Meant::Roles(roles) => (roles, None),
        Meant::Page(roles) => (roles, Some(pasted.text.to_owned())),
        Meant::Nothing => (Vec::new(), None),
    };
    (index.search.hits(&pasted.words, Some(&roles)), page)
}

/// The profiles of sessions under which the index wouldn't find their roles.
pub(crate) fn named_by_sessions(index: &RoleIndex, running: &[SessionView]) -> Vec<(u32, Vec<ProfileName>)> {
    let mut named: BTreeMap<u32, Vec<ProfileName>> = BTreeMap::new();
    for session in running {
        let Some(place) = index.place_of(&session.role_id) else { continue };
        let known = index.profile(place);
        let is_news = |profile: &&ProfileName| **profile != known && !index.started_as(place).contains(profile);
        let news: Vec<ProfileName> = session.profiles().filter(is_news).cloned().collect();
        if !news.is_empty() {
            named.entry(place).or_default().extend(news);
        }
    }
    named.into_iter().collect()
}

fn counting<'a>(index: &'a RoleIndex, key: &'a SearchKey) -> impl Fn(u32) -> bool + 'a {
    let SearchKey { filter, kept, .. } = key;
    let asked: HashSet<u16> = (0..)
        .zip(&index.identities)
        .filter_map(|(place, name)| filter.identities.contains(name).then_some(place))
        .collect();
    move |place| {
        let role = &index.roles[place as usize];
        (filter.identities.is_empty() || asked.contains(&role.identity))
            && (!filter.production || index.account_of(role).label.production)
            && kept.running.as_ref().is_none_or(|running| running.contains(&place))
            && kept.favourites.as_ref().is_none_or(|favourites| favourites.contains(&place))
            && kept.signed_out.as_ref().is_none_or(|signed_out| signed_out.contains(&role.identity))
    }
}
