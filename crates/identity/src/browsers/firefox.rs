//! Firefox's profiles: `profiles.ini`, and each profile's extensions.

use std::path::Path;

use serde::Deserialize;

use super::found::{BrowserProfile, ContainerScheme, read_list};

/// The extensions that open links in containers.
const EXTENSIONS: [(&str, ContainerScheme); 2] = [
    ("{f069aec0-43c5-4bbf-b6b4-df95c4326b98}", ContainerScheme::Container),
    ("{b5e0e8de-ebfe-4306-9528-bcc18241a490}", ContainerScheme::Granted),
];

#[derive(Default)]
struct Section {
    name: Option<String>,
    path: Option<String>,
    is_relative: bool,
    is_default: bool,
}

/// The profiles that a `profiles.ini` lists, the default one first.
pub(super) fn profiles(folder: &Path) -> Vec<BrowserProfile> {
    let Some(bytes) = read_list(&folder.join("profiles.ini")) else { return Vec::new() };
    let (sections, of_install) = read(&String::from_utf8_lossy(&bytes));
    let mut found: Vec<BrowserProfile> = Vec::new();
    for Section { name, path, is_relative, is_default } in sections {
        let (Some(name), Some(path)) = (name, path) else { continue };
        let is_default = of_install.as_ref().map_or(is_default, |default| *default == path);
        let folder = if is_relative { folder.join(&path) } else { path.into() };
        let containers = containers(&folder);
        found.push(BrowserProfile { name, folder, is_default, containers });
    }
    found.sort_by_key(|profile| !profile.is_default);
    found
}

/// The profiles, and the one that the installation opens by itself.
fn read(text: &str) -> (Vec<Section>, Option<String>) {
    let (mut sections, mut of_install) = (Vec::new(), None);
    let mut header = "";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            header = name;
            if header.starts_with("Profile") {
                sections.push(Section { is_relative: true, ..Section::default() });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if header.starts_with("Install") && key == "Default" && of_install.is_none() {
            of_install = Some(value.to_owned());
        }
        let Some(section) = sections.last_mut().filter(|_| header.starts_with("Profile")) else { continue };
        match key {
            "Name" => section.name = Some(value.to_owned()),
            "Path" => section.path = Some(value.to_owned()),
            "IsRelative" => section.is_relative = value != "0",
            "Default" => section.is_default = value == "1",
            _ => {}
        }
    }
    (sections, of_install)
}

#[derive(Deserialize)]
struct Extensions {
    addons: Vec<Extension>,
}

#[derive(Deserialize)]
struct Extension {
    id: String,
    #[serde(default)]
    active: bool,
}

fn containers(profile: &Path) -> Option<ContainerScheme> {
    let bytes = read_list(&profile.join("extensions.json"))?;
    let Extensions { addons } = serde_json::from_slice(&bytes).ok()?;
    let is_active = |id: &str| addons.iter().any(|addon| addon.active && addon.id == id);
    EXTENSIONS.into_iter().find(|(id, _)| is_active(id)).map(|(_, scheme)| scheme)
}
