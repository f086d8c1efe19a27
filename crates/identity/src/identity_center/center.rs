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
use crate::IdentityContext;
use daypass_core::names::{Partition, Region};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;
use daypass_core::settings::IdentityCenterSettings;
use daypass_http::is_loopback;

/// An IAM Identity Center.
#[derive(Clone)]
pub(super) struct Center {
    pub(super) start_url: StartUrl,
    pub(super) region: Region,
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
    /// The IAM Identity Center that the settings name. No network yet.
    pub(super) fn at(settings: &IdentityCenterSettings, context: &IdentityContext) -> Result<Self, CenterError> {
        let (aws, region) = (&context.services.aws, &settings.region);
        let oidc = aws.sdk_config(Service::SsoOidc, region)?;
        let sso = aws.sdk_config(Service::Sso, region)?;
        let endpoint = |config: &aws_types::SdkConfig, host: &str| {
            let own = || format!("https://{host}.{region}.{}", Partition::of_region(region).dns_suffix());
            config.endpoint_url().map_or_else(own, |url| url.trim_end_matches('/').to_owned())
        };
        // No automatic retries. A code or a refresh token works only once, and the portal limits the rate.
        let once = RetryConfig::disabled();
        Ok(Self {
            start_url: settings.portal()?,
            region: region.clone(),
            oidc_endpoint: endpoint(&oidc, "oidc"),
            portal_endpoint: endpoint(&sso, "portal.sso"),
            oidc: aws_sdk_ssooidc::Client::from_conf(
                aws_sdk_ssooidc::config::Builder::from(&oidc).retry_config(once.clone()).build(),
            ),
            sso: aws_sdk_sso::Client::from_conf(aws_sdk_sso::config::Builder::from(&sso).retry_config(once).build()),
        })
    }

    /// Where a person signs in for an authorization code.
    pub(super) fn authorize_url(&self) -> Result<Url, CenterError> {
        let url = format!("{}/authorize", self.oidc_endpoint);
        url.parse().map_err(|_| {
            Problem::new(ProblemKind::Invalid, ProblemCode::BadEndpoint, format!("{url} is not a URL"))
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

    /// An address from an answer, which a browser opens or a person types. It leads to a web page, and over HTTPS, or an
    /// answer could have this machine open a file or run a script.
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
