//! What the settings of an IAM Identity Center identity mean, and what can be wrong with them.

use daypass_core::settings::{BadSetting, IdentityCenterSettings, SettingField};

use super::error::CenterError;
use super::start_url::StartUrl;

/// What the portal requires of a token
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/customermanagedapps-set-up-application-access.html>).
const ACCOUNT_ACCESS: &str = "sso:account:access";

/// What the settings mean for a sign-in.
pub(super) trait PortalSettings {
    /// The portal.
    fn portal(&self) -> Result<StartUrl, CenterError>;

    /// All scopes to request.
    fn all_scopes(&self) -> Vec<String>;

    /// The first field that cannot be used.
    fn well_formed(&self) -> Result<(), CenterError>;

    /// Every field that cannot be used.
    fn mistakes(&self) -> Vec<BadSetting>;
}

impl PortalSettings for IdentityCenterSettings {
    fn portal(&self) -> Result<StartUrl, CenterError> {
        Ok(StartUrl::parse(&self.start_url, &self.region)?)
    }

    fn all_scopes(&self) -> Vec<String> {
        let more = self.scopes.iter().filter(|scope| *scope != ACCOUNT_ACCESS).cloned();
        std::iter::once(ACCOUNT_ACCESS.to_owned()).chain(more).collect()
    }

    fn well_formed(&self) -> Result<(), CenterError> {
        PortalSettings::mistakes(self).into_iter().next().map_or(Ok(()), |mistake| Err(mistake.into()))
    }

    fn mistakes(&self) -> Vec<BadSetting> {
        let mut mistakes: Vec<BadSetting> = StartUrl::parse(&self.start_url, &self.region).err().into_iter().collect();
        let mut wrong = |field, value: &str, why: &str| mistakes.push(BadSetting::new(field, value, why));
        // The part of scope-token (RFC 6749, section 3.3) that AWS uses in scope names. A comma would separate two.
        let is_scope = |scope: &&String| {
            !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_alphanumeric() || b":_-./*".contains(&b))
        };
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            wrong(SettingField::Scopes, scope, "a scope is one word, such as sso:account:access");
        }
        if self.redirect_port == Some(0) {
            wrong(SettingField::RedirectPort, "0", "use a port from 1024 to 65535, or leave it out for a free one");
        }
        mistakes
    }
}
