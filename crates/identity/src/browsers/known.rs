//! Where browsers are installed, and where they keep their profiles.
//!
//! Linux: tested with Debian's Firefox and Chromium. Snap, flatpak, macOS and Windows: by the documents of each.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daypass_core::settings::{BrowserKind, BrowserName, BrowserPackage};

/// Whose command line it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Firefox,
    Chromium,
    /// It opens an address and knows nothing else.
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    Mac,
    Windows,
}

/// The machine to look at.
pub(super) struct Machine<'a> {
    pub(super) system: System,
    /// `/`, unless in a test.
    pub(super) root: PathBuf,
    pub(super) home: PathBuf,
    /// The program of that name in `PATH`.
    pub(super) program: &'a dyn Fn(&str) -> Option<PathBuf>,
}

impl<'a> Machine<'a> {
    pub(super) fn this(home: PathBuf, program: &'a dyn Fn(&str) -> Option<PathBuf>) -> Self {
        let system = match std::env::consts::OS {
            "macos" => System::Mac,
            "windows" => System::Windows,
            _ => System::Linux,
        };
        let root = if cfg!(windows) { "C:\\" } else { "/" };
        Self { system, root: root.into(), home, program }
    }
}

/// An installed browser.
pub(super) struct Install {
    pub(super) name: BrowserName,
    pub(super) title: String,
    pub(super) family: Family,
    pub(super) start: Vec<OsString>,
    /// Folders that may have its list of profiles, the likeliest first.
    pub(super) data: Vec<PathBuf>,
    pub(super) own_profiles: Option<PathBuf>,
}

struct Known {
    kind: BrowserKind,
    title: &'static str,
    family: Family,
    /// Programs in `PATH` on Linux.
    programs: &'static [&'static str],
    /// Below the home, on Linux.
    data: &'static [&'static str],
    /// The snap's name, and its data below the home.
    snap: Option<(&'static str, &'static str)>,
    /// The flatpak's id, and its data below `~/.var/app/ID`.
    flatpak: Option<(&'static str, &'static str)>,
    /// The app, its program within, and its data below `~/Library/Application Support`.
    mac: Option<(&'static str, &'static str, &'static str)>,
    /// Below `Program Files` or the person's `AppData/Local`, and its data below `AppData`.
    windows: Option<(&'static str, &'static str)>,
}

const KNOWN: &[Known] = &[
    Known {
        kind: BrowserKind::Firefox,
        title: "Firefox",
        family: Family::Firefox,
        programs: &["firefox", "firefox-esr"],
        data: &[".mozilla/firefox", ".config/mozilla/firefox"],
        snap: Some(("firefox", "snap/firefox/common/.mozilla/firefox")),
        flatpak: Some(("org.mozilla.firefox", ".mozilla/firefox")),
        mac: Some(("Firefox.app", "firefox", "Firefox")),
        windows: Some(("Mozilla Firefox/firefox.exe", "Roaming/Mozilla/Firefox")),
    },
    Known {
        kind: BrowserKind::Chrome,
        title: "Google Chrome",
        family: Family::Chromium,
        programs: &["google-chrome", "google-chrome-stable"],
        data: &[".config/google-chrome"],
        snap: None,
        flatpak: Some(("com.google.Chrome", "config/google-chrome")),
        mac: Some(("Google Chrome.app", "Google Chrome", "Google/Chrome")),
        windows: Some(("Google/Chrome/Application/chrome.exe", "Local/Google/Chrome/User Data")),
    },
    Known {
        kind: BrowserKind::Chromium,
        title: "Chromium",
        family: Family::Chromium,
        programs: &["chromium", "chromium-browser"],
        data: &[".config/chromium"],
        snap: Some(("chromium", "snap/chromium/common/chromium")),
        flatpak: Some(("org.chromium.Chromium", "config/chromium")),
        mac: Some(("Chromium.app", "Chromium", "Chromium")),
        windows: Some(("Chromium/Application/chrome.exe", "Local/Chromium/User Data")),
    },
    Known {
        kind: BrowserKind::Edge,
        title: "Microsoft Edge",
        family: Family::Chromium,
        programs: &["microsoft-edge", "microsoft-edge-stable"],
        data: &[".config/microsoft-edge"],
        snap: None,
        flatpak: Some(("com.microsoft.Edge", "config/microsoft-edge")),
        mac: Some(("Microsoft Edge.app", "Microsoft Edge", "Microsoft Edge")),
        windows: Some(("Microsoft/Edge/Application/msedge.exe", "Local/Microsoft/Edge/User Data")),
    },
    Known {
        kind: BrowserKind::Brave,
        title: "Brave",
        family: Family::Chromium,
        programs: &["brave-browser", "brave-browser-stable", "brave"],
        data: &[".config/BraveSoftware/Brave-Browser"],
        snap: Some(("brave", "snap/brave/current/.config/BraveSoftware/Brave-Browser")),
        flatpak: Some(("com.brave.Browser", "config/BraveSoftware/Brave-Browser")),
        mac: Some(("Brave Browser.app", "Brave Browser", "BraveSoftware/Brave-Browser")),
        windows: Some((
            "BraveSoftware/Brave-Browser/Application/brave.exe",
            "Local/BraveSoftware/Brave-Browser/User Data",
        )),
    },
    Known {
        kind: BrowserKind::Vivaldi,
        title: "Vivaldi",
        family: Family::Chromium,
        programs: &["vivaldi", "vivaldi-stable"],
        data: &[".config/vivaldi"],
        snap: Some(("vivaldi", "snap/vivaldi/current/.config/vivaldi")),
        flatpak: Some(("com.vivaldi.Vivaldi", "config/vivaldi")),
        mac: Some(("Vivaldi.app", "Vivaldi", "Vivaldi")),
        windows: Some(("Vivaldi/Application/vivaldi.exe", "Local/Vivaldi/User Data")),
    },
    Known {
        kind: BrowserKind::Safari,
        title: "Safari",
        family: Family::Plain,
        programs: &[],
        data: &[],
        snap: None,
        flatpak: None,
        mac: Some(("Safari.app", "", "")),
        windows: None,
    },
    Known {
        kind: BrowserKind::Arc,
        title: "Arc",
        family: Family::Plain,
        programs: &[],
        data: &[],
        snap: None,
        flatpak: None,
        mac: Some(("Arc.app", "", "")),
        windows: Some(("Microsoft/WindowsApps/Arc.exe", "")),
    },
];

pub(super) fn installs(machine: &Machine<'_>) -> Vec<Install> {
    KNOWN
        .iter()
        .flat_map(|known| match machine.system {
            System::Linux => known.on_linux(machine),
            System::Mac => known.on_mac(machine).into_iter().collect(),
            System::Windows => known.on_windows(machine).into_iter().collect(),
        })
        .collect()
}

/// The browser that a desktop entry starts, by the entry's name on Linux.
pub(super) fn of_desktop_entry(id: &str) -> Option<BrowserKind> {
    let stem = id.strip_suffix(".desktop")?;
    let is_it = |known: &&Known| {
        let is_snap = |(snap, _)| stem.strip_prefix(snap).is_some_and(|rest| rest.starts_with('_'));
        known.programs.contains(&stem)
            || known.flatpak.is_some_and(|(id, _)| id == stem)
            || known.snap.is_some_and(is_snap)
    };
    KNOWN.iter().find(is_it).map(|known| known.kind)
}

impl Known {
    fn install(&self, package: Option<BrowserPackage>, start: Vec<OsString>, data: Vec<PathBuf>) -> Install {
        let title = match package {
            Some(BrowserPackage::Snap) => format!("{} (snap)", self.title),
            Some(BrowserPackage::Flatpak) => format!("{} (flatpak)", self.title),
            Some(BrowserPackage::Native) | None => self.title.to_owned(),
        };
        let name = BrowserName { kind: self.kind, package };
        Install { name, title, family: self.family, start, data, own_profiles: None }
    }

    fn on_linux(&self, machine: &Machine<'_>) -> Vec<Install> {
        let Machine { root, home, program, .. } = machine;
        let mut found = Vec::new();
        let native = self.programs.iter().filter_map(|name| program(name)).find(|path| !is_of_a_snap(path));
        if let Some(path) = native {
            let data = self.data.iter().map(|folder| home.join(folder)).collect();
            found.push(self.install(None, vec![path.into()], data));
        }
        if let Some((name, data)) = self.snap {
            let path = root.join("snap/bin").join(name);
            if path.exists() {
                let install = self.install(Some(BrowserPackage::Snap), vec![path.into()], vec![home.join(data)]);
                // A snap may read nothing else of the person's hidden folders.
                let own_profiles = Some(home.join("snap").join(name).join("common/daypass"));
                found.push(Install { own_profiles, ..install });
            }
        }
        if let Some((id, data)) = self.flatpak {
            let exports = [root.join("var/lib/flatpak/exports/bin"), home.join(".local/share/flatpak/exports/bin")];
            if let Some(path) = exports.iter().map(|folder| folder.join(id)).find(|path| path.exists()) {
                let own = home.join(".var/app").join(id);
                let install = self.install(Some(BrowserPackage::Flatpak), vec![path.into()], vec![own.join(data)]);
                found.push(Install { own_profiles: Some(own.join("daypass")), ..install });
            }
        }
        found
    }

    fn on_mac(&self, machine: &Machine<'_>) -> Option<Install> {
        let (app, program, data) = self.mac?;
        let folders = [machine.root.join("Applications"), machine.home.join("Applications")];
        let app = folders.iter().map(|folder| folder.join(app)).find(|app| app.exists())?;
        let start = match program {
            "" => vec!["/usr/bin/open".into(), "-a".into(), app.into()],
            program => vec![app.join("Contents/MacOS").join(program).into()],
        };
        let data = machine.home.join("Library/Application Support").join(data);
        Some(self.install(None, start, vec![data]))
    }

    fn on_windows(&self, machine: &Machine<'_>) -> Option<Install> {
        let (program, data) = self.windows?;
        let app_data = machine.home.join("AppData");
        let folders =
            [machine.root.join("Program Files"), machine.root.join("Program Files (x86)"), app_data.join("Local")];
        // The alias of a store app can't be opened as a file.
        let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
        let path = folders.iter().map(|folder| folder.join(program)).find(is_there)?;
        Some(self.install(None, vec![path.into()], vec![app_data.join(data)]))
    }
}

/// Whether a program is only the way to a snap: a link, or a script of the distribution's.
fn is_of_a_snap(program: &Path) -> bool {
    let is_snap = |path: &Path| path.starts_with("/snap");
    if is_snap(program) || program.canonicalize().is_ok_and(|path| is_snap(&path) || path.ends_with("bin/snap")) {
        return true;
    }
    let start = || {
        use std::io::Read;
        let mut bytes = Vec::new();
        std::fs::File::open(program).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    start().is_some_and(|bytes| bytes.starts_with(b"#!") && bytes.windows(10).any(|part| part == b"/snap/bin/"))
}
