//! `daypass favourite`

use clap::Subcommand;

const FOR_ADD: &str = "\
Examples:
  daypass favourite add shop-prod/ReadOnly
  daypass favourite add dev audit        two roles, by their profiles

Favourites come first in the window, in the tray, and wherever you choose a
role.";

#[derive(Subcommand)]
pub(crate) enum FavouriteCommand {
    /// List your favourites in order
    #[command(alias = "ls")]
    List,
    /// Add roles to the end of your favourites
    #[command(after_help = FOR_ADD)]
    Add {
        /// Role: an ARN, a profile, or part of the account and role names
        #[arg(required = true, value_name = "ROLE")]
        roles: Vec<String>,
    },
    /// Remove roles from your favourites
    #[command(alias = "rm")]
    Remove {
        /// Role, as in `daypass favourite add`, or IDENTITY:ARN
        #[arg(required = true, value_name = "ROLE")]
        roles: Vec<String>,
    },
}
