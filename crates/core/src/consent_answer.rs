//! What the person says about a program that wants credentials, for questions and for the audit log.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the person says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum ConsentAnswer {
    /// The processes that wait may have them.
    Once,
    /// The program may have them for as long as the setting lets an answer hold.
    Program,
    /// The same, narrowed to reading.
    ReadOnly,
    /// It may not.
    No,
}

/// The word that a line of the audit log has for it.
impl fmt::Display for ConsentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
