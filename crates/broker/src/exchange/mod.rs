//! Exchange: a proof for short-lived credentials, at AWS's Security Token Service.
//!
//! The official SDK, built from explicit configuration alone. Never its default provider chain: that reads the
//! person's AWS files, which may call our own `credential_process`, which would wait for us.

mod aws;
mod endpoints;
mod error;
mod skew;
mod terms;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, IdentityCache, SharedHttpClient};
use aws_sdk_sts::operation::RequestId;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::aws::{Aws, region_of};
pub use self::endpoints::{EndpointError, Endpoints, StsEndpoint};
use self::error::Context;
pub use self::error::{ExchangeError, Refusal};
use self::skew::SkewReader;
pub use self::terms::{ProvidedContext, Terms};
use crate::clock::Clock;
use crate::http::{CaBundle, HttpError, is_loopback};
use crate::names::{Partition, Region, SessionDuration, SessionName, Target};

/// As botocore and the SDKs have it: a TCP handshake is repeated after 1 s and 3 s, so 3.1 s lets two be lost.
const CONNECT_LIMIT: Duration = Duration::from_millis(3_100);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);
const OPERATION_LIMIT: Duration = Duration::from_secs(35);

/// The Security Token Service, one client for each region that is asked.
#[derive(Clone)]
pub struct Sts {
    endpoints: Endpoints,
    clock: Arc<dyn Clock>,
    http: SharedHttpClient,
    clients: Arc<Mutex<HashMap<Region, Client>>>,
}

/// Temporary credentials.
#[derive(Debug, Clone)]
pub struct SessionCredentials {
    /// Begins with `ASIA`. Not a secret: CloudTrail shows it.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: SecretString,
    /// The session token.
    pub session_token: SecretString,
    /// When they end, as STS says.
    pub expires_at: DateTime<Utc>,
}

/// What is asked of STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What credentials are wanted of.
    pub target: Target,
    /// The regions whose STS may be asked, the first one first; never empty.
    pub regions: Vec<Region>,
    /// Which of its endpoints.
    pub endpoint: StsEndpoint,
    /// On which terms.
    pub terms: Terms,
    /// Whether a role asks, not a user.
    pub is_chained: bool,
}

impl Order {
    /// The same, for a role that another role assumes: an hour at most
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>).
    pub(crate) fn chained(mut self) -> Self {
        self.is_chained = true;
        self
    }
}

impl From<SessionCredentials> for Keys {
    fn from(credentials: SessionCredentials) -> Self {
        Self {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            session_token: Some(credentials.session_token),
        }
    }
}

/// A token of an OpenID provider, or an access token of an OAuth 2.0 provider.
#[derive(Debug, Clone, Copy)]
pub struct WebIdentity<'a> {
    /// The token.
    pub token: &'a SecretString,
    /// `ProviderId`, for an access token only.
    pub provider_id: Option<&'a str>,
    /// `RoleSessionName`.
    pub session_name: &'a SessionName,
}

/// An assertion of a SAML identity provider.
#[derive(Debug, Clone, Copy)]
pub struct SamlIdentity<'a> {
    /// The whole response, base64.
    pub assertion: &'a SecretString,
    /// The SAML provider in IAM that stands for the identity provider.
    pub principal_arn: &'a str,
}

/// Keys that requests are signed with: of a user, or temporary.
#[derive(Debug, Clone)]
pub struct Keys {
    /// `AKIA…` or `ASIA…`. Not a secret.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: SecretString,
    /// For temporary ones.
    pub session_token: Option<SecretString>,
}

/// What an exchange yields.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The credentials.
    pub credentials: SessionCredentials,
    /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, as GetCallerIdentity would return it.
    pub assumed_role_arn: String,
    /// `AROA…:SESSION`.
    pub assumed_role_id: String,
    /// For CloudTrail.
    pub request_id: Option<String>,
    /// When the answer came, by this machine's clock.
    pub issued_at: DateTime<Utc>,
    /// The server's clock minus this machine's, from the `Date` of the answer: exact to a second or two. `None`
    /// when the server sent none.
    pub clock_skew: Option<TimeDelta>,
    /// The region whose STS answered, when it was not the first that was asked.
    pub fallback_region: Option<Region>,
}

/// Who credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Account id.
    pub account: String,
    /// ARN of the user or of the assumed role.
    pub arn: String,
    /// Unique id.
    pub user_id: String,
    /// For CloudTrail.
    pub request_id: Option<String>,
}

impl Sts {
    /// Endpoints are regional unless `endpoints` says otherwise; `ca` (`AWS_CA_BUNDLE`) is trusted beside the
    /// system's certificates. The system's proxy is used (`HTTPS_PROXY`, `NO_PROXY`), except for an endpoint on
    /// this machine. No network yet.
    ///
    /// # Errors
    ///
    /// None today; kept for what a TLS library may refuse.
    pub fn new(endpoints: Endpoints, clock: Arc<dyn Clock>, ca: Option<&CaBundle>) -> Result<Self, HttpError> {
        let http = http_client(&endpoints, ca)?;
        Ok(Self { endpoints, clock, http, clients: Arc::default() })
    }

    /// `AssumeRoleWithWebIdentity`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>). Unsigned: the
    /// token is the proof.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`], told apart by what the caller does next: [`ExchangeError::is_passing`] to try again,
    /// [`ExchangeError::needs_sign_in`] to ask the person, everything else is final.
    pub async fn assume_role_with_web_identity(
        &self,
        order: &Order,
        identity: WebIdentity<'_>,
    ) -> Result<Minted, ExchangeError> {
        let region = &order.regions[0];
        let context = Context {
            operation: "AssumeRoleWithWebIdentity",
            subject: Some(order.target.to_string()),
            endpoint: self.endpoint_of(region),
        };
        let duration = order.terms.duration.unwrap_or_else(|| SessionDuration::usual(order.target.kind()));
        let skew = SkewReader::new(Arc::clone(&self.clock));
        let output = self
            .client(region)
            .assume_role_with_web_identity()
            .role_arn(order.target.to_string())
            .role_session_name(identity.session_name.as_str())
            .web_identity_token(identity.token.expose_secret())
            .set_provider_id(identity.provider_id.map(str::to_owned))
            // Bounded by its type: 43,200 at most.
            .duration_seconds(i32::try_from(duration.seconds()).unwrap_or(i32::MAX))
            .customize()
            .interceptor(skew.clone())
            .send()
            .await
            .map_err(|error| ExchangeError::of(context.clone(), &error))?;

        self.minted(
            &context,
            output.request_id(),
            output.credentials.as_ref(),
            output.assumed_role_user.as_ref(),
            &skew,
        )
    }

    /// `AssumeRoleWithSAML`
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>). Unsigned.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role_with_web_identity`].
    pub async fn assume_role_with_saml(
        &self,
        order: &Order,
        identity: SamlIdentity<'_>,
    ) -> Result<Minted, ExchangeError> {
        let region = &order.regions[0];
        let context = Context {
            operation: "AssumeRoleWithSAML",
            subject: Some(order.target.to_string()),
            endpoint: self.endpoint_of(region),
        };
        let duration = order.terms.duration.unwrap_or_else(|| SessionDuration::usual(order.target.kind()));
        let skew = SkewReader::new(Arc::clone(&self.clock));
        let output = self
            .client(region)
            .assume_role_with_saml()
            .role_arn(order.target.to_string())
            .principal_arn(identity.principal_arn)
            .saml_assertion(identity.assertion.expose_secret())
            .duration_seconds(i32::try_from(duration.seconds()).unwrap_or(i32::MAX))
            .customize()
            .interceptor(skew.clone())
            .send()
            .await
            .map_err(|error| ExchangeError::of(context.clone(), &error))?;
        self.minted(
            &context,
            output.request_id(),
            output.credentials.as_ref(),
            output.assumed_role_user.as_ref(),
            &skew,
        )
    }

    fn minted(
        &self,
        context: &Context,
        request_id: Option<&str>,
        credentials: Option<&aws_sdk_sts::types::Credentials>,
        user: Option<&aws_sdk_sts::types::AssumedRoleUser>,
        skew: &SkewReader,
    ) -> Result<Minted, ExchangeError> {
        let incomplete =
            |what: &str| ExchangeError::Incomplete { endpoint: context.endpoint.clone(), what: what.to_owned() };
        let credentials = credentials.ok_or_else(|| incomplete("credentials"))?;
        let user = user.ok_or_else(|| incomplete("assumed role"))?;
        if [&credentials.access_key_id, &credentials.secret_access_key, &credentials.session_token]
            .iter()
            .any(|t| t.is_empty())
        {
            return Err(incomplete("keys"));
        }
        let expires_at =
            DateTime::from_timestamp(credentials.expiration.secs(), 0).ok_or_else(|| incomplete("expiry"))?;
        Ok(Minted {
            credentials: SessionCredentials {
                access_key_id: credentials.access_key_id.clone(),
                secret_access_key: credentials.secret_access_key.as_str().into(),
                session_token: credentials.session_token.as_str().into(),
                expires_at,
            },
            assumed_role_arn: user.arn.clone(),
            assumed_role_id: user.assumed_role_id.clone(),
            request_id: request_id.map(str::to_owned),
            issued_at: self.clock.now(),
            clock_skew: skew.read(),
            fallback_region: None,
        })
    }

    /// New credentials for what is ordered, by keys: AssumeRole for a role, AssumeRoot for the root of a member account.
    ///
    /// # Errors
    ///
    /// As [`Sts::assume_role_with_web_identity`].
    pub async fn with_keys(&self, order: &Order, keys: &Keys, session_name: &str) -> Result<Minted, ExchangeError> {
        let region = &order.regions[0];
        let context = Context {
            operation: "AssumeRole",
            subject: Some(order.target.to_string()),
            endpoint: self.endpoint_of(region),
        };
        let duration = order.terms.duration.unwrap_or_else(|| SessionDuration::usual(order.target.kind()));
        let skew = SkewReader::new(Arc::clone(&self.clock));
        let output = self
            .signed(region, keys)
            .assume_role()
            .role_arn(order.target.to_string())
            .role_session_name(order.terms.session_name.as_ref().map_or(session_name, SessionName::as_str))
            .duration_seconds(i32::try_from(duration.seconds()).unwrap_or(i32::MAX))
            .customize()
            .interceptor(skew.clone())
            .send()
            .await
            .map_err(|error| ExchangeError::of(context.clone(), &error))?;
        self.minted(
            &context,
            output.request_id(),
            output.credentials.as_ref(),
            output.assumed_role_user.as_ref(),
            &skew,
        )
    }

    /// `GetCallerIdentity`, which needs no permission
    /// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>).
    ///
    /// # Errors
    ///
    /// As for an exchange; expired credentials are [`ExchangeError::Refused`] with code `ExpiredToken`.
    pub async fn get_caller_identity(&self, region: &Region, keys: &Keys) -> Result<Caller, ExchangeError> {
        let context = Context { operation: "GetCallerIdentity", subject: None, endpoint: self.endpoint_of(region) };
        let output = self
            .signed(region, keys)
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| ExchangeError::of(context.clone(), &error))?;
        let incomplete =
            |what: &str| ExchangeError::Incomplete { endpoint: context.endpoint.clone(), what: what.to_owned() };
        Ok(Caller {
            account: output.account().ok_or_else(|| incomplete("account"))?.to_owned(),
            arn: output.arn().ok_or_else(|| incomplete("ARN"))?.to_owned(),
            user_id: output.user_id().unwrap_or_default().to_owned(),
            request_id: output.request_id().map(str::to_owned),
        })
    }

    /// The address that is asked for a region, for messages.
    #[must_use]
    pub fn endpoint_of(&self, region: &Region) -> String {
        match &self.endpoints.sts {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("https://sts.{region}.{}", Partition::of_region(region).dns_suffix()),
        }
    }

    /// A client that signs with these keys.
    fn signed(&self, region: &Region, keys: &Keys) -> Client {
        let keys = aws_credential_types::Credentials::new(
            &keys.access_key_id,
            keys.secret_access_key.expose_secret(),
            keys.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
            None,
            "daypass",
        );
        Client::from_conf(self.client(region).config().to_builder().credentials_provider(keys).build())
    }

    fn client(&self, region: &Region) -> Client {
        // Only whole clients are put in, so what a panicking thread left is sound.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.clone()).or_insert_with(|| self.build(region)).clone()
    }

    fn build(&self, region: &Region) -> Client {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_LIMIT)
            .operation_attempt_timeout(ATTEMPT_LIMIT)
            .operation_timeout(OPERATION_LIMIT)
            .build();
        let mut config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_types::region::Region::new(region.as_str().to_owned()))
            .http_client(self.http.clone())
            .time_source(SharedTimeSource::new(SdkTime(Arc::clone(&self.clock))))
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            // One more try, for a lost connection and for a clock that is off (the SDK signs again with the
            // server's time). Longer waits are the renewal's, which knows how long the old credentials last.
            .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(250)))
            .timeout_config(timeouts)
            .identity_cache(IdentityCache::no_cache())
            .allow_no_auth();
        config.set_endpoint_url(self.endpoints.sts.as_ref().map(ToString::to_string));
        Client::from_conf(config.build())
    }
}

impl fmt::Debug for Sts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sts").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

/// Our clock, as the SDK wants it: signatures carry the time.
struct SdkTime(Arc<dyn Clock>);

impl TimeSource for SdkTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

impl fmt::Debug for SdkTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkTime")
    }
}

fn http_client(endpoints: &Endpoints, ca: Option<&CaBundle>) -> Result<SharedHttpClient, HttpError> {
    // A bundle's certificates were checked when it was read; the SDK would panic on a bad one.
    // Without TLS there is no need to load the system's certificates, which takes a while and may not be there.
    let needs_tls = endpoints.sts.as_ref().is_none_or(|url| url.scheme() == "https");
    let mut trust = TrustStore::empty().with_native_roots(needs_tls);
    if let Some(ca) = ca {
        trust = trust.with_pem_certificate(ca.pem());
    }
    let context =
        TlsContext::builder().with_trust_store(trust).build().map_err(|e| HttpError::Setup { why: e.to_string() })?;
    let is_here = endpoints.sts.as_ref().is_some_and(is_loopback);
    let proxy = if is_here { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|c| c.sleep_impl()));
        connector.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).tls_context(context.clone()).build()
    }))
}
