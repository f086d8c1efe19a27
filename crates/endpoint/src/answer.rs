//! Responses, and the messages that SDKs show if they don't get credentials.

use daypass_core::problem::{NextStep, Problem, ProblemKind};
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// What SDKs show of an answer that isn't credentials. Most read the small names, the one for JavaScript the others.
#[derive(Serialize)]
struct Refusal<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(rename = "Code")]
    large_code: &'a str,
    #[serde(rename = "Message")]
    large_message: &'a str,
}

/// The problem in the words that the SDK shows. They ask again after 5xx, which helps only where waiting does.
pub(crate) fn refusal(problem: &Problem) -> Response<String> {
    let status = match problem.kind {
        ProblemKind::Passing => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::NeedsSignIn => StatusCode::UNAUTHORIZED,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Refused => StatusCode::FORBIDDEN,
        ProblemKind::Invalid | ProblemKind::Cancelled | ProblemKind::Failed => StatusCode::BAD_REQUEST,
    };
    let hint = match &problem.next {
        Some(NextStep::SignIn { identity }) => Some(format!("sign in: daypass identity login {identity}")),
        _ => problem.hint.clone(),
    };
    let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
    turned_away(status, &problem.code.to_string(), &format!("Daypass: {}{hint}", problem.message))
}

pub(crate) fn turned_away(status: StatusCode, code: &str, message: &str) -> Response<String> {
    json(status, &Refusal { code, message, large_code: code, large_message: message })
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<String> {
    match serde_json::to_string(body) {
        Ok(body) => respond(status, "application/json", body),
        Err(_) => respond(StatusCode::INTERNAL_SERVER_ERROR, "application/json", "{}".to_owned()),
    }
}

pub(crate) fn text(body: impl Into<String>) -> Response<String> {
    respond(StatusCode::OK, "text/plain", body.into())
}

fn respond(status: StatusCode, form: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
