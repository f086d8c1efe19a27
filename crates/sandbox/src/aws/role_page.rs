//! The page on which a person chooses one of the roles in an assertion, as AWS's sign-in shows it at `/saml`. One role
//! alone opens the console at once.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse, Redirect, Response},
};
use http::StatusCode;

use super::{saml, shared::Shared};
use crate::{
    html::{self, Page, escape},
    journal::traced,
    params::Params,
};

const ACTION: &str = "choose-role";

/// `POST /federation-host/saml`.
pub(crate) async fn choose_role(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let params = Params::read(None, &body);
    let identity = saml::verify(&shared, params.get("SAMLResponse").unwrap_or_default(), shared.now());
    let roles = match &identity {
        Ok(identity) => identity.role_arns(),
        Err(fault) => return refused(&fault.message),
    };
    match roles.len() {
        0 => refused("The response has no role."),
        1 => traced(Redirect::to("/").into_response(), ACTION, "console opened"),
        _ => traced(Html(page(&shared, &roles)).into_response(), ACTION, "ok"),
    }
}

fn refused(why: &str) -> Response {
    let mut page = Page::new("Not signed in".to_owned());
    page.heading("Your request included an invalid SAML response.");
    page.paragraph(why);
    traced(html::with_status(StatusCode::FORBIDDEN, page), ACTION, "refused")
}

/// In the shape that AWS's has, for programs that read it.
fn page(shared: &Shared, roles: &[&str]) -> String {
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
    format!(
        "<!DOCTYPE html>\n<html><body><div id=\"content\">\n<form id=\"saml_form\" name=\"saml_form\" action=\"/saml\" \
         method=\"post\">\n<p>Select a role:</p>\n<fieldset>\n{accounts}</fieldset>\n</form></div></body></html>\n"
    )
}

fn role(arn: &str) -> String {
    let (arn, name) = (escape(arn), escape(arn.rsplit('/').next().unwrap_or_default()));
    format!(
        "<div class=\"saml-role\"><input type=\"radio\" name=\"roleIndex\" value=\"{arn}\" class=\"saml-radio\" \
         id=\"{arn}\"><label for=\"{arn}\" class=\"saml-role-description\">{name}</label></div>\n"
    )
}
