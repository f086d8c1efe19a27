//! Why a page can't be loaded, as problems.

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use tauri::Url;

pub(super) fn unreachable(host: &str, why: &str) -> Problem {
    let message = format!("can't load the sign-in page at {host}: {why}");
    Problem::new(ProblemKind::Passing, ProblemCode::SignInUnreachable, message)
        .hint("check the network and the URL, then sign in again")
}

/// The person can't continue anyway, because anyone might read what they type into such a page.
#[cfg_attr(target_os = "macos", allow(dead_code))]
pub(super) fn not_trusted(host: &str, why: &str) -> Problem {
    let message = format!("the certificate of {host} isn't trusted: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::SignInNotTrusted, message)
        .hint("if it's your company's own, add its authority to the system's certificate store")
}

#[cfg_attr(target_os = "macos", allow(dead_code))]
pub(super) fn ended() -> Problem {
    let message = "the sign-in window's browser engine crashed";
    Problem::new(ProblemKind::Passing, ProblemCode::SignInCrashed, message).hint("sign in again")
}

/// Only the host, because a query holds a request and a fragment might hold an assertion.
pub(super) fn host(address: &str) -> String {
    let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "a URL without a host".to_owned())
}

/// The problem that a status of WebView2 means. `None` for what isn't one: a navigation that was refused or given up, a
/// server that answers with an error page of its own, and a page that asks for a name and a password.
///
/// <https://learn.microsoft.com/en-us/microsoft-edge/webview2/reference/win32/webview2-idl#corewebview2_web_error_status>
#[cfg(any(test, windows))]
pub(super) fn of_web_view2(status: i32, host: &str) -> Option<Problem> {
    let problem = match status {
        1 => not_trusted(host, "it's for another host"),
        2 => not_trusted(host, "it has expired"),
        3 => unreachable(host, "the certificate of this machine isn't accepted"),
        4 => not_trusted(host, "it has been revoked"),
        5 => not_trusted(host, "it isn't valid"),
        6 => unreachable(host, "the server doesn't answer"),
        7 => unreachable(host, "the server took too long"),
        8 => unreachable(host, "the answer isn't HTTP"),
        9 | 10 => unreachable(host, "the connection ended"),
        11 => unreachable(host, "this machine is offline"),
        12 => unreachable(host, "this machine isn't connected"),
        13 => unreachable(host, "the host is unknown"),
        15 => unreachable(host, "it redirects too often"),
        16 => unreachable(host, "the browser engine failed"),
        _ => return None,
    };
    Some(problem)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shortened_to_its_host() {
        assert_eq!(host("https://login.example.com/?SAMLRequest=x#assertion=y"), "login.example.com");
        assert_eq!(host("about:blank"), "a URL without a host");
    }

    #[test]
    fn what_web_view2_says_is_a_bad_certificate_no_network_or_no_trouble() {
        let of = |status| of_web_view2(status, "login.example.com").map(|problem| (problem.kind, problem.code));
        for status in [1, 2, 4, 5] {
            assert_eq!(of(status), Some((ProblemKind::Failed, ProblemCode::SignInNotTrusted)), "{status}");
        }
        for status in [3, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16] {
            assert_eq!(of(status), Some((ProblemKind::Passing, ProblemCode::SignInUnreachable)), "{status}");
        }
        for status in [0, 14, 17, 18, 99] {
            assert_eq!(of(status), None, "{status}");
        }
        let message = of_web_view2(13, "login.example.com").unwrap().message;
        assert_eq!(message, "can't load the sign-in page at login.example.com: the host is unknown");
    }
}
