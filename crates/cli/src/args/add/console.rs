//! `daypass identity add console`

use clap::Args;
use daypass_core::names::Region;
use daypass_core::problem::Problem;
use daypass_core::settings::{ConsoleSignInSettings, IdentitySettings};

use super::settings::OtherRoleRegion;

#[derive(Args)]
pub(crate) struct Console {
    /// Region whose console sign-in you use, e.g. eu-central-1
    #[arg(long)]
    region: Region,
    #[command(flatten)]
    roles_in: OtherRoleRegion,
}

impl super::settings::Settings for Console {
    fn settings(self) -> Result<IdentitySettings, Problem> {
        let Self { region, roles_in } = self;
        let default_region = roles_in.default_region.or_else(|| Some(region.clone()));
        Ok(IdentitySettings::Console(ConsoleSignInSettings { region, default_region }))
    }
}
