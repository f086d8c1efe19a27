//! What the menu says. Names come from others, so each is bounded, made safe, and kept from turning its neighbours around.

use chrono::{DateTime, Local, TimeDelta, Utc};
use daypass_core::attention::{Attention, AttentionItem, AttentionStep};
use daypass_core::text;
use daypass_core::view::{RoleView, SessionState, SessionView};

/// The most characters of one name. A menu is as wide as its longest entry.
const LONGEST: usize = 36;

/// Mutes what a menu would read as a mark of its own: `&` underlines the next letter.
pub(super) fn label(text: &str) -> String {
    text.replace('&', "&&")
}

/// One name of others, as part of a label.
pub(super) fn name(name: &str) -> String {
    let shown = text::shown(name);
    let mut short: String = shown.chars().take(LONGEST).collect();
    if short.len() < shown.len() {
        short.push('…');
    }
    // Isolated only where it is needed: some panels draw the marks.
    match short.chars().any(is_right_to_left) {
        true => format!("\u{2068}{short}\u{2069}"),
        false => short,
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// `Shop production · Admin · PROD`, and the identity if another one reaches the role too.
pub(super) fn role(role: &RoleView, is_shared: bool) -> String {
    let account = role.account_name.as_deref().unwrap_or(role.account.as_str());
    let mut parts = vec![name(account), name(&role.name)];
    if is_shared {
        parts.push(name(role.identity.as_str()));
    }
    if role.production {
        parts.push("PROD".to_owned());
    }
    label(&parts.join(" · "))
}

/// `Shop production · ReadOnly · until 15:42`, with the profile if the role runs twice.
pub(super) fn session(session: &SessionView, runs_twice: bool) -> String {
    let account = session.account_name.as_deref().unwrap_or(session.role.account().as_str());
    let mut parts = vec![name(account), name(session.role.name())];
    if runs_twice {
        parts.push(name(session.profile.as_str()));
    }
    if session.production {
        parts.push("PROD".to_owned());
    }
    parts.push(state(session));
    label(&parts.join(" · "))
}

/// `until 15:42`, or what's wrong.
fn state(session: &SessionView) -> String {
    let end = session.expires_here.map(|end| end.with_timezone(&Local).format("until %H:%M").to_string());
    let with_end = |what: &str| end.iter().fold(what.to_owned(), |what, end| format!("{what} · {end}"));
    match session.state {
        SessionState::Starting => "starting".to_owned(),
        SessionState::NeedsSignIn => with_end("sign in again"),
        SessionState::Failed => with_end("can't renew"),
        SessionState::Expired => "expired".to_owned(),
        SessionState::Active | SessionState::Renewing | SessionState::Stopped => {
            end.unwrap_or_else(|| "expired".to_owned())
        }
    }
}

/// In minutes, so that an open menu changes once a minute.
pub(super) fn time_left(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let Some(left) = end.map(|end| end - now).filter(|left| *left > TimeDelta::zero()) else {
        return "Expired".to_owned();
    };
    match left.num_minutes() {
        0 => "Less than a minute left".to_owned(),
        minutes @ 1..90 => format!("{minutes} min left"),
        minutes => format!("{} h {:02} min left", minutes / 60, minutes % 60),
    }
}

/// When [`time_left`] next says something else.
pub(super) fn changes_at(end: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let left = end - now;
    // A hundredth later, or the minute isn't over yet.
    let beyond = TimeDelta::milliseconds(10);
    (left > TimeDelta::zero()).then(|| end - TimeDelta::minutes(left.num_minutes()) + beyond)
}

/// What an entry does about an item: `Sign in to work`.
pub(super) fn attention(item: &AttentionItem) -> String {
    let who = item.identity.as_ref().map(|identity| name(identity.as_str())).unwrap_or_default();
    let text = match &item.what {
        Attention::SignInWaits => format!("Finish signing in to {who}"),
        Attention::SignInNeeded { .. } => format!("Sign in to {who}"),
        Attention::SignInFailed { .. } => format!("Sign-in to {who} failed. Try again"),
        Attention::SignInEnds { .. } => format!("Sign in to {who} soon"),
        Attention::RolesNotListed { .. } => format!("List the roles of {who} again"),
        Attention::IdentityUnusable { .. } => format!("{who} can't be used…"),
        Attention::SessionFailed { session, .. } => format!("Can't renew {}…", name(session.profile.as_str())),
        Attention::RenewalDelayed { session, .. } => {
            format!("Renewal of {} is delayed. Try now", name(session.profile.as_str()))
        }
        Attention::CatalogWaits { catalog, .. } => format!("Review changes to {}…", name(catalog.as_str())),
        Attention::CatalogUnusable { catalog, .. } => {
            format!("Shared catalog {} has a problem…", name(catalog.as_str()))
        }
        Attention::VaultLocked { .. } => "Unlock the vault…".to_owned(),
        Attention::VaultUnusable { .. } => "The vault can't be used…".to_owned(),
        Attention::ConfigMistake { .. } => "config.toml has a mistake…".to_owned(),
        Attention::PolicyUnusable { .. } => "Your organization's policy has a problem…".to_owned(),
        Attention::AwsFiles { .. } => "Your AWS files have a problem…".to_owned(),
        Attention::ClockWrong { .. } => "This machine's clock is wrong…".to_owned(),
    };
    label(&text)
}

/// The id of the entry that does it. What the window has to show or ask opens the window.
pub(super) fn attention_id(step: &AttentionStep) -> String {
    match step {
        AttentionStep::SignIn { identity } => format!("sign-in:{identity}"),
        AttentionStep::ShowRole { role } => format!("role:{role}"),
        AttentionStep::Renew { profile } => format!("renew:{profile}"),
        AttentionStep::ListRoles { identity } => format!("list:{identity}"),
        AttentionStep::ContinueSignIn { identity } => format!("continue:{identity}"),
        AttentionStep::Unlock => "unlock".to_owned(),
        AttentionStep::ReviewCatalog { .. } | AttentionStep::AsProblem | AttentionStep::Nothing => {
            "attention".to_owned()
        }
    }
}
