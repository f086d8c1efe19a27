//! What several requests share: whether the person is present, and secret texts.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use ts_rs::TS;

use daypass_core::names::LeastDuration;

/// Whether the caller can sign the person in, and then ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum Person {
    /// It can: answer with [`Outcome::SignInFirst`](crate::outcome::Outcome::SignInFirst) if that is needed.
    CanSignIn,
    /// It cannot, or just did: fail if a sign-in is needed.
    Away,
}

/// A secret text. No command of the window returns one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(#[serde(serialize_with = "exposed")] SecretString);

impl SecretText {
    /// The text, for the caller that asked for it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(crate) fn into_secret(self) -> SecretString {
        self.0
    }
}

impl From<SecretString> for SecretText {
    fn from(text: SecretString) -> Self {
        Self(text)
    }
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// What has to last for some time from now on, without the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AtLeast {
    /// The sign-in, with which the session is renewed.
    Renewed(LeastDuration),
    /// The keys, which the program gets once.
    Keys(LeastDuration),
}
