//! Addresses that replace those of AWS: for the sandbox, for test servers, for VPC endpoints.

use serde::Deserialize;
use thiserror::Error;
use url::Url;

use crate::problem::{Problem, ProblemKind};

/// Which of STS's endpoints are asked
/// (<https://docs.aws.amazon.com/general/latest/gr/sts.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StsEndpoint {
    /// `https://sts.amazonaws.com` instead of the region's own. Partition aws only.
    pub global: bool,
    /// Endpoints with validated cryptography (FIPS 140-3).
    pub fips: bool,
    /// Endpoints that answer over IPv6 too.
    pub dual_stack: bool,
}

/// Replacements; `None` is AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// The Security Token Service: `AWS_ENDPOINT_URL_STS`, or `AWS_ENDPOINT_URL`.
    pub sts: Option<Url>,
    /// The console's federation endpoint: `AWS_ENDPOINT_URL_SIGNIN`, or `AWS_ENDPOINT_URL`.
    pub signin: Option<Url>,
}

impl Endpoints {
    /// From the environment, as the SDKs read it: the service's own variable comes first, an empty one counts as
    /// none, and `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` turns all off
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>).
    ///
    /// # Errors
    ///
    /// A value that is not an http(s) URL, by the name of its variable. It is not ignored: asking AWS instead of the
    /// address that the person meant could send a proof to the wrong place.
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
        Ok(Self { sts: endpoint("AWS_ENDPOINT_URL_STS")?, signin: endpoint("AWS_ENDPOINT_URL_SIGNIN")? })
    }
}

/// An endpoint in the environment that is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{variable} is {value:?}, which is not an endpoint: {why}")]
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
        Problem::new(ProblemKind::Invalid, "bad-endpoint", error.to_string()).hint(hint)
    }
}

fn parse(variable: &'static str, value: &str) -> Result<Url, EndpointError> {
    let wrong = |why| EndpointError { variable, value: value.chars().take(200).collect(), why };
    let url: Url = value.parse().map_err(|_| wrong("it is not a URL"))?;
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
        assert_eq!(both, Endpoints { sts: url("https://b/x"), signin: url("http://a:1") });
        let empty = from(&[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_ENDPOINT_URL_STS", " ")]).unwrap();
        assert_eq!(empty.sts, url("http://a:1"));
        let off = from(&[("AWS_ENDPOINT_URL", "http://a:1"), ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE")]).unwrap();
        assert_eq!(off, Endpoints::default());
    }

    #[test]
    fn what_is_not_an_endpoint_is_named_with_its_variable() {
        for value in ["localhost:4566", "4566", "ftp://a", "http://a?b", "http://me:PLANTED@a", "http://"] {
            let problem = Problem::from(from(&[("AWS_ENDPOINT_URL_STS", value)]).unwrap_err());
            assert_eq!(problem.code, "bad-endpoint");
            assert!(problem.message.contains("AWS_ENDPOINT_URL_STS"), "{problem:?}");
            assert!(!problem.message.contains("PLANTED"), "{problem:?}");
        }
    }
}
