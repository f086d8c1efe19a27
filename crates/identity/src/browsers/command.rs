//! The command line that opens a page in a browser.

use std::ffi::OsString;
use std::path::Path;

use daypass_core::problem::Problem;
use daypass_core::settings::{BrowserKind, OpenIn};
use url::form_urlencoded;

use super::found::{BrowserProfile, ContainerScheme, FoundBrowser, cannot};
use super::known::Family;

/// The program and its arguments. The page comes last, and is never taken for an option: it is an address of ours.
///
/// # Errors
///
/// `browser-cant`; when a profile of Daypass's own can't be made.
pub(crate) fn start_command(
    browser: &FoundBrowser,
    profile: Option<&BrowserProfile>,
    open: &OpenIn,
    page: &str,
    own_profiles: &Path,
) -> Result<Vec<OsString>, Problem> {
    let mut command = browser.start.clone();
    let own_folder = match &open.own {
        Some(_) if !browser.has_profiles() => return Err(cannot(browser, "can't use a separate profile")),
        Some(wanted) => {
            let below = browser.own_profiles.as_deref().unwrap_or(own_profiles);
            let folder = below.join(browser.name.kind.word()).join(&wanted.key);
            browser.prepare_own(&folder, wanted)?;
            Some(folder)
        }
        None => None,
    };
    match browser.family {
        Family::Firefox => {
            let named = profile.filter(|_| open.profile.is_some()).map(|profile| profile.folder.clone());
            if let Some(folder) = own_folder.or(named) {
                command.extend(["--profile".into(), folder.into()]);
            }
            match (&open.container, open.private) {
                (Some(name), _) => command.push(in_container(browser, profile, name, page)?.into()),
                (None, true) => command.extend(["--private-window".into(), page.into()]),
                (None, false) => command.push(page.into()),
            }
        }
        Family::Chromium => {
            if open.container.is_some() {
                return Err(cannot(browser, "doesn't have containers"));
            }
            if let Some(folder) = own_folder {
                let mut argument = OsString::from("--user-data-dir=");
                argument.push(folder);
                command.extend([argument, "--no-first-run".into(), "--no-default-browser-check".into()]);
            } else if let Some(name) = profile.filter(|_| open.profile.is_some()).and_then(|it| it.folder.file_name()) {
                let mut argument = OsString::from("--profile-directory=");
                argument.push(name);
                command.push(argument);
            }
            if open.private {
                command.push(private_flag(browser.name.kind).into());
            }
            command.push(page.into());
        }
        Family::Plain => {
            if open.container.is_some() || open.private {
                return Err(cannot(browser, "can't be told to open a container or a private window"));
            }
            command.push(page.into());
        }
    }
    Ok(command)
}

fn private_flag(kind: BrowserKind) -> &'static str {
    match kind {
        BrowserKind::Edge => "--inprivate",
        _ => "--incognito",
    }
}

/// The address by which an extension opens a page in a container. Without it, Firefox would only ask what to do with
/// such an address, so the profile must have the extension.
fn in_container(
    browser: &FoundBrowser,
    profile: Option<&BrowserProfile>,
    name: &str,
    page: &str,
) -> Result<String, Problem> {
    if !page.starts_with("http") {
        return Err(cannot(browser, "can't open a page of this system's in a container"));
    }
    let Some(scheme) = profile.and_then(|profile| profile.containers) else {
        let of = profile.map_or_else(String::new, |profile| format!(" in profile {:?}", profile.name));
        return Err(cannot(browser, &format!("doesn't have an extension that opens links in containers{of}")).hint(
            "install \"Open external links in a container\" or \"Granted Containers\" from addons.mozilla.org there",
        ));
    };
    let scheme = match scheme {
        ContainerScheme::Container => "ext+container",
        ContainerScheme::Granted => "ext+granted-containers",
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("name", name).append_pair("url", page);
    // The extensions decode it, and one of them doesn't read a plus as a blank.
    Ok(format!("{scheme}:{}", query.finish().replace('+', "%20")))
}
