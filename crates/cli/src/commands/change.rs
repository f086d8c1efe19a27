//! `daypass change`: another name, delivery or region for a running session.

use daypass_broker::broker::sections_admit;
use daypass_broker::requests::ChangeSession;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::Delivery;
use daypass_core::view::SessionView;
use daypass_deliver::generated::GeneratedProfiles;

use super::profiles;
use super::session::{delivery_words, note_no_region, profile_words, warn_of_files};
use super::snapshot::snapshot_without_roles;
use crate::args::Change;
use crate::ask::{ask_quietly, surroundings};
use crate::say;

pub(super) fn change(change: Change) -> Result<(), Problem> {
    if !change.says_what() {
        let profile = say::shell_word(change.profile.as_str());
        let message = "you didn't say what to change";
        return Err(Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message)
            .hint(format!("for example: daypass change {profile} --rename NAME")));
    }
    let asked = change.asked();
    let before =
        snapshot_without_roles()?.sessions.into_iter().find(|it| it.profiles().any(|own| *own == asked.profile));
    if let Some(before) = &before {
        check_sections(&asked, before)?;
    }
    let after = ask_quietly(asked)?;
    if say::wants_json() {
        say::json(&after)?;
    } else {
        let region = after.region.as_ref().map(|region| format!(", {region}")).unwrap_or_default();
        say::line(&format!(
            "The session of {} is now profile {} ({}{region})",
            after.role.name(),
            profile_words(&after),
            delivery_words(after.delivery)
        ));
        let had = before.as_ref().and_then(|before| before.backup.as_ref());
        if let Some(backup) = after.backup.as_ref().filter(|backup| had != Some(*backup)) {
            say::note(&format!("The previous credentials file is saved as {backup}"));
        }
        note_no_region(&after)?;
    }
    profiles::follow_session(before.as_ref(), &after)?;
    warn_of_files(&after)
}

/// The sections of this shell's config file have to be free before the session changes.
fn check_sections(asked: &ChangeSession, before: &SessionView) -> Result<(), Problem> {
    match asked.delivery.unwrap_or(before.delivery) {
        Delivery::CredentialsFile => Ok(()),
        Delivery::Process => sections_admit(&GeneratedProfiles::of(&surroundings()?), &asked.profiles_after(before)?),
    }
}
