//! The URLs where AWS accepts SAML responses, and the names that it has there.

use url::Url;

/// AWS's entity ID, and so the audience of an assertion.
pub(crate) const AUDIENCE: &str = "urn:amazon:webservices";
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-iam.html>
const GOVCLOUD_AUDIENCE: &str = "urn:amazon:webservices:govcloud";
/// <https://signin.amazonaws.cn/static/saml-metadata.xml>
const CHINA_AUDIENCE: &str = "urn:amazon:webservices:cn-north-1";

/// The hosts, with or without a region in front.
const SIGN_IN_HOSTS: [&str; 4] =
    ["signin.aws.amazon.com", "signin.amazonaws-us-gov.com", "signin.amazonaws.cn", "signin.amazonaws-eusc.eu"];

/// AWS's entity ID in the partition that has this endpoint.
pub(crate) fn audience_at(endpoint: &str) -> &'static str {
    let url = Url::parse(endpoint).ok();
    match url.as_ref().and_then(Url::host_str) {
        Some(host) if host.ends_with("signin.amazonaws-us-gov.com") => GOVCLOUD_AUDIENCE,
        Some(host) if host.ends_with("signin.amazonaws.cn") => CHINA_AUDIENCE,
        _ => AUDIENCE,
    }
}

/// Whether a name is AWS's in some partition.
pub(crate) fn is_aws(entity_id: &str) -> bool {
    [AUDIENCE, GOVCLOUD_AUDIENCE, CHINA_AUDIENCE].contains(&entity_id) || is_aws_endpoint(entity_id)
}

/// Whether AWS accepts SAML responses at this URL, global or regional, in any partition.
pub(crate) fn is_aws_endpoint(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let region = |before: &str| {
        before.is_empty()
            || before.strip_suffix('.').is_some_and(|region| {
                !region.is_empty() && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
    };
    let host = url.host_str().unwrap_or_default();
    let known = SIGN_IN_HOSTS.iter().any(|known| host.strip_suffix(known).is_some_and(region));
    let bare = url.scheme() == "https" && url.port().is_none() && url.path() == "/saml" && url.query().is_none();
    known && bare && url.fragment().is_none() && url.as_str() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_aws() {
        for good in [
            "https://signin.aws.amazon.com/saml",
            "https://eu-central-1.signin.aws.amazon.com/saml",
            "https://signin.amazonaws-us-gov.com/saml",
            "https://signin.amazonaws.cn/saml",
            "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml",
        ] {
            assert!(is_aws_endpoint(good), "{good}");
        }
        for bad in [
            "http://signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com/saml/",
            "https://signin.aws.amazon.com/other",
            "https://evilsignin.aws.amazon.com/saml",
            "https://a.b.signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com.evil.example/saml",
            "https://signin.aws.amazon.com:444/saml",
            "https://signin.aws.amazon.com/saml?x",
        ] {
            assert!(!is_aws_endpoint(bad), "{bad}");
        }
    }
}
