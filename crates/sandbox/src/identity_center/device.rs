//! `StartDeviceAuthorization`, and the page on which a person answers it (RFC 8628).

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{parse, required},
    clients::DEVICE_CODE,
    refusal::{Refusal, answer},
    shared::Shared,
};
use crate::journal::traced;
use crate::{
    html::{self, Page, escape},
    params::Params,
    sign_in::{self, Decision, SignInForm},
};

const ACTION: &str = "device page";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartDeviceAuthorization {
    client_id: Option<String>,
    client_secret: Option<String>,
    start_url: Option<String>,
}

/// `POST /device_authorization`.
pub(super) async fn start(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    answer("StartDeviceAuthorization", parse(&body).and_then(|request| started(&shared, &request)))
}

fn started(shared: &Shared, request: &StartDeviceAuthorization) -> Result<Value, Refusal> {
    let client_id = required("clientId", &request.client_id)?;
    let secret = required("clientSecret", &request.client_secret)?;
    let start_url = required("startUrl", &request.start_url)?;
    if !shared.is_start_url(start_url) {
        return Err(Refusal::invalid_request("startUrl is not the start URL of the sandbox."));
    }
    let (now, knobs) = (shared.now(), shared.panel.read());
    let lifetime = TimeDelta::seconds(i64::from(knobs.device_code_seconds));
    let interval = TimeDelta::seconds(i64::from(knobs.device_interval_seconds));
    let (device_code, user_code) = shared.identity_center.grants(|grants| {
        let client = grants.authenticate(client_id, secret, now)?;
        if !client.grant_types.iter().any(|grant| grant == DEVICE_CODE) {
            return Err(Refusal::unauthorized_client("The client did not register for device codes."));
        }
        Ok(grants.begin_device(client_id, now, lifetime, interval))
    })?;
    let page = format!("{}/device", shared.start_url);
    Ok(json!({
        "deviceCode": device_code,
        "userCode": user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={user_code}"),
        "expiresIn": knobs.device_code_seconds,
        "interval": knobs.device_interval_seconds,
    }))
}

/// `GET /start`, the page at the start URL.
pub(super) async fn portal_page() -> Response {
    let mut page = Page::new("Access portal".into());
    // As AWS's own portal, so that a client needs nothing but the start URL.
    page.meta("region", crate::common::REGION);
    page.heading("The sandbox’s AWS access portal");
    page.paragraph("This page’s URL is the start URL of an IAM Identity Center in the sandbox.");
    page.note("Enter the URL in Daypass or `aws configure sso`. They show a code that you enter here:");
    page.markup("<p><a href=\"/start/device\">Answer a code</a></p>\n");
    page.into_response()
}

/// `GET /start/device`, which asks for the code and then for the person.
pub(super) async fn page(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let params = Params::read(uri.query(), b"");
    match params.get("user_code") {
        None => traced(code_page(None), ACTION, "asked"),
        Some(code) => match sign_in_page(&shared, &tidy(code), None) {
            Some(page) => traced(page, ACTION, "asked"),
            None => traced(code_page(Some("This code is unknown or has expired.")), ACTION, "unknown code"),
        },
    }
}

/// `POST /start/device/sign-in`.
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let user_code = params.get("transaction").unwrap_or_default();
    let username = match sign_in::decision(&shared.world, &params) {
        Decision::SignIn(person) => Some(person.username.as_str()),
        Decision::Deny => None,
        Decision::WrongPassword => {
            return match sign_in_page(&shared, user_code, Some(params.get("username"))) {
                Some(page) => traced((StatusCode::FORBIDDEN, page).into_response(), ACTION, "wrong password"),
                None => gone(),
            };
        }
    };
    let now = shared.now();
    let lifetime = TimeDelta::seconds(i64::from(shared.panel.read().sso_session_seconds));
    if !shared.identity_center.grants(|grants| grants.answer_device(user_code, username, now, lifetime)) {
        return gone();
    }
    let (heading, outcome) = match username {
        Some(_) => ("Request approved", "ok"),
        None => ("Request denied", "denied"),
    };
    let mut page = Page::new(heading.into());
    page.heading(heading);
    page.paragraph("You can close this window.");
    traced(page.into_response(), ACTION, outcome)
}

fn code_page(alert: Option<&str>) -> Response {
    let mut page = Page::new("Authorize request".into());
    page.heading("Enter your code");
    if let Some(alert) = alert {
        page.alert(alert);
    }
    page.markup(
        "<form method=\"get\" action=\"/start/device\">\n<label class=\"field\" for=\"code\">Code</label>\n<input \
         id=\"code\" name=\"user_code\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" \
         required autofocus>\n<div class=\"buttons\"><button class=\"main\">Next</button></div>\n</form>\n",
    );
    page.forms_go_to("'self'".into());
    let status = if alert.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    html::with_status(status, page)
}

fn sign_in_page(shared: &Shared, user_code: &str, failed: Option<Option<&str>>) -> Option<Response> {
    let now = shared.now();
    let name = shared
        .identity_center
        .grants(|grants| grants.client_of_user_code(user_code, now).map(|client| client.name.clone()))?;
    let mut page = Page::new("Authorize request".into());
    page.heading("Who is authorizing this program?");
    if failed.is_some() {
        page.alert(sign_in::WRONG_PASSWORD);
    }
    page.markup(&format!(
        "<p>{} asks for your AWS accounts. Go on only if it shows you the code <code>{}</code>.</p>\n",
        escape(&name),
        escape(user_code)
    ));
    let action = format!("{}/device/sign-in", shared.start_url);
    let form = SignInForm { action: &action, transaction: user_code, chosen: failed.flatten(), may_deny: true };
    page.markup(&form.markup(&shared.world));
    page.note(sign_in::MADE_UP);
    page.forms_go_to("'self'".into());
    Some(page.into_response())
}

fn gone() -> Response {
    traced(code_page(Some("This code has expired or was already used.")), ACTION, "unknown code")
}

/// Accepts codes without the dash and in lowercase.
fn tidy(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    match letters.split_at_checked(4) {
        Some((first, second)) => format!("{first}-{second}"),
        None => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        assert_eq!([tidy("bcdfghjk"), tidy(" BCDF-GHJK "), tidy("ab")], ["BCDF-GHJK", "BCDF-GHJK", "AB"]);
    }
}
