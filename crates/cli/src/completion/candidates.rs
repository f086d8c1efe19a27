//! The names that begin with what was typed.

use std::ffi::{OsStr, OsString};

use clap_complete::engine::CompletionCandidate;
use daypass_broker::broker::{Names, Recent, Word};
use daypass_core::console::services as services_of_console;
use daypass_core::surroundings::Places;
use daypass_core::text;

/// Also what the window suggests.
const REGIONS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/lib/regions.json"));

pub(super) fn roles(typed: &OsStr) -> Vec<CompletionCandidate> {
    of_names(typed, Names::roles)
}

pub(super) fn identities(typed: &OsStr) -> Vec<CompletionCandidate> {
    of_names(typed, Names::identities)
}

pub(super) fn accounts(typed: &OsStr) -> Vec<CompletionCandidate> {
    of_names(typed, Names::accounts)
}

pub(super) fn profiles(typed: &OsStr) -> Vec<CompletionCandidate> {
    let profiles = places().map(|places| Recent::read(&places).profiles).unwrap_or_default();
    beginning(typed, profiles.iter().map(|profile| profile.as_str()))
}

pub(super) fn regions(typed: &OsStr) -> Vec<CompletionCandidate> {
    let regions: Vec<String> = serde_json::from_str(REGIONS).unwrap_or_default();
    beginning(typed, regions.iter().map(String::as_str))
}

pub(super) fn services(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    let known = services_of_console().iter().filter(|service| service.id.starts_with(&*typed));
    known.map(|service| named(service.id).help(Some(service.name.into()))).collect()
}

fn of_names(typed: &OsStr, find: impl FnOnce(&Names, &str) -> Vec<Word>) -> Vec<CompletionCandidate> {
    let (Some(typed), Some(places)) = (typed.to_str(), places()) else { return Vec::new() };
    let words = find(&Names::read(&places), typed).into_iter();
    words.filter(|word| is_plain(&word.word)).map(candidate).collect()
}

fn beginning<'a>(typed: &OsStr, words: impl Iterator<Item = &'a str>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    words.filter(|word| word.starts_with(&*typed) && is_plain(word)).map(named).collect()
}

fn candidate(word: Word) -> CompletionCandidate {
    let Word { word, about } = word;
    named(word).help((!about.is_empty()).then(|| about.into()))
}

/// Without a group of their own, clap makes one for each of thousands.
fn named(word: impl Into<OsString>) -> CompletionCandidate {
    CompletionCandidate::new(word).tag(Some("names".into()))
}

/// A name that would move the cursor or hide something can't be typed either. It's reached by its ARN.
fn is_plain(word: &str) -> bool {
    matches!(text::shown(word), std::borrow::Cow::Borrowed(_))
}

fn places() -> Option<Places> {
    Places::from_env(|name| std::env::var_os(name).filter(|value| !value.is_empty())).ok()
}
