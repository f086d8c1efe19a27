//! The console's sign-in with an assertion, as AWS's does it at `/saml`: one role opens the console at once, and of several
//! the person chooses one on a page.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use chrono::TimeDelta;
use http::StatusCode;

use super::{
    console::{Destination, SignedIn},
    saml,
    shared::Shared,
};
use crate::{
    html::{self, Page, escape},
    journal::traced,
    params::Params,
};

const ACTION: &str = "choose-role";
/// Without a RelayState.
const HOME: &str = "https://console.aws.amazon.com/";
/// Without a SessionDuration.
const SESSION: TimeDelta = TimeDelta::hours(1);

/// `POST /federation-host/saml`.
pub(crate) async fn choose_role(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let identity = match saml::verify(&shared, params.get("SAMLResponse").unwrap_or_default(), shared.now()) {
        Ok(identity) => identity,
        Err(fault) => return refused(&fault.message),
    };
    let roles = identity.role_arns();
    let chosen = match (roles.as_slice(), params.get("roleIndex")) {
        ([], _) => return refused("The response has no role."),
        ([only], _) => only,
        (several, Some(arn)) => match several.iter().find(|role| **role == arn) {
            Some(role) => role,
            None => return refused("The response doesn't have this role."),
        },
        (several, None) => return traced(Html(page(&shared, several, &params)).into_response(), ACTION, "ok"),
    };
    let relay_state = params.get("RelayState").filter(|state| !state.is_empty()).unwrap_or(HOME);
    let Some(destination) = Destination::read(relay_state) else {
        return refused("The RelayState is not a page of the AWS console.");
    };
    let signed_in = SignedIn {
        account: chosen.split(':').nth(4).unwrap_or_default(),
        kind: "Role",
        who: chosen.rsplit('/').next().unwrap_or_default(),
        session_name: &identity.session_name,
    };
    let ends = shared.now() + SESSION;
    traced(signed_in.page(&shared, &destination, ends), ACTION, "console opened")
}

fn refused(why: &str) -> Response {
    let mut page = Page::new("Not signed in".to_owned());
    page.heading("Your request included an invalid SAML response.");
    page.paragraph(why);
    traced(html::with_status(StatusCode::FORBIDDEN, page), ACTION, "refused")
}

/// In the shape that AWS's has, for programs that read it.
fn page(shared: &Shared, roles: &[&str], params: &Params) -> String {
    let mut accounts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for role in roles {
        accounts.entry(role.split(':').nth(4).unwrap_or_default()).or_default().push(role);
    }
    let account = |(id, roles): (&str, Vec<&str>)| {
        let called = match shared.world.alias(id) {
            Some(alias) => format!("{alias} ({id})"),
            None => id.to_owned(),
        };
        let roles: String = roles.iter().map(|arn| role(arn)).collect();
        format!(
            "<div class=\"saml-account\"><div>\n<div class=\"saml-account-name\">Account: {}</div>\n</div><hr>\n{roles}</div>\n",
            escape(&called)
        )
    };
    let accounts: String = accounts.into_iter().map(account).collect();
    let hidden = ["RelayState", "SAMLResponse"].map(|name| {
        let value = escape(params.get(name).unwrap_or_default());
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
    });
    format!(
        "<!DOCTYPE html>\n<html><body><div id=\"content\">\n<form id=\"saml_form\" name=\"saml_form\" action=\"saml\" \
         method=\"post\">\n{}<p>Select a role:</p>\n<fieldset>\n{accounts}</fieldset>\n<button id=\"signin_button\">Sign \
         in</button>\n</form></div></body></html>\n",
        hidden.concat()
    )
}

fn role(arn: &str) -> String {
    let (arn, name) = (escape(arn), escape(arn.rsplit('/').next().unwrap_or_default()));
    format!(
        "<div class=\"saml-role\"><input type=\"radio\" name=\"roleIndex\" value=\"{arn}\" class=\"saml-radio\" \
         id=\"{arn}\"><label for=\"{arn}\" class=\"saml-role-description\">{name}</label></div>\n"
    )
}
