//! The settings of an IAM Identity Center identity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::error::CenterError;
use super::start_url::StartUrl;
use crate::identity::BadSetting;
use crate::names::Region;

/// An IAM Identity Center identity. The names are those of `config.toml`, in the window too: one struct serves both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct IdentityCenterSettings {
    /// Start URL of the AWS access portal in any of its forms, or the directory's id (`d-1234567890`).
    pub start_url: String,
    /// The region that IAM Identity Center is in.
    pub region: Region,
    /// Scopes beside `sso:account:access`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Fixed port of the loopback redirect; a free one when absent.
    #[serde(default)]
    pub redirect_port: Option<u16>,
}

/// What the portal demands of a token (<https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-set-up-application-access.html>).
const ACCOUNT_ACCESS: &str = "sso:account:access";

impl IdentityCenterSettings {
    /// The portal.
    pub(super) fn portal(&self) -> Result<StartUrl, CenterError> {
        StartUrl::parse(&self.start_url, &self.region)
    }

    /// All scopes that are asked for.
    pub(super) fn all_scopes(&self) -> Vec<String> {
        let more = self.scopes.iter().filter(|scope| *scope != ACCOUNT_ACCESS).cloned();
        std::iter::once(ACCOUNT_ACCESS.to_owned()).chain(more).collect()
    }

    /// The first field that cannot be used.
    pub(super) fn well_formed(&self) -> Result<(), CenterError> {
        self.portal()?;
        let wrong = |field, value: &str, why: &str| Err(BadSetting::new(field, value, why).into());
        // Of scope-token in RFC 6749, 3.3, what AWS names scopes with; a comma would separate two.
        let is_scope = |scope: &&String| {
            !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_alphanumeric() || b":_-./*".contains(&b))
        };
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            return wrong("scopes", scope, "a scope is one word, such as sso:account:access");
        }
        if self.redirect_port == Some(0) {
            return wrong("redirect_port", "0", "use a port from 1024 to 65535, or leave it out for a free one");
        }
        Ok(())
    }
}
