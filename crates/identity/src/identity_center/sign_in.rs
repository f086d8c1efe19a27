//! Signs a person in, with a code that the browser brings back or one that is compared on another device.

use std::time::Duration;

use chrono::TimeDelta;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use secrecy::{ExposeSecret, SecretString};

use super::center::{Center, Tokens};
use super::client::RegisteredClient;
use super::error::{CenterCall, CenterError, Reason};
use super::registration::{self, CALLBACK, Doubt, Grant};
use super::settings::PortalSettings;
use crate::loopback::{Arrival, Loopback, Outcome, Redirect};
use crate::unfinished::UnderWay;
use crate::{IdentityContext, SignInCall};
use daypass_core::settings::{IdentityCenterSettings, RedirectHost};
use daypass_core::text::said;
use daypass_core::view::SignInAsk;

/// RFC 8628, section 3.2: the default wait between two polls.
const USUAL_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628, section 3.5: what `slow_down` adds to this wait and all later ones.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// A sign-in under way.
pub(super) struct SignIn<'a> {
    pub(super) center: &'a Center,
    pub(super) settings: &'a IdentityCenterSettings,
    pub(super) context: &'a IdentityContext,
    pub(super) call: &'a SignInCall<'a>,
}

/// A sign-in that isn't stored yet.
pub(super) struct SignedIn<'a> {
    pub(super) client: RegisteredClient,
    pub(super) tokens: Tokens,
    /// Held until it is.
    pub(super) _spending: Option<UnderWay<'a>>,
}

impl SignIn<'_> {
    /// In this machine's browser, or with a code if the person wants one or no browser opens.
    pub(super) async fn run(&self) -> Result<SignedIn<'_>, CenterError> {
        if !self.call.device
            && let Some(signed_in) = self.in_browser().await?
        {
            return Ok(signed_in);
        }
        self.with_device_code().await
    }

    /// Authorization code with PKCE (RFC 7636) and a loopback redirect; `None` if no browser opens.
    async fn in_browser(&self) -> Result<Option<SignedIn<'_>>, CenterError> {
        const GRANT: Grant = Grant::AuthorizationCode;
        let door =
            Loopback::open(Redirect { host: RedirectHost::Address, port: self.settings.redirect_port, path: CALLBACK })
                .await?;
        let scopes = self.settings.all_scopes();
        let (client, is_from_before) = registration::client(self.center, self.context, &scopes, GRANT).await?;
        let doubt = Doubt::new(self.context, GRANT, is_from_before);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let redirect_uri = door.redirect_uri();
        let mut url = self.center.authorize_url()?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", &redirect_uri)
            .append_pair("state", door.state())
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256")
            // Not OAuth's `scope`, and with commas, as the AWS CLI and AWS's toolkits send it.
            .append_pair("scopes", &scopes.join(","));
        if !self.call.show(SignInAsk::Browser { url: url.into() }) {
            doubt.settle();
            return Ok(None);
        }
        let who = self.center.portal.name().to_owned();
        let tokens = door
            .wait(&self.context.name, &|caution| self.call.caution(caution), async |arrival| {
                let code = self.accepted(arrival)?;
                let spending = self.context.spending();
                let tokens = self.redeem(&client, code, &redirect_uri, &verifier).await?;
                Ok::<_, CenterError>(((tokens, spending), format!("a user of {who}")))
            })
            .await?;
        doubt.settle();
        let (tokens, spending) = tokens;
        Ok(Some(SignedIn { client, tokens, _spending: spending }))
    }

    async fn redeem(
        &self,
        client: &RegisteredClient,
        code: &SecretString,
        redirect_uri: &str,
        verifier: &PkceCodeVerifier,
    ) -> Result<Tokens, CenterError> {
        self.center
            .create_token(
                client,
                || self.context.now(),
                |request| {
                    request
                        .grant_type(Grant::AuthorizationCode.name())
                        .code(code.expose_secret())
                        .redirect_uri(redirect_uri)
                        .code_verifier(verifier.secret())
                },
                |_| (),
            )
            .await
    }

    fn accepted<'b>(&self, arrival: &'b Arrival) -> Result<&'b SecretString, CenterError> {
        let portal = self.center.portal.to_string();
        match &arrival.outcome {
            Outcome::Code(code) => Ok(code),
            Outcome::Error { error, description } => {
                let description = description.as_deref().and_then(said);
                Err(match error.as_str() {
                    "access_denied" => CenterError::ConsentRefused { portal, description },
                    other => {
                        let error = said(other).unwrap_or_default();
                        CenterError::SignInFailed { portal, error, description }
                    }
                })
            }
        }
    }

    /// Device authorization (RFC 8628).
    async fn with_device_code(&self) -> Result<SignedIn<'_>, CenterError> {
        const GRANT: Grant = Grant::DeviceCode;
        let scopes = self.settings.all_scopes();
        let (client, is_from_before) = registration::client(self.center, self.context, &scopes, GRANT).await?;
        match self.with_code_for(&client).await {
            // The service forgot the registration early.
            Err(error) if is_from_before && error.reason() == Some(Reason::InvalidClient) => {
                let client = registration::register(self.center, self.context, &scopes, GRANT).await?;
                let (tokens, spending) = self.with_code_for(&client).await?;
                Ok(SignedIn { client, tokens, _spending: spending })
            }
            result => result.map(|(tokens, spending)| SignedIn { client, tokens, _spending: spending }),
        }
    }

    async fn with_code_for(&self, client: &RegisteredClient) -> Result<(Tokens, Option<UnderWay<'_>>), CenterError> {
        let asked = CenterCall { operation: "StartDeviceAuthorization", endpoint: &self.center.oidc_endpoint };
        let began = self
            .center
            .oidc
            .start_device_authorization()
            .client_id(&client.id)
            .client_secret(client.secret.expose_secret())
            .start_url(self.center.portal.as_str())
            .send()
            .await
            .map_err(|error| CenterError::of(asked, &error))?;
        let need = |text: Option<String>, what| text.ok_or_else(|| self.center.lacks(asked.operation, what));
        let device_code = SecretString::from(need(began.device_code, "device code")?);
        let code = need(began.user_code, "user code")?;
        let safe = |text: String| self.center.web_address(asked, text);
        let short_url = safe(need(began.verification_uri, "verification URI")?)?;
        let expires_at = self.context.now() + TimeDelta::seconds(began.expires_in.max(0).into());
        let url = began.verification_uri_complete.map(safe).transpose()?.unwrap_or_else(|| short_url.clone());
        self.call.show(SignInAsk::Device { url, short_url, code: code.clone(), expires_at });

        let mut interval = match u64::try_from(began.interval) {
            Ok(seconds @ 1..) => Duration::from_secs(seconds),
            _ => USUAL_INTERVAL,
        };
        loop {
            tokio::time::sleep(interval).await;
            // The code is good for one answer, which may be this one.
            let spending = self.context.spending();
            let poll = self.center.create_token(
                client,
                || self.context.now(),
                |request| request.grant_type(Grant::DeviceCode.name()).device_code(device_code.expose_secret()),
                |_| (),
            );
            let error = match poll.await {
                Ok(tokens) => return Ok((tokens, spending)),
                Err(error) => error,
            };
            drop(spending);
            let portal = || self.center.portal.to_string();
            match error.reason() {
                Some(Reason::AuthorizationPending) => {}
                Some(Reason::SlowDown) => interval += SLOW_DOWN,
                Some(Reason::AccessDenied) => return Err(CenterError::DeviceDenied { portal: portal(), code }),
                Some(Reason::ExpiredToken) => return Err(CenterError::DeviceExpired { portal: portal(), code }),
                // The network may come back before the code expires.
                _ if error.is_passing() => interval = (interval * 2).min(Duration::from_secs(30)),
                _ => return Err(error),
            }
            if self.context.now() >= expires_at {
                return Err(CenterError::DeviceExpired { portal: portal(), code });
            }
        }
    }
}
