//! The browsers on this machine and their profiles, and how each opens a page in one of them.
//!
//! `known` is where each is on each system, `firefox` and `chromium` read their lists of profiles, which are input of
//! another program, `default` tells the person's default browser, `command` writes a command line and `own` prepares a
//! profile of Daypass's own. A setting chooses
//! among what is found here. It names no program.

mod chromium;
mod command;
mod default;
mod firefox;
mod found;
mod known;
mod own;

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{BrowserName, OpenIn};
use daypass_core::surroundings::Places;

use crate::command_line;
pub(crate) use command::start_command;
pub(crate) use default::default_kind;
use found::cannot;
#[cfg(unix)]
pub(crate) use found::read_list;
pub use found::{BrowserProfile, ContainerScheme, FoundBrowser};
use known::{Family, Machine};

/// The browsers on this machine, in the order of their kinds.
#[must_use]
pub fn find(places: &Places) -> Vec<FoundBrowser> {
    find_on(&Machine::this(places.home.clone(), &|name| command_line::find_program(name.as_ref())))
}

fn find_on(machine: &Machine<'_>) -> Vec<FoundBrowser> {
    let mut found = Vec::new();
    for install in known::installs(machine) {
        let known::Install { name, title, family, start, data, own_profiles } = install;
        let profiles = match family {
            Family::Firefox => data.iter().map(|folder| firefox::profiles(folder)).find(|found| !found.is_empty()),
            Family::Chromium => data.iter().map(|folder| chromium::profiles(folder)).find(|found| !found.is_empty()),
            Family::Plain => None,
        };
        found.push(FoundBrowser { name, title, start, profiles: profiles.unwrap_or_default(), family, own_profiles });
    }
    found
}

/// The browser that a setting means, and its profile.
pub(crate) fn choose<'a>(
    found: &'a [FoundBrowser],
    open: &OpenIn,
) -> Result<(&'a FoundBrowser, Option<&'a BrowserProfile>), Problem> {
    let is_meant = |browser: &&FoundBrowser| match open.browser {
        Some(name) => browser.name.kind == name.kind && name.package.is_none_or(|package| browser.package() == package),
        // Only Firefox has containers, and only some have profiles.
        None if open.container.is_some() => browser.family == Family::Firefox,
        None => browser.has_profiles(),
    };
    let meant: Vec<&FoundBrowser> = found.iter().filter(is_meant).collect();
    let Some(first) = meant.first() else { return Err(not_found(found, open.browser)) };
    let Some(name) = &open.profile else {
        return Ok((first, first.profiles.iter().find(|profile| profile.is_default)));
    };
    let with_profile = meant.iter().find_map(|browser| {
        let named = |profile: &&BrowserProfile| profile.name == *name;
        Some((*browser, browser.profiles.iter().find(named)?))
    });
    match with_profile {
        Some((browser, profile)) => Ok((browser, Some(profile))),
        None if !first.has_profiles() => Err(cannot(first, "can't be told which profile to open")),
        None => Err(no_profile(first, name)),
    }
}

fn not_found(found: &[FoundBrowser], name: Option<BrowserName>) -> Problem {
    let here: Vec<String> = found.iter().map(|browser| browser.name.to_string()).collect();
    let message = match name {
        Some(name) => format!("browser {name} isn't installed here"),
        None => "no browser that can do this is installed here".to_owned(),
    };
    let hint = match here.is_empty() {
        true => "install it, or take `browser` out of config.toml to use the system's own".to_owned(),
        false => format!("the browsers here are: {}. `daypass browser list` shows their profiles", here.join(", ")),
    };
    Problem::new(ProblemKind::NotFound, ProblemCode::BrowserNotFound, message).hint(hint)
}

fn no_profile(browser: &FoundBrowser, name: &str) -> Problem {
    let known: Vec<&str> = browser.profiles.iter().map(|profile| profile.name.as_str()).collect();
    let message = format!("{} doesn't have a profile named {name:?}", browser.title);
    let hint = match known.is_empty() {
        true => format!("start {} once, so it creates one", browser.title),
        false => format!("its profiles are: {}", known.join(", ")),
    };
    Problem::new(ProblemKind::NotFound, ProblemCode::BrowserProfileNotFound, message).hint(hint)
}

#[cfg(test)]
mod tests;
