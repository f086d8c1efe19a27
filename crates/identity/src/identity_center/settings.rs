//! What the settings of an IAM Identity Center identity mean, and what can be wrong with them.

use daypass_core::names::{Partition, Region};
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

    /// Where to sign in, one after the other: the portal, and the same in an additional region.
    fn places(&self) -> Result<Vec<(StartUrl, Region)>, CenterError>;

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

    fn places(&self) -> Result<Vec<(StartUrl, Region)>, CenterError> {
        let mut places = vec![(self.portal()?, self.region.clone())];
        if let (Some(start_url), Some(region)) = (&self.second_start_url, &self.second_region) {
            places.push((second(start_url, region)?, region.clone()));
        }
        Ok(places)
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
        match (&self.second_start_url, &self.second_region) {
            (None, None) => {}
            (Some(_), Some(region)) if Partition::of_region(region) != Partition::of_region(&self.region) => {
                wrong(SettingField::SecondRegion, region.as_str(), "it must be in the partition of the first region");
            }
            (Some(url), Some(region)) => mistakes.extend(second(url, region).err()),
            (None, Some(region)) => {
                wrong(SettingField::SecondRegion, region.as_str(), "write second_start_url, too, or leave it out");
            }
            (Some(url), None) => wrong(SettingField::SecondStartUrl, url, "write second_region, too, or leave it out"),
        }
        if self.redirect_port == Some(0) {
            let why = "use a port from 1024 to 65535, or leave it out to use a free one";
            mistakes.push(BadSetting::new(SettingField::RedirectPort, "0", why));
        }
        mistakes
    }
}

fn second(start_url: &str, region: &Region) -> Result<StartUrl, BadSetting> {
    StartUrl::parse(start_url, region).map_err(|bad| BadSetting { field: SettingField::SecondStartUrl, ..bad })
}
