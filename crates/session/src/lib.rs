//! Hold and renew: live sessions, their states, and the one loop that keeps them fresh.
//!
//! Everything here works on the wall clock that was passed in and on the expiry that the service returned.
//! The loop looks at the clock every second, so a machine that slept notices as soon as it wakes up; it never trusts a
//! timer to have run while the lid was closed.
//!
//! `slot` has the state of each profile and its transitions, `obtain` the one way to new credentials, `keep` the loop.
//! What is absent: a delivery. Sessions know [`Deliveries`](daypass_core::delivery::Deliveries) and not one of them.

mod claim;
mod ends;
mod keep;
mod live;
mod lock;
mod obtain;
pub mod plan;
mod rearrange;
mod reconcile;
mod requests;
mod sessions;
#[cfg(test)]
mod simulation;
mod slot;
mod stop;
mod stored_session;
mod vault;
mod write;

pub use aws_files::Foreign;
pub use ends::lease_over;
pub use rearrange::{ProfileRegion, Rearrangement};
pub use sessions::{CredentialSource, SessionDependencies, Sessions, unknown_session};
pub use stored_session::StoredSession;
pub use vault::rename_identity;
