//! Serves credentials on loopback, as containers and instances in AWS get theirs: the SDKs and the AWS CLI ask again
//! whenever they need to, so that a program never outlives its credentials.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
//!
//! Any program on the machine can connect to a port on loopback, and pages in a browser can too. So each consumer has a
//! token of its own, which only the programs that are meant to use it get; other users' programs are turned away where
//! the system tells whose they are. A request also has to name the endpoint's own address, which a page under another
//! name (DNS rebinding) doesn't.
//!
//! `server` takes connections, `container` and `imds` decide who is answered in the two forms that tools know, `fresh`
//! what with. `book` is the list of consumers that all processes of this user share: it says who is served, and taking an
//! entry out revokes it.

mod address;
mod answer;
mod book;
mod consumer;
mod container;
mod env_file;
mod fresh;
mod imds;
mod line;
mod name;
mod patience;
mod server;
mod token;
mod token_file;
mod variables;
mod visit;

pub use address::{CONTAINERS, ListenAt};
pub use book::{Book, Entry, Offered, Protocol};
pub use consumer::Consumer;
pub use daypass_peer::Process;
pub use env_file::EnvFile;
pub use fresh::{Asker, Boxed, Fresh, Given, Source};
pub use imds::Machine;
pub use name::ConsumerName;
pub use server::{Endpoint, Serves};
pub use token::Token;
pub use token_file::TokenFile;
pub use variables::{IMDS_VARIABLE, TOKEN_FILE_VARIABLE, TOKEN_VARIABLE, URI_VARIABLE};
