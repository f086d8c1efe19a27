//! Every HTTP request that the AWS SDK doesn't make goes through [`Http`]: same trust, same time-outs, same proxy.

#[cfg(any(test, feature = "fake"))]
pub mod fake;

use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use url::{Host, Url};

use daypass_core::digest;
use daypass_core::openness::{self, Opening};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

/// How long it may take to connect.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a request may take in total, including the body.
const TOTAL_LIMIT: Duration = Duration::from_secs(30);
/// Discovery documents, key sets and token answers have a few kilobytes. Anything longer is something else.
pub const BODY_LIMIT: usize = 1 << 20;

/// What a browser accepts as a page.
const PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// An HTTP client: rustls, the system's certificates and those of a [`CaBundle`], 10 s to connect, 30 s in all,
/// bodies up to 1 MiB.
///
/// It never follows redirects: a token endpoint that redirects could send a code or a refresh token to any address,
/// even inside your network (see openidconnect's documentation on SSRF). It uses the system's proxy, except for
/// loopback addresses: a proxy can't reach those, and mustn't see what is meant for this machine.
#[derive(Debug, Clone)]
pub struct Http {
    proxied: reqwest::Client,
    direct: reqwest::Client,
}

/// A complete answer.
#[derive(Clone)]
pub struct Answer {
    /// HTTP status code.
    pub status: u16,
    /// `Content-Type` without parameters, in lower case.
    pub content_type: Option<String>,
    /// `Date`: the server's clock, to the second.
    pub date: Option<DateTime<Utc>>,
    /// `Location` of a redirect, which isn't followed.
    pub location: Option<String>,
    /// `ETag`: what tells this version of the document from another.
    pub etag: Option<String>,
    /// `Last-Modified`, as the server wrote it.
    pub last_modified: Option<String>,
    /// `Retry-After`: how long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The body, at most 1 MiB. It may contain tokens.
    pub body: Vec<u8>,
}

impl Http {
    /// A client that trusts the system's certificates and those in `ca`.
    ///
    /// # Errors
    ///
    /// [`HttpError::BadCertificate`] when a certificate in `ca` can't be used, [`HttpError::Setup`] when the TLS
    /// library doesn't start, for example because the system has no readable certificates.
    pub fn new(ca: Option<&CaBundle>) -> Result<Self, HttpError> {
        let certificates = ca.map(CaBundle::certificates).transpose()?.unwrap_or_default();
        let builder = || {
            let builder = reqwest::Client::builder()
                .use_rustls_tls()
                .user_agent(concat!("daypass/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_LIMIT)
                .timeout(TOTAL_LIMIT);
            certificates.iter().cloned().fold(builder, reqwest::ClientBuilder::add_root_certificate)
        };
        let failed = |error: reqwest::Error| match ca {
            Some(ca) => HttpError::BadCertificate { path: ca.path.clone(), why: causes(&error) },
            None => HttpError::Setup { why: causes(&error) },
        };
        Ok(Self { proxied: builder().build().map_err(failed)?, direct: builder().no_proxy().build().map_err(failed)? })
    }

    /// A GET that asks for JSON.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] without a complete answer. Any HTTP status is an answer.
    pub async fn get_json(&self, url: &Url) -> Result<Answer, Unanswered> {
        let request = self.client_for(url).get(url.clone()).header("accept", "application/json");
        self.run(url, request).await
    }

    /// A GET of a document that was fetched before, with the `ETag` and the `Last-Modified` that came with it: the answer
    /// is 304 if it hasn't changed (RFC 9110, 13.1).
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn get_if_changed(
        &self,
        url: &Url,
        etag: Option<&str>,
        last_modified: Option<&str>,
    ) -> Result<Answer, Unanswered> {
        let mut request = self.client_for(url).get(url.clone());
        if let Some(etag) = etag {
            request = request.header("if-none-match", etag);
        } else if let Some(date) = last_modified {
            request = request.header("if-modified-since", date);
        }
        self.run(url, request).await
    }

    /// A POST of a form that asks for JSON. The fields never appear in the URL.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<Answer, Unanswered> {
        self.run(url, self.form(url, form).header("accept", "application/json")).await
    }

    /// A GET of a web page, as a browser asks for it.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn get_page(&self, url: &Url) -> Result<Answer, Unanswered> {
        self.run(url, self.client_for(url).get(url.clone()).header("accept", PAGE)).await
    }

    /// A POST of a form, as a browser sends it from a web page.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn post_page(&self, url: &Url, form: &[(&str, &str)]) -> Result<Answer, Unanswered> {
        self.run(url, self.form(url, form).header("accept", PAGE)).await
    }

    /// Sends a request that another library built.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn send(&self, request: reqwest::Request) -> Result<Answer, Unanswered> {
        let url = request.url().clone();
        let client = self.client_for(&url).clone();
        self.run(&url, reqwest::RequestBuilder::from_parts(client, request)).await
    }

    fn client_for(&self, url: &Url) -> &reqwest::Client {
        if is_loopback(url) { &self.direct } else { &self.proxied }
    }

    fn form(&self, url: &Url, form: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client_for(url).post(url.clone());
        request.header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    async fn run(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<Answer, Unanswered> {
        let failed = |error: reqwest::Error| {
            let trouble = if error.is_timeout() { Trouble::TimedOut } else { Trouble::of(&error.without_url()) };
            Unanswered { url: bare(url), trouble }
        };
        let mut response = request.send().await.map_err(failed)?;
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: header("content-type").map(|v| v.split(';').next().unwrap_or("").trim().to_lowercase()),
            date: header("date").and_then(|v| DateTime::parse_from_rfc2822(&v).ok()).map(|v| v.to_utc()),
            location: header("location"),
            etag: header("etag"),
            last_modified: header("last-modified"),
            retry_after: None,
            body: Vec::new(),
        };
        answer.retry_after = header("retry-after").and_then(|text| pause(&text, answer.date));
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if answer.body.len() + chunk.len() > BODY_LIMIT {
                return Err(Unanswered { url: bare(url), trouble: Trouble::TooLong });
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl Answer {
    /// Whether the status says that the same request may succeed later.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        is_passing_status(self.status)
    }
}

/// A body may contain tokens, so this shows only its length.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// `Retry-After` in seconds, or as a date, which counts from the server's own `Date` (RFC 9110, 10.2.3).
fn pause(text: &str, now: Option<DateTime<Utc>>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text.trim()).ok()?.to_utc();
    (until - now?).to_std().ok()
}

/// Whether a status says that the same request may succeed later: 408, 429 and 5xx.
#[must_use]
pub fn is_passing_status(status: u16) -> bool {
    status == 429 || status == 408 || (500..600).contains(&status)
}

/// A PEM file with certificates to trust in addition to the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaBundle {
    path: PathBuf,
    pem: Vec<u8>,
}

impl CaBundle {
    /// Reads and checks a PEM file.
    ///
    /// # Errors
    ///
    /// When the file can't be read, every user of this machine can change it, or it has no certificate or a damaged
    /// one.
    pub fn read(path: &Path) -> Result<Self, HttpError> {
        let pem = content(path)?;
        let bundle = Self { path: path.to_owned(), pem };
        if bundle.certificates()?.is_empty() {
            return Err(HttpError::NoCertificate { path: bundle.path });
        }
        // reqwest checks a certificate only when it builds a client from it.
        Http::new(Some(&bundle))?;
        Ok(bundle)
    }

    /// What tells this content of a file from another: [`digest::short`] of it. Checks no certificate.
    ///
    /// # Errors
    ///
    /// When the file can't be read, or every user of this machine can change it.
    pub fn fingerprint(path: &Path) -> Result<String, HttpError> {
        Ok(digest::short(&content(path)?))
    }

    /// The [`CaBundle::fingerprint`] of what was read.
    #[must_use]
    pub fn digest(&self) -> String {
        digest::short(&self.pem)
    }

    /// The PEM text: one or more checked certificates.
    #[must_use]
    pub fn pem(&self) -> &[u8] {
        &self.pem
    }

    fn certificates(&self) -> Result<Vec<reqwest::Certificate>, HttpError> {
        reqwest::Certificate::from_pem_bundle(&self.pem)
            .map_err(|e| HttpError::BadCertificate { path: self.path.clone(), why: causes(&e) })
    }
}

/// The path with the person's home in place of a `~` at its beginning, because a team shares the settings that name it.
fn at_home(path: &Path) -> Cow<'_, Path> {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => Cow::Owned(home.join(rest)),
        _ => Cow::Borrowed(path),
    }
}

/// What is in a file of certificates. A user who can change it can pose as any server, so one that is open to all isn't
/// used.
fn content(path: &Path) -> Result<Vec<u8>, HttpError> {
    let path = &*at_home(path);
    let content =
        std::fs::read(path).map_err(|source| HttpError::UnreadableCertificates { path: path.to_owned(), source })?;
    match openness::judge(path) {
        Err(opening) => Err(HttpError::OpenToOthers { path: path.to_owned(), opening }),
        Ok(_) => Ok(content),
    }
}

/// Why an HTTP client can't be built.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The file with certificates to trust cannot be read.
    #[error("the file of certificates to trust, {}, cannot be read: {source}", path.display())]
    UnreadableCertificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Every user of this machine can change the file.
    #[error(
        "every user of this machine can change {}, a file of certificates to trust, because {opening}. It was not used",
        path.display()
    )]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// What lets them.
        opening: Opening,
    },
    /// There is no certificate in the file.
    #[error("{} contains no certificate", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// A certificate in the file is damaged.
    #[error("a certificate in {} cannot be used: {why}", path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
        /// Why, in the TLS library's words.
        why: String,
    },
    /// The HTTP or TLS library doesn't start.
    #[error("HTTPS cannot be set up: {why}")]
    Setup {
        /// Why, in the library's words.
        why: String,
    },
}

impl From<HttpError> for Problem {
    fn from(error: HttpError) -> Self {
        Self::from(&error)
    }
}

impl From<&HttpError> for Problem {
    fn from(error: &HttpError) -> Self {
        let (kind, code, hint) = match error {
            HttpError::UnreadableCertificates { .. } => {
                (ProblemKind::Invalid, ProblemCode::CaFileUnreadable, "check the path, and that you may read the file")
            }
            HttpError::OpenToOthers { opening, .. } => {
                return Problem::new(ProblemKind::Invalid, ProblemCode::BadCaFile, error.to_string())
                    .hint(format!("look at what is in it, then {}", opening.advice()));
            }
            HttpError::NoCertificate { .. } => (
                ProblemKind::Invalid,
                ProblemCode::CaFileEmpty,
                "the file must hold certificates in PEM form, each between BEGIN CERTIFICATE and END CERTIFICATE",
            ),
            HttpError::BadCertificate { .. } => {
                (ProblemKind::Invalid, ProblemCode::CaFileBad, "export the certificate again, in PEM (Base64) form")
            }
            HttpError::Setup { .. } => (
                ProblemKind::Failed,
                ProblemCode::HttpsSetup,
                "install the system's certificates (package ca-certificates), or unset SSL_CERT_FILE",
            ),
        };
        Problem::new(kind, code, error.to_string()).hint(hint)
    }
}

/// A request without a complete answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{url} did not answer: {trouble}")]
pub struct Unanswered {
    /// The address without its query.
    pub url: String,
    /// What stood in the way.
    pub trouble: Trouble,
}

/// Why a server can't be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Trouble {
    /// The host name has no address, or the name server doesn't answer.
    #[error("its host name could not be resolved")]
    NoSuchHost,
    /// No server listens there.
    #[error("the connection was refused")]
    Refused,
    /// No answer within the time-out.
    #[error("no answer came in time")]
    TimedOut,
    /// The server's certificate isn't trusted.
    #[error("its TLS certificate is not trusted ({0})")]
    Certificate(Distrust),
    /// TLS failed for another reason: no common version, or the server doesn't speak TLS.
    #[error("the TLS connection failed ({0})")]
    Tls(String),
    /// The answer is longer than 1 MiB.
    #[error("the answer is too long to be what was asked for")]
    TooLong,
    /// The connection broke, or anything else, in the library's words.
    #[error("{0}")]
    Other(String),
}

/// Why a server's certificate isn't trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Distrust {
    /// It has expired, by this machine's clock.
    #[error("it has expired")]
    Expired,
    /// It isn't valid yet, by this machine's clock.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It names other hosts, in the TLS library's words.
    #[error("{0}")]
    OtherName(String),
    /// It names no host: the subject's common name alone doesn't count (RFC 9110, 4.3.4).
    #[error("it has no subject alternative name, only a common name at most")]
    NoName,
    /// It is a certificate authority's own, which webpki refuses as a server's, even where it is trusted.
    #[error("it is the certificate of an authority, and the server uses it as its own")]
    Authority,
    /// None of the trusted authorities issued it.
    #[error("none of the trusted authorities issued it")]
    UnknownIssuer,
    /// Anything else, in the TLS library's words.
    #[error("{0}")]
    Other(String),
}

impl Distrust {
    /// Reads rustls's words (`Display for CertificateError`).
    fn read(words: &str) -> Self {
        let says = |needle: &str| words.contains(needle);
        let kept = || words.chars().take(200).collect();
        match () {
            () if says("not valid for any names") => Self::NoName,
            () if says("not valid for name") || says("NotValidForName") => Self::OtherName(kept()),
            () if says("CaUsedAsEndEntity") => Self::Authority,
            () if says("UnknownIssuer") => Self::UnknownIssuer,
            () if says("not valid yet") || says("NotValidYet") => Self::NotYetValid,
            () if says("expired") || says("Expired") => Self::Expired,
            () => Self::Other(kept()),
        }
    }

    fn hint(&self, ca_setting: &str) -> String {
        match self {
            Self::Expired => "the server's certificate has expired (or this machine's clock is wrong)".into(),
            Self::NotYetValid => "check this machine's clock; or have the server's certificate corrected".into(),
            Self::OtherName(_) => "the server presents a certificate for another host name; check the address".into(),
            // Samba makes such certificates for itself.
            Self::NoName => "the server needs a certificate with its host name as subject alternative name (DNS:…, or \
                             IP:… for an address): ask its administrator for one. A common name (CN) is not enough"
                .into(),
            // This is what `openssl req -x509` makes.
            Self::Authority => format!(
                "programs like curl take a self-signed authority as the server's certificate, and Daypass doesn't. Give \
                 the server a certificate that the authority issued, or a self-signed one with basicConstraints \
                 CA:FALSE and its host name as subject alternative name, and name the PEM file in {ca_setting}"
            ),
            Self::UnknownIssuer | Self::Other(_) => format!(
                "if the server (or a proxy) has a certificate of your company's own, name its PEM file in {ca_setting}"
            ),
        }
    }
}

impl Trouble {
    /// Reads a library's error and its causes. Neither reqwest nor the AWS SDK has types for these, but both use
    /// rustls, whose texts are stable (`Display for rustls::Error`). An unknown text becomes [`Trouble::Other`].
    #[must_use]
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let texts = chain(error);
        let find = |needle: &str| texts.iter().find(|t| t.contains(needle));
        if let Some(text) = find("invalid peer certificate") {
            let why = text.rsplit("invalid peer certificate: ").next().unwrap_or(text);
            return Self::Certificate(Distrust::read(why));
        }
        if find("dns error").is_some() || find("failed to lookup address").is_some() {
            return Self::NoSuchHost;
        }
        match io_kind(error) {
            Some(io::ErrorKind::ConnectionRefused) => return Self::Refused,
            Some(io::ErrorKind::TimedOut) => return Self::TimedOut,
            _ => {}
        }
        if find("timed out").is_some() || find("timeout").is_some() {
            return Self::TimedOut;
        }
        if let Some(text) = ["received corrupt message", "fatal alert", "peer is incompatible", "TLS handshake"]
            .iter()
            .find_map(|needle| find(needle))
        {
            return Self::Tls(text.chars().take(200).collect());
        }
        Self::Other(texts.last().map(|t| t.chars().take(300).collect()).unwrap_or_default())
    }

    /// What you can do about it. `ca_setting` names the setting for a file of certificates.
    #[must_use]
    pub fn hint(&self, ca_setting: &str) -> String {
        match self {
            Self::NoSuchHost => "check the address for typing errors, and that you are online or on the VPN".into(),
            Self::Refused => {
                "check the address and the port, and that the server (or the proxy, HTTPS_PROXY) is running".into()
            }
            Self::TimedOut => "check that you are online, on the VPN, or behind the right proxy (HTTPS_PROXY)".into(),
            Self::Certificate(why) => why.hint(ca_setting),
            Self::Tls(_) => "check that the address should be https, and the port".into(),
            Self::TooLong => "check the address".into(),
            Self::Other(_) => "check the network, and try again".into(),
        }
    }

    /// Whether the same request may succeed later without a change of settings.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        !matches!(self, Self::Certificate(_) | Self::Tls(_) | Self::TooLong)
    }
}

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

fn chain(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |e| e.source()).map(ToString::to_string).collect()
}

fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).join(": ")
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    std::iter::successors(Some(error), |e| e.source())
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .map(io::Error::kind)
        .last()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_apart_from_names_that_look_like_it() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://127.9.9.9/",
            "http://[::1]:80/",
            "http://localhost/",
            "http://a.localhost/",
        ] {
            assert!(is_loopback(&url.parse().unwrap()), "{url}");
        }
        for url in
            ["http://127.0.0.1.example.org/", "http://localhost.example.org/", "http://10.0.0.1/", "http://[::2]/"]
        {
            assert!(!is_loopback(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let hint = |words: &str| {
            let trouble = Trouble::of(&io::Error::other(format!("invalid peer certificate: {words}")));
            assert!(matches!(trouble, Trouble::Certificate(_)), "{trouble:?}");
            (trouble.to_string(), trouble.hint("ca_file"))
        };
        for (words, said, hinted) in [
            (
                "certificate not valid for name \"dc1\"; certificate is not valid for any names (according to its \
                 subjectAltName extension)",
                "no subject alternative name",
                "DNS:",
            ),
            (
                "certificate not valid for name \"a\"; certificate is only valid for DnsName(\"b\")",
                "only valid",
                "another",
            ),
            ("Other(OtherError(CaUsedAsEndEntity))", "certificate of an authority", "CA:FALSE"),
            ("UnknownIssuer", "none of the trusted authorities", "ca_file"),
            (
                "certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
                "expired",
                "clock",
            ),
            ("certificate not valid yet: verification time 0 (UNIX)", "not valid yet", "clock"),
            ("BadSignature", "BadSignature", "ca_file"),
        ] {
            let (message, hint) = hint(words);
            assert!(message.contains(said) && !message.contains("OtherError"), "{message}");
            assert!(hint.contains(hinted), "{words}: {hint}");
        }
    }

    #[test]
    fn a_ca_file_that_does_not_help_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let code = |path: &Path| Problem::from(CaBundle::read(path).unwrap_err());
        let missing = code(&path);
        assert_eq!(missing.code, ProblemCode::CaFileUnreadable);
        assert!(missing.message.contains(path.to_str().unwrap()), "{missing:?}");
        let write = |text: &str| durable_or_plain(&path, text);
        write("nothing of use\n");
        assert_eq!(code(&path).code, ProblemCode::CaFileEmpty);
        write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert_eq!(code(&path).code, ProblemCode::CaFileBad);
    }

    #[test]
    fn a_ca_file_may_be_in_the_home_of_each_person() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(at_home(Path::new("~/corp.pem")), home.join("corp.pem"));
        for other in ["/etc/corp.pem", "~ann/corp.pem", "a/~/b"] {
            assert_eq!(at_home(Path::new(other)), Path::new(other));
        }
        let missing = Problem::from(CaBundle::read(Path::new("~/no/such/corp.pem")).unwrap_err());
        assert!(missing.message.contains(&*home.join("no/such/corp.pem").to_string_lossy()), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_ca_file_that_everyone_can_change_is_not_used() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        durable_or_plain(&path, "one");
        let set_mode =
            |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        set_mode(&path, 0o644);
        let before = CaBundle::fingerprint(&path).unwrap();
        for (open, mode, closed) in [(path.as_path(), 0o646, 0o644), (folder.path(), 0o777, 0o700)] {
            set_mode(open, mode);
            let chmod = format!("chmod o-w {}`", open.display());
            for error in [CaBundle::read(&path).map(drop), CaBundle::fingerprint(&path).map(drop)] {
                let problem = Problem::from(error.unwrap_err());
                assert_eq!((problem.kind, problem.code), (ProblemKind::Invalid, ProblemCode::BadCaFile));
                assert!(problem.message.contains(path.to_str().unwrap()), "{problem:?}");
                assert!(problem.hint.as_deref().is_some_and(|hint| hint.contains(&chmod)), "{problem:?}");
            }
            set_mode(open, closed);
        }
        assert_eq!(CaBundle::fingerprint(&path).unwrap(), before);
        durable_or_plain(&path, "two");
        assert_ne!(CaBundle::fingerprint(&path).unwrap(), before);
    }

    #[allow(clippy::disallowed_methods)]
    fn durable_or_plain(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
    }

    #[tokio::test]
    async fn a_closed_port_and_an_unknown_host_are_told_apart() {
        let http = Http::new(None).unwrap();
        let trouble = |url: String| {
            let http = http.clone();
            async move { http.get_json(&url.parse().unwrap()).await.unwrap_err().trouble }
        };
        assert_eq!(trouble(fake::closed()).await, Trouble::Refused);
        assert_eq!(trouble("http://no-such-host.invalid/".into()).await, Trouble::NoSuchHost);
    }

    #[test]
    fn messages_never_show_a_query_or_a_password() {
        let url = "https://me:pw@idp.example.org/token?code=SECRET#x".parse().unwrap();
        assert_eq!(bare(&url), "https://idp.example.org/token");
    }
}
