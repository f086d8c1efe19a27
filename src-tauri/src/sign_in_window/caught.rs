//! The address that `capture.js` asks for when it has caught an assertion, and the script as it is given to the window.

use daypass_saml::endpoints;
use secrecy::SecretString;
use tauri::Url;
use url::form_urlencoded;

use super::course::Seen;

/// A host that cannot exist (RFC 2606): where nobody refused to go there, nothing would be reached. A scheme of our
/// own could be registered by another program on some systems.
const ADDRESS: &str = "https://assertion.daypass.invalid/";

const CAPTURE: &str = include_str!("capture.js");

/// The script for every frame.
pub(super) fn script() -> String {
    format!("({CAPTURE})(new RegExp({}), {});", json(&endpoints::pattern()), json(ADDRESS))
}

/// Whether the window may go to an address, and what is to be told about that.
pub(super) fn may_go(url: &Url) -> (bool, Option<Seen>) {
    if url.host_str() == Some("assertion.daypass.invalid") {
        return (false, Some(assertion(url).map_or(Seen::Missed, Seen::Caught)));
    }
    // The script was not there in time, or the form was empty: what gets there is spent.
    if endpoints::is_sign_in(url) {
        return (false, Some(Seen::Missed));
    }
    // No files, no `tauri:` (the main window's page), nothing that opens another program.
    let is_page = matches!(url.scheme(), "https" | "http" | "about" | "blob");
    (is_page, is_page.then_some(Seen::Moved))
}

/// The assertion in the fragment, if it was on its way to AWS. The script looked already; but it runs in a page that
/// is not ours.
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

/// Text as a literal of JavaScript.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn caught(fragment: &str) -> (bool, Option<Seen>) {
        may_go(&Url::parse(&format!("{ADDRESS}#{fragment}")).unwrap())
    }

    const TO: &str = "to=https%3A%2F%2Fsignin.aws.amazon.com%2Fsaml";

    #[test]
    fn an_assertion_is_taken_as_it_is_and_its_address_refused() {
        let (goes, seen) = caught(&format!("{TO}&assertion=PHNhbWw%2BYQ%3D%3D%0D%0AYg"));
        assert!(!goes);
        assert!(matches!(seen, Some(Seen::Caught(a)) if a.expose_secret() == "PHNhbWw+YQ==\r\nYg"));
        let long = "A".repeat(400_000);
        let (_, seen) = caught(&format!("{TO}&assertion={long}"));
        assert!(matches!(seen, Some(Seen::Caught(a)) if a.expose_secret().len() == 400_000));
    }

    #[test]
    fn what_was_for_somebody_else_is_not_taken() {
        for fragment in [
            "",
            TO,
            "assertion=PHNhbWw",
            "to=https%3A%2F%2Fexample.org%2Fsaml&assertion=PHNhbWw",
            "to=https%3A%2F%2Fsignin.aws.amazon.com.example.org%2Fsaml&assertion=PHNhbWw",
        ] {
            let (goes, seen) = caught(fragment);
            assert!(!goes && matches!(seen, Some(Seen::Missed)), "{fragment}");
        }
    }

    #[test]
    fn it_goes_to_web_pages_only_and_never_to_aws() {
        for (address, goes) in [
            ("https://login.example.com/sso", true),
            ("http://127.0.0.1:8080/", true),
            ("about:blank", true),
            ("about:srcdoc", true),
            ("blob:https://login.example.com/1", true),
            ("https://signin.aws.amazon.com/saml", false),
            ("https://eu-west-1.signin.aws.amazon.com/saml", false),
            ("https://assertion.daypass.invalid/", false),
            ("tauri://localhost/index.html", false),
            ("ipc://localhost/snapshot", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
            ("mailto:x@example.org", false),
            ("msteams:x", false),
        ] {
            assert_eq!(may_go(&Url::parse(address).unwrap()).0, goes, "{address}");
        }
    }

    #[test]
    fn nothing_that_is_seen_shows_the_assertion() {
        let (_, seen) = caught(&format!("{TO}&assertion=PHNhbWw"));
        assert!(!format!("{seen:?}").contains("PHNhbWw"));
    }

    #[test]
    fn the_script_is_one_call_with_the_list_of_aws_addresses() {
        let script = script();
        assert!(script.contains("(toAws, caught) => {"), "{script}");
        assert!(script.trim_end().ends_with(");") && script.contains(r"signin\\.aws\\.amazon\\.com"), "{script}");
    }
}
