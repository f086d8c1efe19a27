//! A web address, taken apart.

use daypass_core::recognised::Thing;
use daypass_http::is_loopback;
use url::Url;

use super::found::{Filled, Found};
use super::question::Question;
use super::{mail, name};

/// How often a link can be wrapped.
const WRAPPED: usize = 3;

/// Query parameters that belong to one sign-in and not to the address.
const OF_ONE_SIGN_IN: [&str; 12] = [
    "samlrequest",
    "samlresponse",
    "sigalg",
    "signature",
    "code",
    "state",
    "nonce",
    "session_state",
    "sessiontoken",
    "id_token",
    "access_token",
    "fromuri",
];

/// An address: what it is made of, in the forms that are compared.
pub(super) struct Address {
    pub(super) url: Url,
    pub(super) host: String,
    /// The parts of its path that aren't empty, in lower case.
    pub(super) path: Vec<String>,
}

impl Address {
    /// Without user, password and fragment, and over https unless it is on this machine. `None` for another scheme.
    pub(super) fn of(mut url: Url) -> Option<Self> {
        for _ in 0..WRAPPED {
            match mail::unwrapped(&url) {
                Some(inner) => url = inner,
                None => break,
            }
        }
        if !matches!(url.scheme(), "https" | "http") {
            return None;
        }
        url.set_username("").and_then(|()| url.set_password(None)).ok()?;
        if url.scheme() == "http" && !is_loopback(&url) {
            url.set_scheme("https").ok()?;
        }
        let host = url.host_str()?.trim_end_matches('.').to_owned();
        let is_whole = host.contains('.') || is_loopback(&url) || host.starts_with('[');
        let path = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty());
        let path = path.map(str::to_ascii_lowercase).collect();
        is_whole.then_some(Self { url, host, path })
    }

    /// Whether it is at one of these domains or below.
    pub(super) fn is_below(&self, domains: &[&str]) -> bool {
        domains.iter().any(|domain| self.host == **domain || self.host.ends_with(&format!(".{domain}")))
    }

    /// Its path begins with these parts.
    pub(super) fn begins(&self, parts: &[&str]) -> bool {
        self.path.len() >= parts.len() && self.path.iter().zip(parts).all(|(one, other)| one == other)
    }

    /// The value of a parameter, whatever its letters' case.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
    }

    /// Whether someone copied it in the middle of a sign-in.
    pub(super) fn is_under_way(&self) -> bool {
        self.query("SAMLRequest").is_some()
    }

    /// The address without its fragment and what belongs to one sign-in.
    pub(super) fn lasting(&self) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        let is_lasting = |key: &str| !OF_ONE_SIGN_IN.contains(&key.to_ascii_lowercase().as_str());
        let has_passing = url.query_pairs().any(|(key, _)| !is_lasting(&key));
        if has_passing {
            let kept: Vec<(String, String)> =
                url.query_pairs().filter(|(key, _)| is_lasting(key)).map(|(k, v)| (k.into(), v.into())).collect();
            url.set_query(None);
            if !kept.is_empty() {
                url.query_pairs_mut().extend_pairs(kept);
            }
        }
        url.into()
    }

    /// The address with only the first so many parts of its path.
    pub(super) fn up_to(&self, parts: usize) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        let kept: Vec<&str> =
            self.url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).take(parts).collect();
        url.set_path(&kept.join("/"));
        url
    }

    /// How it is shown: the host, with its port.
    pub(super) fn shown(&self) -> String {
        self.url.port().map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }

    pub(super) fn name(&self) -> Option<String> {
        name::of_host(&self.url)
    }

    /// A provider's tile or bookmark for AWS.
    pub(super) fn tile(&self, thing: Thing) -> Found {
        Found::new(thing, self.shown()).named(self.name()).filling(Filled::saml().with("start_url", self.lasting()))
    }

    /// A provider's single sign-on address.
    pub(super) fn endpoint(&self) -> Found {
        let mut bare = self.url.clone();
        bare.set_fragment(None);
        bare.set_query(None);
        self.endpoint_at(bare.as_str())
    }

    /// The same at another address of this host.
    pub(super) fn endpoint_at(&self, sso_url: &str) -> Found {
        let filled = Filled::saml().with("sso_url", sso_url);
        Found::new(Thing::SamlEndpoint, self.shown()).named(self.name()).filling(filled)
    }

    /// An issuer, which its discovery document confirms.
    pub(super) fn issuer(&self, issuer: &str) -> Found {
        let filled = Filled::oidc().with("issuer", issuer);
        let found = Found::new(Thing::Issuer, self.shown()).named(self.name()).filling(filled);
        match issuer.parse() {
            Ok(url) => found.asking(Question::Issuer(vec![url])),
            Err(_) => found,
        }
    }
}
