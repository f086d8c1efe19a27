//! What notifications say: one for each identity, with everything about it that needs the person.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use daypass_core::attention::{Attention, AttentionItem};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::settings::NotificationSettings;
use tauri::AppHandle;

/// So many lines of a body are shown by every notification server.
const MOST_LINES: usize = 4;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// Stands for its subject. A later note of the same key replaces it.
    pub(super) key: String,
    pub(super) summary: String,
    pub(super) body: String,
    /// What its button does.
    pub(super) action: Option<NoteAction>,
    /// Where the window goes when the note itself is pressed.
    pub(super) leads_to: LeadsTo,
    /// Whether it can be put off.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    pub(super) can_wait: bool,
    /// What it tells. With something new, it rings again.
    pub(super) tells: BTreeSet<String>,
}

/// What a note's own button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoteAction {
    SignIn(IdentityName),
    Unlock,
}

/// Where the window goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LeadsTo {
    Window,
    SignIn(IdentityName),
    Role(String),
    Attention,
}

/// What the person did with a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Only Linux has buttons so far.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(super) enum Pressed {
    /// The note itself.
    Note,
    /// Its own button.
    Action,
    /// The button that puts it off.
    Later,
    /// It was closed, or timed out.
    Closed,
}

/// Does what the person chose on the note of a key. The text is a token that lets a window come to the front on
/// Wayland.
pub(super) type OnPress = fn(&AppHandle, &str, Pressed, Option<&str>);

/// The notes for what needs the person, as far as the settings want them.
pub(super) fn notes(items: &[AttentionItem], settings: &NotificationSettings, now: DateTime<Utc>) -> Vec<Note> {
    let mut groups: Vec<(String, Vec<&AttentionItem>)> = Vec::new();
    for item in items.iter().filter(|item| is_wanted(&item.what, settings)) {
        let key = key_of(item);
        match groups.iter_mut().find(|(of, _)| *of == key) {
            Some((_, items)) => items.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups.into_iter().map(|(key, items)| of_group(key, &items, now)).collect()
}

/// The keys of what the person is busy with.
pub(super) fn under_way(items: &[AttentionItem]) -> BTreeSet<String> {
    let waits = items.iter().filter(|item| matches!(item.what, Attention::SignInWaits));
    waits.map(key_of).collect()
}

fn key_of(item: &AttentionItem) -> String {
    item.identity.as_ref().map_or_else(|| item.id.clone(), |identity| format!("identity:{identity}"))
}

/// The window and the tray show everything; only this is worth an interruption.
fn is_wanted(what: &Attention, settings: &NotificationSettings) -> bool {
    match what {
        // An identity that nothing waits for can wait itself.
        Attention::SignInNeeded { profiles, problem } => {
            settings.sign_in && (!profiles.is_empty() || problem.is_some())
        }
        Attention::SignInEnds { .. } => settings.ending,
        Attention::SessionFailed { .. } => settings.failed,
        Attention::CatalogWaits { .. } => settings.catalog,
        // The person is present, or it isn't urgent.
        Attention::SignInWaits
        | Attention::SignInFailed { .. }
        | Attention::RolesNotListed { .. }
        | Attention::IdentityUnusable { .. }
        | Attention::RenewalDelayed { .. }
        | Attention::CatalogUnusable { .. }
        | Attention::VaultLocked { .. }
        | Attention::VaultUnusable { .. }
        | Attention::ConfigMistake { .. }
        | Attention::PolicyUnusable { .. }
        | Attention::AwsFiles { .. }
        | Attention::ClockWrong { .. } => false,
    }
}

fn of_group(key: String, items: &[&AttentionItem], now: DateTime<Utc>) -> Note {
    let summary = summary(items);
    let mut lines: Vec<String> = items.iter().map(|item| line(item, now)).collect();
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    if more > 0 {
        lines.push(format!("{more} more in Daypass"));
    }
    let sign_in = items.iter().find(|item| item.id.starts_with("sign-in:")).and_then(|item| item.identity.clone());
    let leads_to = match (&sign_in, items) {
        (_, [_, _, ..]) => LeadsTo::Attention,
        (Some(identity), _) => LeadsTo::SignIn(identity.clone()),
        (None, [AttentionItem { what: Attention::SessionFailed { session, .. }, .. }]) => {
            LeadsTo::Role(session.role_id.clone())
        }
        (None, _) => LeadsTo::Attention,
    };
    Note {
        key,
        summary,
        body: lines.join("\n"),
        action: sign_in.map(NoteAction::SignIn),
        leads_to,
        can_wait: true,
        tells: items.iter().flat_map(|item| tells(item)).collect(),
    }
}

fn summary(items: &[&AttentionItem]) -> String {
    let Some(first) = items.iter().find(|item| item.id.starts_with("sign-in:")).or(items.first()) else {
        return "Daypass".to_owned();
    };
    let identity = first.identity.as_ref().map(ToString::to_string).unwrap_or_default();
    match &first.what {
        Attention::SignInNeeded { .. } | Attention::SignInEnds { .. } => format!("Sign in to {identity}"),
        Attention::SessionFailed { session, .. } => match items.len() {
            1 => format!("Can't renew profile {}", session.profile),
            several => format!("Can't renew {several} profiles of {identity}"),
        },
        Attention::CatalogWaits { catalog, .. } => format!("Shared catalog {catalog} has changed"),
        _ => "Daypass".to_owned(),
    }
}

fn line(item: &AttentionItem, now: DateTime<Utc>) -> String {
    match &item.what {
        Attention::SignInNeeded { profiles, problem } => {
            let why = problem.as_ref().map(|problem| problem.message.as_str());
            match (profiles.is_empty(), why) {
                (false, Some(why)) => format!("Can't get credentials for {}: {why}", named(profiles)),
                (false, None) => format!("Can't get credentials for {}", named(profiles)),
                (true, why) => why.unwrap_or_default().to_owned(),
            }
        }
        Attention::SignInEnds { profiles, at } => {
            let minutes = (*at - now).num_minutes().max(1);
            match profiles.as_slice() {
                [profile] => format!("Profile {profile} ends in {minutes} min. Sign in to keep it running"),
                several => {
                    format!("The first of {} ends in {minutes} min. Sign in to keep them running", named(several))
                }
            }
        }
        Attention::SessionFailed { session, problem } => {
            format!("{} · {} ({}): {}", session.account, session.role, session.profile, problem.message)
        }
        Attention::CatalogWaits { changes, .. } => match changes {
            1 => "One change is waiting for you to accept it".to_owned(),
            several => format!("{several} changes are waiting for you to accept them"),
        },
        _ => item.problem().map(|problem| problem.message.clone()).unwrap_or_default(),
    }
}

/// `profile dev`, `profiles dev, ops and 3 more`.
fn named(profiles: &[ProfileName]) -> String {
    const MOST: usize = 5;
    let names: Vec<&str> = profiles.iter().take(MOST).map(ProfileName::as_str).collect();
    let what = if profiles.len() == 1 { "profile" } else { "profiles" };
    match profiles.len().saturating_sub(MOST) {
        0 => format!("{what} {}", names.join(", ")),
        more => format!("{what} {} and {more} more", names.join(", ")),
    }
}

/// What rings once.
fn tells(item: &AttentionItem) -> Vec<String> {
    match &item.what {
        // A program that asks again doesn't ring again, and a session that comes to wait doesn't either.
        Attention::SignInNeeded { .. } => vec![format!("{} needed", item.id)],
        Attention::SignInEnds { .. } => vec![format!("{} ends", item.id)],
        Attention::CatalogWaits { changes, .. } => vec![format!("{} {changes}", item.id)],
        _ => vec![item.id.clone()],
    }
}
