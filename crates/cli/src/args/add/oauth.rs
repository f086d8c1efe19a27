//! `daypass identity add oauth`

use clap::Args;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::OauthSettings;

use super::settings::{Redirect, RoleRegion, Trust};

#[derive(Args)]
pub(crate) struct Oauth {
    /// The provider's name in AWS: www.amazon.com or graph.facebook.com
    #[arg(long, value_name = "HOST")]
    provider_id: String,
    /// Client ID registered with the provider for Daypass. If it has a secret, add --with client_secret
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// URL where people sign in [default: built in for Amazon and Facebook]
    #[arg(long, value_name = "URL")]
    authorization_endpoint: Option<String>,
    /// URL that exchanges a code for an access token [default: built in for Amazon and Facebook]
    #[arg(long, value_name = "URL")]
    token_endpoint: Option<String>,
    /// URL that tells who a token belongs to [default: built in for Amazon and Facebook]
    #[arg(long, value_name = "URL")]
    userinfo_endpoint: Option<String>,
    /// Scope to ask for; repeat for several
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    #[command(flatten)]
    redirect: Redirect,
    /// Role session name, with fields of the person's profile in braces, e.g. {email}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    roles_in: RoleRegion,
}

impl super::settings::Settings for Oauth {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Oauth(OauthSettings {
            provider_id: self.provider_id,
            client_id: self.client_id,
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            userinfo_endpoint: self.userinfo_endpoint,
            scopes: self.scopes,
            redirect_port: self.redirect.redirect_port,
            redirect_host: self.redirect.redirect_host,
            redirect_path: self.redirect.redirect_path,
            authorization_parameters: self.redirect.authorization_parameters.into_iter().collect(),
            session_name: self.session_name,
            ca_file: self.trust.ca_file()?,
            default_region: self.roles_in.default_region,
        }))
    }
}
