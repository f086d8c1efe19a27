//! How profiles in the AWS config file are generated.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::profile_template::ProfileTemplate;

/// `[settings.profiles]` of `config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfilesSettings {
    /// Their names.
    pub name: ProfileTemplate,
    /// The format in which the AWS CLI prints. Its own default without.
    pub output: Option<OutputFormat>,
}

/// The AWS CLI's output formats: <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum OutputFormat {
    Json,
    Yaml,
    YamlStream,
    Text,
    Table,
}

impl OutputFormat {
    const ALL: [Self; 5] = [Self::Json, Self::Yaml, Self::YamlStream, Self::Text, Self::Table];

    /// As the AWS CLI calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::YamlStream => "yaml-stream",
            Self::Text => "text",
            Self::Table => "table",
        }
    }
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("the AWS CLI doesn't have an output format {text:?}. Use one of {names}")
        })
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
