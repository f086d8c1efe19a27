//! How `start` delivers sessions, as `config.toml` says it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::session_request::Delivery;

/// `delivery` of a role, of an account or of `[settings]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(export)]
pub enum DeliverySetting {
    /// Keys in the AWS credentials file.
    #[default]
    File,
    /// No keys in a file: a profile in the AWS config file, whose `credential_process` asks Daypass.
    Process,
}

impl From<DeliverySetting> for Delivery {
    fn from(setting: DeliverySetting) -> Self {
        match setting {
            DeliverySetting::File => Self::CredentialsFile,
            DeliverySetting::Process => Self::Process,
        }
    }
}

impl fmt::Display for DeliverySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Process => "process",
        })
    }
}

impl FromStr for DeliverySetting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "file" => Ok(Self::File),
            "process" => Ok(Self::Process),
            _ => Err("sessions are delivered by file or process"),
        }
    }
}
