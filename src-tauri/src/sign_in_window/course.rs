//! How a sign-in in a window goes on: what was seen decides, not the window. No window in here, so that every course
//! can be tested.

use std::time::Duration;

use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_identity::SignInPage;
use secrecy::SecretString;
use tokio::time::Instant;

/// How long a page that was loaded may take to go on by itself before the person is shown it: pages that send a form
/// on their own do so at once, and nobody likes to wait for a login form.
const SETTLED: Duration = Duration::from_millis(700);

/// The same while nobody looks: there is time, and a window that is asked for needlessly is a nuisance.
const SETTLED_QUIETLY: Duration = Duration::from_secs(3);

/// After this long the person is shown whatever there is, be it an empty page.
const LATEST: Duration = Duration::from_secs(5);

/// The most that a quiet sign-in takes.
const LATEST_QUIETLY: Duration = Duration::from_secs(15);

/// What happened in the window.
#[derive(Debug)]
pub(super) enum Seen {
    /// Something in the page asked to go somewhere.
    Moved,
    /// The window is on its way to another page.
    Left,
    /// A page was loaded.
    Arrived,
    /// A form for AWS was caught.
    Caught(SecretString),
    /// Something was on its way to AWS without an assertion that could be caught.
    Missed,
    /// The page could not be loaded.
    Failed(Problem),
    /// The person, or the page itself, closed the window.
    Closed,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Step {
    Wait,
    Show,
    End(Result<SecretString, Problem>),
}

/// Where a sign-in stands.
pub(super) struct Course {
    identity: IdentityName,
    quietly: bool,
    shown: bool,
    latest: Instant,
    /// Since when the page has been at rest; `None` while one is loaded.
    at_rest: Option<Instant>,
}

impl Course {
    pub(super) fn new(page: &SignInPage, now: Instant) -> Self {
        let latest = now + if page.quietly { LATEST_QUIETLY } else { LATEST };
        Self { identity: page.identity.clone(), quietly: page.quietly, shown: false, latest, at_rest: None }
    }

    /// When something is to be done though nothing happens.
    pub(super) fn due(&self) -> Option<Instant> {
        let settled = if self.quietly { SETTLED_QUIETLY } else { SETTLED };
        (!self.shown).then(|| self.at_rest.map_or(self.latest, |since| self.latest.min(since + settled)))
    }

    /// That moment has come.
    pub(super) fn is_due(&mut self) -> Step {
        if !self.quietly {
            self.shown = true;
            return Step::Show;
        }
        Step::End(Err(if self.at_rest.is_some() { needs_person(&self.identity) } else { slow(&self.identity) }))
    }

    /// Something happened; `None` when nothing will ever happen again.
    pub(super) fn saw(&mut self, seen: Option<Seen>, now: Instant) -> Step {
        match seen {
            Some(Seen::Moved) => self.at_rest = self.at_rest.map(|_| now),
            Some(Seen::Left) => self.at_rest = None,
            Some(Seen::Arrived) => self.at_rest = Some(now),
            Some(Seen::Caught(assertion)) => return Step::End(Ok(assertion)),
            Some(Seen::Missed) => return Step::End(Err(missed(&self.identity))),
            Some(Seen::Failed(problem)) => return Step::End(Err(problem)),
            Some(Seen::Closed) | None => return Step::End(Err(cancelled(&self.identity))),
        }
        Step::Wait
    }
}

fn needs_person(identity: &IdentityName) -> Problem {
    let message = format!("the identity provider of {identity} wants you to sign in");
    Problem::new(ProblemKind::NeedsSignIn, "sign-in-needs-person", message).hint("sign in again")
}

fn slow(identity: &IdentityName) -> Problem {
    let seconds = LATEST_QUIETLY.as_secs();
    let message = format!("the identity provider of {identity} did not answer within {seconds} seconds");
    Problem::new(ProblemKind::Passing, "sign-in-slow", message)
}

fn cancelled(identity: &IdentityName) -> Problem {
    let message = format!("the window of the sign-in with {identity} was closed");
    Problem::new(ProblemKind::Cancelled, "sign-in-cancelled", message)
}

fn missed(identity: &IdentityName) -> Problem {
    let message =
        format!("the identity provider of {identity} went to AWS without a SAMLResponse that could be caught");
    Problem::new(ProblemKind::Failed, "assertion-not-caught", message)
        .hint("check that the sign-in address is the one for AWS, and that it answers with the HTTP-POST binding")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_identity::PageStart;
    use secrecy::ExposeSecret;

    use super::*;

    fn course(quietly: bool, now: Instant) -> Course {
        let page = SignInPage {
            identity: "corp".parse().unwrap(),
            start: PageStart::Get("https://login.example.com/".parse().unwrap()),
            keep_cookies: true,
            quietly,
        };
        Course::new(&page, now)
    }

    fn code(step: Step) -> String {
        match step {
            Step::End(Err(problem)) => problem.code,
            other => panic!("{other:?}"),
        }
    }

    fn after(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_page_that_goes_on_by_itself_is_not_shown() {
        let began = Instant::now();
        let mut course = course(false, began);
        course.saw(Some(Seen::Arrived), began + after(100));
        assert_eq!(course.due(), Some(began + after(800)));
        course.saw(Some(Seen::Left), began + after(700));
        assert_eq!(course.due(), Some(began + after(5000)), "not before the next page is there");
        course.saw(Some(Seen::Arrived), began + after(1700));
        assert_eq!(course.due(), Some(began + after(2400)));
        let caught = course.saw(Some(Seen::Caught("PHNhbWw+".into())), began + after(2000));
        assert!(matches!(caught, Step::End(Ok(a)) if a.expose_secret() == "PHNhbWw+"));
    }

    #[test]
    fn a_page_that_stays_is_shown_once_and_then_the_person_has_all_the_time() {
        let began = Instant::now();
        let mut course = course(false, began);
        course.saw(Some(Seen::Arrived), began);
        assert!(matches!(course.is_due(), Step::Show));
        assert_eq!(course.due(), None);
        course.saw(Some(Seen::Left), began + after(60_000));
        course.saw(Some(Seen::Arrived), began + after(61_000));
        assert_eq!(course.due(), None);
        assert_eq!(code(course.saw(Some(Seen::Closed), began)), "sign-in-cancelled");
    }

    #[test]
    fn quietly_a_page_that_stays_needs_a_person_and_one_that_does_not_come_is_slow() {
        let began = Instant::now();
        let mut waiting = course(true, began);
        assert_eq!(waiting.due(), Some(began + after(15_000)));
        waiting.saw(Some(Seen::Arrived), began + after(1000));
        assert_eq!(waiting.due(), Some(began + after(4000)));
        waiting.saw(Some(Seen::Moved), began + after(3000));
        assert_eq!(waiting.due(), Some(began + after(6000)), "something still moves");
        waiting.saw(Some(Seen::Moved), began + after(14_000));
        assert_eq!(waiting.due(), Some(began + after(15_000)), "but not for ever");
        assert_eq!(code(waiting.is_due()), "sign-in-needs-person");
        assert_eq!(code(course(true, began).is_due()), "sign-in-slow");
    }

    #[test]
    fn a_frame_that_moves_while_its_page_is_loaded_does_not_make_it_loaded() {
        let began = Instant::now();
        let mut course = course(true, began);
        course.saw(Some(Seen::Moved), began);
        assert_eq!(course.due(), Some(began + after(15_000)));
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let now = Instant::now();
        assert_eq!(code(course(true, now).saw(Some(Seen::Missed), now)), "assertion-not-caught");
        assert_eq!(code(course(true, now).saw(None, now)), "sign-in-cancelled");
        let problem = Problem::new(ProblemKind::Passing, "sign-in-unreachable", "m");
        assert_eq!(code(course(false, now).saw(Some(Seen::Failed(problem)), now)), "sign-in-unreachable");
    }
}
