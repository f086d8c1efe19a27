//! The values that templates of `daypass status` and `daypass prompt` can show.

use chrono::{DateTime, Utc};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::template::Template;
use daypass_core::view::SessionView;

use crate::say;

/// The names that a template may have.
const NAMES: [&str; 9] = ["profile", "account", "role", "identity", "region", "state", "remaining", "seconds", "until"];

/// A session as far as it is known. What isn't is an empty text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) profile: String,
    pub(super) account: String,
    pub(super) role: String,
    pub(super) identity: String,
    pub(super) region: String,
    pub(super) state: String,
    /// When the credentials end.
    pub(super) until: Option<DateTime<Utc>>,
}

impl Facts {
    pub(super) fn of(session: &SessionView) -> Self {
        Self {
            profile: session.profile.to_string(),
            account: session.role.account().to_string(),
            role: session.role.name().to_owned(),
            identity: session.identity.to_string(),
            region: session.region.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: say::state(session.state).to_owned(),
            until: session.expires_here,
        }
    }

    /// The text of a template, at this time.
    pub(super) fn fill(&self, template: &Template<'_>, now: DateTime<Utc>) -> Result<String, Problem> {
        let left = self.until.map(|until| (until - now).num_seconds().max(0));
        let value = |name: &str| {
            Some(match name {
                "profile" => self.profile.clone(),
                "account" => self.account.clone(),
                "role" => self.role.clone(),
                "identity" => self.identity.clone(),
                "region" => self.region.clone(),
                "state" => self.state.clone(),
                "remaining" => match (left, self.until) {
                    (Some(0), _) => "expired".to_owned(),
                    (Some(_), Some(until)) => say::span(until - now),
                    _ => String::new(),
                },
                "seconds" => left.map(|left| left.to_string()).unwrap_or_default(),
                "until" => self.until.map(say::clock).unwrap_or_default(),
                _ => return None,
            })
        };
        template.fill_in(value).map_err(unknown)
    }
}

/// A template for [`Facts`].
pub(super) fn template(text: &str) -> Result<Template<'_>, Problem> {
    let template = Template::parse(text).map_err(|why| wrong(&format!("--format {text:?}: {why}")))?;
    template.names().find(|name| !NAMES.contains(name)).map_or(Ok(template.clone()), |name| Err(unknown(name)))
}

fn unknown(name: &str) -> Problem {
    wrong(&format!("--format doesn't know the name {name:?}"))
}

fn wrong(message: &str) -> Problem {
    Problem::new(ProblemKind::Invalid, ProblemCode::BadUsage, message)
        .hint(format!("the names are: {}. Write them in braces, as in '{{profile}} {{remaining}}'", NAMES.join(", ")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn every_name_has_a_value() {
        for name in NAMES {
            let text = format!("{{{name}}}");
            Facts::default().fill(&template(&text).unwrap(), DateTime::UNIX_EPOCH).unwrap();
        }
        let refused = template("{profile} {nonsense}").unwrap_err();
        assert!(refused.message.contains("\"nonsense\"") && refused.hint.unwrap().contains("remaining, seconds"));
        assert!(template("{profile").unwrap_err().message.contains("without '}'"));
    }

    #[test]
    fn time_left_is_told_and_missing_parts_leave_no_blanks() {
        let now = DateTime::UNIX_EPOCH;
        let filled = |seconds: Option<i64>| {
            let until = seconds.map(|seconds| now + TimeDelta::seconds(seconds));
            let facts = Facts { profile: "dev".to_owned(), until, ..Facts::default() };
            facts.fill(&template("[{profile} {remaining}] {seconds}").unwrap(), now).unwrap()
        };
        assert_eq!(filled(Some(720)), "[dev 12 min] 720");
        assert_eq!(filled(Some(-5)), "[dev expired] 0");
        assert_eq!(filled(None), "[dev]");
    }
}
