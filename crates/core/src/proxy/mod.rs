//! A proxy's address, and how you sign in to it. User names and passwords often stand in the URL of a proxy, so no
//! message, no `Display` and no `Debug` of this module shows the text that it was read from.

mod no_proxy;
mod variables;

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use url::{Host, Url};

pub use no_proxy::NoProxy;
pub use variables::{NetworkVariables, ProxyVariable};

/// The proxies for the pages of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageProxies {
    /// Those of the system's settings.
    System,
    /// None.
    None,
    /// These.
    Named {
        /// For `http://` pages.
        http: Option<Proxy>,
        /// For `https://` pages.
        https: Option<Proxy>,
        /// Where none is used.
        exceptions: Vec<NoProxy>,
    },
}

/// A proxy, with what it knows you by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is.
    pub address: ProxyAddress,
    /// How you sign in to it.
    pub sign_in: Option<ProxySignIn>,
}

/// Where a proxy is. Shown as `http://proxy.example.org:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProxyAddress {
    scheme: ProxyScheme,
    host: String,
    port: u16,
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyScheme {
    /// CONNECT, in the clear up to the proxy.
    Http,
    /// CONNECT, with TLS up to the proxy.
    Https,
    /// SOCKS 5. This machine resolves host names.
    Socks5,
    /// SOCKS 5. The proxy resolves host names.
    Socks5h,
}

impl ProxyScheme {
    const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Socks5, Self::Socks5h];

    fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    fn usual_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 | Self::Socks5h => 1080,
        }
    }
}

/// A user name and a password for a proxy.
#[derive(Clone)]
pub struct ProxySignIn {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

impl PartialEq for ProxySignIn {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user && self.password.expose_secret() == other.password.expose_secret()
    }
}

impl Eq for ProxySignIn {}

/// Shows neither.
impl fmt::Debug for ProxySignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySignIn").finish_non_exhaustive()
    }
}

/// Why a text isn't a proxy. It never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAProxy {
    /// No URL at all, or one without a host.
    #[error("it isn't the URL of a proxy. Write it like http://proxy.example.org:8080")]
    NotAUrl,
    /// SOCKS 4, PAC, FTP.
    #[error("this kind of proxy isn't supported. Use http://, https://, socks5:// or socks5h://")]
    Scheme,
    /// More than a host and a port.
    #[error(
        "a proxy's URL ends after the host and the port. If there is a user name or a password in it, write special \
         characters percent-encoded, such as %23 for # and %2F for /"
    )]
    Rest,
    /// What is percent-encoded isn't UTF-8.
    #[error("the user name or the password isn't UTF-8 once it's percent-decoded")]
    NotUtf8,
}

impl Proxy {
    /// Reads a proxy's URL, as `HTTPS_PROXY` has it: without a scheme it is `http://`, and user name and password are
    /// percent-encoded.
    ///
    /// # Errors
    ///
    /// [`NotAProxy`].
    pub fn parse(text: &str) -> Result<Self, NotAProxy> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url: Url = whole.parse().map_err(|_| NotAProxy::NotAUrl)?;
        let scheme = ProxyScheme::ALL.into_iter().find(|scheme| scheme.word() == url.scheme());
        let scheme = scheme.ok_or(NotAProxy::Scheme)?;
        let host = match url.host() {
            // Of a scheme that the URL standard doesn't know, it is as it was written.
            Some(Host::Domain(name)) if is_host(name) => name.to_ascii_lowercase(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => format!("[{ip}]"),
            Some(Host::Domain(_)) | None => return Err(NotAProxy::NotAUrl),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(NotAProxy::Rest);
        }
        let port = match url.port() {
            Some(0) => return Err(NotAProxy::NotAUrl),
            port => port.unwrap_or_else(|| scheme.usual_port()),
        };
        let decoded = |text: &str| {
            percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| NotAProxy::NotUtf8)
        };
        let is_signed_in = !url.username().is_empty() || url.password().is_some();
        let sign_in = is_signed_in.then(|| {
            let (user, password) = (decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
            Ok(ProxySignIn { user, password: password.into() })
        });
        Ok(Self { address: ProxyAddress { scheme, host, port }, sign_in: sign_in.transpose()? })
    }
}

impl Proxy {
    /// The URL with user name and password in it. Secret: only for the library that speaks to the proxy.
    #[must_use]
    pub fn url(&self) -> SecretString {
        let Self { address: ProxyAddress { scheme, host, port }, sign_in } = self;
        let Some(ProxySignIn { user, password }) = sign_in else { return self.address.to_string().into() };
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (user, password) = (encoded(user), encoded(password.expose_secret()));
        format!("{}://{user}:{password}@{host}:{port}", scheme.word()).into()
    }
}

fn is_host(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

impl ProxyAddress {
    /// How it is spoken to.
    #[must_use]
    pub fn scheme(&self) -> ProxyScheme {
        self.scheme
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.word(), self.host, self.port)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<(String, String)>) {
        let Proxy { address, sign_in } = Proxy::parse(text).unwrap();
        let sign_in = sign_in.map(|it| (it.user.clone(), it.password.expose_secret().to_owned()));
        (address.to_string(), sign_in)
    }

    #[test]
    fn a_proxy_has_an_address_and_perhaps_a_sign_in() {
        for (text, address) in [
            ("http://proxy.example.org:8080", "http://proxy.example.org:8080"),
            ("proxy:3128", "http://proxy:3128"),
            (" http://PROXY/ ", "http://proxy:80"),
            ("https://proxy", "https://proxy:443"),
            ("socks5h://10.0.0.1", "socks5h://10.0.0.1:1080"),
            ("SOCKS5://proxy:1", "socks5://proxy:1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(read(text), (address.to_owned(), None), "{text}");
        }
        for (text, user, password) in [
            ("http://ann:secret@proxy:1", "ann", "secret"),
            ("ann:secret@proxy:1", "ann", "secret"),
            ("http://CORP%5Cann:p%40ss%3Aw%2Frd%25@proxy:1", "CORP\\ann", "p@ss:w/rd%"),
            ("http://ann:p@ss@proxy:1", "ann", "p@ss"),
            ("socks5h://ann:%C3%BC@proxy:1", "ann", "ü"),
            ("http://ann@proxy:1", "ann", ""),
        ] {
            assert_eq!(read(text).1, Some((user.to_owned(), password.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_proxy_is_refused_without_showing_it() {
        for (text, expected) in [
            ("", NotAProxy::NotAUrl),
            ("http://", NotAProxy::NotAUrl),
            ("http://ann:PLANTED@", NotAProxy::NotAUrl),
            ("http://ann:PLANTED@proxy:99999", NotAProxy::NotAUrl),
            ("http://ann:PLANTED@proxy:0", NotAProxy::NotAUrl),
            ("socks5://ann:PLANTED@pro xy:1", NotAProxy::NotAUrl),
            ("socks4://ann:PLANTED@proxy:1", NotAProxy::Scheme),
            ("pac+http://proxy/PLANTED", NotAProxy::Scheme),
            ("http://ann:%FFPLANTED@proxy:1", NotAProxy::NotUtf8),
            ("http://proxy:1/PLANTED", NotAProxy::Rest),
            ("http://proxy:1#PLANTED", NotAProxy::Rest),
        ] {
            let error = Proxy::parse(text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains("PLANTED"));
        }
    }

    #[test]
    fn a_sign_in_is_never_shown_and_survives_the_way_into_a_url() {
        let proxy = Proxy::parse("http://PLANTED%3A%40%2F%23%25:PLANTED%20ü@proxy:1").unwrap();
        assert!(!format!("{proxy:?} {}", proxy.address).contains("PLANTED"));
        let again = Proxy::parse(proxy.url().expose_secret()).unwrap();
        assert_eq!(again, proxy);
        let again = again.sign_in.unwrap();
        assert_eq!(again.user, "PLANTED:@/#%");
        assert_eq!(again.password.expose_secret(), "PLANTED ü");
    }
}
