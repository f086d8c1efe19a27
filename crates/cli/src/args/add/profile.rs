//! `daypass identity add profile`

use clap::Args;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::settings::IdentitySettings;
use daypass_core::settings::ProfileSettings;

#[derive(Args)]
pub(crate) struct Profile {
    /// Name of the AWS profile
    #[arg(long)]
    profile: ProfileName,
    /// Region whose STS Daypass asks who the profile is [default: the profile's region]
    #[arg(long)]
    region: Option<Region>,
}

impl super::settings::Settings for Profile {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        Ok(IdentitySettings::Profile(ProfileSettings { profile: self.profile, region: self.region }))
    }
}
