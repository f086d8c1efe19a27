//! The URL that `capture.js` navigates to when it has caught an assertion, and the script that each window gets.

use daypass_saml::endpoints;
use secrecy::SecretString;
use tauri::Url;
use url::form_urlencoded;

use super::flow::PageEvent;

/// A host that can't exist (RFC 2606), so even an allowed request would reach nothing. On some systems, another program
/// could register a URL scheme of our own.
const ADDRESS: &str = "https://assertion.daypass.invalid/";

/// Where a page goes that closes itself, if the engine doesn't tell that. As above.
const CLOSE: &str = "https://close.daypass.invalid/";

const CAPTURE: &str = include_str!("capture.js");

/// The script that runs in every frame. `engine_tells_close`: whether the engine says itself that a page closes its window.
pub(super) fn script(engine_tells_close: bool) -> String {
    let capture = format!("({CAPTURE})(new RegExp({}), {});", json(&endpoints::pattern()), json(ADDRESS));
    let close =
        format!("if (window === window.top) window.close = () => {{ window.location.href = {}; }};", json(CLOSE));
    if engine_tells_close { capture } else { format!("{capture}\n{close}") }
}

/// Whether a page asks to close its window.
pub(super) fn asks_to_close(url: &Url) -> bool {
    url.host_str() == Some("close.daypass.invalid")
}

/// Whether the window may navigate to a URL, and the event that this attempt means.
pub(super) fn may_navigate(url: &Url) -> (bool, Option<PageEvent>) {
    if url.host_str() == Some("assertion.daypass.invalid") {
        return (false, Some(assertion(url).map_or(PageEvent::Missed, PageEvent::Caught)));
    }
    // The script ran too late, or the form was empty. An assertion that reaches AWS can't be used again.
    if endpoints::is_sign_in(url) {
        return (false, Some(PageEvent::Missed));
    }
    if asks_to_close(url) {
        return (false, None);
    }
    if is_refusal(url) {
        return (false, Some(PageEvent::Refused(url.host_str().unwrap_or_default().to_owned())));
    }
    // No files, no `tauri:` (the main window's page), and no URLs that open another program.
    let is_page = matches!(url.scheme(), "https" | "http" | "about" | "blob");
    (is_page, is_page.then_some(PageEvent::Moved))
}

/// Whether a provider says on this page that it doesn't accept windows of apps: Google's "This browser or app may not be
/// secure". Others only show a page without a way on.
fn is_refusal(url: &Url) -> bool {
    url.host_str() == Some("accounts.google.com") && url.path().ends_with("/signin/rejected")
}

/// The assertion in the fragment, if its form was for AWS. The script has checked this too, but it runs in a page that
/// isn't ours.
fn assertion(url: &Url) -> Option<SecretString> {
    let (mut to, mut assertion) = (None, None);
    for (name, value) in form_urlencoded::parse(url.fragment()?.as_bytes()) {
        match &*name {
            "to" => to = Url::parse(&value).ok(),
            "assertion" => assertion = Some(SecretString::from(value.into_owned())),
            _ => return None,
        }
    }
    to.filter(endpoints::is_sign_in).and(assertion)
}

/// Text as a JavaScript literal.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn caught(fragment: &str) -> (bool, Option<PageEvent>) {
        may_navigate(&Url::parse(&format!("{ADDRESS}#{fragment}")).unwrap())
    }

    const TO: &str = "to=https%3A%2F%2Fsignin.aws.amazon.com%2Fsaml";

    #[test]
    fn an_assertion_is_taken_unchanged_and_its_url_refused() {
        let (allowed, event) = caught(&format!("{TO}&assertion=PHNhbWw%2BYQ%3D%3D%0D%0AYg"));
        assert!(!allowed);
        assert!(matches!(event, Some(PageEvent::Caught(a)) if a.expose_secret() == "PHNhbWw+YQ==\r\nYg"));
        let long = "A".repeat(400_000);
        let (_, event) = caught(&format!("{TO}&assertion={long}"));
        assert!(matches!(event, Some(PageEvent::Caught(a)) if a.expose_secret().len() == 400_000));
    }

    #[test]
    fn an_assertion_for_another_site_is_not_taken() {
        for fragment in [
            "",
            TO,
            "assertion=PHNhbWw",
            "to=https%3A%2F%2Fexample.org%2Fsaml&assertion=PHNhbWw",
            "to=https%3A%2F%2Fsignin.aws.amazon.com.example.org%2Fsaml&assertion=PHNhbWw",
        ] {
            let (allowed, event) = caught(fragment);
            assert!(!allowed && matches!(event, Some(PageEvent::Missed)), "{fragment}");
        }
    }

    #[test]
    fn a_provider_that_refuses_the_window_is_recognised_by_its_page() {
        for (address, is_refused) in [
            ("https://accounts.google.com/v3/signin/rejected?app_domain=x&rrk=46", true),
            ("https://accounts.google.com/signin/rejected", true),
            ("https://accounts.google.com/v3/signin/identifier?continue=/signin/rejected", false),
            ("https://accounts.google.com.example.org/signin/rejected", false),
        ] {
            let (_, event) = may_navigate(&Url::parse(address).unwrap());
            assert_eq!(
                matches!(event, Some(PageEvent::Refused(host)) if host == "accounts.google.com"),
                is_refused,
                "{address}"
            );
        }
    }

    #[test]
    fn windows_navigate_only_to_web_pages_and_never_to_aws() {
        for (address, goes) in [
            ("https://login.example.com/sso", true),
            ("http://127.0.0.1:8080/", true),
            ("about:blank", true),
            ("about:srcdoc", true),
            ("blob:https://login.example.com/1", true),
            ("https://signin.aws.amazon.com/saml", false),
            ("https://eu-west-1.signin.aws.amazon.com/saml", false),
            ("https://assertion.daypass.invalid/", false),
            ("https://close.daypass.invalid/", false),
            ("tauri://localhost/index.html", false),
            ("ipc://localhost/snapshot", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
            ("mailto:x@example.org", false),
            ("msteams:x", false),
        ] {
            assert_eq!(may_navigate(&Url::parse(address).unwrap()).0, goes, "{address}");
        }
    }

    #[test]
    fn debug_output_never_shows_the_assertion() {
        let (_, event) = caught(&format!("{TO}&assertion=PHNhbWw"));
        assert!(!format!("{event:?}").contains("PHNhbWw"));
    }

    #[test]
    fn the_script_is_one_call_with_the_aws_sign_in_urls() {
        let capture = script(true);
        assert!(!capture.contains("window.close"), "{capture}");
        assert!(script(false).ends_with("window.location.href = \"https://close.daypass.invalid/\"; };"));
        assert!(asks_to_close(&Url::parse(CLOSE).unwrap()) && !asks_to_close(&Url::parse(ADDRESS).unwrap()));
        assert!(capture.contains("(toAws, caught) => {"), "{capture}");
        assert!(capture.trim_end().ends_with(");") && capture.contains(r"signin\\.aws\\.amazon\\.com"), "{capture}");
    }
}
