//! What can go wrong with a browser that someone signs in with, and what to do about it.

use std::path::Path;
use std::process::ExitStatus;

use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// The first Chromium whose headless mode is the same browser, with the same profile.
pub(super) const OLDEST: u32 = 112;

const USE_WINDOW: &str = "set `browser = \"window\"` for this identity to sign in with the desktop app's window";

/// Who signs in with what, for the words of a problem.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) identity: &'a IdentityName,
    /// What the browser is called.
    pub(super) browser: &'a str,
}

impl Names<'_> {
    pub(super) fn needs_person(self) -> Problem {
        let message = format!("the identity provider for {} needs you to sign in", self.identity);
        Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInNeedsPerson, message).hint("sign in again")
    }

    pub(super) fn slow(self) -> Problem {
        let message = format!("the identity provider for {} took too long to answer", self.identity);
        Problem::new(ProblemKind::Passing, ProblemCode::SignInSlow, message)
    }

    pub(super) fn cancelled(self) -> Problem {
        let message = format!("the {} window that signs in to {} was closed", self.browser, self.identity);
        Problem::new(ProblemKind::Cancelled, ProblemCode::SignInCancelled, message)
    }

    pub(super) fn missed(self) -> Problem {
        let message = format!(
            "the identity provider for {} went to AWS without a SAMLResponse that Daypass could catch",
            self.identity
        );
        Problem::new(ProblemKind::Failed, ProblemCode::AssertionNotCaught, message)
            .hint("check that the sign-in URL is the one for AWS and that it responds with the HTTP-POST binding")
    }

    /// A page that couldn't be loaded. The browser's word for it begins with `net::ERR_`.
    pub(super) fn not_loaded(self, host: &str, why: &str) -> Problem {
        let why = why.strip_prefix("net::").unwrap_or(why);
        let message = format!("{} can't load the sign-in page at {host}: {why}", self.browser);
        Problem::new(ProblemKind::Passing, ProblemCode::SignInUnreachable, message)
            .hint("check the network and the URL, then sign in again")
    }

    pub(super) fn crashed(self, how: Option<ExitStatus>) -> Problem {
        let how = how.map(|status| format!(" ({status})")).unwrap_or_default();
        let message = format!("{} ended unexpectedly during the sign-in to {}{how}", self.browser, self.identity);
        Problem::new(ProblemKind::Passing, ProblemCode::SignInCrashed, message).hint("sign in again")
    }

    pub(super) fn busy(self) -> Problem {
        let message = format!("a sign-in to {} is open in {}", self.identity, self.browser);
        Problem::new(ProblemKind::Passing, ProblemCode::SignInSlow, message).hint("finish that sign-in first")
    }

    pub(super) fn too_old(self, product: &str) -> Problem {
        let message = format!(
            "{} is too old to sign in to {}: it is {product}, and version {OLDEST} is the first that works",
            self.browser, self.identity
        );
        Problem::new(ProblemKind::Invalid, ProblemCode::SignInBrowserTooOld, message)
            .hint(format!("update the browser, or {USE_WINDOW}"))
    }

    pub(super) fn managed(self, policy: &Path) -> Problem {
        let message = format!(
            "{} is managed by a policy that forbids remote debugging (RemoteDebuggingAllowed in {}), so Daypass can't sign \
             in to {} with it",
            self.browser,
            policy.display(),
            self.identity
        );
        Problem::new(ProblemKind::Refused, ProblemCode::SignInBrowserManaged, message).hint(USE_WINDOW)
    }

    /// It started, and doesn't take orders.
    pub(super) fn silent(self) -> Problem {
        let message =
            format!("{} has started, but doesn't let Daypass follow the sign-in to {}", self.browser, self.identity);
        Problem::new(ProblemKind::Failed, ProblemCode::SignInBrowserFailed, message).hint(format!(
            "a policy of your organization may forbid remote debugging (see chrome://policy); {USE_WINDOW}"
        ))
    }

    pub(super) fn ended_at_once(self, how: Option<ExitStatus>) -> Problem {
        let how = how.map(|status| format!(" ({status})")).unwrap_or_default();
        let message = format!("{} ended before the sign-in page of {} opened{how}", self.browser, self.identity);
        Problem::new(ProblemKind::Failed, ProblemCode::SignInBrowserFailed, message)
            .hint(format!("start the browser once to see whether it works; {USE_WINDOW}"))
    }

    pub(super) fn not_started(self, why: &dyn std::fmt::Display) -> Problem {
        let message = format!("{} couldn't be started to sign in to {}: {why}", self.browser, self.identity);
        Problem::new(ProblemKind::Failed, ProblemCode::SignInBrowserFailed, message).hint(USE_WINDOW)
    }

    pub(super) fn no_screen(self) -> Problem {
        let message = format!(
            "{} can't open without a screen, so you can't sign in to {} with it here",
            self.browser, self.identity
        );
        Problem::new(ProblemKind::Failed, ProblemCode::SignInBrowserFailed, message).hint(
            "run the command or the agent in your desktop session; or sign in with any browser, save what the identity \
             provider posts to AWS, and give it with --assertion-file",
        )
    }
}
