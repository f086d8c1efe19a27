//! How the AWS SDK's requests travel: one HTTP client, our trust, proxy, clock, time-outs and retries for all
//! services.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, IdentityCache, SharedAsyncSleep, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use http_body_util::Limited;
use url::Url;

use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::Region;
use daypass_core::service::Service;
use daypass_http::{BODY_LIMIT, CaBundle, HttpError, is_loopback};

/// As in botocore and the SDKs. A TCP handshake is repeated after 1 s and 3 s, so 3.1 s allows for two lost packets.
const CONNECT_LIMIT: Duration = Duration::from_millis(3_100);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);
const OPERATION_LIMIT: Duration = Duration::from_secs(35);

/// What every client of an AWS service is built from.
pub(super) struct Wire {
    pub(super) endpoints: Endpoints,
    pub(super) clock: Arc<dyn Clock>,
    ca: Option<CaBundle>,
    clients: Mutex<HashMap<Route, SharedHttpClient>>,
}

/// What tells HTTP clients apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Route {
    /// Without TLS, there is no need to load the system's certificates, which takes a while and may fail.
    tls: bool,
    /// A proxy can't reach this machine, and must not see requests for it.
    proxy: bool,
}

impl Wire {
    /// `ca` (`AWS_CA_BUNDLE`) is trusted beside the system's certificates. The system's proxy is used (`HTTPS_PROXY`,
    /// `NO_PROXY`), except for an endpoint on this machine. No network and no certificates yet.
    pub(super) fn new(endpoints: Endpoints, clock: Arc<dyn Clock>, ca: Option<CaBundle>) -> Self {
        Self { endpoints, clock, ca, clients: Mutex::default() }
    }

    /// The configuration of a service's client in a region, without credentials.
    pub(super) fn sdk_config(&self, service: Service, region: &Region) -> Result<SdkConfig, HttpError> {
        let replaced = self.endpoints.of(service);
        Ok(self.config(region, self.http(replaced)?, replaced.map(Url::as_str)))
    }

    /// As [`Wire::sdk_config`], for an endpoint that is already known.
    pub(super) fn config(&self, region: &Region, http: SharedHttpClient, endpoint: Option<&str>) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_LIMIT)
            .operation_attempt_timeout(ATTEMPT_LIMIT)
            .operation_timeout(OPERATION_LIMIT)
            .build();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(aws_types::region::Region::new(region.as_str().to_owned()))
            .http_client(http)
            .time_source(SharedTimeSource::new(SdkTime(Arc::clone(&self.clock))))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            // One more try, for a lost connection and for a clock that is off (the SDK signs again with the
            // server's time). Longer waits are up to the renewal, which knows how long the old credentials last.
            .retry_config(RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(250)))
            .timeout_config(timeouts)
            .identity_cache(IdentityCache::no_cache());
        config.set_endpoint_url(endpoint.map(str::to_owned));
        config.build()
    }

    /// The HTTP client for an endpoint: AWS's own, or the one that replaces it.
    pub(super) fn http(&self, replaced: Option<&Url>) -> Result<SharedHttpClient, HttpError> {
        let route = Route {
            tls: replaced.is_none_or(|url| url.scheme() == "https"),
            proxy: !replaced.is_some_and(is_loopback),
        };
        // Only whole clients are put in, so what a panicking thread left is sound.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(&route) {
            return Ok(known.clone());
        }
        let client = http_client(route, self.ca.as_ref())?;
        clients.insert(route, client.clone());
        Ok(client)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

/// Our clock for the SDK, because signatures contain the time.
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

fn http_client(route: Route, ca: Option<&CaBundle>) -> Result<SharedHttpClient, HttpError> {
    // A bundle's certificates were checked when it was read; the SDK would panic on a bad one.
    let mut trust = TrustStore::empty().with_native_roots(route.tls);
    if let Some(ca) = ca {
        trust = trust.with_pem_certificate(ca.pem());
    }
    let context =
        TlsContext::builder().with_trust_store(trust).build().map_err(|e| HttpError::Setup { why: e.to_string() })?;
    let proxy = if route.proxy { ProxyConfig::from_env() } else { ProxyConfig::disabled() };
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|c| c.sleep_impl()));
        connector.tls_provider(tls::Provider::Rustls(CryptoMode::Ring)).tls_context(context.clone()).build()
    });
    Ok(Capped(client).into_shared())
}

/// An HTTP client whose answers end at [`BODY_LIMIT`]: the SDK would read whatever an endpoint sends into memory.
#[derive(Debug)]
struct Capped<T>(T);

impl HttpClient for Capped<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        Capped(self.0.http_connector(settings, components)).into_shared()
    }
}

impl HttpConnector for Capped<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            Ok(answer.await?.map(|body| SdkBody::from_body_1_x(Limited::new(body, BODY_LIMIT))))
        })
    }
}
