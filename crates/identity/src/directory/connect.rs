//! Connects to a directory: TLS before anything else, and a time limit on every step. Never through a proxy, which
//! would have to pass LDAP on.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::error::DirectoryError;
use super::start_tls;
use daypass_core::settings::{DirectorySettings, SettingField};
use daypass_core::text::cleaned;
use daypass_http::{CaBundle, Network, Trouble};
use daypass_ldap::message::Outcome;
use daypass_ldap::refusal::MOST_WORDS;

/// The limit for one address. A host may have many: an Active Directory domain lists all of its controllers.
const ADDRESS_LIMIT: Duration = Duration::from_millis(3_100);
/// Name, TCP, StartTLS and TLS together.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Where a directory is: the setting `url`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
    start_tls: bool,
}

/// Connects with TLS. Nothing secret is sent before TLS is up.
pub(super) async fn connect(
    settings: &DirectorySettings,
    network: &Network,
) -> Result<TlsStream<TcpStream>, DirectoryError> {
    let address = Address::of(settings)?;
    let trust = trust(settings, network)?;
    let url = &settings.url;
    match timeout(CONNECT_LIMIT, with_tls(url, &address, trust)).await {
        Ok(stream) => stream,
        Err(_) => Err(DirectoryError::Unreachable { url: url.clone(), trouble: Trouble::TimedOut }),
    }
}

impl Address {
    /// Reads the setting. TLS is required even on this machine. Without it, every program that may listen could read
    /// the password, and the habit would carry over to the next server.
    pub(super) fn of(settings: &DirectorySettings) -> Result<Self, DirectoryError> {
        let wrong = |why: &str| DirectoryError::setting(SettingField::Url, &settings.url, why);
        let url: Url = settings.url.parse().map_err(|_| {
            wrong("it isn't a URL; write ldaps:// and the server's name, for example ldaps://ldap.example.org")
        })?;
        let (start_tls, usual_port) = match (url.scheme(), settings.start_tls) {
            ("ldaps", false) => (false, 636),
            ("ldap", true) => (true, 389),
            ("ldap", false) => {
                return Err(wrong(
                    "a password over ldap:// can be read on its way; write ldaps://, or switch start_tls on",
                ));
            }
            ("ldaps", true) => {
                return Err(wrong("ldaps:// has TLS from the start; write ldap:// for start_tls, or leave that out"));
            }
            _ => return Err(wrong("it must begin with ldaps://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it can't contain a user; set bind_user instead"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("end it after the host and the port; write where to search in search_base"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            host => host.map(|host| host.to_string()).unwrap_or_default(),
        };
        // Also excludes percent signs, which a URL of an unknown scheme keeps as written.
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:".contains(&b);
        if host.is_empty() || !host.bytes().all(is_plain) || ServerName::try_from(host.as_str()).is_err() {
            return Err(wrong("the host must be a name (or an IP address), as in the server's certificate"));
        }
        Ok(Self { host, port: url.port().unwrap_or(usual_port), start_tls })
    }
}

/// Trusts what every connection trusts, and the certificates in `ca_file`.
pub(super) fn trust(settings: &DirectorySettings, network: &Network) -> Result<Arc<ClientConfig>, DirectoryError> {
    let own = settings.ca_file.as_ref().map(|path| CaBundle::read(Path::new(path))).transpose()?;
    let mut config = network.trust(own.as_ref())?;
    // LDAP has no name there.
    config.alpn_protocols.clear();
    Ok(Arc::new(config))
}

async fn with_tls(
    url: &str,
    address: &Address,
    trust: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, DirectoryError> {
    let unreachable = |trouble| DirectoryError::Unreachable { url: url.to_owned(), trouble };
    let name = ServerName::try_from(address.host.clone()).map_err(|_| {
        DirectoryError::setting(SettingField::Url, url, "the host isn't a name that a certificate could have")
    })?;
    let mut stream = tcp(address).await.map_err(unreachable)?;
    if address.start_tls {
        let Outcome { code, text, .. } =
            start_tls::ask(&mut stream).await.map_err(|error| DirectoryError::broken(url, error))?;
        if code != 0 {
            return Err(DirectoryError::StartTlsRefused {
                url: url.to_owned(),
                code,
                words: cleaned(&text, MOST_WORDS),
            });
        }
    }
    let stream = TlsConnector::from(trust).connect(name, stream).await;
    stream.map_err(|error| DirectoryError::broken(url, error.into()))
}

async fn tcp(address: &Address) -> Result<TcpStream, Trouble> {
    let addresses = tokio::net::lookup_host((address.host.as_str(), address.port));
    let mut trouble = Trouble::NoSuchHost;
    for socket in addresses.await.map_err(|_| Trouble::NoSuchHost)? {
        match timeout(ADDRESS_LIMIT, TcpStream::connect(socket)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => trouble = Trouble::of(&error),
            Err(_) => trouble = Trouble::TimedOut,
        }
    }
    Err(trouble)
}
