//! `daypass credential-process`: what an AWS tool runs whenever it needs credentials.

use std::time::Duration;

use daypass_broker::requests::GetCredentials;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_endpoint::{Asker, Fresh};

use super::session_source::SessionSource;
use crate::ask::{ask_quietly, run_serving};
use crate::say;

/// Prints them. If the person has to sign in first, waits for that as long as the caller said.
pub(super) fn print(profile: ProfileName, role: Option<String>, wait_seconds: u16) -> Result<(), Problem> {
    let credentials = match wait_seconds {
        0 => ask_quietly(GetCredentials { role, ..GetCredentials::of(profile) })?.credentials,
        seconds => {
            let fresh = Fresh::new(SessionSource { profile, role, consumer: None });
            run_serving(fresh.credentials(Asker { patience: Duration::from_secs(seconds.into()), program: None }))??
        }
    };
    say::foreign_json(&credentials.with_time_for_a_call(SystemClock.now()))
}
