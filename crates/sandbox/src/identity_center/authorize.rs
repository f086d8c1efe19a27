//! The authorization endpoint for the code grant with PKCE. At AWS it is `https://oidc.REGION.amazonaws.com/authorize`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::{StatusCode, Uri};

use super::{
    clients::{AUTHORIZATION_CODE, Client},
    grants::Request,
    shared::Shared,
};
use crate::journal::traced;
use crate::{
    html::{self, Page, escape},
    params::Params,
    sign_in::{self, Decision, SignInForm},
};

const ACTION: &str = "authorize";

/// `GET /authorize`. Shows the person errors in `client_id` and `redirect_uri`, and reports all others to the client
/// (RFC 6749, section 4.1.2.1).
pub(super) async fn authorize(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let params = Params::read(uri.query(), b"");
    let (now, client_id) = (shared.now(), params.get("client_id").unwrap_or_default());
    let Some(client) = shared.identity_center.grants(|grants| grants.client(client_id, now).cloned()) else {
        return mistake("The client is unknown, or its registration has expired.");
    };
    let Some(redirect_uri) = params.get("redirect_uri").filter(|uri| client.may_redirect_to(uri)) else {
        return mistake("The client did not register this redirect_uri.");
    };
    let state = params.get("state");
    let challenge = match challenge(&client, &params) {
        Ok(challenge) => challenge,
        Err((error, why)) => {
            let answer = [("error", error), ("error_description", why)];
            return traced(back(redirect_uri, state, &answer), ACTION, error);
        }
    };
    let request = Request {
        client_id: client_id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        state: state.map(str::to_owned),
        challenge: challenge.to_owned(),
    };
    let transaction = shared.identity_center.grants(|grants| grants.pending.begin(request.clone(), now));
    traced(sign_in_page(&shared, &client.name, &request, &transaction, None), ACTION, "asked")
}

/// `POST /authorize/sign-in`: the page's form.
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    const ACTION: &str = "sign-in";
    let params = Params::read(None, &body);
    let transaction = params.get("transaction").unwrap_or_default();
    let now = shared.now();
    let pending = shared.identity_center.grants(|grants| {
        let request = grants.pending.get(transaction, now).cloned()?;
        let name = grants.client(&request.client_id, now)?.name.clone();
        Some((request, name))
    });
    let Some((request, client_name)) = pending else {
        return mistake("This sign-in has ended or took longer than ten minutes. Start it again.");
    };
    let state = request.state.as_deref();
    let person = match sign_in::decision(&shared.world, &params) {
        Decision::SignIn(person) => person,
        Decision::Deny => {
            shared.identity_center.grants(|grants| grants.pending.take(transaction, now));
            let answer = [("error", "access_denied"), ("error_description", "The person denied the request.")];
            return traced(back(&request.redirect_uri, state, &answer), ACTION, "access_denied");
        }
        Decision::WrongPassword => {
            let page = sign_in_page(&shared, &client_name, &request, transaction, Some(params.get("username")));
            return traced((StatusCode::FORBIDDEN, page).into_response(), ACTION, "wrong password");
        }
    };
    let lifetime = TimeDelta::seconds(i64::from(shared.panel.read().sso_session_seconds));
    let agreed = shared.identity_center.grants(|grants| grants.agree(transaction, &person.username, now, lifetime));
    match agreed {
        Some(code) => traced(back(&request.redirect_uri, state, &[("code", &code)]), ACTION, "ok"),
        None => mistake("This sign-in has just ended. Start it again."),
    }
}

/// Checks everything that a client can get wrong, and returns the code challenge.
fn challenge<'a>(client: &Client, params: &'a Params) -> Result<&'a str, (&'static str, &'static str)> {
    if params.get("response_type") != Some("code") {
        return Err(("unsupported_response_type", "response_type must be code."));
    }
    if !client.grant_types.iter().any(|grant| grant == AUTHORIZATION_CODE) {
        return Err(("unauthorized_client", "The client did not register for authorization codes."));
    }
    // AWS uses `scopes`, separated by commas or spaces, instead of OAuth's `scope`.
    let scopes = params.get("scopes").unwrap_or_default();
    let mut scopes = scopes.split([',', ' ']).filter(|scope| !scope.is_empty());
    if !scopes.all(|scope| client.scopes.iter().any(|known| known == scope)) {
        return Err(("invalid_scope", "The client did not register one of the scopes."));
    }
    if params.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256."));
    }
    let challenge = params.get("code_challenge").unwrap_or_default();
    if !URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32) {
        return Err(("invalid_request", "code_challenge must be a SHA-256 in base64url."));
    }
    Ok(challenge)
}

fn back(redirect_uri: &str, state: Option<&str>, answer: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer).extend_pairs(state.map(|state| ("state", state)));
    Redirect::to(&format!("{redirect_uri}?{}", query.finish())).into_response()
}

fn sign_in_page(
    shared: &Shared,
    client_name: &str,
    request: &Request,
    transaction: &str,
    failed: Option<Option<&str>>,
) -> Response {
    let mut page = Page::new("Authorize request".into());
    page.heading("Who is authorizing this program?");
    if failed.is_some() {
        page.alert(sign_in::WRONG_PASSWORD);
    }
    page.markup(&format!("<p>{} asks for your AWS accounts.</p>\n", escape(client_name)));
    let action = format!("{}authorize/sign-in", shared.base);
    let form = SignInForm { action: &action, transaction, chosen: failed.flatten(), may_deny: true };
    page.markup(&form.markup(&shared.world));
    page.note(sign_in::MADE_UP);
    page.forms_go_to(format!("'self' {}", html::source(&request.redirect_uri)));
    page.into_response()
}

fn mistake(why: &str) -> Response {
    sign_in::mistake(ACTION, why)
}
