//! The addresses of AWS's sign-in service in a region.

use url::Url;

use super::error::ConsoleError;
use daypass_core::names::{Partition, Region};

/// The sign-in service of a region.
#[derive(Debug, Clone)]
pub(super) struct SignInService {
    pub(super) region: Region,
    /// Without a slash at its end. A sign-in is good where it was made, and nowhere else.
    pub(super) base: String,
    /// Where the person signs in.
    pub(super) authorize: Url,
    /// `CreateOAuth2Token`.
    pub(super) token: Url,
    /// The page that shows a code to type, for a sign-in on another device.
    pub(super) confirmation: Url,
}

impl SignInService {
    /// That of a region, or what replaces it (`AWS_ENDPOINT_URL_SIGNIN`).
    pub(super) fn of(region: &Region, replaced: Option<&Url>) -> Result<Self, ConsoleError> {
        let base = match replaced {
            // The federation endpoint is at the same host, and the variable may have its path.
            Some(url) => {
                let url = url.as_str().trim_end_matches('/');
                url.strip_suffix("/federation").unwrap_or(url).to_owned()
            }
            None => format!("https://{region}.{}", host(Partition::of_region(region))),
        };
        let at = |path: &str| -> Result<Url, ConsoleError> {
            let text = format!("{base}/v1/{path}");
            text.parse().map_err(|_| ConsoleError::Address { url: text })
        };
        Ok(Self {
            region: region.clone(),
            authorize: at("authorize")?,
            token: at("token")?,
            confirmation: at("sessions/confirmation")?,
            base,
        })
    }
}

/// What follows the region in the host's name, from the endpoint rules of `signin` in the SDKs.
fn host(partition: Partition) -> &'static str {
    match partition.id() {
        "aws-cn" => "signin.amazonaws.cn",
        "aws-us-gov" => "signin.amazonaws-us-gov.com",
        "aws-eusc" => "signin.amazonaws-eusc.eu",
        "aws-iso" => "signin.c2shome.ic.gov",
        "aws-iso-b" => "signin.sc2shome.sgov.gov",
        "aws-iso-e" => "signin.csphome.adc-e.uk",
        "aws-iso-f" => "signin.csphome.hci.ic.gov",
        _ => "signin.aws.amazon.com",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Those of botocore's own tests of its endpoint rules.
    #[test]
    fn each_partition_has_a_host_of_its_own() {
        let token = |region: &str| SignInService::of(&region.parse().unwrap(), None).unwrap().token.to_string();
        for (region, host) in [
            ("us-east-1", "us-east-1.signin.aws.amazon.com"),
            ("eu-central-1", "eu-central-1.signin.aws.amazon.com"),
            ("cn-north-1", "cn-north-1.signin.amazonaws.cn"),
            ("us-gov-west-1", "us-gov-west-1.signin.amazonaws-us-gov.com"),
            ("eusc-de-east-1", "eusc-de-east-1.signin.amazonaws-eusc.eu"),
            ("us-iso-east-1", "us-iso-east-1.signin.c2shome.ic.gov"),
            ("us-isob-east-1", "us-isob-east-1.signin.sc2shome.sgov.gov"),
            ("eu-isoe-west-1", "eu-isoe-west-1.signin.csphome.adc-e.uk"),
            ("us-isof-south-1", "us-isof-south-1.signin.csphome.hci.ic.gov"),
        ] {
            assert_eq!(token(region), format!("https://{host}/v1/token"));
        }
    }

    #[test]
    fn another_endpoint_replaces_the_regions_own() {
        let region = "eu-central-1".parse().unwrap();
        for url in ["http://127.0.0.1:1/x", "http://127.0.0.1:1/x/", "http://127.0.0.1:1/x/federation"] {
            let service = SignInService::of(&region, Some(&url.parse().unwrap())).unwrap();
            assert_eq!(service.base, "http://127.0.0.1:1/x", "{url}");
            assert_eq!(service.authorize.as_str(), "http://127.0.0.1:1/x/v1/authorize");
            assert_eq!(service.confirmation.as_str(), "http://127.0.0.1:1/x/v1/sessions/confirmation");
        }
    }
}
