//! The whole of Daypass behind one door: what the window, the tray, the agent and the command call.
//!
//! Opening it costs nothing: files are read, the keyring is asked and TLS is set up only when something needs it,
//! because `credential-process` opens one for every call that finds no agent.

mod answer;
mod catalog;
mod in_force;
mod mint;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use daypass_vault::{HealthState, Vault};
use tokio::sync::broadcast;
use url::Url;

use crate::audit::{AuditEvent, AuditLine, AuditLog};
use crate::config::{Config, ConfigFile, DeclaredRole};
use crate::console::{self, SignInUrl};
use crate::deliver::CredentialsFile;
use crate::event::Event;
use crate::exchange::{Caller, Sts};
use crate::http::{CaBundle, Http};
use crate::identity::proofs::{ProofParts, Proofs};
use crate::names::{IdentityName, ProfileName, Region};
use crate::problem::{Problem, ProblemKind};
use crate::session::{Credentials, Delivery, Foreign, Mint, Parts, Sessions, Turns, Wish};
use crate::surroundings::Surroundings;
use crate::view::{IdentitySettings, IdentityView, RoleView, SessionView, Snapshot};
use in_force::{InForce, KeyByConfig};

/// The broker. Clones share everything.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    surroundings: Surroundings,
    config: Arc<InForce>,
    vault: Vault,
    proofs: Arc<Proofs>,
    sessions: Arc<Sessions>,
    exchange: Arc<Exchange>,
    audit: AuditLog,
    events: broadcast::Sender<Event>,
}

/// What talks to AWS; made when first needed, because trusted certificates take milliseconds to load.
pub(crate) struct Exchange {
    surroundings: Surroundings,
    sts: OnceLock<Result<Sts, Problem>>,
    http: OnceLock<Result<Http, Problem>>,
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
        let proofs = Arc::new(Proofs::new(ProofParts {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            audit: audit.clone(),
            events: events.clone(),
            turns: Arc::clone(&turns),
        }));
        let exchange = Arc::new(Exchange::new(surroundings.clone()));
        let mint = mint::WebIdentityMint {
            config: Arc::clone(&config),
            proofs: Arc::clone(&proofs),
            exchange: Arc::clone(&exchange),
        };
        let sessions = Sessions::new(Parts {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            file: CredentialsFile::new(places.credentials_file.clone()),
            audit: audit.clone(),
            events: events.clone(),
            mint: Arc::new(mint),
            turns,
        });
        Self(Arc::new(Inner { surroundings, config, vault, proofs, sessions, exchange, audit, events }))
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

    /// Keeps sessions fresh and follows edits of `config.toml`, for as long as it is polled: what makes an agent.
    pub async fn keep(&self) {
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
        tokio::join!(sessions, follow);
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
            roles: catalog::roles(&config, &self.0.proofs),
            sessions,
            config_problem,
            vault_problem,
            config_file: places.config_file.display().to_string(),
            credentials_file: places.credentials_file.display().to_string(),
            sandbox: self.0.surroundings.sandbox,
        }
    }

    /// Adds an identity, or changes one.
    ///
    /// # Errors
    ///
    /// `identity-exists` when it must be new and is not; settings that cannot be right; a file that cannot be written.
    pub fn put_identity(&self, name: &IdentityName, settings: &IdentitySettings, new: bool) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        match (config.identities.contains_key(name), new) {
            (true, true) => {
                let message = format!("there is an identity named {name} already");
                return Err(Problem::new(ProblemKind::Refused, "identity-exists", message)
                    .hint("choose another name, or remove that one first"));
            }
            (false, false) => drop(config.identity(name)?),
            _ => {}
        }
        let IdentitySettings::Oidc(oidc) = settings;
        crate::identity::oidc::check_settings(oidc)?;
        self.0.config.replace(self.config_file().put_identity(name, settings)?);
        self.catalog_changed();
        Ok(())
    }

    /// Removes an identity with its roles, ends its sessions and throws its proof away.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; files that cannot be written.
    pub async fn remove_identity(&self, name: &IdentityName) -> Result<(), Problem> {
        self.0.config.good()?.identity(name)?;
        let sessions = self.0.sessions.list()?;
        let its: Vec<ProfileName> = sessions.into_iter().filter(|s| &s.identity == name).map(|s| s.profile).collect();
        self.0.sessions.stop(&its).await?;
        self.0.proofs.sign_out(name).await?;
        self.0.config.replace(self.config_file().remove_identity(name)?);
        self.catalog_changed();
        Ok(())
    }

    /// Checks settings, the provider's answers included; every problem that was found.
    pub async fn check_identity(&self, settings: &IdentitySettings) -> Vec<Problem> {
        self.0.proofs.check(settings).await
    }

    /// Signs a person in; see [`Proofs::sign_in`]. Sessions that waited for it are renewed.
    ///
    /// # Errors
    ///
    /// As [`Proofs::sign_in`].
    pub async fn sign_in(
        &self,
        identity: &IdentityName,
        limit: Duration,
        open: &(dyn Fn(&Url) -> bool + Sync),
    ) -> Result<String, Problem> {
        let config = self.0.config.good()?;
        let settings = config.identity(identity)?;
        // Where proofs cannot be kept, the person should not be sent through a sign-in first.
        if let HealthState::Fails(error) = self.0.vault.check().state {
            return Err(error.into());
        }
        let person = self.0.proofs.sign_in(identity, settings, limit, open).await?;
        self.0.sessions.signed_in(identity);
        self.catalog_changed();
        Ok(person)
    }

    /// Ends a sign-in that waits for the person.
    #[must_use]
    pub fn cancel_sign_in(&self, identity: &IdentityName) -> bool {
        self.0.proofs.cancel(identity)
    }

    /// The address of a sign-in that waits for the person.
    #[must_use]
    pub fn sign_in_url(&self, identity: &IdentityName) -> Option<Url> {
        self.0.proofs.sign_in_url(identity)
    }

    /// Throws a proof away. Sessions live on until they expire.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when the vault cannot be written.
    pub async fn sign_out(&self, identity: &IdentityName) -> Result<bool, Problem> {
        self.0.config.good()?.identity(identity)?;
        let had = self.0.proofs.sign_out(identity).await?;
        self.catalog_changed();
        Ok(had)
    }

    /// Declares a role.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when `config.toml` cannot be written.
    pub fn put_role(&self, role: &DeclaredRole) -> Result<(), Problem> {
        self.0.config.good()?.identity(&role.identity)?;
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
        if role.source == crate::view::RoleSource::Discovered {
            let message =
                format!("role {} comes from the sign-in of {}, not from config.toml", role.arn, role.identity);
            return Err(Problem::new(ProblemKind::Refused, "role-discovered", message)
                .hint("it goes when the identity provider no longer lists it"));
        }
        self.0.config.replace(self.config_file().remove_role(&role.arn)?);
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
        let roles = catalog::roles(&config, &self.0.proofs);
        let running = self.0.sessions.list().unwrap_or_default();
        catalog::find(&roles, &running, text)
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
    ) -> Result<SessionView, Problem> {
        let wish = wish(self.role(role)?, profile, delivery);
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

    /// Who AWS takes a profile's session for.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what STS refuses.
    pub async fn who_am_i(&self, profile: &ProfileName) -> Result<Caller, Problem> {
        let credentials = self.0.sessions.credentials(profile).await?;
        let region = self.0.sessions.wish(profile).as_ref().map(mint::region_of);
        let region = region.unwrap_or_else(|| "us-east-1".parse().unwrap_or_else(|_| unreachable!()));
        Ok(self.0.exchange.sts()?.get_caller_identity(&region, &credentials.keys()).await?)
    }

    /// An address that signs in to the console as a role. Its credentials come from the session that runs, or from
    /// an exchange of their own, which is not kept.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`]; what proof, exchange or the federation endpoint refuse.
    pub async fn console_url(
        &self,
        role: &str,
        service: Option<&str>,
        region: Option<Region>,
    ) -> Result<SignInUrl, Problem> {
        let role = self.role(role)?;
        let running = self.0.sessions.list()?.into_iter().find(|s| s.role == role.arn && s.expires_at.is_some());
        let wish = wish(role, running.as_ref().map(|s| s.profile.clone()), Delivery::Process);
        let credentials = match &running {
            Some(session) => self.0.sessions.credentials(&session.profile).await?,
            None => Credentials::of(self.0.exchange_once(&wish).await?),
        };
        let region = region.unwrap_or_else(|| mint::region_of(&wish));
        let destination = console::Destination::new(region, service)?;
        let exchange = &self.0.exchange;
        let endpoint = exchange.surroundings.endpoints.signin.as_ref();
        let keys = credentials.keys();
        let url = console::sign_in_url(exchange.http()?, endpoint, &keys, &destination, None).await?;
        self.0.audit.record(AuditLine {
            identity: Some(wish.identity),
            role: Some(wish.role),
            access_key_id: Some(credentials.access_key_id),
            ..AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::ConsoleOpened)
        });
        Ok(url)
    }

    fn identities(&self, config: &Config) -> Vec<IdentityView> {
        let view = |(name, settings): (&IdentityName, &IdentitySettings)| {
            let (state, kept, problem) = match self.0.proofs.standing(name, settings) {
                Ok((state, kept)) => (state, kept, None),
                Err(problem) => (crate::view::IdentityState::SignedOut, None, Some(problem)),
            };
            IdentityView {
                name: name.clone(),
                settings: settings.clone(),
                state,
                person: kept.as_ref().map(|k| k.person.clone()),
                signed_in_until: kept.as_ref().and_then(crate::identity::proofs::Kept::until),
                problem,
            }
        };
        config.identities.iter().map(view).collect()
    }

    fn config_file(&self) -> &ConfigFile {
        self.0.config.file()
    }

    fn catalog_changed(&self) {
        let _ = self.0.events.send(Event::CatalogChanged);
    }
}

impl Inner {
    async fn exchange_once(&self, wish: &Wish) -> Result<crate::exchange::Minted, Problem> {
        let mint = mint::WebIdentityMint {
            config: Arc::clone(&self.config),
            proofs: Arc::clone(&self.proofs),
            exchange: Arc::clone(&self.exchange),
        };
        mint.mint(wish).await
    }
}

impl Exchange {
    fn new(surroundings: Surroundings) -> Self {
        Self { surroundings, sts: OnceLock::new(), http: OnceLock::new() }
    }

    pub(crate) fn sts(&self) -> Result<&Sts, Problem> {
        let make = || {
            Ok(Sts::new(
                self.surroundings.endpoints.clone(),
                Arc::clone(&self.surroundings.clock),
                self.ca()?.as_ref(),
            )?)
        };
        self.sts.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn http(&self) -> Result<&Http, Problem> {
        let make = || Ok(Http::new(self.ca()?.as_ref())?);
        self.http.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn ca(&self) -> Result<Option<CaBundle>, Problem> {
        let path: Option<&Path> = self.surroundings.ca_bundle.as_deref();
        Ok(path.map(CaBundle::read).transpose()?)
    }
}

fn wish(role: RoleView, profile: Option<ProfileName>, delivery: Delivery) -> Wish {
    Wish {
        profile: profile.unwrap_or(role.profile),
        role: role.arn,
        identity: role.identity,
        region: role.region,
        duration: role.duration,
        delivery,
    }
}
