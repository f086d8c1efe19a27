//! The configuration in force: the person's own, and the shared catalogs beneath it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::catalog::{Catalogs, Content, Given, Known};
use super::merge::{MergedConfig, merge};
use super::{ConfigFile, InForce, PolicyFile};
use daypass_core::names::CatalogName;
use daypass_core::problem::Problem;
use daypass_core::settings::{CatalogFrom, CatalogSettings, CatalogView, Config, ConfigSource, DeclaredRole};

/// The person's configuration with shared catalogs. Without any, it is the person's own and nothing more is read.
pub(crate) struct Merged {
    own: Arc<InForce>,
    catalogs: Catalogs,
    policy: Arc<PolicyFile>,
    last: Mutex<Option<Last>>,
}

/// How long a vault that doesn't open isn't asked again.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

struct Last {
    own: Arc<Config>,
    given: BTreeMap<CatalogName, Given>,
    versions: Vec<Version>,
    /// When to try again, because the vault didn't open.
    again: Option<Instant>,
    config: Arc<Config>,
    views: Vec<CatalogView>,
    known: BTreeMap<CatalogName, (Given, Arc<Known>)>,
    count: u64,
}

type Version = Vec<Option<(u64, u64)>>;

impl Merged {
    pub(crate) fn new(own: Arc<InForce>, catalogs: Catalogs, policy: Arc<PolicyFile>) -> Self {
        Self { own, catalogs, policy, last: Mutex::default() }
    }

    /// The catalogs of the person and of the organization, whose own come first.
    fn given_by(&self, own: &Config) -> BTreeMap<CatalogName, Given> {
        let given = |by_policy: bool| {
            move |(name, settings): (&CatalogName, &CatalogSettings)| {
                (name.clone(), Given { settings: settings.clone(), by_policy })
            }
        };
        let mut all: BTreeMap<CatalogName, Given> = own.catalogs.iter().map(given(false)).collect();
        // Problems with a policy are reported where it decides.
        if let Ok(policy) = self.policy.policy() {
            all.extend(policy.catalogs.iter().map(given(true)));
        }
        all
    }

    pub(crate) fn file(&self) -> &ConfigFile {
        self.own.file()
    }

    /// What the person's own file says, if it is valid.
    pub(crate) fn own(&self) -> Result<Arc<Config>, Problem> {
        self.own.good()
    }

    /// The configuration, if the file is valid.
    pub(crate) fn good(&self) -> Result<Arc<Config>, Problem> {
        let own = self.own.good()?;
        Ok(self.beneath(own))
    }

    /// The last valid configuration, and what is wrong with the file now.
    pub(crate) fn best(&self) -> (Arc<Config>, Option<Problem>) {
        let (own, problem) = self.own.best();
        (self.beneath(own), problem)
    }

    /// Adopts a configuration of the person's own that was just written.
    pub(crate) fn replace(&self, own: Config) {
        self.own.replace(own);
    }

    /// A number that changes with the configuration.
    pub(crate) fn readings(&self) -> u64 {
        let own = self.own.readings();
        let _ = self.best();
        own.wrapping_add(self.last().as_ref().map_or(0, |last| last.count) << 32)
    }

    /// Every catalog.
    pub(crate) fn views(&self) -> Vec<CatalogView> {
        let _ = self.best();
        self.last().as_ref().map(|last| last.views.clone()).unwrap_or_default()
    }

    /// The catalogs of the configuration.
    pub(crate) fn given(&self) -> BTreeMap<CatalogName, Given> {
        self.given_by(&self.own.best().0)
    }

    /// A catalog of the configuration.
    ///
    /// # Errors
    ///
    /// `unknown-catalog`, naming those there are.
    pub(crate) fn catalog(&self, name: &CatalogName) -> Result<Given, Problem> {
        let mut all = self.given();
        all.remove(name).ok_or_else(|| CatalogView::unknown(name, all.keys()))
    }

    /// The catalogs themselves.
    pub(crate) fn catalogs(&self) -> &Catalogs {
        &self.catalogs
    }

    fn beneath(&self, own: Arc<Config>) -> Arc<Config> {
        let given = self.given_by(&own);
        let mut last = self.last();
        if given.is_empty() {
            if last.as_ref().is_some_and(|last| !last.views.is_empty()) {
                *last = None;
            }
            return own;
        }
        let versions = |catalogs: &Catalogs| -> Vec<Version> {
            given.iter().map(|(name, given)| catalogs.version(name, &given.settings)).collect()
        };
        if let Some(last) = &*last
            && Arc::ptr_eq(&last.own, &own)
            && last.given == given
            && last.versions == versions(&self.catalogs)
            && last.again.is_none_or(|again| again > Instant::now())
        {
            return Arc::clone(&last.config);
        }
        let count = last.as_ref().map_or(0, |last| last.count) + 1;
        let read = self.read(own, &given, last.as_ref(), count);
        // A look writes down what it saw.
        let read = Last { versions: versions(&self.catalogs), ..read };
        let config = Arc::clone(&read.config);
        *last = Some(read);
        config
    }

    fn read(&self, own: Arc<Config>, given: &BTreeMap<CatalogName, Given>, before: Option<&Last>, count: u64) -> Last {
        let mut again = None;
        let mut known: BTreeMap<CatalogName, (Given, Arc<Known>)> = BTreeMap::new();
        for (name, given) in given {
            let looked = self.catalogs.look(name, given).map(Arc::new).unwrap_or_else(|problem| {
                again = Some(Instant::now() + AFTER_FAILURE);
                // A vault that was locked meanwhile takes nothing out of force.
                let before = before.and_then(|last| last.known.get(name)).filter(|(known, _)| known == given);
                before.map_or_else(|| Arc::new(Known::stopped_by(problem)), |(_, known)| Arc::clone(known))
            });
            known.insert(name.clone(), (given.clone(), looked));
        }
        let contents: Vec<(CatalogName, &Content)> =
            known.iter().map(|(name, (_, known))| (name.clone(), known.content())).collect();
        let MergedConfig { config, mut notes, lost } = merge(&own, &contents);
        // A catalog that waits for the person may have it, so this keeps nothing else from working.
        let lost: Vec<String> = lost.iter().map(lost_role).collect();
        let seen = |(name, (given, known)): (&CatalogName, &(Given, Arc<Known>))| {
            let mut notes = notes.remove(name).unwrap_or_default();
            notes.extend(lost.iter().cloned());
            view(name, given, known, notes)
        };
        let views = known.iter().map(seen).collect();
        let given = given.clone();
        Last { own, given, versions: Vec::new(), again, config: Arc::new(config), views, known, count }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConfigSource for Merged {
    fn current(&self) -> Arc<Config> {
        self.best().0
    }
}

fn lost_role(role: &DeclaredRole) -> String {
    let DeclaredRole { arn, identity, .. } = role;
    format!(
        "your role {arn} is left out: its identity {identity} is neither in config.toml nor in force from a catalog"
    )
}

fn view(name: &CatalogName, given: &Given, known: &Known, mut notes: Vec<String>) -> CatalogView {
    let (record, status, content) = (&known.record, &known.status, known.content());
    let is_new = status.checked_at.is_none() && matches!(given.settings.from, CatalogFrom::Url(_));
    if is_new && status.problem.is_none() {
        notes.push("it hasn't been fetched yet".to_owned());
    }
    CatalogView {
        name: name.clone(),
        from: given.settings.from.to_string(),
        signed: !given.settings.key.is_empty(),
        trusted: record.trusted || (given.by_policy && !given.settings.key.is_empty()),
        by_policy: given.by_policy,
        serial: content.serial,
        identities: content.identities.len(),
        roles: content.roles.len(),
        accounts: content.accounts.len(),
        waiting_id: status.waiting_id(),
        waiting: status.waiting.clone(),
        notes,
        problem: status.problem.clone(),
        checked_at: status.checked_at,
    }
}
