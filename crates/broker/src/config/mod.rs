//! `config.toml`: identities, declared roles, settings. No secrets: people share it in a team's repository. And the
//! shared catalogs beneath it.

mod access;
mod catalog;
mod edit;
mod edit_list;
mod in_force;
mod merge;
mod merged;
mod one_answer;
mod parse;
mod policy;
mod rename;
mod settings;
mod settings_first;
mod signature;
mod take_over;

pub(crate) use catalog::{Catalogs, Given, LONGEST_SIGNATURE, Signed, Status, Taken, suffixes};
pub(crate) use edit::{Changed, ConfigFile};
pub(crate) use in_force::{InForce, KeyByConfig};
pub(crate) use merged::Merged;
pub(crate) use policy::PolicyFile;
#[cfg(test)]
pub(crate) use policy::tests::policy_of_anyone;
pub(crate) use settings::{START_AT_LOGIN, Setting, Written, find as find_setting, settings};
pub(crate) use take_over::Parts;

use daypass_core::problem::Problem;
use daypass_core::settings::Config;

/// Reads the text of a `config.toml`.
///
/// # Errors
///
/// `config-mistake`, with line, column, what was found and what was expected.
pub(crate) fn read(text: &str, file: &std::path::Path) -> Result<Config, Problem> {
    parse::parse(text).map_err(|mistake| mistake.into_problem(text, file))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
