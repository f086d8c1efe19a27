//! Requests to a directory, one after the other on one connection. Whatever it answers, each ends within its time limit
//! and stays within its share of memory.

use std::time::Duration;

use ldap3::asn1::ASNTag;
use ldap3::{Scope, parse_filter};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::connect::connect;
use super::error::DirectoryError;
use super::receive::{ReadError, receive};
use daypass_core::settings::DirectorySettings;
use daypass_core::text::cleaned;
use daypass_http::{Network, Trouble};
use daypass_ldap::ber::{
    BOOLEAN, ENUMERATED, Elements, INTEGER, OCTET_STRING, SEQUENCE, element, holding, numbered, written,
};
use daypass_ldap::message::{Answer, Entry, LONGEST, Message, NotLdap, Outcome};
use daypass_ldap::refusal::{self, BindEnd};

/// The limit for one request, including all its entries.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// The limit for all pages of a search.
const PAGES_LIMIT: Duration = Duration::from_secs(60);
/// The limit in bytes for all answers to a request, or to all pages of one search.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Entries in a page. OpenLDAP returns 500 at once by default, Active Directory 1,000.
const PAGE: u32 = 500;
/// A server may return less than requested, but not forever.
const MOST_PAGES: usize = 1_000;
/// The simple paged results control (RFC 2696). Servers that don't know it ignore it.
const PAGED_RESULTS: &str = "1.2.840.113556.1.4.319";

/// Every entry.
pub(super) const ANY: &str = "(objectClass=*)";
/// The base of a search doesn't exist, or isn't visible.
const NO_SUCH_OBJECT: u32 = 32;

const BIND_REQUEST: u8 = 0x60;
const SIMPLE: u8 = 0x80;
const SEARCH_REQUEST: u8 = 0x63;
const CONTROLS: u8 = 0xa0;

/// What a search found.
#[derive(Debug)]
pub(super) enum Found {
    Entries(Vec<Entry>),
    /// There are more than were asked for, or than the server returns.
    TooMany,
}

/// Entries, and how their search ended.
type Results = (Vec<Entry>, Outcome);

/// The stream for requests: TLS, or a test's own server.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A connection with TLS. Dropping it closes it.
pub(super) struct Connection<S = TlsStream<TcpStream>> {
    url: String,
    stream: S,
    /// Of the last request.
    id: u32,
    /// Whether a bind went well.
    is_bound: bool,
}

impl Connection {
    /// Connects with TLS.
    pub(super) async fn open(settings: &DirectorySettings, network: &Network) -> Result<Self, DirectoryError> {
        Ok(Self::on(connect(settings, network).await?, &settings.url))
    }
}

impl<S: Stream> Connection<S> {
    /// Sends requests over an open stream.
    pub(super) fn on(stream: S, url: &str) -> Self {
        // StartTLS was the first.
        Self { url: url.to_owned(), stream, id: 1, is_bound: false }
    }

    /// A simple bind. An empty name or password would make it anonymous, which succeeds and proves nothing (RFC 4513,
    /// section 5.1.2), so it is never sent.
    pub(super) async fn bind(&mut self, name: &str, password: &SecretString) -> Result<BindEnd, DirectoryError> {
        if name.is_empty() || password.expose_secret().is_empty() {
            return Err(DirectoryError::EmptyPassword);
        }
        let version = numbered(INTEGER, 3);
        let name = element(OCTET_STRING, name.as_bytes());
        let password = element(SIMPLE, password.expose_secret().as_bytes());
        let request = holding(BIND_REQUEST, &[&version, &name, &password]);
        let ask_why = holding(SEQUENCE, &[&element(OCTET_STRING, refusal::PASSWORD_POLICY.as_bytes())]);
        let url = self.url.clone();
        let outcome = within(REQUEST_LIMIT, &url, self.bound(&request, &element(CONTROLS, &ask_why))).await?;
        if let Some(to) = refers_to(&outcome) {
            return Err(DirectoryError::Referral { url: self.url.clone(), to });
        }
        let end = refusal::read(&outcome);
        self.is_bound = end == BindEnd::Bound;
        Ok(end)
    }

    /// Entries at or below a base, at most `limit`, page by page if servers don't return that many at once. References
    /// to other servers are ignored.
    pub(super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&str],
        limit: usize,
    ) -> Result<Found, DirectoryError> {
        let Some((entries, outcome)) = self.results(base, &scope, filter, attributes, limit).await? else {
            return Ok(Found::TooMany);
        };
        match outcome.code {
            0 => Ok(Found::Entries(entries)),
            // sizeLimitExceeded, adminLimitExceeded.
            4 | 11 => Ok(Found::TooMany),
            NO_SUCH_OBJECT if matches!(scope, Scope::Base) => Ok(Found::Entries(Vec::new())),
            _ => Err(self.search_failed(base, &outcome)),
        }
    }

    /// Whether there is an entry to search below. It need not be one that can be read.
    pub(super) async fn look_for(&mut self, base: &str) -> Result<(), DirectoryError> {
        match self.results(base, &Scope::Base, ANY, &["1.1"], 1).await? {
            Some((_, outcome)) if !matches!(outcome.code, 0 | 4 | 11) => Err(self.search_failed(base, &outcome)),
            _ => Ok(()),
        }
    }

    /// The entries, and how the search ended. `None` if there are more than `limit`.
    async fn results(
        &mut self,
        base: &str,
        scope: &Scope,
        filter: &str,
        attributes: &[&str],
        limit: usize,
    ) -> Result<Option<Results>, DirectoryError> {
        let parsed = parse_filter(filter).map_err(|()| DirectoryError::Filter { filter: filter.to_owned() })?;
        let size = u32::try_from(limit).unwrap_or(u32::MAX >> 1).saturating_add(1);
        let attributes: Vec<_> = attributes.iter().map(|name| element(OCTET_STRING, name.as_bytes())).collect();
        let request = holding(
            SEARCH_REQUEST,
            &[
                &element(OCTET_STRING, base.as_bytes()),
                &numbered(
                    ENUMERATED,
                    match scope {
                        Scope::Base => 0,
                        Scope::OneLevel => 1,
                        Scope::Subtree => 2,
                    },
                ),
                // Aliases are not followed.
                &numbered(ENUMERATED, 0),
                &numbered(INTEGER, size),
                &numbered(INTEGER, u32::try_from(REQUEST_LIMIT.as_secs()).unwrap_or(0)),
                // Values, too.
                &element(BOOLEAN, &[0]),
                &written(parsed.into_structure()),
                &holding(SEQUENCE, &attributes.iter().map(|name| name.as_slice()).collect::<Vec<_>>()),
            ],
        );
        let url = self.url.clone();
        if limit > PAGE as usize {
            return within(PAGES_LIMIT, &url, self.pages(&request, limit)).await;
        }
        within(REQUEST_LIMIT, &url, self.found(&request, &[], limit, &mut 0)).await
    }

    fn search_failed(&self, base: &str, outcome: &Outcome) -> DirectoryError {
        let (url, code) = (self.url.clone(), outcome.code);
        let words = cleaned(&outcome.text, refusal::MOST_WORDS);
        match (refers_to(outcome), code) {
            (Some(to), _) => DirectoryError::Referral { url, to },
            (None, NO_SUCH_OBJECT) => DirectoryError::NoBase { url, base: base.to_owned(), words },
            // Active Directory says operationsError; others strongerAuthRequired, inappropriateAuthentication,
            // insufficientAccessRights or unwillingToPerform.
            (None, 1 | 8 | 48 | 50 | 53) if !self.is_bound => DirectoryError::NotAnonymous { url, code, words },
            (None, code) => DirectoryError::Failed { url, doing: format!("search below {base:?}"), code, words },
        }
    }

    async fn bound(&mut self, request: &[u8], controls: &[u8]) -> Result<Outcome, DirectoryError> {
        self.send(request, controls).await?;
        match self.answer(&mut 0).await? {
            Answer::Bind(outcome) => Ok(outcome),
            _ => Err(self.not_asked_for()),
        }
    }

    /// Like [`Self::found`], for all pages. An empty page may not be the last one.
    async fn pages(&mut self, request: &[u8], limit: usize) -> Result<Option<Results>, DirectoryError> {
        let (mut all, mut cookie, mut bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..MOST_PAGES {
            let page = holding(SEQUENCE, &[&numbered(INTEGER, PAGE), &element(OCTET_STRING, &cookie)]);
            let control = [element(OCTET_STRING, PAGED_RESULTS.as_bytes()), element(OCTET_STRING, &page)];
            let control = holding(CONTROLS, &[&holding(SEQUENCE, &[&control[0], &control[1]])]);
            let found = self.found(request, &control, limit - all.len(), &mut bytes).await?;
            let Some((entries, outcome)) = found else { return Ok(None) };
            all.extend(entries);
            match next_page(&outcome).filter(|_| outcome.code == 0) {
                Some(next) => cookie = next,
                None => return Ok(Some((all, outcome))),
            }
        }
        Err(self.broken(NotLdap("its pages don't end").into()))
    }

    /// The entries, and how the search ended. `None` if there are more than `limit`.
    async fn found(
        &mut self,
        request: &[u8],
        controls: &[u8],
        limit: usize,
        bytes: &mut usize,
    ) -> Result<Option<Results>, DirectoryError> {
        self.send(request, controls).await?;
        let mut entries = Vec::new();
        loop {
            match self.answer(bytes).await? {
                Answer::Entry(_) if entries.len() == limit => return Ok(None),
                Answer::Entry(entry) => entries.push(entry),
                Answer::Aside => {}
                Answer::Done(outcome) => return Ok(Some((entries, outcome))),
                Answer::Bind(_) | Answer::Extended(_) => return Err(self.not_asked_for()),
            }
        }
    }

    async fn send(&mut self, request: &[u8], controls: &[u8]) -> Result<(), DirectoryError> {
        self.id += 1;
        let message = holding(SEQUENCE, &[&numbered(INTEGER, self.id), request, controls]);
        let sent = match self.stream.write_all(&message).await {
            Ok(()) => self.stream.flush().await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| self.broken(error.into()))
    }

    /// The next answer to the last request. `bytes` counts the bytes read for it.
    async fn answer(&mut self, bytes: &mut usize) -> Result<Answer, DirectoryError> {
        loop {
            let read = receive(&mut self.stream, LONGEST).await;
            let (Message { id, answer }, length) = read.map_err(|error| self.broken(error))?;
            *bytes += length;
            if *bytes > MOST_BYTES {
                return Err(self.broken(NotLdap("it's more than Daypass asked for").into()));
            }
            match (id, answer) {
                (id, answer) if id == self.id => return Ok(answer),
                // A notice of disconnection (RFC 4511, 4.4.1).
                (0, Answer::Extended(Outcome { code, text, .. })) => {
                    let words = cleaned(&text, refusal::MOST_WORDS);
                    return Err(DirectoryError::Failed {
                        url: self.url.clone(),
                        doing: "continue the search".into(),
                        code,
                        words,
                    });
                }
                // The rest of a search that found too many.
                (id, _) if (2..self.id).contains(&id) => {}
                _ => return Err(self.not_asked_for()),
            }
        }
    }

    fn not_asked_for(&self) -> DirectoryError {
        self.broken(NotLdap("it answers a different request").into())
    }

    fn broken(&self, error: ReadError) -> DirectoryError {
        DirectoryError::broken(&self.url, error)
    }
}

async fn within<T>(
    limit: Duration,
    url: &str,
    work: impl Future<Output = Result<T, DirectoryError>>,
) -> Result<T, DirectoryError> {
    let late = |_| Err(DirectoryError::Unreachable { url: url.to_owned(), trouble: Trouble::TimedOut });
    timeout(limit, work).await.unwrap_or_else(late)
}

/// The cookie for the next page. `None` after the last one, and for a server that doesn't support pages.
fn next_page(outcome: &Outcome) -> Option<Vec<u8>> {
    let control = outcome.controls.iter().find(|control| control.oid == PAGED_RESULTS)?;
    let mut value = Elements::of(control.value.as_deref()?).inside(SEQUENCE)?;
    let _estimate = value.next(INTEGER)?;
    value.next(OCTET_STRING).filter(|cookie| !cookie.is_empty()).map(<[u8]>::to_vec)
}

/// The server that a referral names, without the rest of the URL.
fn refers_to(outcome: &Outcome) -> Option<String> {
    (outcome.code == 10).then(|| {
        let first = outcome.referrals.first().map(String::as_str).unwrap_or_default();
        let host = first.parse::<Url>().ok().and_then(|url| url.host_str().map(str::to_owned));
        cleaned(&host.unwrap_or_else(|| "it doesn't say which".to_owned()), refusal::MOST_WORDS)
    })
}
