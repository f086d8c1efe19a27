//! The result of an OpenID Connect sign-in.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};

/// A verified ID token, what it says, and the means to get the next one.
#[derive(Clone)]
pub struct OidcProof {
    /// The ID token as the provider sent it. STS gets it unchanged.
    pub id_token: SecretString,
    /// Gets the next ID token without the person. Absent if the provider doesn't grant one.
    pub refresh_token: Option<SecretString>,
    /// The person's name: the first of `email`, `preferred_username`, `name` and `sub` that is present.
    pub person: String,
    /// `sub`: the provider's permanent ID for the person.
    pub subject: String,
    /// `iss`: the provider.
    pub issuer: String,
    /// `exp`: when the ID token ends. STS refuses it from then on.
    pub expires_at: DateTime<Utc>,
    /// Whether a refresh token wasn't asked for, because the provider doesn't announce `offline_access`.
    pub is_offline_left_out: bool,
    /// The scopes to send with a refresh. Empty if unknown.
    pub refresh_scopes: Vec<String>,
    /// All claims of the ID token, for the session name and for roles.
    pub claims: Map<String, Value>,
}

/// Shows no tokens, and only the names of the claims, because claims contain personal data.
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
