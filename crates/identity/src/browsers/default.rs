//! The person's default browser, by the desktop's lists of what opens what (Linux). What the other systems say about it is
//! only for programs that ask them.
//!
//! <https://specifications.freedesktop.org/mime-apps-spec/latest/>

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use daypass_core::settings::BrowserKind;

use super::found::read_list;
use super::known::of_desktop_entry;

/// The browser that opens web addresses, where the person or the distribution says which, and it is a known one.
pub(crate) fn default_kind(home: &Path) -> Option<BrowserKind> {
    cfg!(target_os = "linux").then(|| kind_in(home, &|name| std::env::var_os(name)))?
}

fn kind_in(home: &Path, env: &dyn Fn(&str) -> Option<OsString>) -> Option<BrowserKind> {
    let set = |name| env(name).filter(|value| !value.is_empty());
    let folder = |name, usual: &str| set(name).map_or_else(|| home.join(usual), PathBuf::from);
    let list = |name, usual: &str| set(name).unwrap_or_else(|| usual.into());
    let mut folders = vec![folder("XDG_CONFIG_HOME", ".config")];
    folders.extend(std::env::split_paths(&list("XDG_CONFIG_DIRS", "/etc/xdg")));
    folders.push(folder("XDG_DATA_HOME", ".local/share").join("applications"));
    let shared = list("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
    folders.extend(std::env::split_paths(&shared).map(|folder| folder.join("applications")));
    let desktops = set("XDG_CURRENT_DESKTOP").and_then(|names| names.into_string().ok()).unwrap_or_default();
    let of_desktops = desktops.split(':').filter(|name| !name.is_empty() && !name.contains('/'));
    let mut names: Vec<String> =
        of_desktops.map(|name| format!("{}-mimeapps.list", name.to_ascii_lowercase())).collect();
    names.push("mimeapps.list".to_owned());
    let files = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    let entries =
        files.filter_map(|file| read_list(&file)).find_map(|bytes| https(&String::from_utf8_lossy(&bytes)))?;
    entries.split(';').find_map(|entry| of_desktop_entry(entry.trim()))
}

/// What opens `https` addresses by default, as a list says.
fn https(text: &str) -> Option<String> {
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        match line.split_once('=') {
            Some((key, entries))
                if section == "[Default Applications]"
                    && key.trim() == "x-scheme-handler/https"
                    && !entries.is_empty() =>
            {
                return Some(entries.trim().to_owned());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    fn list(entry: &str) -> String {
        format!(
            "[Added Associations]\nx-scheme-handler/https=firefox.desktop;\n[Default Applications]\ntext/html=x.desktop\n\
             x-scheme-handler/https={entry}\n"
        )
    }

    #[test]
    fn every_package_of_a_browser_is_told_by_its_entry() {
        for (entry, kind) in [
            ("google-chrome.desktop", Some(BrowserKind::Chrome)),
            ("com.google.Chrome.desktop", Some(BrowserKind::Chrome)),
            ("chromium.desktop", Some(BrowserKind::Chromium)),
            ("chromium_chromium.desktop", Some(BrowserKind::Chromium)),
            ("microsoft-edge.desktop", Some(BrowserKind::Edge)),
            ("brave-browser.desktop", Some(BrowserKind::Brave)),
            ("vivaldi-stable.desktop", Some(BrowserKind::Vivaldi)),
            ("firefox_firefox.desktop", Some(BrowserKind::Firefox)),
            ("firefox-esr.desktop", Some(BrowserKind::Firefox)),
            ("konqueror.desktop", None),
            ("chromium", None),
        ] {
            assert_eq!(of_desktop_entry(entry), kind, "{entry}");
        }
    }

    #[test]
    fn the_persons_own_list_goes_before_the_distributions() {
        let home = tempfile::tempdir().unwrap();
        let path = |file: &str| home.path().join(file);
        let env = |name: &str| match name {
            "XDG_CONFIG_DIRS" => Some(path("etc").into_os_string()),
            "XDG_DATA_DIRS" => Some(path("share").into_os_string()),
            "XDG_CURRENT_DESKTOP" => Some("ubuntu:GNOME".into()),
            _ => None,
        };
        let kind = || kind_in(home.path(), &env);
        assert_eq!(kind(), None);
        let steps = [
            (
                "share/applications/gnome-mimeapps.list",
                list("konqueror.desktop;google-chrome.desktop;"),
                BrowserKind::Chrome,
            ),
            ("etc/mimeapps.list", list("microsoft-edge.desktop"), BrowserKind::Edge),
            (".config/mimeapps.list", list("brave-browser.desktop;"), BrowserKind::Brave),
            (".config/gnome-mimeapps.list", list("firefox.desktop"), BrowserKind::Firefox),
        ];
        for (file, text, expected) in steps {
            std::fs::create_dir_all(path(file).parent().unwrap()).unwrap();
            std::fs::write(path(file), text).unwrap();
            assert_eq!(kind(), Some(expected), "{file}");
        }
    }
}
