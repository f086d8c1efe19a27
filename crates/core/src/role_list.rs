//! The list of roles, in pieces: what a window asks for, and the lines that it shows. It never has the whole catalog,
//! which can be 100,000 roles.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{AccountAlias, AccountId, FilterName, FolderName, IdentityName, ProfileName, Target, TargetKind};
use crate::settings::{AccountColour, FilterSettings};

/// Which roles, in which order, and which lines of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct RolesAsked {
    /// What is typed. An ARN or an address in it means the roles that it is about, instead of those of that name.
    pub query: String,
    /// Which roles count at all.
    pub filter: RolesFilter,
    /// What the accounts are grouped by.
    pub group: Grouping,
    /// The ids of groups whose accounts are hidden.
    pub folded: Vec<String>,
    /// Raised to rank again: among equally good matches, favourites, running and often used roles come first as they
    /// were at the first question of this round, so that no line moves while a person reads.
    pub round: u32,
    /// The first line.
    pub from: u32,
    /// The line after the last one.
    pub to: u32,
    /// The id of a role whose place is wanted.
    pub find: Option<String>,
}

/// Which roles count. All of it has to be true of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct RolesFilter {
    /// Those of any of these identities. All without.
    pub identities: Vec<IdentityName>,
    /// Those in accounts that are marked as production.
    pub production: bool,
    /// Those with a session.
    pub running: bool,
    /// Those whose identity the person has to sign in to.
    pub needs_sign_in: bool,
    /// The person's favourites.
    pub favourites: bool,
}

/// What the accounts of the list are grouped by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum Grouping {
    /// Not at all: one account after the other.
    #[default]
    Account,
    /// The identity that reaches their roles.
    Identity,
    /// The folder that the person put them in.
    Folder,
}

/// The lines that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RolesFound {
    /// Another one than before: lines that are shown may be out of date.
    pub revision: u32,
    /// How many roles match.
    pub roles: u32,
    /// In how many accounts.
    pub accounts: u32,
    /// How many lines there are.
    pub lines: u32,
    /// The page of the console, or the ARN, that was pasted into the query: the roles that match reach it.
    pub page: Option<String>,
    /// The line that `shown` begins with.
    pub from: u32,
    /// The lines.
    pub shown: Vec<ListLine>,
    /// Where the role is that was to be found, if it matches.
    pub found: Option<PlaceInList>,
}

/// The place of a role in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PlaceInList {
    /// Its line: that of its account, or of the folded group that hides it.
    pub line: u32,
    /// Which of the account's roles it is. 0 in a folded group.
    pub role: u32,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum ListLine {
    /// The head of a group of accounts.
    Group {
        /// Its key, for [`RolesAsked::folded`].
        id: String,
        /// What it is called. Empty for accounts without a folder.
        name: String,
        /// How many accounts are in it.
        accounts: u32,
        /// How many roles.
        roles: u32,
        /// Whether its accounts are hidden.
        folded: bool,
    },
    /// An account with its roles.
    Account {
        /// The group that it stands in. An account can be in several.
        group: Option<String>,
        /// The account.
        account: AccountShown,
        /// Its roles, the best match first: [`MOST_ROLES_IN_LINE`] at most.
        roles: Vec<RoleLine>,
        /// How many more match.
        more: u32,
    },
}

/// How many roles a line has at most. [`MoreRolesAsked`] gets the others.
pub const MOST_ROLES_IN_LINE: usize = 40;

/// How many favourites and recent roles are listed by themselves.
pub const MOST_OF_SECTION: usize = 30;

/// More roles of an account's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MoreRolesAsked {
    /// The list that the line is in. Its lines don't matter.
    pub list: RolesAsked,
    /// The group that the line stands in.
    pub group: Option<String>,
    /// The account's partition.
    pub partition: String,
    /// The account.
    pub account: AccountId,
    /// The first role.
    pub from: u32,
    /// The role after the last one.
    pub to: u32,
}

/// An account as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AccountShown {
    /// Partition id.
    pub partition: String,
    /// Account id.
    pub account: AccountId,
    /// What it is called, where that is known.
    pub name: Option<String>,
    /// A short name.
    pub alias: Option<AccountAlias>,
    /// What it is marked with.
    pub colour: Option<AccountColour>,
    /// Whether it is production.
    pub production: bool,
    /// The person's folder.
    pub folder: Option<FolderName>,
    /// What the query matched.
    pub marks: AccountMarks,
}

/// Parts of an account's texts, in UTF-16 units: where each begins and where it has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AccountMarks {
    /// Of the id.
    pub account: Vec<(u32, u32)>,
    /// Of the name.
    pub name: Vec<(u32, u32)>,
    /// Of the alias.
    pub alias: Vec<(u32, u32)>,
}

/// A role as a list shows it. Its sessions are in the snapshot, by `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RoleLine {
    /// `IDENTITY:ARN`.
    pub id: String,
    /// Its ARN.
    pub arn: Target,
    /// Role name without path.
    pub name: String,
    /// What form of ARN it is.
    pub kind: TargetKind,
    /// The identity that may assume it.
    pub identity: IdentityName,
    /// Whether another identity reaches a role of the same name in the same account.
    pub several: bool,
    /// The profile that a session of it is written to unless told otherwise.
    pub profile: ProfileName,
    /// Other profiles that its sessions had and that start it again.
    pub started_as: Vec<ProfileName>,
    /// Whether it is a favourite.
    pub favourite: bool,
    /// Whether its sessions can be made read-only beside its terms.
    pub can_be_read_only: bool,
    /// Whether its sessions are read-only by its terms.
    pub read_only: bool,
    /// What the query matched.
    pub marks: RoleMarks,
}

/// Parts of a role's texts, as [`AccountMarks`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RoleMarks {
    /// Of the name.
    pub name: Vec<(u32, u32)>,
    /// Of the profile.
    pub profile: Vec<(u32, u32)>,
    /// Of the identity.
    pub identity: Vec<(u32, u32)>,
}

/// A role that is shown by itself, with its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RoleAlone {
    /// Its account.
    pub account: AccountShown,
    /// The role.
    pub role: RoleLine,
}

/// The sections above the accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RolesNow {
    /// As [`RolesFound::revision`].
    pub revision: u32,
    /// The favourites that match, in the person's order: [`MOST_OF_SECTION`] at most.
    pub favourites: Vec<RoleAlone>,
    /// The roles that match and were used last, the last one first, without favourites: [`MOST_OF_SECTION`] at most.
    pub recent: Vec<RoleAlone>,
}

/// Roles by rank, each by itself: for a quick switch, a palette, a tray.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RolesRanked {
    /// As [`RolesFound::revision`].
    pub revision: u32,
    /// How many roles match.
    pub roles: u32,
    /// As [`RolesFound::page`].
    pub page: Option<String>,
    /// Those that were asked for, the best first.
    pub shown: Vec<RoleAlone>,
}

/// How much there is, without the roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RolesKnown {
    /// As [`RolesFound::revision`].
    pub revision: u32,
    /// How many roles the catalog has.
    pub roles: u32,
    /// In how many accounts.
    pub accounts: u32,
    /// How many each identity has. Those without roles are not in it.
    pub by_identity: Vec<RolesOfIdentity>,
    /// The folders that accounts are in, in order.
    pub folders: Vec<FolderName>,
    /// The person's favourites, `IDENTITY:ARN`, in order.
    pub favourites: Vec<String>,
}

/// How many roles an identity has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RolesOfIdentity {
    /// The identity.
    pub identity: IdentityName,
    /// How many.
    pub roles: u32,
}

/// A filter that the person gave a name: a `[filter.NAME]` of `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SavedFilter {
    /// Its name.
    pub name: FilterName,
    /// What is typed.
    pub query: String,
    /// Which roles count.
    pub filter: RolesFilter,
}

impl SavedFilter {
    /// The filter of this name, as `config.toml` has it.
    #[must_use]
    pub fn of(name: &FilterName, settings: &FilterSettings) -> Self {
        let FilterSettings { query, identities, production, running, needs_sign_in, favourites } = settings.clone();
        let filter = RolesFilter { identities, production, running, needs_sign_in, favourites };
        Self { name: name.clone(), query: query.unwrap_or_default(), filter }
    }
}

impl From<SavedFilter> for FilterSettings {
    fn from(saved: SavedFilter) -> Self {
        let RolesFilter { identities, production, running, needs_sign_in, favourites } = saved.filter;
        let query = Some(saved.query).filter(|query| !query.trim().is_empty());
        Self { query, identities, production, running, needs_sign_in, favourites }
    }
}
