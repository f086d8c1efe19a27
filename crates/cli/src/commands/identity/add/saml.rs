//! `daypass identity add saml`

use clap::{ArgGroup, Args};
use daypass_core::names::{Region, SessionDuration};
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{Binding, SamlSettings};

#[derive(Args)]
#[command(group = ArgGroup::new("address").args(["start_url", "sso_url"]).required(true))]
pub(crate) struct Saml {
    /// The address at the identity provider that signs in to AWS: its tile or bookmark for the AWS application
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// Where the identity provider wants to be asked: its single sign-on address, which is sent a SAML request
    #[arg(long, value_name = "URL")]
    sso_url: Option<String>,
    /// In whose name the request is made [default: what AWS calls itself, urn:amazon:webservices]
    #[arg(long, value_name = "ENTITY-ID", requires = "sso_url")]
    issuer: Option<String>,
    /// The region whose AWS sign-in address the answer is for [default: signin.aws.amazon.com]
    #[arg(long, requires = "sso_url")]
    region: Option<Region>,
    /// Send the request in a form instead of the address
    #[arg(long, requires = "sso_url")]
    post: bool,
    /// Have the identity provider ask for the password each time (ForceAuthn)
    #[arg(long, requires = "sso_url")]
    force_sign_in: bool,
    /// Keep no cookies of the sign-in window
    #[arg(long)]
    forget_cookies: bool,
    /// How long sessions last where the role doesn't say, 15m to 12h [default: what the assertion says, or 1h]
    #[arg(long, value_name = "TIME")]
    duration: Option<SessionDuration>,
}

impl super::Settings for Saml {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Saml(SamlSettings {
            start_url: self.start_url,
            sso_url: self.sso_url,
            issuer: self.issuer,
            region: self.region,
            binding: self.post.then_some(Binding::Post),
            force_sign_in: self.force_sign_in,
            forget_cookies: self.forget_cookies,
            duration: self.duration,
        }))
    }
}
