//! Proves who you are, with one module for each kind of identity.
//!
//! A kind has two halves. [`Kind`] is its settings, without side effects. [`Identity`] is what can be done with them in
//! an [`IdentityContext`]: sign in, tell the state, list roles, exchange the proof. `factory` has the only list of
//! kinds.
//!
//! All kinds share these modules: `sign_ins` (one sign-in at a time for each identity), `services` (vault, clock,
//! turns, STS), `context` (the services as one identity sees them), `client` (how a provider knows Daypass), `token_endpoint` (what it exchanges), `ca_file`
//! (the certificates that it is trusted with), `loopback` (the address that a browser returns to), `unfinished` (what
//! must not be lost when the process ends) and `trial` ("Try it now").

pub mod browser;
pub mod browsers;
mod ca_file;
mod client;
mod command_line;
mod context;
mod error;
mod factory;
mod hand_over;
mod kept_secret;
mod kind;
mod local_server;
mod loopback;
mod mix_up;
mod page;
mod saml_browser;
mod saml_window;
mod services;
mod sign_in_call;
mod sign_ins;
mod token_endpoint;
mod trial;
mod unfinished;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod visitors;

pub mod cognito;
pub mod console;
pub mod directory;
pub mod iam_user;
pub mod identity_center;
pub mod oauth;
pub mod oidc;
pub mod profile;
pub mod recognise;
pub mod saml;
pub mod sign_in_folder;

pub use command_line::startable;
pub use context::{Draft, IdentityContext};
pub use error::IdentityError;
pub use factory::{
    IdentityFactory, check, delivers_as_found, example, finds_roles, mistakes, operation, secrets, terms,
    usual_duration,
};
pub use kept_secret::KeptSecret;
pub use kind::{ConsolePost, FoundRole, Identity, Kind, Standing};
pub use saml_window::{SamlPage, SamlWindow};
pub use services::Services;
pub use sign_in_call::{CautionSignIn, ShowSignIn, SignInCall};
pub use sign_ins::{SignInRequest, SignIns, naming_the_way};
pub use trial::{TellTrial, Trial};
pub use unfinished::Unfinished;
