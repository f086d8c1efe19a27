//! The two services of an IAM Identity Center, and the requests to `sso-oidc`.

use aws_sdk_sso::config::retry::RetryConfig;
use aws_sdk_ssooidc::operation::create_token::CreateTokenOutput;
use aws_sdk_ssooidc::operation::create_token::builders::CreateTokenFluentBuilder;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::client::RegisteredClient;
use super::error::{CenterCall, CenterError};
use super::settings::PortalSettings;
use super::start_url::StartUrl;
use super::vanity::portal_of;
use crate::IdentityContext;
use daypass_core::names::Region;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::settings::IdentityCenterSettings;
use daypass_http::is_loopback;
use daypass_sts::at_once;

/// The address of a service by the SDK's own rules, so that the browser and messages go by it, too.
macro_rules! address {
    ($sdk:ident, $config:expr, $region:expr) => {{
        use $sdk::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let (config, region): (&aws_types::SdkConfig, &Region) = ($config, $region);
        match config.endpoint_url() {
            Some(url) => Ok(url.trim_end_matches('/').to_owned()),
            None => {
                let params = Params::builder()
                    .region(region.as_str())
                    .use_fips(config.use_fips().unwrap_or_default())
                    .use_dual_stack(config.use_dual_stack().unwrap_or_default())
                    .build();
                let resolved = params.ok().and_then(|params| at_once(DefaultResolver::new().resolve_endpoint(&params)));
                match resolved {
                    Some(Ok(endpoint)) => Ok(endpoint.url().to_owned()),
                    Some(Err(error)) => Err(no_endpoint(region, &error.to_string())),
                    None => Err(no_endpoint(region, "the region has none")),
                }
            }
        }
    }};
}

fn no_endpoint(region: &Region, why: &str) -> CenterError {
    let message = format!("IAM Identity Center doesn't have an endpoint in {region}: {why}");
    Problem::new(ProblemKind::Invalid, ProblemCode::BadEndpoint, message)
        .hint("correct settings.services in config.toml, or the region of this identity")
        .into()
}

/// An IAM Identity Center.
#[derive(Clone)]
pub(super) struct Center {
    /// As the settings have it: what is stored belongs to it.
    pub(super) start_url: StartUrl,
    /// The same.
    pub(super) region: Region,
    /// The portal that it leads to.
    pub(super) portal: StartUrl,
    /// The region whose services are asked.
    pub(super) at: Region,
    pub(super) oidc: aws_sdk_ssooidc::Client,
    pub(super) sso: aws_sdk_sso::Client,
    /// The address of `sso-oidc`, for its authorization page and for messages.
    pub(super) oidc_endpoint: String,
    /// The address of the portal, for messages.
    pub(super) portal_endpoint: String,
}

/// What a grant yields.
pub(super) struct Tokens {
    pub(super) access_token: SecretString,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) refresh_token: Option<SecretString>,
}

impl Center {
    /// The IAM Identity Center that the settings name, in a region of it. No network yet.
    pub(super) fn at(
        settings: &IdentityCenterSettings,
        context: &IdentityContext,
        at: Region,
    ) -> Result<Self, CenterError> {
        let (aws, region) = (&context.services.aws, &at);
        let oidc = aws.sdk_config(Service::SsoOidc, region)?;
        let sso = aws.sdk_config(Service::Sso, region)?;
        // No automatic retries. A code or a refresh token works only once, and the portal limits the rate.
        let once = RetryConfig::disabled();
        Ok(Self {
            start_url: settings.portal()?,
            region: settings.region.clone(),
            portal: settings.portal()?,
            oidc_endpoint: address!(aws_sdk_ssooidc, &oidc, region)?,
            portal_endpoint: address!(aws_sdk_sso, &sso, region)?,
            oidc: aws_sdk_ssooidc::Client::from_conf(
                aws_sdk_ssooidc::config::Builder::from(&oidc).retry_config(once.clone()).build(),
            ),
            sso: aws_sdk_sso::Client::from_conf(aws_sdk_sso::config::Builder::from(&sso).retry_config(once).build()),
            at,
        })
    }

    /// The one to sign in at, at one of the settings' places.
    pub(super) async fn to_sign_in(
        settings: &IdentityCenterSettings,
        context: &IdentityContext,
        (start_url, region): (StartUrl, Region),
    ) -> Result<Self, CenterError> {
        let (portal, at) = portal_of(&start_url, &region, &context.services.aws.http()?).await?;
        Ok(Self { portal, ..Self::at(settings, context, at)? })
    }

    /// Where a person signs in for an authorization code.
    pub(super) fn authorize_url(&self) -> Result<Url, CenterError> {
        let url = format!("{}/authorize", self.oidc_endpoint);
        url.parse().map_err(|_| {
            Problem::new(ProblemKind::Invalid, ProblemCode::BadEndpoint, format!("{url} isn't a URL"))
                .hint("check AWS_ENDPOINT_URL_SSO_OIDC and AWS_ENDPOINT_URL")
                .into()
        })
    }

    /// `CreateToken` (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>). The
    /// grant sets what is exchanged. `rotated` gets the next refresh token before anything else about the answer is
    /// judged.
    pub(super) async fn create_token(
        &self,
        client: &RegisteredClient,
        now: impl Fn() -> DateTime<Utc>,
        grant: impl FnOnce(CreateTokenFluentBuilder) -> CreateTokenFluentBuilder,
        rotated: impl FnOnce(&SecretString),
    ) -> Result<Tokens, CenterError> {
        let asked = CenterCall { operation: "CreateToken", endpoint: &self.oidc_endpoint };
        let request = self.oidc.create_token().client_id(&client.id).client_secret(client.secret.expose_secret());
        let output = grant(request).send().await.map_err(|error| CenterError::of(asked, &error))?;
        if let Some(next) = output.refresh_token().filter(|token| !token.is_empty()) {
            rotated(&next.into());
        }
        Tokens::read(output, now()).ok_or_else(|| self.lacks("CreateToken", "access token"))
    }

    /// An address from an answer, which a browser opens or a person types. It leads to a web page, and over HTTPS, or
    /// an answer could have this machine open a file or run a script.
    pub(super) fn web_address(&self, asked: CenterCall<'_>, text: String) -> Result<String, CenterError> {
        let CenterCall { operation, endpoint } = asked;
        let refused = |why: String| CenterError::UnsafeAddress { operation, endpoint: endpoint.to_owned(), why };
        let url = Url::parse(&text).map_err(|error| refused(format!("it can't be read: {error}")))?;
        match url.scheme() {
            "https" => Ok(url.into()),
            "http" if is_loopback(&url) => Ok(url.into()),
            scheme => Err(refused(format!("it begins with {scheme}: instead of https:"))),
        }
    }

    pub(super) fn lacks(&self, operation: &'static str, what: &'static str) -> CenterError {
        let endpoint = match operation {
            "CreateToken" | "RegisterClient" | "StartDeviceAuthorization" => &self.oidc_endpoint,
            _ => &self.portal_endpoint,
        };
        CenterError::Incomplete { operation, endpoint: endpoint.clone(), what }
    }
}

impl Tokens {
    fn read(output: CreateTokenOutput, now: DateTime<Utc>) -> Option<Self> {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(SecretString::from);
        Some(Self {
            access_token: text(output.access_token)?,
            expires_at: now + TimeDelta::seconds(output.expires_in.max(0).into()),
            refresh_token: text(output.refresh_token),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_sdk() {
        let of = |region: &str, fips: bool, dual_stack: bool| -> (String, String) {
            let config = aws_types::SdkConfig::builder().use_fips(fips).use_dual_stack(dual_stack).build();
            let region: Region = region.parse().unwrap();
            let oidc: Result<String, CenterError> = address!(aws_sdk_ssooidc, &config, &region);
            let sso: Result<String, CenterError> = address!(aws_sdk_sso, &config, &region);
            (oidc.unwrap(), sso.unwrap())
        };
        for (region, fips, dual_stack, oidc, sso) in [
            ("eu-central-1", false, false, "oidc.eu-central-1.amazonaws.com", "portal.sso.eu-central-1.amazonaws.com"),
            ("eu-central-1", false, true, "oidc.eu-central-1.api.aws", "portal.sso.eu-central-1.api.aws"),
            ("us-west-2", true, false, "oidc-fips.us-west-2.amazonaws.com", "portal.sso-fips.us-west-2.amazonaws.com"),
            (
                "us-gov-west-1",
                true,
                false,
                "oidc.us-gov-west-1.amazonaws.com",
                "portal.sso.us-gov-west-1.amazonaws.com",
            ),
            (
                "eusc-de-east-1",
                false,
                false,
                "oidc.eusc-de-east-1.amazonaws.eu",
                "portal.sso.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            assert_eq!(of(region, fips, dual_stack), (format!("https://{oidc}"), format!("https://{sso}")));
        }
    }
}
