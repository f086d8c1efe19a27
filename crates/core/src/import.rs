//! What an import finds and does, as the window, the command and `--json` see it: no secrets.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::{AccountId, IdentityName, ProfileName};
use crate::problem::Problem;
use crate::settings::IdentitySettings;

/// What was found, what it becomes, and what changes in which file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportPlan {
    /// The tools whose files say something.
    pub tools: Vec<ImportTool>,
    /// What identities there are, those that Daypass has already included.
    pub identities: Vec<ImportIdentity>,
    /// What roles there are, those that Daypass has already included.
    pub roles: Vec<ImportRole>,
    /// Profiles that stand for an identity itself.
    pub users: Vec<ImportUser>,
    /// The accounts of which something is said that `config.toml` doesn't say.
    pub accounts: Vec<AccountId>,
    /// What can't be kept, and why.
    pub remarks: Vec<ImportRemark>,
    /// The files that change.
    pub files: Vec<ImportFile>,
    /// Access keys that can leave a file once they are in the vault.
    pub keys: Vec<ImportKey>,
    /// Whether there is nothing to do: nothing is new and no file changes.
    pub is_done: bool,
}

/// A tool whose files say something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportTool {
    /// As `--from` names it.
    pub id: String,
    /// As it calls itself.
    pub name: String,
    /// Its files.
    pub files: Vec<String>,
}

/// An identity that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportIdentity {
    /// The name that it has or gets.
    pub name: IdentityName,
    /// Its settings.
    pub settings: IdentitySettings,
    /// What it signs in to, in a few words.
    pub provider: String,
    /// The tools that have it.
    pub from: Vec<String>,
    /// Its secrets that the vault doesn't have.
    pub secrets: Vec<ImportSecret>,
    /// Whether Daypass has it already.
    pub is_there: bool,
}

/// A secret of an identity that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportSecret {
    /// The field that takes it.
    pub field: String,
    /// What people call it.
    pub label: String,
    /// Where it comes from.
    pub source: ImportSecretSource,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "kebab-case")]
#[ts(export)]
pub enum ImportSecretSource {
    /// It could be read.
    Held {
        /// Where.
        place: String,
    },
    /// A passphrase opens the file that it is in.
    Sealed {
        /// The tool's id.
        tool: String,
        /// The file.
        place: String,
    },
    /// The person has to type it.
    Ask {
        /// Why.
        why: String,
    },
}

/// A role that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportRole {
    /// As `IDENTITY:ARN`.
    pub role_id: String,
    /// Its identity.
    pub identity: IdentityName,
    /// Its account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The role that assumes it.
    pub via: Option<String>,
    /// The AWS profiles by which it was used.
    pub profiles: Vec<ProfileName>,
    /// The tool that has it.
    pub from: String,
    /// Whether Daypass has it already.
    pub is_there: bool,
}

/// A profile that stands for an identity itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportUser {
    /// The identity.
    pub identity: IdentityName,
    /// The profile.
    pub profile: ProfileName,
}

/// What can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportRemark {
    /// What it is: a phrase that begins in lower case.
    pub what: String,
    /// Why it can't be kept: a sentence without its full stop.
    pub why: String,
    /// What to do instead, in the imperative.
    pub advice: Option<String>,
    /// Where it stands: `~/.aws/config:12`.
    pub place: String,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportFile {
    /// The file.
    pub path: String,
    /// What changes in its profiles. Empty for `config.toml`.
    pub profiles: Vec<ImportProfile>,
    /// Where the old content is kept: a copy beside the file, or the vault, where secrets leave it.
    pub backup: ImportBackup,
}

/// Where the old content of a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum ImportBackup {
    /// The file is new.
    None,
    /// In a copy beside it.
    Copy,
    /// In the vault: a copy would hold the keys that leave the file.
    Vault,
}

/// What changes in a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportProfile {
    /// Its name.
    pub name: String,
    /// Whether the file didn't have it.
    pub is_new: bool,
    /// The lines that go, without the values of secrets.
    pub removed: Vec<String>,
    /// The lines that come.
    pub added: Vec<String>,
}

/// An access key that can leave a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportKey {
    /// The profile that has it.
    pub profile: String,
    /// The file.
    pub file: String,
    /// The identity that gets it.
    pub identity: IdentityName,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportOutcome {
    /// The identities that are new.
    pub identities: Vec<IdentityName>,
    /// How many roles are new.
    pub roles: usize,
    /// The profiles that ask Daypass now.
    pub profiles: Vec<ProfileName>,
    /// The copies of files as they were.
    pub backups: Vec<String>,
    /// What could not be done, each with what to do about it.
    pub left: Vec<Problem>,
    /// The identities to sign in to, so that the profiles work.
    pub sign_in: Vec<IdentityName>,
}

/// What was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ImportUndone {
    /// The identities that are gone again.
    pub identities: Vec<IdentityName>,
    /// The files that are as they were.
    pub files: Vec<String>,
    /// What has changed since, so it stays: identities and profiles.
    pub left: Vec<String>,
}
