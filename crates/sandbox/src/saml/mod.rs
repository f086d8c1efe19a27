//! A SAML 2.0 identity provider with a sign-in page, a session cookie, and an assertion that the browser posts to AWS.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>

mod assertion;
mod request;
mod sessions;
mod shared;
mod signature;
mod xml;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use http::{HeaderMap, StatusCode, Uri, header};

use crate::{
    cookies::{cookie, set_cookie},
    html::{self, Page, escape},
    journal::traced,
    params::Params,
    sign_in::{self, Decision, SignInForm},
};
use request::{Binding, Wanted};
use sessions::Session;
pub(crate) use shared::{IdentityProvider, Shared, entity_id, provider_arn};
pub(crate) use signature::verified;

const ACTION: &str = "saml";
const COOKIE: &str = "daypass_sandbox_idp";
const PATH: &str = "/saml";
const SUBMIT: &str = "document.forms[0].submit();";

/// The routes below `/saml`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/start", get(start))
        .route("/sso", get(requested_by_redirect).post(requested_by_post))
        .route("/sign-in", post(sign_in))
        .route("/assertion", post(assertion_as_text))
        .route("/sign-out", get(sign_out))
        .route("/metadata", get(metadata))
}

/// `GET /saml/start`, where the person begins without a request (IdP-initiated).
async fn start(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    let params = Params::read(uri.query(), b"");
    let wanted = Wanted::unsolicited(&shared, params.get("RelayState"));
    asked(&shared, &headers, wanted)
}

/// `GET /saml/sso`, an AuthnRequest with the HTTP-Redirect binding.
async fn requested_by_redirect(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    requested(&shared, &headers, &Params::read(uri.query(), b""), Binding::Redirect)
}

/// `POST /saml/sso`, an AuthnRequest with the HTTP-POST binding.
async fn requested_by_post(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    requested(&shared, &headers, &Params::read(None, &body), Binding::Post)
}

fn requested(shared: &Shared, headers: &HeaderMap, params: &Params, binding: Binding) -> Response {
    match Wanted::read(shared, params, binding) {
        Ok(wanted) => asked(shared, headers, wanted),
        Err(why) => mistake(why),
    }
}

/// Answers immediately if the person is already signed in, and shows the sign-in page otherwise.
fn asked(shared: &Shared, headers: &HeaderMap, wanted: Wanted) -> Response {
    let now = shared.now();
    let lifetime = lifetime(shared);
    let session =
        cookie(headers, COOKIE).and_then(|token| shared.saml.sessions(|s| s.session(&token, now, lifetime).cloned()));
    match session {
        Some(session) if !wanted.force => respond(shared, &session, &wanted, "silent"),
        None if wanted.passive => fail(shared, &wanted, "NoPassive"),
        _ => {
            let transaction = shared.saml.sessions(|sessions| sessions.pending.begin(wanted, now));
            traced(sign_in_page(shared, &transaction, None), ACTION, "asked")
        }
    }
}

/// `POST /saml/sign-in`, the page's form.
async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let transaction = params.get("transaction").unwrap_or_default();
    let now = shared.now();
    let person = match sign_in::decision(&shared.world, &params) {
        Decision::WrongPassword => {
            let page = sign_in_page(&shared, transaction, Some(params.get("username")));
            return traced((StatusCode::FORBIDDEN, page).into_response(), ACTION, "wrong password");
        }
        Decision::SignIn(person) => Some(person),
        Decision::Deny => None,
    };
    let Some(wanted) = shared.saml.sessions(|sessions| sessions.pending.take(transaction, now)) else {
        return mistake("This sign-in has ended or took longer than ten minutes. Start it again.");
    };
    let Some(person) = person else {
        return fail(&shared, &wanted, "AuthnFailed");
    };
    let lifetime = lifetime(&shared);
    let (token, session) = shared.saml.sessions(|sessions| sessions.open(&person.username, now, lifetime));
    let mut response = respond(&shared, &session, &wanted, "ok");
    set_cookie(&mut response, COOKIE, &token, PATH, lifetime.num_seconds());
    response
}

/// `POST /saml/assertion` answers with what the sign-in's page would post to AWS, for a terminal without a browser.
async fn assertion_as_text(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Decision::SignIn(person) = sign_in::decision(&shared.world, &Params::read(None, &body)) else {
        return traced(
            (StatusCode::FORBIDDEN, "Unknown person or wrong password\n").into_response(),
            ACTION,
            "refused",
        );
    };
    let lifetime = lifetime(&shared);
    let (_, session) = shared.saml.sessions(|sessions| sessions.open(&person.username, shared.now(), lifetime));
    match assertion::response(&shared, person, &session, &Wanted::unsolicited(&shared, None)) {
        Some(xml) => traced(STANDARD.encode(xml).into_response(), ACTION, "ok"),
        None => mistake("The sandbox could not sign the assertion. Start it again."),
    }
}

fn lifetime(shared: &Shared) -> TimeDelta {
    TimeDelta::seconds(i64::from(shared.panel.read().idp_session_seconds))
}

/// `GET /saml/sign-out` forgets the person.
async fn sign_out(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if let Some(token) = cookie(&headers, COOKIE) {
        shared.saml.sessions(|sessions| sessions.end(&token));
    }
    let mut response = Redirect::to("/saml/start").into_response();
    set_cookie(&mut response, COOKIE, "", PATH, 0);
    traced(response, ACTION, "signed out")
}

/// `GET /saml/metadata`.
async fn metadata(State(shared): State<Arc<Shared>>) -> Response {
    let type_ = [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    (type_, assertion::metadata(&shared)).into_response()
}

fn respond(shared: &Shared, session: &Session, wanted: &Wanted, outcome: &str) -> Response {
    let Some(person) = shared.world.person(&session.username) else {
        return fail(shared, wanted, "AuthnFailed");
    };
    match assertion::response(shared, person, session, wanted) {
        Some(xml) => traced(post_page(&xml, wanted), ACTION, outcome),
        None => mistake("The sandbox could not sign the assertion. Start it again."),
    }
}

fn fail(shared: &Shared, wanted: &Wanted, status: &'static str) -> Response {
    traced(post_page(&assertion::failure(shared, wanted, status), wanted), ACTION, status)
}

/// The form that carries the response to AWS and submits itself (SAML bindings, section 3.5).
fn post_page(xml: &str, wanted: &Wanted) -> Response {
    let mut page = Page::new("Signing in".into());
    page.heading("On the way to AWS");
    let relay_state = wanted
        .relay_state
        .as_deref()
        .map(|state| format!("<input type=\"hidden\" name=\"RelayState\" value=\"{}\">\n", escape(state)));
    page.markup(&format!(
        "<form method=\"post\" action=\"{}\">\n<input type=\"hidden\" name=\"SAMLResponse\" value=\"{}\">\n{}<div \
         class=\"buttons\"><button class=\"main\">Continue</button></div>\n</form>\n",
        escape(&wanted.endpoint),
        STANDARD.encode(xml),
        relay_state.unwrap_or_default(),
    ));
    page.forms_go_to(html::source(&wanted.endpoint));
    page.script(SUBMIT);
    page.into_response()
}

fn sign_in_page(shared: &Shared, transaction: &str, failed: Option<Option<&str>>) -> Response {
    let mut page = Page::new("Sign in".into());
    page.heading("Who is signing in to AWS?");
    if failed.is_some() {
        page.alert(sign_in::WRONG_PASSWORD);
    }
    let action = format!("{}saml/sign-in", shared.base);
    let form = SignInForm { action: &action, transaction, chosen: failed.flatten(), may_deny: true };
    page.markup(&form.markup(&shared.world));
    page.note(sign_in::MADE_UP);
    page.forms_go_to("'self'".into());
    page.into_response()
}

fn mistake(why: &str) -> Response {
    sign_in::mistake(ACTION, why)
}
