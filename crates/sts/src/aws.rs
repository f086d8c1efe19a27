//! The AWS services that Daypass calls. Clients are made when they are needed. They look at the settings of the network
//! each time, because an agent follows `config.toml`.

use std::sync::Arc;

use aws_types::SdkConfig;

use super::address::Address;
use super::wire::Wire;
use super::{ExchangeRequest, Sts, StsRegions};
use daypass_core::endpoints::ServiceEndpoints;
use daypass_core::names::{Partition, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::settings::ConfigSource;
use daypass_core::surroundings::Surroundings;
use daypass_core::terms::Terms;
use daypass_http::{Http, Network};
use url::Url;

/// The services of AWS, in these surroundings.
pub struct Aws {
    /// The places, the clock and the endpoints.
    pub surroundings: Surroundings,
    config: Arc<dyn ConfigSource>,
    network: Network,
    wire: Arc<Wire>,
}

impl Aws {
    /// Doesn't make a client or send anything yet.
    pub fn new(surroundings: Surroundings, config: Arc<dyn ConfigSource>, network: Network) -> Self {
        let Surroundings { endpoints, clock, .. } = &surroundings;
        let wire = Arc::new(Wire::new(endpoints.clone(), Arc::clone(clock), network.clone()));
        Self { surroundings, config, network, wire }
    }

    /// How other machines are reached.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The Security Token Service.
    pub fn sts(&self) -> Result<Sts, Problem> {
        Ok(Sts::over(Arc::clone(&self.wire))?)
    }

    /// What the client of a service is built from in a region: our HTTP client, clock, time-outs and retries, and the
    /// endpoint where it is replaced. The caller sets credentials
    /// ([`sdk_credentials`](super::sdk_credentials)):
    ///
    /// `aws_sdk_iam::config::Builder::from(&aws.sdk_config(Service::Iam, region)?).credentials_provider(..).build()`
    pub fn sdk_config(&self, service: Service, region: &Region) -> Result<SdkConfig, Problem> {
        let config = self.wire.sdk_config(service, region)?;
        // An endpoint that is replaced is neither, and the SDK refuses both together.
        if config.endpoint_url().is_some() {
            return Ok(config);
        }
        let ServiceEndpoints { fips, dual_stack } = self.config.current().services;
        Ok(config.into_builder().use_fips(fips).use_dual_stack(dual_stack).build())
    }

    /// For requests outside the SDK: those to the console's federation endpoint.
    pub fn http(&self) -> Result<Http, Problem> {
        Ok(Http::over(&self.network, None)?)
    }

    /// The request to STS for a target, at the regions from the person's settings.
    pub fn order(&self, target: &Target, region: Option<&Region>, terms: &Terms) -> ExchangeRequest {
        let at = self.regions(target.partition(), region);
        ExchangeRequest { target: target.clone(), at, terms: terms.clone(), is_chained: false }
    }

    /// The regions whose STS is asked in a partition: that of the settings if it is in there, or else this one, then the
    /// fallback regions in it. If an account has to enable all of them first, the region of the settings or the
    /// partition's own is the last resort.
    pub fn regions(&self, partition: Partition, region: Option<&Region>) -> StsRegions {
        let config = self.config.current();
        let is_inside = |region: &&Region| Partition::of_region(region) == partition;
        let first = config.sts_region.as_ref().filter(is_inside).or(region);
        let mut regions = vec![region_in(partition, first)];
        for other in config.fallback_regions.iter().filter(is_inside) {
            if !regions.contains(other) {
                regions.push(other.clone());
            }
        }
        let home = config.region.as_ref().filter(|region| !region.is_opt_in());
        let last_resort = regions.iter().all(Region::is_opt_in).then(|| region_in(partition, home));
        StsRegions { regions, last_resort, endpoint: config.sts }
    }

    /// Where STS is asked first with these settings: in the region of `[settings]` for it or for profiles, or that of the
    /// first role that has one, or of the first role's partition.
    ///
    /// # Errors
    ///
    /// `sts-no-endpoint` if the settings lead nowhere.
    pub fn sts_address(&self) -> Result<Url, Problem> {
        let config = self.config.current();
        let of_a_role = config.roles.iter().find_map(|role| role.region.clone());
        let region = config.sts_region.clone().or_else(|| config.region.clone()).or(of_a_role).unwrap_or_else(|| {
            let first = config.roles.first().map(|role| role.arn.partition()).or_else(|| Partition::all().next());
            first.unwrap_or_else(|| unreachable!("there are partitions")).default_region()
        });
        let address = Address::of(&self.surroundings.endpoints, &region, config.sts);
        let address = address.and_then(|address| Url::parse(&address.url).map_err(|error| error.to_string()));
        address.map_err(|why| {
            Problem::new(ProblemKind::Invalid, ProblemCode::StsNoEndpoint, why)
                .hint("correct settings.sts in config.toml")
        })
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::settings::Config;

    /// The regions in order, with the last resort in brackets.
    fn asked(config: &Config, region: &str) -> String {
        let home = |name: &str| (name == "HOME").then(|| "/nowhere".into());
        let surroundings = Surroundings::of(home, Arc::new(|_| Ok("never asked".into()))).unwrap();
        let region: Region = region.parse().unwrap();
        let aws = Aws::new(surroundings, Arc::new(config.clone()), Network::plain());
        let StsRegions { regions, last_resort, .. } = aws.regions(Partition::of_region(&region), Some(&region));
        let mut words: Vec<String> = regions.iter().map(ToString::to_string).collect();
        words.extend(last_resort.map(|region| format!("[{region}]")));
        words.join(" ")
    }

    #[test]
    fn other_services_have_their_special_endpoints_unless_they_are_replaced() {
        for (replaced, expected) in [(None, (Some(true), Some(true))), (Some("http://127.0.0.1:1"), (None, None))] {
            let env = |name: &str| match name {
                "HOME" => Some("/nowhere".into()),
                "AWS_ENDPOINT_URL" => replaced.map(Into::into),
                _ => None,
            };
            let surroundings = Surroundings::of(env, Arc::new(|_| Ok("never asked".into()))).unwrap();
            let services = ServiceEndpoints { fips: true, dual_stack: true };
            let aws = Aws::new(surroundings, Arc::new(Config { services, ..Config::default() }), Network::plain());
            for service in [Service::Sso, Service::SsoOidc, Service::Iam, Service::CognitoIdentity] {
                let config = aws.sdk_config(service, &"eu-central-1".parse().unwrap()).unwrap();
                assert_eq!((config.use_fips(), config.use_dual_stack()), expected, "{service:?}");
            }
        }
    }

    #[test]
    fn sts_is_asked_in_the_roles_region_unless_the_settings_name_another() {
        let region = |text: &str| Some(text.parse().unwrap());
        let mut config = Config::default();
        assert_eq!(asked(&config, "eu-central-1"), "eu-central-1");
        // A region that the account may not have enabled.
        assert_eq!(asked(&config, "eu-south-1"), "eu-south-1 [us-east-1]");
        config.region = region("eu-west-3");
        assert_eq!(asked(&config, "eu-south-1"), "eu-south-1 [eu-west-3]");
        config.region = region("eu-south-1");
        assert_eq!(asked(&config, "eu-south-1"), "eu-south-1 [us-east-1]");
        config.fallback_regions = vec!["me-central-1".parse().unwrap(), "cn-north-1".parse().unwrap()];
        assert_eq!(asked(&config, "eu-south-1"), "eu-south-1 me-central-1 [us-east-1]");
        config.fallback_regions.push("eu-west-1".parse().unwrap());
        assert_eq!(asked(&config, "eu-south-1"), "eu-south-1 me-central-1 eu-west-1");
        config.sts_region = region("eu-north-1");
        assert_eq!(asked(&config, "eu-south-1"), "eu-north-1 me-central-1 eu-west-1");
        assert_eq!(asked(&config, "cn-northwest-1"), "cn-northwest-1 cn-north-1", "another partition");
    }
}
