//! `daypass identity add oauth`

use std::path::PathBuf;

use clap::Args;
use daypass_broker::identity::oauth::OauthSettings;
use daypass_broker::problem::Problem;
use daypass_broker::view::IdentitySettings;

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
    /// Fixed port of the redirect to http://127.0.0.1:PORT/callback [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    redirect_port: Option<u16>,
    /// Role session name, with members of the profile in braces, e.g. {email}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    /// PEM file with certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
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
            redirect_port: self.redirect_port,
            session_name: self.session_name,
            ca_file: self.ca_file.map(super::absolute).transpose()?,
        }))
    }
}
