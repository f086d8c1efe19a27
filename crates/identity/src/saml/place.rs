//! Where a person signs in: in an installed browser, or in a window of the desktop app.

use std::sync::Arc;

use daypass_core::problem::Problem;
use daypass_core::settings::{BrowserName, OpenIn, SamlSettings, SignInBrowser};
use daypass_core::view::SignInAsk;
use secrecy::SecretString;

use super::SamlError;
use crate::browsers::{self, FoundBrowser};
use crate::{SamlPage, SamlWindow, Services, browser, saml_browser};

/// Where a person signs in.
pub(super) enum Place {
    /// In a window of the desktop app.
    Window(Arc<dyn SamlWindow>),
    /// In a browser.
    Browser(FoundBrowser),
}

impl Place {
    /// Where the settings say. If they don't say it: in the person's default browser if Daypass can drive it, or else
    /// in the window. A terminal without the desktop app uses the first browser that Daypass can drive.
    ///
    /// # Errors
    ///
    /// `saml-no-window`; `browser-not-found`.
    pub(super) fn for_person(settings: &SamlSettings, services: &Services) -> Result<Self, Problem> {
        let places = &services.aws.surroundings.places;
        let window = || services.window.get().map(|window| Self::Window(Arc::clone(window)));
        match settings.browser {
            Some(SignInBrowser::Window) => window().ok_or_else(|| SamlError::NoWindow.into()),
            Some(named) => Self::named(named, services),
            None if !saml_browser::IS_THERE || !browser::has_screen() => {
                window().ok_or_else(|| SamlError::NoWindow.into())
            }
            None => {
                let mut found = browsers::find(places);
                found.retain(FoundBrowser::is_chromium);
                let default = browsers::default_kind(&places.home);
                let is_default = |browser: &FoundBrowser| Some(browser.name.kind) == default;
                let at = found.iter().position(is_default);
                match (at, window()) {
                    (Some(at), _) => Ok(Self::Browser(found.swap_remove(at))),
                    (None, Some(window)) => Ok(window),
                    (None, None) if found.is_empty() => Err(SamlError::NoWindow.into()),
                    (None, None) => Ok(Self::Browser(found.swap_remove(0))),
                }
            }
        }
    }

    fn named(named: SignInBrowser, services: &Services) -> Result<Self, Problem> {
        let Some(kind) = named.kind() else { return Err(SamlError::NoWindow.into()) };
        Self::found(BrowserName { kind, package: None }, services).map_err(|problem| {
            let hint = problem.hint.clone().unwrap_or_default();
            problem
                .hint(format!("install it, or set `browser` of this identity to another one or to \"window\"; {hint}"))
        })
    }

    fn found(name: BrowserName, services: &Services) -> Result<Self, Problem> {
        let found = browsers::find(&services.aws.surroundings.places);
        let wanted = OpenIn { browser: Some(name), ..OpenIn::default() };
        browsers::choose(&found, &wanted).map(|(browser, _)| Self::Browser(browser.clone()))
    }

    /// Where the person signed in the last time, which has the provider's cookies, if it may be used without them.
    pub(super) fn last(settings: &SamlSettings, last: Option<BrowserName>, services: &Services) -> Option<Self> {
        match last_is_good(settings, last)? {
            Last::Browser(name) => Self::found(name, services).ok(),
            Last::Window => services.window.get().map(|window| Self::Window(Arc::clone(window))),
        }
    }

    /// Whether there is such a place, without a look at the disk.
    pub(super) fn has_last(settings: &SamlSettings, last: Option<BrowserName>, services: &Services) -> bool {
        match last_is_good(settings, last) {
            Some(Last::Browser(_)) => saml_browser::IS_THERE,
            Some(Last::Window) => services.window.get().is_some(),
            None => false,
        }
    }

    /// The assertion that the page posts to AWS.
    ///
    /// # Errors
    ///
    /// As [`SamlWindow::catch_assertion`] and [`saml_browser::catch_assertion`].
    pub(super) async fn catch_assertion(&self, page: &SamlPage, services: &Services) -> Result<SecretString, Problem> {
        match self {
            Self::Window(window) => window.catch_assertion(page).await,
            Self::Browser(browser) => saml_browser::catch_assertion(browser, page, services).await,
        }
    }

    /// The instructions for the person.
    pub(super) fn ask(&self, host: String) -> SignInAsk {
        SignInAsk::Window { host, browser: self.browser().map(|browser| browser.title.clone()) }
    }

    /// The browser's name. `None` for the window.
    pub(super) fn name(&self) -> Option<BrowserName> {
        self.browser().map(|browser| browser.name)
    }

    /// What a trial says of it.
    pub(super) fn words(&self) -> String {
        match self.browser() {
            Some(browser) => format!("{} to sign in with", browser.title),
            None => "a window of the desktop app to sign in with".to_owned(),
        }
    }

    fn browser(&self) -> Option<&FoundBrowser> {
        match self {
            Self::Browser(browser) => Some(browser),
            Self::Window(_) => None,
        }
    }
}

enum Last {
    Browser(BrowserName),
    Window,
}

/// Where the cookies are, unless the settings name another place since.
fn last_is_good(settings: &SamlSettings, last: Option<BrowserName>) -> Option<Last> {
    match (settings.browser, last) {
        (None, Some(name)) => Some(Last::Browser(name)),
        (Some(wanted), Some(name)) => (wanted.kind() == Some(name.kind)).then_some(Last::Browser(name)),
        (None | Some(SignInBrowser::Window), None) => Some(Last::Window),
        (Some(_), None) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::problem::ProblemCode;

    use super::*;
    use crate::fixture::fixture;

    fn settings(browser: Option<SignInBrowser>) -> SamlSettings {
        SamlSettings { browser, ..SamlSettings::default() }
    }

    #[test]
    fn a_renewal_uses_the_place_that_has_the_cookies_or_none() {
        // On Windows, no browser can be driven yet.
        if cfg!(windows) {
            return;
        }
        let fixture = fixture();
        let services = &fixture.context.services;
        let chrome = || Some("chrome".parse().unwrap());
        let renews = |browser, last| Place::has_last(&settings(browser), last, services);
        assert!(renews(None, chrome()));
        assert!(renews(Some(SignInBrowser::Chrome), chrome()));
        for (browser, last) in [
            (Some(SignInBrowser::Edge), chrome()),
            (Some(SignInBrowser::Window), chrome()),
            (Some(SignInBrowser::Chrome), None),
            // The window that signed in isn't there.
            (None, None),
        ] {
            assert!(!renews(browser, last), "{browser:?} {last:?}");
        }
    }

    #[test]
    fn the_window_is_used_only_where_it_is() {
        let fixture = fixture();
        let place = Place::for_person(&settings(Some(SignInBrowser::Window)), &fixture.context.services);
        assert_eq!(place.err().unwrap().code, ProblemCode::SamlNoWindow);
    }
}
