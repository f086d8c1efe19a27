//! `daypass identity add cognito`

use clap::Args;
use daypass_core::names::{AccountId, IdentityName, RoleArn};
use daypass_core::problem::Problem;
use daypass_core::settings::CognitoSettings;
use daypass_core::settings::IdentitySettings;

#[derive(Args)]
pub(crate) struct Cognito {
    /// The OpenID Connect identity whose token the pool is shown
    #[arg(long)]
    identity: IdentityName,
    /// The identity pool: REGION:UUID
    #[arg(long, value_name = "ID")]
    pool_id: String,
    /// The pool's account
    #[arg(long)]
    account: AccountId,
    /// Role to ask for, where the pool offers several
    #[arg(long, value_name = "ARN")]
    role: Option<RoleArn>,
    /// Name of the provider in the pool [default: the issuer without https://]
    #[arg(long)]
    login: Option<String>,
}

impl super::Settings for Cognito {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Cognito(CognitoSettings {
            identity: self.identity,
            pool_id: self.pool_id,
            account: self.account,
            role: self.role,
            login: self.login,
        }))
    }
}
