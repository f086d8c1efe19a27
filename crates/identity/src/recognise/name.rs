//! A name for an identity, from an address.

use url::{Host, Url};

/// Long enough to tell companies apart, and short enough for a list.
const LONGEST: usize = 32;

/// First labels of a provider's hosts that are the provider's own.
const PROVIDERS_OWN: [&str; 8] = ["www", "login", "sso", "help", "support", "developer", "status", "manage"];

/// Second labels of domains in which companies have the third.
const PUBLIC: [&str; 10] = ["co", "com", "org", "net", "ac", "gov", "edu", "or", "ne", "gob"];

/// What the host is called: the company's part of its domain. `None` for an address of numbers and for this machine.
pub(super) fn of_host(url: &Url) -> Option<String> {
    let Some(Host::Domain(host)) = url.host() else {
        // `ldap:` is none of the schemes whose hosts the parser looks into.
        let host = url.host_str()?;
        return if host.parse::<std::net::IpAddr>().is_ok() { None } else { of_domain(host) };
    };
    of_domain(host)
}

fn of_domain(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    match labels.as_slice() {
        [.., company, second, top] if top.len() == 2 && PUBLIC.contains(second) => tidy(company),
        // Below a domain that only machines inside have, the first label may be all there is.
        [.., company, "local" | "internal" | "lan" | "corp" | "intra"] => tidy(company),
        [.., company, _top] => tidy(company),
        _ => None,
    }
}

/// The first label of a provider's host, which is the company's: `acme` of `acme.okta.com`.
pub(super) fn of_subdomain(host: &str) -> Option<String> {
    let (first, _) = host.split_once('.')?;
    tidy(first.strip_suffix("-admin").unwrap_or(first)).filter(|name| !PROVIDERS_OWN.contains(&name.as_str()))
}

/// A text as a name: small letters, digits and single dashes. `None` if it says nothing.
pub(super) fn tidy(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
        if name.len() >= LONGEST {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    let says_something = name.len() >= 2 && !name.starts_with("xn-") && name.contains(|c: char| c.is_ascii_lowercase());
    says_something.then(|| name.to_owned())
}
