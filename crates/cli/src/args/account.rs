//! `daypass account`

use clap::{Args, Subcommand};
use daypass_core::names::{AccountAlias, AccountName, FolderName, Region};
use daypass_core::settings::{AccountColour, AccountField, AccountSettings, AskWhen, DeliverySetting};

const FOR_SET: &str = "\
Examples:
  daypass account set 111122223333 --name Shop --alias shop-prod
  daypass account set shop-prod --colour red --production
  daypass account set shop-prod --region eu-central-1 --folder shops
  daypass account set shop-prod --production=false

This is saved in config.toml, and takes precedence over the account's name at
AWS.";

const FOR_UNSET: &str = "\
Examples:
  daypass account unset shop-prod --colour
  daypass account unset 111122223333     everything that config.toml sets for it";

#[derive(Subcommand)]
pub(crate) enum AccountCommand {
    /// List the accounts of your roles, with their names
    #[command(alias = "ls")]
    List,
    /// Give an account a name, an alias, a colour or a region, or mark it as production
    #[command(after_help = FOR_SET)]
    Set(SetAccount),
    /// Remove what you set for an account
    #[command(after_help = FOR_UNSET)]
    Unset(UnsetAccount),
}

#[derive(Args)]
pub(crate) struct SetAccount {
    /// Account: its ID, alias or name
    pub(crate) account: String,
    /// Name to show
    #[arg(long, required_unless_present_any = ["alias", "colour", "production", "region", "delivery", "folder", "ask"])]
    pub(crate) name: Option<AccountName>,
    /// Short name for typing, as in `daypass start ALIAS/ROLE`
    #[arg(long)]
    pub(crate) alias: Option<AccountAlias>,
    /// Colour to mark it with: blue, turquoise, green, yellow, orange, red, pink or purple
    #[arg(long, alias = "color")]
    pub(crate) colour: Option<AccountColour>,
    /// Mark it as production
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "true|false")]
    pub(crate) production: Option<bool>,
    /// Region for its roles' profiles, unless the role sets one
    #[arg(long)]
    pub(crate) region: Option<Region>,
    /// How tools get its roles' credentials, unless the role sets it: file or process
    #[arg(long)]
    pub(crate) delivery: Option<DeliverySetting>,
    /// Folder to list it under in the window, such as a customer
    #[arg(long)]
    pub(crate) folder: Option<FolderName>,
    /// When to ask you before a program gets its roles' credentials: never, first-use, per-session or always
    #[arg(long)]
    pub(crate) ask: Option<AskWhen>,
}

impl SetAccount {
    /// The account, what to say of it, and what not to say any more.
    pub(crate) fn into_parts(self) -> (String, AccountSettings, Vec<AccountField>) {
        let Self { account, name, alias, colour, production, region, delivery, folder, ask } = self;
        let unset = if production == Some(false) { vec![AccountField::Production] } else { Vec::new() };
        let production = production == Some(true);
        (account, AccountSettings { name, alias, colour, production, region, delivery, folder, ask }, unset)
    }
}

#[derive(Args)]
pub(crate) struct UnsetAccount {
    /// Account: its ID, alias or name
    pub(crate) account: String,
    /// Remove the name
    #[arg(long)]
    name: bool,
    /// Remove the alias
    #[arg(long)]
    alias: bool,
    /// Remove the colour
    #[arg(long, alias = "color")]
    colour: bool,
    /// Remove the production mark
    #[arg(long)]
    production: bool,
    /// Remove the region
    #[arg(long)]
    region: bool,
    /// Remove the delivery
    #[arg(long)]
    delivery: bool,
    /// Remove it from its folder
    #[arg(long)]
    folder: bool,
    /// Remove when to ask
    #[arg(long)]
    ask: bool,
}

impl UnsetAccount {
    /// What to remove: everything if nothing is named.
    pub(crate) fn fields(&self) -> Vec<AccountField> {
        let is_named = |field: &AccountField| match field {
            AccountField::Name => self.name,
            AccountField::Alias => self.alias,
            AccountField::Colour => self.colour,
            AccountField::Production => self.production,
            AccountField::Region => self.region,
            AccountField::Delivery => self.delivery,
            AccountField::Folder => self.folder,
            AccountField::Ask => self.ask,
        };
        let named: Vec<AccountField> = AccountField::ALL.into_iter().filter(is_named).collect();
        if named.is_empty() { AccountField::ALL.to_vec() } else { named }
    }
}
