//! The proofs in hand: kept in the vault, refreshed one at a time, asked of the person one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daypass_vault::Vault;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use tokio::sync::{Notify, broadcast, watch};
use url::Url;

use super::oidc::{self, Oidc, OidcProof, SignIn};
use crate::audit::{AuditEvent, AuditLine, AuditLog};
use crate::clock::Clock;
use crate::event::Event;
use crate::names::IdentityName;
use crate::problem::{Problem, ProblemKind};
use crate::session::Turns;
use crate::view::{IdentitySettings, IdentityState, OidcSettings};

/// An ID token is used while it has this long to live: the exchange must arrive at STS before its end.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(30);

/// What proofs need from outside.
#[derive(Clone)]
pub struct ProofParts {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where proofs are kept.
    pub vault: Vault,
    /// Where sign-ins are recorded.
    pub audit: AuditLog,
    /// Where events are announced.
    pub events: broadcast::Sender<Event>,
    /// Single flight: a refresh token that is used twice is revoked by good providers.
    pub turns: Arc<Turns>,
}

/// The proofs of all identities.
pub struct Proofs {
    parts: ProofParts,
    oidc: Oidc,
    under_way: Mutex<HashMap<IdentityName, UnderWay>>,
}

/// A sign-in that waits for the person; everybody who asks for the same one shares it.
#[derive(Clone)]
struct UnderWay {
    url: Url,
    cancel: Arc<Notify>,
    outcome: watch::Receiver<Option<Result<String, Problem>>>,
}

/// Who proved what, as it lies in the vault.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    issuer: String,
    client_id: String,
    pub(crate) person: String,
    subject: String,
    #[serde(serialize_with = "exposed_option")]
    refresh_token: Option<SecretString>,
    #[serde(serialize_with = "exposed_option")]
    id_token: Option<SecretString>,
    expires_at: DateTime<Utc>,
    pub(crate) claims: Map<String, Value>,
}

/// What is exchanged at STS.
pub(crate) struct WebIdentity {
    pub(crate) token: SecretString,
    pub(crate) claims: Map<String, Value>,
    /// Whether it was made for this exchange: a refused one is not worth a second try then.
    pub(crate) fresh: bool,
}

impl Proofs {
    /// Proofs over these parts; nothing is read yet.
    #[must_use]
    pub fn new(parts: ProofParts) -> Self {
        let oidc = Oidc::new(Arc::clone(&parts.clock));
        Self { parts, oidc, under_way: Mutex::default() }
    }

    /// An ID token that is good for an exchange: the one in hand, or a new one by the refresh token. Never asks
    /// the person. With `anew` the one in hand will not do.
    pub(crate) async fn web_identity(
        self: &Arc<Self>,
        identity: &IdentityName,
        settings: &IdentitySettings,
        anew: bool,
    ) -> Result<WebIdentity, Problem> {
        let IdentitySettings::Oidc(settings) = settings;
        if !anew && let Some(kept) = self.good(identity, settings)? {
            return Ok(kept);
        }
        let turn = self.parts.turns.take(&entry(identity)).await?;
        // Another process may have refreshed it while this one waited.
        if !anew && let Some(kept) = self.good(identity, settings)? {
            return Ok(kept);
        }
        // A task of its own: whoever asked may hang up, but a refresh token that was sent is spent, and the answer
        // holds the next one.
        let (proofs, identity, settings) = (Arc::clone(self), identity.clone(), settings.clone());
        let refresh = tokio::spawn(async move {
            let _turn = turn;
            proofs.refresh(&identity, &settings).await
        });
        refresh.await.unwrap_or_else(|_| {
            Err(Problem::new(
                ProblemKind::Passing,
                "refresh-ended",
                "the refresh of the sign-in ended without an answer",
            ))
        })
    }

    async fn refresh(&self, identity: &IdentityName, settings: &OidcSettings) -> Result<WebIdentity, Problem> {
        let kept = self.kept(identity, settings)?.ok_or_else(|| signed_out(identity))?;
        let Some(refresh_token) = kept.refresh_token.clone() else { return Err(spent(identity)) };
        tracing::debug!(%identity, issuer = settings.issuer, "the provider is asked for a new ID token");
        match oidc::refresh(settings, &self.oidc, &refresh_token, Some(&kept.subject)).await {
            Ok(proof) => {
                let (token, claims) = (proof.id_token.clone(), proof.claims.clone());
                self.keep(identity, settings, proof)?;
                Ok(WebIdentity { token, claims, fresh: true })
            }
            Err(error) => {
                let problem = Problem::from(error);
                if problem.kind == ProblemKind::NeedsSignIn {
                    self.mark_spent(identity, kept)?;
                }
                Err(problem)
            }
        }
    }

    /// Signs a person in. `open` is given the address and opens a browser with it, or says that it did not.
    /// A second call for the same identity joins the first.
    ///
    /// # Errors
    ///
    /// What the provider or the person refused; `sign-in-cancelled`, `sign-in-timed-out`.
    pub async fn sign_in(
        &self,
        identity: &IdentityName,
        settings: &IdentitySettings,
        limit: Duration,
        open: &(dyn Fn(&Url) -> bool + Sync),
    ) -> Result<String, Problem> {
        let IdentitySettings::Oidc(settings) = settings;
        // One beginning at a time: two who ask at the same moment must end up with one sign-in.
        let beginning = self.parts.turns.take(&format!("sign-in/{identity}")).await?;
        if let Some(mut same) = self.waiting(identity) {
            drop(beginning);
            // The person may have closed the first tab: give them the address again.
            let browser_opened = open(&same.url);
            self.announce_begin(identity, &same.url, browser_opened);
            let outcome = same.outcome.wait_for(Option::is_some).await;
            return outcome.ok().and_then(|o| o.clone()).unwrap_or_else(|| Err(cancelled(identity)));
        }
        let sign_in = SignIn::begin(identity.clone(), settings.clone(), &self.oidc).await.map_err(Problem::from);
        let sign_in = sign_in.inspect_err(|problem| self.announce_failure(identity, problem))?;
        let url = sign_in.url().clone();
        let (tell, outcome) = watch::channel(None);
        let cancel = Arc::new(Notify::new());
        let own = UnderWay { url: url.clone(), cancel: Arc::clone(&cancel), outcome };
        self.lock().insert(identity.clone(), own);
        // However this ends (the asker may hang up), the place is free for the next sign-in.
        let mut place = Place { proofs: self, identity, over: false };
        drop(beginning);
        let browser_opened = open(&url);
        self.announce_begin(identity, &url, browser_opened);
        let result = match sign_in.wait(limit, cancel.notified()).await {
            Ok(proof) => self.accept(identity, settings, proof).await,
            Err(error) => Err(Problem::from(error)),
        };
        let _ = tell.send(Some(result.clone()));
        place.over = true;
        match &result {
            Ok(person) => {
                let line = AuditLine::new(self.parts.clock.now(), AuditEvent::SignedIn);
                let (identity, person) = (identity.clone(), person.clone());
                self.parts.audit.record(AuditLine {
                    identity: Some(identity.clone()),
                    person: Some(person.clone()),
                    ..line
                });
                let _ = self.parts.events.send(Event::SignedIn { identity, person });
            }
            Err(problem) => self.announce_failure(identity, problem),
        }
        result
    }

    /// Ends a sign-in that waits for the person; false when there is none.
    pub fn cancel(&self, identity: &IdentityName) -> bool {
        self.waiting(identity).is_some_and(|under_way| {
            under_way.cancel.notify_one();
            true
        })
    }

    /// The address of a sign-in that waits for the person.
    #[must_use]
    pub fn sign_in_url(&self, identity: &IdentityName) -> Option<Url> {
        self.waiting(identity).map(|under_way| under_way.url)
    }

    /// Throws the proof away; false when there was none.
    ///
    /// # Errors
    ///
    /// When the vault cannot be written.
    pub async fn sign_out(&self, identity: &IdentityName) -> Result<bool, Problem> {
        self.cancel(identity);
        let _turn = self.parts.turns.take(&entry(identity)).await?;
        let had = self.parts.vault.update(|entries| Ok::<_, Problem>(entries.remove(&entry(identity)).is_some()))?;
        if had {
            let line = AuditLine::new(self.parts.clock.now(), AuditEvent::SignedOut);
            self.parts.audit.record(AuditLine { identity: Some(identity.clone()), ..line });
            let _ = self.parts.events.send(Event::SignedOut { identity: identity.clone() });
        }
        Ok(had)
    }

    /// Where an identity stands, who is signed in, and until when without the person.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    pub(crate) fn standing(
        &self,
        identity: &IdentityName,
        settings: &IdentitySettings,
    ) -> Result<(IdentityState, Option<Kept>), Problem> {
        let IdentitySettings::Oidc(settings) = settings;
        let kept = self.kept(identity, settings)?;
        let state = match &kept {
            _ if self.waiting(identity).is_some() => IdentityState::SigningIn,
            None => IdentityState::SignedOut,
            Some(kept) if kept.refresh_token.is_some() || kept.is_good(self.parts.clock.now()) => {
                IdentityState::SignedIn
            }
            Some(_) => IdentityState::NeedsSignIn,
        };
        Ok((state, kept))
    }

    /// Validates settings and asks the provider; every problem that was found.
    pub async fn check(&self, settings: &IdentitySettings) -> Vec<Problem> {
        let IdentitySettings::Oidc(settings) = settings;
        oidc::check(settings, &self.oidc).await
    }

    async fn accept(
        &self,
        identity: &IdentityName,
        settings: &OidcSettings,
        proof: OidcProof,
    ) -> Result<String, Problem> {
        let _turn = self.parts.turns.take(&entry(identity)).await?;
        let person = proof.person.clone();
        self.keep(identity, settings, proof)?;
        Ok(person)
    }

    fn keep(&self, identity: &IdentityName, settings: &OidcSettings, proof: OidcProof) -> Result<(), Problem> {
        self.store(
            identity,
            &Kept {
                issuer: settings.issuer.clone(),
                client_id: settings.client_id.clone(),
                person: proof.person,
                subject: proof.subject,
                refresh_token: proof.refresh_token,
                id_token: Some(proof.id_token),
                expires_at: proof.expires_at,
                claims: proof.claims,
            },
        )
    }

    /// Keeps who it was, so that the window can say who has to sign in again.
    fn mark_spent(&self, identity: &IdentityName, kept: Kept) -> Result<(), Problem> {
        self.store(identity, &Kept { refresh_token: None, id_token: None, ..kept })
    }

    fn store(&self, identity: &IdentityName, kept: &Kept) -> Result<(), Problem> {
        let text = serde_json::to_string(kept)
            .map_err(|e| Problem::new(ProblemKind::Failed, "proof-not-kept", format!("identity {identity}: {e}")))?;
        self.parts.vault.update(|entries| {
            entries.set(entry(identity), text.clone());
            Ok::<_, Problem>(())
        })
    }

    /// What is kept for an identity, as long as it is still the same provider and client.
    fn kept(&self, identity: &IdentityName, settings: &OidcSettings) -> Result<Option<Kept>, Problem> {
        let entries = self.parts.vault.read()?;
        let kept = entries.get(&entry(identity)).and_then(|s| serde_json::from_str::<Kept>(s.expose_secret()).ok());
        Ok(kept.filter(|k| k.issuer == settings.issuer && k.client_id == settings.client_id))
    }

    fn good(&self, identity: &IdentityName, settings: &OidcSettings) -> Result<Option<WebIdentity>, Problem> {
        let now = self.parts.clock.now();
        let kept = self.kept(identity, settings)?.filter(|kept| kept.is_good(now));
        Ok(kept.and_then(|k| Some(WebIdentity { token: k.id_token?, claims: k.claims, fresh: false })))
    }

    fn waiting(&self, identity: &IdentityName) -> Option<UnderWay> {
        self.lock().get(identity).cloned()
    }

    fn announce_begin(&self, identity: &IdentityName, url: &Url, browser_opened: bool) {
        let event = Event::SignInBegan { identity: identity.clone(), url: url.to_string(), browser_opened };
        let _ = self.parts.events.send(event);
    }

    fn announce_failure(&self, identity: &IdentityName, problem: &Problem) {
        let event = Event::SignInFailed { identity: identity.clone(), problem: problem.clone() };
        let _ = self.parts.events.send(event);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IdentityName, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a sign-in under way; given back when dropped.
struct Place<'a> {
    proofs: &'a Proofs,
    identity: &'a IdentityName,
    /// Whether its end was announced.
    over: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.proofs.lock().remove(self.identity);
        if !self.over {
            self.proofs.announce_failure(self.identity, &cancelled(self.identity));
        }
    }
}

impl Kept {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.id_token.is_some() && self.expires_at - LEAST_LIFE > now
    }

    /// Until when exchanges work without the person: unknown while there is a refresh token.
    pub(crate) fn until(&self) -> Option<DateTime<Utc>> {
        self.refresh_token.is_none().then_some(self.expires_at)
    }
}

fn entry(identity: &IdentityName) -> String {
    format!("identity/{identity}")
}

fn signed_out(identity: &IdentityName) -> Problem {
    Problem::new(ProblemKind::NeedsSignIn, "signed-out", format!("nobody is signed in with identity {identity}"))
        .hint(format!("sign in: `daypass identity login {identity}`, or in the window"))
}

/// "sign in again" in a hint, with how to.
pub(crate) fn naming_the_way(identity: &IdentityName, problem: Problem) -> Problem {
    const WAY: &str = "sign in again";
    if problem.kind != ProblemKind::NeedsSignIn {
        return problem;
    }
    let hint = problem.hint.clone().unwrap_or_else(|| WAY.to_owned());
    if hint.contains("daypass identity login") {
        return problem;
    }
    problem.hint(hint.replacen(WAY, &format!("{WAY}: `daypass identity login {identity}`, or in the window"), 1))
}

fn spent(identity: &IdentityName) -> Problem {
    let message = format!("the sign-in of identity {identity} is over, and its provider gives no means to renew it");
    Problem::new(ProblemKind::NeedsSignIn, "sign-in-over", message)
        .hint(format!("sign in again: `daypass identity login {identity}`, or in the window"))
}

fn cancelled(identity: &IdentityName) -> Problem {
    Problem::new(ProblemKind::Cancelled, "sign-in-cancelled", format!("the sign-in with {identity} was cancelled"))
}

/// The vault is the one place where secrets are written out; it seals what it gets.
fn exposed_option<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}
