//! The profiles of Chromium and its relatives: `Local State`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::found::{BrowserProfile, read_list};

#[derive(Deserialize)]
struct LocalState {
    profile: Profiles,
}

#[derive(Deserialize)]
struct Profiles {
    #[serde(default)]
    info_cache: BTreeMap<String, Info>,
    #[serde(default)]
    last_used: String,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    name: String,
}

/// The profiles below a user data folder, the one that was used last first: the browser opens that by itself.
pub(super) fn profiles(folder: &Path) -> Vec<BrowserProfile> {
    let Some(bytes) = read_list(&folder.join("Local State")) else { return Vec::new() };
    let Ok(LocalState { profile }) = serde_json::from_slice(&bytes) else { return Vec::new() };
    let last = if profile.last_used.is_empty() { "Default" } else { &profile.last_used };
    let is_plain =
        |folder: &str| !folder.is_empty() && !folder.contains(['/', '\\']) && !folder.starts_with(['.', '-']);
    let mut found: Vec<BrowserProfile> = (profile.info_cache.iter())
        .filter(|(key, _)| is_plain(key))
        .map(|(key, info)| BrowserProfile {
            name: if info.name.is_empty() { key.clone() } else { info.name.clone() },
            folder: folder.join(key),
            is_default: key == last,
            containers: None,
        })
        .collect();
    found.sort_by_key(|profile| !profile.is_default);
    found
}
