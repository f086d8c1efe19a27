//! The console's federation endpoint.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use url::Url;

use super::{held::Principal, shared::Shared, signin_tokens::ConsoleSession};
use crate::{
    cookies::{cookie, set_cookie},
    html::{self, Page},
    journal::{Trace, traced},
    params::Params,
};

const SESSION_SECONDS: std::ops::RangeInclusive<i64> = 900..=43_200;
const COOKIE: &str = "daypass_sandbox_console";
const PATH: &str = "/federation-host";
/// What the console says in a browser that is signed in to it already.
const SIGNED_IN: &str = "You must first log out before logging into a different AWS account.";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
    session_key: String,
    session_token: String,
}

/// `GET` and `POST /federation-host/federation`.
pub(crate) async fn federation(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let params = Params::read(uri.query(), &body);
    let (action, answer) = match params.get("Action") {
        Some("getSigninToken") => ("getSigninToken", get_signin_token(&shared, &params)),
        Some("login") => ("login", login(&shared, &params, &headers)),
        _ => ("", Err("Action is getSigninToken or login.".to_owned())),
    };
    let outcome = if answer.is_ok() { "ok" } else { "refused" };
    let mut response = answer.unwrap_or_else(|why| refusal(&why));
    response.extensions_mut().insert(Trace {
        action: Some(action.to_owned()),
        outcome: Some(outcome.to_owned()),
        ..Trace::default()
    });
    response
}

fn get_signin_token(shared: &Shared, params: &Params) -> Result<Response, String> {
    let session = params.get("Session").ok_or("Session is missing.")?;
    let session: Session = serde_json::from_str(session)
        .map_err(|_| "Session is not JSON with sessionId, sessionKey and sessionToken.")?;
    let now = shared.now();
    let (principal, expires) = shared
        .keys
        .recognise(&session.session_id, &session.session_key, &session.session_token, now)
        .map_err(|fault| fault.message)?;
    let no_duration = match &principal {
        Principal::Role(session) if session.chained => Some("role chaining"),
        Principal::Role(_) => None,
        Principal::Federated { .. } => Some("GetFederationToken"),
        Principal::User { .. } => {
            return Err("Credentials from GetSessionToken do not open the console: assume a role.".into());
        }
        Principal::Root { .. } => return Err("Credentials from AssumeRoot do not open the console.".into()),
    };
    let mut ends = expires;
    if let Some(duration) = params.get("SessionDuration") {
        let seconds = duration.parse().ok().filter(|seconds| SESSION_SECONDS.contains(seconds));
        let seconds = seconds.ok_or("SessionDuration is 900 to 43200 seconds.")?;
        if let Some(origin) = no_duration {
            return Err(format!("SessionDuration cannot be used with credentials from {origin}."));
        }
        ends = now + TimeDelta::seconds(seconds);
    }
    let token = shared.signin_tokens.issue(ConsoleSession { principal, ends }, now);
    Ok(Json(serde_json::json!({ "SigninToken": token })).into_response())
}

fn login(shared: &Shared, params: &Params, headers: &HeaderMap) -> Result<Response, String> {
    let destination = params.get("Destination").ok_or("Destination is missing.")?;
    let destination = Destination::read(destination).ok_or("Destination is not a page of the AWS console.")?;
    let token = params.get("SigninToken").ok_or("SigninToken is missing.")?;
    if cookie(headers, COOKIE).is_some() && !shared.panel.read().console_multi_session {
        return Err(SIGNED_IN.into());
    }
    let now = shared.now();
    let ConsoleSession { principal, ends } = shared
        .signin_tokens
        .take(token, now)
        .ok_or("The SigninToken is wrong, was used before, or is older than 15 minutes.")?;
    let (account, kind, who, session_name) = match principal {
        Principal::Role(session) => (session.account, "Role", session.role_name, session.session_name),
        Principal::Federated { account, name } => (account, "Federated user", name.clone(), name),
        _ => return Err("The SigninToken is neither for a role nor for a federated user.".into()),
    };
    let signed_in = SignedIn { account: &account, kind, who: &who, session_name: &session_name };
    Ok(signed_in.page(shared, &destination, ends))
}

/// Who the console belongs to.
pub(super) struct SignedIn<'a> {
    pub(super) account: &'a str,
    /// What `who` is.
    pub(super) kind: &'a str,
    pub(super) who: &'a str,
    pub(super) session_name: &'a str,
}

impl SignedIn<'_> {
    /// The first page, with the cookie that keeps the browser signed in.
    pub(super) fn page(&self, shared: &Shared, destination: &Destination, ends: DateTime<Utc>) -> Response {
        let Self { account, kind, who, session_name } = *self;
        let name = shared.world.account_name(account).unwrap_or("an account");
        let mut page = Page::new(format!("{who} in {name}"));
        page.heading(&format!("Signed in to the sandbox console as {who} in {name}"));
        page.facts(&[
            (kind, who),
            ("Account", &format!("{name} ({account})")),
            ("Session", session_name),
            ("Service", &destination.service),
            ("Region", destination.region.as_deref().unwrap_or("none named")),
            ("Ends", &ends.to_rfc3339_opts(SecondsFormat::Secs, true)),
        ]);
        page.note(
            "This is where the AWS console would open. The credentials behind this link were made by the sandbox on \
             your machine and open nothing else.",
        );
        let mut response = page.into_response();
        set_cookie(&mut response, COOKIE, "signed-in", PATH, (ends - shared.now()).num_seconds().max(0));
        response
    }
}

/// `GET /federation-host/oauth?Action=logout`, which leads on to an address of the console's sign-in, as
/// `https://REGION.signin.aws.amazon.com/oauth` does.
pub(crate) async fn log_out(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    const ACTION: &str = "logout";
    let params = Params::read(uri.query(), b"");
    if params.get("Action") != Some(ACTION) {
        return traced(refusal("Action is logout."), ACTION, "refused");
    }
    let mut response = match params.get("redirect_uri") {
        Some(onward) if onward.starts_with(&shared.base) => Redirect::to(onward).into_response(),
        Some(_) => return traced(refusal("The redirect_uri leads away from AWS."), ACTION, "refused"),
        None => {
            let mut page = Page::new("Logged out".to_owned());
            page.heading("You are logged out of the sandbox console");
            page.into_response()
        }
    };
    set_cookie(&mut response, COOKIE, "", PATH, 0);
    traced(response, ACTION, "ok")
}

/// The console's host in each partition that has a public one.
const CONSOLES: [&str; 4] =
    ["console.aws.amazon.com", "console.amazonaws-us-gov.com", "console.amazonaws.cn", "console.amazonaws-eusc.eu"];

/// The requested page of the console.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destination {
    service: String,
    region: Option<String>,
}

impl Destination {
    /// `None` unless it is an https page of the console in a partition.
    pub(super) fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
        let host = url.host_str()?;
        let before = CONSOLES.iter().find_map(|console| host.strip_suffix(console))?;
        if !(before.is_empty() || before.ends_with('.')) {
            return None;
        }
        let in_query = url.query_pairs().find(|(name, _)| name == "region").map(|(_, v)| v.into_owned());
        let in_host = before.trim_end_matches('.').rsplit('.').next().filter(|s| s.contains('-'));
        let service = url.path_segments()?.next().filter(|s| !s.is_empty()).unwrap_or("console");
        Some(Self { service: service.to_owned(), region: in_query.or_else(|| in_host.map(str::to_owned)) })
    }
}

fn refusal(why: &str) -> Response {
    let mut page = Page::new("Not signed in".to_owned());
    page.heading("The sandbox console did not sign you in");
    page.paragraph(why);
    page.note("Open the console again from Daypass to get a fresh link.");
    html::with_status(StatusCode::BAD_REQUEST, page)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        let read = |s| Destination::read(s).map(|d| (d.service, d.region.unwrap_or_default()));
        assert_eq!(
            read("https://console.aws.amazon.com/s3/home?region=eu-west-1"),
            Some(("s3".into(), "eu-west-1".into()))
        );
        assert_eq!(
            read("https://eu-central-1.console.aws.amazon.com/lambda/home"),
            Some(("lambda".into(), "eu-central-1".into()))
        );
        assert_eq!(read("https://console.aws.amazon.com/"), Some(("console".into(), String::new())));
        assert_eq!(read("https://console.amazonaws-us-gov.com/"), Some(("console".into(), String::new())));
        let sovereign = read("https://eusc-de-east-1.console.amazonaws-eusc.eu/s3/home");
        assert_eq!(sovereign, Some(("s3".into(), "eusc-de-east-1".into())));
        assert_eq!(read("http://console.aws.amazon.com/"), None);
        assert_eq!(read("https://evilconsole.aws.amazon.com.example/"), None);
        assert_eq!(read("https://evilconsole.aws.amazon.com/"), None);
    }
}
