//! `daypass elevate` and `daypass fall-back`

use daypass_broker::requests::{Elevate, FallBack};
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;

use super::choose::or_chosen;
use super::session::{profile_words, role_words};
use super::sign_in_first::sign_in_first;
use crate::args::ElevateArgs;
use crate::ask::{agent_runs, ask_quietly};
use crate::say;

pub(super) fn elevate(asked: ElevateArgs) -> Result<(), Problem> {
    let ElevateArgs { session, lasts, why, sign_in } = asked;
    let session = or_chosen(&session, &sign_in, |session| {
        sign_in_first(sign_in, |person| Elevate { session: session.to_owned(), lasts, why: why.clone(), person })
    })?;
    say::result(&session, || {
        let until = session.elevation.as_ref().map(|elevation| say::moment(elevation.until, SystemClock.now()));
        let until = until.unwrap_or_default();
        say::line(&format!(
            "Full access to {} as profile {} until {until}",
            role_words(&session),
            profile_words(&session)
        ));
        say::line(&format!("Before that: daypass fall-back {}", say::shell_word(session.profile.as_str())));
        if !agent_runs() {
            say::note(
                "No agent is running, so it stays full until the next command makes it read-only. AWS ends its keys after 15 \
                 minutes or later. Start one: daypass agent",
            );
        }
    })
}

pub(super) fn fall_back(profile: ProfileName) -> Result<(), Problem> {
    let session = ask_quietly(FallBack { profile })?;
    say::result(&session, || {
        say::line(&format!("{} as profile {} is read-only again", role_words(&session), profile_words(&session)));
        say::line("Credentials that programs already have keep working until they expire");
    })
}
