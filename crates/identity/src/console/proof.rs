//! A sign-in as the vault keeps it, refreshed one at a time.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::address::SignInService;
use super::dpop::DpopKey;
use super::error::{ConsoleError, Reason};
use super::principal::Principal;
use super::token::{Client, TokenRequest};
use crate::context::{exposed, exposed_option};
use crate::{IdentityContext, Standing};
use daypass_core::credentials::{Credentials, IssuedCredentials, Keys};
use daypass_core::problem::Problem;
use daypass_core::settings::ConsoleSignInSettings;

/// Credentials sign requests while they have at least this long to live. Those that they get outlive them.
const TO_SIGN: TimeDelta = TimeDelta::minutes(2);

/// How long AWS renews a sign-in at most
/// (<https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html>).
const LONGEST: TimeDelta = TimeDelta::hours(12);

/// Who signed in, and what renews it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    /// Where it was made: a refresh token is good there only.
    pub(super) service: String,
    pub(super) client: Client,
    pub(super) principal: Principal,
    pub(super) signed_in_at: DateTime<Utc>,
    /// The refresh token is bound to it.
    pub(super) key: DpopKey,
    #[serde(serialize_with = "exposed_option")]
    pub(super) refresh_token: Option<SecretString>,
    /// The newest. Over, once their time is.
    pub(super) credentials: Credentials,
    /// Whether AWS renewed nothing at the last try, although the refresh token may not be spent.
    pub(super) needs_person: bool,
}

/// A sign-in on another device, while Daypass waits for the code that the browser shows there.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) service: String,
    /// In the code, so that it is known for this sign-in's.
    #[serde(serialize_with = "exposed")]
    pub(super) state: SecretString,
    #[serde(serialize_with = "exposed")]
    pub(super) verifier: SecretString,
    pub(super) key: DpopKey,
    /// A code that comes later isn't for it.
    pub(super) until: DateTime<Utc>,
}

/// What the vault keeps.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Proof {
    sign_in: Option<StoredSignIn>,
    pending: Option<Pending>,
}

/// What the credentials are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// A session. It is renewed when a third of their life is left, and must not get the same again.
    Session,
    /// A request that is sent now.
    Request,
}

/// The sign-in of an identity.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) settings: ConsoleSignInSettings,
    pub(super) context: IdentityContext,
}

impl Access {
    pub(super) fn service(&self) -> Result<SignInService, ConsoleError> {
        let endpoints = &self.context.services.aws.surroundings.endpoints;
        SignInService::of(&self.settings.region, endpoints.signin.as_ref())
    }

    /// The stored sign-in, if it is from the same place.
    pub(super) fn kept(&self) -> Result<Option<StoredSignIn>, Problem> {
        let Ok(service) = self.service() else { return Ok(None) };
        Ok(self.proof()?.sign_in.filter(|kept| kept.service == service.base))
    }

    fn proof(&self) -> Result<Proof, Problem> {
        Ok(self.context.kept()?.unwrap_or_default())
    }

    /// Stores a sign-in, which takes the place of any before it.
    pub(super) async fn keep(&self, sign_in: StoredSignIn) -> Result<(), Problem> {
        let _turn = self.context.turn().await?;
        self.context.keep(&Proof { sign_in: Some(sign_in), pending: None })
    }

    /// Stores what a sign-in on another device needs when its code comes, maybe to another process.
    pub(super) async fn begin(&self, pending: Pending) -> Result<(), Problem> {
        let _turn = self.context.turn().await?;
        self.context.keep(&Proof { pending: Some(pending), ..self.proof()? })
    }

    /// The sign-in that waits for a code, if its time isn't over.
    pub(super) fn pending(&self, service: &SignInService) -> Result<Option<Pending>, Problem> {
        let now = self.context.now();
        Ok(self.proof()?.pending.filter(|pending| pending.service == service.base && pending.until > now))
    }

    /// The sign-in with credentials that last long enough, refreshed if they don't. Never asks the person.
    pub(super) async fn good(&self, purpose: For) -> Result<StoredSignIn, ConsoleError> {
        let good = || {
            let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            Ok(kept.is_good(purpose, self.context.now()).then_some(kept))
        };
        let own = self.clone();
        self.context.good_or_refreshed(good, async move { own.refresh().await }).await
    }

    /// The same with other credentials, because AWS refuses these.
    pub(super) async fn other_than(&self, refused: &StoredSignIn) -> Result<StoredSignIn, ConsoleError> {
        let good = || {
            let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
            let is_other = kept.credentials.access_key_id != refused.credentials.access_key_id;
            Ok((is_other && kept.is_good(For::Request, self.context.now())).then_some(kept))
        };
        let own = self.clone();
        self.context.good_or_refreshed(good, async move { own.refresh().await }).await
    }

    async fn refresh(&self) -> Result<StoredSignIn, ConsoleError> {
        let service = self.service()?;
        let mut kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
        let Some(refresh_token) = kept.refresh_token.clone() else { return Err(self.context.spent().into()) };
        tracing::debug!(identity = %self.context.name, "AWS's sign-in is asked for new credentials");
        let (key, client) = (kept.key.clone(), kept.client);
        let skew = TimeDelta::milliseconds(kept.credentials.skew_ms);
        let http = self.context.services.aws.http()?;
        let request = TokenRequest { service: &service, context: &self.context, http: &http, client, key: &key, skew };
        let rotated = |next: &SecretString| {
            kept.refresh_token = Some(next.clone());
            self.keep_next(&kept);
        };
        match request.refresh(refresh_token.expose_secret(), rotated).await {
            Ok(tokens) => {
                let credentials = Credentials { assumed_role: kept.principal.arn.clone(), ..tokens.credentials };
                let refresh_token = Some(tokens.refresh_token);
                let renewed = StoredSignIn { refresh_token, credentials, needs_person: false, ..kept };
                self.keep_next(&renewed);
                Ok(renewed)
            }
            Err(ConsoleError::Refused(refusal)) => {
                let is_spent = match refusal.reason {
                    Reason::TokenExpired | Reason::UserCredentialsChanged => true,
                    // The sign-in may be over too, but AWS has no word of its own for that.
                    Reason::InvalidRequest | Reason::AuthcodeExpired | Reason::Unknown => false,
                    // The person can't help, and a policy may allow it again.
                    Reason::InsufficientPermissions => return Err(ConsoleError::Refused(refusal)),
                };
                // Remembers who was signed in.
                let refresh_token = kept.refresh_token.take().filter(|_| !is_spent);
                self.keep_next(&StoredSignIn { refresh_token, needs_person: true, ..kept });
                Err(ConsoleError::Over(refusal))
            }
            Err(error) => Err(error),
        }
    }

    /// Stores what a refresh changed. The caller only hears about the refresh itself.
    fn keep_next(&self, kept: &StoredSignIn) {
        let pending = self.proof().ok().and_then(|proof| proof.pending);
        if let Err(problem) = self.context.keep_or_hold(&Proof { sign_in: Some(kept.clone()), pending }) {
            tracing::error!(identity = %self.context.name, code = %problem.code, "the next refresh token is lost");
        }
    }
}

impl StoredSignIn {
    fn is_good(&self, purpose: For, now: DateTime<Utc>) -> bool {
        let ends = self.credentials.expires_here();
        let left = ends - now;
        let half = (ends - self.credentials.issued_at) / 2;
        match purpose {
            For::Session => left >= half && left > TimeDelta::zero(),
            For::Request => left >= TO_SIGN.min(half) && left > TimeDelta::zero(),
        }
    }

    pub(super) fn standing(&self, now: DateTime<Utc>) -> Standing {
        let renews = self.refresh_token.is_some() && !self.needs_person;
        let is_good = self.is_good(For::Request, now);
        let standing = Standing::with_token(self.principal.person(), renews, is_good, self.credentials.expires_here());
        let until = standing.until.or_else(|| Some(self.signed_in_at + LONGEST).filter(|end| *end > now));
        Standing { until, ..standing }
    }

    pub(super) fn keys(&self) -> Keys {
        self.credentials.keys().into()
    }

    /// The credentials as the service gave them, with their own beginning and end.
    pub(super) fn issued(&self) -> IssuedCredentials {
        IssuedCredentials {
            credentials: self.credentials.keys(),
            assumed_role_arn: self.principal.arn.clone(),
            assumed_role_id: String::new(),
            request_id: None,
            issued_at: self.credentials.issued_at,
            clock_skew: Some(TimeDelta::milliseconds(self.credentials.skew_ms)),
            fallback_region: None,
        }
    }
}
