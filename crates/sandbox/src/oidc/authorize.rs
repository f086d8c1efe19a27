//! The authorization endpoint and the sign-in page behind it.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{StatusCode, Uri};
use url::{Host, Url};

use super::{claims::SCOPES, grants::Request, shared::Shared};
use crate::journal::traced;
use crate::{
    CLIENT_ID,
    html::{self, Page},
    params::Params,
    sign_in::{self, Decision, SignInForm},
};

const ACTION: &str = "authorize";

/// `GET` and `POST /oidc/authorize`. Shows the person errors in `client_id` and `redirect_uri`, and reports all others
/// to the client (RFC 6749, section 4.1.2.1).
pub(super) async fn authorize(State(shared): State<Arc<Shared>>, uri: Uri, body: Bytes) -> Response {
    let params = Params::read(uri.query(), &body);
    if let Some(name) = params.repeated() {
        return mistake(&format!("The parameter {name} was sent more than once."));
    }
    if params.get("client_id") != Some(CLIENT_ID) {
        return mistake(&format!("The sandbox's only client is {CLIENT_ID}."));
    }
    let Some(redirect_uri) = params.get("redirect_uri").filter(|uri| is_loopback_callback(uri)) else {
        return mistake(
            "redirect_uri must be http://127.0.0.1/callback, http://localhost/callback or http://[::1]/callback, \
             with any port.",
        );
    };
    match read_request(&params, redirect_uri) {
        Ok(request) => {
            let transaction = shared.provider.grants(|grants| grants.pending.begin(request.clone(), shared.now()));
            traced(sign_in_page(&shared, &request, &transaction, None), ACTION, "asked")
        }
        Err((code, why)) => {
            let error = [("error", code), ("error_description", why)];
            let back = callback(&shared, redirect_uri, params.get("state"), &error);
            traced(back, ACTION, code)
        }
    }
}

/// `POST /oidc/sign-in`, the page's form.
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    const ACTION: &str = "sign-in";
    let params = Params::read(None, &body);
    let transaction = params.get("transaction").unwrap_or_default();
    let now = shared.now();
    let Some(request) = shared.provider.grants(|grants| grants.pending.get(transaction, now).cloned()) else {
        return mistake("This sign-in has ended or took longer than ten minutes. Start it again.");
    };
    let person = match sign_in::decision(&shared.world, &params) {
        Decision::SignIn(person) => person,
        Decision::Deny => {
            shared.provider.grants(|grants| grants.pending.take(transaction, now));
            let error = [("error", "access_denied"), ("error_description", "The person denied the request.")];
            let back = callback(&shared, &request.redirect_uri, request.state.as_deref(), &error);
            return traced(back, ACTION, "access_denied");
        }
        Decision::WrongPassword => {
            let page = sign_in_page(&shared, &request, transaction, Some(params.get("username")));
            return traced((StatusCode::FORBIDDEN, page).into_response(), ACTION, "wrong password");
        }
    };
    let agreed = shared.provider.grants(|grants| grants.agree(transaction, &person.username, now));
    let Some((request, code)) = agreed else {
        return mistake("This sign-in has just ended. Start it again.");
    };
    let back = callback(&shared, &request.redirect_uri, request.state.as_deref(), &[("code", &code)]);
    traced(back, ACTION, "ok")
}

/// Checks everything that a client can get wrong besides its ID and redirect URI.
fn read_request(params: &Params, redirect_uri: &str) -> Result<Request, (&'static str, &'static str)> {
    if params.get("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code."));
    }
    if params.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "response_mode must be query."));
    }
    if params.get("request").or(params.get("request_uri")).is_some() {
        return Err(("request_not_supported", "Request objects are not supported."));
    }
    let scope: BTreeSet<String> =
        params.get("scope").unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect();
    if !scope.contains("openid") {
        return Err(("invalid_scope", "scope must contain openid."));
    }
    // Without a secret, only PKCE (RFC 7636) distinguishes this client from another program.
    let challenge = params.get("code_challenge").unwrap_or_default();
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "PKCE is required: code_challenge_method must be S256."));
    }
    if !URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32) {
        return Err(("invalid_request", "code_challenge must be a SHA-256 in base64url."));
    }
    if params.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|p| p == "none")) {
        return Err(("login_required", "The sandbox always shows its sign-in page."));
    }
    Ok(Request {
        redirect_uri: redirect_uri.to_owned(),
        state: params.get("state").map(str::to_owned),
        nonce: params.get("nonce").map(str::to_owned),
        challenge: challenge.to_owned(),
        scope: scope.into_iter().filter(|s| SCOPES.contains(&s.as_str())).collect(),
        login_hint: params.get("login_hint").map(str::to_owned),
    })
}

/// A loopback address with any port (RFC 8252, section 7.3), a fixed path, and nothing else.
pub(super) fn is_loopback_callback(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    };
    // The URL parser is lenient, so check that it didn't change anything.
    let written = |form: &str| form == uri;
    loopback
        && url.scheme() == "http"
        && url.path() == "/callback"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && (written(url.as_str())
            || url.port().is_none() && written(&url.as_str().replacen("/callback", ":80/callback", 1)))
}

/// Sends the browser back to the client. `iss` guards against mix-up attacks (RFC 9207).
fn callback(shared: &Shared, redirect_uri: &str, state: Option<&str>, answer: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer);
    query.extend_pairs(state.map(|state| ("state", state)));
    query.append_pair("iss", &shared.issuer);
    Redirect::to(&format!("{redirect_uri}?{}", query.finish())).into_response()
}

fn sign_in_page(shared: &Shared, request: &Request, transaction: &str, failed: Option<Option<&str>>) -> Response {
    let mut page = Page::new("Sign in".into());
    page.heading("Who is signing in?");
    if failed.is_some() {
        page.alert(sign_in::WRONG_PASSWORD);
    }
    let form = SignInForm {
        action: &format!("{}/sign-in", shared.issuer),
        transaction,
        chosen: failed.flatten().or(request.login_hint.as_deref()),
        may_deny: true,
    };
    page.markup(&form.markup(&shared.world));
    page.note(sign_in::MADE_UP);
    page.forms_go_to(format!("'self' {}", html::source(&request.redirect_uri)));
    page.into_response()
}

fn mistake(why: &str) -> Response {
    sign_in::mistake(ACTION, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks() {
        for good in [
            "http://127.0.0.1:51234/callback",
            "http://127.0.0.1/callback",
            "http://127.0.0.1:80/callback",
            "http://localhost:8400/callback",
            "http://[::1]:8400/callback",
        ] {
            assert!(is_loopback_callback(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1:1/callback",
            "http://127.0.0.1:1/callback/",
            "http://127.0.0.1:1/other",
            "http://127.0.0.1:1/callback?x=1",
            "http://127.0.0.1:1/callback#x",
            "http://user@127.0.0.1:1/callback",
            "http://127.0.0.2:1/callback",
            "http://127.1:1/callback",
            "http://localhost.example:1/callback",
            "http:\\\\127.0.0.1:1/callback",
            "http://127.0.0.1:1/x/../callback",
            "com.example:/callback",
        ] {
            assert!(!is_loopback_callback(bad), "{bad}");
        }
    }
}
