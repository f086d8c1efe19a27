//! `daypass identity add identity-center`

use clap::Args;
use daypass_core::names::Region;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentityCenterSettings;
use daypass_core::settings::IdentitySettings;

#[derive(Args)]
pub(crate) struct IdentityCenter {
    /// Address of the AWS access portal, e.g. https://d-1234567890.awsapps.com/start, or the directory's id
    #[arg(long, value_name = "URL")]
    start_url: String,
    /// Region that IAM Identity Center is in
    #[arg(long)]
    region: Region,
    /// Scope beside sso:account:access; may be given several times
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Fixed port of the redirect to http://127.0.0.1:PORT/oauth/callback [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    redirect_port: Option<u16>,
}

impl super::Settings for IdentityCenter {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let Self { start_url, region, scopes, redirect_port } = self;
        Ok(IdentitySettings::IdentityCenter(IdentityCenterSettings { start_url, region, scopes, redirect_port }))
    }
}
