//! `daypass identity add oidc`

use clap::Args;
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::OidcSettings;

use super::settings::{Redirect, RoleRegion, Trust};

#[derive(Args)]
pub(crate) struct Oidc {
    /// The provider's issuer URL, e.g. https://login.example.com
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// Client ID registered with the provider for Daypass (a public client with PKCE)
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Scope to ask for in addition to openid; repeat for several [default: email and offline_access]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    #[command(flatten)]
    redirect: Redirect,
    /// Role session name, with claims in braces, e.g. {email}
    #[arg(long, value_name = "TEMPLATE")]
    session_name: Option<String>,
    /// Claim of the ID token that lists the person's role ARNs
    #[arg(long, value_name = "CLAIM")]
    roles_claim: Option<String>,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    roles_in: RoleRegion,
}

impl super::settings::Settings for Oidc {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Oidc(OidcSettings {
            issuer: self.issuer,
            client_id: self.client_id,
            scopes: self.scopes,
            redirect_port: self.redirect.redirect_port,
            redirect_host: self.redirect.redirect_host,
            redirect_path: self.redirect.redirect_path,
            authorization_parameters: self.redirect.authorization_parameters.into_iter().collect(),
            session_name: self.session_name,
            roles_claim: self.roles_claim,
            ca_file: self.trust.ca_file()?,
            default_region: self.roles_in.default_region,
        }))
    }
}
