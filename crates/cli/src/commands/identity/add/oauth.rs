//! `daypass identity add oauth`

use clap::Args;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::OauthSettings;

use super::{Redirect, Trust};

#[derive(Args)]
pub(crate) struct Oauth {
    /// The provider, as AWS calls it: www.amazon.com, graph.facebook.com
    #[arg(long, value_name = "HOST")]
    provider_id: String,
    /// The client that is registered for Daypass there; add --with client_secret if it has a secret
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Where people sign in [default: known for the two above]
    #[arg(long, value_name = "URL")]
    authorization_endpoint: Option<String>,
    /// Where a code becomes an access token [default: known for the two above]
    #[arg(long, value_name = "URL")]
    token_endpoint: Option<String>,
    /// Where the provider says whose a token is [default: known for the two above]
    #[arg(long, value_name = "URL")]
    userinfo_endpoint: Option<String>,
    /// Scope; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    #[command(flatten)]
    redirect: Redirect,
    /// Role session name, with members of the profile in braces, e.g. {email}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    #[command(flatten)]
    trust: Trust,
}

impl super::Settings for Oauth {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Oauth(OauthSettings {
            provider_id: self.provider_id,
            client_id: self.client_id,
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            userinfo_endpoint: self.userinfo_endpoint,
            scopes: self.scopes,
            redirect_port: self.redirect.redirect_port,
            session_name: self.session_name,
            ca_file: self.trust.ca_file()?,
        }))
    }
}
