//! The AWS services that Daypass calls. Clients are made when first needed, because trusted certificates take
//! milliseconds to load and `credential-process` opens a broker for every call that finds no agent.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use aws_types::SdkConfig;

use super::wire::Wire;
use super::{ExchangeRequest, Sts, StsRegions};
use daypass_core::names::{Partition, Region, Target};
use daypass_core::problem::Problem;
use daypass_core::service::Service;
use daypass_core::settings::ConfigSource;
use daypass_core::surroundings::Surroundings;
use daypass_core::terms::Terms;
use daypass_http::{CaBundle, Http};

/// The services of AWS, in these surroundings.
pub struct Aws {
    /// The places, the clock and the endpoints.
    pub surroundings: Surroundings,
    config: Arc<dyn ConfigSource>,
    wire: OnceLock<Result<Arc<Wire>, Problem>>,
    sts: OnceLock<Result<Sts, Problem>>,
    http: OnceLock<Result<Http, Problem>>,
}

impl Aws {
    /// Doesn't make a client or send anything yet.
    pub fn new(surroundings: Surroundings, config: Arc<dyn ConfigSource>) -> Self {
        Self { surroundings, config, wire: OnceLock::new(), sts: OnceLock::new(), http: OnceLock::new() }
    }

    /// The Security Token Service.
    pub fn sts(&self) -> Result<&Sts, Problem> {
        let make = || Ok(Sts::over(Arc::clone(self.wire()?))?);
        self.sts.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// What the client of a service is built from in a region: our HTTP client, clock, time-outs and retries, and the
    /// endpoint where it is replaced. The caller sets credentials
    /// ([`sdk_credentials`](super::sdk_credentials)):
    ///
    /// `aws_sdk_iam::config::Builder::from(&aws.sdk_config(Service::Iam, region)?).credentials_provider(..).build()`
    pub fn sdk_config(&self, service: Service, region: &Region) -> Result<SdkConfig, Problem> {
        Ok(self.wire()?.sdk_config(service, region)?)
    }

    /// For requests outside the SDK: those to the console's federation endpoint.
    pub fn http(&self) -> Result<&Http, Problem> {
        let make = || Ok(Http::new(self.ca()?.as_ref())?);
        self.http.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// The request to STS for a target, at the regions from the person's settings.
    pub fn order(&self, target: &Target, region: Option<&Region>, terms: &Terms) -> ExchangeRequest {
        let at = self.regions(target.partition(), region);
        ExchangeRequest { target: target.clone(), at, terms: terms.clone(), is_chained: false }
    }

    /// The regions whose STS is asked in a partition: this one if it is in there, then the fallback regions in it.
    pub fn regions(&self, partition: Partition, region: Option<&Region>) -> StsRegions {
        let config = self.config.current();
        let mut regions = vec![region_in(partition, region)];
        let others = config.fallback_regions.iter().filter(|r| Partition::of_region(r) == partition);
        for other in others {
            if !regions.contains(other) {
                regions.push(other.clone());
            }
        }
        StsRegions { regions, endpoint: config.sts }
    }

    fn wire(&self) -> Result<&Arc<Wire>, Problem> {
        let make = || {
            let Surroundings { endpoints, clock, .. } = &self.surroundings;
            Ok(Arc::new(Wire::new(endpoints.clone(), Arc::clone(clock), self.ca()?)))
        };
        self.wire.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    fn ca(&self) -> Result<Option<CaBundle>, Problem> {
        let path: Option<&Path> = self.surroundings.ca_bundle.as_deref();
        Ok(path.map(CaBundle::read).transpose()?)
    }
}

/// The region whose STS is asked first: the session's own, if it is in the target's partition.
pub fn region_of(target: &Target, region: Option<&Region>) -> Region {
    region_in(target.partition(), region)
}

fn region_in(partition: Partition, region: Option<&Region>) -> Region {
    let own = region.filter(|region| Partition::of_region(region) == partition);
    own.cloned().unwrap_or_else(|| partition.default_region())
}
