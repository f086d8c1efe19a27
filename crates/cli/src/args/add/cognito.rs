//! `daypass identity add cognito`

use clap::Args;
use daypass_core::names::{AccountId, IdentityName, RoleArn};
use daypass_core::problem::Problem;
use daypass_core::settings::CognitoSettings;
use daypass_core::settings::IdentitySettings;

use super::settings::RoleRegion;

#[derive(Args)]
pub(crate) struct Cognito {
    /// OpenID Connect identity whose ID token the pool accepts
    #[arg(long)]
    identity: IdentityName,
    /// ID of the identity pool, REGION:UUID
    #[arg(long, value_name = "ID")]
    pool_id: String,
    /// AWS account of the identity pool
    #[arg(long)]
    account: AccountId,
    /// Role to ask for, if the pool offers several
    #[arg(long, value_name = "ARN")]
    role: Option<RoleArn>,
    /// Name of the login provider in the pool [default: the issuer without https://]
    #[arg(long)]
    login: Option<String>,
    #[command(flatten)]
    roles_in: RoleRegion,
}

impl super::settings::Settings for Cognito {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        // The pool's own region, unless told otherwise: `pool_id` is `REGION:UUID`.
        let of_pool = self.pool_id.split_once(':').and_then(|(region, _)| region.parse().ok());
        Ok(IdentitySettings::Cognito(CognitoSettings {
            identity: self.identity,
            pool_id: self.pool_id,
            account: self.account,
            role: self.role,
            login: self.login,
            default_region: self.roles_in.default_region.or(of_pool),
        }))
    }
}
