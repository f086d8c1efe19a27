//! A connection to a directory: TLS before anything else, and a limit on the time of everything.
//!
//! TCP and StartTLS are done here and not by the LDAP library, whose reader trusts what it reads: it sees the
//! connection only when the server has proven by its certificate that it is the one that is meant.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions, StdStream};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::error::DirectoryError;
use super::refusal::{self, BindEnd};
use super::settings::DirectorySettings;
use super::start_tls;
use crate::http::{CaBundle, HttpError, Trouble};
use crate::identity::words::cleaned;

/// A host may have many addresses (a domain of Active Directory has all of its controllers): no dead one takes longer.
const ADDRESS_LIMIT: Duration = Duration::from_millis(3_100);
/// Name, TCP, StartTLS and TLS together.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// One request, all its entries included.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);

/// Where a directory is: the setting `url`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: u16,
    start_tls: bool,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) dn: String,
    /// Texts by the attribute's name in lower case.
    attributes: BTreeMap<String, Vec<String>>,
}

/// What a search found.
#[derive(Debug)]
pub(super) enum Found {
    Entries(Vec<Entry>),
    /// More than were asked for, or than the server gives.
    TooMany,
}

/// A connection with TLS. Dropping it closes it.
pub(super) struct Connection {
    url: String,
    ldap: Ldap,
}

impl Address {
    /// Reads the setting. There is no way without TLS, on this machine neither: a password would be there for every
    /// program to read that may listen, and the habit would be carried to the next server.
    pub(super) fn of(settings: &DirectorySettings) -> Result<Self, DirectoryError> {
        let wrong = |why: &str| DirectoryError::setting("url", &settings.url, why);
        let url: Url = settings.url.parse().map_err(|_| {
            wrong("it is not a URL; write ldaps:// and the server's name, for example ldaps://ldap.example.org")
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
            return Err(wrong("there is no user in it; write that in bind_user"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("nothing stands behind the host and the port; where to search is search_base"));
        }
        let host = url.host_str().unwrap_or_default();
        // Also excludes what a URL of an unknown scheme keeps as it was written: brackets and percents.
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-.".contains(&b);
        if host.is_empty() || !host.bytes().all(is_name) || ServerName::try_from(host).is_err() {
            return Err(wrong("the host must be a name (or an IPv4 address), as the server's certificate has it"));
        }
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(usual_port), start_tls })
    }
}

/// Trust for the system's certificates and those of `ca_file`.
pub(super) fn trust(settings: &DirectorySettings) -> Result<Arc<ClientConfig>, DirectoryError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = &settings.ca_file {
        let bundle = CaBundle::read(Path::new(path))?;
        for certificate in CertificateDer::pem_slice_iter(bundle.pem()) {
            let added = certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
            added.map_err(|why| HttpError::BadCertificate { path: path.into(), why })?;
        }
    }
    if roots.is_empty() {
        let why = system.errors.first().map_or_else(|| "no certificates to trust".to_owned(), ToString::to_string);
        return Err(HttpError::Setup { why }.into());
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| HttpError::Setup { why: e.to_string() })?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

impl Connection {
    /// Connects with TLS; nothing is sent that anybody may not read until it stands.
    pub(super) async fn open(settings: &DirectorySettings) -> Result<Self, DirectoryError> {
        let address = Address::of(settings)?;
        let trust = trust(settings)?;
        let url = settings.url.clone();
        match timeout(CONNECT_LIMIT, connect(&url, &address, trust)).await {
            Ok(ldap) => Ok(Self { ldap: ldap?, url }),
            Err(_) => Err(DirectoryError::Unreachable { url, trouble: Trouble::TimedOut }),
        }
    }

    /// A simple bind. An empty name or password would be an anonymous one, which succeeds and proves nothing (RFC 4513,
    /// 5.1.2): it is never sent.
    pub(super) async fn bind(&mut self, name: &str, password: &SecretString) -> Result<BindEnd, DirectoryError> {
        if name.is_empty() || password.expose_secret().is_empty() {
            return Err(DirectoryError::EmptyPassword);
        }
        let bind = self.ldap.with_controls(refusal::ask_why()).simple_bind(name, password.expose_secret());
        let result = match timeout(REQUEST_LIMIT, bind).await {
            Ok(result) => result.map_err(|error| broken(&self.url, &error))?,
            Err(_) => return Err(self.too_slow()),
        };
        if let Some(referral) = refers_to(result.rc, &result.refs) {
            return Err(DirectoryError::Referral { url: self.url.clone(), to: referral });
        }
        Ok(refusal::read(&result))
    }

    /// Entries at or below a base, `limit` at most. References to other servers are left alone.
    pub(super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: usize,
    ) -> Result<Found, DirectoryError> {
        let seconds = i32::try_from(REQUEST_LIMIT.as_secs()).unwrap_or(i32::MAX);
        let size = i32::try_from(limit).unwrap_or(i32::MAX).saturating_add(1);
        self.ldap.with_search_options(SearchOptions::new().sizelimit(size).timelimit(seconds));
        match timeout(REQUEST_LIMIT, found(&mut self.ldap, &self.url, base, scope, filter, attributes, limit)).await {
            Ok(found) => found,
            Err(_) => Err(self.too_slow()),
        }
    }

    fn too_slow(&self) -> DirectoryError {
        DirectoryError::Unreachable { url: self.url.clone(), trouble: Trouble::TimedOut }
    }
}

impl Entry {
    /// An entry with these attributes.
    pub(super) fn new(dn: &str, attributes: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, values)| (name.to_lowercase(), values)).collect();
        Self { dn: dn.to_owned(), attributes }
    }

    /// The values of an attribute that are text; none where there is no such attribute. Names have no case.
    pub(super) fn values(&self, attribute: &str) -> &[String] {
        self.attributes.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }
}

async fn connect(url: &str, address: &Address, trust: Arc<ClientConfig>) -> Result<Ldap, DirectoryError> {
    let unreachable = |trouble| DirectoryError::Unreachable { url: url.to_owned(), trouble };
    let mut stream = tcp(address).await.map_err(unreachable)?;
    if address.start_tls {
        match start_tls::ask(&mut stream).await.map_err(|error| unreachable(Trouble::of(&error)))? {
            start_tls::Answer::Begin => {}
            start_tls::Answer::Refused { code, words } => {
                return Err(DirectoryError::StartTlsRefused {
                    url: url.to_owned(),
                    code,
                    words: cleaned(&words, refusal::MOST_WORDS),
                });
            }
        }
    }
    let stream = stream.into_std().map_err(|error| unreachable(Trouble::of(&error)))?;
    let settings = LdapConnSettings::new().set_std_stream(StdStream::Tcp(stream)).set_config(trust);
    // The scheme has the library do TLS now; the stream is connected already.
    let with_tls = format!("ldaps://{}:{}", address.host, address.port);
    let (connection, ldap) =
        LdapConnAsync::with_settings(settings, &with_tls).await.map_err(|error| broken(url, &error))?;
    // It ends when the last handle is dropped.
    tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "a connection to a directory broke");
        }
    });
    Ok(ldap)
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

async fn found(
    ldap: &mut Ldap,
    url: &str,
    base: &str,
    scope: Scope,
    filter: &str,
    attributes: &[&str],
    limit: usize,
) -> Result<Found, DirectoryError> {
    let lost = |error: LdapError| broken(url, &error);
    let mut stream = ldap.streaming_search(base, scope, filter, attributes.to_vec()).await.map_err(lost)?;
    let mut entries = Vec::new();
    while let Some(item) = stream.next().await.map_err(lost)? {
        if item.is_ref() || item.is_intermediate() {
            continue;
        }
        if entries.len() == limit {
            return Ok(Found::TooMany);
        }
        let entry = SearchEntry::construct(item);
        entries.push(Entry::new(&entry.dn, entry.attrs));
    }
    let result = stream.finish().await;
    match result.rc {
        0 => Ok(Found::Entries(entries)),
        // sizeLimitExceeded, adminLimitExceeded.
        4 | 11 => Ok(Found::TooMany),
        // noSuchObject, by a base that is not there or not to be seen.
        32 if matches!(scope, Scope::Base) => Ok(Found::Entries(Vec::new())),
        code => Err(match refers_to(code, &result.refs) {
            Some(to) => DirectoryError::Referral { url: url.to_owned(), to },
            None => DirectoryError::Failed {
                url: url.to_owned(),
                doing: format!("search below {base:?}"),
                code,
                words: cleaned(&result.text, refusal::MOST_WORDS),
            },
        }),
    }
}

/// The server that a referral names, without what may stand behind it.
fn refers_to(code: u32, referrals: &[String]) -> Option<String> {
    (code == 10).then(|| {
        let first = referrals.first().map(String::as_str).unwrap_or_default();
        let host = first.parse::<Url>().ok().and_then(|url| url.host_str().map(str::to_owned));
        cleaned(&host.unwrap_or_else(|| "it doesn't say which".to_owned()), refusal::MOST_WORDS)
    })
}

fn broken(url: &str, error: &LdapError) -> DirectoryError {
    let trouble = match error {
        LdapError::Timeout { .. } => Trouble::TimedOut,
        LdapError::Io { source } if source.kind() == io::ErrorKind::UnexpectedEof => hung_up(),
        LdapError::ResultRecv { .. } | LdapError::OpSend { .. } | LdapError::EndOfStream => hung_up(),
        other => Trouble::of(other),
    };
    DirectoryError::Unreachable { url: url.to_owned(), trouble }
}

fn hung_up() -> Trouble {
    Trouble::Other("the connection was closed".to_owned())
}
