//! `daypass identity add saml`

use clap::{ArgGroup, Args};
use daypass_core::names::{Region, SessionDuration};
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::{Binding, SamlSettings, SignInBrowser};

use super::settings::OtherRoleRegion;

#[derive(Args)]
#[command(group = ArgGroup::new("address").args(["start_url", "sso_url"]).required(true))]
pub(crate) struct Saml {
    /// URL at the identity provider that signs you in to AWS: the tile or bookmark of its AWS application
    #[arg(long, value_name = "URL")]
    start_url: Option<String>,
    /// The identity provider's single sign-on URL, which receives a SAML request
    #[arg(long, value_name = "URL")]
    sso_url: Option<String>,
    /// Issuer of the SAML request [default: the entity ID of AWS, urn:amazon:webservices]
    #[arg(long, value_name = "ENTITY-ID", requires = "sso_url")]
    issuer: Option<String>,
    /// With --sso-url, region of the AWS sign-in endpoint that gets the response [default: signin.aws.amazon.com]
    #[arg(long)]
    region: Option<Region>,
    /// How to send the request: redirect (in the URL) or post (in a form, the HTTP-POST binding) [default: redirect]
    #[arg(long, requires = "sso_url", value_parser = binding)]
    binding: Option<Binding>,
    /// Same as --binding post
    #[arg(long, requires = "sso_url", hide = true, conflicts_with = "binding")]
    post: bool,
    /// Make the identity provider ask for the password each time (ForceAuthn)
    #[arg(long, requires = "sso_url")]
    force_sign_in: bool,
    /// Where you sign in: chrome, chromium, edge, brave, vivaldi, or window (the desktop app's) [default: your default
    /// browser if it is one of these, or window]
    #[arg(long, value_parser = browser)]
    browser: Option<SignInBrowser>,
    /// Don't keep cookies between sign-ins
    #[arg(long)]
    forget_cookies: bool,
    /// How long sessions last, unless the role sets it, 15m to 12h [default: as in the assertion, or 1h]
    #[arg(long, value_name = "TIME")]
    duration: Option<SessionDuration>,
    #[command(flatten)]
    roles_in: OtherRoleRegion,
}

fn binding(word: &str) -> Result<Binding, &'static str> {
    let known = [Binding::Redirect, Binding::Post].into_iter().find(|binding| binding.word() == word);
    known.ok_or("write redirect or post")
}

fn browser(word: &str) -> Result<SignInBrowser, String> {
    let known = SignInBrowser::ALL.into_iter().find(|browser| browser.word() == word);
    known.ok_or_else(|| format!("write one of {}", SignInBrowser::ALL.map(SignInBrowser::word).join(", ")))
}

impl super::settings::Settings for Saml {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let default_region = self.roles_in.default_region.or_else(|| self.region.clone());
        Ok(IdentitySettings::Saml(SamlSettings {
            // A sign-in that the identity provider begins has no request to answer.
            region: self.region.filter(|_| self.sso_url.is_some()),
            start_url: self.start_url,
            sso_url: self.sso_url,
            issuer: self.issuer,
            binding: self.binding.or(self.post.then_some(Binding::Post)),
            force_sign_in: self.force_sign_in,
            forget_cookies: self.forget_cookies,
            browser: self.browser,
            duration: self.duration,
            default_region,
        }))
    }
}
