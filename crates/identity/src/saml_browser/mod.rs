//! SAML in a browser that people trust: with passkeys, device checks and extensions, which no window of an app has.
//!
//! The browser is an installed one of Chromium's family, with a profile of its own (`profile`). It is driven over a
//! pipe that only it and this process hold (`process`), by the DevTools protocol (`frames`, `message`), and no port is
//! open. The protocol is used as little as possible: navigation to AWS's SAML addresses is paused, and the form's
//! assertion is taken before it leaves (`flow`, `talk`). No page is attached to while a person signs in, and no script
//! runs in one. A quiet sign-in runs without a window and ends when the provider wants the person.
//!
//! Firefox isn't driven: WebDriver BiDi needs a port, which other users could reach.

#[cfg(unix)]
mod command;
#[cfg(unix)]
mod flow;
#[cfg(unix)]
mod frames;
#[cfg(unix)]
mod message;
#[cfg(unix)]
mod policy;
#[cfg_attr(not(unix), allow(dead_code))]
mod problems;
#[cfg(unix)]
mod process;
#[cfg_attr(not(unix), allow(dead_code))]
mod profile;
#[cfg(unix)]
mod talk;

#[cfg(all(test, unix))]
mod tests;

use daypass_core::problem::Problem;
use secrecy::SecretString;

use crate::browsers::FoundBrowser;
use crate::{SamlPage, Services};
use problems::Names;
pub(crate) use profile::forget;
#[cfg(unix)]
use talk::Broken;

/// Whether this system's browsers can be driven. On Windows, a pipe's handles are given in another way, which isn't
/// there yet.
pub(crate) const IS_THERE: bool = cfg!(unix);

/// Opens the page in the browser and waits for the form post to AWS, whose `SAMLResponse` is returned. Dropping the
/// future ends the browser.
///
/// # Errors
///
/// As [`SamlWindow::catch_assertion`](crate::SamlWindow::catch_assertion); `sign-in-browser-failed`,
/// `sign-in-browser-managed` and `sign-in-browser-too-old` when the browser can't be used.
#[cfg(unix)]
pub(crate) async fn catch_assertion(
    browser: &FoundBrowser,
    page: &SamlPage,
    services: &Services,
) -> Result<SecretString, Problem> {
    let names = Names { identity: &page.identity, browser: &browser.title };
    if let Some(policy) = policy::forbids(browser.name.kind, std::path::Path::new("/")) {
        return Err(names.managed(&policy));
    }
    if !page.quietly && !crate::browser::has_screen() {
        return Err(names.no_screen());
    }
    let profile = profile::Profile::take(browser, page, services, names).await?;
    let command = command::command(&browser.start, &profile.folder, page);
    let (running, mut talk) = process::Running::start(&command, profile).map_err(|error| names.not_started(&error))?;
    let outcome = talk.sign_in(page, names).await;
    // A browser that we told to end writes its cookies. Any other ends when the pipe closes.
    let talk = outcome.is_ok().then_some(talk);
    let how = running.end().await;
    drop(talk);
    outcome.map_err(|broken| match broken {
        Broken::Told(problem) => problem,
        Broken::AtOnce => names.ended_at_once(how),
        // The person quit the browser, which says nothing about its pages then.
        Broken::Later if how.is_some_and(|how| how.success()) && !page.quietly => names.cancelled(),
        Broken::Later => names.crashed(how),
    })
}

/// It needs what isn't there on this system.
#[cfg(not(unix))]
pub(crate) async fn catch_assertion(
    browser: &FoundBrowser,
    page: &SamlPage,
    _: &Services,
) -> Result<SecretString, Problem> {
    let names = Names { identity: &page.identity, browser: &browser.title };
    Err(names.not_started(&"Daypass can't drive browsers on this system yet"))
}
