//! How Daypass reaches other machines: `[settings.network]` of `config.toml`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

use crate::proxy::{NoProxy, Proxy, ProxyAddress};

/// `[settings.network]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSettings {
    /// The proxy.
    pub proxy: ProxySetting,
    /// Where no proxy is used, besides what `NO_PROXY` names.
    pub no_proxy: Vec<NoProxy>,
    /// A file of certificates to trust in addition to the system's.
    pub ca_file: Option<CaFile>,
}

/// Which proxy is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum ProxySetting {
    /// The one that `HTTPS_PROXY` and its siblings name, or else the system's.
    #[default]
    Environment,
    /// The system's, whatever the environment says.
    System,
    /// None.
    None,
    /// This one, whatever the environment says.
    Address(ProxyAddress),
}

impl FromStr for ProxySetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "environment" => return Ok(Self::Environment),
            "system" => return Ok(Self::System),
            "none" => return Ok(Self::None),
            _ => {}
        }
        match Proxy::parse(text) {
            Ok(Proxy { address, sign_in: None }) => Ok(Self::Address(address)),
            Ok(Proxy { sign_in: Some(_), .. }) => Err("the proxy's user name and password don't belong in this file. \
                 Leave them out, and give them with `daypass config proxy-login`, which keeps them in the vault"
                .to_owned()),
            Err(why) => Err(format!(r#"{why}; or write "environment", "system" or "none""#)),
        }
    }
}

impl TryFrom<String> for ProxySetting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// As in `config.toml`.
impl fmt::Display for ProxySetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment"),
            Self::System => f.write_str("system"),
            Self::None => f.write_str("none"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The path of a file of certificates: absolute, or in the home of the user who runs Daypass, so that a team can share
/// the setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct CaFile(PathBuf);

impl CaFile {
    /// The path as it was written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl TryFrom<String> for CaFile {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let path = Path::new(&text);
        let is_in_home = path.strip_prefix("~").is_ok_and(|rest| rest.file_name().is_some());
        match path.is_absolute() || is_in_home {
            true => Ok(Self(path.to_owned())),
            false => Err(format!("{text:?} isn't an absolute path, or one that begins with ~/")),
        }
    }
}

impl fmt::Display for CaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_setting_is_a_word_or_an_address_without_a_password() {
        for text in ["environment", "system", "none", "http://proxy.example.org:8080", "socks5h://proxy:1080"] {
            assert_eq!(text.parse::<ProxySetting>().unwrap().to_string(), text);
        }
        let with_password = "http://ann:PLANTED@proxy:8080".parse::<ProxySetting>().unwrap_err();
        assert!(with_password.contains("proxy-login") && !with_password.contains("PLANTED"), "{with_password}");
        for text in ["", "pac+http://x", "http://proxy:8080/PLANTED", "off!"] {
            let why = text.parse::<ProxySetting>().unwrap_err();
            assert!(why.contains("\"system\"") && !why.contains("PLANTED"), "{why}");
        }
    }

    #[test]
    fn a_ca_file_is_found_from_every_folder() {
        // Without a drive, a path isn't absolute on Windows.
        for text in [if cfg!(windows) { r"C:\corp.pem" } else { "/etc/corp.pem" }, "~/corp.pem"] {
            assert_eq!(CaFile::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        for text in ["", "corp.pem", "~", "~ann/corp.pem"] {
            assert!(CaFile::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
