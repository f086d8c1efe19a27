//! The address of STS for a region, on the person's terms: by the SDK's own rules, so that messages tell the truth.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

use daypass_core::endpoints::{Endpoints, StsEndpoint};
use daypass_core::names::{Partition, Region};
use daypass_core::service::Service;

/// Where one request to STS goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Without a slash at its end.
    pub(super) url: String,
    /// The region that the signature names.
    pub(super) signing_region: Region,
    /// Whether the SDK has to be told the address, because its rules don't lead there.
    pub(super) is_given: bool,
}

impl Address {
    /// The address of STS for a region.
    ///
    /// # Errors
    ///
    /// Why there is none, as a sentence: settings exclude each other, or the partition doesn't have the endpoint.
    pub(super) fn of(endpoints: &Endpoints, region: &Region, kind: StsEndpoint) -> Result<Self, String> {
        let StsEndpoint { global, fips, dual_stack } = kind;
        #[cfg(test)]
        if let Some(url) = endpoints.sts_by_region.get(region) {
            return Ok(Self::given(url.as_str(), region));
        }
        let special = match (fips, dual_stack) {
            (true, true) => Some("fips and dual_stack"),
            (true, false) => Some("fips"),
            (false, true) => Some("dual_stack"),
            (false, false) => None,
        };
        if let Some(url) = endpoints.of(Service::Sts) {
            return match special {
                None => Ok(Self::given(url.as_str(), region)),
                Some(special) => Err(format!(
                    "settings.sts asks for {special}, but AWS_ENDPOINT_URL_STS or AWS_ENDPOINT_URL replaces the \
                     endpoint: leave one of them out"
                )),
            };
        }
        let partition = Partition::of_region(region);
        if global && partition.id() == "aws" {
            return match special {
                // The one region whose name its signatures carry.
                None => Ok(Self::given("https://sts.amazonaws.com", &partition.default_region())),
                Some(special) => Err(format!(
                    "settings.sts sets both global and {special}: the global endpoint is neither FIPS nor dual-stack"
                )),
            };
        }
        let url = by_rules(region, fips, dual_stack)?;
        Ok(Self { url, signing_region: region.clone(), is_given: false })
    }

    fn given(url: &str, region: &Region) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), signing_region: region.clone(), is_given: true }
    }
}

fn by_rules(region: &Region, fips: bool, dual_stack: bool) -> Result<String, String> {
    let params = Params::builder().region(region.as_str()).use_fips(fips).use_dual_stack(dual_stack).build();
    let params = params.map_err(|error| error.to_string())?;
    match at_once(DefaultResolver::new().resolve_endpoint(&params)) {
        Some(Ok(endpoint)) => Ok(endpoint.url().to_owned()),
        Some(Err(error)) => Err(format!("{error} (region {region})")),
        None => Err(format!("the SDK doesn't have an endpoint for region {region}")),
    }
}

/// What the SDK's rules for endpoints say. They are pure, so the future is ready at once; `None` if it isn't.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(said) => Some(said),
        Poll::Pending => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const REGIONAL: StsEndpoint = StsEndpoint { global: false, fips: false, dual_stack: false };
    const GLOBAL: StsEndpoint = StsEndpoint { global: true, ..REGIONAL };
    const FIPS: StsEndpoint = StsEndpoint { fips: true, ..REGIONAL };
    const DUAL: StsEndpoint = StsEndpoint { dual_stack: true, ..REGIONAL };
    const BOTH: StsEndpoint = StsEndpoint { fips: true, ..DUAL };

    /// Of botocore 1.43's `partitions.json`.
    const REGIONS: [(&str, &str); 8] = [
        (
            "aws",
            "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 \
             ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 \
             ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 \
             eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
        ),
        ("aws-cn", "cn-north-1 cn-northwest-1"),
        ("aws-us-gov", "us-gov-east-1 us-gov-west-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-iso", "us-iso-east-1 us-iso-west-1"),
        ("aws-iso-b", "us-isob-east-1 us-isob-west-1"),
        ("aws-iso-e", "eu-isoe-west-1"),
        ("aws-iso-f", "us-isof-east-1 us-isof-south-1"),
    ];

    fn of(region: &str, kind: StsEndpoint) -> Result<Address, String> {
        Address::of(&Endpoints::default(), &region.parse().unwrap(), kind)
    }

    #[test]
    fn every_partition_has_its_endpoints() {
        for (region, kind, url) in [
            ("eu-central-1", REGIONAL, "https://sts.eu-central-1.amazonaws.com"),
            ("us-east-1", REGIONAL, "https://sts.us-east-1.amazonaws.com"),
            ("mx-central-1", REGIONAL, "https://sts.mx-central-1.amazonaws.com"),
            ("cn-north-1", REGIONAL, "https://sts.cn-north-1.amazonaws.com.cn"),
            ("us-gov-west-1", REGIONAL, "https://sts.us-gov-west-1.amazonaws.com"),
            ("eusc-de-east-1", REGIONAL, "https://sts.eusc-de-east-1.amazonaws.eu"),
            ("us-iso-east-1", REGIONAL, "https://sts.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", REGIONAL, "https://sts.us-isob-east-1.sc2s.sgov.gov"),
            ("eu-isoe-west-1", REGIONAL, "https://sts.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-isof-south-1", REGIONAL, "https://sts.us-isof-south-1.csp.hci.ic.gov"),
            ("us-east-2", FIPS, "https://sts-fips.us-east-2.amazonaws.com"),
            ("us-gov-west-1", FIPS, "https://sts.us-gov-west-1.amazonaws.com"),
            ("eu-central-1", DUAL, "https://sts.eu-central-1.api.aws"),
            ("cn-north-1", DUAL, "https://sts.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-west-2", BOTH, "https://sts-fips.us-west-2.api.aws"),
            ("eu-central-1", GLOBAL, "https://sts.amazonaws.com"),
            ("cn-north-1", GLOBAL, "https://sts.cn-north-1.amazonaws.com.cn"),
        ] {
            assert_eq!(of(region, kind).unwrap().url, url, "{region} {kind:?}");
        }
        // Requests to the global endpoint are signed for us-east-1, whatever the region.
        assert_eq!(of("eu-central-1", GLOBAL).unwrap().signing_region.as_str(), "us-east-1");
        assert_eq!(of("eu-central-1", FIPS).unwrap().signing_region.as_str(), "eu-central-1");
    }

    #[test]
    fn the_sdk_and_the_list_of_partitions_agree() {
        for partition in Partition::all() {
            let (_, regions) = REGIONS.iter().find(|(id, _)| *id == partition.id()).unwrap();
            assert!(regions.split(' ').any(|region| region == partition.default_region().as_str()));
            for region in regions.split(' ') {
                assert_eq!(Partition::of_region(&region.parse().unwrap()), partition, "{region}");
                let url = of(region, REGIONAL).unwrap().url;
                assert_eq!(url, format!("https://sts.{region}.{}", partition.dns_suffix()));
                // With the SDK's own rules, which must know the region.
                assert!(of(region, FIPS).is_ok() && of(region, DUAL).is_ok() && of(region, BOTH).is_ok(), "{region}");
            }
        }
        assert_eq!(Partition::all().count(), REGIONS.len());
    }

    /// Of <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>.
    #[test]
    fn a_third_of_the_regions_has_to_be_enabled_first() {
        let regions = REGIONS.iter().flat_map(|(_, regions)| regions.split(' '));
        let opt_in: Vec<&str> = regions.filter(|region| region.parse::<Region>().unwrap().is_opt_in()).collect();
        assert_eq!(
            opt_in.join(" "),
            "af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 \
             ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1"
        );
        assert!(Partition::all().all(|partition| !partition.default_region().is_opt_in()));
    }

    #[test]
    fn settings_that_exclude_each_other_are_told() {
        for kind in [StsEndpoint { global: true, ..FIPS }, StsEndpoint { global: true, ..DUAL }] {
            let why = of("eu-central-1", kind).unwrap_err();
            assert!(why.contains("global"), "{why}");
        }
        let endpoints = Endpoints { sts: Some("http://127.0.0.1:4566/".parse().unwrap()), ..Endpoints::default() };
        let region = "eu-central-1".parse().unwrap();
        for (kind, word) in [(FIPS, "fips"), (DUAL, "dual_stack"), (BOTH, "fips and dual_stack")] {
            let why = Address::of(&endpoints, &region, kind).unwrap_err();
            assert!(why.contains(word) && why.contains("AWS_ENDPOINT_URL_STS"), "{why}");
        }
        // An address that is given is global enough.
        assert_eq!(Address::of(&endpoints, &region, GLOBAL).unwrap().url, "http://127.0.0.1:4566");
    }
}
