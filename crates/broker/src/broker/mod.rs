//! The whole of Daypass behind one door: what the window, the tray, the agent and the command call.
//!
//! Opening it costs nothing: files are read, the keyring is asked and TLS is set up only when something needs it,
//! because `credential-process` opens one for every call that finds no agent.

mod answer;
mod catalog;
mod mint;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use daypass_vault::{HealthState, Vault};
use tokio::sync::broadcast;

use crate::audit::{AuditEvent, AuditLine, AuditLog};
use crate::config::{Config, ConfigFile, DeclaredRole, InForce, KeyByConfig};
use crate::console::{self, SignInUrl};
use crate::deliver::CredentialsFile;
use crate::event::Event;
use crate::exchange::{Aws, Caller, Denial, Keys, StsRegions, region_of};
use crate::identity::oidc::Oidc;
use crate::identity::{Asked, Desk, Identity, Shared, SignInWindow, SignIns};
use crate::names::{AccountId, IdentityName, ProfileName, Region};
use crate::problem::{Problem, ProblemKind};
use crate::secret::Given;
use crate::session::{Credentials, Delivery, Foreign, Mint, Parts, Sessions, Turns, Wish};
use crate::surroundings::Surroundings;
use crate::view::{
    IdentitySettings, IdentityState, IdentityView, RoleView, SessionView, SignInAsk, Snapshot, TrialStep,
};

/// The broker. Clones share everything.
#[derive(Clone)]
pub struct Broker(Arc<Inner>);

struct Inner {
    surroundings: Surroundings,
    config: Arc<InForce>,
    vault: Vault,
    shared: Arc<Shared>,
    sign_ins: SignIns,
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
            aws: Arc::new(Aws::new(surroundings.clone(), Arc::clone(&config))),
            config: Arc::clone(&config),
            oidc: Oidc::new(Arc::clone(&surroundings.clock)),
            window: OnceLock::new(),
            cache: places.cache.clone(),
        });
        let mint = Arc::new(mint::Minter::new(Arc::clone(&shared)));
        let sessions = Sessions::new(Parts {
            clock: Arc::clone(&surroundings.clock),
            vault: vault.clone(),
            file: CredentialsFile::new(places.credentials_file.clone()),
            audit: audit.clone(),
            events: events.clone(),
            mint: Arc::clone(&mint) as Arc<dyn Mint>,
            turns,
        });
        let sign_ins = SignIns::new(Arc::clone(&shared));
        Self(Arc::new(Inner { surroundings, config, vault, shared, sign_ins, mint, sessions, audit, events }))
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
            roles: self.roles(&config),
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
    pub fn put_identity(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: &Given,
        new: bool,
    ) -> Result<(), Problem> {
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
        settings.check()?;
        // First the vault: an identity without the secrets that it needs is of no use.
        self.desk(name).put_secrets(secrets)?;
        self.0.mint.forget_links(name);
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
        self.end_sign_in(name).await?;
        self.desk(name).clear()?;
        self.0.config.replace(self.config_file().remove_identity(name)?);
        self.catalog_changed();
        Ok(())
    }

    /// Tries an identity without the person: each step with its time.
    ///
    /// # Errors
    ///
    /// `unknown-identity`.
    pub async fn try_identity(&self, name: &IdentityName) -> Result<Vec<TrialStep>, Problem> {
        let identity = self.identity(name)?;
        Ok(steps_of(&*identity).await)
    }

    /// Tries settings that are not saved yet. Secrets that are typed but not saved cannot be tried.
    pub async fn try_settings(&self, name: &IdentityName, settings: &IdentitySettings) -> Vec<TrialStep> {
        steps_of(&*settings.at(self.desk(name))).await
    }

    /// Signs a person in; see [`SignIns::sign_in`]. Sessions that waited for it are renewed.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; what the provider or the person refused; `sign-in-cancelled`, `sign-in-timed-out`.
    pub async fn sign_in(&self, name: &IdentityName, asked: Asked<'_>) -> Result<String, Problem> {
        let (name, identity) = self.signer(name)?;
        // Where proofs cannot be kept, the person should not be sent through a sign-in first.
        if let HealthState::Fails(error) = self.0.vault.check().state {
            return Err(error.into());
        }
        let person = self.0.sign_ins.sign_in(&self.desk(&name), &*identity, asked).await?;
        let config = self.0.config.best().0;
        for other in config.identities.keys() {
            let is_it = other == &name || self.identity(other).is_ok_and(|i| i.signed_in_by().as_ref() == Some(&name));
            if is_it {
                self.0.mint.forget_links(other);
                self.0.sessions.signed_in(other, identity.proof_is_short_lived());
            }
        }
        self.catalog_changed();
        Ok(person)
    }

    /// Ends a sign-in that waits for the person.
    #[must_use]
    pub fn cancel_sign_in(&self, identity: &IdentityName) -> bool {
        self.signer(identity).is_ok_and(|(name, _)| self.0.sign_ins.cancel(&name))
    }

    /// What the person has to do for a sign-in that is under way.
    #[must_use]
    pub fn sign_in_ask(&self, identity: &IdentityName) -> Option<SignInAsk> {
        self.signer(identity).ok().and_then(|(name, _)| self.0.sign_ins.ask(&name))
    }

    /// Throws a proof away. Sessions live on until they expire.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when the vault cannot be written.
    pub async fn sign_out(&self, identity: &IdentityName) -> Result<bool, Problem> {
        let (name, _) = self.signer(identity)?;
        let had = self.end_sign_in(&name).await?;
        self.catalog_changed();
        Ok(had)
    }

    async fn end_sign_in(&self, name: &IdentityName) -> Result<bool, Problem> {
        self.0.sign_ins.cancel(name);
        let had = self.identity(name)?.sign_out().await?;
        self.0.mint.forget_links(name);
        if had {
            let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::SignedOut);
            self.0.audit.record(AuditLine { identity: Some(name.clone()), ..line });
            let _ = self.0.events.send(Event::SignedOut { identity: name.clone() });
        }
        Ok(had)
    }

    /// The identity that signs in for this one: most often itself.
    fn signer(&self, name: &IdentityName) -> Result<(IdentityName, Box<dyn Identity>), Problem> {
        let identity = self.identity(name)?;
        match identity.signed_in_by() {
            Some(other) => Ok((other.clone(), self.identity(&other)?)),
            None => Ok((name.clone(), identity)),
        }
    }

    /// Declares a role.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when `config.toml` cannot be written.
    pub fn put_role(&self, role: &DeclaredRole) -> Result<(), Problem> {
        self.0.config.good()?.identity(&role.identity)?;
        if let Some(what) = role.asks_for_too_long() {
            return Err(Problem::new(ProblemKind::Invalid, "bad-duration", what)
                .hint("ask for less; a renewal comes before the end anyway"));
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
        if role.source == crate::view::RoleSource::Discovered {
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

    /// Who AWS takes a profile's session for.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what STS refuses.
    pub async fn who_am_i(&self, profile: &ProfileName) -> Result<Caller, Problem> {
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.shared.aws.sts()?.get_caller_identity(&at, &keys).await?)
    }

    /// "Why was I denied": what an encoded authorization message says. `text` may be the whole error that it came in.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what is no encoded message; what STS refuses (it needs `sts:DecodeAuthorizationMessage`).
    pub async fn explain_denial(&self, profile: &ProfileName, text: &str) -> Result<Denial, Problem> {
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.shared.aws.sts()?.decode_authorization_message(&at, &keys, text).await?)
    }

    /// "Whose key is this": the account of an access key id.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what is no access key id; what STS refuses (it needs `sts:GetAccessKeyInfo`).
    pub async fn whose_key(&self, profile: &ProfileName, access_key_id: &str) -> Result<AccountId, Problem> {
        let (at, keys) = self.keys_of(profile).await?;
        Ok(self.0.shared.aws.sts()?.get_access_key_info(&at, &keys, access_key_id).await?)
    }

    /// The keys of a session that runs, and where to ask with them.
    async fn keys_of(&self, profile: &ProfileName) -> Result<(StsRegions, Keys), Problem> {
        let credentials = self.0.sessions.credentials(profile).await?;
        let wish = self.0.sessions.find(profile).ok().and_then(|_| self.0.sessions.wish(profile));
        let wish = wish.ok_or_else(|| crate::session::unknown_session(profile))?;
        Ok((self.0.shared.aws.regions(wish.role.partition(), wish.region.as_ref()), credentials.keys().into()))
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
        let region = region.unwrap_or_else(|| region_of(&wish.role, wish.region.as_ref()));
        let destination = console::Destination::new(region, service)?;
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

    fn identities(&self, config: &Config) -> Vec<IdentityView> {
        config.identities.iter().map(|(name, settings)| self.identity_view(name, settings)).collect()
    }

    fn identity_view(&self, name: &IdentityName, settings: &IdentitySettings) -> IdentityView {
        let identity = settings.at(self.desk(name));
        let (standing, problem) = match identity.standing() {
            Ok(standing) => (Some(standing), None),
            Err(problem) => (None, Some(problem)),
        };
        let signed_in_by = identity.signed_in_by();
        let signing_in = self.0.sign_ins.is_under_way(signed_in_by.as_ref().unwrap_or(name));
        let state = standing.as_ref().map_or(IdentityState::SignedOut, |s| s.state);
        IdentityView {
            name: name.clone(),
            settings: settings.clone(),
            provider: identity.provider(),
            way: identity.way(),
            secrets: identity.secrets(),
            signed_in_by,
            state: if signing_in { IdentityState::SigningIn } else { state },
            person: standing.as_ref().and_then(|s| s.person.clone()),
            signed_in_until: standing.and_then(|s| s.until),
            problem,
        }
    }

    fn roles(&self, config: &Config) -> Vec<RoleView> {
        catalog::roles(config, |name, settings| settings.at(self.desk(name)).roles())
    }

    fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        Ok(self.0.config.good()?.identity(name)?.at(self.desk(name)))
    }

    fn desk(&self, name: &IdentityName) -> Desk {
        Desk { name: name.clone(), shared: Arc::clone(&self.0.shared) }
    }

    fn config_file(&self) -> &ConfigFile {
        self.0.config.file()
    }

    fn catalog_changed(&self) {
        let _ = self.0.events.send(Event::CatalogChanged);
    }
}

async fn steps_of(identity: &dyn Identity) -> Vec<TrialStep> {
    let steps = Mutex::new(Vec::new());
    identity.try_out(&|step| steps.lock().unwrap_or_else(PoisonError::into_inner).push(step)).await;
    steps.into_inner().unwrap_or_else(PoisonError::into_inner)
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
