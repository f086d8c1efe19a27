//! The access token: kept in the vault, refreshed one at a time.

use aws_sdk_ssooidc::operation::create_token::builders::CreateTokenFluentBuilder;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::center::{Center, Tokens};
use super::client::RegisteredClient;
use super::error::{CenterError, Reason, Refusal};
use super::settings::PortalSettings;
use crate::IdentityContext;
use crate::context::exposed_option;
use daypass_core::names::Region;
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
    /// Where the person signed in, if that is another region than the settings name. Tokens are good only there.
    #[serde(default)]
    at: Option<Region>,
    /// A refresh token works only for the client that it was issued to.
    client: RegisteredClient,
    #[serde(serialize_with = "exposed_option")]
    access_token: Option<SecretString>,
    #[serde(serialize_with = "exposed_option")]
    refresh_token: Option<SecretString>,
    expires_at: DateTime<Utc>,
    /// Whether AWS renewed nothing at the last try, although the refresh token may not be spent.
    #[serde(default)]
    needs_person: bool,
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
            at: Some(center.at.clone()).filter(|at| *at != center.region),
            client,
            access_token: Some(tokens.access_token),
            refresh_token: tokens.refresh_token,
            expires_at: tokens.expires_at,
            needs_person: false,
        })
    }

    /// The stored sign-in, if it is from the same portal.
    pub(super) fn kept(&self) -> Result<Option<StoredAccess>, Problem> {
        let Ok(portal) = self.settings.portal() else { return Ok(None) };
        let kept: Option<StoredAccess> = self.context.kept()?;
        Ok(kept.filter(|k| k.start_url == portal.as_str() && k.region == self.settings.region.as_str()))
    }

    /// The IAM Identity Center where the person signed in.
    pub(super) fn center(&self) -> Result<Center, CenterError> {
        Center::at(&self.settings, &self.context, self.place(self.kept()?.as_ref()))
    }

    fn place(&self, kept: Option<&StoredAccess>) -> Region {
        kept.and_then(|kept| kept.at.clone()).unwrap_or_else(|| self.settings.region.clone())
    }

    /// An access token: the one in hand, or a new one from the refresh token. Never asks the person. One that was
    /// `refused` doesn't count, but another process may have replaced it already.
    pub(super) async fn token(&self, refused: Option<&SecretString>) -> Result<SecretString, CenterError> {
        let access = self.clone();
        self.context.good_or_refreshed(|| self.good(refused), async move { access.refresh().await }).await
    }

    async fn refresh(&self) -> Result<SecretString, CenterError> {
        let mut kept = self.kept()?.ok_or_else(|| self.context.signed_out())?;
        let Some(refresh_token) = kept.refresh_token.clone().filter(|_| kept.client.expires_at > self.context.now())
        else {
            self.keep_next(&StoredAccess { access_token: None, refresh_token: None, ..kept });
            return Err(self.context.spent().into());
        };
        tracing::debug!(identity = %self.context.name, "IAM Identity Center is asked for a new access token");
        let center = Center::at(&self.settings, &self.context, self.place(Some(&kept)))?;
        let client = kept.client.clone();
        let clock = || self.context.now();
        let rotated = |next: &SecretString| {
            kept.refresh_token = Some(next.clone());
            self.keep_next(&kept);
        };
        let ask = |request: CreateTokenFluentBuilder| {
            request.grant_type("refresh_token").refresh_token(refresh_token.expose_secret())
        };
        match center.create_token(&client, clock, ask, rotated).await {
            Ok(tokens) => {
                let token = tokens.access_token.clone();
                // RFC 6749, section 6: without a new refresh token the old one stays valid.
                let refresh_token = tokens.refresh_token.or(Some(refresh_token));
                let (access_token, expires_at) = (Some(tokens.access_token), tokens.expires_at);
                self.keep_next(&StoredAccess { access_token, refresh_token, expires_at, needs_person: false, ..kept });
                Ok(token)
            }
            Err(CenterError::Refused(refusal)) => {
                let refresh_token = match meaning(&refusal) {
                    Meaning::Spent => None,
                    Meaning::NeedsPerson => kept.refresh_token.take(),
                    Meaning::Other => return Err(CenterError::Refused(refusal)),
                };
                // Remembers that the person was signed in.
                self.keep_next(&StoredAccess { access_token: None, refresh_token, needs_person: true, ..kept });
                Err(CenterError::Over(refusal))
            }
            Err(error) => Err(error),
        }
    }

    /// Stores what a refresh changed. The caller only hears about the refresh itself.
    fn keep_next(&self, kept: &StoredAccess) {
        if let Err(problem) = self.context.keep_or_hold(kept) {
            tracing::error!(identity = %self.context.name, code = %problem.code, "the next refresh token is lost");
        }
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
        self.refresh_token.is_some() && !self.needs_person && self.client.expires_at > now
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

/// What a refused refresh means.
enum Meaning {
    /// The session ended, or AWS forgot the client. Only the person can help.
    Spent,
    /// Only the person can help, as far as anyone can tell.
    NeedsPerson,
    /// Not about the person.
    Other,
}

fn meaning(refusal: &Refusal) -> Meaning {
    match refusal.reason() {
        Reason::InvalidGrant
        | Reason::InvalidClient
        | Reason::UnauthorizedClient
        | Reason::ExpiredToken
        | Reason::AccessDenied
        | Reason::InvalidScope => Meaning::Spent,
        Reason::Unauthorized | Reason::Other => Meaning::NeedsPerson,
        Reason::AuthorizationPending | Reason::SlowDown | Reason::UnsupportedGrantType => Meaning::Other,
    }
}
