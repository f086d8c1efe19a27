//! The access portal, which lists a person's accounts and roles and issues credentials for them.

use std::{sync::Arc, time::Instant};

use axum::{extract::State, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::{HeaderMap, Uri};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    assignments::{self, AssignedAccount},
    refusal::{PortalError, portal_answer},
    shared::Shared,
};
use crate::{Person, journal::Trace, params::Params};

const BEARER: &str = "x-amz-sso_bearer_token";
const DEFAULT_PAGE: usize = 20;
const MAX_PAGE: usize = 100;

/// `GET /assignment/accounts`.
pub(super) async fn list_accounts(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    let listed = || {
        let (_, person) = signed_in(&shared, &headers)?;
        let accounts = assignments::of(&shared, person);
        let (page, next) = page(&accounts, "accounts", &Params::read(uri.query(), b""))?;
        let of = |a: &AssignedAccount| json!({ "accountId": a.id, "accountName": a.name, "emailAddress": a.email });
        Ok(json!({ "accountList": page.iter().map(of).collect::<Vec<_>>(), "nextToken": next }))
    };
    portal_answer("ListAccounts", listed())
}

/// `GET /assignment/roles?account_id=`.
pub(super) async fn list_account_roles(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    let listed = || {
        let (_, person) = signed_in(&shared, &headers)?;
        let params = Params::read(uri.query(), b"");
        let account = account(&shared, person, &params)?;
        let (page, next) = page(&account.roles, &account.id, &params)?;
        let of = |(name, _): &(String, u32)| json!({ "roleName": name, "accountId": account.id });
        Ok(json!({ "roleList": page.iter().map(of).collect::<Vec<_>>(), "nextToken": next }))
    };
    portal_answer("ListAccountRoles", listed())
}

/// `GET /federation/credentials?account_id=&role_name=`.
pub(super) async fn get_role_credentials(State(shared): State<Arc<Shared>>, headers: HeaderMap, uri: Uri) -> Response {
    let mut access_key_id = None;
    let given = credentials(&shared, &headers, &Params::read(uri.query(), b"")).map(|(id, body)| {
        access_key_id = Some(id);
        body
    });
    let mut response = portal_answer("GetRoleCredentials", given);
    if let Some(trace) = response.extensions_mut().get_mut::<Trace>() {
        trace.access_key_id = access_key_id;
    }
    response
}

/// `POST /logout` ends the session, including its refresh tokens.
pub(super) async fn logout(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let ended = signed_in(&shared, &headers).map(|(session, _)| {
        shared.identity_center.grants(|grants| grants.end(&session));
        json!({})
    });
    portal_answer("Logout", ended)
}

/// The access key ID, and the answer with the whole credentials.
fn credentials(shared: &Shared, headers: &HeaderMap, params: &Params) -> Result<(String, Value), PortalError> {
    let (_, person) = signed_in(shared, headers)?;
    let account = account(shared, person, params)?;
    let wanted = params.get("role_name").ok_or(PortalError::invalid_request("role_name is missing"))?;
    let (role, seconds) = account.roles.iter().find(|(name, _)| name == wanted).ok_or(PortalError::forbidden())?;
    let seconds = shared.panel.read().lifetime_seconds.unwrap_or(*seconds).min(*seconds);
    let principal = assignments::principal(person, &account.id, role);
    let fresh = shared.keys.issue(principal, shared.now(), TimeDelta::seconds(i64::from(seconds)));
    let body = json!({ "roleCredentials": {
        "accessKeyId": fresh.access_key_id,
        "secretAccessKey": fresh.secret_access_key.expose_secret(),
        "sessionToken": fresh.session_token.expose_secret(),
        "expiration": fresh.expiration.timestamp_millis(),
    }});
    Ok((fresh.access_key_id, body))
}

/// The access token's session and person, if the request is within the rate limit.
fn signed_in<'a>(shared: &'a Shared, headers: &HeaderMap) -> Result<(String, &'a Person), PortalError> {
    let knobs = shared.panel.read();
    if !shared.identity_center.throttle.admits(knobs.portal_requests_per_second, Instant::now()) {
        return Err(PortalError::too_many_requests());
    }
    let token = headers.get(BEARER).and_then(|value| value.to_str().ok()).filter(|_| !knobs.sso_revoked);
    let session = token.and_then(|token| {
        let now = shared.now();
        shared.identity_center.grants(|grants| grants.session_of_access_token(token, now).cloned())
    });
    let session = session.ok_or(PortalError::unauthorized())?;
    let person = shared.world.person(&session.username).ok_or(PortalError::unauthorized())?;
    Ok((session.id, person))
}

fn account(shared: &Shared, person: &Person, params: &Params) -> Result<AssignedAccount, PortalError> {
    let id = params.get("account_id").ok_or(PortalError::invalid_request("account_id is missing"))?;
    let mut assigned = assignments::of(shared, person).into_iter();
    assigned.find(|account| account.id == id).ok_or(PortalError::forbidden())
}

/// One page of a list, and the token for the next page, which works only for this list.
fn page<'a, T>(all: &'a [T], listing: &str, params: &Params) -> Result<(&'a [T], Option<String>), PortalError> {
    let size = match params.get("max_result") {
        None => DEFAULT_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|size| (1..=MAX_PAGE).contains(size))
            .ok_or(PortalError::invalid_request("max_result is 1 to 100"))?,
    };
    let start = match params.get("next_token") {
        None => 0,
        Some(token) => read_token(token, listing)
            .filter(|start| *start < all.len())
            .ok_or(PortalError::invalid_request("next_token is invalid"))?,
    };
    let end = start.saturating_add(size).min(all.len());
    let next = (end < all.len()).then(|| URL_SAFE_NO_PAD.encode(format!("{listing}:{end}")));
    Ok((&all[start..end], next))
}

fn read_token(token: &str, listing: &str) -> Option<usize> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (of, start) = decoded.rsplit_once(':')?;
    (of == listing).then(|| start.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let all: Vec<u32> = (0..45).collect();
        let (mut seen, mut query) = (Vec::new(), String::new());
        loop {
            let (page, next) = page(&all, "accounts", &Params::read(Some(&query), b"")).unwrap_or_default();
            seen.extend_from_slice(page);
            let Some(next) = next else { break };
            query = format!("next_token={next}");
        }
        assert_eq!(seen, all);
        let refused = |query: &str| page(&all, "accounts", &Params::read(Some(query), b"")).is_err();
        let foreign = URL_SAFE_NO_PAD.encode("111122223333:20");
        for query in ["max_result=0", "max_result=101", "next_token=x", &format!("next_token={foreign}")] {
            assert!(refused(query), "{query}");
        }
    }
}
