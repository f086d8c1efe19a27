//! `daypass identity add identity-center`

use clap::Args;
use daypass_core::names::Region;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentityCenterSettings;
use daypass_core::settings::IdentitySettings;

use super::settings::OtherRoleRegion;

#[derive(Args)]
pub(crate) struct IdentityCenter {
    /// Start URL of your AWS access portal, e.g. https://d-1234567890.awsapps.com/start, or the ID in it
    #[arg(long, value_name = "URL")]
    start_url: String,
    /// Region of your IAM Identity Center
    #[arg(long)]
    region: Region,
    /// Start URL of the same portal in an additional region, in case the first can't be reached
    #[arg(long, value_name = "URL", requires = "second_region")]
    second_start_url: Option<String>,
    /// The additional region of your IAM Identity Center
    #[arg(long, value_name = "REGION", requires = "second_start_url")]
    second_region: Option<Region>,
    /// Scope to ask for in addition to sso:account:access; repeat for several
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Port for the redirect to http://127.0.0.1:PORT/oauth/callback [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    redirect_port: Option<u16>,
    #[command(flatten)]
    roles_in: OtherRoleRegion,
}

impl super::settings::Settings for IdentityCenter {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let Self { start_url, region, second_start_url, second_region, scopes, redirect_port, roles_in } = self;
        let default_region = roles_in.default_region.or_else(|| Some(region.clone()));
        let settings = IdentityCenterSettings {
            start_url,
            region,
            second_start_url,
            second_region,
            scopes,
            redirect_port,
            default_region,
        };
        Ok(IdentitySettings::IdentityCenter(settings))
    }
}
