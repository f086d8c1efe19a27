//! The query protocol, with one URL, the action among the parameters, and XML in response. It serves STS and a little
//! of IAM, which differ in their API version. A call to Organizations, at the same URL, has its operation in a header.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::{
    account_names::{TARGET_HEADER, organizations},
    actions::{Call, Done},
    fault::Fault,
    iam,
    shared::Shared,
    sigv4::{Received, Signature},
    trail, xml,
};
use crate::{journal::Trace, knobs::InjectedFault, params::Params, random};

const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// `POST /` and `GET /`.
pub(crate) async fn query(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(target) = headers.get(TARGET_HEADER).and_then(|target| target.to_str().ok()) {
        let (path, query) = (uri.path(), uri.query());
        let is_trail = target == trail::LOOKUP;
        let service = if is_trail { "cloudtrail" } else { "organizations" };
        let request = Received { service, method: &method, path, query, headers: &headers, body: &body };
        return if is_trail { trail::look_up(&shared, request) } else { organizations(&shared, request, target) };
    }
    let params = Params::read(uri.query(), &body);
    let request_id = random::request_id();
    let mut trace =
        Trace { action: params.get("Action").map(short), request_id: Some(request_id.clone()), ..Trace::default() };
    let (service, namespace) = match params.get("Version") {
        Some(iam::VERSION) => ("iam", iam::NAMESPACE),
        _ => ("sts", NAMESPACE),
    };
    let request =
        Received { service, method: &method, path: uri.path(), query: uri.query(), headers: &headers, body: &body };
    let answer = answer(&shared, request, &params).await;
    let (status, text) = match answer {
        Ok(Done { result, access_key_id }) => {
            trace.outcome = Some("ok".into());
            trace.access_key_id = Some(access_key_id);
            let action = params.get("Action").unwrap_or_default();
            (StatusCode::OK, xml::response(namespace, action, result, &request_id))
        }
        Err(fault) => {
            trace.outcome = Some(fault.code.into());
            trace.access_key_id = Signature::read(request).ok().map(|signature| signature.access_key_id);
            (fault.status, xml::error(namespace, &fault, &request_id))
        }
    };
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response.extensions_mut().insert(trace);
    response
}

/// AWS's answer for a path that no service has.
pub(crate) async fn not_found() -> Response {
    let type_ = [(header::CONTENT_TYPE, "application/xml")];
    (StatusCode::NOT_FOUND, type_, "<UnknownOperationException/>\n").into_response()
}

async fn answer(shared: &Shared, request: Received<'_>, params: &Params) -> Result<Done, Fault> {
    suffer(shared).await?;
    let action = params.get("Action").ok_or_else(Fault::missing_action)?;
    let version = params.get("Version").unwrap_or(VERSION);
    let call = Call { shared, request, params, now: shared.now() };
    if version == iam::VERSION {
        return call.answer_iam(action);
    }
    if version != VERSION {
        return Err(Fault::no_such_version(&short(action), &short(version)));
    }
    call.answer(action, version).await
}

/// Injects the fault that the knobs set for this call.
async fn suffer(shared: &Shared) -> Result<(), Fault> {
    match shared.panel.take_fault() {
        None => Ok(()),
        Some(InjectedFault::Hang) => {
            shared.stopped().await;
            Err(Fault::unavailable())
        }
        Some(InjectedFault::Fail(status)) => Err(match u16::from(status) {
            503 => Fault::unavailable(),
            _ => Fault::internal_failure(),
        }),
        Some(InjectedFault::Throttle) => Err(Fault::throttled()),
        Some(InjectedFault::Deny) => {
            Err(Fault::access_denied("Access denied, because the sandbox is set to deny this call."))
        }
    }
}

/// Enough of a parameter to recognise it, so that the journal stays small.
fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
