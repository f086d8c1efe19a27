//! A browser that was found, and its profiles.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{BrowserName, BrowserPackage};

use super::known::Family;

/// A browser that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBrowser {
    /// How a setting names it.
    pub name: BrowserName,
    /// What it is called.
    pub title: String,
    /// What starts it, with the arguments that come first.
    pub start: Vec<OsString>,
    /// Its profiles, the one that it opens by itself first.
    pub profiles: Vec<BrowserProfile>,
    pub(super) family: Family,
    /// Where profiles of Daypass's own must be, for a browser that may not read everything.
    pub(super) own_profiles: Option<PathBuf>,
}

/// A profile of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserProfile {
    /// What the browser calls it.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether the browser opens it by itself.
    pub is_default: bool,
    /// What opens links in containers, if an extension does.
    pub containers: Option<ContainerScheme>,
}

/// The scheme of an extension that opens links in containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerScheme {
    /// "Open external links in a container".
    Container,
    /// "Granted Containers".
    Granted,
}

impl FoundBrowser {
    pub(super) fn package(&self) -> BrowserPackage {
        self.name.package.unwrap_or(BrowserPackage::Native)
    }

    /// Whether it speaks the DevTools protocol.
    pub(crate) fn is_chromium(&self) -> bool {
        match self.family {
            Family::Chromium => true,
            Family::Firefox | Family::Plain => false,
        }
    }

    /// Where profiles of Daypass's own must be, for a browser that may not read everything.
    pub(crate) fn own_profiles(&self) -> Option<&Path> {
        self.own_profiles.as_deref()
    }

    /// A Chromium for tests.
    #[cfg(test)]
    pub(crate) fn of_tests(program: &str) -> Self {
        Self {
            name: BrowserName { kind: daypass_core::settings::BrowserKind::Chromium, package: None },
            title: "Chromium".to_owned(),
            start: vec![program.into()],
            profiles: Vec::new(),
            family: Family::Chromium,
            own_profiles: None,
        }
    }

    /// Whether its settings can name a profile.
    #[must_use]
    pub fn has_profiles(&self) -> bool {
        self.family != Family::Plain
    }
}

pub(super) fn cannot(browser: &FoundBrowser, what: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BrowserCant, format!("{} {what}", browser.title))
        .hint("choose another browser or another way in `daypass browser use`")
}

/// Another program's file. Reads at most as much as a list of profiles needs.
pub(crate) fn read_list(file: &Path) -> Option<Vec<u8>> {
    use std::io::Read;
    const LARGEST: u64 = 16 << 20;
    let mut bytes = Vec::new();
    std::fs::File::open(file).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
