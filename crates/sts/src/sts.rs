//! The Security Token Service: one region after the other, until one answers.

use std::fmt;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::Client;
use aws_sdk_sts::config::SharedHttpClient;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use chrono::TimeDelta;
use secrecy::ExposeSecret;

use super::StsRegions;
use super::address::Address;
use super::error::{CallContext, ExchangeError};
use super::skew::SkewReader;
use super::wire::Wire;
use daypass_core::clock::Clock;
use daypass_core::credentials::Keys;
use daypass_core::endpoints::{Endpoints, StsEndpoint};
use daypass_core::names::Region;
use daypass_core::service::Service;
use daypass_http::{HttpError, Network, Trouble};

/// The Security Token Service.
#[derive(Clone)]
pub struct Sts {
    pub(super) wire: Arc<Wire>,
    http: SharedHttpClient,
}

/// What is asked, where, and with which keys.
pub(super) struct Call<'a> {
    pub(super) operation: &'static str,
    /// What it is about, for messages.
    pub(super) subject: Option<String>,
    pub(super) at: &'a StsRegions,
    /// None for a request whose parameters are the proof.
    pub(super) keys: Option<&'a Keys>,
    /// Whether it may be sent only once, because it has an MFA code in it.
    pub(super) once: bool,
}

/// A region to ask.
struct Stop<'a> {
    region: &'a Region,
    address: Address,
    /// Only if the others don't know the account.
    is_last_resort: bool,
}

/// An answer, and where it came from.
pub(super) struct Answered<T> {
    pub(super) output: T,
    pub(super) context: CallContext,
    /// The server's clock minus this machine's.
    pub(super) clock_skew: Option<TimeDelta>,
    /// The region that answered, when it was not the first.
    pub(super) fallback_region: Option<Region>,
}

impl Sts {
    /// `network` has the proxies and the trust. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If the network's settings can't be used.
    pub fn new(endpoints: Endpoints, clock: Arc<dyn Clock>, network: Network) -> Result<Self, HttpError> {
        Self::over(Arc::new(Wire::new(endpoints, clock, network)))
    }

    pub(super) fn over(wire: Arc<Wire>) -> Result<Self, HttpError> {
        let http = wire.http(wire.endpoints.of(Service::Sts))?;
        Ok(Self { wire, http })
    }

    /// A region's STS address, for messages. None if settings exclude each other.
    #[must_use]
    pub fn endpoint_of(&self, region: &Region, endpoint: StsEndpoint) -> Option<String> {
        Address::of(&self.wire.endpoints, region, endpoint).ok().map(|address| address.url)
    }

    /// Asks the first region, and the next one if it cannot be reached, is out of order, or may not know the account.
    /// Any other refusal is final, because another region would refuse too.
    pub(super) async fn ask<T, E, F>(
        &self,
        call: &Call<'_>,
        send: impl Fn(Client) -> F,
    ) -> Result<Answered<T>, ExchangeError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let stops = self.stops(call)?;
        let mut unreachable: Vec<String> = Vec::new();
        let mut out_of_order: Vec<&str> = Vec::new();
        let mut is_unknown_there = false;
        let (mut first, mut known_to_be_wrong) = (None, None);
        for (index, Stop { region, address, is_last_resort }) in stops.iter().enumerate() {
            // What replaces an endpoint is the same server for every region.
            let is_down = unreachable.contains(&address.url) || out_of_order.contains(&address.url.as_str());
            if is_down || (*is_last_resort && !is_unknown_there) {
                continue;
            }
            if let Some(error) = &first {
                tracing::warn!(operation = call.operation, %region, %error, "another region's STS is asked");
            }
            let context = CallContext {
                service: Service::Sts,
                operation: call.operation,
                subject: call.subject.clone(),
                endpoint: address.url.clone(),
                region: Some(address.signing_region.clone()),
            };
            let skew = SkewReader::new(Arc::clone(&self.wire.clock));
            let error = match send(self.client(call, address, &skew)).await {
                Ok(output) => {
                    let fallback_region = (index > 0).then(|| Region::clone(region));
                    return Ok(Answered { output, context, clock_skew: skew.read(), fallback_region });
                }
                Err(error) => ExchangeError::of(context, &error),
            };
            match &error {
                ExchangeError::Unreachable { trouble, .. } if may_go_on(call, trouble) => {
                    unreachable.push(address.url.clone());
                }
                error if error.is_out_of_order() && !call.once => out_of_order.push(&address.url),
                // Whose keys they are is looked up before a code is read.
                error if error.is_about_region() => is_unknown_there = true,
                // A new key isn't known everywhere at once.
                error if error.is_unknown_key() => known_to_be_wrong = known_to_be_wrong.or(Some(error.clone())),
                error if error.is_for_another_region() && is_unknown_there => {}
                _ => return Err(error),
            }
            first = first.or(Some(error));
        }
        // Report the person's own region: that is the one to wait for or to change. But if a region that every account
        // has doesn't know the key, another region won't help.
        Err(match known_to_be_wrong.or(first) {
            Some(ExchangeError::Unreachable { service, trouble, .. }) => {
                ExchangeError::Unreachable { service, endpoint: unreachable.join(" and "), trouble }
            }
            Some(error) => error,
            None => Self::without_address(call, "no region is named"),
        })
    }

    /// The addresses to ask, in turn. Addresses that settings rule out are an error only if none is left.
    fn stops<'a>(&self, call: &Call<'a>) -> Result<Vec<Stop<'a>>, ExchangeError> {
        let mut stops: Vec<Stop<'_>> = Vec::new();
        let StsRegions { regions, last_resort, .. } = call.at;
        for (index, region) in regions.iter().chain(last_resort).enumerate() {
            // The others are used when the global endpoint cannot be reached.
            let endpoint = StsEndpoint { global: call.at.endpoint.global && index == 0, ..call.at.endpoint };
            let address =
                Address::of(&self.wire.endpoints, region, endpoint).map_err(|why| Self::without_address(call, &why))?;
            // Where a replaced endpoint is the same for every region, only a signature tells them apart.
            let is_known = |known: &Stop<'_>| {
                let same_region = known.address.signing_region == address.signing_region || call.keys.is_none();
                known.address.url == address.url && same_region
            };
            if !stops.iter().any(is_known) {
                stops.push(Stop { region, address, is_last_resort: index >= regions.len() });
            }
        }
        Ok(stops)
    }

    fn without_address(call: &Call<'_>, why: &str) -> ExchangeError {
        ExchangeError::NoEndpoint { operation: call.operation, why: why.to_owned() }
    }

    fn client(&self, call: &Call<'_>, address: &Address, skew: &SkewReader) -> Client {
        let given = address.is_given.then_some(address.url.as_str());
        let base = self.wire.config(&address.signing_region, self.http.clone(), given);
        let StsEndpoint { fips, dual_stack, .. } = call.at.endpoint;
        let mut config = aws_sdk_sts::config::Builder::from(&base)
            .use_fips(fips && !address.is_given)
            .use_dual_stack(dual_stack && !address.is_given)
            .interceptor(skew.clone())
            .allow_no_auth();
        if call.once {
            config = config.retry_config(RetryConfig::disabled());
        }
        config.set_credentials_provider(call.keys.map(|keys| SharedCredentialsProvider::new(sdk_credentials(keys))));
        Client::from_conf(config.build())
    }
}

/// For the `credentials_provider` of a client of the SDK.
#[must_use]
pub fn sdk_credentials(keys: &Keys) -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new(
        &keys.access_key_id,
        keys.secret_access_key.expose_secret(),
        keys.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "daypass",
    )
}

/// Whether another region may be asked. With an MFA code, only if the request certainly wasn't sent.
fn may_go_on(call: &Call<'_>, trouble: &Trouble) -> bool {
    match call.once {
        false => trouble.is_passing(),
        true => trouble.is_before_sending() && trouble.is_passing(),
    }
}

impl fmt::Debug for Sts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sts").field("wire", &self.wire).finish_non_exhaustive()
    }
}
