//! The broker itself: its parts, and what each of them needs.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use daypass_vault::{KeyStore, Vault};
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinSet;

use super::consent_book::Consent;
use super::exchange::RoleExchange;
use super::key_health::KeyHealth;
use super::learning::Learning;
use super::list::Held;
use super::listings::Listings;
use super::lock_state::LockState;
use super::names::Unwritten;
use super::refusals::Refusals;
use super::takings::Takings;
use crate::account_book::AccountBook;
use crate::config::{Catalogs, ConfigFile, InForce, KeyByConfig, Merged, PolicyFile};
use crate::credentials_file::of_files;
use crate::generated::CommandPath;
use crate::network::KeptForNetwork;
use daypass_audit::{AuditLog, HeadFile};
use daypass_core::account::LabelAccounts;
use daypass_core::event::Event;
use daypass_core::problem::Problem;
use daypass_core::role_list::SavedFilter;
use daypass_core::settings::{Config, ConfigSource};
use daypass_core::surroundings::Surroundings;
use daypass_core::view::Snapshot;
use daypass_http::Network;
use daypass_identity::{IdentityFactory, SamlWindow, Services, SignIns, Unfinished};
use daypass_session::{CredentialSource, SessionDependencies, Sessions};
use daypass_sts::Aws;
use single_flight::Turns;

/// The broker. Clones share everything.
#[derive(Clone)]
pub struct Broker(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) surroundings: Surroundings,
    pub(super) config: Arc<Merged>,
    pub(super) policy: Arc<PolicyFile>,
    pub(super) accounts: Arc<AccountBook>,
    pub(super) key: Arc<KeyByConfig>,
    pub(super) vault: Vault,
    pub(super) services: Arc<Services>,
    pub(super) identities: IdentityFactory,
    pub(super) sign_ins: SignIns,
    pub(super) listings: Listings,
    pub(super) learning: Learning,
    pub(super) exchange: Arc<RoleExchange>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) audit: AuditLog,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) key_health: KeyHealth,
    pub(super) unwritten: Unwritten,
    pub(super) list: Held,
    pub(super) lock: LockState,
    pub(super) takings: Takings,
    pub(super) consent: Consent,
    pub(super) refusals: Refusals,
    /// What sections of the AWS config file name.
    pub(super) command: OnceLock<CommandPath>,
    /// Rung when the configuration changed from within.
    config_bell: Notify,
}

impl Broker {
    /// The broker in these surroundings. Reads nothing yet.
    #[must_use]
    pub fn open(surroundings: Surroundings) -> Self {
        let places = &surroundings.places;
        let own = Arc::new(InForce::new(ConfigFile::new(places.config_file.clone())));
        let key = Arc::new(KeyByConfig::new(Arc::clone(&own), &surroundings));
        let vault = Vault::with_key_store(places.vault_file.clone(), Arc::clone(&key) as Arc<dyn KeyStore>);
        let catalogs = Catalogs::new(vault.clone(), places.clone(), Arc::clone(&surroundings.clock));
        let policy = Arc::new(PolicyFile::new(places.policy_file.clone()));
        let config = Arc::new(Merged::new(Arc::clone(&own), catalogs, Arc::clone(&policy)));
        // A subscriber that falls a thousand events behind asks for a snapshot instead.
        let (events, unwritten) = broadcast::channel(1024);
        let audit = AuditLog::new(
            places.audit_log.clone(),
            Arc::new(HeadFile::of(&places.audit_log, vault.clone())),
            // Its settings, like those of AWS below, are the person's alone.
            Arc::clone(&own) as Arc<dyn ConfigSource>,
        );
        let turns = Arc::new(Turns::new(places.turns.clone()));
        let network = Network::new(
            surroundings.network.clone(),
            Arc::clone(&own) as Arc<dyn ConfigSource>,
            Arc::new(KeptForNetwork(vault.clone())),
        );
        let services = Arc::new(Services {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            audit: audit.clone(),
            events: events.clone(),
            turns: Arc::clone(&turns),
            aws: Arc::new(Aws::new(surroundings.clone(), own as Arc<dyn ConfigSource>, network.clone())),
            config: Arc::clone(&config) as Arc<dyn ConfigSource>,
            window: OnceLock::new(),
            unfinished: Unfinished::default(),
        });
        let accounts = Arc::new(AccountBook::new(Arc::clone(&config) as Arc<dyn ConfigSource>, &places.cache));
        let identities = IdentityFactory::new(&surroundings, network);
        let exchange = Arc::new(RoleExchange::new(Arc::clone(&services), identities.clone(), Arc::clone(&policy)));
        let sessions = Sessions::new(SessionDependencies {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            deliveries: daypass_deliver::deliveries(
                places.credentials_file.clone(),
                places.aws_config_file.clone(),
                &places.vault_file,
            ),
            audit: audit.clone(),
            events: events.clone(),
            source: Arc::clone(&exchange) as Arc<dyn CredentialSource>,
            accounts: Arc::clone(&accounts) as Arc<dyn LabelAccounts>,
            turns,
        });
        let list = Held::new(events.subscribe());
        let lock = LockState::new(surroundings.clock.now());
        let sign_ins = SignIns::new(Arc::clone(&services));
        let listings = Listings::default();
        Self(Arc::new(Inner {
            surroundings,
            config,
            policy,
            accounts,
            key,
            vault,
            services,
            identities,
            sign_ins,
            listings,
            learning: Learning::default(),
            exchange,
            sessions,
            audit,
            events,
            key_health: KeyHealth::default(),
            unwritten: Unwritten::new(unwritten),
            list,
            lock,
            takings: Takings::default(),
            consent: Consent::default(),
            refusals: Refusals::default(),
            command: OnceLock::new(),
            config_bell: Notify::new(),
        }))
    }

    /// Gives it a window for SAML sign-ins. The first one counts. Without one, the person has to give assertions.
    pub fn use_window(&self, window: Arc<dyn SamlWindow>) {
        let _ = self.0.services.window.set(window);
    }

    /// Events from now on.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// The surroundings it was opened in.
    #[must_use]
    pub fn surroundings(&self) -> &Surroundings {
        &self.0.surroundings
    }

    /// The services of AWS, for a look at them.
    pub(crate) fn aws(&self) -> &Aws {
        &self.0.services.aws
    }

    /// The vault, for a look at its health.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// Whether opening the vault means to ask the person for its passphrase.
    #[must_use]
    pub fn needs_passphrase(&self) -> bool {
        self.0.key.asks() && self.0.vault.path().exists() && !self.0.vault.is_open()
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &AuditLog {
        &self.0.audit
    }

    /// Keeps sessions and lists of roles fresh, and follows edits of `config.toml`, for as long as it is polled. This
    /// is what an agent does.
    pub async fn keep(&self) {
        self.0.takings.begin();
        loop {
            let (broker, mut keeping) = (self.clone(), JoinSet::new());
            keeping.spawn(async move { broker.keep_on().await });
            if keeping.join_next().await.is_some_and(|end| end.is_err()) {
                tracing::error!("renewing sessions crashed and is restarting. This is a bug in Daypass");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Completes when a request is under way that spends a token, so the process must not end without
    /// [`Broker::finish`].
    pub async fn spends_token(&self) {
        self.0.services.unfinished.is_under_way().await;
    }

    /// What the process does before it ends: lets a refresh under way finish, ten seconds at most, and writes its
    /// result. Returns whether nothing is lost.
    pub async fn finish(&self) -> bool {
        let (is_safe, ()) = tokio::join!(self.0.services.unfinished.end(&self.0.vault), self.0.learning.finish());
        self.write_names();
        if !is_safe {
            tracing::error!("Daypass ends before a refreshed sign-in was stored. You may have to sign in again");
        }
        is_safe
    }

    async fn keep_on(&self) {
        let broker = self.clone();
        // The keyring may ask the person first.
        drop(tokio::task::spawn_blocking(move || {
            broker.settle_rename();
            broker.bind_secrets();
            broker.settle_what_waits();
        }));
        let sessions = Arc::clone(&self.0.sessions).keep();
        let follow = async {
            let mut announced = self.0.config.readings();
            let mut followed = self.0.config.best().0;
            loop {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs(2)) => {}
                    () = self.0.config_bell.notified() => {}
                }
                let before = std::mem::replace(&mut followed, self.0.config.best().0);
                if !Arc::ptr_eq(&before, &followed) {
                    // A renewal may have the turn of a profile for long.
                    let broker = self.clone();
                    drop(tokio::spawn(async move { broker.follow_regions(&before).await }));
                }
                self.0.services.unfinished.write_held(&self.0.vault);
                let readings = self.0.config.readings();
                if readings != announced {
                    announced = readings;
                    self.catalog_changed();
                }
                let broker = self.clone();
                drop(tokio::task::spawn_blocking(move || broker.write_names()));
            }
        };
        tokio::join!(
            sessions,
            follow,
            self.keep_catalogs(),
            self.keep_shared_catalogs(),
            self.watch_key(),
            self.learn_names_from_sessions(),
            self.watch_idle(),
            self.watch_screen(),
            self.follow_sessions_of_consents(),
            self.keep_leases()
        );
    }

    /// Removes expired credentials from the files, as [`Broker::keep`] does all the time.
    pub fn clear_expired(&self) {
        self.settle_rename();
        self.0.sessions.clear_expired();
    }

    /// Waits only briefly for work of other processes from now on: the agent doesn't respond, and may have been stopped
    /// in the middle of it.
    pub fn wait_briefly(&self) {
        self.0.services.turns.wait_at_most(10);
    }

    /// What is wrong with `config.toml` now. Its last good version is in force, or an empty one.
    #[must_use]
    pub fn config_problem(&self) -> Option<Problem> {
        self.0.config.best().1
    }

    /// Everything that is known now, and what couldn't be read.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let _one_question = self.0.key.ask_once();
        let rest = self.snapshot_without_roles();
        let config = self.config();
        let mut roles = self.roles_with(&config, &rest.sessions);
        self.label(&mut roles);
        Snapshot { roles, first_roles: self.first_roles(&config, &rest.sessions), ..rest }
    }

    /// What the window gets: everything except the roles, and their number.
    #[must_use]
    pub fn window_snapshot(&self) -> Snapshot {
        // For the roles, too: a sign-in's list is in the vault.
        let _one_question = self.0.key.ask_once();
        let rest = self.snapshot_without_roles();
        Snapshot { roles_known: Some(self.roles_known()), ..rest }
    }

    /// Everything but the catalog of roles, which takes long where there are thousands.
    #[must_use]
    pub fn snapshot_without_roles(&self) -> Snapshot {
        let (config, config_problem) = self.0.config.best();
        let places = &self.0.surroundings.places;
        // Sessions and identities both need the vault.
        let _one_question = self.0.key.ask_once();
        let (sessions, vault_problem) = match self.0.sessions.list() {
            Ok(sessions) => (sessions, self.0.key_health.problem()),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        Snapshot {
            identities: self.identities(&config),
            roles: Vec::new(),
            roles_known: None,
            filters: config.filters.iter().map(|(name, filter)| SavedFilter::of(name, filter)).collect(),
            first_roles: Vec::new(),
            sessions,
            config_problem,
            vault_problem,
            credentials_problem: of_files(places).into_iter().next(),
            recent_roles: self.recent_roles(&config),
            catalogs: self.0.config.views(),
            policy: self.0.policy.view(),
            config_file: places.config_file.display().to_string(),
            credentials_file: places.credentials_file.display().to_string(),
            sandbox: self.0.surroundings.sandbox,
        }
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Arc<Config> {
        self.0.config.best().0
    }

    pub(super) fn config_file(&self) -> &ConfigFile {
        self.0.config.file()
    }

    pub(super) fn catalog_changed(&self) {
        self.0.config_bell.notify_one();
        let _ = self.0.events.send(Event::CatalogChanged);
    }
}
