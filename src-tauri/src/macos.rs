//! What only macOS needs: an environment, no App Nap, and links.

use daypass_broker::agent::Shown;
use objc2_foundation::{NSActivityOptions, NSProcessInfo, NSString};
use tauri::{AppHandle, Url};

use crate::{instance, shell_environment};

/// Takes over what the person's shell sets and an app that was started from Finder or the Dock lacks: `PATH`, `AWS_*`, the
/// proxies. Called before anything starts a thread.
#[allow(unsafe_code)]
pub(crate) fn take_over_shell_environment() {
    // With a terminal, it has them.
    if std::env::var_os("TERM").is_some() {
        return;
    }
    let shell = std::env::var_os("SHELL").unwrap_or_else(|| "/bin/zsh".into());
    for (name, value) in shell_environment::of(&shell) {
        // SAFETY: no other thread reads the environment yet.
        unsafe { std::env::set_var(name, value) };
    }
}

/// Keeps macOS from slowing the app down while it is in the background, because it renews sessions then as well. The machine
/// may still sleep.
pub(crate) fn stay_awake() {
    let why = NSString::from_str("renews AWS sessions before they expire");
    let options = NSActivityOptions::UserInitiatedAllowingIdleSystemSleep;
    // The activity lasts until the app ends.
    std::mem::forget(NSProcessInfo::processInfo().beginActivityWithOptions_reason(options, &why));
}

/// Asks about links that the person opened.
pub(crate) fn open(app: &AppHandle, links: Vec<Url>) {
    for link in links {
        instance::show(app, Shown::Link(link.into()));
    }
}
