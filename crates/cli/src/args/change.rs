//! `daypass change`.

use clap::Args;
use daypass_broker::requests::{ChangeSession, RegionChoice};
use daypass_core::names::{ProfileName, Region};
use daypass_core::settings::DeliverySetting;

pub(super) const FOR_CHANGE: &str = "\
Examples:
  daypass change dev --rename shop            the same session as profile shop
  daypass change dev --add shop --add default
  daypass change shop --drop default
  daypass change dev --region eu-central-1
  daypass change dev --delivery process       keep keys out of files

The session keeps its credentials. Programs that use `daypass exec` or
`daypass serve` keep them under the old name.";

#[derive(Args)]
pub(crate) struct Change {
    /// Profile of the session
    pub(crate) profile: ProfileName,
    /// New name for that profile
    #[arg(long, value_name = "PROFILE")]
    rename: Option<ProfileName>,
    /// Another profile for the session; repeat for several
    #[arg(long, value_name = "PROFILE")]
    add: Vec<ProfileName>,
    /// Profile to remove from the session; repeat for several
    #[arg(long, value_name = "PROFILE")]
    drop: Vec<ProfileName>,
    /// Region for its profiles
    #[arg(long, conflicts_with = "usual_region")]
    region: Option<Region>,
    /// Reset its profiles to the role's own region
    #[arg(long)]
    usual_region: bool,
    /// How tools get its credentials: file or process
    #[arg(long)]
    delivery: Option<DeliverySetting>,
    /// Replace profiles that Daypass doesn't own, after backing up the file
    #[arg(long)]
    replace: bool,
}

impl Change {
    /// Whether it says what to change.
    pub(crate) fn says_what(&self) -> bool {
        let Self { rename, add, drop, region, usual_region, delivery, .. } = self;
        let names = rename.is_some() || !add.is_empty() || !drop.is_empty();
        names || region.is_some() || *usual_region || delivery.is_some()
    }

    pub(crate) fn asked(self) -> ChangeSession {
        let Self { profile, rename, add, drop, region, usual_region, delivery, replace } = self;
        let usual = usual_region.then_some(RegionChoice::Usual);
        let region = region.map(RegionChoice::Named).or(usual);
        ChangeSession { profile, rename, add, drop, region, delivery: delivery.map(Into::into), replace }
    }
}
