//! Which browsers and profiles are found, and what starts each.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::Path;

use super::known::System;
use super::*;
use daypass_core::settings::OwnProfile;

const PAGE: &str = "http://127.0.0.1:4/open/ticket";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn find(&self, system: System) -> Vec<FoundBrowser> {
        let program = |name: &str| Some(self.path().join("usr/bin").join(name)).filter(|path| path.exists());
        let machine = Machine { system, root: self.path().into(), home: self.path().join("home"), program: &program };
        find_on(&machine)
    }

    fn command(&self, found: &[FoundBrowser], open: &OpenIn) -> Result<Vec<String>, Problem> {
        let (browser, profile) = choose(found, open)?;
        let command = start_command(browser, profile, open, PAGE, &self.path().join("own"))?;
        let home = self.path().to_string_lossy().into_owned();
        // With slashes, wherever the test runs.
        let slashes = |text: String| if cfg!(windows) { text.replace('\\', "/") } else { text };
        Ok(command.iter().map(|word| slashes(word.to_string_lossy().replace(&home, "~"))).collect())
    }
}

fn in_browser(browser: &str) -> OpenIn {
    OpenIn { browser: Some(browser.parse().unwrap()), ..OpenIn::default() }
}

const INI: &str = "[Install4F96D1932A9F858E]\r\nDefault=b.work\r\nLocked=1\r\n\r\n[Profile1]\nName=Home\nIsRelative=1\nPath=a.home\n\
                   Default=1\n[Profile0]\nName=Work\nIsRelative=1\nPath=b.work\n[Profile2]\nName=Else\nIsRelative=0\nPath=/x/y\n\
                   [Profile3]\nName=without a path\n[General]\nVersion=2\n";

const LOCAL_STATE: &str = r#"{"profile":{"info_cache":{"Default":{"name":"Ann"},"Profile 1":{"name":"Work"},
    "../evil":{"name":"x"},"-flag":{"name":"y"}},"last_used":"Profile 1"}, "more": [1]}"#;

#[test]
fn firefox_and_its_profiles_are_found_in_every_package() {
    let home = Home::new();
    home.write("usr/bin/firefox-esr", "\u{7f}ELF");
    home.write("home/.mozilla/firefox/profiles.ini", INI);
    home.write(
        "home/.mozilla/firefox/a.home/extensions.json",
        r#"{"addons":[{"id":"{f069aec0-43c5-4bbf-b6b4-df95c4326b98}","active":true}]}"#,
    );
    home.write(
        "home/.mozilla/firefox/b.work/extensions.json",
        r#"{"addons":[{"id":"{f069aec0-43c5-4bbf-b6b4-df95c4326b98}","active":false}]}"#,
    );
    home.write("snap/bin/firefox", "");
    home.write("home/snap/firefox/common/.mozilla/firefox/profiles.ini", "[Profile0]\nName=default\nPath=s\nDefault=1");
    home.write("home/.local/share/flatpak/exports/bin/org.mozilla.firefox", "");
    let found = home.find(System::Linux);
    let names: Vec<String> = found.iter().map(|browser| browser.name.to_string()).collect();
    assert_eq!(names, ["firefox", "firefox-snap", "firefox-flatpak"]);
    let profiles: Vec<_> =
        found[0].profiles.iter().map(|it| (it.name.as_str(), it.is_default, it.containers)).collect();
    assert_eq!(
        profiles,
        [("Work", true, None), ("Home", false, Some(ContainerScheme::Container)), ("Else", false, None)]
    );
    assert_eq!(found[0].profiles[2].folder, Path::new("/x/y"));

    let command = |open: OpenIn| home.command(&found, &open).map_err(|problem| problem.code);
    let firefox = "~/usr/bin/firefox-esr";
    assert_eq!(command(in_browser("firefox")).unwrap(), [firefox, PAGE]);
    let named = OpenIn { profile: Some("Home".into()), ..in_browser("firefox") };
    let folder = "~/home/.mozilla/firefox/a.home";
    assert_eq!(command(named.clone()).unwrap(), [firefox, "--profile", folder, PAGE]);
    let private = OpenIn { private: true, ..named.clone() };
    assert_eq!(command(private).unwrap(), [firefox, "--profile", folder, "--private-window", PAGE]);
    let contained = OpenIn { container: Some("Shop & more".into()), ..named };
    let url = "ext+container:name=Shop%20%26%20more&url=http%3A%2F%2F127.0.0.1%3A4%2Fopen%2Fticket";
    assert_eq!(command(contained.clone()).unwrap(), [firefox, "--profile", folder, url]);
    let without = OpenIn { profile: None, ..contained };
    assert_eq!(command(without), Err(ProblemCode::BrowserCant), "the extension isn't active in the default profile");
    let snap = OpenIn { profile: Some("default".into()), ..in_browser("firefox-snap") };
    assert_eq!(command(snap).unwrap()[0], "~/snap/bin/firefox");
    let elsewhere = OpenIn { profile: Some("default".into()), ..in_browser("firefox") };
    assert_eq!(command(elsewhere).unwrap()[0], "~/snap/bin/firefox", "the one that has the profile");
    let unknown = OpenIn { profile: Some("Elsewhere".into()), ..in_browser("firefox") };
    assert_eq!(command(unknown), Err(ProblemCode::BrowserProfileNotFound));
    assert_eq!(command(in_browser("edge")), Err(ProblemCode::BrowserNotFound));
}

#[test]
fn chromium_and_its_profiles_are_found() {
    let home = Home::new();
    home.write("usr/bin/chromium", "#!/bin/sh\nexec /usr/lib/chromium/chromium\n");
    home.write("usr/bin/brave-browser", "#!/bin/sh\nexec /snap/bin/brave\n");
    home.write("usr/bin/microsoft-edge", "");
    home.write("home/.config/chromium/Local State", LOCAL_STATE);
    let found = home.find(System::Linux);
    let names: Vec<String> = found.iter().map(|browser| browser.name.to_string()).collect();
    assert_eq!(names, ["chromium", "edge"], "a script that starts a snap is none of its own");
    let profiles: Vec<_> = found[0].profiles.iter().map(|it| (it.name.as_str(), it.is_default)).collect();
    assert_eq!(profiles, [("Work", true), ("Ann", false)], "folders that lead elsewhere are left out");
    let command = |open: OpenIn| home.command(&found, &open).unwrap();
    let ann = OpenIn { profile: Some("Ann".into()), private: true, ..in_browser("chromium") };
    assert_eq!(command(ann), ["~/usr/bin/chromium", "--profile-directory=Default", "--incognito", PAGE]);
    let edge = OpenIn { private: true, ..in_browser("edge") };
    assert_eq!(command(edge), ["~/usr/bin/microsoft-edge", "--inprivate", PAGE]);
    let contained = OpenIn { container: Some("x".into()), ..in_browser("chromium") };
    assert_eq!(home.command(&found, &contained).unwrap_err().code, ProblemCode::BrowserCant);
}

#[test]
fn a_profile_of_our_own_is_made_once_and_carries_the_accounts_name() {
    let home = Home::new();
    home.write("usr/bin/firefox", "");
    home.write("usr/bin/chromium", "");
    home.write("snap/bin/chromium", "");
    let found = home.find(System::Linux);
    let own = OwnProfile {
        key: "111122223333".into(),
        label: "Shop \"prod\" */ }".into(),
        colour: Some(daypass_core::settings::AccountColour::Red),
    };
    let open = |browser: &str| OpenIn { own: Some(own.clone()), ..in_browser(browser) };
    let firefox = home.command(&found, &open("firefox")).unwrap();
    assert_eq!(firefox, ["~/usr/bin/firefox", "--profile", "~/own/firefox/111122223333", PAGE]);
    let read = |file: &str| std::fs::read_to_string(home.path().join(file)).unwrap();
    let css = read("own/firefox/111122223333/chrome/userChrome.css");
    assert!(css.contains("Shop\\000020\\000022prod") && !css.contains("*/ }") && css.contains("#c50042"), "{css}");
    let chromium = home.command(&found, &open("chromium")).unwrap();
    assert_eq!(chromium[1], "--user-data-dir=~/own/chromium/111122223333");
    let preferences = "own/chromium/111122223333/Default/Preferences";
    let written: serde_json::Value = serde_json::from_str(&read(preferences)).unwrap();
    assert_eq!(written["profile"]["name"], own.label.as_str());
    home.write(preferences, "{}");
    home.command(&found, &open("chromium")).unwrap();
    assert_eq!(read(preferences), "{}", "the browser's by now");
    let snap = home.command(&found, &open("chromium-snap")).unwrap();
    assert_eq!(snap[1], "--user-data-dir=~/home/snap/chromium/common/daypass/chromium/111122223333");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::fs::metadata(home.path().join("own/firefox/111122223333")).unwrap();
        assert_eq!(folder.permissions().mode() & 0o077, 0);
    }
}

#[test]
fn other_systems_have_their_own_places() {
    let home = Home::new();
    home.write("Applications/Firefox.app/Contents/MacOS/firefox", "");
    home.write("Applications/Safari.app/x", "");
    home.write("home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "");
    home.write("home/Library/Application Support/Google/Chrome/Local State", LOCAL_STATE);
    let found = home.find(System::Mac);
    let work = OpenIn { profile: Some("Work".into()), ..in_browser("chrome") };
    assert_eq!(
        home.command(&found, &work).unwrap(),
        ["~/home/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "--profile-directory=Profile 1", PAGE]
    );
    let safari = home.command(&found, &in_browser("safari")).unwrap();
    assert_eq!(safari, ["/usr/bin/open", "-a", "~/Applications/Safari.app", PAGE]);
    let private = OpenIn { private: true, ..in_browser("safari") };
    assert_eq!(home.command(&found, &private).unwrap_err().code, ProblemCode::BrowserCant);

    let home = Home::new();
    home.write("Program Files (x86)/Microsoft/Edge/Application/msedge.exe", "");
    home.write("home/AppData/Local/Microsoft/Edge/User Data/Local State", LOCAL_STATE);
    let found = home.find(System::Windows);
    assert_eq!((found.len(), found[0].profiles.len()), (1, 2));
}

#[test]
fn lists_that_are_not_lists_have_no_profiles() {
    for (ini, state) in
        [("", ""), ("[", "{"), ("\u{0}\u{1}=\n[Profile]\n=", "[]"), ("[Profile0]\nName=x", "{\"profile\":1}")]
    {
        let home = Home::new();
        home.write("usr/bin/firefox", "");
        home.write("usr/bin/chromium", "");
        home.write("home/.mozilla/firefox/profiles.ini", ini);
        home.write("home/.config/chromium/Local State", state);
        assert!(home.find(System::Linux).iter().all(|browser| browser.profiles.is_empty()), "{ini:?}");
    }
}
