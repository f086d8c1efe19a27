//! Decides what a sign-in in a browser does next, from what the browser says. Pure: it doesn't start a browser.

use std::collections::HashSet;
use std::time::Duration;

use daypass_core::problem::Problem;
use daypass_saml::endpoints;
use secrecy::SecretString;
use tokio::time::Instant;
use url::Url;

use super::message::{Message, Paused};
use super::problems::Names;

/// How long a page may stay as it is in a quiet sign-in. A provider that knows the person moves on by itself, and a
/// needless request to sign in is a nuisance.
const SETTLED: Duration = Duration::from_secs(5);

/// How long a quiet sign-in may take from the first page.
const LATEST: Duration = Duration::from_secs(14);

/// What to do next.
#[derive(Debug)]
pub(super) enum Step {
    Wait,
    /// Let a request go on. It isn't for AWS's sign-in.
    LetGo(String),
    /// Answer a request with the page that the sign-in begins with.
    Begin(String),
    /// A request to AWS ends the sign-in. It gets a page of ours.
    Caught {
        request: String,
        outcome: Result<SecretString, Problem>,
    },
    /// It has ended.
    End(Problem),
}

/// The state of a sign-in in a browser.
pub(super) struct Flow<'a> {
    names: Names<'a>,
    quietly: bool,
    /// The address that is answered with the first page, for a sign-in that begins with a form.
    begins_at: Option<Url>,
    pages: HashSet<String>,
    latest: Option<Instant>,
    /// Since when the page has been as it is. `None` before there is one.
    at_rest: Option<Instant>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(names: Names<'a>, quietly: bool, begins_at: Option<Url>) -> Self {
        Self { names, quietly, begins_at, pages: HashSet::new(), latest: None, at_rest: None }
    }

    /// The first page is about to be loaded.
    pub(super) fn begins(&mut self, now: Instant) {
        self.latest = self.quietly.then(|| now + LATEST);
    }

    /// The first page exists.
    pub(super) fn is_loaded(&mut self, now: Instant) {
        self.at_rest = Some(now);
    }

    /// When to act even if the browser says nothing.
    pub(super) fn due(&self) -> Option<Instant> {
        let latest = self.latest?;
        Some(self.at_rest.map_or(latest, |since| latest.min(since + SETTLED)))
    }

    /// That moment has come.
    pub(super) fn on_due(&self) -> Problem {
        if self.at_rest.is_some() { self.names.needs_person() } else { self.names.slow() }
    }

    pub(super) fn on_message(&mut self, message: Message, now: Instant) -> Step {
        match message {
            Message::Opened { page } => drop(self.pages.insert(page)),
            Message::Closed { page } => {
                // Closing one of several means nothing.
                if self.pages.remove(&page) && self.pages.is_empty() {
                    return Step::End(self.names.cancelled());
                }
            }
            Message::Changed => self.at_rest = self.at_rest.map(|_| now),
            Message::Crashed if self.quietly => return Step::End(self.names.crashed(None)),
            Message::Paused(paused) => return self.on_paused(paused),
            Message::Crashed | Message::Answer { .. } | Message::Other => {}
        }
        Step::Wait
    }

    fn on_paused(&mut self, paused: Paused) -> Step {
        let Paused { request, url, is_post, assertion } = paused;
        let Some(url) = url else { return Step::LetGo(request) };
        if !is_post && self.begins_at.as_ref() == Some(&url) {
            return Step::Begin(request);
        }
        // What the wildcards found beyond AWS's own addresses.
        if !endpoints::is_sign_in(&url) {
            return Step::LetGo(request);
        }
        let outcome = assertion.filter(|_| is_post).ok_or_else(|| self.names.missed());
        Step::Caught { request, outcome }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::names::IdentityName;
    use daypass_core::problem::ProblemCode;
    use secrecy::ExposeSecret;

    use super::*;

    fn corp() -> IdentityName {
        "corp".parse().unwrap()
    }

    fn paused(url: &str, is_post: bool, assertion: Option<&str>) -> Message {
        let assertion = assertion.map(SecretString::from);
        Message::Paused(Paused { request: "r1".to_owned(), url: url.parse().ok(), is_post, assertion })
    }

    fn page(name: &str) -> String {
        name.to_owned()
    }

    fn code(step: Step) -> ProblemCode {
        match step {
            Step::End(problem) | Step::Caught { outcome: Err(problem), .. } => problem.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_post_with_an_assertion_to_aws_is_caught() {
        let corp = corp();
        let names = Names { identity: &corp, browser: "Chromium" };
        let mut flow = Flow::new(names, false, None);
        let now = Instant::now();
        let aws = "https://eu-central-1.signin.aws.amazon.com/saml";
        match flow.on_message(paused(aws, true, Some("PHNh")), now) {
            Step::Caught { request, outcome: Ok(assertion) } => {
                assert_eq!((request.as_str(), assertion.expose_secret()), ("r1", "PHNh"));
            }
            other => panic!("{other:?}"),
        }
        for (is_post, assertion) in [(true, None), (false, None), (false, Some("PHNh"))] {
            assert_eq!(code(flow.on_message(paused(aws, is_post, assertion), now)), ProblemCode::AssertionNotCaught);
        }
        for other in [
            "https://a-b.example.org/.signin.aws.amazon.com/saml",
            "https://signin.aws.amazon.com.example.org/saml",
            "https://signin.aws.amazon.com/samlet",
            "https://signin.aws.amazon.com/static/saml-metadata.xml",
            "not an address",
        ] {
            let step = flow.on_message(paused(other, true, Some("PHNh")), now);
            assert!(matches!(step, Step::LetGo(request) if request == "r1"), "{other}");
        }
    }

    #[test]
    fn the_person_cancels_by_closing_the_last_page() {
        let corp = corp();
        let mut flow = Flow::new(Names { identity: &corp, browser: "Chromium" }, false, None);
        let now = Instant::now();
        for name in ["A", "B"] {
            assert!(matches!(flow.on_message(Message::Opened { page: page(name) }, now), Step::Wait));
        }
        assert!(matches!(flow.on_message(Message::Closed { page: page("B") }, now), Step::Wait), "a popup");
        assert!(matches!(flow.on_message(Message::Closed { page: page("C") }, now), Step::Wait), "an unknown one");
        assert!(matches!(flow.on_message(Message::Crashed, now), Step::Wait), "the person can load it again");
        assert_eq!(flow.due(), None, "a person has as long as the sign-in");
        assert_eq!(code(flow.on_message(Message::Closed { page: page("A") }, now)), ProblemCode::SignInCancelled);
    }

    #[test]
    fn a_quiet_sign_in_needs_the_person_if_the_page_stays_and_is_slow_if_none_loads() {
        let corp = corp();
        let mut flow = Flow::new(Names { identity: &corp, browser: "Chromium" }, true, None);
        let began = Instant::now();
        flow.begins(began);
        assert_eq!(flow.due(), Some(began + LATEST));
        assert_eq!(flow.on_due().code, ProblemCode::SignInSlow);
        flow.on_message(Message::Changed, began + Duration::from_secs(1));
        assert_eq!(flow.due(), Some(began + LATEST), "nothing is loaded yet");
        flow.is_loaded(began + Duration::from_secs(1));
        assert_eq!(flow.due(), Some(began + Duration::from_secs(6)));
        flow.on_message(Message::Changed, began + Duration::from_secs(3));
        assert_eq!(flow.due(), Some(began + Duration::from_secs(8)), "something still moves");
        flow.on_message(Message::Changed, began + Duration::from_secs(13));
        assert_eq!(flow.due(), Some(began + LATEST), "but not for ever");
        assert_eq!(flow.on_due().code, ProblemCode::SignInNeedsPerson);
        assert_eq!(code(flow.on_message(Message::Crashed, began)), ProblemCode::SignInCrashed);
    }

    #[test]
    fn a_form_begins_at_its_own_address_once_it_is_asked_for() {
        let corp = corp();
        let begins_at: Url = "https://idp.example.org/daypass-1".parse().unwrap();
        let mut flow = Flow::new(Names { identity: &corp, browser: "Chromium" }, false, Some(begins_at.clone()));
        let now = Instant::now();
        assert!(matches!(flow.on_message(paused(begins_at.as_str(), false, None), now), Step::Begin(_)));
        assert!(matches!(flow.on_message(paused("https://idp.example.org/", false, None), now), Step::LetGo(_)));
    }
}
