//! Serves a session's credentials on loopback, as containers get theirs: the SDKs and the AWS CLI ask again whenever they
//! need to, so that a program never outlives its credentials.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
//!
//! Any program on the machine can connect to a port on loopback, and pages in a browser can too. So each endpoint has a
//! token of its own, which only the programs that are meant to use it get, in their environment; other users can't read
//! that. A request also has to name the endpoint's own address, which a page under another name (DNS rebinding) doesn't.

mod fresh;
mod server;

pub use fresh::Fresh;
pub use server::{Endpoint, TOKEN_VARIABLE, URI_VARIABLE};
