//! The form that every sign-in page of the sandbox shares, and what comes of it.

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

/// Said above the form after a wrong password.
pub(crate) const WRONG_PASSWORD: &str = "That is not the password. It is shown below the field.";
/// Said below the form.
pub(crate) const MADE_UP: &str = "These people are made up. Nothing here leaves your machine.";

/// A form with the people of the world, a password, and what the page must not forget meanwhile.
pub(crate) struct SignInForm<'a> {
    /// Where it is posted.
    pub(crate) action: &'a str,
    /// What the posted form is about.
    pub(crate) transaction: &'a str,
    /// Who is selected to begin with; the first person where nobody of this name is there.
    pub(crate) chosen: Option<&'a str>,
    /// Whether there is a Deny button.
    pub(crate) may_deny: bool,
}

/// What the posted form says.
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
             autocomplete=\"off\" autofocus aria-describedby=\"hint\">\n<p class=\"note\" id=\"hint\">Everybody’s \
             password in the sandbox is <code>{PASSWORD}</code>.</p>\n<div class=\"buttons\">\n<button class=\"main\" \
             name=\"decision\" value=\"allow\">Sign in</button>\n{deny}</div>\n</form>\n",
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

/// The page for a request that no application should be told about: it may not be one.
pub(crate) fn mistake(action: &str, why: &str) -> Response {
    let mut page = Page::new("Sign-in not possible".into());
    page.heading("This sign-in is not possible");
    page.paragraph(why);
    traced(html::with_status(StatusCode::BAD_REQUEST, page), action, "refused")
}

/// How long a person may take over the sign-in page.
const SIGN_IN_TIME: TimeDelta = TimeDelta::minutes(10);

/// What was asked for while people are looking at the page, by the page's transaction, of which only the digest is kept.
#[derive(Debug)]
pub(crate) struct Pending<T>(HashMap<Digest, (T, DateTime<Utc>)>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Pending<T> {
    /// Remembers what was asked for; returns the transaction.
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
