//! Addresses, to decide how a request travels and how to show it.

use std::net::IpAddr;

use url::{Host, Url};

/// Whether a URL points at this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// A URL without user, query and fragment, for messages.
#[must_use]
pub fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // Both fail only for URLs that can't have a host, and those have no user either.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}
