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
/// - `https://identitycenter.amazonaws.com/ssoins-1234567890abcdef`, the issuer URL
///
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangeURL.html>)
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StartUrl(String);

impl StartUrl {
    /// Reads what people copy: any of the forms above, with the portal's fragment or page behind it, without
    /// `https://`, or the directory's id alone.
    pub(super) fn parse(text: &str, region: &Region) -> Result<Self, BadSetting> {
        let wrong = |why: &str| BadSetting::new(SettingField::StartUrl, text, why);
        let text = text.trim();
        if text.is_empty() {
            return Err(wrong("write the AWS access portal's address, e.g. https://d-1234567890.awsapps.com/start"));
        }
        if is_directory(text) {
            return Ok(Self::of_directory(text, region));
        }
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url: Url = whole.parse().map_err(|_| wrong("it is not a URL"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("there is a user name or password in it"));
        }
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(wrong("it must begin with https://"));
        }
        if !is_loopback(&url) && !is_of_aws(&host) {
            return Err(wrong(
                "this is not an address of AWS; copy the AWS access portal URL from the settings of IAM \
                              Identity Center, or from the address bar after a sign-in",
            ));
        }
        let path = portal_path(&host, url.path())
            .ok_or_else(|| wrong("the directory is missing: https://start.….awsapps.com/directory/d-1234567890"))?;
        Ok(Self(format!("{}{path}", url.origin().ascii_serialization())))
    }

    fn of_directory(id: &str, region: &Region) -> Self {
        Self(match Partition::of_region(region).id() {
            "aws-us-gov" => format!("https://start.us-gov-home.awsapps.com/directory/{id}"),
            "aws-cn" => format!("https://start.home.awsapps.cn/directory/{id}"),
            _ => format!("https://{id}.awsapps.com/start"),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name in a sentence: the directory's ID or alias, the instance's ID, or the address.
    pub(super) fn name(&self) -> &str {
        let bare = self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest);
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        let last = path.rsplit('/').next().unwrap_or_default();
        if is_directory(last) || last.starts_with("ssoins-") {
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

fn is_directory(text: &str) -> bool {
    text.strip_prefix("d-").is_some_and(|id| id.len() == 10 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// `awsapps.com`, `awsapps.cn`, `app.aws`, `amazonaws.com` and the like: the domain itself, not part of another one.
fn is_of_aws(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    let (top, second) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    let own = ["awsapps", "amazonaws", "amazonaws-us-gov", "amazonaws-eusc", "amazonwebservices"];
    // `amazonaws.com.cn`
    let named = if second == "com" { labels.next().unwrap_or_default() } else { second };
    top == "aws" || own.contains(&named)
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
            ("https://company.okta.com/app/amazon_aws/x/sso/saml", "not an address of AWS"),
            ("https://awsapps.com.evil.example/start", "not an address of AWS"),
            ("https://my-awsapps.example/start", "not an address of AWS"),
            ("https://awsapps-login.com/start", "not an address of AWS"),
            ("https://amazonwebservices.com.evil.example/", "not an address of AWS"),
            ("https://ssoins-1.portal.com.cn/", "not an address of AWS"),
            ("https://me:PLANTED@d-9067642ac7.awsapps.com/start", "password"),
            ("https://start.us-gov-home.awsapps.com/", "directory"),
            ("work", "not an address of AWS"),
            ("d-123", "not an address of AWS"),
            ("https://", "not a URL"),
        ] {
            let problem = parsed(text, "eu-central-1").unwrap_err();
            assert_eq!(problem.code, ProblemCode::BadStartUrl, "{text}");
            assert!(problem.message.contains(why), "{text}: {}", problem.message);
            assert!(!problem.message.contains("PLANTED"), "{}", problem.message);
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
