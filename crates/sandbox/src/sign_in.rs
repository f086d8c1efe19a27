//! The form that every sign-in page of the sandbox shares, and what comes of it.

use crate::{PASSWORD, Person, html::escape, params::Params, world::World};

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
