//! What an OpenID Connect sign-in yields.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// A verified ID token, what it says, and the means to get the next one.
#[derive(Clone)]
pub struct OidcProof {
    /// The ID token as the provider sent it: what STS is shown.
    pub id_token: SecretString,
    /// Gets the next ID token without the person. Absent where the provider grants none.
    pub refresh_token: Option<SecretString>,
    /// Who: the first of `email`, `preferred_username`, `name` and `sub` that there is.
    pub person: String,
    /// `sub`: who, in the provider's own lasting terms.
    pub subject: String,
    /// `iss`: the provider.
    pub issuer: String,
    /// `exp`: when the ID token ends. STS refuses it from then on.
    pub expires_at: DateTime<Utc>,
    /// All claims of the ID token, for the session name and for roles.
    pub claims: Map<String, Value>,
}

/// Tokens are not shown, and of the claims only their names: they hold what the provider knows about a person.
impl fmt::Debug for OidcProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcProof")
            .field("person", &self.person)
            .field("issuer", &self.issuer)
            .field("expires_at", &self.expires_at)
            .field("refresh_token", &self.refresh_token.is_some())
            .field("claims", &self.claims.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
