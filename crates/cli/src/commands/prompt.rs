//! `daypass prompt`: the session that this shell uses, for its prompt.
//!
//! A prompt is drawn after each command, so this takes milliseconds: it reads variables and, where an agent runs, asks it for
//! what it has in memory. It opens neither the vault nor the keyring, and prints nothing where nothing is known.

use std::sync::mpsc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daypass_core::clock::{Clock, SystemClock};
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::standing::SessionStanding;
use daypass_deliver::env::marks;

use super::facts::{Facts, template};
use super::here::variable;
use crate::ask::peek;
use crate::say;

/// An agent that takes longer is busy or stopped. The prompt goes on without it.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) fn prompt(format: &str) -> Result<(), Problem> {
    let template = template(format)?;
    let Some(facts) = Here::of(variable).and_then(Here::facts) else { return Ok(()) };
    let text = facts.fill(&template, SystemClock.now())?;
    say::line(&text);
    Ok(())
}

/// The session as the agent holds it in memory. `Err` if no agent answers in time.
pub(super) fn ask_agent(profile: ProfileName) -> Result<Option<SessionStanding>, ()> {
    let (tell, answer) = mpsc::channel();
    std::thread::spawn(move || drop(tell.send(peek(profile))));
    answer.recv_timeout(PATIENCE).ok().flatten().ok_or(())
}

/// How tools in this shell get their credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// From variables, which aren't renewed.
    Keys,
    /// From an endpoint, which renews them and starts the session again.
    Endpoint,
    /// From a profile, by `AWS_PROFILE`.
    Profile,
}

/// What this shell's variables say.
#[derive(Debug, PartialEq, Eq)]
struct Here {
    source: Source,
    profile: Option<ProfileName>,
    account: String,
    role: String,
    region: String,
    until: Option<DateTime<Utc>>,
}

impl Here {
    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let used = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().find_map(&variable);
        let marked = variable(marks::PROFILE);
        let source = match &used {
            Some(_) => Source::Profile,
            None if variable("AWS_ACCESS_KEY_ID").is_some() => Source::Keys,
            None if variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").is_some() => Source::Endpoint,
            None => return None,
        };
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(&variable).unwrap_or_default();
        // The person may have changed the profile since.
        let is_marked = marked.is_some() && (used.is_none() || used == marked);
        let mark = |name: &str| variable(name).filter(|_| is_marked);
        let role = mark(marks::ROLE).unwrap_or_default();
        let (account, role) = role.split_once('/').unwrap_or_default();
        let until = mark(marks::UNTIL).and_then(|text| text.parse().ok());
        Some(Self {
            source,
            profile: used.or(marked).and_then(|name| name.parse().ok()),
            account: account.to_owned(),
            role: role.to_owned(),
            region,
            until,
        })
    }

    /// What is known of the session. `None` if it isn't one of Daypass's.
    fn facts(self) -> Option<Facts> {
        let is_marked = !self.account.is_empty();
        let profile = self.profile.clone()?;
        match (ask_agent(profile), self.source) {
            (Ok(Some(standing)), source) => {
                let until = if source == Source::Keys { self.until } else { standing.fresh_until() };
                let facts = Facts::of(&standing.session);
                let region = if self.region.is_empty() { facts.region } else { self.region };
                Some(Facts { until, region, ..facts })
            }
            // It was stopped, so the profile is gone from the file.
            (Ok(None), Source::Profile) if is_marked => {
                Some(Facts { state: "stopped".to_owned(), until: None, ..self.told() })
            }
            (Ok(None) | Err(()), _) if is_marked => Some(self.told()),
            (Ok(None) | Err(()), _) => None,
        }
    }

    fn told(self) -> Facts {
        let Self { profile, account, role, region, until, .. } = self;
        let profile = profile.map(String::from).unwrap_or_default();
        Facts { profile, account, role, region, until, ..Facts::default() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn here(variables: &[(&str, &str)]) -> Option<Here> {
        Here::of(|name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    }

    const MARKS: [(&str, &str); 3] =
        [("DAYPASS_PROFILE", "dev"), ("DAYPASS_ROLE", "123456789012/Dev"), ("DAYPASS_UNTIL", "1970-01-01T01:00:00Z")];

    #[test]
    fn nothing_is_in_use_without_credentials() {
        assert_eq!(here(&[]), None);
        // The person unset the keys of `daypass env` by hand.
        assert_eq!(here(&MARKS), None);
    }

    #[test]
    fn marks_count_while_they_fit() {
        let found = here(&[&MARKS[..], &[("AWS_PROFILE", "dev"), ("AWS_REGION", "eu-west-1")]].concat()).unwrap();
        assert_eq!(
            (found.source, found.account.as_str(), found.role.as_str()),
            (Source::Profile, "123456789012", "Dev")
        );
        assert_eq!(found.until.unwrap().timestamp(), 3600);
        assert_eq!(found.told().region, "eu-west-1");
        let other = here(&[&MARKS[..], &[("AWS_PROFILE", "legacy")]].concat()).unwrap();
        assert_eq!((other.profile.unwrap().as_str(), other.role.as_str(), other.until), ("legacy", "", None));
        let keys = here(&[&MARKS[..], &[("AWS_ACCESS_KEY_ID", "ASIA")]].concat()).unwrap();
        assert_eq!((keys.source, keys.profile.unwrap().as_str()), (Source::Keys, "dev"));
        let endpoint = here(&[&MARKS[..], &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")]].concat());
        assert_eq!(endpoint.unwrap().source, Source::Endpoint);
    }
}
