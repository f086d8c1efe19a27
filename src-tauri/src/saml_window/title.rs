//! The title of a sign-in window, the one place that a page can't write to.

use std::net::IpAddr;

use daypass_core::names::IdentityName;
use tauri::Url;

/// How many characters of a host to show. Title bars cut off the end, which is the part of a host that can't be faked,
/// so this module cuts off the beginning instead.
const MOST_SHOWN: usize = 48;

/// `Sign in to corp · login.example.com`, after a warning if others on the network can read along.
///
/// The host is in its ASCII form, so that letters from other alphabets can't make it look like another host.
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
    // The host is ASCII, so every byte is a character.
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
    fn the_title_names_the_identity_and_the_host() {
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
