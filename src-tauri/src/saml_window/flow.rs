//! Decides what a sign-in window does next, from the events it has seen. This module doesn't have a window, so tests
//! can cover every case.

use std::time::Duration;

use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_identity::SamlPage;
use secrecy::SecretString;
use tokio::time::Instant;

/// How long a loaded page may take to move on by itself before the person sees it. Pages that submit a form on their
/// own do so at once, and people don't like to wait for a login form.
const SETTLED: Duration = Duration::from_millis(700);

/// The same for a quiet sign-in. It has time, and a needless request to sign in is a nuisance.
const SETTLED_QUIETLY: Duration = Duration::from_secs(3);

/// After this long the person sees the window, even if the page is still empty.
const LATEST: Duration = Duration::from_secs(5);

/// How long a quiet sign-in may take.
const LATEST_QUIETLY: Duration = Duration::from_secs(15);

/// An event in the window.
#[derive(Debug)]
pub(super) enum PageEvent {
    /// Something in the page asked to navigate.
    Moved,
    /// The window started to load another page.
    Left,
    /// A page finished loading.
    Arrived,
    /// The script caught a form for AWS.
    Caught(SecretString),
    /// The page navigated to AWS without an assertion to catch.
    Missed,
    /// The provider at this host doesn't accept the window.
    Refused(String),
    /// The page failed to load.
    Failed(Problem),
    /// The person, or the page itself, closed the window.
    Closed,
}

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    Wait,
    Show,
    End(Result<SecretString, Problem>),
}

/// The state of a sign-in in a window.
pub(super) struct SignInFlow {
    identity: IdentityName,
    quietly: bool,
    shown: bool,
    latest: Instant,
    /// When the page came to rest. `None` while one is loading.
    at_rest: Option<Instant>,
}

impl SignInFlow {
    pub(super) fn new(page: &SamlPage, now: Instant) -> Self {
        let latest = now + if page.quietly { LATEST_QUIETLY } else { LATEST };
        Self { identity: page.identity.clone(), quietly: page.quietly, shown: false, latest, at_rest: None }
    }

    /// When to act even if no event comes.
    pub(super) fn due(&self) -> Option<Instant> {
        let settled = if self.quietly { SETTLED_QUIETLY } else { SETTLED };
        (!self.shown).then(|| self.at_rest.map_or(self.latest, |since| self.latest.min(since + settled)))
    }

    /// Acts, because that moment has come.
    pub(super) fn on_due(&mut self) -> Step {
        if !self.quietly {
            self.shown = true;
            return Step::Show;
        }
        Step::End(Err(if self.at_rest.is_some() { needs_person(&self.identity) } else { slow(&self.identity) }))
    }

    /// Acts on an event. `None` means that no more events will come.
    pub(super) fn on_event(&mut self, event: Option<PageEvent>, now: Instant) -> Step {
        match event {
            Some(PageEvent::Moved) => self.at_rest = self.at_rest.map(|_| now),
            Some(PageEvent::Left) => self.at_rest = None,
            Some(PageEvent::Arrived) => self.at_rest = Some(now),
            Some(PageEvent::Caught(assertion)) => return Step::End(Ok(assertion)),
            Some(PageEvent::Missed) => return Step::End(Err(missed(&self.identity))),
            Some(PageEvent::Refused(host)) => return Step::End(Err(refused(&self.identity, &host))),
            Some(PageEvent::Failed(problem)) => return Step::End(Err(problem)),
            Some(PageEvent::Closed) | None => return Step::End(Err(cancelled(&self.identity))),
        }
        Step::Wait
    }
}

fn needs_person(identity: &IdentityName) -> Problem {
    let message = format!("the identity provider for {identity} needs you to sign in");
    Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignInNeedsPerson, message).hint("sign in again")
}

fn slow(identity: &IdentityName) -> Problem {
    let seconds = LATEST_QUIETLY.as_secs();
    let message = format!("the identity provider for {identity} didn't answer within {seconds} seconds");
    Problem::new(ProblemKind::Passing, ProblemCode::SignInSlow, message)
}

fn cancelled(identity: &IdentityName) -> Problem {
    let message = format!("the sign-in window for {identity} was closed");
    Problem::new(ProblemKind::Cancelled, ProblemCode::SignInCancelled, message)
}

fn missed(identity: &IdentityName) -> Problem {
    let message =
        format!("the identity provider for {identity} went to AWS without a SAMLResponse that Daypass could catch");
    Problem::new(ProblemKind::Failed, ProblemCode::AssertionNotCaught, message)
        .hint("check that the sign-in URL is the one for AWS and that it responds with the HTTP-POST binding")
}

fn refused(identity: &IdentityName, host: &str) -> Problem {
    let message = format!("{host} doesn't accept sign-ins to {identity} in an app's window");
    Problem::new(ProblemKind::Refused, ProblemCode::SignInWindowRefused, message).hint(
        "set `browser` of this identity to a browser that is installed here: chrome, chromium, edge, brave or vivaldi",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_saml::PageStart;
    use secrecy::ExposeSecret;

    use super::*;

    fn flow(quietly: bool, now: Instant) -> SignInFlow {
        let page = SamlPage {
            identity: "corp".parse().unwrap(),
            start: PageStart::Get("https://login.example.com/".parse().unwrap()),
            proxies: daypass_core::proxy::PageProxies::System,
            keep_cookies: true,
            quietly,
        };
        SignInFlow::new(&page, now)
    }

    fn code(step: Step) -> ProblemCode {
        match step {
            Step::End(Err(problem)) => problem.code,
            other => panic!("{other:?}"),
        }
    }

    fn after(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_page_that_moves_on_by_itself_is_not_shown() {
        let began = Instant::now();
        let mut flow = flow(false, began);
        flow.on_event(Some(PageEvent::Arrived), began + after(100));
        assert_eq!(flow.due(), Some(began + after(800)));
        flow.on_event(Some(PageEvent::Left), began + after(700));
        assert_eq!(flow.due(), Some(began + after(5000)), "not before the next page is loaded");
        flow.on_event(Some(PageEvent::Arrived), began + after(1700));
        assert_eq!(flow.due(), Some(began + after(2400)));
        let caught = flow.on_event(Some(PageEvent::Caught("PHNhbWw+".into())), began + after(2000));
        assert!(matches!(caught, Step::End(Ok(a)) if a.expose_secret() == "PHNhbWw+"));
    }

    #[test]
    fn a_page_that_stays_is_shown_and_then_there_is_no_time_limit() {
        let began = Instant::now();
        let mut flow = flow(false, began);
        flow.on_event(Some(PageEvent::Arrived), began);
        assert!(matches!(flow.on_due(), Step::Show));
        assert_eq!(flow.due(), None);
        flow.on_event(Some(PageEvent::Left), began + after(60_000));
        flow.on_event(Some(PageEvent::Arrived), began + after(61_000));
        assert_eq!(flow.due(), None);
        assert_eq!(code(flow.on_event(Some(PageEvent::Closed), began)), ProblemCode::SignInCancelled);
    }

    #[test]
    fn a_quiet_sign_in_needs_the_person_if_the_page_stays_and_is_slow_if_none_loads() {
        let began = Instant::now();
        let mut waiting = flow(true, began);
        assert_eq!(waiting.due(), Some(began + after(15_000)));
        waiting.on_event(Some(PageEvent::Arrived), began + after(1000));
        assert_eq!(waiting.due(), Some(began + after(4000)));
        waiting.on_event(Some(PageEvent::Moved), began + after(3000));
        assert_eq!(waiting.due(), Some(began + after(6000)), "something still moves");
        waiting.on_event(Some(PageEvent::Moved), began + after(14_000));
        assert_eq!(waiting.due(), Some(began + after(15_000)), "but not for ever");
        assert_eq!(code(waiting.on_due()), ProblemCode::SignInNeedsPerson);
        assert_eq!(code(flow(true, began).on_due()), ProblemCode::SignInSlow);
    }

    #[test]
    fn a_frame_that_navigates_while_its_page_loads_does_not_count_as_loaded() {
        let began = Instant::now();
        let mut flow = flow(true, began);
        flow.on_event(Some(PageEvent::Moved), began);
        assert_eq!(flow.due(), Some(began + after(15_000)));
    }

    #[test]
    fn failures_end_the_sign_in_with_their_problem() {
        let now = Instant::now();
        assert_eq!(code(flow(true, now).on_event(Some(PageEvent::Missed), now)), ProblemCode::AssertionNotCaught);
        assert_eq!(code(flow(true, now).on_event(None, now)), ProblemCode::SignInCancelled);
        let refused = PageEvent::Refused("accounts.google.com".to_owned());
        assert_eq!(code(flow(false, now).on_event(Some(refused), now)), ProblemCode::SignInWindowRefused);
        let problem = Problem::new(ProblemKind::Passing, ProblemCode::SignInUnreachable, "m");
        assert_eq!(
            code(flow(false, now).on_event(Some(PageEvent::Failed(problem)), now)),
            ProblemCode::SignInUnreachable
        );
    }
}
