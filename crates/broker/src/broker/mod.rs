//! The whole of Daypass behind one door: what the window, the tray, the agent and the command call.
//!
//! Opening it costs nothing: files are read, the keyring is asked and TLS is set up only when something needs it,
//! because `credential-process` opens one for every call that finds no agent.

mod answer;
mod catalog;
mod identities;
mod keys;
mod listings;
mod mint;
mod questions;
mod refresh;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use daypass_vault::Vault;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

pub use self::identities::identity_exists;
use crate::config::{ConfigFile, InForce, KeyByConfig};
use aws_files::Foreign;
use daypass_audit::AuditLog;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::credentials::Credentials;
use daypass_core::event::Event;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::{Delivery, Wish};
use daypass_core::settings::DeclaredRole;
use daypass_core::settings::{Config, ConfigSource};
use daypass_core::surroundings::Surroundings;
use daypass_core::view::{RoleView, SessionView, Snapshot};
use daypass_deliver::CredentialsFile;
use daypass_identity::identity_center::IdentityCenters;
use daypass_identity::oidc::Oidc;
use daypass_identity::{Shared, SignInWindow, SignIns};
use daypass_session::{Mint, Parts, Sessions};
use daypass_sts::console;
use daypass_sts::console::SignInUrl;
use daypass_sts::{Aws, ExchangeError, region_of};
use single_flight::Turns;

/// The broker. Clones share everything.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    surroundings: Surroundings,
    config: Arc<InForce>,
    vault: Vault,
    shared: Arc<Shared>,
    sign_ins: SignIns,
    listings: listings::Listings,
    mint: Arc<mint::Minter>,
    sessions: Arc<Sessions>,
    audit: AuditLog,
    events: broadcast::Sender<Event>,
}

impl Broker {
    /// The broker in these surroundings. Reads nothing yet.
    #[must_use]
    pub fn open(surroundings: Surroundings) -> Self {
        let places = &surroundings.places;
        let config = Arc::new(InForce::new(ConfigFile::new(places.config_file.clone())));
        let key = KeyByConfig::new(Arc::clone(&config), &surroundings);
        let vault = Vault::with_key_store(places.vault_file.clone(), Arc::new(key));
        // A subscriber that falls a thousand events behind asks for a snapshot instead.
        let (events, _) = broadcast::channel(1024);
        let audit = AuditLog::new(places.audit_log.clone());
        let turns = Arc::new(Turns::new(places.turns.clone()));
        let shared = Arc::new(Shared {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            audit: audit.clone(),
            events: events.clone(),
            turns: Arc::clone(&turns),
            aws: Arc::new(Aws::new(surroundings.clone(), Arc::clone(&config) as Arc<dyn ConfigSource>)),
            config: Arc::clone(&config) as Arc<dyn ConfigSource>,
            oidc: Oidc::new(Arc::clone(&surroundings.clock)),
            identity_centers: IdentityCenters::new(&places.cache),
            window: OnceLock::new(),
        });
        let mint = Arc::new(mint::Minter::new(Arc::clone(&shared)));
        let sessions = Sessions::new(Parts {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            file: CredentialsFile::new(places.credentials_file.clone(), &places.vault_file),
            audit: audit.clone(),
            events: events.clone(),
            mint: Arc::clone(&mint) as Arc<dyn Mint>,
            turns,
        });
        let sign_ins = SignIns::new(Arc::clone(&shared));
        let listings = listings::Listings::default();
        Self(Arc::new(Inner { surroundings, config, vault, shared, sign_ins, listings, mint, sessions, audit, events }))
    }

    /// Gives it a window for sign-ins; the first one counts. Without one, assertions have to be given.
    pub fn use_window(&self, window: Arc<dyn SignInWindow>) {
        let _ = self.0.shared.window.set(window);
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

    /// The vault, for a look at its health.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> &AuditLog {
        &self.0.audit
    }

    /// Keeps sessions and lists of roles fresh and follows edits of `config.toml`, for as long as it is polled: what
    /// makes an agent.
    pub async fn keep(&self) {
        loop {
            let (broker, mut keeping) = (self.clone(), JoinSet::new());
            keeping.spawn(async move { broker.keep_on().await });
            if keeping.join_next().await.is_some_and(|end| end.is_err()) {
                tracing::error!("keeping broke off: a fault in Daypass; it begins again");
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn keep_on(&self) {
        let sessions = Arc::clone(&self.0.sessions).keep();
        let follow = async {
            let mut announced = self.0.config.readings();
            loop {
                tokio::time::sleep(Duration::from_secs(2)).await;
                let readings = self.0.config.readings();
                if readings != announced {
                    announced = readings;
                    self.catalog_changed();
                }
            }
        };
        tokio::join!(sessions, follow, self.keep_catalogs());
    }

    /// Takes expired credentials out of the files, as [`Broker::keep`] does all the time.
    pub fn clear_expired(&self) {
        self.0.sessions.clear_expired();
    }

    /// Everything that is known now. Always answers: what cannot be read is named in it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let (config, config_problem) = self.0.config.best();
        let places = &self.0.surroundings.places;
        let (sessions, vault_problem) = match self.0.sessions.list() {
            Ok(sessions) => (sessions, None),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        Snapshot {
            identities: self.identities(&config),
            roles: self.roles(&config),
            sessions,
            config_problem,
            vault_problem,
            config_file: places.config_file.display().to_string(),
            credentials_file: places.credentials_file.display().to_string(),
            sandbox: self.0.surroundings.sandbox,
        }
    }

    /// Declares a role, or changes its declaration.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `role-exists` when it must be new and is declared; terms that AWS would refuse; when
    /// `config.toml` cannot be written.
    pub fn put_role(&self, role: &DeclaredRole, new: bool) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        let identity = config.identity(&role.identity)?;
        if new && config.roles.iter().any(|known| known.arn == role.arn && known.identity == role.identity) {
            let message = format!("{} is declared for identity {} already", role.arn, role.identity);
            return Err(Problem::new(ProblemKind::Refused, "role-exists", message)
                .hint("change it in config.toml or in the window, or remove it first; nothing was changed"));
        }
        if let Some(what) = role.asks_for_too_long() {
            return Err(Problem::new(ProblemKind::Invalid, "bad-duration", what)
                .hint("ask for less; a renewal comes before the end anyway"));
        }
        let order = self.0.shared.aws.order(&role.arn, role.region.as_ref(), &role.terms);
        match &role.via {
            Some(via) => order.asked_by(via).check_for_keys(true)?,
            None => daypass_identity::operation(identity, &role.arn).check(&order).map_err(ExchangeError::from)?,
        }
        self.0.config.replace(self.config_file().put_role(role)?);
        self.catalog_changed();
        Ok(())
    }

    /// Removes a role's declaration; its session, if one runs, goes on.
    ///
    /// # Errors
    ///
    /// `unknown-role`; `role-discovered` for one that is not declared; when `config.toml` cannot be written.
    pub fn remove_role(&self, role: &str) -> Result<(), Problem> {
        let role = self.role(role)?;
        if role.source == daypass_core::view::RoleSource::Discovered {
            let message =
                format!("role {} comes from the sign-in of {}, not from config.toml", role.arn, role.identity);
            return Err(Problem::new(ProblemKind::Refused, "role-discovered", message)
                .hint("it goes when the identity provider no longer lists it"));
        }
        self.0.config.replace(self.config_file().remove_role(&role.arn, &role.identity)?);
        self.catalog_changed();
        Ok(())
    }

    /// The role that `ACCOUNT/ROLE`, an ARN or a profile name means.
    ///
    /// # Errors
    ///
    /// `unknown-role`, `ambiguous-role`.
    pub fn role(&self, text: &str) -> Result<RoleView, Problem> {
        let config = self.0.config.good()?;
        let roles = self.roles(&config);
        let running = self.0.sessions.list().unwrap_or_default();
        catalog::find(&roles, &running, text).map_err(|problem| match problem.code.as_str() {
            "unknown-role" => self.or_not_signed_in(&config, problem),
            _ => problem,
        })
    }

    /// Starts a session of a role.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`] and [`Sessions::start`].
    pub async fn start(
        &self,
        role: &str,
        profile: Option<ProfileName>,
        foreign: Foreign,
        delivery: Delivery,
        read_only: bool,
    ) -> Result<SessionView, Problem> {
        let mut wish = wish(self.role(role)?, profile, delivery);
        wish.terms.read_only |= read_only;
        self.0.sessions.start(wish, foreign).await
    }

    /// Renews a session now.
    ///
    /// # Errors
    ///
    /// As [`Sessions::renew`].
    pub async fn renew(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.0.sessions.renew(profile).await
    }

    /// Ends the session of a profile, or all. Returns how many there were.
    ///
    /// # Errors
    ///
    /// `unknown-session`; as [`Sessions::stop`].
    pub async fn stop(&self, profile: Option<&ProfileName>) -> Result<usize, Problem> {
        let profiles = match profile {
            Some(profile) => vec![self.0.sessions.find(profile)?.profile],
            None => self.0.sessions.list()?.into_iter().map(|session| session.profile).collect(),
        };
        self.0.sessions.stop(&profiles).await
    }

    /// Valid credentials for a profile: of its session, or of one that is started for the role with that profile
    /// (nothing is written to a file then).
    ///
    /// # Errors
    ///
    /// As [`Sessions::credentials`] and [`Sessions::start`].
    pub async fn credentials(&self, profile: &ProfileName) -> Result<Credentials, Problem> {
        match self.0.sessions.credentials(profile).await {
            Err(problem) if problem.code == "unknown-session" => {
                // A mistake in config.toml is what to tell, not that the role is unknown because of it.
                let role =
                    self.role(profile.as_str()).map_err(|e| if e.code == "unknown-role" { problem } else { e })?;
                let wish = wish(role, Some(profile.clone()), Delivery::Process);
                self.0.sessions.start(wish, Foreign::Refuse).await?;
                self.0.sessions.credentials(profile).await
            }
            result => result,
        }
    }

    /// The region of a profile's session.
    #[must_use]
    pub fn region(&self, profile: &ProfileName) -> Option<Region> {
        self.0.sessions.wish(profile).and_then(|wish| wish.region)
    }

    /// An address that signs in to the console as a role. Its credentials come from the session that runs, or from
    /// an exchange of their own, which is not kept.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`]; `console-not-for-users`, `console-not-for-root`; what proof, exchange or the federation
    /// endpoint refuse.
    pub async fn console_url(
        &self,
        role: &str,
        service: Option<&str>,
        region: Option<Region>,
    ) -> Result<SignInUrl, Problem> {
        let role = self.role(role)?;
        console::admits(&role.arn)?;
        let region = region.unwrap_or_else(|| region_of(&role.arn, role.region.as_ref()));
        let destination = console::Destination::new(role.arn.partition(), region, service)?;
        let running = self
            .0
            .sessions
            .list()?
            .into_iter()
            .find(|s| s.role == role.arn && s.identity == role.identity && s.expires_at.is_some());
        let wish = wish(role, running.as_ref().map(|s| s.profile.clone()), Delivery::Process);
        let credentials = match &running {
            Some(session) => self.0.sessions.credentials(&session.profile).await?,
            None => Credentials::of(self.0.mint.mint(&wish).await?),
        };
        let aws = &self.0.shared.aws;
        let endpoint = aws.surroundings.endpoints.signin.as_ref();
        let keys = credentials.keys();
        let url = console::sign_in_url(aws.http()?, endpoint, &keys, &destination, None).await?;
        self.0.audit.record(AuditLine {
            identity: Some(wish.identity),
            role: Some(wish.role),
            access_key_id: Some(credentials.access_key_id),
            ..AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::ConsoleOpened)
        });
        Ok(url)
    }

    fn roles(&self, config: &Config) -> Vec<RoleView> {
        catalog::roles(config, |name, settings| daypass_identity::identity(settings, self.desk(name)).roles())
    }

    fn config_file(&self) -> &ConfigFile {
        self.0.config.file()
    }

    fn catalog_changed(&self) {
        let _ = self.0.events.send(Event::CatalogChanged);
    }
}

fn wish(role: RoleView, profile: Option<ProfileName>, delivery: Delivery) -> Wish {
    Wish {
        profile: profile.unwrap_or(role.profile),
        role: role.arn,
        identity: role.identity,
        via: role.via,
        region: role.region,
        terms: role.terms,
        delivery,
    }
}
