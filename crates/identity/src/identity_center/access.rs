//! The access token: kept in the vault, refreshed one at a time.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::center::{Center, Tokens};
use super::client::RegisteredClient;
use super::error::{CenterError, Reason, Refusal};
use super::settings::PortalSettings;
use crate::IdentityContext;
use crate::context::exposed_option;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentityCenterSettings;
use daypass_core::view::IdentityState;

/// An access token is used while it has at least this long to live. One that expires on the way is refused and
/// replaced.
const LEAST_LIFE: TimeDelta = TimeDelta::seconds(10);

/// A sign-in, as the vault stores it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredAccess {
    start_url: String,
    region: String,
    /// A refresh token works only for the client that it was issued to.
    client: RegisteredClient,
    #[serde(serialize_with = "exposed_option")]
    access_token: Option<SecretString>,
    #[serde(serialize_with = "exposed_option")]
    refresh_token: Option<SecretString>,
    expires_at: DateTime<Utc>,
}

/// The access token of an identity.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) settings: IdentityCenterSettings,
    pub(super) context: IdentityContext,
}

impl Access {
    /// Stores a sign-in in the vault.
    pub(super) async fn keep(&self, center: &Center, client: RegisteredClient, tokens: Tokens) -> Result<(), Problem> {
        let _turn = self.context.turn().await?;
        self.context.keep(&StoredAccess {
            start_url: center.start_url.as_str().to_owned(),
            region: center.region.to_string(),
            client,
            access_token: Some(tokens.access_token),
            refresh_token: tokens.refresh_token,
            expires_at: tokens.expires_at,
        })
    }

    /// The stored sign-in, if it is from the same portal.
    pub(super) fn kept(&self) -> Result<Option<StoredAccess>, Problem> {
        let Ok(portal) = self.settings.portal() else { return Ok(None) };
        let kept: Option<StoredAccess> = self.context.kept()?;
        Ok(kept.filter(|k| k.start_url == portal.as_str() && k.region == self.settings.region.as_str()))
    }

    /// An access token: the one in hand, or a new one from the refresh token. Never asks the person. One that was
    /// `refused` doesn't count, but another process may have replaced it already.
    pub(super) async fn token(&self, refused: Option<&SecretString>) -> Result<SecretString, CenterError> {
        let access = self.clone();
        self.context.good_or_refreshed(|| self.good(refused), async move { access.refresh().await }).await
    }

    async fn refresh(&self) -> Result<SecretString, CenterError> {
        let kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
        let Some(refresh_token) = kept.refresh_token.clone().filter(|_| kept.client.expires_at > self.context.now())
        else {
            self.lose(kept)?;
            return Err(self.context.spent().into());
        };
        tracing::debug!(identity = %self.context.name, "IAM Identity Center is asked for a new access token");
        let center = Center::at(&self.settings, &self.context)?;
        let clock = || self.context.now();
        let answer = center
            .create_token(&kept.client, clock, |request| {
                request.grant_type("refresh_token").refresh_token(refresh_token.expose_secret())
            })
            .await;
        match answer {
            Ok(tokens) => {
                let token = tokens.access_token.clone();
                // RFC 6749, section 6: without a new refresh token the old one stays valid.
                let refresh_token = tokens.refresh_token.or(Some(refresh_token));
                let access_token = Some(tokens.access_token);
                self.context.keep(&StoredAccess {
                    access_token,
                    refresh_token,
                    expires_at: tokens.expires_at,
                    ..kept
                })?;
                Ok(token)
            }
            Err(CenterError::Refused(refusal)) if is_final(&refusal) => {
                self.lose(kept)?;
                Err(CenterError::Over(refusal))
            }
            Err(error) => Err(error),
        }
    }

    /// Drops the tokens, which no longer work, but remembers that the person was signed in.
    fn lose(&self, kept: StoredAccess) -> Result<(), Problem> {
        self.context.keep(&StoredAccess { access_token: None, refresh_token: None, ..kept })
    }

    fn good(&self, refused: Option<&SecretString>) -> Result<Option<SecretString>, Problem> {
        let now = self.context.now();
        let token = self.kept()?.filter(|kept| kept.is_good(now)).and_then(|kept| kept.access_token);
        Ok(token.filter(|token| refused.is_none_or(|refused| refused.expose_secret() != token.expose_secret())))
    }
}

impl StoredAccess {
    fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.access_token.is_some() && self.expires_at - LEAST_LIFE > now
    }

    fn can_refresh(&self, now: DateTime<Utc>) -> bool {
        self.refresh_token.is_some() && self.client.expires_at > now
    }

    pub(super) fn state(&self, now: DateTime<Utc>) -> IdentityState {
        if self.is_good(now) || self.can_refresh(now) { IdentityState::SignedIn } else { IdentityState::NeedsSignIn }
    }

    /// How long tokens are available without the person, if that is known. How long a session can be refreshed is the
    /// administrator's choice. The service doesn't tell, but it never exceeds the client's registration.
    pub(super) fn until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if !self.can_refresh(now) {
            return self.access_token.as_ref().map(|_| self.expires_at);
        }
        Some(self.client.expires_at).filter(|end| *end - now < TimeDelta::days(1))
    }
}

/// Whether only the person can help, because the session ended or the client is no longer known.
fn is_final(refusal: &Refusal) -> bool {
    match refusal.reason() {
        Reason::InvalidGrant
        | Reason::InvalidClient
        | Reason::UnauthorizedClient
        | Reason::ExpiredToken
        | Reason::AccessDenied
        | Reason::InvalidScope => true,
        Reason::AuthorizationPending | Reason::SlowDown | Reason::Unauthorized | Reason::Other => false,
    }
}
