//! Which program took each session's credentials last, as far as the agent saw it.

use chrono::{DateTime, TimeDelta, Utc};
use daypass_broker::requests::GetLastUses;
use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::history::LastUse;
use daypass_core::program::Program;
use daypass_core::view::SessionView;

use crate::ask::{agent_runs, ask_quietly};
use crate::say;

/// What the running agent saw. Nothing without one.
pub(super) fn last_uses() -> Vec<LastUse> {
    if !agent_runs() {
        return Vec::new();
    }
    // A look that shows less is still a look.
    ask_quietly(GetLastUses).unwrap_or_default()
}

/// `dev: used by aws in ~/shop, 2 min ago (by zsh, in konsole)`
pub(super) fn note(session: &SessionView, uses: &[LastUse]) {
    let is_of = |used: &&LastUse| used.profile == session.profile && used.role_id == session.role_id;
    if let Some(used) = uses.iter().find(is_of) {
        say::line(&format!("{}: used by {}", session.profile, words(used, SystemClock.now())));
    }
}

fn words(used: &LastUse, now: DateTime<Utc>) -> String {
    let program = used.taker.program.as_deref().unwrap_or("a program");
    let folder = used.folder.as_ref().map(|folder| format!(" in {folder}")).unwrap_or_default();
    let parents = used.taker.details.as_ref().and_then(Program::parent_words);
    let parents = parents.map(|parents| format!(" ({parents})")).unwrap_or_default();
    format!("{program}{folder}, {}{parents}", ago(now - used.at))
}

fn ago(since: TimeDelta) -> String {
    if since < TimeDelta::seconds(10) { "just now".to_owned() } else { format!("{} ago", say::span(since)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::history::{TakenBy, Taker};
    use daypass_core::program::ParentProgram;

    use super::*;

    #[test]
    fn a_use_names_program_folder_and_time() {
        let parent = |name: &str| ParentProgram { name: name.to_owned(), ..ParentProgram::default() };
        let program =
            Program { name: "aws".to_owned(), parents: vec![parent("zsh"), parent("konsole")], ..Program::default() };
        let used = |details: Option<Program>| LastUse {
            profile: "dev".parse().unwrap(),
            role_id: String::new(),
            at: DateTime::UNIX_EPOCH,
            folder: details.is_some().then(|| "~/shop".to_owned()),
            taker: Taker::new(TakenBy::Process, details, None),
        };
        let later = DateTime::UNIX_EPOCH + TimeDelta::minutes(2);
        assert_eq!(words(&used(Some(program)), later), "aws in ~/shop, 2 min ago (by zsh, in konsole)");
        assert_eq!(words(&used(None), DateTime::UNIX_EPOCH), "a program, just now");
    }
}
