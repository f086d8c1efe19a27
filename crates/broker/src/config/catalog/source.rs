//! A catalog on this machine: a file, or one in a git checkout.
//!
//! Of a checkout, the file in the work tree is read, not the committed blob: that would take a library for git's
//! objects, packs and references. What signs a catalog signs the file wherever it came from.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::content::LONGEST;
use daypass_core::names::CatalogName;
use daypass_core::openness::judge;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{CatalogFrom, CatalogSettings};
use daypass_core::surroundings::Places;

use crate::config::signature::PublicKey;

/// A catalog's text, and the signatures beside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken {
    pub(crate) text: Vec<u8>,
    /// By their suffix.
    pub(crate) signatures: Vec<Signed>,
}

/// A detached signature.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) suffix: &'static str,
    pub(crate) signature: String,
}

/// What tells one state of a file from the next: its modification time in nanoseconds and its length.
pub(crate) type Stamp = (u64, u64);

/// A signature has a few hundred bytes.
pub(crate) const LONGEST_SIGNATURE: usize = 16 << 10;

/// The suffixes of the signatures that these keys make.
pub(crate) fn suffixes(settings: &CatalogSettings) -> Vec<&'static str> {
    let mut suffixes: Vec<&'static str> =
        settings.key.iter().filter_map(|key| PublicKey::parse(key).ok()).map(|key| key.suffix()).collect();
    suffixes.sort_unstable();
    suffixes.dedup();
    suffixes
}

/// Where the file is; `None` for an address.
pub(super) fn path(settings: &CatalogSettings, places: &Places) -> Option<PathBuf> {
    match &settings.from {
        CatalogFrom::File(path) => Some(places.resolve(path)),
        CatalogFrom::Git { checkout, file } => Some(places.resolve(checkout).join(file)),
        CatalogFrom::Url(_) => None,
    }
}

/// The states of the file and its signatures now.
pub(super) fn stamps(path: &Path, settings: &CatalogSettings) -> Vec<Option<Stamp>> {
    let mut stamps = vec![stamp(path)];
    stamps.extend(suffixes(settings).into_iter().map(|suffix| stamp(&beside(path, suffix))));
    stamps
}

pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(path).ok()?;
    let modified = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((u64::try_from(modified.as_nanos()).ok()?, facts.len()))
}

/// Reads it.
///
/// # Errors
///
/// `catalog-unreadable`.
pub(super) fn read(
    name: &CatalogName,
    settings: &CatalogSettings,
    path: &Path,
    places: &Places,
) -> Result<Taken, Problem> {
    let unreadable = |why: String, hint: &str| {
        let message = format!("catalog {name} can't be read: {why}");
        Problem::new(ProblemKind::Failed, ProblemCode::CatalogUnreadable, message).hint(hint.to_owned())
    };
    if let CatalogFrom::Git { checkout, .. } = &settings.from {
        let checkout = places.resolve(checkout);
        if !checkout.join(".git").exists() {
            let why = format!("{} isn't a git checkout", checkout.display());
            return Err(unreadable(why, "clone the repository there, or name its folder in config.toml"));
        }
        // A link in the repository could lead to any file of yours.
        let is_inside = match (path.canonicalize(), checkout.canonicalize()) {
            (Ok(path), Ok(checkout)) => path.starts_with(checkout),
            _ => true,
        };
        if !is_inside {
            let why = format!("{} leads out of the checkout", path.display());
            return Err(unreadable(why, "look at that link in the repository"));
        }
    }
    if let Err(opening) = judge(path)
        && settings.key.is_empty()
    {
        let why = format!("every user of this machine can change {}, because {opening}", path.display());
        return Err(unreadable(why, &format!("check what's in it, then {}", opening.advice())));
    }
    let text = read_at_most(path, LONGEST).map_err(|why| {
        unreadable(
            format!("{}: {why}", path.display()),
            "check the path in config.toml, and that you may read the file",
        )
    })?;
    let signature = |suffix: &'static str| {
        let bytes = read_at_most(&beside(path, suffix), LONGEST_SIGNATURE).ok()?;
        Some(Signed { suffix, signature: String::from_utf8(bytes).ok()? })
    };
    Ok(Taken { text, signatures: suffixes(settings).into_iter().filter_map(signature).collect() })
}

/// One byte more than allowed shows that it is too long.
fn read_at_most(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    // A pipe or a device could keep the reader waiting.
    if std::fs::metadata(path).is_ok_and(|facts| !facts.is_file()) {
        return Err("it isn't a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
