//! The addresses of AWS's services: AWS's own, or replacements for the sandbox, test servers and VPC endpoints.

use thiserror::Error;
use url::Url;

use crate::problem::{Problem, ProblemCode, ProblemKind};
use crate::service::Service;

/// Which kind of STS endpoint to use (<https://docs.aws.amazon.com/general/latest/gr/sts.html>). By default the
/// region's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct StsEndpoint {
    /// `https://sts.amazonaws.com` instead of the region's own. Only partition aws has one. Other partitions, and the
    /// regions to fall back on when it can't be reached, use the region's own endpoint.
    pub global: bool,
    /// Endpoints with validated cryptography (FIPS 140-3). Not with `global`.
    pub fips: bool,
    /// Endpoints that answer over IPv6 too. Not with `global`.
    pub dual_stack: bool,
}

/// Which endpoints of the other services to use: IAM Identity Center, IAM, Account Management, Organizations and
/// Cognito. By default the regions' own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ServiceEndpoints {
    /// Endpoints with validated cryptography (FIPS 140-3).
    pub fips: bool,
    /// Endpoints that answer over IPv6 too.
    pub dual_stack: bool,
}

/// Replacements for AWS's endpoints. Each comes from its own variable, or else from `AWS_ENDPOINT_URL`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// The Security Token Service: `AWS_ENDPOINT_URL_STS`.
    pub sts: Option<Url>,
    /// The portal of IAM Identity Center: `AWS_ENDPOINT_URL_SSO`.
    pub sso: Option<Url>,
    /// The OpenID provider of IAM Identity Center: `AWS_ENDPOINT_URL_SSO_OIDC`.
    pub sso_oidc: Option<Url>,
    /// Identity and Access Management: `AWS_ENDPOINT_URL_IAM`.
    pub iam: Option<Url>,
    /// Account Management: `AWS_ENDPOINT_URL_ACCOUNT`.
    pub account: Option<Url>,
    /// Organizations: `AWS_ENDPOINT_URL_ORGANIZATIONS`.
    pub organizations: Option<Url>,
    /// Cognito's identity pools: `AWS_ENDPOINT_URL_COGNITO_IDENTITY`.
    pub cognito_identity: Option<Url>,
    /// CloudTrail: `AWS_ENDPOINT_URL_CLOUDTRAIL`.
    pub cloudtrail: Option<Url>,
    /// The console's federation endpoint: `AWS_ENDPOINT_URL_SIGNIN`.
    pub signin: Option<Url>,
    /// STS of single regions, so that a test can close one of them.
    #[cfg(feature = "testing")]
    pub sts_by_region: std::collections::BTreeMap<crate::names::Region, Url>,
}

impl Endpoints {
    /// Reads the environment as the SDKs do: the service's own variable comes first, an empty one counts as unset, and
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` turns all off
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    ///
    /// # Errors
    ///
    /// A value that isn't an http(s) URL, with the name of its variable. Ignoring it could send a proof to AWS instead
    /// of the address that you meant.
    pub fn from_env(env: impl Fn(&str) -> Option<String>) -> Result<Self, EndpointError> {
        let get = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        if get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|v| v.trim().eq_ignore_ascii_case("true")) {
            return Ok(Self::default());
        }
        let endpoint = |own: &'static str| -> Result<Option<Url>, EndpointError> {
            [own, "AWS_ENDPOINT_URL"]
                .into_iter()
                .find_map(|name| get(name).map(|value| parse(name, value.trim())))
                .transpose()
        };
        Ok(Self {
            sts: endpoint(Service::Sts.variable())?,
            sso: endpoint(Service::Sso.variable())?,
            sso_oidc: endpoint(Service::SsoOidc.variable())?,
            iam: endpoint(Service::Iam.variable())?,
            account: endpoint(Service::Account.variable())?,
            organizations: endpoint(Service::Organizations.variable())?,
            cognito_identity: endpoint(Service::CognitoIdentity.variable())?,
            cloudtrail: endpoint(Service::CloudTrail.variable())?,
            signin: endpoint("AWS_ENDPOINT_URL_SIGNIN")?,
            #[cfg(feature = "testing")]
            sts_by_region: std::collections::BTreeMap::default(),
        })
    }

    /// What replaces the endpoint of a service.
    #[must_use]
    pub fn of(&self, service: Service) -> Option<&Url> {
        match service {
            Service::Sts => self.sts.as_ref(),
            Service::Sso => self.sso.as_ref(),
            Service::SsoOidc => self.sso_oidc.as_ref(),
            Service::Iam => self.iam.as_ref(),
            Service::Account => self.account.as_ref(),
            Service::Organizations => self.organizations.as_ref(),
            Service::CognitoIdentity => self.cognito_identity.as_ref(),
            Service::CloudTrail => self.cloudtrail.as_ref(),
        }
    }
}

/// A variable whose value isn't an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{variable} is {value:?}, which isn't an endpoint: {why}")]
pub struct EndpointError {
    /// The variable.
    pub variable: &'static str,
    /// Its value, cut to 200 characters.
    pub value: String,
    /// What is wrong.
    pub why: &'static str,
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        let hint = format!("set {} to a URL like http://127.0.0.1:4566, or unset it", error.variable);
        Problem::new(ProblemKind::Invalid, ProblemCode::BadEndpoint, error.to_string()).hint(hint)
    }
}

fn parse(variable: &'static str, value: &str) -> Result<Url, EndpointError> {
    let wrong = |why| EndpointError { variable, value: value.chars().take(200).collect(), why };
    let url: Url = value.parse().map_err(|_| wrong("it isn't a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("it must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Not shown: it may be a password.
        return Err(EndpointError { variable, value: "…".to_owned(), why: "it has a user name or password in it" });
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it has a '?' or a '#' in it"));
    }
    Ok(url)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Endpoints, EndpointError> {
        Endpoints::from_env(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_services_own_variable_comes_first() {
        let url = |t: &str| Some(t.parse::<Url>().unwrap());
        assert_eq!(from(&[]).unwrap(), Endpoints::default());
        let both = from(&[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_ENDPOINT_URL_STS", "https://b/x")]).unwrap();
        assert_eq!(both.sts, url("https://b/x"));
        assert_eq!((both.signin, both.iam, both.sso), (url("http://a:1"), url("http://a:1"), url("http://a:1")));
        let own =
            from(&[("AWS_ENDPOINT_URL_SSO_OIDC", "http://a:2"), ("AWS_ENDPOINT_URL_COGNITO_IDENTITY", "http://a:3")]);
        let own = own.unwrap();
        assert_eq!((own.of(Service::SsoOidc), own.of(Service::Sso)), (url("http://a:2").as_ref(), None));
        assert_eq!((own.of(Service::CognitoIdentity), own.of(Service::Sts)), (url("http://a:3").as_ref(), None));
        let empty = from(&[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_ENDPOINT_URL_STS", " ")]).unwrap();
        assert_eq!(empty.sts, url("http://a:1"));
        let off = from(&[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")]).unwrap();
        assert_eq!(off, Endpoints::default());
    }

    #[test]
    fn what_is_not_an_endpoint_is_named_with_its_variable() {
        for value in ["localhost:4566", "4566", "ftp://a", "http://a?b", "http://me:PLANTED@a", "http://"] {
            let problem = Problem::from(from(&[("AWS_ENDPOINT_URL_STS", value)]).unwrap_err());
            assert_eq!(problem.code, ProblemCode::BadEndpoint);
            assert!(problem.message.contains("AWS_ENDPOINT_URL_STS"), "{problem:?}");
            assert!(!problem.message.contains("PLANTED"), "{problem:?}");
        }
    }
}
