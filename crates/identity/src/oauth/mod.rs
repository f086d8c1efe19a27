//! OAuth 2.0 without OpenID Connect: providers that give an access token and sign nothing. STS itself asks the provider
//! about the token (`ProviderId` of AssumeRoleWithWebIdentity). AWS knows two of them, Login with Amazon and Facebook
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).
//!
//! The flow is the authorization code with PKCE (RFC 6749, RFC 7636, RFC 8252). A profile request tells who the person
//! is. `provider` knows the endpoints, `tokens` calls them, and `kind` is what the rest of Daypass calls.

mod check;
mod error;
mod kind;
mod provider;
mod tokens;

#[cfg(test)]
mod tests;

pub use error::OauthError;
pub(crate) use kind::OauthIdentity;
