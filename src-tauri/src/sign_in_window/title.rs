//! The title of a sign-in window: the one place that no page can write to.

use std::net::IpAddr;

use daypass_core::names::IdentityName;
use tauri::Url;

/// As much of a host as is shown. Title bars cut at the end, where the part of a host is that cannot be made up, so
/// it is cut here, at its beginning.
const MOST_SHOWN: usize = 48;

/// `Sign in to corp · login.example.com`; with a warning before it where others can read along.
///
/// The host is in its ASCII form, so that letters of other alphabets cannot make it look like another one.
pub(super) fn title(identity: &IdentityName, url: &Url) -> String {
    let warning = if is_exposed(url) { "NOT SECURE · " } else { "" };
    match url.host_str() {
        Some(host) => {
            let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{warning}Sign in to {identity} · {}{port}", end_of(host))
        }
        None => format!("Sign in to {identity}"),
    }
}

fn end_of(host: &str) -> String {
    // ASCII, so every byte is a character.
    match host.len().checked_sub(MOST_SHOWN) {
        None | Some(0) => host.to_owned(),
        Some(over) => format!("…{}", &host[over..]),
    }
}

/// Plain HTTP to another machine.
fn is_exposed(url: &Url) -> bool {
    let is_here = |host: &str| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|ip| ip.is_loopback())
    };
    url.scheme() == "http" && !url.host_str().is_some_and(is_here)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_says_whose_sign_in_it_is_and_what_is_shown() {
        let long = "login.microsoftonline.com.account-verification.attacker-example.org";
        for (url, expected) in [
            ("https://login.example.com/sso?x=1#y", "Sign in to corp · login.example.com"),
            ("https://login.example.com:8443/", "Sign in to corp · login.example.com:8443"),
            ("https://user:pw@login.example.com@evil.org/", "Sign in to corp · evil.org"),
            ("https://löğin.example.com/", "Sign in to corp · xn--lin-sna9r.example.com"),
            ("http://login.example.com/", "NOT SECURE · Sign in to corp · login.example.com"),
            ("http://localhost.example.com/", "NOT SECURE · Sign in to corp · localhost.example.com"),
            ("http://127.0.0.1:8080/", "Sign in to corp · 127.0.0.1:8080"),
            ("http://[::1]:8080/", "Sign in to corp · [::1]:8080"),
            ("http://localhost/", "Sign in to corp · localhost"),
            ("about:blank", "Sign in to corp"),
            (&format!("https://{long}/"), "Sign in to corp · …ne.com.account-verification.attacker-example.org"),
        ] {
            assert_eq!(title(&"corp".parse().unwrap(), &Url::parse(url).unwrap()), expected);
        }
    }
}
