//! Adds, removes and tries identities, and signs people in and out.

use daypass_vault::HealthState;

use super::bounds::admits_settings;
use super::door::Broker;
use super::exchange::naming_the_catalog;
use super::shared::is_shared;
use crate::config::Changed;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::event::Event;
use daypass_core::names::{AccountId, IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::Config;
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{Caution, IdentityState, IdentityView, SecretField, SignInAsk, TrialStep};
use daypass_identity::iam_user;
use daypass_identity::{Draft, Identity, IdentityContext, SignInRequest, TellTrial, Trial};

/// What to do about an identity that a catalog has.
pub(super) const OWN_IDENTITY: &str = "to replace it, add your own identity with the same name";

impl Broker {
    /// Adds or changes an identity together with its secrets: all or nothing.
    ///
    /// # Errors
    ///
    /// `identity-exists` when it must be new and is not; `unknown-identity` for one that it builds on; settings that
    /// cannot be right; a vault that does not open, where there are secrets; a file that cannot be written.
    pub fn put_identity(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: &TypedSecrets,
        new: bool,
    ) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        let catalog = config.origins.identities.get(name);
        match (config.identities.contains_key(name), catalog, new) {
            (true, None, true) => return Err(identity_exists(name)),
            (false, _, false) => drop(config.identity(name)?),
            // Its secrets are the person's own.
            (true, Some(catalog), false) if config.identities.get(name) != Some(settings) => {
                return Err(is_shared(&format!("identity {name}"), catalog, OWN_IDENTITY));
            }
            _ => {}
        }
        daypass_identity::check(settings)?;
        admits_settings(&self.0.policy, &config, settings)?;
        iam_user::check_typed(settings, secrets)?;
        let fields = daypass_identity::secrets(settings);
        if let Some(before) = config.identities.get(name) {
            self.context(name).sending(&daypass_identity::secrets(before)).check_destinations(&fields, secrets)?;
        }
        if let Some(other) = self.0.identities.make(settings, self.context(name)).signed_in_by() {
            config.identity(&other)?;
        }
        self.0.identities.make(settings, self.context(name)).ready()?;
        // A vault that does not open is found before anything is written.
        if !secrets.is_empty() {
            self.check_vault()?;
        }
        if catalog.is_some() && !new {
            self.context(name).sending(&fields).put_secrets(secrets)?;
            self.0.exchange.forget_links(name);
            self.catalog_changed();
            return Ok(());
        }
        let changed = self.config_file().put_identity(name, settings)?;
        self.with_vault(name, changed, || self.context(name).sending(&fields).put_secrets(secrets))
    }

    /// Removes an identity with its roles, ends its sessions and deletes its proof.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; `identity-in-use`; files that cannot be written.
    pub async fn remove_identity(&self, name: &IdentityName) -> Result<(), Problem> {
        let config = self.0.config.good()?;
        config.identity(name)?;
        if let Some(catalog) = config.origins.identities.get(name) {
            return Err(is_shared(&format!("identity {name}"), catalog, OWN_IDENTITY));
        }
        self.no_other_signs_in_with(&config, name)?;
        let sessions = self.0.sessions.list()?;
        let its: Vec<ProfileName> = sessions.into_iter().filter(|s| &s.identity == name).map(|s| s.profile).collect();
        self.0.sessions.stop(&its).await?;
        self.end_sign_in(name).await?;
        let changed = self.config_file().remove_identity(name)?;
        self.with_vault(name, changed, || self.context(name).clear())?;
        self.forget_profiles(|_, before| before.is_of_identity(name));
        Ok(())
    }

    /// `identity-in-use`.
    fn no_other_signs_in_with(&self, config: &Config, name: &IdentityName) -> Result<(), Problem> {
        let signs_in_with = |(other, settings): (&IdentityName, &IdentitySettings)| {
            let signer = self.0.identities.make(settings, self.context(other)).signed_in_by();
            signer.is_some_and(|signer| &signer == name).then(|| other.to_string())
        };
        let others: Vec<String> = config.identities.iter().filter_map(signs_in_with).collect();
        if others.is_empty() {
            return Ok(());
        }
        let others = others.join(", ");
        let message = format!("identity {name} is in use: {others} signs in with it. Nothing was removed");
        Err(Problem::new(ProblemKind::Refused, ProblemCode::IdentityInUse, message)
            .hint(format!("remove {others} first, or let it sign in with another identity")))
    }

    /// Completes a change of `config.toml`. If the vault can't be written, it undoes that change, which works without
    /// the vault.
    pub(super) fn with_vault(
        &self,
        name: &IdentityName,
        changed: Changed,
        write_vault: impl FnOnce() -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let outcome = write_vault();
        let config = match &outcome {
            Ok(()) => changed.config,
            Err(problem) => self.config_file().undo(name, &changed).map_err(|kept| {
                let message =
                    format!("{}. The change in config.toml couldn't be undone: {}", problem.message, kept.message);
                Problem { message, ..problem.clone() }
            })?,
        };
        self.0.config.replace(config);
        self.0.exchange.forget_links(name);
        self.catalog_changed();
        outcome
    }

    fn check_vault(&self) -> Result<(), Problem> {
        match self.0.vault.check().state {
            HealthState::Fails(error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Tries an identity without the person. `tell` hears each step as it ends; all of them are returned. Dropping the
    /// future ends the trial.
    ///
    /// # Errors
    ///
    /// `unknown-identity`.
    pub async fn try_identity(&self, name: &IdentityName, tell: TellTrial<'_>) -> Result<Vec<TrialStep>, Problem> {
        let identity = self.identity(name)?;
        self.admits_identity(name)?;
        let trial = Trial::new(tell);
        identity.try_out(&trial).await;
        Ok(trial.into_steps())
    }

    /// What works with an identity but isn't as safe as it could be. May ask its provider.
    pub async fn caution(&self, name: &IdentityName) -> Option<Caution> {
        self.identity(name).ok()?.caution().await
    }

    /// As [`Broker::try_identity`], with settings that are not saved yet and secrets that were just typed, which are
    /// kept nowhere. `name` is what messages call it. Secrets that were not typed are those of the identity of that
    /// name in the vault if it `exists`, and none otherwise: a new identity has nothing of another's.
    pub async fn try_settings(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: TypedSecrets,
        exists: bool,
        tell: TellTrial<'_>,
    ) -> Vec<TrialStep> {
        let context = match self.draft(name, settings, secrets, exists) {
            Ok(context) => context,
            Err(problem) => {
                let what = "your organization's policy".to_owned();
                return vec![TrialStep { what, took_ms: 0, seen: None, problem: Some(problem) }];
            }
        };
        let trial = Trial::new(tell);
        self.0.identities.make(settings, context).try_out(&trial).await;
        trial.into_steps()
    }

    /// What the MFA device of an IAM user in a form is most likely called. Asks AWS whose the access key is, which is
    /// used as in [`Broker::try_settings`]. `None` for another kind.
    ///
    /// # Errors
    ///
    /// What the organization's policy forbids; no key; what AWS refuses.
    pub async fn likely_mfa_serial(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: TypedSecrets,
        exists: bool,
    ) -> Result<Option<String>, Problem> {
        let IdentitySettings::IamUser(user) = settings else { return Ok(None) };
        let context = self.draft(name, settings, secrets, exists)?;
        iam_user::IamUserIdentity::new(user.clone(), context).likely_mfa_serial().await.map(Some)
    }

    /// The context of an identity in a form, which keeps nothing.
    fn draft(
        &self,
        name: &IdentityName,
        settings: &IdentitySettings,
        secrets: TypedSecrets,
        exists: bool,
    ) -> Result<IdentityContext, Problem> {
        if exists && let Ok(before) = self.0.config.good().and_then(|config| config.identity(name).cloned()) {
            // These settings may send a secret from before elsewhere.
            self.context(name).sending(&daypass_identity::secrets(&before)).bind();
        }
        admits_settings(&self.0.policy, &self.config(), settings)?;
        Ok(self.context(name).for_draft(Draft { typed: secrets, exists }))
    }

    /// Signs a person in; see [`SignIns::sign_in`]. Sessions that waited for it are renewed.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; what the provider or the person refused; `sign-in-cancelled`, `sign-in-timed-out`.
    pub async fn sign_in(&self, name: &IdentityName, asked: SignInRequest<'_>) -> Result<String, Problem> {
        self.admits_identity(name)?;
        let name = self.signer_of(name)?;
        self.admits_identity(&name)?;
        let identity = self.identity(&name)?;
        // If proofs cannot be kept, say so before the person goes through a sign-in.
        self.check_vault()?;
        drop(self.0.vault.reserve()?);
        let signed_in = self.0.sign_ins.sign_in(&self.context(&name), &*identity, asked).await;
        let person = signed_in.map_err(|problem| naming_the_catalog(&self.config(), &name, problem))?;
        let config = self.0.config.best().0;
        for other in config.identities.keys() {
            let is_it = self.signer_of(other).is_ok_and(|signer| signer == name);
            if is_it {
                self.0.exchange.forget_links(other);
                self.0.sessions.signed_in(other, identity.proof_is_short_lived());
            }
        }
        self.learn_names_of_sign_in(&name);
        self.catalog_changed();
        Ok(person)
    }

    /// Cancels a sign-in that waits for the person.
    #[must_use]
    pub fn cancel_sign_in(&self, identity: &IdentityName) -> bool {
        self.signer_of(identity).is_ok_and(|name| self.0.sign_ins.cancel(&name))
    }

    /// What the person has to do for a sign-in that is under way.
    #[must_use]
    pub fn sign_in_ask(&self, identity: &IdentityName) -> Option<SignInAsk> {
        self.signer_of(identity).ok().and_then(|name| self.0.sign_ins.ask(&name))
    }

    /// Deletes a proof. Sessions continue until they expire.
    ///
    /// # Errors
    ///
    /// `unknown-identity`; when the vault cannot be written.
    pub async fn sign_out(&self, identity: &IdentityName) -> Result<bool, Problem> {
        let name = self.signer_of(identity)?;
        let had = self.end_sign_in(&name).await?;
        self.catalog_changed();
        Ok(had)
    }

    pub(super) async fn end_sign_in(&self, name: &IdentityName) -> Result<bool, Problem> {
        self.0.sign_ins.cancel(name);
        self.stop_listing(name);
        let had = self.identity(name)?.sign_out().await?;
        let running = self.0.sessions.list().unwrap_or_default();
        let in_use: Vec<AccountId> = running.into_iter().map(|session| session.role.account().clone()).collect();
        self.0.accounts.forget(name, &in_use);
        self.0.exchange.forget_links(name);
        if had {
            let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::SignedOut);
            self.0.audit.record(AuditLine { identity: Some(name.clone()), ..line });
            let _ = self.0.events.send(Event::SignedOut { identity: name.clone() });
        }
        Ok(had)
    }

    pub(super) fn identities(&self, config: &Config) -> Vec<IdentityView> {
        let view = |(name, settings)| {
            let catalog = config.origins.identities.get(name).cloned();
            let view = self.identity_view(name, settings);
            let forbidden = self.admits_identity(name).err();
            IdentityView { catalog, problem: forbidden.or(view.problem), ..view }
        };
        config.identities.iter().map(view).collect()
    }

    /// An unknown role may be one that a sign-in would list.
    pub(super) fn or_not_signed_in(&self, config: &Config, problem: Problem) -> Problem {
        let waiting = |view: &IdentityView| {
            matches!(view.state, IdentityState::SignedOut | IdentityState::NeedsSignIn)
                && daypass_identity::finds_roles(&view.settings)
        };
        let names: Vec<String> =
            self.identities(config).into_iter().filter(waiting).map(|view| view.name.to_string()).collect();
        if names.is_empty() {
            return problem;
        }
        let known = problem.hint.clone().unwrap_or_default();
        problem.hint(format!("you aren't signed in to {}, and a sign-in may list it; or {known}", names.join(", ")))
    }

    /// A profile that is in no catalog may be a role's that a sign-in would list. Only the person can sign in, so the
    /// problem is that, and not that the role is unknown.
    pub(super) fn or_sign_in_first(&self, unknown: Problem) -> Problem {
        let waits = |view: &IdentityView| match view.state {
            IdentityState::SignedOut | IdentityState::NeedsSignIn => daypass_identity::finds_roles(&view.settings),
            IdentityState::SignedIn | IdentityState::SigningIn => false,
        };
        let identities = self.identities(&self.0.config.best().0);
        let waiting: Vec<&IdentityName> =
            identities.iter().filter(|view| waits(view)).map(IdentityView::signer).collect();
        let Some(first) = waiting.first() else { return unknown };
        let names: Vec<String> = waiting.iter().map(ToString::to_string).collect();
        let message =
            format!("{}, and you aren't signed in to {}, which may list its role", unknown.message, names.join(", "));
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, message)
            .hint("sign in, and try again")
            .next(NextStep::SignIn { identity: (*first).clone() })
    }

    fn identity_view(&self, name: &IdentityName, settings: &IdentitySettings) -> IdentityView {
        let identity = self.0.identities.make(settings, self.context(name));
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
            catalog: None,
            provider: identity.provider(),
            way: identity.way(),
            secrets: self.secrets(name, settings),
            signed_in_by,
            state: if signing_in { IdentityState::SigningIn } else { state },
            person: standing.as_ref().and_then(|s| s.person.clone()),
            signed_in_until: standing.and_then(|s| s.until),
            lists_roles: identity.lists_roles(),
            listing: self.listing(name),
            problem: problem.or_else(|| self.listing_problem(name)),
            remarks: identity.remarks(),
        }
    }

    fn secrets(&self, name: &IdentityName, settings: &IdentitySettings) -> Vec<SecretField> {
        let context = self.context(name);
        let is_set = |field: &str| context.has_secret(field);
        daypass_identity::secrets(settings)
            .into_iter()
            .map(|field| SecretField { is_set: is_set(&field.name), ..field })
            .collect()
    }

    /// Binds the secrets from before, whose destination isn't stored, to where `config.toml` sends them now.
    pub(super) fn bind_secrets(&self) {
        for (name, settings) in &self.0.config.best().0.identities {
            self.context(name).sending(&daypass_identity::secrets(settings)).bind();
        }
    }

    pub(super) fn identity(&self, name: &IdentityName) -> Result<Box<dyn Identity>, Problem> {
        Ok(self.0.identities.make(self.0.config.good()?.identity(name)?, self.context(name)))
    }

    pub(super) fn context(&self, name: &IdentityName) -> IdentityContext {
        IdentityContext::of(name, &self.0.services)
    }
}

/// `identity-exists`: the name of a new identity is taken.
#[must_use]
pub fn identity_exists(name: &IdentityName) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::IdentityExists, format!("an identity named {name} already exists"))
        .hint("choose another name, or remove that one first")
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use std::time::Duration;

    use daypass_core::clock::SystemClock;
    use daypass_core::endpoints::Endpoints;
    use daypass_core::problem::NextStep;
    use daypass_core::settings::{IamUserSettings, OidcSettings, ProfileSettings};
    use daypass_core::surroundings::{Places, Surroundings};
    use daypass_http::fake::{Fake, Reply};
    use daypass_vault::{PassphraseNeed, VaultError};
    use serde_json::json;

    use super::*;
    use crate::rehearsal;

    const SECRET: &str = "secret_access_key";

    fn settings(mfa_serial: &str) -> IdentitySettings {
        let mfa_serial = Some(mfa_serial.to_owned()).filter(|serial| !serial.is_empty());
        IdentitySettings::IamUser(IamUserSettings { mfa_serial, ..IamUserSettings::default() })
    }

    fn key(secret: &str) -> TypedSecrets {
        TypedSecrets::none().and("access_key_id", "AKIAIOSFODNN7EXAMPLE".into()).and(SECRET, secret.into())
    }

    fn config(home: &Path) -> String {
        std::fs::read_to_string(home.join("config.toml")).unwrap()
    }

    fn names(broker: &Broker) -> Vec<String> {
        broker.snapshot().identities.iter().map(|identity| identity.name.to_string()).collect()
    }

    #[test]
    fn a_typed_access_key_that_cannot_be_one_is_refused_before_anything_is_written() {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let before = config(home.path());
        for (id, secret) in [("AKIA123", "s"), ("ASIAIOSFODNN7EXAMPLE", "s"), ("AKIAIOSFODNN7EXAMPLE", "two words")] {
            let typed = TypedSecrets::none().and("access_key_id", id.into()).and(SECRET, secret.into());
            let refused = broker.put_identity(&"kim".parse().unwrap(), &settings(""), &typed, true).unwrap_err();
            assert_eq!(refused.code, ProblemCode::BadAccessKey, "{id}");
        }
        assert_eq!(config(home.path()), before);
    }

    #[test]
    fn an_identity_that_builds_on_what_cannot_carry_it_is_refused_when_it_is_added() {
        use daypass_core::settings::CognitoSettings;
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        broker.put_identity(&"key".parse().unwrap(), &settings(""), &key("secret"), true).unwrap();
        let IdentitySettings::Cognito(pool) = daypass_identity::example("cognito").unwrap() else { unreachable!() };
        let pool = IdentitySettings::Cognito(CognitoSettings { identity: "key".parse().unwrap(), ..pool });
        let places = &broker.surroundings().places;
        std::fs::create_dir_all(places.aws_config_file.parent().unwrap()).unwrap();
        let text = "[profile loop]\ncredential_process = daypass credential-process --profile x\n";
        std::fs::write(&places.aws_config_file, text).unwrap();
        let profile = ProfileSettings { profile: "loop".parse().unwrap(), region: None, default_region: None };
        let before = config(home.path());
        for (settings, code) in
            [(pool, ProblemCode::CognitoNoOidc), (IdentitySettings::Profile(profile), ProblemCode::ProfileLoop)]
        {
            let refused = broker.put_identity(&"new".parse().unwrap(), &settings, &TypedSecrets::none(), true);
            let refused = refused.unwrap_err();
            assert_eq!(refused.code, code);
            assert!(refused.hint.is_some());
        }
        assert_eq!(config(home.path()), before);
    }

    #[tokio::test]
    async fn without_the_vault_an_identity_with_secrets_is_neither_added_nor_changed_nor_removed() {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let (one, two) = ("one".parse().unwrap(), "two".parse().unwrap());
        broker.put_identity(&one, &settings(""), &key("first"), true).unwrap();
        let before = config(home.path());
        let set_mode = |mode| {
            let key = home.path().join("vault.key");
            std::fs::set_permissions(key, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        // Another process, whose vault has no key in memory yet.
        let again = || Broker::open(broker.surroundings().clone());

        set_mode(0o644);
        for _ in 0..2 {
            let refused = again().put_identity(&two, &settings(""), &key("second"), true).unwrap_err();
            assert_eq!(refused.code, ProblemCode::KeyFileOpenToOthers);
        }
        let refused = again().put_identity(&one, &settings("GAHT12345678"), &key("other"), false).unwrap_err();
        assert_eq!(refused.code, ProblemCode::KeyFileOpenToOthers);
        assert_eq!(again().remove_identity(&one).await.unwrap_err().code, ProblemCode::KeyFileOpenToOthers);
        assert_eq!(config(home.path()), before);
        assert_eq!(names(&broker), ["one"]);

        set_mode(0o600);
        let broker = again();
        let secret = broker.context(&one).secret(SECRET).unwrap().unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&secret), "first");
        broker.put_identity(&two, &settings(""), &key("second"), true).unwrap();
        assert_eq!(names(&broker), ["one", "two"]);
        assert_eq!(
            broker.put_identity(&two, &settings(""), &key("x"), true).unwrap_err().code,
            ProblemCode::IdentityExists
        );
        broker.remove_identity(&one).await.unwrap();
        assert!(broker.context(&one).secret(SECRET).unwrap().is_none());
    }

    fn oidc(issuer: &str) -> IdentitySettings {
        IdentitySettings::Oidc(OidcSettings::new(issuer, "daypass"))
    }

    /// A provider that refuses every code.
    async fn provider() -> Fake {
        Fake::start(|url, (line, _)| match line {
            "GET /.well-known/openid-configuration" => Reply::json(&json!({
                "issuer": url, "authorization_endpoint": format!("{url}/auth"),
                "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/jwks"),
            })),
            "GET /jwks" => Reply::json(&json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x":
                "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})),
            _ => Reply::with(400, "application/json", json!({"error": "invalid_grant"}).to_string()),
        })
        .await
    }

    fn first_problem(steps: Vec<TrialStep>) -> Option<Problem> {
        steps.into_iter().find_map(|step| step.problem)
    }

    #[tokio::test]
    async fn a_stored_secret_does_not_follow_a_changed_config() {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let (honest, other, work) = (provider().await, provider().await, "work".parse().unwrap());
        let secret = |text: &str| TypedSecrets::none().and("client_secret", text.into());
        broker.put_identity(&work, &oidc(&honest.url), &secret("PLANTED"), true).unwrap();
        assert!(first_problem(broker.try_identity(&work, &|_| ()).await.unwrap()).is_none());
        assert_eq!(honest.count("POST /token"), 1);

        let file = home.path().join("config.toml");
        let before = config(home.path());
        // Another spelling of the same address is the same destination.
        std::fs::write(&file, before.replace(&honest.url, &format!("{}/", honest.url))).unwrap();
        assert!(
            first_problem(Broker::open(broker.surroundings().clone()).try_identity(&work, &|_| ()).await.unwrap())
                .is_none()
        );

        std::fs::write(&file, before.replace(&honest.url, &other.url)).unwrap();
        let again = Broker::open(broker.surroundings().clone());
        let problem = first_problem(again.try_identity(&work, &|_| ()).await.unwrap()).unwrap();
        assert_eq!(problem.code, ProblemCode::SecretForAnotherDestination);
        assert!(problem.message.contains(&honest.url) && problem.message.contains(&other.url), "{problem:?}");
        let next = NextStep::GiveSecrets { identity: work.clone(), secrets: vec!["client_secret".into()] };
        assert_eq!(problem.next, Some(next));
        let drafted = again.try_settings(&work, &oidc(&other.url), TypedSecrets::none(), true, &|_| ()).await;
        assert_eq!(first_problem(drafted).unwrap().code, ProblemCode::SecretForAnotherDestination);
        let shown = |_: &SignInAsk| true;
        let given = TypedSecrets::none();
        let asked = SignInRequest {
            limit: Duration::from_secs(60),
            device: false,
            given: &given,
            show: &shown,
            caution: &|_| (),
        };
        let problem = again.sign_in(&work, asked).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::SecretForAnotherDestination);
        assert_eq!(other.count("POST /token"), 0, "nothing was sent");

        // Typed again, it is for the other one.
        again.put_identity(&work, &oidc(&other.url), &secret("PLANTED-2"), false).unwrap();
        assert!(first_problem(again.try_identity(&work, &|_| ()).await.unwrap()).is_none());
        assert_eq!((honest.count("POST /token"), other.count("POST /token")), (2, 1));
    }

    #[tokio::test]
    async fn a_form_that_sends_a_secret_elsewhere_needs_it_typed_again() {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let work = "work".parse().unwrap();
        let secret = |text: &str| TypedSecrets::none().and("client_secret", text.into());
        let (one, two) = (oidc("https://one.example"), oidc("https://two.example"));
        broker.put_identity(&work, &one, &secret("PLANTED"), true).unwrap();
        let before = config(home.path());
        let refused = broker.put_identity(&work, &two, &TypedSecrets::none(), false).unwrap_err();
        assert_eq!(refused.code, ProblemCode::SecretForAnotherDestination);
        assert_eq!(config(home.path()), before);
        broker.put_identity(&work, &two, &secret(""), false).unwrap();
        broker.put_identity(&work, &one, &secret("PLANTED"), false).unwrap();
        broker.put_identity(&work, &two, &secret("PLANTED"), false).unwrap();
    }

    #[tokio::test]
    async fn a_secret_from_before_is_for_the_settings_of_its_first_use() {
        let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let (honest, other, work) = (provider().await, provider().await, "work".parse::<IdentityName>().unwrap());
        let secret = TypedSecrets::none().and("client_secret", "PLANTED".into());
        broker.put_identity(&work, &oidc(&honest.url), &secret, true).unwrap();
        let from_before = || {
            broker.vault().update(|entries| {
                assert_eq!(entries.remove_under("sent-to/"), 1);
                Ok::<_, VaultError>(())
            })
        };
        from_before().unwrap();
        let drafted = broker.try_settings(&work, &oidc(&other.url), TypedSecrets::none(), true, &|_| ()).await;
        assert_eq!(first_problem(drafted).unwrap().code, ProblemCode::SecretForAnotherDestination);
        from_before().unwrap();
        let refused = broker.put_identity(&work, &oidc(&other.url), &TypedSecrets::none(), false).unwrap_err();
        assert_eq!(refused.code, ProblemCode::SecretForAnotherDestination);
        from_before().unwrap();
        broker.bind_secrets();
        assert!(first_problem(broker.try_identity(&work, &|_| ()).await.unwrap()).is_none());
        assert_eq!((honest.count("POST /token"), other.count("POST /token")), (1, 0));
        broker.remove_identity(&work).await.unwrap();
        assert!(broker.vault().read().unwrap().is_empty(), "nothing of it is left");
    }

    #[tokio::test]
    async fn a_config_that_everyone_can_change_is_not_read() {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
        let one = "one".parse().unwrap();
        broker.put_identity(&one, &settings(""), &key("first"), true).unwrap();
        let set_mode =
            |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let file = home.path().join("config.toml");
        let code = || Broker::open(broker.surroundings().clone()).snapshot().config_problem.map(|p| p.code);
        for (path, open, closed) in [(file.as_path(), 0o666, 0o600), (home.path(), 0o777, 0o700)] {
            assert_eq!(code(), None);
            set_mode(path, open);
            assert_eq!(code(), Some(ProblemCode::ConfigOpenToOthers), "{}", path.display());
            assert!(broker.snapshot().config_problem.is_some(), "the one that runs notices too");
            assert_eq!(broker.try_identity(&one, &|_| ()).await.unwrap_err().code, ProblemCode::ConfigOpenToOthers);
            set_mode(path, closed);
        }
        set_mode(home.path(), 0o1777);
        assert_eq!(code(), None, "no one can replace a file in a sticky folder");
        set_mode(home.path(), 0o700);
        set_mode(&file, 0o664);
        assert_eq!(code(), None, "a team may share it");
        assert!(daypass_core::openness::open_to_some(&file));
    }

    /// A passphrase is chosen only when the vault is written for the first time, so that it can be declined after
    /// `config.toml` was written.
    #[tokio::test]
    async fn a_vault_that_fails_at_the_last_moment_leaves_config_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let text = "# mine\n[settings.vault]\nkey = \"passphrase\" # as I like it\n";
        std::fs::write(home.path().join("config.toml"), text).unwrap();
        let is_given = Arc::new(AtomicBool::new(false));
        let (given, aws) = (Arc::clone(&is_given), home.path().join("aws"));
        let broker = Broker::open(Surroundings {
            places: Places::under(home.path(), aws.join("credentials"), aws.join("config")),
            clock: Arc::new(SystemClock),
            endpoints: Endpoints::default(),
            passphrase: Arc::new(move |need| match (need, given.load(Ordering::SeqCst)) {
                (PassphraseNeed::New, false) => Err(VaultError::PassphraseDeclined),
                _ => Ok("correct horse".into()),
            }),
            network: daypass_core::proxy::NetworkVariables::default(),
            sandbox: false,
        });
        let ann = "ann".parse().unwrap();
        let refused = broker.put_identity(&ann, &settings(""), &key("first"), true).unwrap_err();
        assert_eq!(refused.code, ProblemCode::PassphraseDeclined);
        assert_eq!(config(home.path()), text);
        assert!(names(&broker).is_empty());

        // Without secrets no vault is needed.
        std::fs::create_dir_all(&aws).unwrap();
        std::fs::write(aws.join("config"), "[profile x]\nregion = eu-west-1\n").unwrap();
        let profile = ProfileSettings { profile: "x".parse().unwrap(), region: None, default_region: None };
        let profile = IdentitySettings::Profile(profile);
        broker.put_identity(&"other".parse().unwrap(), &profile, &TypedSecrets::none(), true).unwrap();
        broker.remove_identity(&"other".parse().unwrap()).await.unwrap();

        is_given.store(true, Ordering::SeqCst);
        broker.put_identity(&ann, &settings(""), &key("first"), true).unwrap();
        assert_eq!(names(&broker), ["ann"]);
    }
}
