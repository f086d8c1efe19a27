//! OAuth 2.0 without OpenID Connect: providers that give an access token and nothing that is signed, which STS asks
//! the provider about by itself (`ProviderId` of AssumeRoleWithWebIdentity). Login with Amazon and Facebook are the
//! two that AWS knows
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>).
//!
//! Authorization code with PKCE (RFC 6749, RFC 7636, RFC 8252); who the person is comes from the provider's profile
//! request. `provider` knows the endpoints, `tokens` asks them, `kind` is what the rest of Daypass calls.

mod check;
mod error;
mod kind;
mod provider;
mod tokens;

#[cfg(test)]
mod tests;

pub use error::OauthError;
pub(crate) use kind::OauthIdentity;
