//! The client that is registered for Daypass at a provider. OpenID Connect and plain OAuth 2.0 share this; the rest is
//! in `oidc` and `oauth`.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use openidconnect::{AsyncHttpClient, ErrorResponse, HttpRequest, HttpResponse, RequestTokenError};
use secrecy::SecretString;
use thiserror::Error;

use super::IdentityContext;
use super::ca_file;
use super::trial::Trial;
use super::words::is_scope;
use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, SettingField};
use daypass_core::text::said;
use daypass_core::view::SecretField;
use daypass_http::{Http, Unanswered, bare};

/// The secret of a client that was registered with one. A desktop can't hide it from its owner, but some providers
/// register no other clients.
const SECRET: &str = "client_secret";

const LONGEST_PATH: usize = 200;

/// The step of a trial for a client that has a secret.
pub(super) const SECRET_STEP: &str = "the provider does not refuse the client and its secret";

/// The field that the secret is given in, for the provider that it is sent to.
pub(super) fn secret_field(address: &str, ca_file: Option<&str>) -> SecretField {
    let label = format!("Client secret for {}", host_of(address));
    SecretField::optional(SECRET, &label, &ca_file::destination(address, ca_file))
}

/// The host of an address and its port if it isn't the usual one, or the whole text if it has none.
pub(super) fn host_of(address: &str) -> String {
    let url = address.parse::<url::Url>().ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str().filter(|host| !host.is_empty())?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.or_else(|| said(address)).unwrap_or_default()
}

/// The secret, where the client has one.
pub(super) fn secret(context: &IdentityContext) -> Result<Option<SecretString>, Problem> {
    context.secret(SECRET)
}

/// A client's settings, which both kinds have.
pub(super) struct ClientSettings<'a> {
    pub(super) client_id: &'a str,
    pub(super) scopes: &'a [String],
    pub(super) redirect_port: Option<u16>,
    pub(super) redirect_path: Option<&'a str>,
}

/// Everything wrong with a client's settings, checked field by field.
pub(super) fn mistakes(settings: &ClientSettings<'_>) -> Vec<BadSetting> {
    let ClientSettings { client_id, scopes, redirect_port, redirect_path } = *settings;
    let mut mistakes = Vec::new();
    let mut wrong = |field, value: &str, why: &str| mistakes.push(BadSetting::new(field, value, why));
    if client_id.trim().is_empty() {
        wrong(SettingField::ClientId, client_id, "enter the client ID that is registered for Daypass at the provider");
    } else if client_id.trim() != client_id || client_id.contains(char::is_control) {
        wrong(SettingField::ClientId, client_id, "it contains spaces or control characters");
    }
    for scope in scopes.iter().filter(|scope| !is_scope(scope)) {
        wrong(SettingField::Scopes, scope, "a scope is one word without spaces, quotes or backslashes");
    }
    if redirect_port == Some(0) {
        wrong(SettingField::RedirectPort, "0", "use a port from 1024 to 65535, or leave it out for a free one");
    }
    if let Some(path) = redirect_path.filter(|path| !is_redirect_path(path)) {
        wrong(
            SettingField::RedirectPath,
            path,
            "write a path such as /callback/work, with only letters, digits and -._~ between slashes",
        );
    }
    mistakes
}

/// Whether a path can be registered at a provider and comes back the same: browsers and providers change others.
fn is_redirect_path(path: &str) -> bool {
    let is_segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    path.len() <= LONGEST_PATH && path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_segment))
}

/// How a provider answered a client that sent its secret with a made-up code. The provider refuses either the client or
/// the code (RFC 6749, 5.2), and may check either one first. So an answer about the code is reported as just that, and
/// a missing answer doesn't count as a refusal.
pub(super) fn shown<T, E: ErrorResponse>(
    answer: Result<T, RequestTokenError<SendError, E>>,
    code_of: impl FnOnce(&E) -> String,
) -> Result<String, RequestTokenError<SendError, E>> {
    match answer {
        Err(RequestTokenError::ServerResponse(no)) => {
            let code = code_of(&no);
            if matches!(code.as_str(), "invalid_client" | "unauthorized_client") {
                return Err(RequestTokenError::ServerResponse(no));
            }
            let said = said(&code).unwrap_or_default();
            Ok(format!("{said} for a made-up code; a provider that checks the code first answers this for any secret"))
        }
        Err(error @ RequestTokenError::Request(_)) => Err(error),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) | Ok(_) => {
            Ok("its answer says nothing about the secret".to_owned())
        }
    }
}

/// The scopes to send with a refresh: those that were granted, or those that were asked for if the provider says
/// nothing (RFC 6749, 5.1 and 6). Some providers send no ID token unless the refresh asks for `openid`. The list of
/// what was granted may leave it out, as it may leave out `offline_access`.
pub(super) fn refresh_scopes(asked: &[String], granted: Option<Vec<String>>) -> Vec<String> {
    let Some(mut scopes) = granted.filter(|scopes| !scopes.is_empty()) else { return asked.to_vec() };
    let implied = asked.iter().filter(|scope| ["openid", "offline_access"].contains(&scope.as_str()));
    let missing: Vec<String> = implied.filter(|scope| !scopes.contains(*scope)).cloned().collect();
    scopes.extend(missing);
    scopes
}

/// [`SECRET_STEP`] of a trial.
pub(super) async fn try_secret(trial: &Trial<'_>, shown: impl Future<Output = Result<String, Problem>>) {
    trial.step_seeing(SECRET_STEP, async { shown.await.map(|seen| ((), Some(seen))) }).await;
}

/// Why a request got no usable answer.
#[derive(Debug, Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("HTTP status {status}")]
    OutOfOrder { url: String, status: u16 },
    #[error("the request could not be made")]
    Request,
}

/// Sends the libraries' requests through our one client. A type, not a closure: the compiler can't tell that the future
/// of a closure over a reference may move between threads.
pub(super) struct Sender {
    http: Http,
    heard: Mutex<Heard>,
}

/// What an answer of a token endpoint says however unusable the rest of it is.
#[derive(Default, Clone)]
pub(super) struct Heard {
    /// The next refresh token. The one that was sent may be spent from now on.
    pub(super) refresh_token: Option<SecretString>,
    status: Option<u16>,
}

impl Heard {
    /// The status, if it refuses a refresh: the person has to sign in again, unless the error is the client's.
    pub(super) fn refusal(&self) -> Option<u16> {
        self.status.filter(|status| matches!(status, 400 | 401 | 403))
    }
}

impl Sender {
    pub(super) fn new(http: Http) -> Self {
        Self { http, heard: Mutex::default() }
    }

    /// What the last answer says.
    pub(super) fn heard(&self) -> Heard {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<'c> AsyncHttpClient<'c> for Sender {
    type Error = SendError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, SendError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = send(&self.http, request).await?;
            let refresh_token = Some(&response).filter(|r| r.status().is_success()).and_then(refresh_token);
            let status = Some(response.status().as_u16());
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Heard { refresh_token, status };
            Ok(response)
        })
    }
}

fn refresh_token(response: &HttpResponse) -> Option<SecretString> {
    let answer: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    answer.get("refresh_token")?.as_str().filter(|token| !token.is_empty()).map(SecretString::from)
}

async fn send(http: &Http, request: HttpRequest) -> Result<HttpResponse, SendError> {
    let request = reqwest::Request::try_from(request).map_err(|_| SendError::Request)?;
    let url = bare(request.url());
    let answer = http.send(request).await?;
    if answer.is_passing() {
        return Err(SendError::OutOfOrder { url, status: answer.status });
    }
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = answer.status.try_into().map_err(|_| SendError::Request)?;
    if let Some(value) = answer.content_type.and_then(|v| v.try_into().ok()) {
        response.headers_mut().insert("content-type", value);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_that_comes_back_as_it_was_registered() {
        for path in ["/callback", "/callback/work", "/oauth/call-back_1.~", "/a"] {
            assert!(is_redirect_path(path), "{path}");
        }
        for path in
            ["", "/", "callback", "//x", "/a/", "/a/../b", "/./a", "/a b", "/a?b", "/a#b", "/%41", "/ü", "http://x"]
        {
            assert!(!is_redirect_path(path), "{path}");
        }
        assert!(!is_redirect_path(&format!("/{}", "a".repeat(LONGEST_PATH))));
    }
}
