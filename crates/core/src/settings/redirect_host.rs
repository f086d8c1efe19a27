//! The host in the address that a browser returns to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The host in a redirect address. Daypass listens on loopback addresses only, whichever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub enum RedirectHost {
    /// As RFC 8252, section 7.3, recommends.
    #[default]
    #[serde(rename = "127.0.0.1")]
    Address,
    /// For providers that let only this name have any port. Daypass listens on `::1` too, where the machine has it.
    #[serde(rename = "localhost")]
    Localhost,
}
