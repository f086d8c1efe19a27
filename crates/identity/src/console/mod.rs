//! The sign-in of the AWS Management Console, which gives tools the credentials of the user or role that is signed in to
//! the console: what `aws login` does
//! (<https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sign-in.html>).
//!
//! OAuth 2.0 with an authorization code, PKCE and DPoP (RFC 9449). What AWS publishes of it is the model of
//! [`CreateOAuth2Token`](https://docs.aws.amazon.com/signin/latest/APIReference/API_CreateOAuth2Token.html); the rest is
//! what the AWS CLI sends.

mod address;
mod dpop;
mod error;
mod kind;
mod principal;
mod proof;
mod sign_in;
mod token;

pub(crate) use kind::ConsoleIdentity;

#[cfg(test)]
mod tests;
