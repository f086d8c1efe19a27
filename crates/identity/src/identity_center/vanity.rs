//! A company's own start URL, such as `https://aws.example.com`, which redirects to the portal. It stays the same when
//! the portal moves to another region.

use url::Url;

use super::error::CenterError;
use super::start_url::StartUrl;
use daypass_core::names::{Partition, Region};
use daypass_core::settings::{BadSetting, SettingField};
use daypass_http::Http;

/// The portal that a start URL leads to, and its region. As the AWS CLI does, this follows one redirect, and only to
/// AWS's own addresses: the redirect decides where people sign in. A server on this machine is a portal itself if it
/// doesn't redirect.
pub(super) async fn portal_of(
    start_url: &StartUrl,
    region: &Region,
    http: &Http,
) -> Result<(StartUrl, Region), CenterError> {
    let as_it_is = || Ok((start_url.clone(), start_url.region().unwrap_or_else(|| region.clone())));
    if !start_url.may_lead_elsewhere() {
        return Ok((start_url.clone(), region.clone()));
    }
    let wrong = |why: String| BadSetting::new(SettingField::StartUrl, start_url.as_str(), &why);
    let asked: Url = start_url.as_str().parse().map_err(|_| wrong("it isn't a URL".to_owned()))?;
    let answer = match http.get_page(&asked).await {
        Ok(answer) => answer,
        Err(_) if start_url.is_local() => return as_it_is(),
        Err(error) => {
            let (endpoint, trouble) = (start_url.to_string(), error.trouble);
            return Err(CenterError::Unreachable { endpoint, trouble });
        }
    };
    let to = answer.location.filter(|_| matches!(answer.status, 301 | 302 | 303 | 307 | 308));
    let to = to.and_then(|to| asked.join(&to).ok()).and_then(|to| StartUrl::parse(to.as_str(), region).ok());
    let Some(portal) = to.filter(|portal| !portal.may_lead_elsewhere()) else {
        if start_url.is_local() {
            return as_it_is();
        }
        let why = "it isn't an address of AWS, and doesn't redirect to one; write the AWS access portal URL";
        return Err(wrong(format!("{why} (HTTP status {})", answer.status)).into());
    };
    let at = portal.region().unwrap_or_else(|| region.clone());
    if Partition::of_region(&at) != Partition::of_region(region) {
        return Err(wrong(format!("it leads to region {at}, which is in another partition than {region}")).into());
    }
    Ok((portal, at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_http::fake::{Fake, Reply};

    async fn led(status: u16, to: &'static str) -> Result<(String, String), CenterError> {
        let company = Fake::start(move |_, _| Reply(status, format!("location: {to}\r\n"), String::new())).await;
        let start_url = StartUrl::parse(&company.url, &"eu-west-1".parse().unwrap()).unwrap();
        let (portal, region) = portal_of(
            &start_url,
            &"eu-west-1".parse().unwrap(),
            &Http::over(&daypass_http::Network::plain(), None).unwrap(),
        )
        .await?;
        Ok((portal.as_str().replace(&company.url, "HERE"), region.to_string()))
    }

    #[tokio::test]
    async fn one_redirect_to_aws_is_followed_and_its_region_counts() {
        let pair = |portal: &str, region: &str| Ok((portal.to_owned(), region.to_owned()));
        for status in [301, 302, 303, 307, 308] {
            let acme = led(status, "https://acme.awsapps.com/start/#/").await;
            assert_eq!(acme, pair("https://acme.awsapps.com/start", "eu-west-1"), "{status}");
        }
        let elsewhere = led(302, "https://ssoins-1.portal.eu-central-1.app.aws/").await;
        assert_eq!(elsewhere, pair("https://ssoins-1.portal.eu-central-1.app.aws", "eu-central-1"));
        // A portal on this machine, such as the sandbox's, is not asked to redirect, and never leads away from AWS.
        for (status, to) in [
            (200, "https://acme.awsapps.com/start"),
            (404, ""),
            (302, "https://acme.awsapps.io/start"),
            (302, "https://evil.example/start"),
            (302, "http://acme.awsapps.com/start"),
            (302, "javascript:alert(1)"),
        ] {
            assert_eq!(led(status, to).await, pair("HERE", "eu-west-1"), "{status} {to}");
        }
        let china = led(302, "https://ssoins-1.portal.cn-north-1.app.amazonwebservices.com.cn").await;
        assert!(matches!(china, Err(CenterError::Setting(_))), "{china:?}");
    }
}
