//! What an engine does that only tells whether it's loading, looked at every now and then. It has no event for a page that
//! starts or fails to load: WKWebView tells that to a delegate, which is Tauri's.

use super::super::flow::PageEvent;
use super::trouble::unreachable;

/// What was seen of a page.
#[derive(Default)]
pub(super) struct Loads {
    is_loading: bool,
}

impl Loads {
    /// Takes in whether the engine loads, and whether it shows a page. Returns what that means.
    pub(super) fn see(&mut self, is_loading: bool, shows_page: bool, host: &str) -> Option<PageEvent> {
        let was_loading = std::mem::replace(&mut self.is_loading, is_loading);
        match (was_loading, is_loading) {
            (false, true) => Some(PageEvent::Left),
            // After a failure or a refusal, the engine shows the page before. The first one has none.
            (true, false) if shows_page => Some(PageEvent::Arrived),
            (true, false) => Some(PageEvent::Failed(unreachable(host, "the browser engine gave up"))),
            (true, true) | (false, false) => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use daypass_core::problem::ProblemCode;
    use daypass_identity::SamlPage;
    use tokio::time::Instant;

    use super::super::super::flow::{SignInFlow, Step};
    use super::*;

    fn quiet(began: Instant) -> SignInFlow {
        let page = SamlPage {
            identity: "corp".parse().unwrap(),
            start: daypass_saml::PageStart::Get("https://login.example.com/".parse().unwrap()),
            proxies: daypass_core::proxy::PageProxies::System,
            keep_cookies: true,
            quietly: true,
        };
        SignInFlow::new(&page, began)
    }

    #[test]
    fn a_slow_page_after_a_redirect_does_not_count_as_a_page_that_waits_for_the_person() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let (mut flow, mut loads) = (quiet(began), Loads::default());
        let mut see = |flow: &mut SignInFlow, loading, shows, ms| match loads.see(loading, shows, "login.example.com") {
            Some(event) => flow.on_event(Some(event), at(ms)),
            None => Step::Wait,
        };
        see(&mut flow, true, false, 0);
        assert!(matches!(see(&mut flow, false, true, 1000), Step::Wait));
        assert_eq!(flow.due(), Some(at(4000)));
        see(&mut flow, true, true, 2000);
        see(&mut flow, true, true, 9000);
        assert_eq!(flow.due(), Some(at(15_000)), "it waits for the next page");
    }

    #[test]
    fn a_first_page_that_never_shows_has_failed() {
        let began = Instant::now();
        let (mut flow, mut loads) = (quiet(began), Loads::default());
        assert!(loads.see(false, false, "login.example.com").is_none());
        assert!(matches!(loads.see(true, false, "login.example.com"), Some(PageEvent::Left)));
        let failed = loads.see(false, false, "login.example.com");
        let Step::End(Err(problem)) = flow.on_event(failed, began) else { panic!("it ends") };
        assert_eq!(problem.code, ProblemCode::SignInUnreachable);
        assert!(problem.message.contains("login.example.com"), "{}", problem.message);
    }

    /// A link that opens another program is refused, and the page stays.
    #[test]
    fn a_refused_link_leaves_the_page_that_was_there() {
        let mut loads = Loads::default();
        loads.see(true, false, "login.example.com");
        assert!(matches!(loads.see(false, true, "login.example.com"), Some(PageEvent::Arrived)));
        assert!(matches!(loads.see(true, true, "login.example.com"), Some(PageEvent::Left)));
        assert!(matches!(loads.see(false, true, "login.example.com"), Some(PageEvent::Arrived)));
    }
}
