//! Registers Daypass as a client of an IAM Identity Center. Every installation registers itself, for 90 days.

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::center::Center;
use super::client::RegisteredClient;
use super::error::{CenterCall, CenterError};
use crate::IdentityContext;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::secret::TypedSecrets;

/// Where the browser returns to. AWS lets the port differ, as in RFC 8252, section 7.3.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// Path of [`REDIRECT_URI`].
pub(super) const CALLBACK: &str = "/oauth/callback";
/// A refresh token lasts no longer than the client's registration, so one that ends soon is not used for a new sign-in.
const LEAST_LIFE: TimeDelta = TimeDelta::days(1);

/// How a person lets the client in. Each has its own registration, with only the grants that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Grant {
    AuthorizationCode,
    DeviceCode,
}

/// A client, and what it was registered for.
#[derive(Serialize, Deserialize)]
struct Registration {
    start_url: String,
    region: String,
    scopes: Vec<String>,
    client: RegisteredClient,
}

impl Grant {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// Next to the secrets that a person gives. It outlives a sign-out and is removed with the identity.
    fn entry(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "client-of-authorization-code",
            Self::DeviceCode => "client-of-device-code",
        }
    }
}

/// The registered client, or a new one if there is none, if it was registered for something else, or if it ends within
/// a day.
pub(super) async fn client(
    center: &Center,
    context: &IdentityContext,
    scopes: &[String],
    grant: Grant,
) -> Result<(RegisteredClient, bool), CenterError> {
    let known = context.secret(grant.entry())?.and_then(|text| serde_json::from_str(text.expose_secret()).ok());
    let of_these = |known: &Registration| {
        let same = known.start_url == center.portal.as_str() && known.region == center.at.as_str();
        same && known.scopes == scopes && known.client.expires_at - LEAST_LIFE > context.now()
    };
    match known.filter(of_these) {
        Some(known) => Ok((known.client, true)),
        None => register(center, context, scopes, grant).await.map(|client| (client, false)),
    }
}

/// `RegisterClient` (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html>). Needs
/// no permission.
pub(super) async fn register(
    center: &Center,
    context: &IdentityContext,
    scopes: &[String],
    grant: Grant,
) -> Result<RegisteredClient, CenterError> {
    let asked = CenterCall { operation: "RegisterClient", endpoint: &center.oidc_endpoint };
    let request = center
        .oidc
        .register_client()
        .client_name("Daypass")
        .client_type("public")
        .set_scopes(Some(scopes.to_vec()))
        .grant_types(grant.name())
        .grant_types("refresh_token");
    let request = match grant {
        Grant::AuthorizationCode => request.redirect_uris(REDIRECT_URI).issuer_url(center.portal.as_str()),
        Grant::DeviceCode => request,
    };
    let output = request.send().await.map_err(|error| CenterError::of(asked, &error))?;
    let client = RegisteredClient::read(output).ok_or_else(|| center.lacks("RegisterClient", "client"))?;
    let registered = Registration {
        start_url: center.portal.as_str().to_owned(),
        region: center.at.to_string(),
        scopes: scopes.to_vec(),
        client,
    };
    keep(context, grant, &registered)?;
    Ok(registered.client)
}

/// Discards a registration that the service doesn't know, or may not know.
pub(super) fn forget(context: &IdentityContext, grant: Grant) -> Result<(), Problem> {
    context.put_secrets(&TypedSecrets::none().and(grant.entry(), SecretString::default()))
}

fn keep(context: &IdentityContext, grant: Grant, registered: &Registration) -> Result<(), Problem> {
    let text = serde_json::to_string(registered).map_err(|e| {
        let message = format!("the client registration of {} can't be written ({:?})", context.name, e.classify());
        Problem::new(daypass_core::problem::ProblemKind::Failed, ProblemCode::RegistrationNotKept, message)
    })?;
    context.put_secrets(&TypedSecrets::none().and(grant.entry(), text.into()))
}

/// An earlier registration that is not confirmed yet. If AWS has forgotten the client, its sign-in page shows an error
/// in the browser, and Daypass doesn't hear of it. So an abandoned sign-in discards the registration, and the next
/// sign-in starts with a new one.
pub(super) struct Doubt<'a> {
    context: &'a IdentityContext,
    grant: Grant,
    open: bool,
}

impl<'a> Doubt<'a> {
    pub(super) fn new(context: &'a IdentityContext, grant: Grant, is_from_before: bool) -> Self {
        Self { context, grant, open: is_from_before }
    }

    /// The service answered as it does to a client that it knows.
    pub(super) fn settle(mut self) {
        self.open = false;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(problem) = forget(self.context, self.grant)
        {
            tracing::warn!(identity = %self.context.name, code = %problem.code, "a client registration wasn't thrown away");
        }
    }
}
