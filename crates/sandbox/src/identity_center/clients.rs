//! Registered clients, and the grants and scopes that they can ask for.

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::{Host, Url};

pub(super) const ACCOUNT_ACCESS: &str = "sso:account:access";
pub(super) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub(super) const AUTHORIZATION_CODE: &str = "authorization_code";
pub(super) const REFRESH_TOKEN: &str = "refresh_token";

/// A registration, valid until it expires.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) secret: SecretString,
    pub(super) scopes: Vec<String>,
    pub(super) grant_types: Vec<String>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) expires: DateTime<Utc>,
}

impl Client {
    /// Whether the client registered this URI. Any port with the same host and path counts (RFC 8252, section 7.3).
    pub(super) fn may_redirect_to(&self, uri: &str) -> bool {
        let without_port = |uri: &str| {
            loopback(uri).map(|mut url| {
                _ = url.set_port(None);
                url
            })
        };
        let wanted = without_port(uri);
        wanted.is_some() && self.redirect_uris.iter().any(|known| without_port(known) == wanted)
    }
}

/// The URI, if it is plain http on this machine and can't lead elsewhere.
pub(super) fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip == std::net::Ipv4Addr::LOCALHOST,
        Host::Ipv6(ip) => ip == std::net::Ipv6Addr::LOCALHOST,
    };
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (loopback && plain && url.scheme() == "http" && url.query().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn any_port_and_nothing_else_may_differ() {
        let client = Client {
            name: String::new(),
            secret: random::session_token(),
            scopes: Vec::new(),
            grant_types: Vec::new(),
            redirect_uris: vec!["http://127.0.0.1/oauth/callback".into()],
            expires: DateTime::UNIX_EPOCH,
        };
        for good in ["http://127.0.0.1:5/oauth/callback", "http://127.0.0.1/oauth/callback"] {
            assert!(client.may_redirect_to(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:5/oauth/callback",
            "http://localhost:5/oauth/callback",
            "http://127.0.0.1:5/oauth/callback2",
            "http://127.0.0.1:5/oauth/callback?x=1",
            "http://127.0.0.1@evil.example:5/oauth/callback",
            "http://127.0.0.2:5/oauth/callback",
        ] {
            assert!(!client.may_redirect_to(bad), "{bad}");
        }
    }
}
