//! The authorization page, where a person chooses a console session, and the page that shows a code for another device.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{StatusCode, Uri};
use url::{Host, Url};

use super::{grants::Request, principals, shared::Shared};
use crate::{
    PASSWORD,
    html::{self, Page, escape},
    journal::traced,
    params::Params,
    sign_in,
};

const ACTION: &str = "console authorize";
const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";
/// The clients that AWS knows without a registration.
pub(super) const CLIENTS: [&str; 2] = [SAME_DEVICE, CROSS_DEVICE];

/// `GET /v1/authorize`. Shows the person errors in `client_id` and `redirect_uri`, and reports all others to the client
/// (RFC 6749, section 4.1.2.1).
pub(super) async fn authorize(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let params = Params::read(uri.query(), b"");
    if let Some(name) = params.repeated() {
        return mistake(&format!("The parameter {name} was sent more than once."));
    }
    let client_id = params.get("client_id").unwrap_or_default();
    let redirect_uri = params.get("redirect_uri").unwrap_or_default();
    let is_known = match client_id {
        SAME_DEVICE => is_loopback_callback(redirect_uri),
        CROSS_DEVICE => shared.is_at("sessions/confirmation", redirect_uri),
        _ => return mistake("The client is unknown."),
    };
    if !is_known {
        return mistake(
            "redirect_uri must be http://127.0.0.1:PORT/oauth/callback, or the confirmation page for another device.",
        );
    }
    let state = params.get("state").unwrap_or_default();
    match challenge(&params) {
        Ok(challenge) => {
            let request = Request {
                client_id: client_id.to_owned(),
                redirect_uri: redirect_uri.to_owned(),
                state: state.to_owned(),
                challenge: challenge.to_owned(),
            };
            let transaction = shared.console.grants(|grants| grants.pending.begin(request.clone(), shared.now()));
            traced(page(&shared, &request, &transaction, None), ACTION, "asked")
        }
        Err((error, why)) => {
            let answer = [("error", error), ("error_description", why)];
            traced(back(redirect_uri, state, &answer), ACTION, error)
        }
    }
}

/// `POST /v1/authorize/sign-in`: the page's form.
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    const ACTION: &str = "console sign-in";
    let params = Params::read(None, &body);
    let transaction = params.get("transaction").unwrap_or_default();
    let now = shared.now();
    let Some(request) = shared.console.grants(|grants| grants.pending.get(transaction, now).cloned()) else {
        return mistake("This sign-in has ended or took longer than ten minutes. Start it again.");
    };
    if params.get("decision") == Some("deny") {
        shared.console.grants(|grants| grants.pending.take(transaction, now));
        let answer = [("error", "access_denied"), ("error_description", "The person denied the request.")];
        return traced(back(&request.redirect_uri, &request.state, &answer), ACTION, "access_denied");
    }
    let chosen = params.get("username").and_then(|arn| principals::find(&shared.world, arn));
    let Some(principal) = chosen.filter(|_| params.get("password") == Some(PASSWORD)) else {
        let page = page(&shared, &request, transaction, Some(sign_in::WRONG_PASSWORD));
        return traced((StatusCode::FORBIDDEN, page).into_response(), ACTION, "wrong password");
    };
    match shared.console.grants(|grants| grants.agree(transaction, principal, now)) {
        Some((request, code)) => traced(back(&request.redirect_uri, &request.state, &[("code", &code)]), ACTION, "ok"),
        None => mistake("This sign-in has just ended. Start it again."),
    }
}

/// `GET /v1/sessions/confirmation`: the code to type on the other device, in the form that the AWS CLI reads.
pub(super) async fn confirmation(uri: Uri) -> Response {
    let params = Params::read(uri.query(), b"");
    let (Some(code), Some(state)) = (params.get("code"), params.get("state")) else {
        return mistake("You did not sign in. Go back to the program and start again.");
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", state).append_pair("code", code);
    let mut page = Page::new("Authorization code".into());
    page.heading("Copy this code into the program");
    page.markup(&format!("<p><code id=\"code\">{}</code></p>\n", escape(&STANDARD.encode(query.finish()))));
    traced(page.into_response(), "console confirmation", "ok")
}

/// Checks everything else that a client can get wrong, and returns the code challenge.
fn challenge(params: &Params) -> Result<&str, (&'static str, &'static str)> {
    if params.get("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code."));
    }
    if params.get("scope") != Some("openid") {
        return Err(("invalid_scope", "scope must be openid."));
    }
    if params.get("state").is_none() {
        return Err(("invalid_request", "state is missing."));
    }
    // AWS's name for what RFC 7636 calls S256.
    if params.get("code_challenge_method") != Some("SHA-256") {
        return Err(("invalid_request", "code_challenge_method must be SHA-256."));
    }
    let challenge = params.get("code_challenge").unwrap_or_default();
    if !URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32) {
        return Err(("invalid_request", "code_challenge must be a SHA-256 in base64url."));
    }
    Ok(challenge)
}

/// The AWS CLI's: 127.0.0.1 with any port, and one path.
fn is_loopback_callback(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    url.as_str() == uri
        && url.scheme() == "http"
        && url.host() == Some(Host::Ipv4(std::net::Ipv4Addr::LOCALHOST))
        && url.path() == "/oauth/callback"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
}

fn back(redirect_uri: &str, state: &str, answer: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer).append_pair("state", state);
    Redirect::to(&format!("{redirect_uri}?{}", query.finish())).into_response()
}

fn page(shared: &Shared, request: &Request, transaction: &str, alert: Option<&str>) -> Response {
    let mut page = Page::new("Sign in to the console".into());
    page.heading("Continue with a console session");
    if let Some(alert) = alert {
        page.alert(alert);
    }
    page.markup("<p>A program on your device asks for the credentials of your console session.</p>\n");
    let sessions: String = principals::all(&shared.world)
        .iter()
        .enumerate()
        .map(|(at, principal)| {
            let (arn, account) = (principal.arn(), shared.world.account_name(principal.account()));
            format!(
                "<label class=\"person\"><input type=\"radio\" name=\"username\" value=\"{0}\" required{1}>\
                 <span>{0} <small>{2}</small></span></label>\n",
                escape(&arn),
                if at == 0 { " checked" } else { "" },
                escape(account.unwrap_or_default()),
            )
        })
        .collect();
    page.markup(&format!(
        "<form method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"transaction\" value=\"{transaction}\">\n\
         <fieldset><legend>Session</legend>\n{sessions}</fieldset>\n<label class=\"field\" for=\"password\">Password\
         </label>\n<input type=\"password\" id=\"password\" name=\"password\" autocomplete=\"off\" autofocus \
         aria-describedby=\"hint\">\n<p class=\"note\" id=\"hint\">The password for everyone in the sandbox is \
         <code>{PASSWORD}</code>.</p>\n<div class=\"buttons\">\n<button class=\"main\" name=\"decision\" \
         value=\"allow\">Sign in</button>\n<button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>\n\
         </div>\n</form>\n",
        action = escape(&shared.at("authorize/sign-in")),
    ));
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
        assert!(is_loopback_callback("http://127.0.0.1:51234/oauth/callback"));
        for bad in [
            "http://127.0.0.1:51234/callback",
            "http://localhost:51234/oauth/callback",
            "https://127.0.0.1:51234/oauth/callback",
            "http://127.0.0.1.example:1/oauth/callback",
            "http://127.0.0.1:1/oauth/callback?x=1",
            "http://user@127.0.0.1:1/oauth/callback",
            "http://127.1:1/oauth/callback",
            "",
        ] {
            assert!(!is_loopback_callback(bad), "{bad}");
        }
    }
}
