//! The host in the address that a browser returns to.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

/// The host in a redirect address. Daypass listens on loopback addresses only, whichever it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
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

/// In words of our own, because the form and `config.toml`'s mistakes show them.
impl<'de> Deserialize<'de> for RedirectHost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "127.0.0.1" => Ok(Self::Address),
            "localhost" => Ok(Self::Localhost),
            _ => Err(D::Error::custom("the host in the redirect address is 127.0.0.1 or localhost")),
        }
    }
}
