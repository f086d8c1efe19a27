//! The address of an AWS access portal, in the many forms that people have.

use std::fmt;

use url::Url;

use daypass_core::names::{Partition, Region};
use daypass_core::settings::{BadSetting, SettingField};
use daypass_http::is_loopback;

/// A start URL in the one form that AWS accepts: no fragment, query or trailing slash.
///
/// - `https://d-1234567890.awsapps.com/start`, with `my-company` in place of the directory's id where one was chosen
/// - `https://start.us-gov-home.awsapps.com/directory/d-1234567890` in AWS GovCloud (US),
///   `https://start.home.awsapps.cn/directory/d-1234567890` in China
/// - `https://ssoins-1234567890abcdef.portal.REGION.app.aws`, which answers over IPv6 too
/// - `https://ssoins-1234567890abcdef.REGION.portal.amazonaws.com`, or `….portal.amazonaws.eu` in the European Sovereign
///   Cloud
/// - `https://identitycenter.amazonaws.com/ssoins-1234567890abcdef`, the issuer URL
///
/// or a company's own address that redirects to one of these ([`vanity`](super::vanity)).
///
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangeURL.html>)
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StartUrl(String);

impl StartUrl {
    /// Reads what people copy: any of the forms above, with the portal's fragment or page behind it, without
    /// `https://`, or the directory's id alone.
    pub(crate) fn parse(text: &str, region: &Region) -> Result<Self, BadSetting> {
        let wrong = |why: &str| BadSetting::new(SettingField::StartUrl, text, why);
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong("write the AWS access portal's address, e.g. https://d-1234567890.awsapps.com/start"));
        }
        if is_directory(text) {
            return Self::of_directory(text, region).map_err(|why| wrong(&why));
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url: Url = whole.parse().map_err(|_| wrong("it isn't a URL"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("there is a user name or password in it"));
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(wrong("it must begin with https://"));
        }
        if !is_loopback(&url) && !is_of_aws(&host) && may_be_a_companys_own(&url, &host) {
            return Ok(Self(format!("{}{}", url.origin().ascii_serialization(), url.path().trim_end_matches('/'))));
        }
        if !is_loopback(&url) && !is_of_aws(&host) {
            return Err(wrong(
                "this isn't an AWS address; copy the AWS access portal URL from the settings of IAM \
                              Identity Center, or from the address bar after a sign-in",
            ));
        }
        let path = portal_path(&host, url.path())
            .ok_or_else(|| wrong("the directory is missing: https://start.….awsapps.com/directory/d-1234567890"))?;
        Ok(Self(format!("{}{path}", url.origin().ascii_serialization())))
    }

    /// Only these partitions have portals with a directory's ID in their address.
    fn of_directory(id: &str, region: &Region) -> Result<Self, String> {
        let partition = Partition::of_region(region).id();
        Ok(Self(match partition {
            "aws" => format!("https://{id}.awsapps.com/start"),
            "aws-us-gov" => format!("https://start.us-gov-home.awsapps.com/directory/{id}"),
            "aws-cn" => format!("https://start.home.awsapps.cn/directory/{id}"),
            _ => {
                return Err(format!(
                    "portals in partition {partition} don't have the directory's ID in their address; copy the AWS access \
                     portal URL from the settings of IAM Identity Center"
                ));
            }
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may redirect to AWS's own address: a company's own, or a server on this machine.
    pub(crate) fn may_lead_elsewhere(&self) -> bool {
        self.0.parse::<Url>().is_ok_and(|url| !url.host_str().is_some_and(is_of_aws))
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.0.parse::<Url>().is_ok_and(|url| is_loopback(&url))
    }

    /// The region in its host, if there is one.
    pub(crate) fn region(&self) -> Option<Region> {
        let url: Url = self.0.parse().ok()?;
        let host = url.host_str().filter(|host| is_of_aws(host))?;
        let labels: Vec<&str> = host.split('.').collect();
        match labels.as_slice() {
            [_, "portal", region, "app" | "api", ..] | [_, region, "portal", ..] => region.parse().ok(),
            _ => None,
        }
    }

    /// Its name in a sentence: the directory's ID or alias, the instance's ID, or the address.
    pub(crate) fn name(&self) -> &str {
        let bare = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        let last = path.rsplit('/').next().unwrap_or_default();
        // Where all portals have one host, the path tells them apart.
        if is_directory(last) || last.starts_with("ssoins-") || host.starts_with("start.") && !last.is_empty() {
            return last;
        }
        match host.split_once('.') {
            Some((first, _)) if is_of_aws(host) => first,
            _ => host,
        }
    }
}

impl fmt::Display for StartUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ID of a directory, such as `d-1234567890`.
pub(crate) fn is_directory(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|id| id.len() == 10 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Where AWS has portals: below these domains, which are all AWS's own. The AWS CLI knows the same.
const PORTALS: [&str; 9] = [
    ".awsapps.com",
    ".awsapps.cn",
    ".app.aws",
    ".portal.amazonaws.com",
    ".portal.amazonaws.com.cn",
    ".app.amazonwebservices.com.cn",
    ".portal.amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".portal.amazonaws-us-gov.com",
];

/// The hosts of issuer URLs.
const ISSUERS: [&str; 4] = [
    "identitycenter.amazonaws.com",
    "identitycenter.amazonaws.com.cn",
    "identitycenter.amazonaws.eu",
    "identitycenter.us-gov.amazonaws.com",
];

/// Identity providers, whose tile for AWS people copy instead of the portal's address.
const PROVIDERS: [&str; 8] = [
    ".okta.com",
    ".oktapreview.com",
    ".okta-emea.com",
    ".onelogin.com",
    ".microsoft.com",
    ".microsoftonline.com",
    ".google.com",
    ".pingone.com",
];

fn is_of_aws(host: &str) -> bool {
    ISSUERS.contains(&host) || PORTALS.iter().any(|domain| host.ends_with(domain) && host.len() > domain.len())
}

/// Whether it can be a company's own address, such as `https://aws.example.com`. Not what only looks like AWS's, and
/// not the AWS application of an identity provider, which people confuse with the portal.
fn may_be_a_companys_own(url: &Url, host: &str) -> bool {
    let looks_like_aws = ["awsapps", "amazonaws", "amazonwebservices", "identitycenter"];
    let first = host.split('.').next().unwrap_or_default();
    let is_plain =
        url.scheme() == "https" && url.port().is_none() && url.domain().is_some_and(|name| name.contains('.'));
    let is_like_the_portals = looks_like_aws.iter().any(|word| host.contains(word))
        || host.ends_with(".aws")
        || is_directory(first)
        || first.starts_with("ssoins-");
    let is_of_a_provider = PROVIDERS.iter().any(|domain| host.ends_with(domain))
        || url.path().split('/').any(|segment| segment.eq_ignore_ascii_case("saml"));
    is_plain && !is_like_the_portals && !is_of_a_provider
}

/// The path that belongs to the address. `None` if the part that names the portal is missing.
fn portal_path(host: &str, path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        ["directory", id, ..] => Some(format!("/directory/{id}")),
        _ if host.starts_with("start.") => None,
        ["start", ..] => Some("/start".to_owned()),
        [] if host.contains(".awsapps.") => Some("/start".to_owned()),
        [] => Some(String::new()),
        [first, ..] => Some(format!("/{first}")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::problem::{Problem, ProblemCode};

    fn parsed(text: &str, region: &str) -> Result<String, Problem> {
        let url = StartUrl::parse(text, &region.parse().unwrap());
        url.map(|url| url.as_str().to_owned()).map_err(Problem::from)
    }

    #[test]
    fn every_form_that_people_copy_is_the_one_that_aws_takes() {
        let start = "https://d-9067642ac7.awsapps.com/start";
        for text in [
            start,
            "https://d-9067642ac7.awsapps.com/start/",
            "https://d-9067642ac7.awsapps.com/start#/",
            "https://d-9067642ac7.awsapps.com/start/#/?tab=accounts",
            " https://D-9067642AC7.awsapps.com/start/#/device?user_code=ABCD-EFGH ",
            "https://d-9067642ac7.awsapps.com/start/#/console?account_id=111122223333&role_name=X",
            "https://d-9067642ac7.awsapps.com",
            "d-9067642ac7.awsapps.com/start",
            "d-9067642ac7",
        ] {
            assert_eq!(parsed(text, "eu-central-1").unwrap(), start, "{text}");
        }
        for (text, region, expected) in [
            ("https://my-company.awsapps.com/start/#/", "us-east-1", "https://my-company.awsapps.com/start"),
            (
                "https://start.us-gov-home.awsapps.com/directory/d-9067642ac7#/",
                "us-gov-west-1",
                "https://start.us-gov-home.awsapps.com/directory/d-9067642ac7",
            ),
            ("d-9067642ac7", "us-gov-east-1", "https://start.us-gov-home.awsapps.com/directory/d-9067642ac7"),
            ("d-9067642ac7", "cn-north-1", "https://start.home.awsapps.cn/directory/d-9067642ac7"),
            (
                "https://start.home.awsapps.cn/directory/d-9067642ac7/",
                "cn-north-1",
                "https://start.home.awsapps.cn/directory/d-9067642ac7",
            ),
            (
                "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws/",
                "eu-west-1",
                "https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws",
            ),
            (
                "https://ssoins-1234567890abcdef.portal.cn-north-1.app.amazonwebservices.com.cn/#/",
                "cn-north-1",
                "https://ssoins-1234567890abcdef.portal.cn-north-1.app.amazonwebservices.com.cn",
            ),
            (
                "https://start.us-gov-east-1.us-gov-home.awsapps.com/directory/my-agency#/",
                "us-gov-east-1",
                "https://start.us-gov-east-1.us-gov-home.awsapps.com/directory/my-agency",
            ),
            (
                "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef",
                "eu-west-1",
                "https://identitycenter.amazonaws.com/ssoins-1234567890abcdef",
            ),
            (
                "https://ssoins-1234567890abcdef.eu-west-1.portal.amazonaws.com",
                "eu-west-1",
                "https://ssoins-1234567890abcdef.eu-west-1.portal.amazonaws.com",
            ),
            (
                "https://ssoins-1234567890abcdef.eusc-de-east-1.portal.amazonaws.eu/",
                "eusc-de-east-1",
                "https://ssoins-1234567890abcdef.eusc-de-east-1.portal.amazonaws.eu",
            ),
            (
                "https://ssoins-1234567890abcdef.portal.eusc-de-east-1.api.amazonwebservices.eu",
                "eusc-de-east-1",
                "https://ssoins-1234567890abcdef.portal.eusc-de-east-1.api.amazonwebservices.eu",
            ),
            (
                "https://identitycenter.amazonaws.eu/ssoins-1234567890abcdef",
                "eusc-de-east-1",
                "https://identitycenter.amazonaws.eu/ssoins-1234567890abcdef",
            ),
            (
                "https://identitycenter.us-gov.amazonaws.com/ssoins-1234567890abcdef",
                "us-gov-west-1",
                "https://identitycenter.us-gov.amazonaws.com/ssoins-1234567890abcdef",
            ),
            ("http://127.0.0.1:4566/start/", "eu-west-1", "http://127.0.0.1:4566/start"),
        ] {
            assert_eq!(parsed(text, region).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_portal_is_refused_and_says_why() {
        for (text, why) in [
            ("", "write the AWS access portal"),
            ("http://d-9067642ac7.awsapps.com/start", "https://"),
            ("https://company.okta.com/app/amazon_aws/x/sso/saml", "isn't an AWS address"),
            ("https://awsapps.com.evil.example/start", "isn't an AWS address"),
            ("https://my-awsapps.example/start", "isn't an AWS address"),
            ("https://awsapps-login.com/start", "isn't an AWS address"),
            ("https://amazonwebservices.com.evil.example/", "isn't an AWS address"),
            ("https://ssoins-1.portal.com.cn/", "isn't an AWS address"),
            ("https://me:PLANTED@d-9067642ac7.awsapps.com/start", "password"),
            ("https://start.us-gov-home.awsapps.com/", "directory"),
            ("https://d-9067642ac7.awsapps.io/start", "isn't an AWS address"),
            ("https://d-9067642ac7.awsapps.org/start", "isn't an AWS address"),
            ("https://d-9067642ac7.awsapps.com.io/start", "isn't an AWS address"),
            ("https://d-9067642ac7.amazonaws.com/start", "isn't an AWS address"),
            ("https://bucket.s3.amazonaws.com/start", "isn't an AWS address"),
            ("https://evil.aws/start", "isn't an AWS address"),
            ("https://xidentitycenter.amazonaws.com/ssoins-1", "isn't an AWS address"),
            ("https://awsapps.com/start", "isn't an AWS address"),
            ("work", "isn't an AWS address"),
            ("d-123", "isn't an AWS address"),
            ("https://", "isn't a URL"),
        ] {
            let problem = parsed(text, "eu-central-1").unwrap_err();
            assert_eq!(problem.code, ProblemCode::BadStartUrl, "{text}");
            assert!(problem.message.contains(why), "{text}: {}", problem.message);
            assert!(!problem.message.contains("PLANTED"), "{}", problem.message);
        }
    }

    #[test]
    fn a_companys_own_address_is_taken_and_may_lead_elsewhere() {
        for (text, taken) in [
            ("https://aws.example.com", "https://aws.example.com"),
            ("https://aws.example.com/", "https://aws.example.com"),
            ("sso.example.com/aws/start#/", "https://sso.example.com/aws/start"),
        ] {
            let url = StartUrl::parse(text, &"eu-west-1".parse().unwrap()).unwrap();
            assert_eq!((url.as_str(), url.may_lead_elsewhere(), url.is_local()), (taken, true, false));
        }
        for text in ["http://aws.example.com", "https://aws.example.com:8443/", "https://192.0.2.1/start"] {
            assert!(parsed(text, "eu-west-1").is_err(), "{text}");
        }
        let aws = |text: &str| StartUrl::parse(text, &"eu-west-1".parse().unwrap()).unwrap();
        assert!(!aws("d-9067642ac7").may_lead_elsewhere());
        assert!(aws("http://127.0.0.1:4566/start").is_local());
        for (text, region) in [
            ("https://ssoins-1.portal.eu-west-1.app.aws", Some("eu-west-1")),
            ("https://ssoins-1.eu-west-2.portal.amazonaws.com", Some("eu-west-2")),
            ("https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn", Some("cn-north-1")),
            ("https://ssoins-1.portal.eusc-de-east-1.api.amazonwebservices.eu", Some("eusc-de-east-1")),
            ("https://acme.awsapps.com/start", None),
        ] {
            assert_eq!(aws(text).region(), region.map(|region| region.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_directory_alone_is_no_portal_where_portals_have_other_addresses() {
        for region in ["eusc-de-east-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"] {
            let problem = parsed("d-9067642ac7", region).unwrap_err();
            assert!(problem.message.contains("copy the AWS access portal URL"), "{problem}");
        }
    }

    #[test]
    fn it_has_a_short_name() {
        for (text, name) in [
            ("https://my-company.awsapps.com/start", "my-company"),
            ("https://start.us-gov-home.awsapps.com/directory/d-9067642ac7", "d-9067642ac7"),
            ("https://identitycenter.amazonaws.com/ssoins-1234567890abcdef", "ssoins-1234567890abcdef"),
            ("https://ssoins-1234567890abcdef.portal.eu-west-1.app.aws", "ssoins-1234567890abcdef"),
            ("http://127.0.0.1:4566/start", "127.0.0.1:4566"),
        ] {
            assert_eq!(StartUrl::parse(text, &"eu-west-1".parse().unwrap()).unwrap().name(), name);
        }
    }
}
