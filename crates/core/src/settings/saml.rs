//! The settings of a SAML identity.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::BrowserKind;
use crate::names::{Region, SessionDuration};

/// A SAML identity. The names are those of `config.toml`, in the window too: one struct serves both.
///
/// Exactly one of `start_url` and `sso_url` is set. It decides who starts, the identity provider or Daypass.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct SamlSettings {
    /// The address at the identity provider that signs in to AWS: its tile or bookmark for the AWS application
    /// (IdP-initiated).
    #[serde(default)]
    pub start_url: Option<String>,
    /// The identity provider's single sign-on address, which is sent a request (SP-initiated).
    #[serde(default)]
    pub sso_url: Option<String>,
    /// With `sso_url`: in whose name the request is made. Default: what AWS calls itself there.
    #[serde(default)]
    pub issuer: Option<String>,
    /// With `sso_url`: the region whose sign-in address the answer is for. Default: `signin.aws.amazon.com`.
    #[serde(default)]
    pub region: Option<Region>,
    /// With `sso_url`: how the request is sent. Default: by redirect.
    #[serde(default)]
    pub binding: Option<Binding>,
    /// With `sso_url`: ask the identity provider to sign the person in again each time (`ForceAuthn`).
    #[serde(default)]
    pub force_sign_in: bool,
    /// Don't keep the cookies of sign-ins, so that the identity provider doesn't know the person next time.
    #[serde(default)]
    pub forget_cookies: bool,
    /// Where the person signs in. Default: their default browser where it is one of these, else the app's window.
    #[serde(default)]
    pub browser: Option<SignInBrowser>,
    /// How long sessions last where the role doesn't say. Default: what the assertion says, or an hour.
    #[serde(default)]
    pub duration: Option<SessionDuration>,
    /// Region for the profiles of its roles, where the role names none.
    #[serde(default)]
    pub default_region: Option<Region>,
}

/// How a request goes to the identity provider (SAML Bindings, 3.4 and 3.5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export, rename = "SamlBinding")]
pub enum Binding {
    /// In the address, compressed. What nearly all take.
    #[default]
    Redirect,
    /// In a form that posts itself.
    Post,
}

impl Binding {
    /// As it stands in `config.toml`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Post => "post",
        }
    }
}

/// Where a person signs in with SAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum SignInBrowser {
    /// Google Chrome.
    Chrome,
    /// Chromium.
    Chromium,
    /// Microsoft Edge.
    Edge,
    /// Brave.
    Brave,
    /// Vivaldi.
    Vivaldi,
    /// The desktop app's own window.
    Window,
}

impl SignInBrowser {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Chrome, Self::Chromium, Self::Edge, Self::Brave, Self::Vivaldi, Self::Window];

    /// The browser. `None` for the window.
    #[must_use]
    pub fn kind(self) -> Option<BrowserKind> {
        match self {
            Self::Chrome => Some(BrowserKind::Chrome),
            Self::Chromium => Some(BrowserKind::Chromium),
            Self::Edge => Some(BrowserKind::Edge),
            Self::Brave => Some(BrowserKind::Brave),
            Self::Vivaldi => Some(BrowserKind::Vivaldi),
            Self::Window => None,
        }
    }

    /// As it stands in `config.toml`.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.kind().map_or("window", BrowserKind::word)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_has_the_same_word_in_the_file_and_elsewhere() {
        for browser in SignInBrowser::ALL {
            assert_eq!(serde_json::to_string(&browser).unwrap(), format!("\"{}\"", browser.word()));
        }
    }
}
