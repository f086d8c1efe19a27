//! Requests that the AWS SDK doesn't make.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use url::Url;

use super::address::bare;
use super::ca_bundle::CaBundle;
use super::error::HttpError;
use super::network::{Limits, Network, Received};
use super::trouble::{Trouble, Unanswered};

/// What a program asks an API for.
const JSON: &str = "application/json";
/// What a browser accepts as a page.
const PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// An HTTP client: 10 s to connect, 30 s in all, bodies up to 1 MiB. [`Network`] decides about proxies and trust.
///
/// It never follows redirects: a token endpoint that redirects could send a code or a refresh token to any address,
/// even inside your network (see openidconnect's documentation on SSRF).
#[derive(Debug, Clone)]
pub struct Http {
    network: Network,
    own: Option<CaBundle>,
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
    /// A client that also trusts `own`.
    ///
    /// # Errors
    ///
    /// [`HttpError`] where the network's settings can't be used. Nothing is sent.
    pub fn over(network: &Network, own: Option<CaBundle>) -> Result<Self, HttpError> {
        network.check(true)?;
        Ok(Self { network: network.clone(), own })
    }

    /// A GET that asks for JSON.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] without a complete answer. Any HTTP status is an answer.
    pub async fn get_json(&self, url: &Url) -> Result<Answer, Unanswered> {
        self.send(request(Method::GET, url, JSON)).await
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
        let mut request = reqwest::Request::new(Method::GET, url.clone());
        let condition = etag.map(|etag| (IF_NONE_MATCH, etag));
        let condition = condition.or_else(|| last_modified.map(|date| (IF_MODIFIED_SINCE, date)));
        // Without a condition that can be sent, the whole document comes.
        if let Some((name, value)) = condition
            && let Ok(value) = HeaderValue::from_str(value)
        {
            request.headers_mut().insert(name, value);
        }
        self.send(request).await
    }

    /// A POST of a form that asks for JSON. The fields never appear in the URL.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn post_form(&self, url: &Url, form: &[(&str, &str)]) -> Result<Answer, Unanswered> {
        self.send(post(url, form, JSON)).await
    }

    /// A GET of a web page, as a browser asks for it.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn get_page(&self, url: &Url) -> Result<Answer, Unanswered> {
        self.send(request(Method::GET, url, PAGE)).await
    }

    /// A POST of a form, as a browser sends it from a web page.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn post_page(&self, url: &Url, form: &[(&str, &str)]) -> Result<Answer, Unanswered> {
        self.send(post(url, form, PAGE)).await
    }

    /// Sends a request that another library built.
    ///
    /// # Errors
    ///
    /// As [`Http::get_json`].
    pub async fn send(&self, request: reqwest::Request) -> Result<Answer, Unanswered> {
        let url = request.url().clone();
        let received = self.network.send(Limits::Request, self.own.as_ref(), request).await?;
        let Received { status, headers, body, is_cut } = received;
        if is_cut {
            return Err(Unanswered { url: bare(&url), trouble: Trouble::TooLong });
        }
        let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let date = header("date").and_then(|v| DateTime::parse_from_rfc2822(&v).ok()).map(|v| v.to_utc());
        Ok(Answer {
            status,
            content_type: header("content-type").map(|v| v.split(';').next().unwrap_or("").trim().to_lowercase()),
            date,
            location: header("location"),
            etag: header("etag"),
            last_modified: header("last-modified"),
            retry_after: header("retry-after").and_then(|text| pause(&text, date)),
            body,
        })
    }
}

fn request(method: Method, url: &Url, accept: &'static str) -> reqwest::Request {
    let mut request = reqwest::Request::new(method, url.clone());
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
    request
}

fn post(url: &Url, form: &[(&str, &str)], accept: &'static str) -> reqwest::Request {
    let mut request = request(Method::POST, url, accept);
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, kind);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    *request.body_mut() = Some(body.into());
    request
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
