//! Ends a session, by revocation (RFC 7009) or RP-initiated logout.
//! <https://openid.net/specs/openid-connect-rpinitiated-1_0.html>

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, Uri};
use serde_json::json;

use super::{
    authorize::is_loopback_callback,
    error::{OauthError, answer},
    shared::Shared,
};
use crate::journal::traced;
use crate::{
    CLIENT_ID,
    html::{self, Page},
    params::Params,
};

/// `POST /oidc/revoke`. An unknown token counts as revoked (RFC 7009, section 2.2).
pub(super) async fn revoke(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let result = if params.get("client_id") != Some(CLIENT_ID) {
        Err(OauthError::unauthorized("invalid_client", "The client is unknown."))
    } else if let Some(token) = params.get("token") {
        shared.provider.grants(|grants| {
            if let Some(sid) = grants.sid_of_any_token(token) {
                grants.end(&sid);
            }
        });
        Ok(json!({}))
    } else {
        Err(OauthError::new("invalid_request", "token is missing."))
    };
    answer("revoke", result)
}

/// `GET` and `POST /oidc/end-session`. The ID token in the hint may have expired, but has to be ours.
pub(super) async fn end_session(State(shared): State<Arc<Shared>>, uri: Uri, body: Bytes) -> Response {
    const ACTION: &str = "end-session";
    let params = Params::read(uri.query(), &body);
    let sid = params.get("id_token_hint").and_then(|token| shared.provider.signer().sid_of(token));
    let Some(sid) = sid else {
        let mut page = Page::new("Not signed out".into());
        page.heading("You are not signed out");
        page.paragraph("The URL doesn’t name a session in this sandbox (id_token_hint).");
        return traced(html::with_status(StatusCode::BAD_REQUEST, page), ACTION, "refused");
    };
    shared.provider.grants(|grants| grants.end(&sid));
    let back = params.get("post_logout_redirect_uri").filter(|uri| is_loopback_callback(uri));
    let response = match back {
        Some(uri) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(params.get("state").map(|state| ("state", state)));
            Redirect::to(&format!("{uri}?{}", query.finish())).into_response()
        }
        None => {
            let mut page = Page::new("Signed out".into());
            page.heading("You are signed out of the sandbox");
            page.note("You can close this window.");
            page.into_response()
        }
    };
    traced(response, ACTION, "ok")
}
