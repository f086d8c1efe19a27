//! The form that all sandbox sign-in pages share, and how they read it.

use std::collections::HashMap;

use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;

use crate::{
    PASSWORD, Person,
    html::{self, Page, escape},
    journal::traced,
    params::Params,
    random::{self, Digest},
    world::World,
};

/// Shown above the form after a wrong password.
pub(crate) const WRONG_PASSWORD: &str = "Wrong password. Use the one shown below the field.";
/// Shown below the form.
pub(crate) const MADE_UP: &str = "These people are made up. Nothing here leaves your machine.";

/// A form with the people of the world, a password, and the transaction that the page belongs to.
pub(crate) struct SignInForm<'a> {
    /// The URL that it posts to.
    pub(crate) action: &'a str,
    /// The transaction that the posted form belongs to.
    pub(crate) transaction: &'a str,
    /// The person selected at first. If the name is unknown, the first person is.
    pub(crate) chosen: Option<&'a str>,
    /// Whether there is a Deny button.
    pub(crate) may_deny: bool,
}

/// The decision in the posted form.
pub(crate) enum Decision<'w> {
    Deny,
    SignIn(&'w Person),
    WrongPassword,
}

impl SignInForm<'_> {
    pub(crate) fn markup(&self, world: &World) -> String {
        let chosen = self.chosen.and_then(|name| world.person(name)).or(world.people().first());
        let chosen = chosen.map(|person| person.username.as_str());
        let people: String = world
            .people()
            .iter()
            .map(|person| {
                let roles = match world.roles_of(person).count() {
                    0 => "no roles".to_owned(),
                    1 => "1 role".to_owned(),
                    n => format!("{n} roles"),
                };
                format!(
                    "<label class=\"person\"><input type=\"radio\" name=\"username\" value=\"{}\" required{}>\
                     <span>{} <small>{} · {roles}</small></span></label>\n",
                    escape(&person.username),
                    if chosen == Some(person.username.as_str()) { " checked" } else { "" },
                    escape(&person.name),
                    escape(&person.username),
                )
            })
            .collect();
        let deny = "<button name=\"decision\" value=\"deny\" formnovalidate>Deny</button>\n";
        format!(
            "<form method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"transaction\" \
             value=\"{transaction}\">\n<fieldset><legend>Person</legend>\n{people}</fieldset>\n<label class=\"field\" \
             for=\"password\">Password</label>\n<input type=\"password\" id=\"password\" name=\"password\" \
             autocomplete=\"off\" autofocus aria-describedby=\"hint\">\n<p class=\"note\" id=\"hint\">The password \
             for everyone in the sandbox is <code>{PASSWORD}</code>.</p>\n<div class=\"buttons\">\n<button \
             class=\"main\" name=\"decision\" value=\"allow\">Sign in</button>\n{deny}</div>\n</form>\n",
            action = escape(self.action),
            transaction = escape(self.transaction),
            deny = if self.may_deny { deny } else { "" },
        )
    }
}

/// Reads the posted form.
pub(crate) fn decision<'w>(world: &'w World, params: &Params) -> Decision<'w> {
    if params.get("decision") == Some("deny") {
        return Decision::Deny;
    }
    let person = params.get("username").and_then(|name| world.person(name));
    person.filter(|_| params.get("password") == Some(PASSWORD)).map_or(Decision::WrongPassword, Decision::SignIn)
}

/// The page for a request that can't be reported to an application, because it may not come from one.
pub(crate) fn mistake(action: &str, why: &str) -> Response {
    let mut page = Page::new("Can’t sign in".into());
    page.heading("Can’t sign in");
    page.paragraph(why);
    traced(html::with_status(StatusCode::BAD_REQUEST, page), action, "refused")
}

/// How long a person may take to answer the sign-in page.
const SIGN_IN_TIME: TimeDelta = TimeDelta::minutes(10);

/// Requests that wait for a person to answer the page, by the digest of the page's transaction.
#[derive(Debug)]
pub(crate) struct Pending<T>(HashMap<Digest, (T, DateTime<Utc>)>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Pending<T> {
    /// Remembers a request and returns its transaction.
    pub(crate) fn begin(&mut self, asked: T, now: DateTime<Utc>) -> String {
        self.0.retain(|_, (_, ends)| *ends > now);
        let transaction = random::token();
        self.0.insert(Digest::of(&transaction), (asked, now + SIGN_IN_TIME));
        transaction
    }

    pub(crate) fn get(&self, transaction: &str, now: DateTime<Utc>) -> Option<&T> {
        let (asked, ends) = self.0.get(&Digest::of(transaction))?;
        (*ends > now).then_some(asked)
    }

    pub(crate) fn take(&mut self, transaction: &str, now: DateTime<Utc>) -> Option<T> {
        let (asked, ends) = self.0.remove(&Digest::of(transaction))?;
        (ends > now).then_some(asked)
    }
}
