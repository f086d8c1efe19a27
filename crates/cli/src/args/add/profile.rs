//! `daypass identity add profile`

use clap::Args;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::ProfileSettings;

use super::settings::OtherRoleRegion;

#[derive(Args)]
pub(crate) struct Profile {
    /// Name of the AWS profile
    #[arg(long)]
    profile: ProfileName,
    /// Region whose STS Daypass asks who the profile is [default: the profile's region]
    #[arg(long)]
    region: Option<Region>,
    #[command(flatten)]
    roles_in: OtherRoleRegion,
}

impl super::settings::Settings for Profile {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let Self { profile, region, roles_in } = self;
        let default_region = roles_in.default_region.or_else(|| region.clone());
        Ok(IdentitySettings::Profile(ProfileSettings { profile, region, default_region }))
    }
}
