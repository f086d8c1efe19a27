//! Answers the sandbox's sign-in page without a browser, for demonstrations and tests on machines without a display.

use std::time::Duration;

use reqwest::{StatusCode, header};
use secrecy::SecretString;
use url::Url;

use crate::PASSWORD;

const SAML_RESPONSE: &str = "name=\"SAMLResponse\" value=\"";

/// What the person does on the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Signs in with this user name.
    SignIn(String),
    /// Chooses Deny.
    Deny,
}

/// Why the sign-in page could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum HeadlessError {
    /// The provider or the application's callback could not be reached.
    #[error("cannot reach {url}: {source}. Check that the sandbox and the application are running")]
    Unreachable {
        /// The URL without its query string, which may contain a code.
        url: String,
        /// What the HTTP client said.
        source: reqwest::Error,
    },
    /// The URL did not lead to a sandbox sign-in page.
    #[error("{url} answered {status} without a sandbox sign-in page. Start the sign-in again")]
    NotASignInPage {
        /// The URL without its query string.
        url: String,
        /// The HTTP status.
        status: StatusCode,
    },
    /// The provider did not send the person back to the application.
    #[error("the sandbox answered {status} to {answer:?}. Check the user name")]
    NotSentBack {
        /// The answer that was given on the page.
        answer: Answer,
        /// The HTTP status.
        status: StatusCode,
    },
}

/// Opens an authorization URL of the sandbox, answers the page, and follows the redirect to the application's callback.
/// Returns the callback's status.
///
/// # Errors
/// [`HeadlessError`] if one of the three requests doesn't work as it would for a person.
pub async fn browse(authorization_url: &Url, answer: Answer) -> Result<StatusCode, HeadlessError> {
    let callback = sign_in(authorization_url, answer).await?;
    Ok(send(client(&callback)?.get(callback.clone()), &callback).await?.status())
}

/// Does the same without the last step and returns the callback's URL, which has the code or the error. For the
/// authorization endpoints of the OpenID provider and of Identity Center.
///
/// # Errors
/// Those of [`browse`].
pub async fn sign_in(authorization_url: &Url, answer: Answer) -> Result<Url, HeadlessError> {
    let http = client(authorization_url)?;
    let page = send(http.get(authorization_url.clone()), authorization_url).await?;
    if let Some(callback) = location(&page) {
        return Ok(callback);
    }
    let sent_back = fill_in(&http, authorization_url, page, &answer).await?;
    let status = sent_back.status();
    location(&sent_back).ok_or(HeadlessError::NotSentBack { answer, status })
}

/// Answers an Identity Center device code at its `verificationUriComplete`.
///
/// # Errors
/// [`HeadlessError`] if no client waits for the code, or the page doesn't accept the answer.
pub async fn answer_device(verification_uri_complete: &Url, answer: Answer) -> Result<(), HeadlessError> {
    let http = client(verification_uri_complete)?;
    let page = send(http.get(verification_uri_complete.clone()), verification_uri_complete).await?;
    let answered = fill_in(&http, verification_uri_complete, page, &answer).await?;
    let status = answered.status();
    if status.is_success() { Ok(()) } else { Err(HeadlessError::NotSentBack { answer, status }) }
}

/// The form that the SAML provider's page posts to AWS, caught on the way.
#[derive(Clone, Debug)]
pub struct SamlPost {
    /// The AWS SAML endpoint that it is for.
    pub endpoint: Url,
    /// `SAMLResponse` in base64, as `AssumeRoleWithSAML` expects it.
    pub response: SecretString,
    /// `RelayState`, if the sign-in began with one.
    pub relay_state: Option<String>,
    /// The provider's cookie, for the `Cookie` header of a later request.
    pub cookie: Option<SecretString>,
}

/// Signs in at the SAML provider, at its start URL or with an AuthnRequest, and catches the form to AWS. With the
/// cookie of an earlier sign-in, the provider may skip its sign-in page.
///
/// # Errors
/// [`HeadlessError`] if the URL leads neither to a sandbox sign-in page nor to a form for AWS.
pub async fn sign_in_with_saml(url: &Url, answer: Answer, cookie: Option<&str>) -> Result<SamlPost, HeadlessError> {
    let http = client(url)?;
    let mut visit = http.get(url.clone());
    if let Some(cookie) = cookie {
        visit = visit.header(header::COOKIE, cookie);
    }
    let mut page = send(visit, url).await?;
    let mut html = page_text(&mut page, url).await?;
    if !html.contains(SAML_RESPONSE) {
        page = fill_in_form(&http, url, page.status(), &html, &answer).await?;
        html = page_text(&mut page, url).await?;
    }
    let endpoint = attribute(&html, "action=\"").and_then(|action| Url::parse(action).ok());
    let response = attribute(&html, SAML_RESPONSE);
    let (Some(endpoint), Some(response)) = (endpoint, response) else {
        return Err(HeadlessError::NotSentBack { answer, status: page.status() });
    };
    let cookie = page.headers().get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok());
    Ok(SamlPost {
        endpoint,
        response: response.into(),
        relay_state: attribute(&html, "name=\"RelayState\" value=\"").map(unescape),
        cookie: cookie.and_then(|cookie| cookie.split(';').next()).map(Into::into),
    })
}

async fn page_text(page: &mut reqwest::Response, url: &Url) -> Result<String, HeadlessError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = page.chunk().await.map_err(|source| unreachable(url, source))? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reverses the escaping of the sandbox's pages.
fn unescape(text: &str) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    marks.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Fills in a sign-in page's form and sends it.
async fn fill_in(
    http: &reqwest::Client,
    url: &Url,
    page: reqwest::Response,
    answer: &Answer,
) -> Result<reqwest::Response, HeadlessError> {
    let status = page.status();
    let html = page.text().await.map_err(|source| unreachable(url, source))?;
    fill_in_form(http, url, status, &html, answer).await
}

async fn fill_in_form(
    http: &reqwest::Client,
    url: &Url,
    status: StatusCode,
    html: &str,
    answer: &Answer,
) -> Result<reqwest::Response, HeadlessError> {
    let form = attribute(html, "action=\"").and_then(|action| Url::parse(action).ok());
    let transaction = attribute(html, "name=\"transaction\" value=\"");
    let (Some(form), Some(transaction)) = (form, transaction) else {
        return Err(HeadlessError::NotASignInPage { url: bare(url), status });
    };
    let fields = match answer {
        Answer::SignIn(name) => {
            vec![("username", name.as_str()), ("password", PASSWORD), ("decision", "allow")]
        }
        Answer::Deny => vec![("decision", "deny")],
    };
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("transaction", transaction)
        .extend_pairs(fields)
        .finish();
    let post = http.post(form.clone()).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    send(post, &form).await
}

fn client(for_url: &Url) -> Result<reqwest::Client, HeadlessError> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .map_err(|source| unreachable(for_url, source))
}

async fn send(request: reqwest::RequestBuilder, url: &Url) -> Result<reqwest::Response, HeadlessError> {
    request.send().await.map_err(|source| unreachable(url, source))
}

fn location(response: &reqwest::Response) -> Option<Url> {
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    Url::parse(location).ok()
}

fn attribute<'a>(html: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(before)?;
    rest.split_once('"').map(|(value, _)| value)
}

fn bare(url: &Url) -> String {
    url.as_str().split('?').next().unwrap_or_default().to_owned()
}

fn unreachable(url: &Url, source: reqwest::Error) -> HeadlessError {
    HeadlessError::Unreachable { url: bare(url), source: source.without_url() }
}
