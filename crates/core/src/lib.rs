//! Daypass's vocabulary as plain data: names, terms, settings, views, events, problems, and the surroundings.
//!
//! Every other crate builds on this one. It does nothing by itself: no network, no files (`openness` looks at their
//! modes but reads none), and no clock except the one that is passed in.

pub mod account;
pub mod attention;
pub mod clock;
pub mod coding_agent;
pub mod consent;
mod consent_answer;
pub mod console;
pub mod credentials;
pub mod delivery;
pub mod digest;
pub mod endpoints;
pub mod event;
pub mod file_name;
mod file_problem;
pub mod history;
pub mod import;
pub mod leak;
pub mod lease;
pub mod link;
pub mod log;
pub mod names;
pub mod openness;
pub mod policy;
pub mod problem;
pub mod profile_template;
pub mod program;
pub mod proxy;
pub mod recognised;
pub mod role_list;
pub mod role_page;
pub mod secret;
pub mod service;
pub mod session_request;
pub mod setting_view;
pub mod settings;
pub mod standing;
pub mod surroundings;
pub mod template;
pub mod terms;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod view;

use std::pin::Pin;

/// A future in a box: what a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
