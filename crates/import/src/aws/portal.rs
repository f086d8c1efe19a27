//! The AWS access portal that a profile or an `[sso-session]` names.

use aws_files::ProfileEntry;
use daypass_core::names::Region;
use daypass_core::settings::IdentityCenterSettings;

use crate::profiles::{AwsFiles, AwsProfile};
use crate::same::portal;

/// The scope that Daypass always asks for.
const ACCOUNT_ACCESS: &str = "sso:account:access";

/// A portal, and what the files call it.
pub(super) struct Portal {
    pub(super) settings: IdentityCenterSettings,
    /// The name of its `[sso-session]`.
    pub(super) session: Option<String>,
}

impl Portal {
    /// The portal of a profile that names one.
    ///
    /// # Errors
    ///
    /// Why it can't be used, as a sentence without its full stop.
    pub(super) fn of(profile: &AwsProfile, files: &AwsFiles) -> Result<Self, String> {
        if let Some(name) = profile.get("sso_session") {
            let session = files.session(name).ok_or_else(|| format!("the file doesn't have [sso-session {name}]"))?;
            return Self::of_session(session);
        }
        let url = profile.get("sso_start_url").ok_or("it doesn't have sso_start_url")?;
        let region = profile.get("sso_region").ok_or("it doesn't have sso_region")?;
        Ok(Self { settings: settings(url, region, None)?, session: None })
    }

    /// # Errors
    ///
    /// As [`Portal::of`].
    pub(super) fn of_session(session: &ProfileEntry) -> Result<Self, String> {
        let get = |key: &str| session.get(key).filter(|value| !value.is_empty());
        let named = |key: &str| get(key).ok_or_else(|| format!("[sso-session {}] doesn't have {key}", session.name));
        let (url, region) = (named("sso_start_url")?, named("sso_region")?);
        let settings = settings(url, region, get("sso_registration_scopes"))?;
        Ok(Self { settings, session: Some(session.name.clone()) })
    }

    /// What tells it from other portals: its address without what can be written in several ways, and its region.
    pub(super) fn key(&self) -> (String, String) {
        (portal(&self.settings.start_url), self.settings.region.to_string())
    }

    /// What it could be called: its session, or what begins its address.
    pub(super) fn name(&self) -> String {
        let (url, _) = self.key();
        match &self.session {
            Some(session) => session.clone(),
            // The id of an instance or a directory comes after the host.
            None if url.contains("/ssoins-") || url.contains("/directory/") => {
                url.rsplit('/').next().unwrap_or_default().to_owned()
            }
            None => url.split(['.', '/']).next().unwrap_or_default().to_owned(),
        }
    }
}

fn settings(url: &str, region: &str, scopes: Option<&str>) -> Result<IdentityCenterSettings, String> {
    let region: Region = region.parse().map_err(|_| format!("its sso_region {region:?} isn't a region"))?;
    let scopes = scopes.unwrap_or_default().split([',', ' ']).map(str::trim);
    let scopes = scopes.filter(|scope| !scope.is_empty() && *scope != ACCOUNT_ACCESS).map(str::to_owned).collect();
    Ok(IdentityCenterSettings {
        start_url: url.to_owned(),
        region,
        second_start_url: None,
        second_region: None,
        scopes,
        redirect_port: None,
        default_region: None,
    })
}
