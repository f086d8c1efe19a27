//! The browser profile that an identity signs in with: `sign-in-browsers/IDENTITY/BROWSER-HOST`.
//!
//! It is never the person's own profile, so Daypass reaches none of their other cookies. It is kept for the next time,
//! with what the person installed in it, until they sign out.

use std::path::PathBuf;
use std::time::Duration;

use daypass_core::file_name;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::OwnProfile;
use daypass_core::surroundings::Places;
use daypass_saml::PageStart;
use single_flight::Turn;
use tokio::time::timeout;

use super::problems::Names;
use crate::browsers::{self, FoundBrowser};
use crate::sign_in_folder::{make_private, remove};
use crate::{SamlPage, Services};

/// How long a quiet sign-in waits for another one of the same identity. A person may take minutes.
const PATIENCE_QUIETLY: Duration = Duration::from_secs(2);

/// A folder that one browser uses, until dropped.
pub(super) struct Profile {
    pub(super) folder: PathBuf,
    keep: bool,
    _turn: Turn,
}

impl Profile {
    /// Takes the turn and makes the folder.
    pub(super) async fn take(
        browser: &FoundBrowser,
        page: &SamlPage,
        services: &Services,
        names: Names<'_>,
    ) -> Result<Self, Problem> {
        let name_of_turn = turn_name(&page.identity);
        let turn = services.turns.take(&name_of_turn);
        let turn = match page.quietly {
            true => timeout(PATIENCE_QUIETLY, turn).await.map_err(|_| names.busy())?,
            false => turn.await,
        }?;
        let places = &services.aws.surroundings.places;
        let folder = folder_of(browser, places, &page.identity).join(name(browser, &page.start));
        let profile = Self { folder, keep: page.keep_cookies, _turn: turn };
        if !profile.keep {
            remove(&profile.folder).map_err(|error| names.not_started(&error))?;
        }
        make_private(&profile.folder).map_err(|error| names.not_started(&error))?;
        let label = format!("Daypass: {}", page.identity);
        browser.prepare_own(&profile.folder, &OwnProfile { key: String::new(), label, colour: None })?;
        Ok(profile)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = remove(&self.folder)
        {
            tracing::warn!(%error, "the browser profile of a sign-in can't be removed");
        }
    }
}

/// Removes every browser profile of an identity, once no browser uses one.
pub(crate) async fn forget(identity: &IdentityName, services: &Services) -> Result<(), Problem> {
    let places = &services.aws.surroundings.places;
    let mut folders = vec![places.sign_in_browsers.join(&*file_name::of(identity.as_str()))];
    folders.extend(browsers::find(places).iter().map(|browser| folder_of(browser, places, identity)));
    folders.retain(|folder| folder.exists());
    if folders.is_empty() {
        return Ok(());
    }
    let _turn = services.turns.take(&turn_name(identity)).await?;
    for folder in folders {
        remove(&folder).map_err(|error| not_forgotten(identity, &error))?;
    }
    Ok(())
}

fn turn_name(identity: &IdentityName) -> String {
    format!("sign-in-browser/{identity}")
}

/// A name consists of letters, digits, `-`, `_` and `.`, and starts with a letter or digit. On macOS, two that differ in
/// capital letters alone would be one folder.
fn folder_of(browser: &FoundBrowser, places: &Places, identity: &IdentityName) -> PathBuf {
    let below = browser.own_profiles().map(|own| own.join("sign-in-browsers"));
    below.unwrap_or_else(|| places.sign_in_browsers.clone()).join(&*file_name::of(identity.as_str()))
}

/// `chrome-login.example.com`: cookies are never used with another identity provider than the one that set them.
fn name(browser: &FoundBrowser, start: &PageStart) -> String {
    let (PageStart::Get(url) | PageStart::Post { action: url, .. }) = start;
    let host = url.host_str().unwrap_or_default().replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    format!("{}-{host}", browser.name.kind.word())
}

fn not_forgotten(identity: &IdentityName, why: &dyn std::fmt::Display) -> Problem {
    let message = format!("can't remove the browser profile that signs in to {identity}: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::SignInCookies, message).hint(
        "sign out at the identity provider itself, and remove the folder sign-in-browsers in Daypass's data folder",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::proxy::PageProxies;

    use super::*;
    use crate::fixture::fixture;

    fn page(url: &str, keep_cookies: bool, quietly: bool) -> SamlPage {
        SamlPage {
            identity: "corp".parse().unwrap(),
            start: PageStart::Get(url.parse().unwrap()),
            proxies: PageProxies::System,
            keep_cookies,
            quietly,
        }
    }

    async fn take(page: &SamlPage, services: &Services) -> Result<Profile, Problem> {
        let names = Names { identity: &page.identity, browser: "Chromium" };
        Profile::take(&FoundBrowser::of_tests("/usr/bin/chromium"), page, services, names).await
    }

    #[tokio::test]
    async fn a_profile_is_private_says_what_it_is_and_goes_when_the_person_signs_out() {
        let fixture = fixture();
        let services = &fixture.context.services;
        let places = &services.aws.surroundings.places;
        let page = page("https://login.example.com:8443/aws", true, false);
        let profile = take(&page, services).await.unwrap();
        assert_eq!(profile.folder, places.sign_in_browsers.join("corp/chromium-login.example.com"));
        #[cfg(unix)]
        for folder in profile.folder.ancestors().take(3) {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
        }
        let preferences = std::fs::read_to_string(profile.folder.join("Default/Preferences")).unwrap();
        assert!(preferences.contains("Daypass: corp"), "{preferences}");
        let folder = profile.folder.clone();
        drop(profile);
        assert!(folder.exists());
        forget(&"corp".parse().unwrap(), services).await.unwrap();
        assert!(!places.sign_in_browsers.join("corp").exists());
        forget(&"corp".parse().unwrap(), services).await.unwrap();
    }

    #[tokio::test]
    async fn a_profile_that_is_not_kept_begins_empty_and_leaves_nothing() {
        let fixture = fixture();
        let services = &fixture.context.services;
        let kept = take(&page("https://login.example.com/", true, false), services).await.unwrap();
        let folder = kept.folder.clone();
        drop(kept);
        let once = take(&page("https://login.example.com/", false, false), services).await.unwrap();
        assert_eq!(once.folder, folder);
        drop(once);
        assert!(!folder.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn two_browsers_never_use_one_profile() {
        let fixture = fixture();
        let services = &fixture.context.services;
        let open = take(&page("https://login.example.com/", true, false), services).await.unwrap();
        let quiet = take(&page("https://login.example.com/", true, true), services).await;
        assert_eq!(quiet.err().unwrap().kind, ProblemKind::Passing);
        drop(open);
        take(&page("https://login.example.com/", true, true), services).await.unwrap();
    }
}
