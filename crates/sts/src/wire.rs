//! How the AWS SDK's requests travel: one HTTP client, our trust, proxy, clock, time-outs and retries for all
//! services.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, IdentityCache, SharedAsyncSleep, SharedHttpClient};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::Region;
use daypass_core::service::Service;
use daypass_http::{HttpError, Limits, Network, Received, Trouble};

const ATTEMPT_LIMIT: Duration = Duration::from_secs(15);
const OPERATION_LIMIT: Duration = Duration::from_secs(35);

/// What every client of an AWS service is built from.
pub(super) struct Wire {
    pub(super) endpoints: Endpoints,
    pub(super) clock: Arc<dyn Clock>,
    network: Network,
}

impl Wire {
    /// `network` has the proxies and the trust. Nothing is sent yet.
    pub(super) fn new(endpoints: Endpoints, clock: Arc<dyn Clock>, network: Network) -> Self {
        Self { endpoints, clock, network }
    }

    /// The configuration of a service's client in a region, without credentials.
    pub(super) fn sdk_config(&self, service: Service, region: &Region) -> Result<SdkConfig, HttpError> {
        let replaced = self.endpoints.of(service);
        Ok(self.config(region, self.http(replaced)?, replaced.map(Url::as_str)))
    }

    /// As [`Wire::sdk_config`], for an endpoint that is already known.
    pub(super) fn config(&self, region: &Region, http: SharedHttpClient, endpoint: Option<&str>) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
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
        self.network.check(replaced.is_none_or(|url| url.scheme() == "https"))?;
        Ok(Connector(self.network.clone()).into_shared())
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

/// Sends the SDK's requests over the same [`Network`] as all others, so that they have the same proxy and trust. An
/// answer has a limit: the SDK would read whatever an endpoint sends into memory.
#[derive(Debug, Clone)]
struct Connector(Network);

impl HttpClient for Connector {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _parts: &RuntimeComponents) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let network = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = plain(&request)?;
            let received = network.send(Limits::Sdk, None, request).await.map_err(|error| failed(error.trouble))?;
            answer(received)
        })
    }
}

fn plain(request: &HttpRequest) -> Result<reqwest::Request, ConnectorError> {
    let method = request.method().parse().map_err(user)?;
    let url: Url = request.uri().parse().map_err(user)?;
    let mut plain = reqwest::Request::new(method, url);
    for (name, value) in request.headers() {
        let name: HeaderName = name.parse().map_err(user)?;
        plain.headers_mut().append(name, HeaderValue::from_str(value).map_err(user)?);
    }
    let body = request.body().bytes().ok_or_else(|| ConnectorError::user("the body isn't in memory".into()))?;
    *plain.body_mut() = Some(body.to_vec().into());
    Ok(plain)
}

fn answer(received: Received) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(received.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut answer = HttpResponse::new(status, SdkBody::from(received.body));
    for (name, value) in &received.headers {
        // The SDK reads headers as text; others don't count.
        if let Ok(value) = value.to_str() {
            let _ = answer.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(answer)
}

fn user(error: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
    ConnectorError::user(Box::new(error))
}

/// The SDK tries again what may pass.
fn failed(trouble: Trouble) -> ConnectorError {
    match &trouble {
        Trouble::TimedOut => ConnectorError::timeout(Box::new(trouble)),
        passing if passing.is_passing() => ConnectorError::io(Box::new(trouble)),
        _ => ConnectorError::other(Box::new(trouble), None),
    }
}
